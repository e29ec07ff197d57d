"""Trainees played by a model: each answers the customer in the way that it is told to play.

    practice = await converse(model, load_trainees()[4], scenario, reader, seed="3")

The customer speaks in its author's lines, so that what differs between two runs is what the trainee said.
"""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from assistant.llm import ChatModel
from assistant.message import Message, assistant, system, user
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.voice import author_line
from evals.case import load_yaml
from evals.players import Level, Reads
from prompts import render

FILE = Path(__file__).parent / "trainees.yaml"
TURNS = 12
TOKENS, WARMTH = 120, 0.7
"""The most that a turn may take, and the temperature it is written at."""


class Trainee(BaseModel):
    """How a level of skill plays, told to the model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Level
    plays: str


class _Trainees(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    trainees: tuple[Trainee, ...]


def load_trainees(path: Path = FILE) -> tuple[Trainee, ...]:
    """The trainees, from worst to best.

    Raises:
        EvalError: the file breaks the schema; names the field.
    """
    return load_yaml(path, _Trainees).trainees


async def converse(
    model: ChatModel, trainee: Trainee, scenario: Scenario, reader: Reads, seed: str, most: int = TURNS
) -> Practice:
    """One practice of at most ``most`` turns; shorter where it ends or the trainee says nothing more.

    Raises:
        ModelError: the model cannot be asked, or fails.
    """
    practice = Practice.begin(scenario, seed)
    while len(practice.exchanges) < most and not practice.ending:
        text = await _said(model, _messages(practice, trainee, scenario))
        if not text:
            break
        exchange = practice.respond(scenario, text, reader.read(text))
        practice = practice.with_exchange(exchange.spoken(author_line(practice.cue(scenario, exchange))))
    return practice


def _messages(practice: Practice, trainee: Trainee, scenario: Scenario) -> Sequence[Message]:
    told = render(
        "trainee", you=scenario.you, situation=scenario.situation, policy=scenario.policy, plays=trainee.plays
    )
    turns = [user(t.text) if t.speaker == "customer" else assistant(t.text) for t in practice.transcript.turns]
    return [system(told), *turns]


async def _said(model: ChatModel, messages: Sequence[Message]) -> str:
    pieces = [piece async for piece in model.stream(messages, max_tokens=TOKENS, temperature=WARMTH, stop=["\n\n"])]
    return "".join(pieces).strip().strip('"“”').strip()
