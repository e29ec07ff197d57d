"""Difficulty as numbers: a scenario made gentler or harder, or moved to another channel.

    at_level(scenario, "hard", "phone")
    hardness(scenario)      # "gentle", "medium" or "hard", by its numbers

The numbers are in ``levels.yaml``. Knows nothing of practices.
"""

from functools import cache
from pathlib import Path
from typing import Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from assistant.roleplay.scenario import Channel, Difficulty, Fact, Scenario, bounds
from knowledge import shipped

N = TypeVar("N", int, float)
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


class _Shifts(RootModel[dict[Level, Shift]]):
    @model_validator(mode="after")
    def _every_level(self) -> "_Shifts":
        lacking = [level for level in LEVELS if level not in self.root]
        if lacking:
            raise ValueError(f"the level '{lacking[0]}' is missing")
        return self


@cache
def shifts() -> dict[Level, Shift]:
    """The levels.

    Raises:
        ShippedError: the file is not YAML, breaks the schema or lacks a level; names the line or field.
    """
    return shipped.read_as(FILE, _Shifts).root


def at_level(scenario: Scenario, level: Level = "as written", channel: Channel | Literal[""] = "") -> Scenario:
    """The scenario at a level, on a channel ("" is its own). Every number stays within its range."""
    shift, numbers = shifts()[level], scenario.difficulty
    moved = {name: getattr(numbers, name) + getattr(shift, name) for name in ("anger", "trust", "patience", "clamp")}
    moved["bait"] = numbers.bait * shift.bait
    kept = {name: _within(number, *bounds(Difficulty, name)) for name, number in moved.items()}
    difficulty = numbers.model_copy(update=kept)
    _, most = bounds(Fact, "gate")
    facts = tuple(
        f.model_copy(update={"gate": _within(f.gate + shift.gates, difficulty.trust + 1, most)}) if f.gate else f
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


def _within(value: N, low: float, high: float) -> N:
    return type(value)(max(low, min(high, value)))
