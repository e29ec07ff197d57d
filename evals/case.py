"""Cases as data: JSONL files with a schema."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from assistant.roleplay.scenario import Move
from evals.errors import EvalError
from evals.rows import Row, load_rows
from knowledge import ShippedError, shipped

FOLDER = Path(__file__).parent / "cases"
JUDGE_CASES = FOLDER / "judge" / "cases.jsonl"


class DraftCase(BaseModel):
    """A customer's message or thread; ``covered``: whether ``set`` has a policy for it; ``policy``: which sections.

    ``tags``: ``forbidden`` (policy forbids the demand), ``no policy``, ``hostile``, ``thread``, a language;
    ``needs``: ``capable`` where the embedded model cannot be expected to answer; ``half``: tuned on, or reported.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    set: str
    covered: bool
    policy: tuple[str, ...] = ()
    message: str = Field(min_length=1)
    half: Literal["tune", "report"] = "report"
    tags: tuple[str, ...] = ()
    needs: Literal["", "capable"] = ""


class VerifyCase(BaseModel):
    """A drafted part, and whether verification must block it; ``kind``: what sort of temptation it is.

    ``quotes`` are words of ``policy`` that the part names; ``policy`` is the text of the one passage found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    text: str = Field(min_length=1)
    policy: str
    quotes: tuple[str, ...] = ()
    blocked: bool


class GuardCase(BaseModel):
    """A customer's line in the first turn of a practice, and whether the guards must refuse it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    scenario: str
    move: Move
    line: str = Field(min_length=1)
    kind: str
    refused: bool


class JudgeCase(BaseModel):
    """A transcript, one criterion, and the verdict that is right ("no verdict": its recording must be refused)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    rubric: str
    criterion: str
    transcript: str = Field(min_length=1)
    background: str = ""
    expected: Literal["met", "not met", "not applicable", "cannot tell", "no verdict"]


def load_verify_cases(path: Path = FOLDER / "verify" / "cases.jsonl") -> list[VerifyCase]:
    """The verification cases.

    Raises:
        EvalError: a line breaks the schema; names file, line and field.
    """
    return load_rows(path, VerifyCase)


def load_draft_cases(path: Path = FOLDER / "drafting" / "cases.jsonl") -> list[DraftCase]:
    """The drafting cases.

    Raises:
        EvalError: a line breaks the schema, or two share an id; names file and line.
    """
    cases = load_rows(path, DraftCase)
    seen: set[str] = set()
    for number, case in enumerate(cases, 1):
        if case.id in seen:
            raise EvalError(f"{path.name}, line {number}: the id '{case.id}' stands twice.")
        seen.add(case.id)
    return cases


def load_yaml(path: Path, schema: type[Row]) -> Row:
    """A YAML file of one schema.

    Raises:
        EvalError: it cannot be read, or breaks the schema; names it, and the line or field.
    """
    try:
        return shipped.read_as(path, schema, yaml.SafeLoader)
    except ShippedError as error:
        raise EvalError(str(error)) from error
