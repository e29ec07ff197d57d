"""Rank sections by four scores at once, or say that nothing is relevant. Pure.

Each score is standardised over the candidates (mean 0, deviation 1) and weighted; that kept
more than fusing by rank did (``python -m evals run retrieval``). A section without phrasings is
judged by its own text twice. How far a message asks for a document's sections, all together, tells of each.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.load import Meta
from knowledge.sections import Child, Section

CANDIDATES = 40
WEIGHTS = {"text words": 1.0, "text meaning": 1.0, "asked": 4.0, "asked of document": 1.0}
OWN = {"asked": "text meaning", "asked of document": "text meaning"}
"""What stands in for a score of phrasings where a section has none."""
MEANING_WEIGHT = 0.3
"""What the cosine to a pool's nearest text counts beside how far a message asks for its sections."""
FLOOR = 0.04
"""How near a message must be to a pool (``relevant``); 0.03 to 0.06 are as good on the tuning half."""
TEXT_FLOOR = 0.25
"""The same for a pool without phrasings: cosine to the text itself."""

Method = Literal["fused", "words", "vectors"]
"""What to search with; all but ``fused`` are for measuring."""
SCORES_OF: Mapping[Method, tuple[str, ...]] = {
    "fused": tuple(WEIGHTS),
    "words": ("text words",),
    "vectors": ("text meaning",),
}
Scores = Mapping[str, Mapping[str, float]]
"""Name of a score → section id → value; a section may lack one."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A found section. ``score`` is comparable within one search only, ``why`` says what matched.

    ``asked`` is how far the query asks for it beyond what nothing answers, about -1 to 1 (``knowledge/asked.py``);
    None where nobody wrote how it is asked for.
    ``similarity`` is the cosine (-1 to 1) of the section's nearest text; None where it is not among those compared.
    """

    section: Section
    meta: Meta
    score: float
    similarity: float | None
    why: str
    asked: float | None = None

    @property
    def id(self) -> str:
        """The section's id, ``document#heading``: what a citation names."""
        return self.section.id


class Words:
    """A BM25 index over one pool's children."""

    def __init__(self, children: list[Child]) -> None:
        import bm25s  # scipy, which it brings, is half a second that a start need not wait for

        self.children = children
        self._index = bm25s.BM25()
        tokens = bm25s.tokenize([c.text for c in children], stopwords="en", show_progress=False)
        self._empty = not tokens.vocab  # texts may be there and hold no word of two letters
        if not self._empty:
            self._index.index(tokens, show_progress=False)

    def search(self, query: str, count: int) -> list[tuple[str, float]]:
        """Section ids with the BM25 score of a child (above 0), best first; a section may stand twice."""
        if self._empty:
            return []
        import bm25s

        tokens = bm25s.tokenize([query], stopwords="en", show_progress=False, return_ids=False)
        if not tokens[0]:
            return []
        scores = self._index.get_scores(tokens[0])
        best = np.argpartition(-scores, min(count, len(scores) - 1))[:count]
        best = best[np.argsort(-scores[best], kind="stable")]
        return [(self.children[i].section, float(scores[i])) for i in best if scores[i] > 0]


def fuse(scores: Scores, method: Method = "fused") -> dict[str, float]:
    """Section id → fused score (higher is better)."""
    sections = sorted({s for of_one in scores.values() for s in of_one})
    if not sections:
        return {}
    total = np.zeros(len(sections))
    for name in SCORES_OF[method]:
        total += WEIGHTS[name] * _standard(_column(scores, name, sections))
    return dict(zip(sections, map(float, total), strict=True))


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a message is to one pool.

    ``asked``: how far it, or a sentence of it, asks for the nearest section, about 0 to 1; None in a pool without
    phrasings. ``margin``: by how much that is more than it, or the same sentence, asks for what the pool does not
    answer. ``meaning``: the cosine (-1 to 1) to the nearest text; ``own``: to the nearest that has no phrasings.
    """

    asked: float | None
    margin: float
    meaning: float
    own: float


def relevant(near: Nearness) -> bool:
    """Whether anything in a pool is near enough to what was asked."""
    if near.asked is None:
        return near.own >= TEXT_FLOOR
    return near.asked + near.margin + MEANING_WEIGHT * near.meaning >= FLOOR or near.own >= 2 * TEXT_FLOOR


def shared_words(query: str, text: str, most: int = 4) -> list[str]:
    """Words of at least four letters that query and text share, longest first."""

    def found(of: str) -> set[str]:
        return set(re.findall(r"[a-z]{4,}", of.lower()))

    return sorted(found(query) & found(text), key=lambda w: (-len(w), w))[:most]


def explain(query: str, section: Section, similarity: float | None) -> str:
    """Why a section was found, in a few words."""
    common = shared_words(query, f"{section.breadcrumb} {section.text}")
    words = f"words: {', '.join(common)}" if common else ""
    meaning = "" if similarity is None else f"meaning {similarity:.2f}"
    return "; ".join(filter(None, (words, meaning))) or "how people ask for it"


def _column(scores: Scores, name: str, sections: Sequence[str]) -> NDArray[np.float64]:
    """One score of every section; what is missing is as low as the lowest found."""
    own, other = scores.get(name, {}), scores.get(OWN.get(name, ""), {})
    if not own and other:  # a pool without phrasings
        return np.zeros(len(sections))
    low = min(own.values(), default=0.0)
    values = np.array([own.get(s, low) for s in sections])
    if name in OWN:
        instead = _standard(_column(scores, OWN[name], sections))
        spread, middle = float(values.std()) or 1.0, float(values.mean())
        lacking = np.array([s not in own for s in sections])
        values = np.where(lacking, middle + spread * instead, values)
    return values


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean()) / (values.std() + 1e-6))
