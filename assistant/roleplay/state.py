"""What the customer feels and knows, and how a turn changes it. Pure and exact.

    felt = update(state, reading, scenario)
    felt.state          # the new State
    felt.effects        # every change with its reason: Effect("anger", -7, "owned what went wrong", …)

Trust falls about twice as fast as it rises. An apology right after an outburst earns nothing
unless it names a specific. Anger has a floor until the grievance is heard and an in-policy
remedy accepted. The numbers live in ``weights.yaml``. Ideas: Adaptive-VP (arXiv 2506.00386),
PatientAct (2606.10051). Knows nothing of models and of what is said.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from assistant.roleplay.acts import Reading
from assistant.roleplay.effects import Effect, bounded, effects_of, floor_of
from assistant.roleplay.scenario import Band, Difficulty, Move, Scenario, band_of
from assistant.roleplay.weights import weights

Stage = Literal["opening", "venting", "exploring", "negotiating", "closing"]
FactStatus = Literal["locked", "approached", "revealed", "acknowledged"]
Ending = Literal["resolved", "grudging acceptance", "proper escalation", "hang-up", "complaint filed", "limit kept"]
ABUSE = ("insult",)


class State(BaseModel):
    """The customer between two turns. ``anger`` and ``trust`` are 0-100, ``patience`` is in turns."""

    model_config = ConfigDict(frozen=True)

    turn: int = 0
    anger: int
    trust: int
    patience: int
    stage: Stage = "opening"
    heard: bool = False
    facts: dict[str, FactStatus]
    offered: tuple[str, ...] = ()
    accepted: str = ""
    promises: tuple[str, ...] = ()
    felt_understood: bool = False
    knows_next_step: bool = False
    used: dict[str, int] = {}
    harmed: int = 0
    abused: int = 0
    moves: tuple[Move, ...] = ()
    ending: Ending | None = None

    @property
    def band(self) -> Band:
        """The anger band."""
        return band_of(self.anger)

    @property
    def open_facts(self) -> tuple[str, ...]:
        """Facts that were told."""
        return tuple(f for f, status in self.facts.items() if status in ("revealed", "acknowledged"))

    @property
    def needs(self) -> dict[str, bool]:
        """Which needs are met: emotional, practical, procedural."""
        return {
            "emotional": self.heard and self.felt_understood,
            "practical": bool(self.accepted),
            "procedural": self.knows_next_step,
        }


class Felt(BaseModel):
    """The state after a turn, and why."""

    model_config = ConfigDict(frozen=True)

    state: State
    effects: tuple[Effect, ...]


def begin(scenario: Scenario, difficulty: Difficulty | None = None) -> State:
    """The state before the first turn."""
    numbers = difficulty or scenario.difficulty
    return State(
        anger=numbers.anger,
        trust=numbers.trust,
        patience=numbers.patience,
        facts={fact.id: "locked" for fact in scenario.facts},
    )


def update(state: State, reading: Reading, scenario: Scenario) -> Felt:
    """The state after the trainee's turn, before the customer moves."""
    heard = state.heard or _hears(reading)
    effects = effects_of(state, reading, scenario, heard)
    floor, why = floor_of(state, heard)
    anger = bounded(effects, "anger", state.anger, floor, why)
    trust = bounded(effects, "trust", state.trust)
    harms, abused = bool(reading.harms()), reading.has(*ABUSE)
    cost, reason = _patience_cost(reading, trust - state.trust)
    if cost:
        effects.append(Effect(on="patience", amount=-cost, why=reason))
    used = dict(state.used)
    for act in reading.acts:
        used[act.id] = used.get(act.id, 0) + 1
    new = state.model_copy(
        update={
            "turn": state.turn + 1,
            "anger": anger,
            "trust": trust,
            "patience": max(0, state.patience - cost),
            "heard": heard,
            "facts": _facts(state, reading, scenario, trust),
            "offered": tuple(dict.fromkeys((*state.offered, *reading.remedies))),
            "promises": (*state.promises, *(a.quote for a in reading.acts if a.id == "dated_commitment")),
            "felt_understood": state.felt_understood
            or (heard and not harms and reading.has("acknowledges_feeling", "paraphrase")),
            "knows_next_step": state.knows_next_step
            or (heard and reading.has("dated_commitment", "follow_up", "proper_escalation")),
            "used": used,
            "harmed": state.harmed + harms,
            "abused": state.abused + abused,
        }
    )
    return Felt(state=new.model_copy(update={"stage": _stage(new)}), effects=tuple(effects))


def _hears(reading: Reading) -> bool:
    """The grievance is heard when its substance and its weight are acknowledged in one honest turn."""
    substance = reading.has("names_specific", "paraphrase")
    weight = reading.has("acknowledges_feeling", "owned_apology")
    return substance and weight and not reading.harms()


def _facts(state: State, reading: Reading, scenario: Scenario, trust: int) -> dict[str, FactStatus]:
    """At most one fact is told or circled in a turn, in the first no hidden one is told.

    A told one is acknowledged by a turn that takes it up.
    """
    facts = dict(state.facts)
    if reading.has("acknowledges_feeling", "paraphrase", "names_specific"):
        facts |= {f: "acknowledged" for f, status in facts.items() if status == "revealed"}
    asked = [f for f in scenario.facts if f.id in reading.topics and state.facts[f.id] in ("locked", "approached")]
    ripe = [f for f in asked if f.gate and trust >= f.gate and state.turn > 0]
    plain = [f for f in asked if not f.gate]
    if ripe or plain:
        facts[(ripe or plain)[0].id] = "revealed"
    elif asked:
        facts[asked[0].id] = "approached"
    return facts


def _patience_cost(reading: Reading, gained: int) -> tuple[int, str]:
    cost = weights().patience
    if reading.harms():
        return cost.harm, "the turn did harm"
    if gained < cost.rest:
        return cost.idle, "the turn did not move things on"
    return 0, ""


def _stage(state: State) -> Stage:
    if state.accepted:
        return "closing"
    if state.heard:
        return "negotiating" if state.offered else "exploring"
    return "venting"
