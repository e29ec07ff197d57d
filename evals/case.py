"""Cases as data: JSONL files with a schema."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.errors import EvalError

FOLDER = Path(__file__).parent / "cases"


class DraftCase(BaseModel):
    """A customer's message; ``covered``: whether ``set`` has a policy for it; ``policy``: which sections."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    set: str
    covered: bool
    policy: tuple[str, ...] = ()
    message: str = Field(min_length=1)


def load_draft_cases(path: Path = FOLDER / "drafting" / "cases.jsonl") -> list[DraftCase]:
    """The drafting cases.

    Raises:
        EvalError: a line breaks the schema, or two share an id; names file and line.
    """
    cases: list[DraftCase] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            case = DraftCase.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "line"
            raise EvalError(f"{path.name}, line {number}, {where}: {first['msg']}.") from error
        if any(case.id == other.id for other in cases):
            raise EvalError(f"{path.name}, line {number}: the id '{case.id}' stands twice.")
        cases.append(case)
    return cases
