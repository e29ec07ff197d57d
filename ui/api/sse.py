"""Server-sent events: ``event: said`` and ``data: {…}``, ended by ``event: problem`` if it fails midway."""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from assistant.errors import EvenKeelError
from knowledge import KnowledgeError
from ui.api.problems import problem_of, unexpected

MEDIA_TYPE = "text/event-stream"


def wants_events(accept: str | None) -> bool:
    """Whether a client asked for events instead of one JSON answer."""
    return MEDIA_TYPE in (accept or "")


async def respond(events: AsyncIterator[tuple[str, BaseModel]], status: int = 200) -> StreamingResponse:
    """A response of (name, data) events. What fails before the first event is raised, and so has a status."""
    first = await anext(events, None)

    async def body() -> AsyncIterator[str]:
        try:
            if first is not None:
                yield _event(*first)
            async for name, data in events:
                yield _event(name, data)
        except (EvenKeelError, KnowledgeError) as error:
            yield _event("problem", problem_of(error))
        except Exception as error:  # the status is sent already: a stream that only breaks off says nothing
            yield _event("problem", unexpected("events", error))

    return StreamingResponse(body(), status, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _event(name: str, data: BaseModel) -> str:
    return f"event: {name}\ndata: {data.model_dump_json()}\n\n"
