"""The drafting suite, part "cases": drafts for written cases, through the runner, graded by the drafting rubric.

    cases(chosen(load_draft_cases(), embedded=True, limit=66))     # Case(id="gym-002…", cluster="gym-bookings#…")

A record holds the draft, so that a run is graded again without drafting again.
"""

import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from assistant.reply.draft import Checked, Draft, Drafted, Writing
from assistant.services import Services
from evals.case import DraftCase
from evals.checks import CHECKS, applying, says_no_policy
from evals.errors import EvalError
from evals.figures import NO_ERROR
from evals.figures import result as whole
from evals.ledger import Ledger, Prices, spent
from evals.result import Result
from evals.rubric import Rubric
from evals.runner import Case, Header, Outcome, Record, Work
from evals.stats import Figure, bootstrap, f1, mean, share

TAGS = ("forbidden", "no policy", "hostile", "thread")
TARGETS = {
    NO_ERROR: ">= 1",
    "no-policy cases that say so (F1)": ">= 0.9",
    "tokens in (mean)": "<= 2500",
    "tokens out (mean)": "<= 350",
}


def chosen(cases: Sequence[DraftCase], embedded: bool, limit: int = 0) -> list[DraftCase]:
    """The cases for a model, or a fixed choice of ``limit`` of them: one of each language, and the rest evenly.

    The small model gets those it can do.
    """
    fit = [c for c in cases if not (embedded and c.needs == "capable")]
    if not limit or limit >= len(fit):
        return fit
    languages = {c.tags: c for c in fit if c.needs == "capable"}
    first = list(languages.values())[:limit]
    rest, left = [c for c in fit if c.needs != "capable"], limit - len(first)
    return [*first, *(rest[n * len(rest) // left] for n in range(left))]


def cases(chosen_cases: Iterable[DraftCase]) -> Iterator[Case]:
    """A case of the runner for each; those that rest on one policy, or a company's on none, share luck."""
    for case in chosen_cases:
        cluster = case.policy[0] if case.policy else f"{case.set}: no policy"
        yield Case(id=case.id, cluster=cluster, input=case.model_dump(mode="json"))


def worker(services: Services, rubric: Rubric, ledger: Ledger) -> Work:
    """What runs a case: drafts it, then grades it. ``ledger`` notes the calls of the services' model."""

    async def work(case: Case, seed: str) -> Outcome:
        given = DraftCase.model_validate(case.input)
        began, begins, draft = time.monotonic(), 0.0, None
        with ledger.case() as calls:
            async for event in services.desk.draft(given.message, policy_set=given.set, owner="evals"):
                if not begins and isinstance(event, Writing | Checked):
                    begins = time.monotonic() - began
                if isinstance(event, Drafted):
                    draft = event.draft
        if draft is None:
            raise EvalError("no draft came")
        output = {"draft": draft.model_dump(mode="json"), "begins": begins}
        return Outcome(output=output, verdicts=grade(draft, given, rubric), cost=spent(calls))

    return work


def rescore(record: Record, rubric: Rubric) -> Record:
    """The record graded again from what it holds."""
    drafted = of(record)
    if drafted is None:
        return record
    return record.model_copy(update={"verdicts": grade(drafted, DraftCase.model_validate(record.input), rubric)})


def of(record: Record) -> Draft | None:
    """The draft that a record holds; None if its case ended in an error."""
    return None if record.error else Draft.model_validate(record.output["draft"])


def grade(draft: Draft, case: DraftCase, rubric: Rubric) -> dict[str, bool]:
    """Criterion → met, for those that apply to the case."""
    return {c.id: CHECKS[c.check](draft, case) for c in applying(rubric, case)}


def result(header: Header, records: Sequence[Record], prices: Prices | None = None) -> Result:
    """The figures of a run: the runner's, criteria by kind of case, what says that no policy covers it, and time."""
    found = whole(header, records, prices=prices)
    drafted = [(r, DraftCase.model_validate(r.input), of(r)) for r in records if not r.error]
    more: dict[str, Figure] = {}
    for tag in TAGS:
        some = [v for r, case, _ in drafted if tag in case.tags for v in r.verdicts.values()]
        more[f"criteria met, {tag} cases"] = share(some)
    more["no-policy cases that say so (F1)"] = _says_so([(case, draft) for _, case, draft in drafted if draft])
    if any(r.cost.prompt_tokens for r, *_ in drafted):
        more["tokens in (mean)"] = mean([float(r.cost.prompt_tokens) for r, *_ in drafted])
        more["tokens out (mean)"] = mean([float(r.cost.completion_tokens) for r, *_ in drafted])
    begins = [float(r.output["begins"]) for r, *_ in drafted]
    more["seconds until it begins (median)"] = bootstrap(begins, lambda some: float(np.median(some)))
    more["seconds a case (most)"] = bootstrap([r.seconds for r in records], lambda some: float(max(some)))
    missed = tuple(
        f"  {r.id}: {r.error or 'missed ' + ', '.join(c for c, met in r.verdicts.items() if not met)}"
        for r in records
        if r.error or not all(r.verdicts.values())
    )
    return found.model_copy(update={"figures": found.figures | more, "targets": TARGETS, "notes": missed})


def _says_so(drafted: Sequence[tuple[DraftCase, Draft]]) -> Figure:
    """F1 of saying that no policy covers it, over all drafted cases."""
    rows = [(not case.covered, says_no_policy(draft, case)) for case, draft in drafted]
    return bootstrap(rows, f1)
