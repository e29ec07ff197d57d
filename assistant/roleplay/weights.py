"""The numbers of the customer's mind, read from ``weights.yaml`` and checked."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assistant.roleplay.acts import Act, codebook
from knowledge import shipped

FILE = Path(__file__).parent / "weights.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Weight(_Part):
    """What an act does, in points, and how that is said."""

    anger: float = Field(ge=-40, le=40)
    trust: float = Field(ge=-40, le=40)
    said: str = Field(min_length=3)

    def on(self, axis: Literal["anger", "trust"]) -> float:
        """The points on one axis."""
        return self.anger if axis == "anger" else self.trust


class Accept(_Part):
    """When a remedy is accepted: at this anger or less, this trust or more, this worth or more (0 to 1)."""

    anger: int
    trust: int
    worth: float


class Resolve(_Part):
    """When a talk with every need met is resolved."""

    anger: int
    trust: int


class PatienceCost(_Part):
    """Turns of patience that a harming and an idle turn cost; ``rest``: trust gained that costs none."""

    harm: int
    idle: int
    rest: int


class Moves(_Part):
    """From which anger on the customer is ``hot`` and may ``threaten``; how often the ``likelier`` move is made."""

    hot: int
    threaten: int
    likelier: float = Field(ge=0, le=1)


class Weights(_Part):
    """The whole file."""

    acts: dict[str, Weight]
    not_granted: str = Field(min_length=3)
    not_yours: str = Field(min_length=3)
    unnamed: str = Field(min_length=3)
    passed_over: Weight
    opened: Weight
    relief: Weight
    repeat_factor: float = Field(gt=0, le=1)
    repeat_window: int = Field(ge=1)
    unsure: float = Field(ge=0, le=1)
    unsure_counts: float = Field(ge=0, le=1)
    detail_alone: float = Field(ge=0, le=1)
    beside_harm: float = Field(ge=0, le=1)
    before_heard: float = Field(ge=0, le=1)
    outburst_anger: int
    floor_unheard: int
    floor_unmended: int
    accept: Accept
    resolve: Resolve
    patience: PatienceCost
    leave_anger: int
    hang_up_anger: int
    moves: Moves
    cold_ceiling: int
    limit_calms: float = Field(ge=0, le=1)

    def sure_of(self, act: Act) -> bool:
        """Whether the reader was sure enough of an act for it to count in full."""
        return act.sure >= self.unsure

    @model_validator(mode="after")
    def _every_act(self) -> "Weights":
        wrong = set(codebook()) ^ set(self.acts)
        if wrong:
            raise ValueError(f"acts: {', '.join(sorted(wrong))}: in one of weights.yaml and acts.yaml, not in both")
        return self


@cache
def weights() -> Weights:
    """The weights in force.

    Raises:
        ShippedError: the file is not YAML or breaks the schema; names the line or field.
    """
    return shipped.read_as(FILE, Weights)
