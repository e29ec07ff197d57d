"""The retrieval suite: graded queries against the library, halves and types apart.

nDCG@10 with gains 2^grade - 1, recall@5 of grade-2 sections, and abstention: F1 of answering
"nothing relevant" exactly on the unanswerable. Three readers graded; the middle grade counts, and
what the first alone would give is told beside it. Intervals are bootstrapped over queries.
"""

import math
from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from itertools import combinations
from pathlib import Path
from statistics import median_low

from pydantic import BaseModel, ConfigDict

from evals.case import FOLDER
from evals.result import Result
from evals.rows import load_rows
from evals.stats import Figure, bootstrap, mean
from knowledge import Library
from knowledge.load import Kind
from knowledge.retrieve import Method

METHODS: tuple[Method, ...] = ("words", "vectors", "fused")
TARGETS = {
    "report, fused: ndcg@10": ">= 0.85",
    "report, fused: recall@5": ">= 0.92",
    "report, fused: abstention F1": ">= 0.9",
}
Rows = Sequence["Ranked"]


class Query(BaseModel):
    """One graded query; ``grades`` maps a section to what each reader gave it: 2 (answers), 1 (helps) or 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    half: str
    type: str
    pool: Kind
    set: str
    query: str
    grades: dict[str, tuple[int, int, int]]

    @cached_property
    def relevant(self) -> dict[str, int]:
        """Section → the middle grade, where it is not 0; empty if the pool has no answer."""
        return {section: grade for section, of in self.grades.items() if (grade := median_low(of))}

    def by(self, reader: int) -> "Query":
        """The same query as one reader alone graded it."""
        alone = {section: (of[reader],) * 3 for section, of in self.grades.items()}
        return Query.model_validate(self.model_dump() | {"grades": alone})


class Ranked(BaseModel):
    """A query with the sections found for it, best first."""

    query: Query
    found: tuple[str, ...]


def load_queries(path: Path = FOLDER / "retrieval" / "queries.jsonl") -> list[Query]:
    """The golden set.

    Raises:
        EvalError: a line breaks the schema; names file and line.
    """
    return load_rows(path, Query)


def rank(library: Library, queries: list[Query], method: Method) -> list[Ranked]:
    """Search every query; ``today`` is fixed so that a run is the same on any day."""
    return [
        Ranked(
            query=q,
            found=tuple(
                p.id
                for p in library.search(
                    q.query, kind=q.pool, policy_set=q.set, count=10, today=date(2026, 11, 23), method=method
                )
            ),
        )
        for q in queries
    ]


def ndcg(row: Ranked, depth: int = 10) -> float:
    """Normalised discounted cumulative gain."""
    gains = [(1 << row.query.relevant.get(s, 0)) - 1 for s in row.found[:depth]]
    ideal = sorted(((1 << g) - 1 for g in row.query.relevant.values()), reverse=True)[:depth]

    def dcg(values: list[int]) -> float:
        return sum(v / math.log2(i + 2) for i, v in enumerate(values))

    return dcg(gains) / dcg(ideal) if ideal else 0.0


def recall(row: Ranked, depth: int = 5) -> float:
    """The share of the sections that answer which are among the first ``depth``."""
    wanted = {s for s, grade in row.query.relevant.items() if grade == 2}
    return len(wanted & set(row.found[:depth])) / min(len(wanted), depth) if wanted else 0.0


def abstention(rows: Rows) -> float:
    """F1 of finding nothing on exactly the unanswerable queries."""
    silent = [not r.found for r in rows]
    right = [not r.query.relevant for r in rows]
    both = sum(s and r for s, r in zip(silent, right, strict=True))
    return 2 * both / max(1, sum(silent) + sum(right))


def agreement(queries: Sequence[Query], one: int, other: int) -> Figure:
    """The sections that both readers say answer, of those that either does (Dice: 2 * both / (one + other))."""

    def dice(some: Sequence[Query]) -> float:
        given = [(of[one] == 2, of[other] == 2) for q in some for of in q.grades.values()]
        return 2 * sum(a and b for a, b in given) / max(1, sum(a + b for a, b in given))

    return bootstrap(queries, dice)


def run(library: Library, queries: list[Query]) -> Result:
    """Both halves by each method, and how far the readers agree."""
    found: dict[str, Figure] = {}
    for half in ("tune", "report"):
        chosen = [q for q in queries if q.half == half]
        ranked = {method: rank(library, chosen, method) for method in METHODS}
        for method, rows in ranked.items():
            found |= {f"{half}, {method}: {k}": v for k, v in figures(rows).items()}
        first = figures([Ranked(query=r.query.by(0), found=r.found) for r in ranked["fused"]])
        found |= {f"{half}, fused: {k}, first reader's grades": first[k] for k in ("ndcg@10", "recall@5")}
    for one, other in combinations(range(3), 2):
        found[f"readers {one + 1} and {other + 1}: same sections answer"] = agreement(queries, one, other)
    return Result(suite="retrieval", about={"queries": len(queries)}, figures=found, targets=TARGETS)


def figures(rows: list[Ranked]) -> dict[str, Figure]:
    """The named figures of one half."""
    answerable = [r for r in rows if r.query.relevant]
    found = {
        "ndcg@10": _mean(answerable, ndcg),
        "recall@5": _mean(answerable, recall),
        "abstention F1": bootstrap(rows, abstention),
    }
    for kind in sorted({r.query.type for r in answerable}):
        found[f"ndcg@10 {kind}"] = _mean([r for r in answerable if r.query.type == kind], ndcg)
    return found


def _mean(rows: list[Ranked], score: Callable[[Ranked], float]) -> Figure:
    return mean([score(r) for r in rows])
