"""Who reads the trainee's turn: one interface, three readers.

    reader = Reader(model, learned)
    reading = await reader.read(text, transcript)

A capable model reads by structured output; without one the learned examples read; until they
are learned, patterns do. The reading says which. Quotes that are not in the text are dropped.
"""

import re
import threading
from collections.abc import Callable

from pydantic import BaseModel, Field

from assistant.conversation import Transcript
from assistant.errors import ModelError, ModelNotReady
from assistant.llm import ChatModel, system, user
from assistant.roleplay import patterns
from assistant.roleplay.acts import Act, Reading, codebook
from assistant.roleplay.examples import ExampleReader, word_acts
from prompts import render


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
        if self._model is not None and not patterns.gibberish(text):
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
        for act in answer.acts:
            quote = verbatim(act.quote, text)
            if act.act in word_acts() and quote:
                seen.setdefault(act.act, quote)
        return Reading(acts=tuple(Act(id=a, quote=q) for a, q in seen.items()), reader=model.endpoint.model)


def verbatim(quote: str, text: str) -> str:
    """The words of ``text`` that a quote names, whatever its case, quotes and spaces; empty if none."""
    words = re.findall(r"\w+", quote)
    if not words:
        return ""
    match = re.search(r"\W+".join(map(re.escape, words)), text, re.IGNORECASE)
    return match[0] if match else ""
