"""A rubric: criteria, each one yes/no question, read from YAML and checked against its schema.

    rubric = load_rubric("drafting", CHECKS)
    rubric.criteria[0].asks, rubric.criteria[0].standing("code").advisory

Beside the rubrics, ``human.yaml`` holds each criterion's human record: how far people agree with
each other on it, and how far a judge or check agrees with people. ``python -m evals calibrate``
writes it; nobody edits it. The rubrics themselves stay hand-edited.
"""

import hashlib
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from evals.errors import EvalError
from evals.heard import heard
from knowledge import ShippedError, shipped

FOLDER = Path(__file__).parent / "rubrics"
RECORDS = "human.yaml"
CODE = "code"

AppliesWhen = Literal["always", "policy", "no_policy", "let_out", "limit_needed", "baited", "ended", "hidden_facts"]
WHEN: dict[str, tuple[str, ...]] = {
    "drafting": ("always", "policy", "no_policy"),
    "process": ("always", "let_out", "limit_needed", "baited"),
    "roleplay": ("always", "ended", "hidden_facts"),
}
"""Rubric → when its criteria can apply, as the code that asks them knows it; those of others (``when``) always do."""


class HumanRecord(BaseModel):
    """How far one judge (``by``: a model, a reader, or code) agrees with people on one criterion.

    ``people`` and ``judge`` are the same coefficient (``measure``) on the same ``n`` items: people
    with each other, and the judge with people. ``bias`` is the judge's mean less people's, in the
    scale's own units: above 0 it says yes too often. ``sensitivity`` and ``specificity`` are against
    people's majority.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    people: float = Field(ge=-1, le=1)
    judge: float = Field(ge=-1, le=1)
    bias: float = 0.0
    sensitivity: float | None = Field(None, ge=0, le=1)
    specificity: float | None = Field(None, ge=0, le=1)
    n: int = Field(ge=1)
    measure: str
    data: str
    date: date

    @property
    def below(self) -> bool:
        """Whether the judge agrees with people less than people do with each other."""
        return self.judge < self.people

    def __str__(self) -> str:
        return (
            f"{self.by} agrees with people at {self.judge:.2f}, people with each other at {self.people:.2f} "
            f"({self.measure}, n={self.n}, {self.data}, {self.date})"
        )


class Standing(BaseModel):
    """What a verdict on a criterion is worth: ``advisory`` verdicts are shown and gate nothing; ``why`` says so."""

    model_config = ConfigDict(frozen=True)

    advisory: bool
    why: str


class Criterion(BaseModel):
    """One yes/no question.

    ``check`` names a function where code answers (``checked_by: code``). ``polarity: harming`` means
    that a yes is bad. ``quote``: a yes must rest on words of the transcript. ``reads`` names the act that
    decides, where the reader of turns does. ``human`` is a note by hand, or how far that reader agrees with
    labels (``heard``); ``records`` are measured (one a judge) and come from ``human.yaml``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    asks: str = Field(pattern=r"\?$")
    applies_when: AppliesWhen
    points: int = Field(ge=1, le=10)
    check: str = ""
    met: str
    not_met: str
    human: str = ""
    reads: str = ""
    teaches: str = ""
    checked_by: Literal["code", "judge"] = "code"
    scope: Literal["whole", "turn", "line"] = "whole"
    polarity: Literal["helping", "harming"] = "helping"
    near_miss: str = ""
    quote: bool = False
    records: tuple[HumanRecord, ...] = Field(default=(), exclude=True)

    @model_validator(mode="after")
    def _answered_by_somebody(self) -> "Criterion":
        if self.checked_by == "code" and not self.check:
            raise ValueError("check: a criterion that code answers names its check (or set checked_by: judge)")
        if self.checked_by == "judge" and self.check:
            raise ValueError("check: a criterion that a judge answers has no check")
        if self.checked_by == "judge" and not self.near_miss:
            raise ValueError("near_miss: a criterion that a judge answers needs an anchor that nearly meets it")
        return self

    @property
    def title(self) -> str:
        """Its name as a person reads it."""
        return self.id.replace("-", " ")

    @property
    def version(self) -> str:
        """Eight hexadecimal digits that change when the question or an anchor does."""
        kept = self.model_dump(include={"id", "asks", "met", "not_met", "near_miss", "polarity", "scope", "quote"})
        return hashlib.sha256(repr(sorted(kept.items())).encode()).hexdigest()[:8]

    def good(self, met: bool) -> bool:
        """Whether a verdict is what one wants."""
        return met is (self.polarity == "helping")

    def standing(self, by: str = CODE) -> Standing:
        """What a verdict by this judge is worth, told from the human record."""
        record = next((r for r in self.records if r.by == by), None)
        if record and record.below:
            return Standing(advisory=True, why=f"advisory: {record}")
        if record:
            return Standing(advisory=False, why=str(record))
        if self.checked_by == "judge":
            return Standing(advisory=True, why=f"advisory: {by}'s agreement with people was not measured")
        return Standing(advisory=False, why=self.human or "decided by code")


class Rubric(BaseModel):
    """The criteria of one kind of thing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    criteria: tuple[Criterion, ...] = Field(min_length=1)

    def __getitem__(self, criterion_id: str) -> Criterion:
        return next(c for c in self.criteria if c.id == criterion_id)

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that change when any criterion's question, anchors or points do."""
        kept = repr([(c.version, c.points, c.check, c.applies_when) for c in self.criteria])
        return hashlib.sha256(kept.encode()).hexdigest()[:12]


class _Records(BaseModel):
    model_config = ConfigDict(extra="forbid")

    records: dict[str, tuple[HumanRecord, ...]]


def load_rubric(name: str, checks: Collection[str] = ()) -> Rubric:
    """Read ``rubrics/NAME.yaml`` and the human records that belong to it.

    Args:
        checks: the names of the checks there are; with none given they are not looked at.

    Raises:
        EvalError: it is missing, breaks the schema, two criteria share an id, or a check is
            unknown, or when it applies.
    """
    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise EvalError(f"There is no rubric {path.name}.")
    try:
        rubric = shipped.read_as(path, Rubric)
    except ShippedError as error:
        raise EvalError(str(error)) from error
    ids = [c.id for c in rubric.criteria]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise EvalError(f"{path.name}: two criteria have the id '{twice[0]}'.")
    unknown = next((c for c in rubric.criteria if checks and c.checked_by == CODE and c.check not in checks), None)
    if unknown:
        raise EvalError(
            f"{path.name}, criterion '{unknown.id}': there is no check '{unknown.check}'. "
            f"There are: {', '.join(sorted(checks))}."
        )
    never = next((c for c in rubric.criteria if c.applies_when not in when(name)), None)
    if never:
        raise EvalError(
            f"{path.name}, criterion '{never.id}': it cannot apply when '{never.applies_when}' here. "
            f"It can when: {', '.join(when(name))}."
        )
    measured = load_records()
    return Rubric(criteria=tuple(_with_record(c, measured.get(f"{name}/{c.id}", ())) for c in rubric.criteria))


def when(name: str) -> tuple[str, ...]:
    """When the criteria of a rubric can apply."""
    return WHEN.get(name, ("always",))


def _with_record(criterion: Criterion, records: tuple[HumanRecord, ...]) -> Criterion:
    human = heard().of(criterion.reads) if criterion.reads else criterion.human
    return criterion.model_copy(update={"records": records, "human": human})


def load_records(path: Path | None = None) -> dict[str, tuple[HumanRecord, ...]]:
    """The human records, by ``rubric/criterion``; empty where nothing was measured yet.

    Raises:
        EvalError: the file breaks its schema; names the field.
    """
    path = path or FOLDER / RECORDS
    if not path.is_file():
        return {}
    try:
        return shipped.read_as(path, _Records).records
    except ShippedError as error:
        raise EvalError(
            f"{error} It is written by 'python -m evals calibrate' and not by hand: delete it and calibrate again."
        ) from error


def write_records(new: dict[str, HumanRecord], path: Path | None = None) -> None:
    """Put measured records into the file: each replaces the one of the same criterion and judge."""
    path = path or FOLDER / RECORDS
    kept = {name: {r.by: r for r in records} for name, records in load_records(path).items()}
    for name, record in new.items():
        kept.setdefault(name, {})[record.by] = record
    rows = {
        name: [r.model_dump(mode="json", exclude_none=True) for _, r in sorted(by.items())]
        for name, by in sorted(kept.items())
    }
    head = "# The human record of each criterion. Written by 'python -m evals calibrate'; do not edit by hand.\n"
    path.write_text(head + yaml.safe_dump({"records": rows}, sort_keys=False, width=118), encoding="utf-8")
