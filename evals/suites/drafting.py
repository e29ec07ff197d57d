"""The drafting suite, part "cases": drafts for written cases, graded by the drafting rubric.

One record a case goes to a JSONL file as soon as it is done, with all that is needed to grade
it again; a run that was broken off is taken up where it stood. An error is an error: it is counted
and never graded.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import EvenKeelError
from assistant.llm import Call
from assistant.reply.draft import Checked, Draft, Drafted, Writing
from assistant.services import Services
from evals.case import DraftCase
from evals.checks import CHECKS, says_no_policy
from evals.result import Result
from evals.rubric import Rubric
from evals.stats import Figure, bootstrap, mean, share
from knowledge import KnowledgeError

TAGS = ("forbidden", "no policy", "hostile", "thread")
TARGETS = {
    "cases without error": ">= 1",
    "no-policy cases that say so (F1)": ">= 0.9",
    "tokens in (mean)": "<= 2500",
    "tokens out (mean)": "<= 350",
}


class Record(BaseModel):
    """What happened to one case. ``verdicts`` maps a criterion to met or not; missing means not applicable."""

    model_config = ConfigDict(frozen=True)

    case: DraftCase
    draft: Draft | None = None
    verdicts: dict[str, bool] = {}
    seconds: float = 0.0
    first_seconds: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
    error: str = ""


def read_records(path: Path) -> Iterator[Record]:
    """The records of a run so far; a last one torn by a crash is passed over."""
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                yield Record.model_validate_json(line)
            except ValidationError:
                continue


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


async def run(
    services: Services,
    cases: list[DraftCase],
    rubric: Rubric,
    out: Path,
    report: Callable[[int, int], None],
    calls: list[Call] | None = None,
) -> list[Record]:
    """Draft and grade every case that ``out`` does not hold yet, one after another; writes each record at once."""
    known = {r.case.id: r for r in read_records(out) if r.case in cases and not r.error}
    out.parent.mkdir(parents=True, exist_ok=True)
    records = []
    with out.open("a", encoding="utf-8") as file:
        for done, case in enumerate(cases, 1):
            record = known.get(case.id)
            if record is None:
                record = await _one(services, case, rubric, calls if calls is not None else [])
                file.write(record.model_dump_json() + "\n")
                file.flush()
            elif record.draft:
                record = record.model_copy(update={"verdicts": grade(record.draft, case, rubric)})
            records.append(record)
            report(done, len(cases))
    return records


def grade(draft: Draft, case: DraftCase, rubric: Rubric) -> dict[str, bool]:
    """Criterion → met, for those that apply to the case."""
    applies = {"always": True, "policy": case.covered, "no_policy": not case.covered}
    return {c.id: CHECKS[c.check](draft, case) for c in rubric.criteria if applies[c.applies_when]}


def result(records: list[Record], rubric: Rubric, model: str) -> Result:
    """The figures of a run: one share a criterion, all criteria by kind of case, tokens and seconds a draft."""
    found = {"cases without error": share([not r.error for r in records])}
    for criterion in rubric.criteria:
        found[criterion.id] = share([r.verdicts[criterion.id] for r in records if criterion.id in r.verdicts])
    for tag in TAGS:
        some = [v for r in records if tag in r.case.tags for v in r.verdicts.values()]
        found[f"criteria met, {tag} cases"] = share(some)
    found["no-policy cases that say so (F1)"] = _says_so(records)
    drafted = [r for r in records if r.draft]
    if any(r.tokens_in for r in drafted):
        found["tokens in (mean)"] = mean([float(r.tokens_in) for r in drafted])
        found["tokens out (mean)"] = mean([float(r.tokens_out) for r in drafted])
    found["seconds until it begins (median)"] = _median([r.first_seconds for r in drafted])
    found["seconds a draft (median)"] = _median([r.seconds for r in records])
    found["seconds a draft (most)"] = bootstrap([r.seconds for r in records], lambda some: float(max(some)))
    missed = tuple(
        f"  {r.case.id}: {r.error or 'missed ' + ', '.join(c for c, met in r.verdicts.items() if not met)}"
        for r in records
        if r.error or not all(r.verdicts.values())
    )
    about: dict[str, str | int | float] = {"model": model, "cases": len(records)}
    return Result(suite="drafting", about=about, figures=found, targets=TARGETS, notes=missed)


def _median(values: list[float]) -> Figure:
    return bootstrap(values, lambda some: float(np.median(some)))


def _says_so(records: Sequence[Record]) -> Figure:
    """F1 of saying that no policy covers it, over all drafted cases."""
    rows = [(not r.case.covered, says_no_policy(r.draft, r.case)) for r in records if r.draft]

    def f1(some: Sequence[tuple[bool, bool]]) -> float:
        both = sum(truth and said for truth, said in some)
        either = sum(truth for truth, _ in some) + sum(said for _, said in some)
        return 2 * both / either if either else 0.0

    return bootstrap(rows, f1)


async def _one(services: Services, case: DraftCase, rubric: Rubric, calls: list[Call]) -> Record:
    began = time.monotonic()
    first = 0.0
    draft = None
    calls.clear()
    try:
        async for event in services.desk.draft(case.message, policy_set=case.set, owner="evals"):
            if not first and isinstance(event, Writing | Checked):
                first = time.monotonic() - began
            if isinstance(event, Drafted):
                draft = event.draft
    except (EvenKeelError, KnowledgeError) as error:
        return Record(case=case, seconds=time.monotonic() - began, error=f"{type(error).__name__}: {error}")
    seconds = time.monotonic() - began
    if draft is None:
        return Record(case=case, seconds=seconds, error="no draft came")
    return Record(
        case=case,
        draft=draft,
        verdicts=grade(draft, case, rubric),
        seconds=seconds,
        first_seconds=first,
        tokens_in=sum(c.prompt_tokens for c in calls),
        tokens_out=sum(c.completion_tokens for c in calls),
    )
