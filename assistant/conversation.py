"""A conversation: who said what, in order.

    Transcript(turns=(Turn("customer", "You sold my slot twice!"), Turn("agent", "We did. I'm sorry.")))

Knows nothing of moods, acts or models.
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

from assistant.errors import InputError

Speaker = Literal["customer", "agent"]
MAX_CHARACTERS = 8_000
"""Longest turn taken: some 1,500 words, far above what anybody says at once."""
_CONTROL = ("Cc", "Cs")
"""Categories of what is no writing: a terminal's codes, halves of characters. Joiners (Cf) are part of words."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that one person said."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """The turns so far, oldest first."""

    turns: tuple[Turn, ...] = ()

    def add(self, speaker: Speaker, text: str) -> "Transcript":
        """The transcript with one more turn at its end."""
        return Transcript((*self.turns, Turn(speaker, text)))

    def last(self, speaker: Speaker) -> str:
        """What ``speaker`` said last; empty if nothing yet."""
        return next((t.text for t in reversed(self.turns) if t.speaker == speaker), "")

    def by(self, speaker: Speaker) -> tuple[str, ...]:
        """Everything ``speaker`` said, oldest first."""
        return tuple(t.text for t in self.turns if t.speaker == speaker)


def clean(text: object, limit: int = MAX_CHARACTERS, what: str = "message") -> str:
    """The text a person typed, fit to be read: stripped, without control characters.

    Raises:
        InputError: it is not text, is empty, or has more than ``limit`` characters.
    """
    if not isinstance(text, str):
        raise InputError(f"The {what} is not text but {type(text).__name__}. Type or paste plain text.")
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _CONTROL)
    kept = kept.strip().strip("\ufeff\u200b").strip()
    if not kept:
        raise InputError(f"The {what} is empty. Write at least a word.")
    if len(kept) > limit:
        raise InputError(
            f"The {what} has {len(kept):,} characters; at most {limit:,} are taken. "
            "Shorten it, or split it into several."
        )
    return kept


def one_line(text: str, most: int = 600) -> str:
    """The beginning of a text on one line, cut between words."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
