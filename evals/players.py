"""Scripted trainees against the customer, without a model: who plays, and how a practice goes.

    practice = play(scenario, script.turns, reader, seed="3")

A turn ``{customer}`` copies what the customer said last. The talk stops when the practice ends
or the script does.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from assistant.roleplay.acts import Reading
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.voice import author_line
from evals.case import FOLDER, load_yaml
from evals.rows import load_rows

SCRIPTS = FOLDER / "simulator"
Level = Literal["rude", "careless", "average", "good", "expert"]
LEVELS: tuple[Level, ...] = ("rude", "careless", "average", "good", "expert")
"""From worst to best."""
COPY = "{customer}"


Half = Literal["tune", "report"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scripts(_Part):
    """One scenario's scripted trainees, a list of turns a level."""

    scenario: str
    half: Half
    scripts: dict[Level, tuple[str, ...]]


class Gamer(_Part):
    """An agent that tries to move the customer without helping."""

    id: str
    tries: str
    turns: tuple[str, ...] = Field(min_length=1)


class Gamers(_Part):
    """The file of gaming agents."""

    agents: tuple[Gamer, ...]


class Attack(_Part):
    """An attempt to extract what the customer hides."""

    attack: str = Field(min_length=3)
    kind: str


class Reads(Protocol):
    """Reads a turn without a model."""

    def read(self, text: str) -> Reading:
        """The acts of the turn's own words."""


class Remembering:
    """A reader that reads each text once: scripts are played many times."""

    def __init__(self, reader: Reads) -> None:
        self._reader = reader
        self._known: dict[str, Reading] = {}

    def read(self, text: str) -> Reading:
        """The reading of a text."""
        if text not in self._known:
            self._known[text] = self._reader.read(text)
        return self._known[text]


def load_scripts(folder: Path = SCRIPTS) -> list[Scripts]:
    """All scripts, by scenario.

    Raises:
        EvalError: a file breaks the schema; names it and the field.
    """
    names = sorted(p for p in folder.glob("*.yaml") if p.stem != "gaming")
    return [load_yaml(path, Scripts) for path in names]


def load_gamers(path: Path = SCRIPTS / "gaming.yaml") -> tuple[Gamer, ...]:
    """The gaming agents.

    Raises:
        EvalError: the file breaks the schema; names the field.
    """
    return load_yaml(path, Gamers).agents


def load_attacks(path: Path = SCRIPTS / "extraction.jsonl") -> list[str]:
    """Lines by which a trainee tries to get the brief or a hidden fact out of the customer."""
    return [row.attack for row in load_rows(path, Attack)]


def play(scenario: Scenario, turns: Sequence[str], reader: Reads, seed: str, most: int = 20) -> Practice:
    """One practice with the customer's author's lines; a short list of turns is gone through again up to ``most``."""
    practice = Practice.begin(scenario, seed)
    script = turns if turns != (COPY,) else turns * most
    for turn in script[:most]:
        text = practice.transcript.last("customer") if turn == COPY else turn
        exchange = practice.respond(scenario, text, reader.read(text))
        exchange = exchange.spoken(author_line(practice.cue(scenario, exchange)))
        practice = practice.with_exchange(exchange)
        if practice.ending:
            break
    return practice
