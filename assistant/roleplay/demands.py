"""What a customer's line demands, and what an agent's turns have given: nobody demands what was given. Pure code.

    given = given_by("You get it at 15:25.", reading)        # {"time"}
    standing(["What time's that?", "Get on with it!"], given)     # ["Get on with it!"]

The words are in ``demands.yaml``.
"""

import re
import string
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from assistant.roleplay.acts import Reading, codebook
from assistant.roleplay.patterns import sentences
from assistant.roleplay.scenario import Move
from assistant.roleplay.state import State
from knowledge import shipped

FILE = Path(__file__).parent / "demands.yaml"
Matter = Literal["time", "name", "writing", "help", "reason"]
MATTERS: frozenset[Matter] = frozenset(get_args(Matter))
DEMANDING: tuple[Move, ...] = ("redemand", "question", "test")
"""Moves that may demand something of the agent."""
_ASIDE = re.compile(
    r"\?\W*$|\b(?:can(?:no|')?t|not|won't|don't|unable|whether|if|no(?!,| (?:problem|worries|trouble|doubt)\b))\b",
    re.IGNORECASE,
)
_SAID_BACK = re.compile(
    r"\b(?:i (?:can )?(?:understand|know|see|hear) (?:that|how|why|you)\b|you (?:only |just )?(?:want|need|say)\b"
    r"|you(?:'re| are) (?:so |very )?(?:angry|upset|cross|furious|tired|worried)\b)"
    r"(?:(?!\b(?:and|but|so) (?:i|we|he|she|they|somebody|someone)\b)[^,:])*",
    re.IGNORECASE,
)
"""What the customer wants, says or feels, to the end of the clause: it gives them nothing."""
_PAST = re.compile(
    r"\b(?:was|were|had|did|didn't|gave|came|went|waited|said|told|promised|missed|sat|cut|cost|lost|took|rang|called|"
    r"booked|closed|moved|cancelled|sent|got|stood|paid|since|ago|yesterday)\b",
    re.IGNORECASE,
)
_PROMISES = re.compile(
    r"(?:\b(?:will|can|shall|going to)|'ll)\b|\b(?:i|we)(?:'ve| have) (?:\w+ )?\w+ed\b", re.IGNORECASE
)
_SIGNED = re.compile(
    r"\n[^\w\n]*[A-Z][a-z]+(?: [A-Z][a-z]+){0,2}(?:,[^\n]*)?$|\b(?i:regards|sincerely|yours),?\s+[A-Z]"
)
"""A name under a turn whose end has no blanks and marks left; each line is looked at once, however many there are."""


class Words(BaseModel):
    """How one matter is demanded and given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asked: tuple[str, ...]
    words: tuple[str, ...]
    acts: tuple[str, ...]


class Demands(BaseModel):
    """The file, a matter each."""

    model_config = ConfigDict(frozen=True)

    matters: dict[Matter, Words]

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, file: object) -> object:
        return {"matters": file}

    @model_validator(mode="after")
    def _known(self) -> "Demands":
        lacking = [m for m in get_args(Matter) if m not in self.matters]
        unknown = [a for words in self.matters.values() for a in words.acts if a not in codebook()]
        if lacking or unknown:
            raise ValueError(f"{', '.join(lacking + unknown)}: a matter is missing, or an act unknown")
        return self


@cache
def _matters() -> dict[Matter, Words]:
    return shipped.read_as(FILE, Demands).matters


@cache
def asks(line: str) -> frozenset[Matter]:
    """What a customer's line demands; empty where it demands nothing in particular."""
    return frozenset(m for m, words in _matters().items() if _any(words.asked, line))


@lru_cache(maxsize=4096)
def given_by(text: str, reading: Reading, customer: str = "") -> frozenset[Matter]:
    """What an agent's turn gives: what its acts do, or its sentences say.

    Args:
        customer: the customer's name, which gives them none.
    """
    text = re.sub(rf"\b(?:{'|'.join(map(re.escape, customer.split()))})\b", "you", text) if customer else text
    told = [s for s in sentences(text) if not _ASIDE.search(s) and (not _PAST.search(s) or _PROMISES.search(s))]
    telling = [_SAID_BACK.sub("", s) for s in told]
    given: set[Matter] = {
        m for m, of in _matters().items() if reading.has(*of.acts) or any(_any(of.words, s) for s in telling)
    }
    if _SIGNED.search(text.rstrip(string.punctuation + string.whitespace)):
        given.add("name")
    if reading.remedies:
        given.add("help")
    return frozenset(given)


def met(state: State) -> frozenset[Matter]:
    """What counts as met: who knows what happens next has a time, who accepted something has help."""
    found: set[Matter] = {"time"} if state.knows_next_step else set()
    return frozenset(found | {"help"} if state.accepted else found)


def standing(lines: Iterable[str], given: frozenset[Matter]) -> list[str]:
    """The lines that demand nothing of what was given."""
    return [line for line in lines if not asks(line) & given]


def _any(patterns: Iterable[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
