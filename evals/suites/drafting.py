"""The drafting suite: drafts for written cases, graded by the drafting rubric.

One record a case goes to a JSONL file as soon as it is done, with all that is needed to grade
it again. An error is an error: it is counted and never graded.
"""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from assistant.errors import EvenKeelError
from assistant.reply.drafting import Draft, Drafted
from assistant.services import Services
from evals.case import DraftCase
from evals.checks import CHECKS
from evals.result import Result
from evals.rubric import Rubric
from evals.stats import bootstrap, share
from knowledge import KnowledgeError


class Record(BaseModel):
    """What happened to one case. ``verdicts`` maps a criterion to met or not; missing means not applicable."""

    model_config = ConfigDict(frozen=True)

    case: DraftCase
    draft: Draft | None = None
    verdicts: dict[str, bool] = {}
    seconds: float = 0.0
    error: str = ""


async def run(
    services: Services, cases: list[DraftCase], rubric: Rubric, out: Path, report: Callable[[int, int], None]
) -> list[Record]:
    """Draft and grade every case, one after another; writes each record at once."""
    records = []
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as file:
        for done, case in enumerate(cases, 1):
            record = await _one(services, case, rubric)
            records.append(record)
            file.write(record.model_dump_json() + "\n")
            file.flush()
            report(done, len(cases))
    return records


def grade(draft: Draft, case: DraftCase, rubric: Rubric) -> dict[str, bool]:
    """Criterion → met, for those that apply to the case."""
    applies = {"always": True, "policy": case.covered, "no_policy": not case.covered}
    return {c.id: CHECKS[c.check](draft, case) for c in rubric.criteria if applies[c.applies_when]}


def result(records: list[Record], rubric: Rubric, model: str) -> Result:
    """The figures of a run: one share a criterion, the share of cases without error, seconds a draft."""
    found = {"cases without error": share([not r.error for r in records])}
    for criterion in rubric.criteria:
        found[criterion.id] = share([r.verdicts[criterion.id] for r in records if criterion.id in r.verdicts])
    found["seconds a draft (median)"] = bootstrap([r.seconds for r in records], lambda some: float(np.median(some)))
    missed = tuple(
        f"  {r.case.id}: {r.error or 'missed ' + ', '.join(c for c, met in r.verdicts.items() if not met)}"
        for r in records
        if r.error or not all(r.verdicts.values())
    )
    return Result(suite="drafting", about={"model": model, "cases": len(records)}, figures=found, notes=missed)


async def _one(services: Services, case: DraftCase, rubric: Rubric) -> Record:
    began = time.monotonic()
    draft = None
    try:
        async for event in services.desk.draft(case.message, policy_set=case.set, owner="evals"):
            if isinstance(event, Drafted):
                draft = event.draft
    except (EvenKeelError, KnowledgeError) as error:
        return Record(case=case, seconds=time.monotonic() - began, error=f"{type(error).__name__}: {error}")
    seconds = time.monotonic() - began
    if draft is None:
        return Record(case=case, seconds=seconds, error="no draft came")
    return Record(case=case, draft=draft, verdicts=grade(draft, case, rubric), seconds=seconds)
