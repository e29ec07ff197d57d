"""The scorecard of a practice: what was done well, what it earned, and what else could have been said.

    card = score(practice, scenario, rubric)            # pure
    best = await counterfactual(practice, scenario, card.worst.turn, reader.read)

Process 45, discovery 25, policy and safety 15, outcome 15 (scoring.yaml). The process judge sees the trainee's
turns and what came before each, not how the customer took them. Luck with the customer's mood does
not grade. Every point has a quote that stands verbatim in the transcript.
"""

from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict

from assistant.conversation import Transcript
from assistant.roleplay.acts import Reading
from assistant.roleplay.coach import advice, book, rewrite, worded
from assistant.roleplay.effects import Effect
from assistant.roleplay.practice import Exchange, Practice
from assistant.roleplay.scenario import Fact, Scenario, Situation
from assistant.roleplay.state import Ending
from evals.costs import Cost, costs, hurts, lost, promises, tenths, tricks
from evals.modes import main_mode, movement
from evals.process import CHECKS, Evidence, applies, named_late, spoils
from evals.rubric import Criterion, Rubric
from evals.scoring import Part, points

EXAMPLES: dict[str, Situation] = {
    "named_early": "unheard_facts",
    "acknowledged": "unheard_feeling",
    "owned": "tested",
    "said_back": "let_out",
    "asked_openly": "something_behind",
    "took_up": "let_out",
    "explained_policy": "refused_demand",
    "set_limit": "baited_again",
    "gave_choice": "no_offer",
    "committed": "no_next_step",
}
"""Check → the coach's situation whose line would have met it."""


class Mark(BaseModel):
    """One criterion's result; ``met`` None where it does not apply.

    ``example`` is a line of this case that would have met one that was missed; empty where there is none. ``late``
    is the turn in which it was met too late, 0 if in none.
    """

    model_config = ConfigDict(frozen=True)

    criterion: Criterion
    met: bool | None
    points: float
    of: float
    evidence: Evidence | None = None
    judged_by: str = "code"
    example: str = ""
    late: int = 0


class Missed(BaseModel):
    """A hidden fact that was not found, and the question that would have opened it.

    ``asked`` is the turn in which it was last asked for, 0 if never; ``trusted`` whether trust was there then.
    """

    model_config = ConfigDict(frozen=True)

    fact: str
    question: str
    asked: int = 0
    trusted: bool = False

    @property
    def advice(self) -> str:
        """What would have brought it out."""
        if not self.asked:
            return f"A question that would have opened it: {self.question}"
        why = "other things came first" if self.trusted else "trust was not there yet"
        return f"You asked in turn {self.asked}; {why}."


class Moment(BaseModel):
    """A turn and what it did to the customer: trust gained less anger gained."""

    model_config = ConfigDict(frozen=True)

    turn: int
    text: str
    change: int
    why: tuple[Effect, ...]


class Counterfactual(BaseModel):
    """What another line in a turn's place would have earned, as the engine plays it."""

    model_config = ConfigDict(frozen=True)

    turn: int
    text: str
    anger: int
    trust: int
    change: int
    instead_of: int
    effects: tuple[Effect, ...]


class Scorecard(BaseModel):
    """The whole card. ``parts`` maps a part to (points, of); ``cap`` says what held the total down.

    ``harms`` has one a turn at most; ``tricks`` the first words that spoke to the grader or were no language.
    ``costs`` has the points of these, and of all that cost some beside criteria and facts that were missed.
    """

    model_config = ConfigDict(frozen=True)

    total: int
    parts: dict[Part, tuple[float, float]]
    marks: tuple[Mark, ...]
    found: int
    findable: int
    missed: tuple[Missed, ...]
    harms: tuple[Evidence, ...]
    promises: tuple[Evidence, ...]
    tricks: tuple[Evidence, ...]
    costs: tuple[Cost, ...]
    cap: str
    ending: Ending | None
    mode: str
    modes: tuple[str, ...]
    best: Moment | None
    worst: Moment | None
    read_next: tuple[str, ...]


def score(practice: Practice, scenario: Scenario, rubric: Rubric) -> Scorecard:
    """The scorecard; the same practice always gives the same one."""
    marks = _marks(practice, scenario, rubric)
    hidden, of = scenario.hidden, points().parts
    found = [f for f in hidden if practice.state.facts[f.id] in ("revealed", "acknowledged")]
    met = sum(m.points for m in marks)
    cost = costs(practice, scenario, met)
    reached: dict[Part, float] = {
        "process": met,
        "discovery": of["discovery"] * (len(found) / len(hidden) if hidden else 1.0),
        "policy and safety": of["policy and safety"],
        "outcome": of["outcome"],
    }
    parts = {name: (round(got - lost(cost, name), 1), float(of[name])) for name, got in reached.items()}
    broken = promises(practice)
    total, cap = _capped(sum(got for got, _ in parts.values()), practice, broken)
    readings = [e.reading for e in practice.exchanges]
    best, worst = _moments(practice)
    return Scorecard(
        total=round(total),
        parts=parts,
        marks=marks,
        found=len(found),
        findable=len(hidden),
        missed=tuple(_missed(f, practice) for f in hidden if f not in found),
        harms=tuple(evidence for evidence, _ in hurts(practice)),
        promises=broken,
        tricks=tricks(practice),
        costs=cost,
        cap=cap,
        ending=practice.ending,
        mode=main_mode(readings),
        modes=movement(readings),
        best=best,
        worst=worst,
        read_next=_read_next(marks, practice),
    )


async def counterfactual(
    practice: Practice, scenario: Scenario, turn: int, read: Callable[[str, Transcript], Awaitable[Reading]]
) -> Counterfactual:
    """A better line for ``turn`` (1-based), played by the same engine and read by the same reader."""
    before = practice.rewind(turn - 1)
    text = rewrite(before, scenario)
    played = before.respond(scenario, text, await read(text, before.transcript))
    return Counterfactual(
        turn=turn,
        text=text,
        anger=played.state.anger,
        trust=played.state.trust,
        change=_change(before.state.anger, before.state.trust, played),
        instead_of=_change(before.state.anger, before.state.trust, practice.exchanges[turn - 1]),
        effects=played.effects,
    )


def _marks(practice: Practice, scenario: Scenario, rubric: Rubric) -> tuple[Mark, ...]:
    applying = [c for c in rubric.criteria if applies(c.applies_when, practice, scenario)]
    whole = sum(c.points for c in applying)
    worth = dict(zip(applying, tenths([c.points * points().parts["process"] / whole for c in applying]), strict=True))
    readers = sorted({e.reading.reader for e in practice.exchanges}) or ["code"]
    marks = []
    for criterion in rubric.criteria:
        if criterion not in applying:
            marks.append(Mark(criterion=criterion, met=None, points=0, of=0))
            continue
        evidence = CHECKS[criterion.check](practice, scenario)
        of = worth[criterion]
        marks.append(
            Mark(
                criterion=criterion,
                met=evidence is not None,
                points=of if evidence else 0.0,
                of=of,
                evidence=evidence,
                judged_by=", ".join(readers) if criterion.reads else "code",
                example="" if evidence else _example(criterion, practice, scenario),
                late=0 if evidence or criterion.check != "named_early" else named_late(practice),
            )
        )
    return tuple(marks)


def _example(criterion: Criterion, practice: Practice, scenario: Scenario) -> str:
    """A line that would meet a criterion in this case; of the facts only what was told is in it."""
    here = EXAMPLES[criterion.check]
    told = [scenario.fact(f).said_back for f in practice.state.open_facts if scenario.fact(f).said_back]
    if "{told}" in advice(here, scenario).rewrite and not told:
        return ""
    return worded(here, scenario, question=book().open_question, told=told[-1] if told else "")


def _missed(fact: Fact, practice: Practice) -> Missed:
    """A fact that was not found, with the last turn that asked for it."""
    asked = next((e for e in reversed(practice.exchanges) if fact.id in e.reading.topics), None)
    if asked is None:
        return Missed(fact=fact.text, question=fact.question)
    trusted = asked.state.trust >= fact.gate
    return Missed(fact=fact.text, question=fact.question, asked=asked.turn, trusted=trusted)


def _capped(total: float, practice: Practice, broken: tuple[Evidence, ...]) -> tuple[float, str]:
    caps = points().caps
    if total > caps.insult and any(_insults(e) for e in practice.exchanges):
        return caps.insult, f"the customer was insulted: at most {caps.insult}"
    if broken and total > caps.promise:
        return caps.promise, f"something was promised against policy: at most {caps.promise}"
    return total, ""


def _insults(exchange: Exchange) -> bool:
    """Whether a turn surely insults: an insult that the reader only suspects costs points, and caps nothing."""
    return any(a.id == "insult" and spoils(a, exchange) for a in exchange.reading.acts)


def _moments(practice: Practice) -> tuple[Moment | None, Moment | None]:
    """The turn that did the customer most good, and the one that did least or most harm.

    A turn that keeps a limit is none of them: it does what was said, and nothing in its place would have been better.
    """
    if not practice.exchanges:
        return None, None
    moments, anger, trust = [], practice.start.anger, practice.start.trust
    for e in practice.exchanges:
        moments.append(Moment(turn=e.turn, text=e.text, change=_change(anger, trust, e), why=e.effects))
        anger, trust = e.state.anger, e.state.trust
    if practice.ending == "limit kept":
        moments.pop()
    if not moments:
        return None, None
    best, worst = max(moments, key=lambda m: m.change), min(moments, key=lambda m: m.change)
    return (best if best.change > 0 else None), (worst if worst.turn != best.turn or worst.change <= 0 else None)


def _change(anger: int, trust: int, exchange: Exchange) -> int:
    return (exchange.state.trust - trust) - (exchange.state.anger - anger)


def _read_next(marks: tuple[Mark, ...], practice: Practice) -> tuple[str, ...]:
    """Three guide sections: what the missed criteria teach, dearest first, then what the harms teach."""
    missed = sorted((m for m in marks if m.met is False), key=lambda m: -m.of)
    harmed = [a.kind.teaches for e in practice.exchanges for a in e.reading.harms()]
    return tuple(dict.fromkeys([*(m.criterion.teaches for m in missed), *harmed]))[:3]


__all__ = ["Counterfactual", "Mark", "Moment", "Scorecard", "counterfactual", "score"]
