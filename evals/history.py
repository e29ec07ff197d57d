"""A trainee's practices over time: scores, skills with intervals, what to practise next, root causes.

past = history(room.history(), scenarios, rubric)
past.rows[0].card.total; past.skills[0].share; past.next_scenario
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from evals.rubric import Criterion, Rubric
from evals.scorecard import Scorecard, score
from evals.stats import Figure, share

FEWEST_TURNS = 2
"""A practice with fewer turns than this was only looked at, and is not scored."""


class Row(BaseModel):
    """One practice that was played."""

    model_config = ConfigDict(frozen=True)

    began: datetime
    practice: Practice
    title: str
    card: Scorecard


class Skill(BaseModel):
    """How often a criterion was met where it applied, with its interval."""

    model_config = ConfigDict(frozen=True)

    criterion: Criterion
    share: Figure


class History(BaseModel):
    """Everything, newest practice first; ``root_causes`` counts what caused the practised conflicts."""

    model_config = ConfigDict(frozen=True)

    rows: tuple[Row, ...]
    skills: tuple[Skill, ...]
    root_causes: dict[str, int]
    next_scenario: str
    why: str


def history(
    played: Sequence[tuple[datetime, Practice]], scenarios: Mapping[str, Scenario], rubric: Rubric
) -> History:
    """Score every practice that was really played, and sum up."""
    rows = [
        Row(began=began, practice=p, title=scenarios[p.scenario].title, card=score(p, scenarios[p.scenario], rubric))
        for began, p in played
        if p.scenario in scenarios and len(p.exchanges) >= FEWEST_TURNS
    ]
    skills = [
        Skill(
            criterion=c,
            share=share([m.met for r in rows for m in r.card.marks if m.criterion == c and m.met is not None]),
        )
        for c in rubric.criteria
    ]
    causes = Counter(scenarios[r.practice.scenario].root_cause for r in rows)
    chosen, why = _next(rows, skills, scenarios)
    return History(
        rows=tuple(rows), skills=tuple(skills), root_causes=dict(causes.most_common()), next_scenario=chosen, why=why
    )


def _next(rows: Sequence[Row], skills: Sequence[Skill], scenarios: Mapping[str, Scenario]) -> tuple[str, str]:
    """The scenario that trains the weakest skill, least practised first."""
    times = Counter(r.practice.scenario for r in rows)
    tried = [s for s in skills if s.share.n]
    weakest = min(tried, key=lambda s: (s.share.value, -s.share.n), default=None)
    guide = weakest.criterion.teaches.partition("#")[0] if weakest else ""
    fitting = [s for s in scenarios.values() if any(t.startswith(f"{guide}#") for t in s.trains)] if guide else []
    pool = fitting or list(scenarios.values())
    chosen = min(pool, key=lambda s: (times[s.id], s.difficulty.anger))
    if weakest is None:
        return chosen.id, "a gentle one to begin with"
    met = f"{round(weakest.share.value * weakest.share.n)} of {weakest.share.n}"
    return chosen.id, f"it trains what you met least often: {weakest.criterion.title} ({met})"
