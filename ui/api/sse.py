"""Server-sent events: ``event: said`` and ``data: {…}``, ended by ``event: problem`` if it fails midway."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from assistant.errors import EvenKeelError
from knowledge import KnowledgeError
from ui.api.problems import problem_of, unexpected

MEDIA_TYPE = "text/event-stream"
BEAT = 5.0
"""Seconds without an event after which a sign of life is sent: clients give up on silence."""
ALIVE = ": still at work\n\n"
"""A comment, which clients pass over."""
Named = tuple[str, BaseModel]


def wants_events(accept: str | None) -> bool:
    """Whether a client asked for events instead of one JSON answer."""
    return MEDIA_TYPE in (accept or "")


async def respond(events: AsyncIterator[Named], status: int = 200) -> StreamingResponse:
    """A response of (name, data) events. What fails before the first event is raised, and so has a status, unless
    that took longer than ``BEAT``.
    """
    paced = _paced(events)
    first = await anext(paced, None)

    async def body() -> AsyncIterator[str]:
        try:
            yield _event(first)
            async for event in paced:
                yield _event(event)
        except (EvenKeelError, KnowledgeError) as error:
            yield _event(("problem", problem_of(error)))
        except Exception as error:  # the status is sent already: a stream that only breaks off says nothing
            yield _event(("problem", unexpected("events", error)))
        finally:
            await paced.aclose()

    return StreamingResponse(body(), status, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


async def _paced(events: AsyncIterator[Named]) -> AsyncGenerator[Named | None]:
    """The events, and None whenever none came for ``BEAT`` seconds; whoever stops listening stops them."""
    told: asyncio.Queue[Named | Exception | None] = asyncio.Queue()

    async def listen() -> None:
        try:
            async for event in events:
                told.put_nowait(event)
        except Exception as error:  # raised again where somebody listens
            told.put_nowait(error)
        finally:
            told.put_nowait(None)

    listening = asyncio.create_task(listen())
    try:
        while True:
            try:
                event = await asyncio.wait_for(told.get(), BEAT)
            except TimeoutError:
                yield None
                continue
            if event is None:
                return
            if isinstance(event, Exception):
                raise event
            yield event
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


def _event(event: Named | None) -> str:
    return f"event: {event[0]}\ndata: {event[1].model_dump_json()}\n\n" if event else ALIVE
