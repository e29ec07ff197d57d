"""Who reads the trainee's turn: one interface, three readers.

    reader = Reader(model, learned)
    reading = await reader.read(text, transcript)

A capable model reads by structured output; without one the learned examples read; until they
are learned, patterns do. The reading says which. Quotes that are not in the text are dropped.
"""

import asyncio
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable

from pydantic import BaseModel, Field

from assistant import hidden
from assistant.act_words import hits
from assistant.conversation import Transcript
from assistant.errors import (
    AnswerCut,
    AnswerMalformed,
    ContextOverflow,
    EndpointBusy,
    EndpointDown,
    EndpointRefused,
    ModelError,
    ModelNotReady,
)
from assistant.llm import ChatModel
from assistant.message import system, user
from assistant.roleplay import patterns
from assistant.roleplay.acts import Act, Reading, codebook
from assistant.roleplay.examples import ExampleReader
from assistant.roleplay.features import word_acts
from prompts import render

log = logging.getLogger("even-keel")
LIKELY = 0.1
"""Probability from which the examples bear out a model's reading: on the tuning turns 98% of the labelled helping
acts have it, and of four lines that ask the reader for a good mark no act."""
READ_WITHIN = 30.0
"""Seconds for a capable model's reading, its repair among them; then the examples read."""
DOUBTFUL = 2
"""Helping acts of one turn for which a model's word is enough where the examples hold them possible."""
CROWD = 3
"""Acts that the same words can honestly show."""
WHY: dict[type[ModelError], str] = {
    EndpointDown: "nobody answered in time",
    EndpointRefused: "it refused the request",
    EndpointBusy: "it was over its limit",
    AnswerCut: "its answer broke off",
    AnswerMalformed: "its answer was not what was asked for",
    ContextOverflow: "the talk was too long for it",
}
"""Why a model could not read, in a trainee's words; what to do about it is in the error, for who runs the app."""


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

    def warm_up(self, wait: bool = False) -> None:
        """Learn from the examples in a thread; ``wait`` until it is done."""
        if self._learn is not None and self._thread is None:
            self._thread = threading.Thread(target=self._warm, name="acts-reader", daemon=True)
            self._thread.start()
        if wait and self._thread is not None:
            self._thread.join()

    async def read(self, text: str, transcript: Transcript) -> Reading:
        """The acts the turn's own words show. Never raises for a model's sake: the next reader reads.

        Its sentences are judged by the examples while a model is asked, whose word on a suspect turn is not heard.
        """
        seen, _ = await asyncio.gather(self._seen(text, transcript), self._judged(text))
        if self._model is not None and isinstance(seen, dict) and not self._suspects(text):
            return Reading(acts=await self._borne_out(seen, text), reader=self._model.endpoint.model)
        alone = self.read_alone(text, transcript.last("customer"))
        if isinstance(seen, ModelError) and not isinstance(seen, ModelNotReady):
            why = WHY.get(type(seen), "it failed")
            return alone.model_copy(update={"reader": f"{self.best} (the model could not: {why})"})
        return alone

    async def _judged(self, text: str) -> None:
        if self._learned is not None and not patterns.gibberish(text):
            await self._learned.ahead(patterns.sentences(text) or [text])

    def read_alone(self, text: str, known: str = "") -> Reading:
        """The reading without a model: of the language in the text, so that what is none hides no harm beside it."""
        plain, codes = apart(text, known)
        reading = Reading(reader=self.best)
        if plain:
            reading = self._learned.read(plain) if self._learned else patterns.read(plain)
        if not codes:
            return reading
        others = tuple(a for a in reading.acts if a.id != "manipulation")
        return reading.model_copy(update={"acts": (*others, Act(id="manipulation", quote=codes[0][:120]))})

    @property
    def best(self) -> str:
        """Who reads when no model does."""
        return "examples" if self._learned else "patterns"

    def _warm(self) -> None:
        assert self._learn is not None
        try:
            self._learned = self._learn()
        except Exception as error:  # a thread must not die unseen: patterns go on reading, and it is logged
            log.error("the examples could not be learned (%s): patterns read turns instead", error)

    async def _seen(self, text: str, transcript: Transcript) -> dict[str, str] | ModelError | None:
        """Act → quote as a capable model reports them; what it failed with; None where none is asked."""
        if self._model is None or addresses_a_model(text, transcript):
            return None
        acts = "\n".join(
            f'- {a}: {codebook()[a].means} Yes: "{codebook()[a].yes}" No: "{codebook()[a].no}"' for a in word_acts()
        )
        messages = [
            system(render("read-acts", acts=acts)),
            user(render("read-acts-turn", customer=transcript.last("customer") or "(nothing yet)", agent=text)),
        ]
        try:
            if self._model.endpoint.embedded:
                return None
            async with asyncio.timeout(READ_WITHIN):
                answer = await self._model.parse(messages, SeenActs, max_tokens=700)
        except TimeoutError:
            return EndpointDown(f"The model was not done reading in {READ_WITHIN:.0f} s.")
        except ModelError as error:
            return error
        seen: dict[str, str] = {}
        for act in _spread(answer.acts):
            quote = verbatim(act.quote, text)
            if act.act in word_acts() and quote:
                seen.setdefault(act.act, quote)
        return seen

    def _suspects(self, text: str) -> bool:
        """Whether the examples find it at all likely that a sentence speaks to whoever reads it."""
        if self._learned is None:
            return False
        found = self._learned.probabilities(patterns.sentences(text) or [text])
        return bool(found[:, word_acts().index("manipulation")].max() >= LIKELY)

    async def _borne_out(self, seen: dict[str, str], text: str) -> tuple[Act, ...]:
        """The acts a model reports that those who cannot be talked to do not rule out.

        A helping act counts where the examples or the patterns see it too. Where they only hold it possible
        (``LIKELY`` in the quoted words and in a sentence that they touch) the model is believed, for the ``DOUBTFUL``
        likeliest of a turn: honest words seldom show more, and words that ask for marks show all there are. Until
        the examples are learned the model is believed. Harms need no second opinion: nobody asks for them.
        """
        if self._learned is None:
            return tuple(Act(id=a, quote=q) for a, q in seen.items())
        alone = {a.id for a in self._learned.read(text).acts}  # a model is asked of language only
        unseen = {a: q for a, q in seen.items() if codebook()[a].polarity == "helping" and a not in alone}
        await self._learned.ahead(unseen.values())
        doubtful = {a: self._likelihood(a, q, text) for a, q in unseen.items()}
        likeliest = sorted(doubtful, key=lambda a: -doubtful[a])[:DOUBTFUL]
        return tuple(
            Act(id=a, quote=q)
            for a, q in seen.items()
            if a not in doubtful or (a in likeliest and doubtful[a] >= LIKELY)
        )

    def _likelihood(self, act: str, quote: str, text: str) -> float:
        """How likely the examples find an act in the quoted words and around them; 1 if the patterns see it."""
        assert self._learned is not None
        touched = [s for s in patterns.sentences(text) if quote in s or s in quote] or [text]
        if any(act in hits(s) for s in touched):
            return 1.0
        found = self._learned.probabilities([quote, *touched])[:, word_acts().index(act)]
        return float(min(found[0], found[1:].max()))


def addresses_a_model(text: str, transcript: Transcript) -> bool:
    """Whether a turn speaks, plainly or in code, to whoever reads it: then no model does, for it might obey."""
    known = transcript.last("customer")
    if patterns.gibberish(text) or apart(text, known)[1] or hidden.coded(text, known):
        return True
    return any("manipulation" in hits(s) for s in patterns.sentences(text))


def apart(text: str, known: str = "") -> tuple[str, list[str]]:
    """A text's language, and the sentences of it that are none: coded, scrambled, piled up, one endless run.

    What stands in ``known``, such as a reference the customer gave, is no code.
    """
    plain: list[str] = []
    codes: list[str] = []
    for sentence in patterns.sentences(text) or [text]:
        coded = (
            patterns.endless(sentence)
            or hidden.scrambled(sentence)
            or hidden.coded(sentence, known)
            or patterns.keywords_only(sentence)
        )
        (codes if coded else plain).append(sentence)
    return (" ".join(plain) if codes else text), codes


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
