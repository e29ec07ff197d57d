"""The practice room: runs practices with a reader, a voice and a store.

    async for event in room.turn(practice_id, "We double-booked you. I'm sorry.", owner):
        ...     # (Waiting →) Read → Felt → Said (growing) → Said (final) → Ended?

A turn is stored before the customer answers, so that a crash loses nothing typed; a stored
turn without a line is answered when the practice is opened again.
"""

import asyncio
import weakref
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from assistant.conversation import Transcript, clean
from assistant.errors import InputError, NotFound, PracticeMoved, PracticeOver, UnknownScenario
from assistant.language import foreign
from assistant.roleplay.acts import Reading
from assistant.roleplay.coach import Hint, Preview, check, hint
from assistant.roleplay.effects import Effect
from assistant.roleplay.levels import Level, at_level
from assistant.roleplay.practice import Exchange, Practice
from assistant.roleplay.reader import Reader
from assistant.roleplay.scenario import Channel, Scenario, pick
from assistant.roleplay.state import Ending, State
from assistant.roleplay.voice import Spoken, Voice
from assistant.store import LOCAL_OWNER, Kept, Store
from assistant.waiting import Waiting, WaitingLine


@dataclass(frozen=True, slots=True)
class Read:
    """The turn was read; in an exam the trainee sees how only at its end."""

    reading: Reading
    exam: bool = False


@dataclass(frozen=True, slots=True)
class Felt:
    """The customer's state after it, with reasons."""

    effects: tuple[Effect, ...]
    state: State


@dataclass(frozen=True, slots=True)
class Said:
    """The customer's line so far; ``final`` when complete and stored."""

    spoken: Spoken
    final: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The practice is over."""

    ending: Ending


Event = Waiting | Read | Felt | Said | Ended


TRIES = 3
"""How often a turn is taken again where another process took one of the same practice first."""
MOST_FELT = 2000
"""Characters of how somebody says that they feel."""
LEAVE_OFF = 0.5
"""Seconds that reading ahead has to come to an end by itself: a connection half made is not torn up cleanly."""


class PracticeRoom:
    """Starts, continues and rewinds practices; each belongs to an owner. ``line`` is where turns wait."""

    def __init__(
        self,
        scenarios: dict[str, Scenario],
        reader: Reader,
        voice: Voice,
        store: Store,
        line: WaitingLine | None = None,
    ) -> None:
        self.scenarios = scenarios
        self._line = line or WaitingLine(1000)
        self._reader = reader
        self._voice = voice
        self._store = store
        self._ahead: set[asyncio.Future[None]] = set()
        self._turns: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    def offer(self, scenarios: dict[str, Scenario]) -> None:
        """Have other scenarios from now on; practices that are under way go on with theirs as it is now."""
        self.scenarios = scenarios

    def start(
        self,
        scenario_id: str,
        owner: str = LOCAL_OWNER,
        seed: str = "",
        exam: bool = False,
        before: str = "",
        level: Level = "as written",
        channel: Channel | Literal[""] = "",
    ) -> Practice:
        """A new practice.

        Args:
            exam: whether coaching is hidden until its end.
            before: how the trainee feels, in their own words.
            level: how hard it is.
            channel: where it takes place; "" where the author put it.

        Raises:
            UnknownScenario: no scenario has that id.
        """
        practice = Practice.begin(pick(self.scenarios, scenario_id), seed, exam, before[:MOST_FELT], level, channel)
        self._store.save_practice(practice, owner)
        return practice

    def get(self, practice_id: str, owner: str = LOCAL_OWNER) -> Practice:
        """A stored practice.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        return self._store.practice(practice_id, owner)

    def left(self, practice: Practice, owner: str = LOCAL_OWNER) -> Practice | None:
        """The branch that a practice left; None if it left none, or that was deleted."""
        with suppress(NotFound):
            return self.get(practice.parent, owner) if practice.parent else None
        return None

    def later(self, practice: Practice, owner: str = LOCAL_OWNER) -> Practice | None:
        """The branch that left a practice last; None if none did."""
        branch = self._store.newest_branch(practice.id, owner)
        return self.get(branch, owner) if branch else None

    def scenario(self, practice: Practice) -> Scenario:
        """The practice's scenario, at its level and on its channel.

        Raises:
            UnknownScenario: it was deleted since, or its author gave it other facts.
        """
        scenario = pick(self.scenarios, practice.scenario)
        if not practice.plays(scenario):
            raise UnknownScenario(
                f"The scenario '{scenario.id}' has been changed since: its facts are others. Start a new practice."
            )
        return at_level(scenario, practice.level, practice.channel)

    def rewind(self, practice_id: str, turn: int, owner: str = LOCAL_OWNER) -> Practice:
        """A branch of a practice as it stood after ``turn`` turns; the original stays.

        Raises:
            InputError: there is no such turn.
            PracticeOver: it is an exam that goes on.
        """
        practice = self.get(practice_id, owner)
        if not 0 <= turn <= (there := len(practice.exchanges)):
            raise InputError(f"There is no turn {turn} to go back to: this practice has {there} so far.")
        if practice.exam and not practice.over:
            raise PracticeOver("This is an exam: no turn is taken back until its end.")
        branch = practice.rewind(turn)
        self._store.save_practice(branch, owner)
        return branch

    async def warm(self, practice_id: str, owner: str = LOCAL_OWNER) -> None:
        """Have the voice read the scene so far while the trainee still thinks."""
        practice = self.get(practice_id, owner)
        self._read_ahead(practice, self.scenario(practice))

    def finish(self, practice_id: str, after: str | None = None, owner: str = LOCAL_OWNER) -> Practice:
        """End a practice for scoring; harmless if it has ended.

        Args:
            after: how the trainee feels now; None leaves what was written before, an empty text takes it away.
        """
        practice = self.get(practice_id, owner)
        felt = practice.after if after is None else after[:MOST_FELT]
        closed = practice.model_copy(update={"closed": True, "after": felt})
        self._store.update_practice(closed, owner)
        return closed

    def scored(self, practice_id: str, owner: str = LOCAL_OWNER) -> Practice:
        """A practice whose scorecard may be read.

        Raises:
            PracticeOver: it is an exam that goes on.
        """
        practice = self.get(practice_id, owner)
        if practice.exam and not practice.over:
            raise PracticeOver("This is an exam: its scorecard waits until its end. Finish it first.")
        return practice

    def hint(self, practice_id: str, owner: str = LOCAL_OWNER) -> Hint:
        """What the customer needs now.

        Raises:
            PracticeOver: it has ended, or is an exam.
        """
        practice = self._coached(practice_id, owner)
        return hint(practice, self.scenario(practice))

    async def check(self, practice_id: str, text: object, owner: str = LOCAL_OWNER) -> Preview:
        """What an unsent line would show and earn; nothing is stored or spent.

        Raises:
            InputError: the text is empty, too long or not English.
            PracticeOver: the practice has ended, or is an exam.
        """
        practice = self._coached(practice_id, owner)
        said = understood(text)
        words = await self._reader.read(said, practice.transcript)
        return check(practice, self.scenario(practice), said, words)

    def history(self, owner: str = LOCAL_OWNER) -> list[tuple[datetime, Practice]]:
        """This owner's practices, newest first."""
        return self._store.practices(owner)

    def kept(self, owner: str = LOCAL_OWNER) -> Kept:
        """How much is kept of this owner."""
        return self._store.kept(owner)

    def forget(self, owner: str = LOCAL_OWNER) -> Kept:
        """Delete all that is kept of this owner for good, drafts too; gives how much it was."""
        return self._store.delete_everything(owner)

    async def read(self, text: str, transcript: Transcript) -> Reading:
        """Read words as a turn would be read."""
        return await self._reader.read(text, transcript)

    def _coached(self, practice_id: str, owner: str) -> Practice:
        practice = self.get(practice_id, owner)
        if practice.exam:
            raise PracticeOver("This is an exam: coaching waits until its end.")
        practice.check_open()
        return practice

    async def turn(self, practice_id: str, text: object, owner: str = LOCAL_OWNER) -> AsyncGenerator[Event]:
        """Take the trainee's turn and let the customer answer.

        Raises:
            InputError: the text is empty, too long, not English or no text; nothing was changed.
            PracticeOver: the practice has ended.
            PracticeMoved: it goes on elsewhere faster than this turn could be taken.
            NotFound: no such practice of this owner.
            StoreFailed: nothing can be stored now; what was typed was not taken.
            LineFull: too many wait already.
        """
        said = understood(text)
        async with self._turns.setdefault(practice_id, asyncio.Lock()):
            async with aclosing(self._line.through(self._take(practice_id, said, owner))) as events:
                async for event in events:
                    yield event

    async def answered(self, practice_id: str, owner: str = LOCAL_OWNER) -> Practice:
        """A stored practice whose last turn has its answer: one that is being said is waited for, a lost one given.

        Raises:
            NotFound: no such practice of this owner.
        """
        async with self._turns.setdefault(practice_id, asyncio.Lock()):
            return await self._whole(await asyncio.to_thread(self.get, practice_id, owner))

    async def _take(self, practice_id: str, said: str, owner: str) -> AsyncGenerator[Event]:
        practice, scenario, exchange = await self._taken(practice_id, said, owner)
        yield Read(exchange.reading, practice.exam)
        yield Felt(exchange.effects, exchange.state)
        last: Spoken | None = None
        async for spoken in self._voice.say(practice.cue(scenario, exchange)):
            if last is not None:
                yield Said(last, final=False)
            last = spoken
        assert last is not None
        whole = exchange.spoken(last)
        stored = await asyncio.to_thread(self._store.answer_exchange, practice.id, exchange, whole)
        yield Said(stored.as_spoken, final=True)
        if exchange.state.ending:
            yield Ended(exchange.state.ending)
        else:
            self._read_ahead(practice.with_exchange(stored), scenario)

    async def _taken(self, practice_id: str, said: str, owner: str) -> tuple[Practice, Scenario, Exchange]:
        """The practice before the turn, its scenario, and the turn: read and stored, not answered yet."""
        for again in reversed(range(TRIES)):
            practice = await asyncio.to_thread(self.get, practice_id, owner)
            scenario = self.scenario(practice)
            practice = await self._whole(practice)
            practice.check_open()  # before a model is asked to read the turn
            words = await self._reader.read(said, practice.transcript)
            exchange = practice.respond(scenario, said, words)
            try:
                await asyncio.to_thread(self._store.add_exchange, practice.id, exchange)
                break
            except PracticeMoved:  # another process took a turn meanwhile: this one comes after it
                if not again:
                    raise
        return practice, scenario, exchange

    async def close(self) -> None:
        """Leave off reading ahead; harmless if nothing is read."""
        if not self._ahead:
            return
        _, reading = await asyncio.wait(self._ahead, timeout=LEAVE_OFF)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    def _read_ahead(self, practice: Practice, scenario: Scenario) -> None:
        """Let the voice read what was said while the trainee writes, so that the next answer comes sooner."""
        task = asyncio.ensure_future(self._voice.warm(practice.ahead(scenario)))
        self._ahead.add(task)
        task.add_done_callback(self._ahead.discard)

    async def _whole(self, practice: Practice) -> Practice:
        """Give the last turn its answer if a crash or a closed page took it."""
        if not practice.exchanges or practice.exchanges[-1].line:
            return practice
        scenario = self.scenario(practice)
        lost: Exchange = practice.exchanges[-1]
        before = practice.model_copy(update={"exchanges": practice.exchanges[:-1]})
        spoken = [s async for s in self._voice.say(before.cue(scenario, lost))][-1]
        stored = await asyncio.to_thread(self._store.answer_exchange, practice.id, lost, lost.spoken(spoken))
        return practice.with_exchange(stored)


def understood(text: object) -> str:
    """A turn that the customer understands: what was learned of turns, and every scenario, is English.

    Raises:
        InputError: it is no text, is empty, too long, or in another language.
    """
    said = clean(text)
    spoken = foreign(said)
    if spoken:
        raise InputError(f"This looks like {spoken}, and the customer speaks English only. Say it in English.")
    return said
