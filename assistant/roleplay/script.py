"""The customer's part as a model is given it: what is to be said, the scene so far, the stage direction.

screenplay(cue)          # for a model that continues text
chat(cue, rejected)      # for a capable one
tidy('KEVIN: "Says who?"', cue)      # what came back, as speech
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ConfigDict, model_validator

from assistant.conversation import Transcript, Turn
from assistant.message import Message, assistant, system, user
from assistant.roleplay.demands import DEMANDING, Matter, standing
from assistant.roleplay.scenario import MOVES, Band, Channel, Fact, Move, Scenario
from knowledge import shipped
from prompts import render

FILE = Path(__file__).parent / "script.yaml"
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


class Directions(BaseModel):
    """The script's file, in words: what the customer ``does`` in a move or ``hung_up_on``, the channels' places."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    does: dict[Move, str]
    hung_up_on: str
    places: dict[Channel, str]

    @model_validator(mode="after")
    def _every_one(self) -> "Directions":
        lacking = [m for m in MOVES if m not in self.does] + [c for c in get_args(Channel) if c not in self.places]
        if lacking:
            raise ValueError(f"'{lacking[0]}' is missing")
        return self


@cache
def directions() -> Directions:
    """The stage directions.

    Raises:
        ShippedError: the file is not YAML, breaks the schema or lacks a move or channel; names the line or field.
    """
    return shipped.read_as(FILE, Directions)


class Cue(BaseModel):
    """What is to be said: the move, the mood, what may be known, what was said; ``given`` is demanded no more.

    ``hung_up_on``: the agent ends the talk, not the customer.
    """

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
    given: frozenset[Matter] = frozenset()
    hung_up_on: bool = False


def author_lines(cue: Cue) -> list[str]:
    """What the author wrote for this move, this band's lines first, without demands for what was given."""
    if cue.fact:
        fact = cue.scenario.fact(cue.fact)
        return [fact.approach if cue.circling else fact.reveal]
    if cue.hung_up_on and cue.scenario.hung_up_on:
        return list(cue.scenario.hung_up_on)
    return lines_left(cue.move, cue)


def lines_left(move: Move, cue: Cue) -> list[str]:
    """The author's lines for a move; of one that demands, those whose matter was not given, if there are any."""
    lines = list(cue.scenario.lines_for(move, cue.band))
    return (standing(lines, cue.given) or lines) if move in DEMANDING else lines


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
            script.append(f"{name} ({band}, {directions().does[move]}): {_flat(turn.text)}")
    told = [scenario.fact(f).text for f in cue.told]
    if told:
        script.append("(Said openly by now: " + " ".join(told) + ")")
    script.append(f"{name} ({cue.band}, {_does(cue)}):")
    return render(
        "screenplay",
        company=scenario.company,
        place=directions().places[scenario.channel],
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
                place=directions().places[scenario.channel],
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
        does=_does(cue),
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
    return [f"{name} ({band}, {directions().does[move]}): {_flat(first[0])}" for move, band, first in lines if first]


def _does(cue: Cue) -> str:
    """What the customer does now, and what it is about where it is about a fact."""
    if cue.hung_up_on:
        return directions().hung_up_on
    does = directions().does[cue.move]
    if not cue.fact:
        return does
    fact: Fact = cue.scenario.fact(cue.fact)
    return does + (", but gives nothing away yet" if cue.circling else f": {fact.text.rstrip('.')}")


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
