"""What a turn does to anger and trust, each change with its reason. Pure and exact.

    Δ = clamp( Σ weight[act, persona] · fit · repeat_factor^repeats ) + drift

The clamp bounds what one turn can change; rounding keeps the sum. The numbers live in
``weights.yaml``.
"""

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from assistant.roleplay.acts import Act, Reading, codebook
from assistant.roleplay.offers import names_thing
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.weights import Weight, weights

if TYPE_CHECKING:
    from assistant.roleplay.state import State

Axis = Literal["anger", "trust"]
AXES: tuple[Axis, ...] = ("anger", "trust")
LISTENING = "active-listening#what-to-do"
DROWNING = ("manipulation", "insult", "calm_down")
"""Acts beside which nothing helps."""


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


def effects_of(state: "State", reading: Reading, scenario: Scenario, heard: bool) -> list[Effect]:
    """What the turn's acts do, then what it passed over and the wait; before any bound."""
    served = heard or any(scenario.remedy(i).urgent for i in reading.remedies)  # help in danger is never too early
    effects = [effect for on in AXES for effect in _of_acts(on, state, reading, scenario, served)]
    effects += [
        Effect(on="trust", amount=0, why=weights().unnamed, act=a.id, quote=a.quote, teaches=a.kind.teaches)
        for a in dict.fromkeys(reading.acts)
        if _unnamed(a, state, reading)
    ]
    if state.let_out and not reading.takes_up:
        effects += of_event(weights().passed_over, teaches=LISTENING)
    drift = scenario.difficulty.drift
    if drift and not any(e.amount < 0 for e in effects if e.on == "anger"):
        effects.append(Effect(on="anger", amount=drift, why="the wait goes on and nothing was eased"))
    return effects


def of_event(weight: Weight, quote: str = "", teaches: str = "") -> list[Effect]:
    """What something other than an act does."""
    return [Effect(on=on, amount=round(weight.on(on)), why=weight.said, quote=quote, teaches=teaches) for on in AXES]


def _of_acts(on: Axis, state: "State", reading: Reading, scenario: Scenario, heard: bool) -> list[Effect]:
    """Each act's points on one axis, together within the clamp."""
    table, clamp = weights(), scenario.difficulty.clamp
    acts = list(dict.fromkeys(reading.acts))
    raw = [
        table.acts[act.id].on(on) * _scale(act, state, scenario) * _fit(act, state, reading, scenario, heard)
        for act in acts
    ]
    low, high = (-clamp, 2 * clamp) if on == "anger" else (-2 * clamp, clamp)
    whole = sum(raw)
    squeeze = 1.0 if low <= whole <= high else (low if whole < 0 else high) / whole
    effects, exact, told = [], 0.0, 0
    for act, points in zip(acts, raw, strict=True):
        exact += points * squeeze
        amount = round(exact) - told  # rounding the running sum keeps the whole within the clamp
        told += amount
        if amount:
            why, teaches = _why(act, reading), act.kind.teaches
            effects.append(Effect(on=on, amount=amount, why=why, act=act.id, quote=act.quote, teaches=teaches))
    return effects


def _why(act: Act, reading: Reading) -> str:
    """What an act does, in words; of an offer that puts nothing on the table, what it lacks.

    A promise that policy refuses is told as that.
    """
    table = weights()
    if act.id != "concrete_remedy" or reading.remedies or reading.has("off_policy_promise"):
        return table.acts[act.id].said
    return table.not_yours if names_thing(act.quote) else table.not_granted


def _scale(act: Act, state: "State", scenario: Scenario) -> float:
    """What the act means to this person: a helping one less for each time it was used a short while ago."""
    table, own = weights(), scenario.persona.weights.get(act.id, 1.0)
    if act.kind.polarity != "helping":
        return own if table.sure_of(act) else own * table.unsure_counts
    return own * table.repeat_factor ** repeats(state, act.id)


def repeats(state: "State", act: str) -> int:
    """How often an act was used a short while ago, and earned something."""
    earned = set(state.used.get(act, ())) - set(state.unpaid.get(act, ()))
    return sum(state.turn - turn < weights().repeat_window for turn in earned)


def unpaid(state: "State", reading: Reading, scenario: Scenario) -> list[str]:
    """The helping acts that fit the moment not at all: they earn nothing now, and are as good as new later."""
    return [a.id for a in reading.acts if not _fit(a, state, reading, scenario, heard=True)]


def does_harm(reading: Reading, scenario: Scenario) -> bool:
    """Whether an act of the turn harms this customer; one that weighs nothing to them does not."""
    return any(scenario.persona.weights.get(act.id, 1.0) for act in reading.harms())


def _unnamed(act: Act, state: "State", reading: Reading) -> bool:
    """Whether an act is an apology in an outburst, in a turn that does not say what for."""
    in_outburst = act.id == "owned_apology" and state.anger >= weights().outburst_anger
    return in_outburst and not reading.has("names_specific", "paraphrase", *DROWNING)


def _fit(act: Act, state: "State", reading: Reading, scenario: Scenario, heard: bool) -> float:
    """How well a helping act fits the moment, 0 to 1. Harming acts always count in full."""
    if codebook()[act.id].polarity == "harming":
        return 1.0
    if reading.has(*DROWNING):
        return 0.0
    if _unnamed(act, state, reading):
        return 0.0
    if act.id == "owned_apology" and state.anger >= weights().outburst_anger:
        return 1.0
    if act.id in ("concrete_remedy", "choice", "follow_up", "proper_escalation") and not heard:
        return weights().before_heard
    if act.id == "respectful_limit":
        return 1.0 if "bait" in state.moves[-3:] else 0.0
    if act.id == "names_specific" and not _helps_otherwise(act, reading):
        return weights().detail_alone
    if does_harm(reading, scenario):
        return weights().beside_harm
    return 1.0


def _helps_otherwise(act: Act, reading: Reading) -> bool:
    """Whether the turn does more for the customer than that: "your button" in a shrug shows no listening."""
    return any(a.kind.polarity == "helping" for a in reading.acts if a.id != act.id)


def floor_of(state: "State", heard: bool) -> tuple[int, str]:
    """Below what anger cannot fall yet, and that in words: what it takes back was well said, and is no punishment."""
    if not heard:
        floor, until = int(min(weights().floor_unheard, state.anger)), "what happened is acknowledged"
    elif not state.accepted:
        floor, until = int(min(weights().floor_unmended, state.anger)), "something that mends it is agreed"
    else:
        return 0, "anger is all gone, and cannot fall further"
    return floor, f"held back, as anger cannot fall below {floor} until {until}"


def _total(effects: list[Effect], on: str) -> int:
    return sum(e.amount for e in effects if e.on == on)


def bounded(
    effects: list[Effect],
    on: Axis,
    before: int,
    floor: int = 0,
    why: str = "it can go no lower",
    most: int = 100,
) -> int:
    """The new value; what a bound takes away is an effect of its own, so that the effects always add up."""
    wanted = before + _total(effects, on)
    value = max(floor, min(max(most, before), wanted, 100))
    if value != wanted:
        cold = f"held at {value}, as coldness alone drives anger no higher"
        reason = why if value > wanted else cold if value < 100 else "it goes no higher"
        effects.append(Effect(on=on, amount=value - wanted, why=reason))
    return value
