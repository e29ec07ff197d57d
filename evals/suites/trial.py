"""The learning trial's analysis (docs/learning-trial.md): do people who practise get better than who reads?

    {"person": "p01", "arm": "practice", "pre_scenario": "late-parcel", "pre": 14.2,
     "post_scenario": "cancelled-flight", "post": 27.5}

One line a person. ``pre`` and ``post`` are the process part of a scorecard (0 to 45) in an exam on a scenario
not seen before; ``post`` is null for who dropped out. Without a file, simulated trainees prove that the
analysis finds an effect that was built in, and none where none was. They say nothing about people.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import norm

from assistant.roleplay.scenario import Scenario
from evals.errors import EvalError
from evals.players import LEVELS, Reads, Scripts, play
from evals.result import Result
from evals.rows import load_rows
from evals.rubric import Rubric
from evals.scorecard import score
from evals.stats import Figure, bootstrap, share, single

Arm = Literal["practice", "guides"]
ARMS: tuple[Arm, ...] = ("practice", "guides")
SMALLEST = 0.5
"""The standardised difference that the trial is made to find: smaller would not be worth an hour."""
CORRELATION = 0.5
"""Assumed between pre and post; adjusting for pre saves that much."""
DROPOUT = 0.15
UNEQUAL = 0.10
"""By how much the shares of who dropped out may differ before they are counted as having learned nothing."""
ADJUSTED, STANDARDISED = "adjusted difference in process points", "standardised difference"
EMPATHY = "difference in rated empathy"
PERMUTATIONS = 2000
PEOPLE = 114
LEARNT: dict[str, dict[Arm, float]] = {
    "an effect built in": {"practice": 1.0, "guides": 0.3},
    "no effect built in": {"practice": 0.3, "guides": 0.3},
}
"""Levels of skill, of the five, that simulated trainees gain between pre and post."""
NOTHING = "Simulated trainees: the analysis runs and finds what was built in. This says nothing about people."


class Person(BaseModel):
    """One participant. ``empathy``: blinded raters' mean before and after, 1 to 5, where it was rated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: str
    arm: Arm
    pre_scenario: str
    pre: float = Field(ge=0, le=45)
    post_scenario: str
    post: float | None = Field(ge=0, le=45)
    empathy: tuple[float, float] | None = None


def load_people(path: Path) -> list[Person]:
    """The rows of a trial.

    Raises:
        EvalError: a line breaks the schema, a person stands twice, or a post scenario was seen before.
    """
    if not path.is_file():
        raise EvalError(f"There is no file {path}. Give a JSONL file of participants, or none for simulated ones.")
    people = load_rows(path, Person)
    names = [p.person for p in people]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice:
        raise EvalError(f"{path.name}: '{twice}' stands twice; one line a person.")
    seen = next((p.person for p in people if p.pre_scenario == p.post_scenario), None)
    if seen:
        raise EvalError(f"{path.name}: '{seen}' had the same scenario before and after; the second must be unseen.")
    return people


def needed(difference: float = SMALLEST, correlation: float = CORRELATION, power: float = 0.8) -> int:
    """People an arm, dropouts included, to find a standardised difference at p < .05, adjusted for pre."""
    z = float(norm.ppf(0.975) + norm.ppf(power))
    whole = 2 * (z / difference) ** 2 * (1 - correlation**2)
    return ceil(ceil(whole) / (1 - DROPOUT))


def analyse(people: Sequence[Person]) -> dict[str, Figure]:
    """The figures of the analysis plan.

    Raises:
        EvalError: an arm has fewer than three people who finished.
    """
    finished = [p for p in people if p.post is not None]
    for arm in ARMS:
        if sum(p.arm == arm for p in finished) < 3:
            raise EvalError(f"The arm '{arm}' has fewer than three people who finished: nothing can be compared.")
    done = _compared(people, finished)
    figures = {
        ADJUSTED: bootstrap(done, adjusted),
        STANDARDISED: bootstrap(done, standardised),
        "p by permutation": _permuted(done),
        "practice: gain": bootstrap(_of(done, "practice"), _gain),
        "guides: gain": bootstrap(_of(done, "guides"), _gain),
        **{f"{arm}: dropped out": share([p.post is None for p in people if p.arm == arm]) for arm in ARMS},
    }
    rated = [p for p in finished if p.empathy]
    if all(len(_of(rated, arm)) >= 3 for arm in ARMS):
        figures[EMPATHY] = bootstrap(rated, _empathy)
    return figures


def adjusted(people: Sequence[Person]) -> float:
    """Practice less guides at post, held level for pre and for which scenario came last (least squares)."""
    design, after = _design(people)
    return float(np.linalg.lstsq(design, after, rcond=None)[0][0])


def standardised(people: Sequence[Person]) -> float:
    """The adjusted difference in standard deviations of pre."""
    spread = float(np.std([p.pre for p in people], ddof=1))
    return adjusted(people) / spread if spread else 0.0


def run(
    file: Path | None,
    scenarios: Mapping[str, Scenario],
    scripts: Sequence[Scripts],
    rubric: Rubric,
    reader: Reads,
    report: Callable[[int, int], None],
    people: int = PEOPLE,
) -> Result:
    """Analyse a trial's file, or simulated trainees where there is none."""
    plan: dict[str, str | int | float] = {"needed an arm": needed(), "to find d": SMALLEST}
    if file is not None:
        rows = load_people(file)
        found = analyse(rows)
        return Result(suite="trial", about={"people": len(rows), **plan}, figures=found, notes=(verdict(found),))
    figures: dict[str, Figure] = {}
    total, done = len(LEARNT) * people, 0
    for what, learnt in LEARNT.items():
        rows = []
        for n in range(people):
            rows.append(simulated(n, learnt, scenarios, scripts, rubric, reader))
            done += 1
            report(done, total)
        figures |= {f"{what}: {name}": figure for name, figure in analyse(rows).items()}
    return Result(suite="trial", about={"simulated people": people, **plan}, figures=figures, notes=(NOTHING,))


def simulated(
    number: int,
    learnt: Mapping[Arm, float],
    scenarios: Mapping[str, Scenario],
    scripts: Sequence[Scripts],
    rubric: Rubric,
    reader: Reads,
) -> Person:
    """A trainee who takes each turn from a script near their skill, in two real practices."""
    dice = random.Random(number)
    arm = ARMS[number % 2]
    skill = dice.uniform(0.5, 2.5)
    before, after = dice.sample(list(scripts), 2)

    def process(script: Scripts, level: float) -> float:
        levels = [LEVELS[min(4, max(0, round(dice.gauss(level, 0.7))))] for _ in range(10)]
        turns = [script.scripts[at][i % len(script.scripts[at])] for i, at in enumerate(levels)]
        scenario = scenarios[script.scenario]
        return score(play(scenario, turns, reader, str(number)), scenario, rubric).parts["process"][0]

    pre = process(before, skill)
    post = process(after, skill + learnt[arm])
    return Person(
        person=f"simulated-{number}", arm=arm, pre_scenario=before.scenario, pre=pre,
        post_scenario=after.scenario, post=post,
    )  # fmt: skip


def _design(people: Sequence[Person]) -> tuple[np.ndarray, np.ndarray]:
    """Columns: arm, constant, pre, and one for each post scenario but the first; shape (people, columns)."""
    last = sorted({p.post_scenario for p in people})[1:]
    rows = [
        [float(p.arm == "practice"), 1.0, p.pre, *(float(p.post_scenario == name) for name in last)] for p in people
    ]
    return np.array(rows), np.array([float(p.post or 0.0) for p in people])


def _permuted(people: Sequence[Person]) -> Figure:
    """How often arms dealt anew give a difference at least as large; two-sided."""
    design, after = _design(people)
    dice, hits = np.random.default_rng(0), 0
    found = abs(float(np.linalg.lstsq(design, after, rcond=None)[0][0]))
    for _ in range(PERMUTATIONS):
        dealt = design.copy()
        dealt[:, 0] = dice.permutation(dealt[:, 0])
        hits += abs(float(np.linalg.lstsq(dealt, after, rcond=None)[0][0])) >= found
    p = (hits + 1) / (PERMUTATIONS + 1)
    return single(p, len(people))


def _of(people: Sequence[Person], arm: Arm) -> list[Person]:
    return [p for p in people if p.arm == arm]


def _gain(people: Sequence[Person]) -> float:
    return float(np.mean([(p.post or 0.0) - p.pre for p in people]))


def _empathy(people: Sequence[Person]) -> float:
    gains: dict[Arm, list[float]] = {
        arm: [p.empathy[1] - p.empathy[0] for p in _of(people, arm) if p.empathy] for arm in ARMS
    }
    if not all(gains.values()):
        return float("nan")
    return float(np.mean(gains["practice"]) - np.mean(gains["guides"]))


def _compared(people: Sequence[Person], finished: Sequence[Person]) -> Sequence[Person]:
    """Who is compared: those who finished; where dropouts are unequal everybody, if that says less for practising.

    Who dropped out then ends where they began.
    """
    one, other = (len(_of(finished, arm)) / len(_of(people, arm)) for arm in ARMS)
    if abs(one - other) <= UNEQUAL:
        return finished
    filled = [p if p.post is not None else p.model_copy(update={"post": p.pre}) for p in people]
    return min(finished, filled, key=adjusted)


def verdict(figures: Mapping[str, Figure]) -> str:
    """What the protocol says such figures mean; rated empathy is looked at first."""
    process, empathy = figures[STANDARDISED], figures.get(EMPATHY)
    if empathy is not None and empathy.high < 0:
        return "Rated empathy fell next to reading the guides: by the protocol practising does harm; stop and mend."
    if process.low <= 0:
        return "Not shown to teach: the interval of the standardised difference does not lie above 0."
    if empathy is None:
        return "The process score rose, but empathy was not rated: by the protocol nothing is claimed yet."
    if empathy.low <= 0:
        return "The process score rose and rated empathy did not: people learned to please the scorecard."
    return "Practising helped more than reading the guides, in this trial."
