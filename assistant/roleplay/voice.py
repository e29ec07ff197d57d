"""The voice: says the customer's move, and is not believed until it passed the guards.

    async for spoken in voice.say(cue): ...     # Spoken(text="I want my session.", by="model", …)

A capable model gets a chat with a stage direction. The embedded one continues a screenplay (it
flips into a helper in a chat): several short samples, of which the one closest to the author's
lines that passes the guards is said. Where nothing passes, the author's own line is said, and
the record shows it. Knows nothing of scores.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from os.path import commonprefix
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assistant.errors import ModelError, ModelNotReady
from assistant.llm import ChatModel
from assistant.local_model import SAMPLES
from assistant.roleplay.guards import fault
from assistant.roleplay.likeness import NEAR, alike
from assistant.roleplay.patterns import sentences
from assistant.roleplay.scenario import Move
from assistant.roleplay.script import Cue, author_lines, chat, lines_left, screenplay, tidy

Embed = Callable[[list[str]], NDArray[np.float32]]
TRIES = 3
"""Lines that a capable model may offer for one move."""
AGAIN_WITHIN = 2.5
"""Seconds within which the embedded model's samples must have come for it to be asked again."""
READY_EVERY, READY_TRIES = 1.0, 900
"""Seconds between two looks at whether the embedded model is ready to read a scene, and how often at most."""
READ_WAIT = 5.0
"""Seconds that a turn waits for its scene to be read; a first scene takes 20 on two cores, and who writes slowly
finds it read."""
SPOKEN_WITHIN = 45.0
"""Seconds for a capable model's line, all tries together: a slow server that keeps talking would hold a turn for
minutes."""
SAME_SCENE = 0.8
"""The share of a scene that a script begins with if it goes on from there."""


class Spoken(BaseModel):
    """A line and where it came from. ``by``: ``model`` or ``author``; ``rejected`` says why samples fell."""

    model_config = ConfigDict(frozen=True)

    text: str
    by: Literal["model", "author"]
    model: str = ""
    rejected: tuple[str, ...] = ()
    note: str = ""


class Voice:
    """Says moves through ``model``; ``embed`` measures closeness to the author's lines."""

    def __init__(self, model: ChatModel | None, embed: Embed) -> None:
        self._model = model
        self._embed = embed
        self._next: Cue | None = None
        self._reading: dict[str, asyncio.Event] = {}

    async def say(self, cue: Cue) -> AsyncIterator[Spoken]:
        """The line, growing by whole sentences that passed the guards; the last one is complete."""
        spoken = await self._line(cue)
        whole = ""
        for sentence in sentences(spoken.text) or [spoken.text]:
            whole = f"{whole} {sentence}".strip()
            if whole != spoken.text:
                yield spoken.model_copy(update={"text": whole})
        yield spoken

    async def warm(self, cue: Cue) -> None:
        """Let the embedded model read the scene up to the agent's next turn; then its answer comes sooner.

        A model that is still fetched or loaded reads when it is ready, if no other scene came meanwhile.
        """
        self._next = cue
        for _ in range(READY_TRIES):
            try:
                if self._model is not None and self._model.endpoint.embedded:
                    await self._read(screenplay(cue).rpartition("\n")[0] + "\n", self._model)
                return
            except ModelNotReady:
                await asyncio.sleep(READY_EVERY)
                if self._next is not cue:
                    return
            except ModelError:
                return  # the first line will say what is wrong

    async def _read(self, scene: str, model: ChatModel) -> None:
        done = self._reading.setdefault(scene, asyncio.Event())
        try:
            await model.continue_text(scene, samples=SAMPLES, max_tokens=1, temperature=0.7, stop=["\n"])
        finally:
            self._reading.pop(scene, None)
            done.set()

    async def _as_read(self, script: str) -> bool:
        """Whether no scene that the script goes on from is still being read after ``READ_WAIT``.

        It is not asked for beside that: the model would read the same twice at once, each half as fast.
        """
        for scene, done in list(self._reading.items()):
            if len(commonprefix([scene, script])) >= SAME_SCENE * len(scene):
                try:
                    await asyncio.wait_for(done.wait(), READ_WAIT)
                except TimeoutError:
                    return False
        return True

    async def _line(self, cue: Cue) -> Spoken:
        if self._model is None:
            return author_line(cue, note="no model")
        try:
            embedded = self._model.endpoint.embedded
            if embedded:
                return await self._continued(cue)
            async with asyncio.timeout(SPOKEN_WITHIN):
                return await self._chatted(cue, self._model)
        except TimeoutError:
            return author_line(cue, note=f"the model was not done in {SPOKEN_WITHIN:.0f} s")
        except ModelNotReady as error:
            return author_line(cue, note=str(error))
        except ModelError as error:
            return author_line(cue, note=f"the model could not: {error}")

    async def _continued(self, cue: Cue) -> Spoken:
        """The best of several samples; of as many again where none passes and there is time; or the author's line."""
        assert self._model is not None
        rejected: list[str] = []
        script = screenplay(cue)
        if not await self._as_read(script):
            return author_line(cue, note="the embedded model is still reading the scene")
        began = asyncio.get_running_loop().time()
        for again in (False, True):
            if again and asyncio.get_running_loop().time() - began > AGAIN_WITHIN:
                break
            samples = await self._model.continue_text(
                script, samples=SAMPLES, max_tokens=56, temperature=0.8, stop=["\n"]
            )
            lines = list(dict.fromkeys(tidy(s, cue) for s in samples))
            faults = [fault(line, cue) for line in lines]
            fit = [line for line, why in zip(lines, faults, strict=True) if not why]
            best = self._closest(fit, cue) if fit else ""
            rejected += filter(None, faults)
            if best:
                return Spoken(text=best, by="model", model=self._model.endpoint.model, rejected=tuple(rejected))
            if fit:
                rejected.append("none close enough to the author's lines")
        return author_line(cue, rejected=rejected)

    async def _chatted(self, cue: Cue, model: ChatModel) -> Spoken:
        """A capable model: one line a try, each guarded whole."""
        rejected: list[str] = []
        for _ in range(TRIES):
            pieces = [p async for p in model.stream(chat(cue, rejected), max_tokens=120, temperature=0.8)]
            line = tidy("".join(pieces), cue)
            why = fault(line, cue)
            if not why:
                return Spoken(text=line, by="model", model=model.endpoint.model, rejected=tuple(rejected))
            rejected.append(why)
        return author_line(cue, rejected=rejected, note=f"no line of the model fitted: {rejected[-1]}")

    def _closest(self, lines: list[str], cue: Cue) -> str:
        """The line nearest in meaning to what the author wrote for this move; empty if none is near."""
        wanted = author_lines(cue)
        vectors = self._embed([*lines, *wanted])
        scores = (vectors[: len(lines)] @ vectors[len(lines) :].T).max(axis=1)
        best = int(scores.argmax())
        return lines[best] if scores[best] >= CLOSE_ENOUGH else ""


CLOSE_ENOUGH = 0.38
"""Cosine to the nearest author's line from which a generated line is said."""


def author_line(cue: Cue, rejected: Sequence[str] = (), note: str = "") -> Spoken:
    """An author's line that was not said before; nearest band first, drawn by the seed."""
    lines = author_lines(cue)
    said = cue.transcript.by("customer")
    fresh = [line for line in lines if not any(alike(line, s, NEAR) for s in said)]
    if not fresh and not cue.fact:
        spare: list[Move] = ["redemand", "vent", "question", "test"]
        lines = [x for move in spare for x in lines_left(move, cue)]
        fresh = [line for line in lines if not any(alike(line, s, NEAR) for s in said)]
    pool = fresh or lines
    here = [x for x in pool if x in cue.scenario.lines.get(cue.move, {}).get(cue.band, ())] or pool[:2]
    dice = random.Random(f"{cue.seed}/line/{len(cue.transcript.turns)}")
    return Spoken(text=dice.choice(here), by="author", rejected=tuple(rejected), note=note)
