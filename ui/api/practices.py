"""Practices by REST: begin, take turns, be coached, go back, end, read the scorecard."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel

from assistant.roleplay.practice import Practice
from assistant.roleplay.room import Ended, Event, Felt, PracticeRoom, Read, Said
from assistant.waiting import Waiting
from evals.export import Kind, file
from evals.process import CHECKS
from evals.rubric import load_rubric
from evals.scorecard import Scorecard, score
from ui.api import sse
from ui.api.problems import documented
from ui.api.schemas import (
    Back,
    Finish,
    HintShown,
    Line,
    Mood,
    NewPractice,
    PracticeShown,
    PreviewShown,
    ScenarioCard,
    SeenAct,
    Shape,
    TurnShown,
    WaitingEvent,
)
from ui.gate import Owner


class ReadEvent(Shape):
    """``read``: the acts seen in the turn; null in an exam."""

    acts: tuple[SeenAct, ...] | None
    reader: str


class FeltEvent(Shape):
    """``felt``: what it did to the customer; null in an exam."""

    mood: Mood | None


class SaidEvent(Shape):
    """``said``: the customer's line so far; ``final`` when complete and stored."""

    text: str
    by: str
    final: bool


class EndedEvent(Shape):
    """``ended``: how the practice ended."""

    ending: str


EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
        "description": "The turn, whole or as events",
    }
}


FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {}, "text/csv": {}, "application/json": {}}, "description": "The file"}
}


def routes(room: PracticeRoom) -> APIRouter:
    """The routes of a practice room."""
    router = APIRouter(tags=["practices"])
    rubric = load_rubric("process", CHECKS)

    def shown(practice: Practice) -> PracticeShown:
        return PracticeShown.of(practice, room.scenario(practice))

    @router.get("/scenarios")
    def scenarios(_: Owner) -> list[ScenarioCard]:
        """The scenarios there are."""
        return [ScenarioCard.of(s) for s in room.scenarios.values()]

    @router.post("/practices", status_code=201, responses=documented(404, 422))
    def begin(new: NewPractice, owner: Owner, response: Response) -> PracticeShown:
        """Begin a practice."""
        exam = new.mode == "exam"
        practice = room.start(new.scenario, owner, new.seed, exam, new.before, new.difficulty, new.channel)
        response.headers["Location"] = f"/api/v1/practices/{practice.id}"
        return shown(practice)

    @router.get("/practices/{practice_id}", responses=documented(404, 422))
    def read(practice_id: str, owner: Owner) -> PracticeShown:
        """A practice of yours."""
        return shown(room.get(practice_id, owner))

    @router.post(
        "/practices/{practice_id}/turns",
        response_model=TurnShown,
        responses=documented(404, 409, 422, 503) | EVENTS,
    )
    async def turn(practice_id: str, line: Line, owner: Owner, accept: Annotated[str | None, Header()] = None) -> Any:
        """Say a line; with ``Accept: text/event-stream`` as events waiting, read, felt, said (growing), ended."""
        events = room.turn(practice_id, line.text, owner)
        if sse.wants_events(accept):
            return await sse.respond(_told(events))
        async for _ in events:
            pass
        practice = await asyncio.to_thread(room.get, practice_id, owner)
        return TurnShown.of(practice.exchanges[-1], practice.exam and not practice.over)

    @router.post("/practices/{practice_id}/hint", responses=documented(404, 409, 422))
    def hint(practice_id: str, owner: Owner) -> HintShown:
        """What the customer needs now."""
        return HintShown.of(room.hint(practice_id, owner))

    @router.post("/practices/{practice_id}/check", responses=documented(404, 409, 422))
    async def check(practice_id: str, line: Line, owner: Owner) -> PreviewShown:
        """What an unsent line would show and earn."""
        return PreviewShown.of(await room.check(practice_id, line.text, owner))

    @router.post("/practices/{practice_id}/rewind", status_code=201, responses=documented(404, 409, 422))
    def rewind(practice_id: str, back: Back, owner: Owner) -> PracticeShown:
        """A branch of a practice as it stood after some turns; the original stays."""
        return shown(room.rewind(practice_id, back.turn, owner))

    @router.post("/practices/{practice_id}/finish", responses=documented(404, 422))
    def finish(practice_id: str, end: Finish, owner: Owner) -> PracticeShown:
        """End a practice for scoring; harmless if it has ended."""
        return shown(room.finish(practice_id, end.after, owner))

    @router.get("/practices/{practice_id}/scorecard", responses=documented(404, 409, 422))
    def scorecard(practice_id: str, owner: Owner) -> Scorecard:
        """The scorecard of a practice; an exam's waits until its end."""
        practice = room.scored(practice_id, owner)
        return score(practice, room.scenario(practice), rubric)

    @router.get(
        "/practices/{practice_id}/export", response_class=Response, responses=documented(404, 409, 422) | FILES
    )
    def export(practice_id: str, owner: Owner, format: Kind = "json") -> Response:
        """The practice with its scorecard, as a file."""
        practice = room.scored(practice_id, owner)
        scenario = room.scenario(practice)
        made = file(format, practice, score(practice, scenario, rubric), scenario)
        named = {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return Response(made.data, media_type=made.media_type, headers=named)

    return router


async def _told(events: AsyncIterator[Event]) -> AsyncIterator[tuple[str, BaseModel]]:
    hide = True  # until it is known to be no exam
    async for event in events:
        if isinstance(event, Waiting):
            yield "waiting", WaitingEvent(ahead=event.ahead)
        elif isinstance(event, Read):
            hide = event.exam
            acts = None if hide else tuple(map(SeenAct.of, event.reading.acts))
            yield "read", ReadEvent(acts=acts, reader=event.reading.reader)
        elif isinstance(event, Felt):
            yield "felt", FeltEvent(mood=None if hide else Mood.of(event.state))
        elif isinstance(event, Said):
            yield "said", SaidEvent(text=event.spoken.text, by=event.spoken.by, final=event.final)
        elif isinstance(event, Ended):
            yield "ended", EndedEvent(ending=event.ending)
