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
from assistant.roleplay.effects import AXES, Effect, bounded, does_harm, effects_of, floor_of, of_event, unpaid
from assistant.roleplay.scenario import Band, Fact, Move, Scenario, band_of
from assistant.roleplay.weights import weights

Stage = Literal["opening", "venting", "exploring", "negotiating", "closing"]
FactStatus = Literal["locked", "approached", "revealed", "acknowledged"]
Ending = Literal[
    "resolved", "grudging acceptance", "proper escalation", "hang-up", "complaint filed", "limit kept", "cut short"
]
AGREED: tuple[Ending, ...] = ("resolved", "grudging acceptance", "proper escalation")
"""Endings in which the customer takes what there is."""
GOOD: tuple[Ending, ...] = (*AGREED, "limit kept")
"""Endings that an agent comes to who does it well."""
BY_AGENT: tuple[Ending, ...] = ("limit kept", "cut short")
"""Endings in which the agent hangs up: after a warning that was crossed, and without."""
ABUSE = ("insult",)
HOT = ("insult", "calm_down", "blame", "arguing")
"""Acts that attack; coldness alone drives nobody to the very top."""
ASKING = "clarifying-questions#what-to-do"


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
    felt_understood: bool = False
    knows_next_step: bool = False
    used: dict[str, tuple[int, ...]] = {}
    unpaid: dict[str, tuple[int, ...]] = {}
    """Of the uses of an act those that earned nothing; they take nothing from a later one."""
    limit_at: int = 0
    harmed: int = 0
    harmed_last: bool = False
    inflamed: bool = False
    abused: int = 0
    moves: tuple[Move, ...] = ()
    let_out: str = ""
    """The fact held back until now that the customer told with the last move."""
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


def begin(scenario: Scenario) -> State:
    """The state before the first turn."""
    numbers = scenario.difficulty
    return State(
        anger=numbers.anger,
        trust=numbers.trust,
        patience=numbers.patience,
        facts={fact.id: "locked" for fact in scenario.facts},
    )


def update(state: State, reading: Reading, scenario: Scenario) -> Felt:
    """The state after the trainee's turn, before the customer moves."""
    harms, turn = does_harm(reading, scenario), state.turn + 1
    heard = state.heard or (_hears(state, reading) and not harms)
    effects = effects_of(state, reading, scenario, heard)
    floor, why = floor_of(state, heard)
    trust = bounded(effects, "trust", state.trust)
    facts = _facts(state, reading, scenario, trust)
    opened = [f for f in scenario.hidden if facts[f.id] == "revealed" != state.facts[f.id]]
    if opened:
        effects += of_event(weights().opened, teaches=ASKING)
    hot = state.inflamed or reading.has(*HOT)
    anger = bounded(effects, "anger", state.anger, floor, why, most=100 if hot else weights().cold_ceiling)
    trust = bounded(effects, "trust", state.trust)
    new = state.model_copy(
        update={
            "turn": turn,
            "anger": anger,
            "trust": trust,
            "heard": heard,
            "facts": facts,
            "offered": tuple(dict.fromkeys((*state.offered, *reading.remedies))),
            "felt_understood": state.felt_understood
            or (heard and not harms and reading.has("acknowledges_feeling", "paraphrase")),
            "knows_next_step": state.knows_next_step
            or (heard and reading.has("dated_commitment", "follow_up", "proper_escalation")),
            "used": state.used | {a.id: (*state.used.get(a.id, ()), turn) for a in reading.acts},
            "unpaid": state.unpaid | {a: (*state.unpaid.get(a, ()), turn) for a in unpaid(state, reading, scenario)},
            "limit_at": state.limit_at or (turn if reading.has("respectful_limit") and "bait" in state.moves else 0),
            "harmed": state.harmed + harms,
            "inflamed": hot,
            "harmed_last": harms,
            "abused": state.abused + reading.has(*ABUSE),
        }
    )
    new = _accept(new, scenario, effects)
    cost, reason = _patience_cost(state, new)
    if cost:
        effects.append(Effect(on="patience", amount=-cost, why=reason))
    new = new.model_copy(update={"patience": max(0, state.patience - cost), "stage": _stage(new)})
    return Felt(state=new, effects=tuple(effects))


def _accept(state: State, scenario: Scenario, effects: list[Effect]) -> State:
    """Accept the best in-policy remedy on the table once it is worth it and the mood allows; it relieves."""
    need = weights().accept
    if state.accepted or not state.heard or state.anger > need.anger or state.trust < need.trust:
        return state
    offered = map(scenario.remedy, state.offered)
    fit = [r for r in offered if r.authority != "refused" and r.worth >= need.worth]
    if not fit:
        return state
    relief = of_event(weights().relief)
    best = max(fit, key=lambda r: r.worth)
    anger, trust = (bounded(relief, on, getattr(state, on)) for on in AXES)
    effects += relief  # with what its bounds took away
    return state.model_copy(update={"accepted": best.id, "anger": anger, "trust": trust})


def _hears(state: State, reading: Reading) -> bool:
    """The grievance is heard when its substance and its weight are acknowledged, in one turn or two on end; what
    stood in an earlier turn that harmed is not believed.
    """
    counts = state.turn if state.turn and not state.harmed_last else None

    def shown(*acts: str) -> bool:
        return reading.has(*acts) or any(counts in state.used.get(act, ()) for act in acts)

    return shown("names_specific", "paraphrase") and shown("acknowledges_feeling", "owned_apology")


def _facts(state: State, reading: Reading, scenario: Scenario, trust: int) -> dict[str, FactStatus]:
    """At most one fact is told or circled in a turn, in the first no hidden one is told, nor a third one running.

    A told one is acknowledged by a turn that takes it up.
    """
    facts = dict(state.facts)
    if reading.has("acknowledges_feeling", "paraphrase", "names_specific"):
        facts |= {f: "acknowledged" for f, status in facts.items() if status == "revealed"}
    asked = [f for f in scenario.facts if f.id in reading.topics and state.facts[f.id] in ("locked", "approached")]
    asked = [f for f in asked if state.moves[-2:] != (telling(f),) * 2]  # nobody only answers
    ripe = [f for f in asked if f.gate and trust >= f.gate and state.turn > 0]
    plain = [f for f in asked if not f.gate]
    if ripe or plain:
        facts[(ripe or plain)[0].id] = "revealed"
    elif asked:
        facts[asked[0].id] = "approached"
    return facts


def telling(fact: Fact) -> Move:
    """The move that tells or circles a fact."""
    return "reveal" if fact.gate else "answer"


def _patience_cost(before: State, after: State) -> tuple[int, str]:
    """A turn that harmed costs; so does one that won no trust, asked out no fact and offered nothing new."""
    cost = weights().patience
    if after.harmed_last:
        return cost.harm, "the turn did harm"
    told = len(after.open_facts) > len(before.open_facts)
    if after.trust - before.trust < cost.rest and not told and after.offered == before.offered:
        return cost.idle, "the turn did not move things on"
    return 0, ""


def _stage(state: State) -> Stage:
    if state.accepted:
        return "closing"
    if state.heard:
        return "negotiating" if state.offered else "exploring"
    return "venting"
