"""The conflict mode that a trainee's turns show, after Thomas and Kilmann (1974).

mode_of(exchange.reading)          # "collaborating", or "" where no act was seen
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from assistant.roleplay.acts import Reading, codebook
from knowledge import shipped

Point = tuple[float, float]


class Modes(BaseModel):
    """The file: the modes' and the acts' places on (assertive, cooperative), each -1 to 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    modes: dict[str, Point]
    acts: dict[str, Point]

    @model_validator(mode="after")
    def _every_act(self) -> "Modes":
        wrong = set(self.acts) ^ set(codebook())
        if wrong:
            raise ValueError(f"acts: {', '.join(sorted(wrong))}: in one of modes.yaml and acts.yaml, not in both")
        return self


@cache
def table() -> Modes:
    """The modes in force."""
    return shipped.read_as(Path(__file__).parent / "modes.yaml", Modes)


def mode_of(reading: Reading) -> str:
    """The mode nearest to the mean of the turn's acts; empty where there are none."""
    if not reading.acts:
        return ""
    here = np.mean([table().acts[a.id] for a in reading.acts], axis=0)
    return min(table().modes, key=lambda mode: float(np.hypot(*(here - np.array(table().modes[mode])))))


def main_mode(readings: Sequence[Reading]) -> str:
    """The mode shown most often; empty where none was."""
    shown = Counter(mode for mode in map(mode_of, readings) if mode)
    return shown.most_common(1)[0][0] if shown else ""


def movement(readings: Sequence[Reading]) -> tuple[str, ...]:
    """The main mode of the beginning, the middle and the end of a talk."""
    thirds = [t for t in np.array_split(np.arange(len(readings)), 3) if len(t)]
    return tuple(main_mode([readings[i] for i in third]) for third in thirds)
