"""Acts: what a trainee's turn does to a customer, and a reading of one turn.

    Reading(acts=(Act("owned_apology", "I'm sorry we gave your slot away"),), reader="patterns")

The codebook is ``acts.yaml``; each act is helping, harming or neutral. An act is only ever
reported with the exact words that show it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from knowledge import shipped

FILE = Path(__file__).parent / "acts.yaml"
Polarity = Literal["helping", "harming", "neutral"]


class ActKind(BaseModel):
    """One entry of the codebook."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    polarity: Polarity
    judged_by: Literal["words", "context"]
    means: str
    yes: str
    no: str
    teaches: str

    @property
    def label(self) -> str:
        """Its name as a person reads it."""
        return self.id.replace("_", " ")


class _Codebook(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    acts: tuple[ActKind, ...]


class Act(BaseModel):
    """An act seen in a turn, with the words that show it; ``sure`` is the reader's own certainty, 0 to 1."""

    model_config = ConfigDict(frozen=True)

    id: str
    quote: str
    sure: float = 1.0

    @property
    def kind(self) -> ActKind:
        """Its entry in the codebook."""
        return codebook()[self.id]


class Reading(BaseModel):
    """What one turn of the trainee shows.

    ``topics`` are the facts it asks about, ``remedies`` the scenario's remedies it offers as policy
    allows, ``takes_up`` whether it answers to what the customer just let out, ``ends`` the words that
    end the talk on the spot, ``reader`` says who read it: ``patterns``, ``examples`` or a model's name.
    """

    model_config = ConfigDict(frozen=True)

    acts: tuple[Act, ...] = ()
    topics: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    takes_up: bool = False
    ends: str = ""
    reader: str = "patterns"

    def has(self, *ids: str) -> bool:
        """Whether any of these acts was seen."""
        return any(act.id in ids for act in self.acts)

    def quote(self, act_id: str) -> str:
        """The words that show an act; empty if it was not seen."""
        return next((act.quote for act in self.acts if act.id == act_id), "")

    def harms(self) -> tuple[Act, ...]:
        """The harming acts seen."""
        return tuple(a for a in self.acts if a.kind.polarity == "harming")


@cache
def codebook() -> dict[str, ActKind]:
    """The codebook by act id, in its own order."""
    return {kind.id: kind for kind in shipped.read_as(FILE, _Codebook).acts}


def marked(text: str, acts: Iterable[Act]) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with the polarity of the act whose words it is; empty for none."""
    spans = sorted(
        (m.start(), m.end(), a.kind.polarity) for a in acts if a.quote and (m := re.search(re.escape(a.quote), text))
    )
    here = 0
    for start, end, polarity in spans:
        if start >= here:
            yield text[here:start], ""
            yield text[start:end], polarity
            here = end
    yield text[here:], ""
