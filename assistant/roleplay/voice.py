"""The voice: says the customer's move, and is not believed until it passed the guards.

    async for spoken in voice.say(cue): ...     # Spoken(text="I want my session.", by="model", …)

A capable model gets a chat with a stage direction. The embedded one continues a screenplay (it
flips into a helper in a chat): several short samples, of which the one closest to the author's
lines that passes the guards is said. Where nothing passes, the author's own line is said, and
the record shows it. Knows nothing of scores.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assistant.conversation import Transcript, Turn
from assistant.errors import ModelError, ModelNotReady
from assistant.llm import ChatModel
from assistant.local_model import SAMPLES
from assistant.message import Message, assistant, system, user
from assistant.roleplay.context import alike
from assistant.roleplay.guards import fault
from assistant.roleplay.patterns import sentences
from assistant.roleplay.scenario import Band, Fact, Move, Scenario
from prompts import render

Embed = Callable[[list[str]], NDArray[np.float32]]
TRIES = 3
"""Lines that a capable model may offer for one move."""
AGAIN_WITHIN = 2.5
"""Seconds within which the embedded model's samples must have come for it to be asked again."""
RECENT_TURNS, BLOCK = 6, 4
"""Turns that the screenplay shows at least; older ones leave it ``BLOCK`` at a time, so that the
model can keep what it has read: all but the last turn is a prefix shared with the turn before."""
BEATS: tuple[tuple[Move, Band], ...] = (
    ("vent", "furious"),
    ("redemand", "furious"),
    ("test", "angry"),
    ("bait", "angry"),
    ("question", "angry"),
    ("vent", "annoyed"),
    ("question", "annoyed"),
    ("soften", "annoyed"),
    ("accept", "annoyed"),
    ("redemand", "calm"),
)
"""Beats of which the author's first line opens every screenplay, so that the register is heard."""
DOES: dict[Move, str] = {
    "vent": "lets the anger out about what happened",
    "redemand": "says again what must be done",
    "test": "doubts that the agent means it",
    "bait": "provokes the agent",
    "reveal": "lets out something held back so far",
    "question": "does not trust the offer and asks about it",
    "answer": "answers the agent's question",
    "soften": "gives a little ground",
    "accept": "accepts, without gushing",
    "threaten": "threatens to go to the manager or to leave",
    "leave": "has had enough and ends the talk",
}
PLACES = {
    "in person": "face to face",
    "phone": "on the telephone",
    "chat": "in a support chat, typed",
    "e-mail": "by e-mail",
}


class Cue(BaseModel):
    """What is to be said: the move, the mood, what may be known, what was said."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    scenario: Scenario
    move: Move
    band: Band
    fact: str = ""
    circling: bool = False
    told: tuple[str, ...] = ()
    transcript: Transcript
    moves: tuple[tuple[Band, Move], ...] = ()
    seed: str = "0"


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
        """Let the embedded model read the scene up to the agent's next turn; then its answer comes sooner."""
        try:
            if self._model is not None and self._model.endpoint.embedded:
                head = screenplay(cue).rpartition("\n")[0] + "\n"
                await self._model.continue_text(head, samples=SAMPLES, max_tokens=1, temperature=0.7, stop=["\n"])
        except ModelError:
            return  # the first line will say what is wrong

    async def _line(self, cue: Cue) -> Spoken:
        if self._model is None:
            return author_line(cue, note="no model")
        try:
            embedded = self._model.endpoint.embedded
            return await (self._continued(cue) if embedded else self._chatted(cue, self._model))
        except ModelNotReady as error:
            return author_line(cue, note=str(error))
        except ModelError as error:
            return author_line(cue, note=f"the model could not: {error}")

    async def _continued(self, cue: Cue) -> Spoken:
        """The best of several samples; of as many again where none passes and there is time; or the author's line."""
        assert self._model is not None
        rejected: list[str] = []
        began = asyncio.get_running_loop().time()
        for again in (False, True):
            if again and asyncio.get_running_loop().time() - began > AGAIN_WITHIN:
                break
            samples = await self._model.continue_text(
                screenplay(cue), samples=SAMPLES, max_tokens=56, temperature=0.8, stop=["\n"]
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
        return author_line(cue, rejected=rejected)

    def _closest(self, lines: list[str], cue: Cue) -> str:
        """The line nearest in meaning to what the author wrote for this move; empty if none is near."""
        wanted = author_lines(cue)
        vectors = self._embed([*lines, *wanted])
        scores = (vectors[: len(lines)] @ vectors[len(lines) :].T).max(axis=1)
        best = int(scores.argmax())
        return lines[best] if scores[best] >= CLOSE_ENOUGH else ""


CLOSE_ENOUGH = 0.38
"""Cosine to the nearest author's line from which a generated line is said."""


def author_lines(cue: Cue) -> list[str]:
    """What the author wrote for this move, this band's lines first."""
    if cue.fact:
        fact = cue.scenario.fact(cue.fact)
        return [fact.approach if cue.circling else fact.reveal]
    return list(cue.scenario.lines_for(cue.move, cue.band))


def author_line(cue: Cue, rejected: Sequence[str] = (), note: str = "") -> Spoken:
    """An author's line that was not said before; nearest band first, drawn by the seed."""
    lines = author_lines(cue)
    said = cue.transcript.by("customer")
    fresh = [line for line in lines if not any(alike(line, s, 0.85) for s in said)]
    if not fresh and not cue.fact:
        spare: list[Move] = ["redemand", "vent", "question", "test"]
        lines = [x for move in spare for x in cue.scenario.lines_for(move, cue.band)]
        fresh = [line for line in lines if not any(alike(line, s, 0.85) for s in said)]
    pool = fresh or lines
    here = [x for x in pool if x in cue.scenario.lines.get(cue.move, {}).get(cue.band, ())] or pool[:2]
    dice = random.Random(f"{cue.seed}/line/{len(cue.transcript.turns)}")
    return Spoken(text=dice.choice(here), by="author", rejected=tuple(rejected), note=note)


def screenplay(cue: Cue) -> str:
    """The script for a model that continues text: a fixed head, then the scene so far."""
    scenario = cue.scenario
    name = scenario.persona.name.upper()
    turns = _window(cue.transcript)
    moods = list(cue.moves)[-sum(t.speaker == "customer" for t in turns) :] if turns else []
    script = []
    for turn in turns:
        if turn.speaker == "agent":
            script.append(f"AGENT: {_flat(turn.text)[:400]}")
        else:
            band, move = moods.pop(0) if moods else ("furious", "vent")
            script.append(f"{name} ({band}, {DOES[move]}): {_flat(turn.text)}")
    told = [scenario.fact(f).text for f in cue.told]
    if told:
        script.append("(Said openly by now: " + " ".join(told) + ")")
    script.append(f"{name} ({cue.band}, {DOES[cue.move]}{_hint(cue)}):")
    return render(
        "screenplay",
        company=scenario.company,
        place=PLACES[scenario.channel],
        name=name,
        about=scenario.persona.about,
        speech=scenario.persona.speech,
        story=_flat(scenario.story),
        beats="\n".join(_beats(scenario)),
        script="\n".join(script),
    )


def chat(cue: Cue, rejected: Sequence[str]) -> list[Message]:
    """The conversation for a capable model, with a stage direction at its end."""
    scenario, persona = cue.scenario, cue.scenario.persona
    messages = [
        system(
            render(
                "customer",
                name=persona.name,
                company=scenario.company,
                about=persona.about,
                speech=persona.speech,
                story=_flat(scenario.story),
                wants=scenario.wants,
                place=PLACES[scenario.channel],
            )
        )
    ]
    for turn in cue.transcript.turns[:-1]:
        messages.append(user(turn.text) if turn.speaker == "agent" else assistant(turn.text))
    told = [scenario.fact(f).text for f in cue.told]
    direction = render(
        "direction",
        name=persona.name,
        band=cue.band,
        does=DOES[cue.move] + _hint(cue),
        knows=f" Said openly by now: {' '.join(told)}" if told else "",
        samples=" / ".join(author_lines(cue)[:2]),
    )
    mend = f"\n(A first try was refused: {rejected[-1]}.)" if rejected else ""
    said = cue.transcript.last("agent")
    messages.append(user(f"Agent: {said}\n\n{direction}{mend}"))
    if len(messages) > 2 and messages[1]["role"] == "assistant":
        messages.insert(1, user("(The customer speaks first.)"))
    return messages


def tidy(line: str, cue: Cue) -> str:
    """A sample as speech: no name before it, no brackets, no quotes around the whole of it."""
    name = re.escape(cue.scenario.persona.name)
    line = re.sub(rf"^\s*({name}|customer)\s*(\([^)]*\))?\s*:\s*", "", line.strip(), flags=re.IGNORECASE)
    line = re.sub(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*", " ", line)
    line = re.sub(r"\s+", " ", line).strip()
    quoted = re.fullmatch(r"[\"“](.*)[\"”]", line)
    return quoted[1].strip() if quoted and not re.search(r"[\"“”]", quoted[1]) else line


def _window(transcript: Transcript) -> list[Turn]:
    """The last turns, from a start that moves ``BLOCK`` turns at a time."""
    turns = list(transcript.turns)
    return turns[max(0, (len(turns) - RECENT_TURNS) // BLOCK * BLOCK) :]


def _beats(scenario: Scenario) -> list[str]:
    """One of the author's lines for each of ``BEATS``: the same for the whole practice."""
    name = scenario.persona.name.upper()
    lines = ((move, band, scenario.lines.get(move, {}).get(band, ())) for move, band in BEATS)
    return [f"{name} ({band}, {DOES[move]}): {_flat(first[0])}" for move, band, first in lines if first]


def _hint(cue: Cue) -> str:
    """What the move is about, where it is about a fact."""
    if not cue.fact:
        return ""
    fact: Fact = cue.scenario.fact(cue.fact)
    return ", but gives nothing away yet" if cue.circling else f": {fact.text.rstrip('.')}"


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
