"""How far a judge agrees with people, and whether it could stand in for one of them.

kappa(judge, people)                              # chance-corrected, 1 is perfect
alternative_annotator(judge, [[3, 2, 3], …])      # would a panel lose by taking the judge for a person?
corrected(scores, people, groups)                 # a judge's bias mended, learned on other folds
"""

from collections.abc import Sequence
from datetime import date
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from evals.rubric import HumanRecord
from evals.stats import holm

FOLDS = 10
EPSILON = 0.1
"""How much worse than a person the judge may be, for being cheaper (arXiv 2501.10970, for skilled annotators)."""

Rows = Sequence[Sequence[float]]


class Against(BaseModel):
    """Yes/no verdicts beside people's majority."""

    model_config = ConfigDict(frozen=True)

    kappa: float
    sensitivity: float | None
    specificity: float | None
    balanced: float
    bias: float
    n: int

    @property
    def rates(self) -> dict[str, float | None]:
        """Sensitivity and specificity; None where people never said yes, or never no."""
        return {"sensitivity": self.sensitivity, "specificity": self.specificity}


def human_record(
    found: Against, by: str, people: float, *, data: str, judge: float | None = None, measure: str = "kappa"
) -> HumanRecord:
    """What was found of one judge, to stand with its criterion.

    Args:
        found: its verdicts beside people's majority.
        people: the coefficient of people with each other, and ``judge`` (else its kappa) of the judge with people.
    """
    rounded = {name: None if rate is None else round(rate, 3) for name, rate in found.rates.items()}
    return HumanRecord(
        by=by,
        people=round(people, 3),
        judge=round(found.kappa if judge is None else judge, 3),
        bias=round(found.bias, 3),
        n=found.n,
        measure=measure,
        data=data,
        date=date.today(),
        **rounded,
    )


class Annotator(BaseModel):
    """The alternative-annotator test: ``wins`` is the share of people that the judge could replace."""

    model_config = ConfigDict(frozen=True)

    wins: float
    advantage: float
    n: int

    @property
    def passed(self) -> bool:
        """Whether it could replace at least half of them."""
        return self.wins >= 0.5


def kappa(one: Sequence[float], other: Sequence[float], quadratic: bool = False) -> float:
    """Cohen's kappa of two raters over the values that either uses; 1 where both always say the same one thing."""
    a, b = np.rint(one).astype(int), np.rint(other).astype(int)
    values, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    if len(values) == 1:
        return 1.0
    cells = places[: len(a)] * len(values) + places[len(a) :]
    counts = np.bincount(cells, minlength=len(values) ** 2).reshape(len(values), -1)
    apart = np.abs(values[:, None] - values)
    costs = np.square(apart) if quadratic else apart > 0
    by_chance = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / len(a)
    return float(1 - (costs * counts).sum() / (costs * by_chance).sum())


def among(rows: Rows, quadratic: bool = False) -> float:
    """Mean kappa over pairs of people; ``rows`` holds each item's ratings, one a person, in the same order."""
    columns = list(zip(*rows, strict=True))
    return float(np.mean([kappa(a, b, quadratic) for a, b in combinations(columns, 2)]))


def against(judge: Sequence[bool], people: Sequence[bool]) -> Against:
    """Yes/no verdicts against the majority's; a rate that no item bears on is None."""
    yes = [j for j, p in zip(judge, people, strict=True) if p]
    no = [not j for j, p in zip(judge, people, strict=True) if not p]
    sensitivity = float(np.mean(yes)) if yes else None
    specificity = float(np.mean(no)) if no else None
    rates = [r for r in (sensitivity, specificity) if r is not None]
    return Against(
        kappa=kappa([float(j) for j in judge], [float(p) for p in people]),
        sensitivity=sensitivity,
        specificity=specificity,
        balanced=float(np.mean(rates)),
        bias=float(np.mean(judge) - np.mean(people)),
        n=len(judge),
    )


def alternative_annotator(judge: Sequence[float], people: Rows) -> Annotator:
    """Leave one person out at a time: does the judge come as near to the rest as that person does?

    Per person, a one-sided t-test that the judge's advantage is above ``-EPSILON``, corrected by Holm
    (Calderon et al. 2025, arXiv 2501.10970).
    """
    from scipy.stats import ttest_1samp

    ps, gains = {}, []
    for left in range(len(people[0])):
        gain = []
        for said, row in zip(judge, people, strict=True):
            rest = [r for i, r in enumerate(row) if i != left]
            mine = -float(np.mean([(said - r) ** 2 for r in rest]))
            theirs = -float(np.mean([(row[left] - r) ** 2 for r in rest]))
            gain.append(float(mine >= theirs) - float(theirs >= mine))
        gains.append(float(np.mean(gain)))
        same = np.ptp(gain) == 0
        ps[str(left)] = float(gains[-1] <= -EPSILON) if same else float(
            ttest_1samp(gain, -EPSILON, alternative="greater").pvalue
        )  # fmt: skip
    return Annotator(
        wins=float(np.mean([p < 0.05 for p in holm(ps).values()])), advantage=float(np.mean(gains)), n=len(judge)
    )


def corrected(
    scores: NDArray[np.float64], people: Sequence[float], groups: Sequence[str], folds: int = FOLDS
) -> NDArray[np.float64]:
    """A panel's scores with people's mean and spread (linear equating), learned on the other folds.

    Equating keeps the spread that least squares would shrink, and quadratic kappa punishes shrinking.

    Args:
        scores: one row an item, a column a judge of the panel (their mean is corrected).
        people: what people said, in the scale's units.
        groups: items of one group (a conversation) share a fold.

    Returns:
        One score an item, within people's range, not rounded.
    """
    from sklearn.model_selection import GroupKFold

    panel, target = scores.mean(axis=1), np.asarray(people, dtype=float)
    out = np.empty(len(panel))
    for train, test in GroupKFold(min(folds, len(set(groups)))).split(panel, groups=list(groups)):
        spread = panel[train].std()
        slope = target[train].std() / spread if spread else 0.0
        mended = target[train].mean() + slope * (panel[test] - panel[train].mean())
        out[test] = np.clip(mended, target[train].min(), target[train].max())
    return out
