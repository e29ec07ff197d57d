"""The sentence of a section that answers a query, and why it was taken for that.

    found = spot("they sold my slot twice", section.text, near)
    found.sentence      # as it stands in the text: it can be marked there
    found.words         # ("twice",): what it shares with the query; empty where only the meaning is near

Words first; where no sentence shares one, the sentence nearest in meaning.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

_START = re.compile(r"^\s*(?:[-*+]|\d+[.)]|>|#+)?\s+|^\s*")
_BREAK = re.compile(r"(?<=[.!?])[\"”']?\s+(?=[\"“A-Z£€$\d*])")
_ENDING = re.compile(r"(?:ings?|edly|ed|ies|es|ly|s|e|y)$")
_SAYS_LITTLE = frozenset(
    "already also although always another anybody anyone anything away back become cannot could done either else even"
    " ever every everyone everything except find first get give got however just keep last least less made many may"
    " might much must never next nobody none nothing often one others please put rather see seem several since"
    " somebody someone something sometimes somewhere still take tell thing things though three thus together towards"
    " two upon want well whatever whenever whether whole whose within without would yet".split()
)
MOST_SENTENCES = 60
"""Sentences of a section whose meaning is compared."""


@dataclass(frozen=True, slots=True)
class Spot:
    """``sentence`` stands in the text word for word; ``words`` are the query's, as the sentence has them."""

    sentence: str
    words: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """Why it was taken, in words."""
        said = ", ".join(f"“{word}”" for word in self.words[:4])
        return f"it says {said}" if said else "it is near in meaning, in other words"


def spot(query: str, text: str, near: Callable[[list[str]], Sequence[float]]) -> Spot:
    """The sentence that answers best.

    Args:
        query: what was asked.
        text: a section's Markdown.
        near: how near each of some sentences is to the query in meaning; asked only where no word is shared.
    """
    parts = sentences(text)
    if not parts:
        return Spot(text)
    asked = {_stem(word) for word in _words(query)}
    shared = [{_stem(w): w for w in _words(part) if _stem(w) in asked} for part in parts]
    often = Counter(stem for found in shared for stem in found)
    worth = [sum(1 / often[stem] for stem in found) for found in shared]
    best = max(range(len(parts)), key=lambda i: (worth[i], -i))
    if worth[best]:
        return Spot(parts[best], tuple(dict.fromkeys(shared[best].values())))
    parts = parts[:MOST_SENTENCES]
    scores = near(parts)
    return Spot(max(zip(scores, parts, strict=True), key=lambda pair: pair[0])[1])


def sentences(text: str) -> list[str]:
    """The sentences of Markdown, each a piece of one line and word for word as it stands there."""
    found: list[str] = []
    for line in text.splitlines():
        cells = [c for c in line.strip().strip("|").split("|") if not re.fullmatch(r"[\s:-]*", c)]
        for cell in cells if line.lstrip().startswith("|") else [line]:
            found += [part for part in _split(_START.sub("", cell, count=1).strip()) if part]
    return found


def _split(line: str) -> list[str]:
    """Sentences of a line; a line that would be cut within bold words stays whole."""
    parts: list[str] = []
    start = 0
    for match in _BREAK.finditer(line):
        if line[start : match.start()].count("**") % 2 == 0:
            parts.append(line[start : match.end()].strip())
            start = match.end()
    return [*parts, line[start:].strip()]


@cache
def _empty() -> frozenset[str]:
    from bm25s.stopwords import STOPWORDS_EN_PLUS  # scipy, which it brings, is half a second

    return _SAYS_LITTLE.union(STOPWORDS_EN_PLUS)


def _words(text: str) -> list[str]:
    return [w for w in re.findall(r"[^\W\d_]{3,}", text.lower()) if w not in _empty()]


def _stem(word: str) -> str:
    """Near enough: ``booked``, ``booking`` and ``bookings`` are one."""
    cut = _ENDING.sub("", word)
    return cut if len(cut) >= 3 else word
