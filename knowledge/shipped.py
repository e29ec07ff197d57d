"""How the project's own YAML files are read: by libyaml, ten times faster, which a start feels.

read(Path(__file__).parent / "lexicon.yaml")                      # only what comes with Even Keel
read_as(Path(__file__).parent / "lexicon.yaml", list[Entry])      # held against a schema (``Fields``, ``Pattern``)

Text that somebody else wrote is read by ``yaml.safe_load``: libyaml ends the process where brackets nest too deep.
"""

import re
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from knowledge.errors import ShippedError

T = TypeVar("T")
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _compiled(pattern: object) -> re.Pattern[str]:
    some = pattern if isinstance(pattern, list) else [pattern]
    try:
        return re.compile("|".join(map(str, some)), re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"'{pattern}' is no regular expression: {error}") from error


Pattern = Annotated[re.Pattern[str], BeforeValidator(_compiled)]
"""A regular expression in a schema, or a list of which one is enough; capitals are as good as small letters."""


class Fields(BaseModel):
    """A schema of a file: the names that it lists and no others, with an underscore where the file has a space."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=lambda name: name.replace("_", " "))


def read(path: Path, loader: Any = LOADER) -> Any:
    """What a shipped file holds.

    Raises:
        ShippedError: it cannot be read, or is not YAML; names the file and the line.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), loader)  # nosec B506: a safe loader
    except (OSError, UnicodeDecodeError) as error:
        raise ShippedError(f"{path.name} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        line, what = misplaced(error)
        raise ShippedError(f"{path.name} is not YAML: line {line}: {what}") from error


def read_as(path: Path, schema: type[T], loader: Any = LOADER) -> T:
    """What a shipped file holds, as a model or a type of containers.

    Raises:
        ShippedError: it cannot be read, is not YAML or breaks the schema; names the file, and the line or field.
    """
    try:
        return TypeAdapter(schema).validate_python(read(path, loader))
    except ValidationError as error:
        raise ShippedError(f"{path.name}, {first_fault(error)}. Mend it, or put it back as it was.") from error


def misplaced(error: yaml.YAMLError) -> tuple[int, str]:
    """The line (from 1) where a text stops being YAML, and what is wrong there, as a sentence."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "is not YAML"
    return mark.line + 1 if mark else 1, f"{problem}. Check the indentation and quotes."


def first_fault(error: ValidationError, whole: str = "the file") -> str:
    """The first thing that breaks a schema, ``field: what was expected``; ``whole`` stands where no field does."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or whole
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"
