"""Two runs of the same cases, case by case: per criterion, per cluster, and what changed.

    found = compare(records_a, records_b)
    found.criteria["stays-the-customer"].difference.p, found.regressions

B is the newer. p values are corrected for the number of criteria (Holm); a regression is a criterion
that got worse with a corrected p below 0.05 and is not advisory.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from pydantic import BaseModel, ConfigDict

from evals.errors import EvalError
from evals.figures import NO_ERROR
from evals.result import Result
from evals.runner import Record
from evals.stats import Difference, Figure, detectable, holm, paired


class CriterionChange(BaseModel):
    """One criterion over the cases that both runs graded. ``p`` is Holm's; ``worst`` maps a cluster to its change."""

    model_config = ConfigDict(frozen=True)

    a: float
    b: float
    difference: Difference
    p: float
    detectable: float
    worst: dict[str, float]

    @property
    def worse(self) -> bool:
        """Whether it got worse by more than luck."""
        return self.difference.figure.value < 0 and self.p < 0.05


class Changed(BaseModel):
    """A case whose verdict changed, with both records."""

    model_config = ConfigDict(frozen=True)

    criterion: str
    a: Record
    b: Record


class Comparison(BaseModel):
    """``advisory`` criteria are compared and gate nothing. ``only_a`` and ``only_b`` count cases of one run alone."""

    model_config = ConfigDict(frozen=True)

    criteria: dict[str, CriterionChange]
    advisory: tuple[str, ...]
    changed: tuple[Changed, ...]
    shared: int
    only_a: int
    only_b: int

    @property
    def regressions(self) -> tuple[str, ...]:
        """The criteria that got worse by more than luck and are not advisory."""
        return tuple(c for c, change in self.criteria.items() if change.worse and c not in self.advisory)

    def result(self) -> Result:
        """The differences as figures, with a note a criterion."""
        figures: dict[str, Figure] = {c: change.difference.figure for c, change in self.criteria.items()}
        notes = [f"  {self.shared} cases in both, {self.only_a} only in A, {self.only_b} only in B"]
        for name, change in self.criteria.items():
            verdict = "WORSE" if change.worse else "better" if change.p < 0.05 else "no difference shown"
            advisory = " (advisory)" if name in self.advisory else ""
            where = ", ".join(f"{cluster} {gap:+.2f}" for cluster, gap in list(change.worst.items())[:3])
            notes.append(
                f"  {name}{advisory}: {change.a:.3f} → {change.b:.3f}, {verdict} (p {change.p:.3f} after Holm; "
                f"a change of {change.detectable:.2f} would show){f'; most in {where}' if where else ''}"
            )
        return Result(suite="compare", figures=figures, notes=tuple(notes))


def compare(a: Iterable[Record], b: Iterable[Record], advisory: Collection[str] = ()) -> Comparison:
    """Compare the cases and epochs that both runs hold; one with an error counts only for that.

    Raises:
        EvalError: no case is in both.
    """
    first, second = {(r.id, r.epoch): r for r in a}, {(r.id, r.epoch): r for r in b}
    both = sorted(first.keys() & second.keys())
    if not both:
        raise EvalError("The two runs share no case, so there is nothing to compare.")
    pairs = [(first[key], second[key]) for key in both]
    rows: dict[str, list[tuple[Record, Record, bool, bool]]] = defaultdict(list)
    for one, other in pairs:
        rows[NO_ERROR].append((one, other, not one.error, not other.error))
        if not one.error and not other.error:
            for criterion in sorted(one.verdicts.keys() & other.verdicts.keys()):
                rows[criterion].append((one, other, one.verdicts[criterion], other.verdicts[criterion]))
    differences = {
        c: paired([float(x) for *_, x, _ in found], [float(y) for *_, y in found], [r.cluster for r, *_ in found])
        for c, found in rows.items()
    }
    ps = holm({c: d.p for c, d in differences.items()})
    changed = [
        Changed(criterion=c, a=one, b=other) for c, found in rows.items() for one, other, x, y in found if x != y
    ]
    return Comparison(
        criteria={c: _change(rows[c], differences[c], ps[c]) for c in rows},
        advisory=tuple(c for c in rows if c in advisory),
        changed=tuple(changed),
        shared=len(both),
        only_a=len(first) - len(both),
        only_b=len(second) - len(both),
    )


def side_by_side(changed: Changed) -> str:
    """How both runs did on a case, and the lines of both where it is a practice, for a terminal."""
    lines = [f"{changed.a.id} (epoch {changed.a.epoch}), {changed.criterion}:"]
    for name, record in (("A", changed.a), ("B", changed.b)):
        lines += [f"  {name}: {outcome(record, changed.criterion)}"]
    for turn, (one, other) in enumerate(_turns(changed), 1):
        mark = " " if one == other else "≠"
        lines.append(f"  {mark} {turn:2} A {one}\n       B {other}")
    return "\n".join(lines)


def outcome(record: Record, criterion: str) -> str:
    """How a case did on a criterion: what went wrong, what was noted, or whether it was met."""
    met = record.verdicts.get(criterion, True)
    return record.error or record.notes.get(criterion) or ("met" if met else "not met")


def _turns(changed: Changed) -> list[tuple[str, str]]:
    said = [[e["line"] for e in r.output.get("practice", {}).get("exchanges", [])] for r in (changed.a, changed.b)]
    longest = max(map(len, said))
    one, other = (lines + ["—"] * (longest - len(lines)) for lines in said)
    return list(zip(one, other, strict=True))


def _change(found: list[tuple[Record, Record, bool, bool]], difference: Difference, p: float) -> CriterionChange:
    a, b = [x for *_, x, _ in found], [y for *_, y in found]
    gaps: dict[str, list[float]] = defaultdict(list)
    for one, _, x, y in found:
        gaps[one.cluster].append(float(y) - float(x))
    by_cluster = {c: sum(g) / len(g) for c, g in gaps.items() if any(g)}
    rate = sum(a) / len(a)
    return CriterionChange(
        a=rate,
        b=sum(b) / len(b),
        difference=difference,
        p=p,
        detectable=detectable(len(found), len(gaps), rate=min(max(rate, 0.05), 0.95)),
        worst=dict(sorted(by_cluster.items(), key=lambda item: item[1])),
    )
