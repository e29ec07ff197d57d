"""A rubric: criteria, each one yes/no question, read from YAML and checked against its schema."""

from collections.abc import Collection
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.errors import EvalError

FOLDER = Path(__file__).parent / "rubrics"


class Criterion(BaseModel):
    """One yes/no question. ``human`` says how far people agree on it; empty until measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    asks: str = Field(pattern=r"\?$")
    applies_when: Literal["always", "policy", "no_policy", "let_out", "limit_needed", "baited"]
    points: int = Field(ge=1, le=10)
    check: str
    met: str
    not_met: str
    human: str
    teaches: str = ""

    @property
    def title(self) -> str:
        """Its name as a person reads it."""
        return self.id.replace("-", " ")


class Rubric(BaseModel):
    """The criteria of one kind of thing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    criteria: tuple[Criterion, ...] = Field(min_length=1)


def load_rubric(name: str, checks: Collection[str] = ()) -> Rubric:
    """Read ``rubrics/NAME.yaml``.

    Args:
        checks: the names of the checks there are; with none given they are not looked at.

    Raises:
        EvalError: it is missing, breaks the schema, two criteria share an id, or a check is unknown.
    """
    path = FOLDER / f"{name}.yaml"
    try:
        rubric = Rubric.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise EvalError(f"There is no rubric {path.name}.") from error
    except yaml.YAMLError as error:
        raise EvalError(f"{path.name} is not YAML: {str(error).splitlines()[0]}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise EvalError(f"{path.name}, {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
    ids = [c.id for c in rubric.criteria]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise EvalError(f"{path.name}: two criteria have the id '{twice[0]}'.")
    unknown = next((c for c in rubric.criteria if checks and c.check not in checks), None)
    if unknown:
        raise EvalError(
            f"{path.name}, criterion '{unknown.id}': there is no check '{unknown.check}'. "
            f"There are: {', '.join(sorted(checks))}."
        )
    return rubric
