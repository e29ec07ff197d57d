"""Difficulty as numbers: a scenario made gentler or harder, or moved to another channel.

    tuned(scenario, "hard", "phone")
    hardness(scenario)      # "gentle", "medium" or "hard", by its numbers

The numbers are in ``levels.yaml``. Knows nothing of practices.
"""

from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import ScenarioError
from assistant.roleplay.scenario import Channel, Scenario
from knowledge import shipped

FILE = Path(__file__).parent / "levels.yaml"
Level = Literal["gentle", "as written", "hard"]
AS_WRITTEN: Level = "as written"
LEVELS: tuple[Level, ...] = get_args(Level)
Hardness = Literal["gentle", "medium", "hard"]
HARDNESSES: tuple[Hardness, ...] = get_args(Hardness)
MEDIUM, HARD = 74, 88
"""From which sum on (starting anger, three for each hidden fact, less patience) a scenario is called so."""


class Shift(BaseModel):
    """What a level adds; ``bait`` multiplies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    anger: int
    trust: int
    patience: int
    clamp: int
    gates: int
    bait: float = Field(ge=0)


@cache
def shifts() -> dict[Level, Shift]:
    """The levels.

    Raises:
        ScenarioError: the file breaks the schema or lacks a level; names the field.
    """
    data = shipped.read(FILE)
    try:
        return {level: Shift.model_validate(data[level]) for level in LEVELS}
    except KeyError as error:
        raise ScenarioError(f"{FILE.name}: the level {error} is missing.") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ScenarioError(f"{FILE.name}, {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


def tuned(scenario: Scenario, level: Level = "as written", channel: Channel | Literal[""] = "") -> Scenario:
    """The scenario at a level, on a channel ("" is its own). Every number stays within its range."""
    shift, numbers = shifts()[level], scenario.difficulty
    trust = _within(numbers.trust + shift.trust, 0, 60)
    difficulty = numbers.model_copy(
        update={
            "anger": _within(numbers.anger + shift.anger, 30, 100),
            "trust": trust,
            "patience": _within(numbers.patience + shift.patience, 3, 20),
            "clamp": _within(numbers.clamp + shift.clamp, 4, 40),
            "bait": min(1.0, numbers.bait * shift.bait),
        }
    )
    facts = tuple(
        f.model_copy(update={"gate": _within(f.gate + shift.gates, trust + 1, 100)}) if f.gate else f
        for f in scenario.facts
    )
    changed = {"difficulty": difficulty, "facts": facts, "channel": channel or scenario.channel}
    return scenario.model_copy(update=changed)


def hardness(scenario: Scenario) -> Hardness:
    """How hard a scenario is beside the others; one that policy does not let anybody win is hard."""
    numbers = scenario.difficulty
    total = numbers.anger + 3 * len(scenario.hidden) - numbers.patience
    if total >= HARD or not scenario.winnable:
        return "hard"
    return "medium" if total >= MEDIUM else "gentle"


def _within(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))
