"""Checks of the simulated customer in code: each a named function that answers one criterion of a played practice.

    CHECKS["no_thanks_unearned"](practice, scenario)      # Fault(turn=1, why="thanks before …") or None

A fault names the turn and the words. They look at what was said and how the state moved, whoever
worded the lines.
"""

import re
from collections.abc import Callable, Iterator

from pydantic import BaseModel, ConfigDict

from assistant.roleplay.guards import fault as guard_fault
from assistant.roleplay.likeness import NEAR, alike
from assistant.roleplay.practice import Exchange, Practice
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.state import GOOD, State
from assistant.roleplay.telling import gives_away, in_the_open
from assistant.roleplay.weights import weights

FLIPS = ("speaks as staff", "speaks of the exercise")
LOST = ("hang-up", "complaint filed", "cut short")
SOFT_MOVES = ("soften", "accept")
_THANKS = re.compile(
    r"\b(thank you|thanks|cheers|much appreciated|i appreciate)\b(?! (for nothing|a lot for nothing))", re.IGNORECASE
)
_BITTER = re.compile(
    r"\b(nothing|no thanks|won't|don't|not|never|hardly|would be|bloody|before|thanks to)\b", re.IGNORECASE
)


class Fault(BaseModel):
    """What breaks a criterion: the turn (0 is the opening) and the words or numbers."""

    model_config = ConfigDict(frozen=True)

    turn: int
    why: str


Check = Callable[[Practice, Scenario], Fault | None]


def stays_the_customer(practice: Practice, scenario: Scenario) -> Fault | None:
    """No line of a model speaks as staff or of the exercise; a line given as the author's is the author's."""
    written = {" ".join(line.split()) for line in _written(scenario)}
    for exchange in practice.exchanges:
        if exchange.by == "author" and " ".join(exchange.line.split()) not in written:
            return Fault(turn=exchange.turn, why=f"no line of the author's: {exchange.line}")
        if exchange.by == "model":
            why = guard_fault(exchange.line, practice.rewind(exchange.turn - 1).cue(scenario, exchange))
            if why in FLIPS:
                return Fault(turn=exchange.turn, why=f"{why}: {exchange.line}")
    return None


def gives_nothing_away(practice: Practice, scenario: Scenario) -> Fault | None:
    """No line carries half of the own words of a hidden fact that was not told."""
    told: set[str] = set()
    for exchange in practice.exchanges:
        told |= {exchange.fact, *exchange.state.open_facts}
        asked = " ".join(e.text for e in practice.exchanges[: exchange.turn])
        for fact in scenario.hidden:
            if fact.id not in told and gives_away(exchange.line, fact, (*in_the_open(scenario), asked)):
                return Fault(turn=exchange.turn, why=f"gives '{fact.id}' away: {exchange.line}")
    return None


def no_thanks_unearned(practice: Practice, scenario: Scenario) -> Fault | None:
    """No thanks, softening or acceptance before the grievance was heard."""
    for exchange in practice.exchanges:
        if exchange.state.heard:
            continue
        if exchange.move in SOFT_MOVES and exchange.state.ending != "limit kept":
            return Fault(turn=exchange.turn, why=f"the move is '{exchange.move}' before the grievance was heard")
        sincere = exchange.move not in ("leave", "bait", "threaten")
        if (
            sincere
            and _THANKS.search(exchange.line)
            and not _BITTER.search(exchange.line)
            and "?" not in exchange.line
        ):
            return Fault(turn=exchange.turn, why=f"thanks before the grievance was heard: {exchange.line}")
    return None


def moves_by_the_rules(practice: Practice, scenario: Scenario) -> Fault | None:
    """Acts move anger and trust within the clamp; floors hold; at most one fact a turn, none in the first."""
    clamp, floors = scenario.difficulty.clamp, weights()
    for before, exchange in _steps(practice):
        after = exchange.state
        acted = {on: sum(e.amount for e in exchange.effects if e.on == on and e.act) for on in ("anger", "trust")}
        if acted["anger"] < -clamp or acted["anger"] > 2 * clamp:
            return Fault(turn=exchange.turn, why=f"acts moved anger by {acted['anger']}; the clamp is {clamp}")
        if acted["trust"] > clamp or acted["trust"] < -2 * clamp:
            return Fault(turn=exchange.turn, why=f"acts moved trust by {acted['trust']}; the clamp is {clamp}")
        floor = floors.floor_unheard if not after.heard else floors.floor_unmended if not after.accepted else 0
        if after.anger < min(floor, before.anger):
            return Fault(turn=exchange.turn, why=f"anger fell to {after.anger}, below its floor of {floor}")
        told = [f for f in after.open_facts if f not in before.open_facts]
        if len(told) > 1 or (exchange.turn == 1 and any(scenario.fact(f).gate for f in told)):
            return Fault(turn=exchange.turn, why=f"told too much at once: {', '.join(told)}")
        if any(scenario.fact(f).gate > after.trust for f in told):
            return Fault(turn=exchange.turn, why=f"told {told[0]} with trust {after.trust}, below its gate")
    return None


def reasons_add_up(practice: Practice, scenario: Scenario) -> Fault | None:
    """The effects shown for a turn are all of what changed."""
    for before, exchange in _steps(practice):
        after = exchange.state
        for on, change in (("anger", after.anger - before.anger), ("trust", after.trust - before.trust)):
            shown = sum(e.amount for e in exchange.effects if e.on == on)
            if shown != change:
                return Fault(turn=exchange.turn, why=f"reasons add up to {shown:+d} {on}; it changed by {change:+d}")
    return None


def no_line_twice(practice: Practice, scenario: Scenario) -> Fault | None:
    """No near-repeat of an earlier line, no move three times running."""
    said = [practice.opening]
    for exchange in practice.exchanges:
        twin = next((old for old in said if alike(exchange.line, old, NEAR)), "")
        if twin:
            return Fault(turn=exchange.turn, why=f"said before: {exchange.line}")
        if len(set(exchange.state.moves[-3:])) == 1 and len(exchange.state.moves) >= 3:
            return Fault(turn=exchange.turn, why=f"'{exchange.move}' for the third time running")
        said.append(exchange.line)
    return None


def ends_as_earned(practice: Practice, scenario: Scenario) -> Fault | None:
    """A good ending has a grievance heard and something accepted, escalated or limited; resolved only if winnable."""
    ending, state = practice.ending, practice.state
    if ending not in GOOD:
        return None
    if ending == "limit kept":
        fine = bool(state.limit_at) and "bait" in state.moves
    else:
        fine = state.heard and (bool(state.accepted) or ending == "proper escalation")
    if ending == "resolved" and not scenario.winnable:
        fine = False
    return None if fine else Fault(turn=len(practice.exchanges), why=f"'{ending}' was not earned")


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        stays_the_customer,
        gives_nothing_away,
        no_thanks_unearned,
        moves_by_the_rules,
        reasons_add_up,
        no_line_twice,
        ends_as_earned,
    )
}


def applies(when: str, practice: Practice, scenario: Scenario) -> bool:
    """Whether a criterion's ``applies_when`` holds for this practice."""
    return {"always": True, "ended": practice.ending is not None, "hidden_facts": bool(scenario.hidden)}[when]


def _written(scenario: Scenario) -> Iterator[str]:
    """Every line that the scenario's author wrote."""
    yield from scenario.hung_up_on
    for by_band in scenario.lines.values():
        for lines in by_band.values():
            yield from lines
    for fact in scenario.facts:
        yield from (fact.approach, fact.reveal)


def _steps(practice: Practice) -> Iterator[tuple[State, Exchange]]:
    """Each exchange with the state before it."""
    before = practice.start
    for exchange in practice.exchanges:
        yield before, exchange
        before = exchange.state
