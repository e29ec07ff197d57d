"""The ``key: value`` lines at the head of a document, or in the side file next to it."""

import re
from itertools import pairwise

import yaml

from knowledge.errors import DocumentError

MAX_CHARACTERS = 60_000
VERSION = "3"
"""Grows when the same file gives other front matter: it is then read anew."""
_HEAD = re.compile(r"[\ufeff\s]*---[ \t]*\r?\n(.*?)^---[ \t]*\r?\n?(.*)", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(
    r"^(?:id|title|kind|set|audience|effective|expires|sources|summary|asked)[ \t]*:", re.IGNORECASE | re.MULTILINE
)
_TELLING = re.compile(
    r"^(?:kind[ \t]*:[ \t]*(?:guide|policy)|audience[ \t]*:[ \t]*(?:public|internal))\b", re.IGNORECASE | re.MULTILINE
)
"""A field that no text would begin with."""
_HEAD_LINES = 8


def split(text: str) -> tuple[str, str]:
    """Front matter (without its lines of dashes; may be empty) and body.

    What nobody sees, blank lines before the dashes or spaces after them, changes nothing: an internal policy whose
    front matter was taken for text would be a public guide.

    Raises:
        DocumentError: fields stand at the head, and not between two lines of three dashes.
    """
    match = _HEAD.match(text)
    if match is None and _has_fields(text):
        raise DocumentError(
            "Its front matter does not stand between two lines of three dashes. Put --- (and nothing else) on a line "
            "of its own before and after the fields."
        )
    return (match[1], match[2]) if match else ("", text)


def _has_fields(text: str) -> bool:
    """Whether fields of ours stand at the head of a text."""
    head = "\n".join(text.splitlines()[:_HEAD_LINES])
    return bool(_TELLING.search(head)) or len(_FIELD.findall(head)) > 1


def parse(front: str, name: str) -> dict[str, object]:
    """Its fields; one without a value (``set:``) means the default, so it is left out.

    Raises:
        DocumentError: not YAML, not ``key: value`` lines, or too long; names ``name``.
    """
    if len(front) > MAX_CHARACTERS:
        raise DocumentError(
            f"{name}: its front matter has {len(front)} characters; at most {MAX_CHARACTERS} are taken."
        )
    try:
        values = yaml.safe_load(front) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise DocumentError(f"{name}: its front matter is not YAML ({reason}).") from error
    if not isinstance(values, dict):
        raise DocumentError(f"{name}: its front matter is not 'key: value' lines.")
    return {str(key): value for key, value in values.items() if value is not None}


def write(fields: dict[str, object]) -> str:
    """The lines that ``parse`` reads back."""
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)


def with_field(text: str, name: str, value: object) -> str:
    """A document with one of its fields set; what else stands at its head, comments too, stays as it is."""
    front, body = split(text)
    node = yaml.compose(front)
    if node is not None and getattr(node, "flow_style", False):  # {id: x, …}: nothing can be set behind it
        return join(parse(front, "The document") | {name: value}, body)
    start, end = _place(front, node, name)
    return f"---\n{front[:start]}{front[end:]}{write({name: value})}---\n{body}"


def _place(front: str, node: yaml.Node | None, name: str) -> tuple[int, int]:
    """From where to where a field stands, without blank lines and comments after it; both the end if it does not."""
    keys = [key for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    starts = [*(key.start_mark.index for key in keys), len(front)]
    for key, (start, after) in zip(keys, pairwise(starts), strict=True):
        if key.value == name:
            left = re.search(r"(?:^[ \t]*(?:#[^\n]*)?\n)*\Z", front[start:after], re.MULTILINE)
            return start, start + left.start() if left else after
    return len(front), len(front)


def join(fields: dict[str, object], body: str) -> str:
    """A document with these fields at its head."""
    return f"---\n{write(fields)}---\n{body}"
