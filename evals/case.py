"""Cases as data: JSONL files with a schema."""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.errors import EvalError

FOLDER = Path(__file__).parent / "cases"
Row = TypeVar("Row", bound=BaseModel)


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


def load_rows(path: Path, schema: type[Row]) -> list[Row]:
    """The rows of a JSONL file, one of ``schema`` a line.

    Raises:
        EvalError: a line breaks the schema; names file, line and field.
    """
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(schema.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "line"
            raise EvalError(f"{path.name}, line {number}, {where}: {first['msg']}.") from error
    return rows


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
