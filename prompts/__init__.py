"""Prompts: Markdown templates and a thin loader.

    render("screenplay", name="KEVIN", scene="...")

A template is ``prompts/NAME.md`` with ``$variable`` places (``string.Template``; a literal
dollar is ``$$``), so that customer text with braces or HTML passes through untouched. Imports
nobody of the project.
"""

import hashlib
from functools import cache
from pathlib import Path
from string import Template

__all__ = ["PromptError", "digest", "names", "render", "variables"]

FOLDER = Path(__file__).parent


class PromptError(Exception):
    """No such template, or its variables were not given exactly."""


def names() -> list[str]:
    """The templates there are, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.md"))


def render(name: str, /, **values: object) -> str:
    """The template with its variables filled in.

    Raises:
        PromptError: no such template; a variable is missing or unknown (each is named).
    """
    wanted = variables(name)
    missing, unknown = wanted - values.keys(), values.keys() - wanted
    if missing or unknown:
        parts = [f"missing: {', '.join(sorted(missing))}"] if missing else []
        parts += [f"unknown: {', '.join(sorted(unknown))}"] if unknown else []
        raise PromptError(f"Prompt '{name}' cannot be rendered; {'; '.join(parts)}.")
    return _template(name).substitute({key: str(value) for key, value in values.items()}).strip()


def variables(name: str) -> frozenset[str]:
    """The variables that ``render`` must be given."""
    return frozenset(_template(name).get_identifiers())


def digest(name: str) -> str:
    """Twelve hexadecimal digits that change when the template does."""
    return hashlib.sha256(_template(name).template.encode()).hexdigest()[:12]


@cache
def _template(name: str) -> Template:
    path = FOLDER / f"{name}.md"
    if path.parent != FOLDER or not path.is_file():
        raise PromptError(f"No prompt '{name}'. There are: {', '.join(names())}.")
    return Template(path.read_text(encoding="utf-8"))
