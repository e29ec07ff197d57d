"""The coach: what the customer needs now, and what an unsent line would earn. Pure; spends nothing.

    hint(practice, scenario)                        # Hint(needs="Proof that somebody knows …", …)
    check(practice, scenario, text, words)          # Preview(acts, effects, misses)

Which situation it is, code decides from the customer's state and last move; the words are in
``coach.yaml``. Specific feedback is what makes practice help (CARE, arXiv 2505.02428).
"""

from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from assistant.roleplay.acts import Act, Reading, codebook
from assistant.roleplay.effects import Effect, repeats
from assistant.roleplay.likeness import COPY, alike
from assistant.roleplay.limits import threatens
from assistant.roleplay.patterns import sentences
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Fact, Remedy, Rewrite, Scenario, Situation
from assistant.roleplay.state import State, telling
from knowledge import shipped

FILE = Path(__file__).parent / "coach.yaml"
NEAR_GATE = 8
"""Points of trust short of a gate from which asking is worth it."""

WINS_TRUST: tuple[Situation, ...] = ("tested", "guarded", "guarded_still")
"""What may still win the trust of who keeps something back."""


class Advice(BaseModel):
    """What the coach says in one situation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    needs: str
    technique: str
    act: str
    shape: str
    guide: str
    rewrite: Rewrite


class Book(BaseModel):
    """The coach's file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    situations: dict[Situation, Advice]
    open_question: str
    ends_the_talk: str
    channels: dict[str, tuple[str, ...]]
    self_awareness: dict[Literal["before", "after"], str]

    @model_validator(mode="after")
    def _every_situation(self) -> "Book":
        lacking = [s for s in get_args(Situation) if s not in self.situations]
        unknown = [a.act for a in self.situations.values() if a.act not in codebook()]
        if lacking or unknown:
            raise ValueError(f"{', '.join(lacking + unknown)}: a situation is missing, or an act unknown")
        return self


class Hint(BaseModel):
    """A hint before sending: ``advice`` for the situation, and two lines on body and voice."""

    model_config = ConfigDict(frozen=True)

    situation: Situation
    advice: Advice
    manner: tuple[str, ...]


class Preview(BaseModel):
    """What an unsent line shows and would earn; ``misses`` is the advice it does not yet follow."""

    model_config = ConfigDict(frozen=True)

    acts: tuple[Act, ...]
    effects: tuple[Effect, ...]
    state: State
    misses: Advice | None
    reader: str


@cache
def book() -> Book:
    """The coach's words.

    Raises:
        ShippedError: the file is not YAML, breaks the schema or lacks a situation; names the line or field.
    """
    return shipped.read_as(FILE, Book)


def advice(here: Situation, scenario: Scenario) -> Advice:
    """What the coach says in a situation of this scenario."""
    own = scenario.coach.advice.get(here)
    return book().situations[here].model_copy(update=own.model_dump(exclude_none=True) if own else {})


def situation(practice: Practice, scenario: Scenario) -> Situation:
    """Which situation the trainee is in now: the first that fits."""
    return _situations(practice, scenario)[0]


def _situations(practice: Practice, scenario: Scenario) -> list[Situation]:
    """The situations that fit, the most pressing first; at least one."""
    state = practice.state
    last = state.moves[-1] if state.moves else "vent"
    found: list[Situation] = ["danger"] if _urgent(state, scenario) else []
    if last == "bait" and _warned(practice):
        found += ["crossed", "baited"]
    elif last == "bait":
        found.append("baited_again" if state.moves.count("bait") > 1 else "baited")
    if state.let_out:
        found.append("let_out")
    if not state.heard:
        named = {"names_specific", "paraphrase"} & state.used.keys()
        found.append("unheard_feeling" if named else "unheard_facts")
    elif not state.felt_understood:
        found.append("owned_only")
    if last == "test":
        found.append("tested")
    if last == "question" and state.offered:
        found.append("doubted")
    settled = state.accepted and not scenario.remedy(state.accepted).urgent  # help in danger settles nothing yet
    if not settled:
        found += _to_discover(state, scenario)
    elif not state.knows_next_step and _would_tell(state, scenario):
        found.append("something_behind")  # first: the next step ends the talk
    if state.accepted and state.knows_next_step:
        found.append("closing")
    if not state.accepted and not scenario.winnable and "reasoned_policy" not in state.used:
        found.append("refused_demand")
    if not state.accepted and not state.offered:
        found.append("no_offer")
    return [*found, "no_next_step"]


def _warned(practice: Practice) -> bool:
    """Whether the agent's limit said what follows if it is crossed: only that can be done now."""
    set_in = [e for e in practice.exchanges if e.turn == practice.state.limit_at]
    told = any(threatens(s) for e in set_in for s in sentences(e.text))
    return told or (practice.state.limit_at > 0 and not set_in)  # a limit from before the talk is taken as whole


def _to_discover(state: State, scenario: Scenario) -> list[Situation]:
    """What brings out what the customer keeps back: to ask, or first to win the trust that is wanting."""
    fact = next_fact(state, scenario)
    if not _untold(state, scenario):
        return []
    if fact and state.trust >= fact.gate:
        return ["something_behind"]
    asks: list[Situation] = ["something_behind"] if fact and state.facts[fact.id] == "locked" else []
    return asks + [s for s in WINS_TRUST if repeats(state, book().situations[s].act) == 0]


def _untold(state: State, scenario: Scenario) -> bool:
    """Whether the customer still keeps something back."""
    return any(f.id not in state.open_facts for f in scenario.hidden)


def _would_tell(state: State, scenario: Scenario) -> bool:
    """Whether a question would bring out a fact now; who told two on end tells no third."""
    fact = next_fact(state, scenario)
    return bool(fact and state.trust >= fact.gate and state.moves[-2:] != (telling(fact),) * 2)


def _urgent(state: State, scenario: Scenario) -> Remedy | None:
    """The help that somebody in danger has not been offered yet; None where nobody is known to be."""
    for remedy in scenario.remedies:
        known = not remedy.urgent_once or remedy.urgent_once in state.open_facts
        if remedy.urgent and remedy.authority == "alone" and known and remedy.id not in state.offered:
            return remedy
    return None


def next_fact(state: State, scenario: Scenario) -> Fact | None:
    """The hidden fact nearest to being told; None if none is in reach."""
    locked = [f for f in scenario.hidden if state.facts[f.id] in ("locked", "approached")]
    reachable = [f for f in locked if state.trust >= f.gate - NEAR_GATE]
    return min(reachable, key=lambda f: f.gate, default=None)


def hint(practice: Practice, scenario: Scenario) -> Hint:
    """What the customer needs now, and one way to give it."""
    here = situation(practice, scenario)
    said = advice(here, scenario)
    if here == "no_next_step" and practice.state.accepted and _untold(practice.state, scenario):
        said = said.model_copy(update={"technique": f"{said.technique} {book().ends_the_talk}"})
    lines = scenario.coach.manner or book().channels.get(scenario.channel, ())
    start = len(practice.exchanges) % max(1, len(lines))
    return Hint(situation=here, advice=said, manner=(*lines[start:], *lines[:start])[:2])


def check(practice: Practice, scenario: Scenario, text: str, words: Reading) -> Preview:
    """What an unsent line would do; nothing is spent.

    Args:
        words: the reader's reading of ``text``.

    Raises:
        PracticeOver: the practice has ended.
    """
    exchange = practice.respond(scenario, text, words)
    here = situation(practice, scenario)
    wanted = advice(here, scenario)
    shown = exchange.reading.takes_up if here == "let_out" else exchange.reading.has(wanted.act)
    return Preview(
        acts=exchange.reading.acts,
        effects=exchange.effects,
        state=exchange.state,
        misses=None if shown else wanted,
        reader=exchange.reading.reader,
    )


def rewrite(practice: Practice, scenario: Scenario) -> str:
    """A turn that could be said now, filled from the scenario; the engine decides what it earns.

    What the agent has said already is not said again, as long as another situation fits as well. A crossed limit
    may be kept, and that ends the talk: the turn is one that goes on.
    """
    fact = next_fact(practice.state, scenario)
    ripe = fact.question if fact and practice.state.trust >= fact.gate else ""  # who asked too early may ask again
    turns = [_filled(here, practice, scenario) for here in _situations(practice, scenario) if here != "crossed"]
    return next((turn for turn in turns if turn == ripe or not _said(turn, practice)), turns[0])


def _said(turn: str, practice: Practice) -> bool:
    """Whether the agent has said as much."""
    return any(alike(turn, earlier, COPY) for earlier in practice.transcript.by("agent"))


def _filled(here: Situation, practice: Practice, scenario: Scenario) -> str:
    """The turn that the coach's file has for a situation."""
    fact = next_fact(practice.state, scenario)
    told = [f for f in practice.state.open_facts if scenario.fact(f).said_back]
    newest = practice.exchanges[-1].fact if practice.exchanges else ""
    early = fact is not None and practice.state.trust < fact.gate and _said(fact.question, practice)
    urgent = _urgent(practice.state, scenario)
    return worded(
        here,
        scenario,
        question=fact.question if fact and not early else book().open_question,
        told=scenario.fact(newest if newest in told else told[-1]).said_back if told else "",
        urgent=urgent.offer if urgent else "",
    )


def worded(here: Situation, scenario: Scenario, question: str, told: str, urgent: str = "") -> str:
    """The turn that the coach's file has for a situation, with the scenario's words and these in its gaps."""
    best = max((r for r in scenario.remedies if r.authority == "alone"), key=lambda r: r.worth)
    line = advice(here, scenario).rewrite
    filled = line.format(owned=scenario.owned, offer=best.offer, question=question, told=told, urgent=urgent)
    return " ".join(filled.split())
