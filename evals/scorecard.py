"""The scorecard of a practice: what was done well, what it earned, and what else could have been said.

    card = score(practice, scenario, rubric)            # pure
    best = await counterfactual(practice, scenario, card.worst.turn, reader.read)

Process 45, discovery 25, policy and safety 15, outcome 15. The process judge sees the trainee's
turns and what came before each, not how the customer took them. Luck with the customer's mood does
not grade. Every point has a quote that stands verbatim in the transcript.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assistant.conversation import Transcript
from assistant.roleplay.acts import Reading
from assistant.roleplay.coach import rewrite
from assistant.roleplay.effects import Effect
from assistant.roleplay.practice import Exchange, Practice
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.state import HOT, Ending
from evals.modes import main_mode, movement
from evals.process import CHECKS, Evidence, applies
from evals.rubric import Criterion, Rubric

PROCESS, DISCOVERY, POLICY, OUTCOME = 45, 25, 15, 15
HARM = 3
"""Process points a harming turn costs."""
MOST_HARM = 18
CAP_PROMISE = 60
"""The most that a practice with a promise against policy can score."""
CAP_INSULT = 30
PROMISE_COST, ATTACK_COST, RULE_COST = 8, 3, 2
USED = ("reasoned_policy", "choice", "concrete_remedy", "proper_escalation", "respectful_limit")
"""Acts of which one at least uses policy for the customer; without any, half the points of its part are lost."""
ENDINGS: dict[Ending | None, float] = {
    "resolved": 1.0,
    "limit kept": 1.0,
    "proper escalation": 0.8,
    "grudging acceptance": 0.7,
    None: 0.3,
    "complaint filed": 0.0,
    "hang-up": 0.0,
}
"""Share of the outcome's points; a case that cannot be won counts a grudging acceptance in full."""

Part = Literal["process", "discovery", "policy and safety", "outcome"]


class Mark(BaseModel):
    """One criterion's result; ``met`` None where it does not apply."""

    model_config = ConfigDict(frozen=True)

    criterion: Criterion
    met: bool | None
    points: float
    of: float
    evidence: Evidence | None = None
    judged_by: str = "code"


class Missed(BaseModel):
    """A hidden fact that was not found, and the question that would have opened it."""

    model_config = ConfigDict(frozen=True)

    fact: str
    question: str


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
    """The whole card. ``parts`` maps a part to (points, of); ``cap`` says what held the total down."""

    model_config = ConfigDict(frozen=True)

    total: int
    parts: dict[Part, tuple[float, float]]
    marks: tuple[Mark, ...]
    found: int
    findable: int
    missed: tuple[Missed, ...]
    harms: tuple[Evidence, ...]
    promises: tuple[Evidence, ...]
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
    harms, promises = _harms(practice), _seen(practice, "off_policy_promise")
    hidden = scenario.hidden
    found = [f for f in hidden if practice.state.facts[f.id] in ("revealed", "acknowledged")]
    parts: dict[Part, tuple[float, float]] = {
        "process": (max(0.0, sum(m.points for m in marks) - min(MOST_HARM, HARM * len(harms))), PROCESS),
        "discovery": (DISCOVERY * len(found) / len(hidden) if hidden else float(DISCOVERY), DISCOVERY),
        "policy and safety": (_policy(practice, promises), POLICY),
        "outcome": (OUTCOME * _outcome(practice, scenario), OUTCOME),
    }
    parts = {name: (round(points, 1), of) for name, (points, of) in parts.items()}
    total, cap = _capped(sum(points for points, _ in parts.values()), practice, promises)
    readings = [e.reading for e in practice.exchanges]
    best, worst = _moments(practice)
    return Scorecard(
        total=round(total),
        parts=parts,
        marks=marks,
        found=len(found),
        findable=len(hidden),
        missed=tuple(Missed(fact=f.text, question=f.question) for f in hidden if f not in found),
        harms=harms,
        promises=promises,
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
    scale = PROCESS / sum(c.points for c in applying)
    readers = sorted({e.reading.reader for e in practice.exchanges}) or ["code"]
    marks = []
    for criterion in rubric.criteria:
        if criterion not in applying:
            marks.append(Mark(criterion=criterion, met=None, points=0, of=0))
            continue
        evidence = CHECKS[criterion.check](practice, scenario)
        of = criterion.points * scale
        marks.append(
            Mark(
                criterion=criterion,
                met=evidence is not None,
                points=of if evidence else 0.0,
                of=of,
                evidence=evidence,
                judged_by=", ".join(readers) if criterion.human.startswith("reader") else "code",
            )
        )
    return tuple(marks)


def _harms(practice: Practice) -> tuple[Evidence, ...]:
    """The first harming act of each turn that has one; promises are counted apart."""
    found = []
    for exchange in practice.exchanges:
        acts = [a for a in exchange.reading.harms() if a.id != "off_policy_promise"]
        if acts:
            worst = max(acts, key=lambda a: a.sure)
            found.append(Evidence(turn=exchange.turn, quote=worst.quote, sure=worst.sure))
    return tuple(found)


def _seen(practice: Practice, act_id: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(turn=e.turn, quote=a.quote, sure=a.sure)
        for e in practice.exchanges
        for a in e.reading.acts
        if a.id == act_id
    )


def _policy(practice: Practice, promises: tuple[Evidence, ...]) -> float:
    """Policy and safety: used for the customer, nothing promised against it, nobody attacked."""
    used = any(e.reading.remedies or e.reading.has(*USED) for e in practice.exchanges if not e.reading.harms())
    attacks = sum(len(_seen(practice, act)) for act in HOT)
    cost = PROMISE_COST * len(promises) + ATTACK_COST * attacks + RULE_COST * len(_seen(practice, "bare_policy"))
    return max(0.0, (POLICY if used else POLICY / 2) - cost)


def _outcome(practice: Practice, scenario: Scenario) -> float:
    ending = practice.ending
    if not practice.exchanges:
        return 0.0
    if not scenario.winnable and ending == "grudging acceptance":
        return 1.0
    return ENDINGS[ending]


def _capped(total: float, practice: Practice, promises: tuple[Evidence, ...]) -> tuple[float, str]:
    if _seen(practice, "insult") and total > CAP_INSULT:
        return CAP_INSULT, f"the customer was insulted: at most {CAP_INSULT}"
    if promises and total > CAP_PROMISE:
        return CAP_PROMISE, f"something was promised against policy: at most {CAP_PROMISE}"
    return total, ""


def _moments(practice: Practice) -> tuple[Moment | None, Moment | None]:
    """The turn that did the customer most good, and the one that did least or most harm."""
    if not practice.exchanges:
        return None, None
    moments, anger, trust = [], practice.start.anger, practice.start.trust
    for e in practice.exchanges:
        moments.append(Moment(turn=e.turn, text=e.text, change=_change(anger, trust, e), why=e.effects))
        anger, trust = e.state.anger, e.state.trust
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
