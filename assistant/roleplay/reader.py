"""Who reads the trainee's turn: one interface, three readers.

    reader = Reader(model, learned)
    reading = await reader.read(text, transcript)

A capable model reads by structured output; without one the learned examples read; until they
are learned, patterns do. The reading says which. Quotes that are not in the text are dropped.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable

from pydantic import BaseModel, Field

from assistant import hidden
from assistant.conversation import Transcript
from assistant.errors import ModelError, ModelNotReady
from assistant.llm import ChatModel, system, user
from assistant.roleplay import patterns
from assistant.roleplay.acts import Act, Reading, codebook
from assistant.roleplay.examples import ExampleReader, word_acts
from prompts import render

LIKELY = 0.1
"""Probability from which the examples bear out a model's reading: on the tuning turns 98% of the labelled helping
acts have it, and of a line that asks the reader for a good mark one act in twenty."""
CROWD = 3
"""Acts that the same words can honestly show."""


class SeenAct(BaseModel):
    """One act as a model reports it."""

    quote: str = Field(description="the exact words of the agent's turn that show the act")
    act: str = Field(description="the act's id")


class SeenActs(BaseModel):
    """A model's reading."""

    acts: list[SeenAct]


class Reader:
    """Reads turns with the best that is there.

    Args:
        model: asked when its endpoint is capable (not the embedded one); None never asks.
        learn: makes the example reader; called once, in a thread, by ``warm_up``.
    """

    def __init__(self, model: ChatModel | None, learn: Callable[[], ExampleReader] | None) -> None:
        self._model = model
        self._learn = learn
        self._learned: ExampleReader | None = None
        self._thread: threading.Thread | None = None
        self.failure = ""

    def warm_up(self, wait: bool = False) -> None:
        """Learn from the examples in a thread; ``wait`` until it is done."""
        if self._learn is not None and self._thread is None:
            self._thread = threading.Thread(target=self._warm, name="acts-reader", daemon=True)
            self._thread.start()
        if wait and self._thread is not None:
            self._thread.join()

    async def read(self, text: str, transcript: Transcript) -> Reading:
        """The acts the turn's own words show. Never raises for a model's sake: the next reader reads."""
        if self._model is not None and not addresses_a_model(text, transcript):
            try:
                if not self._model.endpoint.embedded:
                    return await self._by_model(self._model, text, transcript)
            except ModelNotReady:
                return self.read_alone(text)
            except ModelError as error:
                return self.read_alone(text).model_copy(
                    update={"reader": f"{self.best} (the model could not: {type(error).__name__})"}
                )
        return self.read_alone(text)

    def read_alone(self, text: str) -> Reading:
        """The reading without a model."""
        return self._learned.read(text) if self._learned else patterns.read(text)

    @property
    def best(self) -> str:
        """Who reads when no model does."""
        return "examples" if self._learned else "patterns"

    def _warm(self) -> None:
        assert self._learn is not None
        try:
            self._learned = self._learn()
        except Exception as error:  # a thread must not die unseen: patterns go on reading, and it is said
            self.failure = f"The examples could not be learned ({error}); patterns read instead."

    async def _by_model(self, model: ChatModel, text: str, transcript: Transcript) -> Reading:
        acts = "\n".join(
            f'- {a}: {codebook()[a].means} Yes: "{codebook()[a].yes}" No: "{codebook()[a].no}"' for a in word_acts()
        )
        messages = [
            system(render("read-acts", acts=acts)),
            user(render("read-acts-turn", customer=transcript.last("customer") or "(nothing yet)", agent=text)),
        ]
        answer = await model.parse(messages, SeenActs, max_tokens=700)
        seen: dict[str, str] = {}
        for act in _spread(answer.acts):
            quote = verbatim(act.quote, text)
            if act.act in word_acts() and quote:
                seen.setdefault(act.act, quote)
        acts_seen = tuple(Act(id=a, quote=q) for a, q in seen.items() if self._likely(a, q, text))
        return Reading(acts=acts_seen, reader=model.endpoint.model)

    def _likely(self, act: str, quote: str, text: str) -> bool:
        """Whether a helping act that a model reports is at all likely to those who cannot be talked to.

        The examples must give it ``LIKELY`` in a sentence that the quote touches, or the patterns see it; until
        the examples are learned the model is believed. Harms need no second opinion: nobody asks for them.
        """
        if self._learned is None or codebook()[act].polarity != "helping":
            return True
        touched = [s for s in patterns.sentences(text) if quote in s or s in quote] or [text]
        column = word_acts().index(act)
        sure = self._learned.probabilities(touched)[:, column].max()
        return bool(sure >= LIKELY) or any(act in patterns.hits(s) for s in touched)


def addresses_a_model(text: str, transcript: Transcript) -> bool:
    """Whether a turn speaks, plainly or in code, to whoever reads it: then no model does, for it might obey."""
    if patterns.gibberish(text) or hidden.coded(text, transcript.last("customer")):
        return True
    return any("manipulation" in patterns.hits(s) for s in patterns.sentences(text))


def _spread(acts: list[SeenAct]) -> list[SeenAct]:
    """The acts without those that share their words with more than ``CROWD``: nobody does so much in one breath."""
    crowds = Counter(" ".join(a.quote.split()).lower() for a in acts)
    return [a for a in acts if crowds[" ".join(a.quote.split()).lower()] <= CROWD]


def verbatim(quote: str, text: str) -> str:
    """The words of ``text`` that a quote names, whatever its case, quotes and spaces; empty if none."""
    words = re.findall(r"\w+", quote)
    if not words:
        return ""
    match = re.search(r"\W+".join(map(re.escape, words)), text, re.IGNORECASE)
    return match[0] if match else ""
