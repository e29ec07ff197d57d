"""How events of a screen are wired: quietly, many at a time, with errors in words; what the browser does after."""

import asyncio
import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.errors import EvenKeelError
from ui.widgets import Changes, problem

ARRIVE = "() => evenKeel.arrive()"
"""The page was opened (these run functions of keys.js)."""
PRESSED = "() => evenKeel.pressed()"
"""Enter was pressed in the box; an event that is under way does not hear it."""
ANSWERED = "() => evenKeel.answered()"
"""A turn is over."""
SETTLE = "() => evenKeel.settle()"
"""A change is done: the chat at its newest line, the focus where one goes on."""
SHOW_CARD = "() => evenKeel.show('#scorecard .ek-scorecard')"
SHOW_COACH = "() => evenKeel.reveal('#coach')"
TO_PRACTICE = "() => { document.querySelector('button[role=tab]')?.click(); }"
"""The first tab is the practice."""
REACH = "() => evenKeel.reach()"
"""A section was opened (these run functions of page.js)."""
SAVE = "(file) => evenKeel.save(file)"
"""A file was made: the user gets it."""
KEEP_DRAFT = "(text, desk) => evenKeel.keepDraft(text, desk)"
"""A scenario's text changed: gives the desk with it."""
AFTER_A_PAUSE = "() => evenKeel.afterAPause()"
"""Goes on once nobody types."""
READ_BY_KEYBOARD = "() => evenKeel.readByKeyboard()"
"""A text that may be one to read only was opened."""
TOGETHER = 50
"""Most people whose turns are taken, or whose screens change, at the same time."""


def quietly() -> dict[str, Any]:
    """Options of every event: no overlay on what changes, no public route, many at a time."""
    return {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": TOGETHER}


def script(name: str) -> str:
    """A script of this folder, for the page's head or for a component that runs it once it is there."""
    return (Path(__file__).parent / f"{name}.js").read_text(encoding="utf-8")


def browser(event: Callable[..., Any], script: str) -> None:
    """Let the browser do something on an event; the server is not asked."""
    event(None, None, None, js=script, **quietly())


def safely(handler: Callable[..., Any], *places: Any) -> Callable[..., Any]:
    """The handler with its errors in words at ``places``; one that does not wait runs in a thread."""

    @functools.wraps(handler)
    async def safe(*inputs: Any) -> Changes:
        try:
            waits = inspect.iscoroutinefunction(handler)
            found: Changes = await (handler(*inputs) if waits else asyncio.to_thread(handler, *inputs))
            return found
        except EvenKeelError as error:
            return dict.fromkeys(places, problem(str(error)))

    return safe
