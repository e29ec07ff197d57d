"""A waiting line: so many are served at once, the others wait in order and are told how many are ahead.

    async for event in line.through(work): ...      # Waiting(3), Waiting(2), Waiting(1), then what work gives

One for a process, shared by turns and drafts: what keeps a model busy for long.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from assistant.errors import LineFull

Given = TypeVar("Given")

LONGEST = 1000
"""So many may wait; one more is turned away."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Busy: ``ahead`` must be done before it goes on."""

    ahead: int

    def __str__(self) -> str:
        return f"Busy: {self.ahead} ahead of you."


class WaitingLine:
    """``places`` are served at once; ``longest`` may wait."""

    def __init__(self, places: int, longest: int = LONGEST) -> None:
        self._free = places
        self._longest = longest
        self._waiting: deque[asyncio.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def through(self, work: AsyncGenerator[Given]) -> AsyncGenerator[Given | Waiting]:
        """Wait for a place, then do ``work`` in it; gives how many are ahead, at once and whenever that changes.

        Raises:
            LineFull: too many wait already.
        """
        async with aclosing(work):
            async with aclosing(self._place()) as place:
                async for ahead in place:
                    yield Waiting(ahead)
            try:
                async for event in work:
                    yield event
            finally:
                self._free += 1
                self._tell()

    async def _place(self) -> AsyncGenerator[int]:
        """Take a place; gives how many are ahead until there is one."""
        if self._free and not self._waiting:
            self._free -= 1
            return
        if len(self._waiting) >= self._longest:
            raise LineFull(f"Busy: {len(self._waiting)} wait already. Try again in a minute.")
        moved = asyncio.Event()
        self._waiting.append(moved)
        try:
            while ahead := self._ahead(moved):
                yield ahead
                await moved.wait()
                moved.clear()
            self._free -= 1
        finally:
            self._waiting.remove(moved)
            self._tell()

    def _ahead(self, who: asyncio.Event) -> int:
        """How many must leave before ``who`` is served; 0 if there is a place now."""
        return max(0, self._waiting.index(who) + 1 - self._free)

    def _tell(self) -> None:
        for waiting in self._waiting:
            waiting.set()
