"""Errors told on the screen: whichever handler raised one, it is shown in its own words, and nothing else is.

    told(page.build(services, gate, metrics))

What nobody expected is logged with its traceback and told without it. A handler that shows an error beside
what caused it catches it itself; this is for the others.
"""

import functools
import inspect
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from assistant.errors import EvenKeelError
from knowledge import KnowledgeError

log = logging.getLogger(__name__)
UNEXPECTED = "Something unexpected happened. It was logged; try again."


def told(page: gr.Blocks) -> gr.Blocks:
    """The page with every handler's errors told."""
    for handler in page.fns.values():
        if handler.fn is not None:
            handler.fn = telling(handler.fn)
    return page


def telling(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler of the same kind (plain or async, generator or not) and signature, its errors told."""
    if inspect.isasyncgenfunction(handler):

        @functools.wraps(handler)
        async def steps(*given: Any) -> AsyncIterator[Any]:
            with _in_words():
                async for step in handler(*given):
                    yield step

        return steps
    if inspect.iscoroutinefunction(handler):

        @functools.wraps(handler)
        async def awaited(*given: Any) -> Any:
            with _in_words():
                return await handler(*given)

        return awaited

    @functools.wraps(handler)
    def called(*given: Any) -> Any:
        with _in_words():
            return handler(*given)

    return called


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except gr.Error:
        raise
    except (EvenKeelError, KnowledgeError) as error:
        raise gr.Error(str(error), print_exception=False) from error
    except Exception as error:
        log.exception("unexpected in a handler of the page", exc_info=error)
        raise gr.Error(UNEXPECTED, print_exception=False) from error
