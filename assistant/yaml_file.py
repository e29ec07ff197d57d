"""The text of a YAML file that somebody wrote by hand: held against a schema, every fault at its line and field.

scenario, faults = parsed(text, Scenario)               # None, (Fault(40, "facts.1.gate", "…"),)
line_of(yaml.compose(text), ["facts", 1, "gate"])       # 40
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from knowledge.shipped import misplaced

Schema = TypeVar("Schema", bound=BaseModel)
MOST = 10
"""Faults that are told at once."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What breaks the schema, and where: ``line`` from 1, ``field`` such as ``facts.1.gate`` (empty: the whole)."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return (
            f"line {self.line}, {self.field}: {self.message}" if self.field else f"line {self.line}: {self.message}"
        )


def parsed(text: str, schema: type[Schema], loader: Any = yaml.SafeLoader) -> tuple[Schema | None, tuple[Fault, ...]]:
    """What a file's text is, or None and the first ``MOST`` things that break the schema."""
    try:
        data = yaml.load(text, loader)  # nosec B506
    except yaml.YAMLError as error:
        line, what = misplaced(error)
        return None, (Fault(line, "", what),)
    if not isinstance(data, dict):
        return None, (Fault(1, "", "expected 'field: value' lines."),)
    try:
        return schema.model_validate(data), ()
    except ValidationError as error:
        node = yaml.compose(text)
        return None, tuple(_located(node, e) for e in error.errors()[:MOST])


def line_of(node: yaml.Node | None, steps: Sequence[object]) -> int:
    """The line (from 1) where a part of a composed file stands, or the innermost part of it that there is.

    A step is a field's name, a place in a list, or the ``id`` of what stands in a list.
    """
    line, here = 1, node
    for step in steps:
        at, here = _child(here, step)
        if at is None:
            break
        line = at.start_mark.line + 1
    return line


def _located(node: yaml.Node | None, error: Any) -> Fault:
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "there is no such field"
    elif error["type"] in ("tuple_type", "list_type"):
        message = "a list is expected, such as [one, two]"
    elif error["type"] == "dict_type":
        message = "'name: value' lines are expected below it"
    if error["loc"]:
        return Fault(line_of(node, error["loc"]), ".".join(map(str, error["loc"])), message)
    field, _, about = message.partition(": ")  # what concerns the whole file names its field first
    if _child(node, field)[0] is None:
        return Fault(1, "", message)
    return Fault(line_of(node, [field]), field, about)


def _child(node: yaml.Node | None, step: object) -> tuple[yaml.Node | None, yaml.Node | None]:
    """Where a part stands, and the part: a field stands at its name, whose value may begin a line later."""
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == str(step)), (None, None))
    if isinstance(node, yaml.SequenceNode):
        parts = node.value
        if isinstance(step, int):
            part = parts[step] if step < len(parts) else None
        else:
            part = next((p for p in parts if getattr(_child(p, "id")[1], "value", "") == step), None)
        return part, part
    return None, None
