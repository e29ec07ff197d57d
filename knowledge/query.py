"""Understand a query: an irate message says one thing in ten, and in other words than a policy.

read_query("SHAMBLES!! Somebody else has my slot. I want my money back")
# Query(text="SHAMBLES!! …", words="SHAMBLES!! … double-booked refund")

Searching a message sentence by sentence was measured too: it won a hundredth and cost seven
embeddings a query.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

MOST_TEXT, MOST_WORDS = 2000, 4000
"""Characters of a query that are embedded, and that are searched by words."""


@dataclass(frozen=True, slots=True)
class Query:
    """``text`` is embedded; ``words`` has the field's own words added (``lexicon.yaml``)."""

    text: str
    words: str


def read_query(text: str) -> Query:
    """The query with the field's own words for what it means."""
    text = re.sub(r"\s+", " ", text).strip()
    meant = [means for says, means in _lexicon() if says.search(text[:MOST_WORDS])]
    return Query(text[:MOST_TEXT], " ".join([text[:MOST_WORDS], *meant]))


@cache
def _lexicon() -> list[tuple[re.Pattern[str], str]]:
    entries = yaml.safe_load((Path(__file__).parent / "lexicon.yaml").read_text(encoding="utf-8"))
    return [(re.compile(rf"\b(?:{e['says']})", re.IGNORECASE), e["means"]) for e in entries]
