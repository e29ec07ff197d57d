"""Understand a query: an irate message says one thing in ten, and in other words than a policy.

read_query("SHAMBLES!! Somebody else has my slot. I want my money back")
# Query(text="SHAMBLES!! …", words="SHAMBLES!! … double-booked refund", sentences=("Somebody else has my slot.", …))

Ranking a message sentence by sentence was measured too: it won a hundredth. Whether anything is relevant
at all is told by its nearest sentence much better than by the whole of it.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge import shipped

MOST_TEXT, MOST_WORDS = 2000, 4000
"""Characters of a query that are embedded, and that are searched by words."""
SENTENCES, SHORTEST = 6, 4
"""The most sentences (the longest) that are looked at one by one, and the words that one needs."""


@dataclass(frozen=True, slots=True)
class Query:
    """``text`` is embedded; ``words`` has the field's own words added (``lexicon.yaml``).

    ``sentences`` are the longest ones of the text where it has several.
    """

    text: str
    words: str
    sentences: tuple[str, ...] = ()


def read_query(text: str) -> Query:
    """The query with the field's own words for what it means."""
    text = re.sub(r"\s+", " ", text).strip()
    meant = [means for says, means in _lexicon() if says.search(text[:MOST_WORDS])]
    return Query(text[:MOST_TEXT], " ".join([text[:MOST_WORDS], *meant]), _sentences(text[:MOST_TEXT]))


def _sentences(text: str) -> tuple[str, ...]:
    found = [s for s in re.split(r"(?<=[.!?])\s+", text) if len(s.split()) >= SHORTEST]
    return tuple(sorted(found, key=len, reverse=True)[:SENTENCES]) if found != [text] else ()


@cache
def _lexicon() -> list[tuple[re.Pattern[str], str]]:
    entries = shipped.read(Path(__file__).parent / "lexicon.yaml")
    return [(re.compile(rf"\b(?:{e['says']})", re.IGNORECASE), e["means"]) for e in entries]
