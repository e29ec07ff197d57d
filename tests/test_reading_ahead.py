"""The embedded model reads a scene while the trainee writes: once, the newest, and nothing when the room closes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from assistant.errors import ModelNotReady
from assistant.llm import ChatModel, Endpoint
from assistant.roleplay.reader import Reader
from assistant.roleplay.room import PracticeRoom
from assistant.roleplay.scenario import load_scenarios
from assistant.roleplay.voice import Voice
from assistant.store import Store
from tests.scripted import ScriptedServer, Step

SCENARIOS = load_scenarios()
SORRY = "We gave your slot away, and I am sorry."


@asynccontextmanager
async def opened(endpoint: Callable[[], Endpoint]) -> AsyncIterator[PracticeRoom]:
    """A room whose model is at ``endpoint``; any line is near enough to the author's."""
    model, store = ChatModel(endpoint, timeout=5, retries=0), Store("sqlite://")
    yield PracticeRoom(SCENARIOS, Reader(None, None), Voice(model, lambda texts: np.ones((len(texts), 1))), store)
    await model.close()
    store.close()


def small(server: ScriptedServer) -> Endpoint:
    return Endpoint(server.url, "key", "small", embedded=True)


async def say(room: PracticeRoom, practice_id: str) -> None:
    async for _ in room.turn(practice_id, SORRY):
        pass


async def test_a_remote_model_is_not_asked_to_warm_up(server: ScriptedServer) -> None:
    async with opened(lambda: Endpoint(server.url, "key", "scripted")) as room:
        await room.warm(room.start("gym-double-booking").id)
        await asyncio.wait(room._ahead)
    assert server.requests == []


async def test_a_scene_is_read_as_soon_as_the_model_is_ready_and_only_the_newest(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a first start the trainee begins while the model is still fetched: its first answer took 20 seconds."""
    monkeypatch.setattr("assistant.roleplay.voice.READY_EVERY", 0.01)
    ready = False

    def endpoint() -> Endpoint:
        if not ready:
            raise ModelNotReady("still fetched")
        return small(server)

    async with opened(endpoint) as room:
        for scenario in ("gym-double-booking", "late-parcel"):
            await room.warm(room.start(scenario).id)
        await asyncio.sleep(0.1)
        assert server.requests == [] and len(room._ahead) == 1, "the first scene is no longer wanted"
        ready = True
        server.steps.append(Step("x"))
        await asyncio.wait(room._ahead)
    (request,) = server.requests
    assert SCENARIOS["late-parcel"].company in str(request)


@pytest.mark.parametrize(("reading", "by"), [(0.6, "model"), (1.6, "author")])
async def test_a_turn_waits_a_little_for_its_scene_to_be_read_and_never_has_it_read_twice_at_once(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, reading: float, by: str
) -> None:
    """Who wrote at once waited half a minute for the first answer: two requests read the same scene side by side."""
    monkeypatch.setattr("assistant.roleplay.voice.READ_WAIT", 0.8)
    server.steps += [Step("x", delay=reading), Step("You think sorry gets me my hour back?"), Step("x")]
    async with opened(lambda: small(server)) as room:
        practice = room.start("gym-double-booking", seed="1")
        await room.warm(practice.id)
        await asyncio.sleep(0.2)
        turn = asyncio.ensure_future(say(room, practice.id))
        await asyncio.sleep(0.2)
        assert len(server.requests) == 1, "the scene is being read"
        await turn
        (exchange,) = room.get(practice.id).exchanges
        assert exchange.by == by and ("still reading" in exchange.note) == (by == "author")
        await asyncio.wait(room._ahead)


async def test_a_room_that_closes_leaves_nothing_reading(server: ScriptedServer) -> None:
    """A read-ahead was still under way when its event loop closed, and a later test was blamed for it."""
    server.fail(400)  # the line is the author's; then the read-ahead is answered late
    server.steps.append(Step("late", delay=4))
    async with opened(lambda: small(server)) as room:
        await say(room, room.start("gym-double-booking", seed="1").id)
        assert room._ahead
        await room.close()
        assert not room._ahead
