"""Statistics: shares with their intervals."""

from dataclasses import dataclass

from scipy.stats import binomtest


@dataclass(frozen=True, slots=True)
class Share:
    """``met`` of ``n``, with a 95% Wilson interval; all 0 where n is 0."""

    met: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.met / self.n if self.n else 0.0

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}] ({self.met}/{self.n})" if self.n else "no case"


def share(verdicts: list[bool]) -> Share:
    """The share of verdicts that are met."""
    if not verdicts:
        return Share(0, 0, 0.0, 0.0)
    interval = binomtest(sum(verdicts), len(verdicts)).proportion_ci(method="wilson")
    return Share(sum(verdicts), len(verdicts), float(interval.low), float(interval.high))
