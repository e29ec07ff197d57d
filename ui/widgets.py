"""Small pieces of HTML, every value escaped."""

import re
from html import escape
from typing import Any

Changes = dict[Any, Any]
"""What a handler changes on the screen: components, and their new value or what ``gr.X(...)`` says of them."""

_MARKDOWN = r"([\\`*_\[\]!#|>~@]|:(?=//)|(?<=\bwww)\.)"
"""What Markdown would make something of; addresses too, which it turns into links by itself."""


def text(value: object) -> str:
    """Text as text: escaped."""
    return escape(str(value), quote=True)


def speech(value: str) -> str:
    """Text for a chat bubble, which renders Markdown: no tags, no images, no links."""
    return re.sub(_MARKDOWN, r"\\\1", escape(value, quote=False).replace("&gt;", ">"))


def prose(markdown: str) -> str:
    """A section's Markdown as plain, escaped text with its bold words bold."""
    return _bold(text(markdown))


def problem(message: str) -> str:
    """An error beside what caused it; empty for none."""
    return f'<p class="ek-problem" role="alert">{text(message)}</p>' if message else ""


def meter(name: str, value: int, tone: str) -> str:
    """A meter from 0 to 100."""
    return (
        f'<div class="ek-meter"><span>{text(name)}</span><b>{value}</b>'
        f'<div role="meter" aria-label="{text(name)}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{value}"><i class="{tone}" style="width:{value}%"></i></div></div>'
    )


def _bold(escaped: str) -> str:
    return re.sub(r"\*\*([^*<]+)\*\*", r"<b>\1</b>", escaped)
