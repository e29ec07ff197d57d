"""Small pieces of HTML, every value escaped."""

import re
from html import escape
from typing import Any

import gradio as gr

Changes = dict[Any, Any]
"""What a handler changes on the screen: components, and their new value or what ``gr.X(...)`` says of them."""

AWAY = "ek-away"
"""The class of what is put away."""
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


def shown(there: bool = True, **more: Any) -> dict[str, Any]:
    """A change that shows a component or puts it away, mounted all the while, with ``more`` of its properties.

    With ``visible`` it would be mounted by the event that fills it, and Gradio 6.31 loses the value now and then.
    """
    return gr.update(elem_classes=[] if there else [AWAY], **more)


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


def without_value(change: Any) -> Any:
    """A change of a component but for its value, which somebody may have changed since; what else there is stays."""
    if not isinstance(change, dict):
        return gr.skip()
    return {what: value for what, value in change.items() if what != "value"}
