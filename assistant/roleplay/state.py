"""What the customer feels and knows, and how a turn changes it. Pure and exact.

    felt = update(state, reading, scenario)
    felt.state          # the new State
    felt.effects        # every change with its reason: Effect("anger", -7, "owned what went wrong", …)

    Δ = clamp( Σ weight[act, persona] · fit · 0.5^repeats ) + drift

Trust falls about twice as fast as it rises. An apology right after an outburst earns nothing
unless it names a specific. Anger has a floor until the grievance is heard and an in-policy
remedy accepted. The numbers live in ``weights.yaml``. Ideas: Adaptive-VP (arXiv 2506.00386),
PatientAct (2606.10051). Knows nothing of models and of what is said.
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.roleplay.acts import Act, Reading, codebook
from assistant.roleplay.scenario import Band, Difficulty, Move, Scenario, band_of

Stage = Literal["opening", "venting", "exploring", "negotiating", "closing"]
FactStatus = Literal["locked", "approached", "revealed", "acknowledged"]
Ending = Literal["resolved", "grudging acceptance", "proper escalation", "hang-up", "complaint filed", "limit kept"]
ABUSE = ("insult",)
AXES: tuple[Literal["anger", "trust"], ...] = ("anger", "trust")


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


class Effect(BaseModel):
    """One change with its reason. ``amount`` is points; ``teaches`` is a guide section."""

    model_config = ConfigDict(frozen=True)

    on: Literal["anger", "trust", "patience"]
    amount: int
    why: str
    act: str = ""
    quote: str = ""
    teaches: str = ""

    def __str__(self) -> str:
        quote = f" (“{self.quote}”)" if self.quote else ""
        return f"{self.amount:+d} {self.on}: {self.why}{quote}"


class Felt(BaseModel):
    """The state after a turn, and why."""

    model_config = ConfigDict(frozen=True)

    state: State
    effects: tuple[Effect, ...]


@cache
def weights() -> dict[str, Any]:
    """The weights file."""
    text = (Path(__file__).parent / "weights.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


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
    effects = _effects(state, reading, scenario, heard)
    anger = _bounded(state.anger + _sum(effects, "anger"), _floor(state, heard))
    trust = _bounded(state.trust + _sum(effects, "trust"))
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


def _effects(state: State, reading: Reading, scenario: Scenario, heard: bool) -> list[Effect]:
    table = weights()
    persona = scenario.persona.weights
    raw: list[tuple[Act, dict[str, float]]] = []
    for act in dict.fromkeys(reading.acts):
        entry = table["acts"][act.id]
        scale = persona.get(act.id, 1.0) * _fit(act, state, reading, heard)
        if act.kind.polarity == "helping":
            scale *= table["repeat_factor"] ** state.used.get(act.id, 0)
        raw.append((act, {"anger": entry["anger"] * scale, "trust": entry["trust"] * scale}))
    effects = []
    clamp = scenario.difficulty.clamp
    for on in AXES:
        total = sum(amounts[on] for _, amounts in raw)
        low, high = (-clamp, 2 * clamp) if on == "anger" else (-2 * clamp, clamp)
        squeeze = 1.0 if low <= total <= high else (low if total < 0 else high) / total
        for act, amounts in raw:
            amount = round(amounts[on] * squeeze)
            if amount:
                why = table["acts"][act.id]["said"]
                teaches = act.kind.teaches
                effects.append(Effect(on=on, amount=amount, why=why, act=act.id, quote=act.quote, teaches=teaches))
    drift = scenario.difficulty.drift
    if drift and not any(e.amount < 0 for e in effects if e.on == "anger"):
        effects.append(Effect(on="anger", amount=round(drift), why="the wait goes on and nothing was eased"))
    return effects


def _fit(act: Act, state: State, reading: Reading, heard: bool) -> float:
    """How well a helping act fits the moment, 0 to 1. Harming acts always count in full."""
    if codebook()[act.id].polarity == "harming":
        return 1.0
    if reading.has("manipulation", "insult", "calm_down"):
        return 0.0
    if act.id == "owned_apology" and state.anger >= weights()["outburst_anger"]:
        return 1.0 if reading.has("names_specific", "paraphrase") else 0.0
    if act.id in ("concrete_remedy", "choice", "follow_up", "proper_escalation") and not heard:
        return 0.25
    if act.id == "respectful_limit":
        return 1.0 if "bait" in state.moves[-2:] else 0.0
    if reading.harms():
        return 0.5
    return 1.0


def _floor(state: State, heard: bool) -> int:
    if not heard:
        return int(min(weights()["floor_unheard"], state.anger))
    if not state.accepted:
        return int(min(weights()["floor_unmended"], state.anger))
    return 0


def _facts(state: State, reading: Reading, scenario: Scenario, trust: int) -> dict[str, FactStatus]:
    """Unlock at most one hidden fact a turn, none in the first; told facts may be acknowledged."""
    facts = dict(state.facts)
    told_hidden = False
    for fact in scenario.facts:
        status = facts[fact.id]
        asked = fact.id in reading.topics
        if status == "revealed" and reading.has("acknowledges_feeling", "paraphrase", "names_specific"):
            facts[fact.id] = "acknowledged"
        elif status in ("locked", "approached") and asked:
            if fact.gate == 0:
                facts[fact.id] = "revealed"
            elif trust >= fact.gate and not told_hidden and state.turn > 0:
                facts[fact.id], told_hidden = "revealed", True
            else:
                facts[fact.id] = "approached"
    return facts


def _patience_cost(reading: Reading, gained: int) -> tuple[int, str]:
    table = weights()["patience"]
    if reading.harms():
        return int(table["harm"]), "the turn did harm"
    if gained < table["rest"]:
        return int(table["idle"]), "the turn did not move things on"
    return 0, ""


def _stage(state: State) -> Stage:
    if state.accepted:
        return "closing"
    if state.heard:
        return "negotiating" if state.offered else "exploring"
    return "venting"


def _sum(effects: list[Effect], on: str) -> int:
    return sum(e.amount for e in effects if e.on == on)


def _bounded(value: int, floor: int = 0) -> int:
    return max(floor, min(100, value))
