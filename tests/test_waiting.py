import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from assistant.errors import LineFull
from assistant.waiting import Waiting, WaitingLine


async def work(name: str, gate: asyncio.Event) -> AsyncGenerator[str]:
    yield f"{name} begins"
    await gate.wait()
    yield f"{name} ends"


async def served(line: WaitingLine, name: str, gate: asyncio.Event, heard: list[object]) -> None:
    async for event in line.through(work(name, gate)):
        heard.append(event)


async def test_who_must_wait_is_told_how_many_are_ahead_and_comes_in_order() -> None:
    line, gates, heard = WaitingLine(1), [asyncio.Event() for _ in range(3)], [[], [], []]
    tasks = []
    for number in range(3):
        tasks.append(asyncio.create_task(served(line, str(number), gates[number], heard[number])))
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    assert heard[1] == [Waiting(1)] and heard[2] == [Waiting(2)] and str(heard[2][0]) == "Busy: 2 ahead of you."
    gates[0].set()
    await asyncio.sleep(0.01)
    assert heard[0][-1] == "0 ends" and heard[1][-1] == "1 begins" and heard[2][-1] == Waiting(1)
    gates[1].set()
    gates[2].set()
    await asyncio.gather(*tasks)
    assert heard[2][-1] == "2 ends" and line.waiting == 0


async def test_who_leaves_the_line_or_fails_gives_the_place_back() -> None:
    line, never = WaitingLine(1), asyncio.Event()
    first = asyncio.create_task(served(line, "first", never, []))
    await asyncio.sleep(0.01)
    gone = asyncio.create_task(served(line, "gone", never, []))
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert line.waiting == 0
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    async with aclosing(line.through(work("next", never))) as events:
        assert await anext(events) == "next begins"
    async with aclosing(line.through(work("after", never))) as events:
        assert await anext(events) == "after begins"


async def test_a_line_that_is_full_turns_away() -> None:
    line, never = WaitingLine(1, longest=1), asyncio.Event()
    tasks = [asyncio.create_task(served(line, str(n), never, [])) for n in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(LineFull, match="1 wait already"):
        await anext(line.through(work("late", never)))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
