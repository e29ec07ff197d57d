"""Statistics: figures with their intervals.

share([True, True, False])                      # Wilson's interval
mean(values, clusters=scenario_of_each)         # bootstrap over whole scenarios
paired(before, after, clusters)                 # difference case by case, with p
holm({"owned-it": 0.01, "asked-openly": 0.2})   # p corrected for being many
"""

from collections.abc import Callable, Mapping, Sequence
from math import comb
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

RESAMPLES = 1000
FLIPS = 10_000
EXACT = 12
"""Clusters up to which every flip of signs is tried."""
Row = TypeVar("Row")


class Figure(BaseModel):
    """A figure over ``n`` cases with its 95% interval; all 0 where n is 0."""

    model_config = ConfigDict(frozen=True)

    value: float
    n: int
    low: float
    high: float

    def __str__(self) -> str:
        if not self.n:
            return "no case"
        if self.low == self.high and 0 < abs(self.value) < 1:
            return f"{self.value:.3f} (n={self.n}, no interval)"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] (n={self.n})"


NONE = Figure(value=0.0, n=0, low=0.0, high=0.0)


def single(value: float, n: int) -> Figure:
    """A single value over ``n`` cases; it has no interval."""
    return Figure(value=value, n=n, low=value, high=value)


def between(values: Sequence[float], n: int | None = None) -> Figure:
    """The median of repeated measurements (over ``n`` cases each), between the lowest and the highest."""
    return Figure(
        value=float(np.median(values)), n=len(values) if n is None else n, low=min(values), high=max(values)
    )


def share(verdicts: Sequence[bool], clusters: Sequence[str] | None = None) -> Figure:
    """The share of verdicts that are met, with Wilson's interval.

    Args:
        clusters: the cluster of each verdict; the interval is then of so many cases as there are clusters, since
            those of one are near repeats of each other.
    """
    if not verdicts:
        return NONE
    from scipy.stats import binomtest  # scipy takes two seconds that the app's start need not wait for

    rate, cases = sum(verdicts) / len(verdicts), len(set(clusters)) if clusters is not None else len(verdicts)
    interval = binomtest(round(rate * cases), cases).proportion_ci(method="wilson")
    low, high = min(rate, float(interval.low)), max(rate, float(interval.high))
    return Figure(value=rate, n=len(verdicts), low=low, high=high)


def mean(values: Sequence[float], clusters: Sequence[str] | None = None) -> Figure:
    """The mean of ``values``; with ``clusters`` (one name a value) whole clusters are resampled."""
    if not len(values):
        return NONE
    numbers = np.asarray(values, dtype=float)
    _, of = (
        np.unique(list(clusters), return_inverse=True) if clusters is not None else (None, np.arange(len(numbers)))
    )
    sums, counts = np.bincount(of, weights=numbers), np.bincount(of)
    dice = np.random.default_rng(0)
    draws = np.empty(RESAMPLES)
    for i in range(RESAMPLES):
        chosen = dice.integers(0, len(sums), len(sums))
        draws[i] = sums[chosen].sum() / counts[chosen].sum()
    low, high = np.percentile(draws, [2.5, 97.5])
    return Figure(value=float(numbers.mean()), n=len(numbers), low=float(low), high=float(high))


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


def f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    """F1 of (is, said) pairs; 0 where nothing is and nothing was said."""
    both = sum(truth and said for truth, said in pairs)
    either = sum(truth for truth, _ in pairs) + sum(said for _, said in pairs)
    return 2 * both / either if either else 0.0


class Difference(BaseModel):
    """B less A on the same cases: ``figure`` with its interval, and ``p`` that there is none (two-sided)."""

    model_config = ConfigDict(frozen=True)

    figure: Figure
    p: float = 1.0


def paired(a: Sequence[float], b: Sequence[float], clusters: Sequence[str] | None = None) -> Difference:
    """The mean of ``b - a``, case by case.

    The interval resamples whole clusters; p is a sign-flip permutation test over the clusters' sums
    (exact up to 12 clusters that differ, else 10,000 flips). Clusters that do not differ cannot tell.
    """
    gaps = [y - x for x, y in zip(a, b, strict=True)]
    names = list(clusters) if clusters is not None else [str(i) for i in range(len(gaps))]
    sums: dict[str, float] = {}
    for gap, name in zip(gaps, names, strict=True):
        sums[name] = sums.get(name, 0.0) + gap
    return Difference(figure=mean(gaps, names), p=_sign_flips(np.array([s for s in sums.values() if s])))


def _sign_flips(sums: NDArray[np.float64]) -> float:
    if not len(sums):
        return 1.0
    if len(sums) <= EXACT:
        signs = np.array(np.meshgrid(*[[-1, 1]] * len(sums))).reshape(len(sums), -1).T
        extreme = np.abs(signs @ sums) >= abs(sums.sum()) - 1e-9
        return float(extreme.mean())
    signs = np.random.default_rng(0).choice([-1, 1], size=(FLIPS, len(sums)))
    extreme = np.abs(signs @ sums) >= abs(sums.sum()) - 1e-9
    return float((extreme.sum() + 1) / (FLIPS + 1))


def holm(ps: Mapping[str, float]) -> dict[str, float]:
    """P values corrected for being many (Holm 1979): compare each with 0.05 as if it were the only one."""
    corrected: dict[str, float] = {}
    least = 0.0
    for i, (name, p) in enumerate(sorted(ps.items(), key=lambda item: item[1])):
        least = max(least, min(1.0, p * (len(ps) - i)))
        corrected[name] = least
    return corrected


def detectable(n: int, clusters: int, rate: float = 0.5, within: float = 0.2, between_runs: float = 0.5) -> float:
    """The smallest change of a share that ``n`` paired cases would show 80 times in 100 (at p .05, two-sided).

    Args:
        n: cases; ``clusters``: scenarios they come from.
        rate: the share as it is.
        within: how alike cases of one cluster are (intraclass correlation).
        between_runs: correlation of a case's verdict with the same case's verdict in the other run.
    """
    size = n / max(1, clusters)
    effect = 1 + (size - 1) * within
    spread = 2 * rate * (1 - rate) * (1 - between_runs) * effect
    from scipy.stats import norm

    return float((norm.ppf(0.975) + norm.ppf(0.8)) * np.sqrt(spread / max(1, n)))


def pass_hat(outcomes: Sequence[int], epochs: int, k: int) -> float:
    """The chance that k tries of a case all succeed, averaged over cases (tau-bench, arXiv 2406.12045).

    Args:
        outcomes: successes of each case, 0 to ``epochs``.
        k: at most ``epochs``.
    """
    return float(np.mean([comb(c, k) / comb(epochs, k) for c in outcomes])) if outcomes else 0.0
