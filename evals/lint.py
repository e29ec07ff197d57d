"""What is wrong with rubrics and cases, by file, line and field: ``python -m evals lint [FILE …]``.

    lint()        # [Finding(file="drafting.yaml", line=12, field="criteria.0.asks", what="…")]

Looks at every rubric and every case file that a suite reads; gives all findings, not the first.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.yaml_file import line_of
from evals import checks, customer, process
from evals.case import FOLDER as CASES
from evals.case import DraftCase, GuardCase, JudgeCase, VerifyCase
from evals.errors import EvalError
from evals.players import Attack, Gamers, Scripts
from evals.recordings import Recording
from evals.rubric import CODE, RECORDS, Rubric, load_records, when
from evals.rubric import FOLDER as RUBRICS
from evals.suites.acts import LabelledTurn, SecondPass
from evals.suites.citations import LabelledDraft
from evals.suites.coach import Attacks, Pair
from evals.suites.commitments import Adversarial, Backed
from evals.suites.line_labels import LabelledLine
from evals.suites.promises import Replied
from evals.suites.retrieval import Query
from evals.suites.trainee import Book
from knowledge.shipped import misplaced

CHECKS: Mapping[str, Iterable[str]] = {
    "drafting": checks.CHECKS,
    "process": process.CHECKS,
    "roleplay": customer.CHECKS,
    "coaching": (),
    "empathy": (),
}
"""Rubric → the checks that its criteria may name."""
JSONL: Mapping[str, type[BaseModel]] = {
    "drafting/cases.jsonl": DraftCase,
    "drafting/citations.jsonl": LabelledDraft,
    "drafting/adversarial.jsonl": Adversarial,
    "drafting/backed.jsonl": Backed,
    "drafting/replies.jsonl": Replied,
    "acts/turns.jsonl": LabelledTurn,
    "acts/second_pass.jsonl": SecondPass,
    "coach/pairs.jsonl": Pair,
    "retrieval/queries.jsonl": Query,
    "simulator/extraction.jsonl": Attack,
    "simulator/lines.jsonl": LabelledLine,
    "verify/cases.jsonl": VerifyCase,
    "guards/lines.jsonl": GuardCase,
    "judge/cases.jsonl": JudgeCase,
    "replay/judge.jsonl": Recording,
}
"""Case file → the schema of its lines."""
YAML: Mapping[str, type[BaseModel]] = {
    "coach/attacks.yaml": Attacks,
    "security/trainee.yaml": Book,
    "simulator/gaming.yaml": Gamers,
}
"""Case file → its schema; the others are trainees' scripts."""


class Finding(BaseModel):
    """One thing that is wrong; ``line`` 0 where the file as a whole is meant."""

    model_config = ConfigDict(frozen=True)

    file: str
    line: int
    field: str
    what: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}, {self.field}: {self.what}" if self.field else f"{where}: {self.what}"


def lint(files: Iterable[Path] = ()) -> list[Finding]:
    """Every finding in ``files``, or in all rubrics and cases of the project.

    Raises:
        EvalError: a file is of no kind that is known here.
    """
    found: list[Finding] = []
    for path in files or _all():
        found += _look(path)
    return found


def _all() -> list[Path]:
    scripts = sorted({*(CASES / "simulator").glob("*.yaml"), *(CASES / name for name in YAML)})
    return [*sorted(RUBRICS.glob("*.yaml")), *scripts, *(CASES / name for name in JSONL)]


def _look(path: Path) -> list[Finding]:
    if not path.is_file():
        raise EvalError(f"There is no file {path}.")
    if path.suffix == ".jsonl":
        return lint_rows(path)
    if path.name == RECORDS:
        try:
            load_records(path)
        except EvalError as error:
            return [Finding(file=path.name, line=0, field="", what=str(error))]
        return []
    if path.parent.name == "rubrics" or "criteria" in path.read_text(encoding="utf-8"):
        return lint_rubric(path)
    return lint_yaml(path, YAML.get(f"{path.parent.name}/{path.name}", Scripts), lambda data: [])


def lint_rubric(path: Path) -> list[Finding]:
    """Schema, ids that stand twice, checks that are not there."""
    known = CHECKS.get(path.stem)

    def more(rubric: Any) -> list[tuple[tuple[str | int, ...], str]]:
        seen: set[str] = set()
        wrong: list[tuple[tuple[str | int, ...], str]] = []
        for i, criterion in enumerate(rubric.criteria):
            if criterion.id in seen:
                wrong.append((("criteria", i, "id"), f"the id '{criterion.id}' stands twice"))
            seen.add(criterion.id)
            if criterion.records:
                wrong.append((("criteria", i, "records"), f"records are measured and belong in {RECORDS}"))
            if criterion.applies_when not in when(path.stem):
                there = ", ".join(when(path.stem))
                wrong.append((("criteria", i, "applies_when"), f"not '{criterion.applies_when}' here, but: {there}"))
            if known is not None and criterion.checked_by == CODE and criterion.check not in known:
                there = ", ".join(sorted(known)) or "none"
                wrong.append((("criteria", i, "check"), f"no check '{criterion.check}'; there are: {there}"))
        return wrong

    return lint_yaml(path, Rubric, more)


def lint_yaml(
    path: Path, schema: type[BaseModel], more: Callable[[Any], list[tuple[tuple[str | int, ...], str]]]
) -> list[Finding]:
    """All that breaks ``schema``; if nothing does, what ``more`` finds in the parsed file."""
    text = path.read_text(encoding="utf-8")
    try:
        tree, data = yaml.compose(text, yaml.SafeLoader), yaml.safe_load(text)
    except yaml.YAMLError as error:
        line, what = misplaced(error)
        return [Finding(file=path.name, line=line, field="", what=f"not YAML: {what}")]

    def finding(where: tuple[str | int, ...], what: str) -> Finding:
        return Finding(file=path.name, line=line_of(tree, where), field=".".join(map(str, where)), what=what)

    try:
        parsed = schema.model_validate(data)
    except ValidationError as error:
        found = error.errors()
        deeper = {
            e["loc"][: len(other["loc"])] for e in found for other in found if len(e["loc"]) > len(other["loc"])
        }
        # a list whose one entry is wrong is also called too short: say only what is wrong with the entry
        told = [e for e in found if e["type"] != "too_short" or e["loc"] not in deeper]
        return [finding(e["loc"], e["msg"].removeprefix("Value error, ")) for e in told]
    return [finding(where, what) for where, what in more(parsed)]


def lint_rows(path: Path) -> list[Finding]:
    """All lines of a JSONL file that break its schema, and ids that stand twice."""
    schema = JSONL.get(f"{path.parent.name}/{path.name}")
    if schema is None:
        raise EvalError(f"{path.parent.name}/{path.name} is no case file that is known. Known: {', '.join(JSONL)}.")
    found: list[Finding] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = schema.model_validate_json(line)
        except ValidationError as error:
            for e in error.errors():
                field = ".".join(map(str, e["loc"]))
                found.append(Finding(file=path.name, line=number, field=field, what=e["msg"]))
            continue
        identity = getattr(row, "id", "")
        if identity and identity in seen:
            what = f"the id '{identity}' stands twice, first in line {seen[identity]}"
            found.append(Finding(file=path.name, line=number, field="id", what=what))
        seen.setdefault(identity, number)
    return found
