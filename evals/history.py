"""A trainee's practices over time: scores, skills with intervals, what to practise next, root causes.

past = history(room.history(), drafts, scenarios, rubric, now)
past.rows[0].card.total; past.skills[0].share; past.skills[0].due; past.next_scenario
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from assistant.reply.draft import Draft
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from evals.causes import Count, causes
from evals.repetition import due
from evals.rubric import Criterion, Rubric
from evals.scorecard import Mark, Scorecard, score
from evals.stats import Figure, share

FEWEST_TURNS = 2
"""A practice with fewer turns than this was only looked at, and is not scored."""


def played_out(practice: Practice, scenarios: Mapping[str, Scenario]) -> bool:
    """Whether a practice was really played to its end, with a scenario as it still is: such a one is scored."""
    scenario = scenarios.get(practice.scenario)
    return bool(scenario and practice.over and practice.plays(scenario)) and len(practice.exchanges) >= FEWEST_TURNS


class Row(BaseModel):
    """One practice that was played.

    Its turns before ``own`` (1-based) it shares with ways of the same practice that began before it; these ways
    missed the criteria in ``missed_before``.
    """

    model_config = ConfigDict(frozen=True)

    began: datetime
    practice: Practice
    title: str
    card: Scorecard
    own: int = 1
    missed_before: tuple[str, ...] = ()


class Skill(BaseModel):
    """How often a criterion was met where it applied, with its interval; ``due`` again when, None if untried."""

    model_config = ConfigDict(frozen=True)

    criterion: Criterion
    share: Figure
    due: datetime | None


class History(BaseModel):
    """Everything, newest practice first; ``root_causes`` counts what caused the conflicts practised and drafted."""

    model_config = ConfigDict(frozen=True)

    rows: tuple[Row, ...]
    skills: tuple[Skill, ...]
    root_causes: dict[str, Count]
    next_scenario: str
    why: str


def history(
    played: Sequence[tuple[datetime, Practice]],
    drafts: Sequence[Draft],
    scenarios: Mapping[str, Scenario],
    rubric: Rubric,
    now: datetime,
) -> History:
    """Score every practice that was really played to its end, and sum up.

    One that goes on, be it an exam or what was left for another way, shows and counts nothing yet.
    """
    rows = [
        Row(began=began, practice=p, title=scenarios[p.scenario].title, card=score(p, scenarios[p.scenario], rubric))
        for began, p in played
        if played_out(p, scenarios)
    ]
    rows = [_apart(row, rows) for row in rows]
    skills = [_skill(criterion, rows) for criterion in rubric.criteria]
    chosen, why = _next(rows, skills, scenarios, now)
    return History(
        rows=tuple(rows),
        skills=tuple(skills),
        root_causes=causes([scenarios[r.practice.scenario] for r in rows if r.own == 1], drafts),
        next_scenario=chosen,
        why=why,
    )


def _apart(row: Row, rows: Sequence[Row]) -> Row:
    """The row with what it shares with ways of the same practice that began before it."""
    played = row.practice
    earlier = [r for r in rows if r.began < row.began and _same_talk(r.practice, played)]
    shared = [(r, played.parts_from(r.practice)) for r in earlier]
    missed = {m.criterion.id for r, turn in shared if turn > 1 for m in r.card.marks if m.met is False}
    own = max((turn for _, turn in shared), default=1)
    return row.model_copy(update={"own": own, "missed_before": tuple(sorted(missed))})


def _same_talk(one: Practice, other: Practice) -> bool:
    """Whether two may be ways of one practice: those that branched keep its seed."""
    return (one.scenario, one.seed) == (other.scenario, other.seed)


def _skill(criterion: Criterion, rows: Sequence[Row]) -> Skill:
    """What became of a criterion, each time that it came up; of two ways what they share counts once."""
    outcomes = [
        (r.began, mark.met)
        for r in sorted(rows, key=lambda r: r.began)
        for mark in r.card.marks
        if mark.criterion == criterion and mark.met is not None and _is_new(mark, r)
    ]
    return Skill(criterion=criterion, share=share([met for _, met in outcomes]), due=due(outcomes))


def _is_new(mark: Mark, row: Row) -> bool:
    """Whether a practice's own turns met a criterion, or missed what no way that it shares turns with missed."""
    if mark.evidence:
        return mark.evidence.turn >= row.own
    return mark.criterion.id not in row.missed_before


def _next(
    rows: Sequence[Row], skills: Sequence[Skill], scenarios: Mapping[str, Scenario], now: datetime
) -> tuple[str, str]:
    """The scenario that trains the weakest of the skills that are due, or of all; least practised first."""
    times = Counter(r.practice.scenario for r in rows)
    tried = [s for s in skills if s.share.n]
    late = [s for s in tried if s.due and s.due <= now]
    weakest = min(late or tried, key=lambda s: (s.share.value, -s.share.n), default=None)
    guide = weakest.criterion.teaches.partition("#")[0] if weakest else ""
    fitting = [s for s in scenarios.values() if any(t.startswith(f"{guide}#") for t in s.trains)] if guide else []
    pool = fitting or list(scenarios.values())
    chosen = min(pool, key=lambda s: (times[s.id], s.difficulty.anger))
    if weakest is None:
        return chosen.id, "a gentle one to begin with"
    if weakest.share.value == 1 and not late:
        return chosen.id, "nothing has slipped so far, and you have not met this customer often"
    met = f"{weakest.criterion.title} ({round(weakest.share.value * weakest.share.n)} of {weakest.share.n})"
    return chosen.id, f"it trains what is due again: {met}" if late else f"it trains what you met least often: {met}"
