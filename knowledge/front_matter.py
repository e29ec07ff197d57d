"""The ``key: value`` lines at the head of a document, or in the side file next to it."""

import re

import yaml

from knowledge.errors import DocumentError

MAX_CHARACTERS = 60_000
VERSION = "2"
"""Grows when the same file gives other front matter: it is then read anew."""
_HEAD = re.compile(r"[\ufeff\s]*---[ \t]*\r?\n(.*?)^---[ \t]*\r?\n?(.*)", re.DOTALL | re.MULTILINE)


def split(text: str) -> tuple[str, str]:
    """Front matter (without its lines of dashes; may be empty) and body.

    What nobody sees, blank lines before the dashes or spaces after them, changes nothing: an internal policy whose
    front matter was taken for text would be a public guide.
    """
    match = _HEAD.match(text)
    return (match[1], match[2]) if match else ("", text)


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
    others = re.sub(rf"^{re.escape(name)}:.*?(?=^\S|\Z)", "", front, flags=re.DOTALL | re.MULTILINE)
    return f"---\n{others}{write({name: value})}---\n{body}"


def join(fields: dict[str, object], body: str) -> str:
    """A document with these fields at its head."""
    return f"---\n{write(fields)}---\n{body}"
