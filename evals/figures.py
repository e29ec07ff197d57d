"""A run's records as figures: a share a criterion with its clustered interval, errors, pass^k, time and cost.

found = result(header, records)       # one pass over the records
"""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from evals.ledger import Prices, price
from evals.result import Result
from evals.runner import Cost, Header, Record
from evals.stats import Figure, bootstrap, mean, pass_hat, share

NO_ERROR = "cases without error"


class Tally:
    """What a run's figures need of its records; holds verdicts, not transcripts."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.verdicts: dict[str, list[tuple[str, int, str, bool]]] = defaultdict(list)
        self.errors: list[bool] = []
        self.kinds: dict[str, int] = defaultdict(int)
        self.seconds: list[float] = []
        self.cost = Cost()
        passed: dict[str, list[bool]] = defaultdict(list)
        for record in sorted(records, key=lambda r: (r.id, r.epoch)):
            self.errors.append(bool(record.error))
            self.seconds.append(record.seconds)
            self.cost = self.cost + record.cost
            if record.error:
                self.kinds[record.error_kind] += 1
                continue
            for criterion, met in record.verdicts.items():
                self.verdicts[criterion].append((record.id, record.epoch, record.cluster, met))
            passed[record.id].append(all(record.verdicts.values()))
        self.passed = dict(passed)

    def figure(self, criterion: str) -> Figure:
        """The share of cases in which the criterion was met; whole clusters are resampled."""
        rows = self.verdicts[criterion]
        found = mean([float(met) for *_, met in rows], [cluster for _, _, cluster, _ in rows])
        if found.low == found.high:  # all alike: resampling cannot see what was not seen, Wilson can
            return share([met for *_, met in rows])
        return found


def result(header: Header, records: Iterable[Record], timed: bool = True, prices: Prices | None = None) -> Result:
    """The figures of a run; ``timed`` False leaves out what differs from one run of the same cases to the next."""
    tally = Tally(records)
    found = {NO_ERROR: share([not e for e in tally.errors])}
    found |= {criterion: tally.figure(criterion) for criterion in sorted(tally.verdicts)}
    for k in range(1, header.epochs + 1):
        full = [sum(p) for p in tally.passed.values() if len(p) == header.epochs]
        name = f"all criteria met in {k} of {k} tries (pass^{k})"
        found[name] = bootstrap(full, lambda some, k=k: pass_hat(some, header.epochs, k))  # type: ignore[misc]
    about: dict[str, str | int | float] = {
        "model": header.model,
        "judge": header.judge or "none",
        "rubric": f"{header.rubric} {header.rubric_digest}".strip() or "none",
        "commit": header.commit or "unknown",
        "records": len(tally.errors),
        "epochs": header.epochs,
    }
    notes = tuple(f"  {n} × {kind}" for kind, n in sorted(tally.kinds.items()))
    if timed:
        found["seconds a case (median)"] = bootstrap(tally.seconds, lambda some: float(np.median(some)))
        about |= {
            "calls": tally.cost.calls,
            "prompt tokens": tally.cost.prompt_tokens,
            "completion tokens": tally.cost.completion_tokens,
        }
        if prices and (money := price(tally.cost, prices)):
            about["cost"] = round(money, 4)
    return Result(suite=header.suite, about=about, figures=found, notes=notes)
