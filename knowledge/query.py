"""Understand a query: an irate message says one thing in ten, and in other words than a policy.

read_query("SHAMBLES!! Somebody else has my slot. I drove an hour. I want my money back")
# Query(words="… double-booked … refund", phrases=("SHAMBLES …", "Somebody else has my slot.", …))
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

MOST_PHRASES = 6
LONG_WORDS = 12
"""From this many words a query is also searched sentence by sentence."""


@dataclass(frozen=True, slots=True)
class Query:
    """``words`` is what BM25 searches, ``phrases`` are embedded one by one: the whole, then its sentences."""

    words: str
    phrases: tuple[str, ...]


def read_query(text: str) -> Query:
    """The query with the field's own words added, and its sentences where it is long."""
    text = re.sub(r"\s+", " ", text).strip()
    meant = [means for says, means in _lexicon() if says.search(text)]
    phrases = [text[:2000]]
    if len(text.split()) >= LONG_WORDS:
        sentences = [s for s in re.split(r"(?<=[.!?])\s+", text) if len(s.split()) >= 4]
        phrases += sorted(sentences, key=len, reverse=True)[:MOST_PHRASES]
    if meant:
        phrases.append(" ".join(meant))
    return Query(" ".join([text[:4000], *meant]), tuple(dict.fromkeys(phrases)))


@cache
def _lexicon() -> list[tuple[re.Pattern[str], str]]:
    entries = yaml.safe_load((Path(__file__).parent / "lexicon.yaml").read_text(encoding="utf-8"))
    return [(re.compile(rf"\b(?:{e['says']})", re.IGNORECASE), e["means"]) for e in entries]


@cache
def phrasings() -> dict[str, list[str]]:
    """Section id → how customers, agents and trainees ask for it (``phrasings.yaml``)."""
    text = (Path(__file__).parent / "phrasings.yaml").read_text(encoding="utf-8")
    loaded: dict[str, list[str]] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded
