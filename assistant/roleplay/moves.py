"""What the customer does next, by table: code decides, the model only says it.

    step = choose(before, felt.state, reading, scenario, seed)
    step.move, step.fact, step.state       # "reveal", "climb", State(…, ending=None)

The first row that fits wins. No move stands three times running, and none only demands what was given. Endings are
decided here; a good one waits a turn where something hidden is told first, or was passed over.
"""

import random

from pydantic import BaseModel, ConfigDict

from assistant.roleplay.acts import Reading
from assistant.roleplay.demands import Matter, met, standing
from assistant.roleplay.limits import crossed, warns
from assistant.roleplay.scenario import Move, Scenario
from assistant.roleplay.state import AGREED, Ending, FactStatus, State
from assistant.roleplay.state import telling as telling_of
from assistant.roleplay.weights import weights

CONTENT: tuple[Ending, ...] = ("resolved", "grudging acceptance")
"""Endings that hold a turn later as well: who was content, or has taken what is offered, still is."""


class Step(BaseModel):
    """The customer's move; ``fact`` is the fact it tells or circles; the state holds the ending, if any."""

    model_config = ConfigDict(frozen=True)

    move: Move
    fact: str = ""
    state: State


def choose(
    before: State,
    state: State,
    reading: Reading,
    scenario: Scenario,
    seed: str,
    given: frozenset[Matter] = frozenset(),
) -> Step:
    """The move that answers the trainee's turn.

    Args:
        before: the state before the turn.
        state: the state after ``update``.
        seed: names the practice; with the turn's number it fixes every chance.
        given: what the trainee's turns have given of what a customer may demand.
    """
    dice = random.Random(f"{seed}/{state.turn}")
    ending = _ending(state, reading, scenario)
    fact, telling = _fact_moved(before, state, scenario)
    if ending in CONTENT and not reading.ends and telling == "reveal" and state.facts[fact] == "revealed":
        ending = None  # what was asked for is told before they go: it could not be asked for again
    if ending in CONTENT and state.patience > 0 and before.let_out and not reading.takes_up:
        ending = "cut short" if reading.ends else None  # nobody goes content who was passed over when they let it out
    if ending:
        move: Move = "accept" if ending in AGREED else "leave"
    elif telling and state.facts[fact] == "revealed":
        move = telling
    elif state.accepted and not before.accepted:
        move = "accept"
    else:
        move = telling or _fitting(_by_table(state, reading, scenario, dice), state, scenario, given | met(state))
    if telling and move != telling:  # what is not said now was not told
        state = state.model_copy(update={"facts": _untold(before, state)})
    said = fact if move == telling else ""
    let_out = said if move == "reveal" and state.facts[said] == "revealed" else ""
    ended = state.model_copy(update={"ending": ending, "moves": (*state.moves, move), "let_out": let_out})
    return Step(move=move, fact=said, state=ended)


def _untold(before: State, state: State) -> dict[str, FactStatus]:
    """The facts without this turn's telling: nobody only answers; it can be asked for again."""
    return {
        f: before.facts[f] if status in ("revealed", "approached") else status for f, status in state.facts.items()
    }


def _ending(state: State, reading: Reading, scenario: Scenario) -> Ending | None:
    table = weights()
    resolve = table.resolve
    if state.abused and state.anger >= table.leave_anger:
        return "complaint filed"
    warned = state.limit_at < state.turn and crossed(state)
    if warned and reading.has("respectful_limit") and not warns(reading.quote("respectful_limit")):
        return "limit kept"  # warned once, baited again, and the agent does what was said
    if not reading.ends and state.anger >= table.leave_anger and state.harmed >= 2:
        return "hang-up"
    if all(state.needs.values()) and state.anger <= resolve.anger and state.trust >= resolve.trust:
        return "resolved" if scenario.winnable else "grudging acceptance"
    if reading.has("proper_escalation") and state.heard and not scenario.winnable and state.trust >= resolve.trust:
        return "proper escalation"
    if reading.ends:
        settled = state.accepted and state.knows_next_step and not reading.harms()
        return "grudging acceptance" if settled else "cut short"  # to hang up on somebody is no way to a better end
    if state.patience <= 0:
        if state.accepted:
            return "grudging acceptance"
        return "hang-up" if state.anger >= table.hang_up_anger else "complaint filed"
    return None


def _fact_moved(before: State, state: State, scenario: Scenario) -> tuple[str, Move | None]:
    """The fact that this turn told or circled, and the move that says it."""
    for fact, status in state.facts.items():
        if before.facts[fact] != status and status in ("revealed", "approached"):
            return fact, telling_of(scenario.fact(fact))
    return "", None


def _by_table(state: State, reading: Reading, scenario: Scenario, dice: random.Random) -> Move:
    table = weights()
    hot, likely = state.anger >= table.moves.hot, table.moves.likelier
    if reading.has("off_policy_promise") or (reading.remedies and not state.accepted and state.heard):
        return "question"
    if reading.harms():
        if state.anger >= table.moves.threaten and state.harmed >= 2 and dice.random() < likely:
            return "threaten"
        return "vent" if dice.random() < likely else "redemand"
    calmed = table.limit_calms if state.limit_at else 1.0
    if dice.random() < scenario.difficulty.bait * calmed and hot:
        return "bait"
    if reading.has("owned_apology", "acknowledges_feeling") and hot and "test" not in state.moves[-2:]:
        return "test"
    if not hot and state.heard:
        return "soften" if dice.random() < likely else "redemand"
    if state.stage in ("opening", "venting") and hot:
        return "vent" if reading.has("open_question") or dice.random() < likely else "redemand"  # who is asked, tells
    return "redemand"


def _fitting(move: Move, state: State, scenario: Scenario, given: frozenset[Matter]) -> Move:
    """The move, or another where it would be the third running, or nothing is left to demand."""
    mild = state.heard and state.anger < weights().moves.hot
    spare: tuple[Move, ...] = ("redemand", "soften" if mild else "vent", "vent", "test")
    lines = scenario.lines.get("redemand", {}).get(state.band, ())
    spent = {"redemand"} if lines and not standing(lines, given) else set()
    return next(m for m in (move, *spare) if state.moves[-2:] != (m, m) and m not in spent)
