"""Find the sections that help: BM25 and vectors over children, fused by rank.

Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009), weighted by the measured strength
of each half (``python -m evals run retrieval``). Below a floor the answer is "nothing
relevant", an empty list, rather than something.
"""

import re
from dataclasses import dataclass
from typing import Literal

import bm25s
import numpy as np

from knowledge.load import Meta
from knowledge.sections import Child, Section

FUSION_K = 5.0
BM25_WEIGHT = 1.5
VECTOR_WEIGHT = 1.0
CANDIDATES = 40
SIMILARITY_FLOOR = 0.25
"""Cosine below which even the best child counts as nothing relevant."""


Method = Literal["fused", "words", "vectors"]
"""What to search with; all but ``fused`` are for measuring."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A found section. ``score`` is the fused score (higher is better), ``why`` says what matched."""

    section: Section
    meta: Meta
    score: float
    similarity: float
    why: str

    @property
    def id(self) -> str:
        """The section's id, ``document#heading``: what a citation names."""
        return self.section.id


class Words:
    """A BM25 index over one pool's children."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children
        self._index = bm25s.BM25()
        if children:
            tokens = bm25s.tokenize([c.text for c in children], stopwords="en", show_progress=False)
            self._index.index(tokens, show_progress=False)

    def search(self, query: str, count: int) -> list[tuple[int, float]]:
        """Positions of children with their BM25 score (above 0), best first."""
        if not self.children:
            return []
        tokens = bm25s.tokenize([query], stopwords="en", show_progress=False, return_ids=False)
        if not tokens[0]:
            return []
        scores = self._index.get_scores(tokens[0])
        best = np.argsort(-scores, kind="stable")[:count]
        return [(int(i), float(scores[i])) for i in best if scores[i] > 0]


def fuse(words: list[str], vectors: list[str]) -> dict[str, float]:
    """Section id → fused score, from two ranked lists of section ids (repeats count at their best)."""
    scores: dict[str, float] = {}
    for ranked, weight in ((words, BM25_WEIGHT), (vectors, VECTOR_WEIGHT)):
        for rank, section in enumerate(dict.fromkeys(ranked)):
            scores[section] = scores.get(section, 0.0) + weight / (FUSION_K + rank)
    return scores


def shared_words(query: str, text: str, most: int = 4) -> list[str]:
    """Words of at least four letters that query and text share, longest first."""

    def found(of: str) -> set[str]:
        return set(re.findall(r"[a-z]{4,}", of.lower()))

    return sorted(found(query) & found(text), key=lambda w: (-len(w), w))[:most]


def explain(query: str, section: Section, similarity: float) -> str:
    """Why a section was found, in a few words."""
    common = shared_words(query, f"{section.breadcrumb} {section.text}")
    meaning = f"meaning {similarity:.2f}"
    return f"words: {', '.join(common)}; {meaning}" if common else meaning
