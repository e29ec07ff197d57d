"""Statistics: figures with their intervals.

share([True, True, False])                      # Wilson's interval
mean(values, clusters=scenario_of_each)         # bootstrap over whole scenarios
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.stats import binomtest

RESAMPLES = 1000
Row = TypeVar("Row")


class Figure(BaseModel):
    """A figure over ``n`` cases with its 95% interval; all 0 where n is 0."""

    model_config = ConfigDict(frozen=True)

    value: float
    n: int
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] (n={self.n})" if self.n else "no case"


NONE = Figure(value=0.0, n=0, low=0.0, high=0.0)


def share(verdicts: Sequence[bool]) -> Figure:
    """The share of verdicts that are met, with Wilson's interval."""
    if not verdicts:
        return NONE
    interval = binomtest(sum(verdicts), len(verdicts)).proportion_ci(method="wilson")
    return Figure(
        value=sum(verdicts) / len(verdicts), n=len(verdicts), low=float(interval.low), high=float(interval.high)
    )


def mean(values: Sequence[float], clusters: Sequence[str] | None = None) -> Figure:
    """The mean of ``values``; with ``clusters`` (one name a value) whole clusters are resampled."""
    names = list(clusters) if clusters is not None else [str(i) for i in range(len(values))]
    rows = list(zip(values, names, strict=True))
    return bootstrap(rows, lambda some: float(np.mean([v for v, _ in some])), names)


def bootstrap(
    rows: Sequence[Row], statistic: Callable[[Sequence[Row]], float], clusters: Sequence[str] | None = None
) -> Figure:
    """A statistic of rows with its percentile interval; the dice are fixed, so that a run repeats.

    Args:
        clusters: the cluster of each row; None resamples single rows.
    """
    if not rows:
        return NONE
    groups: dict[str, list[Row]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(clusters[i] if clusters is not None else str(i), []).append(row)
    blocks = list(groups.values())
    dice = np.random.default_rng(0)
    draws = [
        statistic([row for i in dice.integers(0, len(blocks), len(blocks)) for row in blocks[i]])
        for _ in range(RESAMPLES)
    ]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return Figure(value=statistic(rows), n=len(rows), low=float(low), high=float(high))
