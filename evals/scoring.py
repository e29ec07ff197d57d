"""The points of a practice, read from scoring.yaml and checked against its schema.

points().harm("insult").weighs        # 1.0
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assistant.roleplay.acts import Act, codebook
from assistant.roleplay.weights import weights
from knowledge import shipped

FILE = Path(__file__).parent / "scoring.yaml"
APART = ("manipulation", "off_policy_promise")
"""Harming acts that are counted in a way of their own: a trick, and a promise."""

Part = Literal["process", "discovery", "policy and safety", "outcome"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Harm(_Table):
    """One kind of harm: how much it weighs, 0 to 1, and whether it spoils the rest of its turn."""

    weighs: float = Field(ge=0, le=1)
    spoils: bool
    acts: tuple[str, ...]


class Caps(_Table):
    """The most that a practice can score in which something was promised against policy, or somebody insulted."""

    promise: int
    insult: int


class Points(_Table):
    """The file."""

    parts: dict[Part, int]
    harms: dict[str, Harm]
    harm_costs: float
    harm_costs_most: float
    trick_costs: float
    conduct: float
    uses: tuple[str, ...]
    promise_costs: float
    caps: Caps
    endings: dict[str, float]

    @model_validator(mode="after")
    def _whole(self) -> "Points":
        if sum(self.parts.values()) != 100:
            raise ValueError(f"the parts make {sum(self.parts.values())} points, not 100")
        harming = {a for a, kind in codebook().items() if kind.polarity == "harming"} - {*APART}
        listed = [a for harm in self.harms.values() for a in harm.acts]
        wrong = harming ^ set(listed) or {a for a in listed if listed.count(a) > 1}
        if wrong:
            raise ValueError(f"harms: {', '.join(sorted(wrong))}: each harming act stands in one kind, once")
        return self

    def harm(self, act_id: str) -> Harm | None:
        """The kind of harm an act is; None if it does none, or is counted apart."""
        return next((harm for harm in self.harms.values() if act_id in harm.acts), None)

    def spoils(self, act: Act) -> bool:
        """Whether an act takes back what else is in its turn; not where the reader is unsure of it."""
        harm = self.harm(act.id)
        return harm is not None and harm.spoils and weights().sure_of(act)

    def weight(self, act: Act) -> float:
        """How much an act harms, 0 to 1; less where the reader is unsure."""
        harm, table = self.harm(act.id), weights()
        return 0.0 if harm is None else harm.weighs * (1.0 if table.sure_of(act) else table.unsure_counts)


@cache
def points(path: Path = FILE) -> Points:
    """The points in force.

    Raises:
        ShippedError: the file is not YAML or breaks the schema; names the line or field.
    """
    return shipped.read_as(path, Points)
