"""How people ask for a section: phrasings that are searched beside its own text, never shown.

A policy says "double-booked"; a customer says "somebody else was training in my slot". The
phrasings (``phrasings.yaml``) are a few thousand short lines, so they are searched in memory, by
words (BM25), by letters (character n-grams, which forgive typing), by meaning, and by contrast: the
same vectors with what the phrasings of one section differ in scaled down, so that what tells sections
apart counts (the within-class whitening of linear discriminant analysis). A section counts by its
best three. What people ask that nothing answers (``uncovered.yaml``) stands against them: a message nearer
to that is answered with "nothing relevant".
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from knowledge.embed import Vectors, unit
from knowledge.sections import Child
from knowledge.shipped import LOADER

BEST = 3
SHRINKAGE = 0.6
"""How far the spread within sections, known from a few hundred phrasings, is drawn towards an even one (0 to 1)."""
Scores = NDArray[np.float32]


@cache
def phrasings() -> dict[str, list[str]]:
    """Section id → how customers, agents and trainees ask for it (``phrasings.yaml``)."""
    text = (Path(__file__).parent / "phrasings.yaml").read_text(encoding="utf-8")
    loaded: dict[str, list[str]] = yaml.load(text, LOADER)  # nosec B506
    return loaded


@cache
def _uncovered() -> dict[str, list[str]]:
    """Pool → what people ask of it that it does not answer (``uncovered.yaml``, where a key names its pools)."""
    loaded = yaml.safe_load((Path(__file__).parent / "uncovered.yaml").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for pools, lines in loaded.items():
        for pool in pools.split():
            found.setdefault(pool, []).extend(lines)
    return found


def uncovered_pieces(pool: str) -> list[Child]:
    """What a pool does not answer, as pieces to embed."""
    return [Child(f"{pool}/uncovered-{n}", "", text) for n, text in enumerate(_uncovered().get(pool, []))]


def asked_pieces(section: str) -> list[Child]:
    """A section's phrasings as pieces to embed."""
    return [Child(f"{section}/asked-{n}", section, text) for n, text in enumerate(phrasings().get(section, []))]


class Asked:
    """The phrasings of one pool's sections.

    Args:
        pieces: the phrasings.
        vectors: their unit vectors, shape ``(len(pieces), dimensions)``.
    """

    def __init__(self, pieces: list[Child], vectors: Vectors) -> None:
        import bm25s  # with scipy and scikit-learn two seconds that a start need not wait for
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.sections = list(dict.fromkeys(p.section for p in pieces))
        places = {section: i for i, section in enumerate(self.sections)}
        self._owner = np.array([places[p.section] for p in pieces])
        self._vectors = vectors
        self._middle = vectors.mean(axis=0)
        self._whiten = _whitening(vectors, self._owner)
        self._apart = self._contrasted(vectors)
        texts = [p.text for p in pieces]
        self._words = bm25s.BM25()
        self._words.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)
        self._letters: Any = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32
        )
        self._matrix = self._letters.fit_transform(texts).T.tocsr()

    def by_words(self, query: str) -> Scores:
        """BM25 of each section's best phrasings, shape ``(sections,)``."""
        import bm25s

        tokens = bm25s.tokenize([query], stopwords="en", show_progress=False, return_ids=False)
        scores = self._words.get_scores(tokens[0]) if tokens[0] else np.zeros(len(self._owner))
        return self._best(scores)

    def by_letters(self, query: str) -> Scores:
        """Cosine of character n-grams, shape ``(sections,)``, 0 to 1."""
        query = re.sub(r"\s+", " ", query)
        return self._best((self._letters.transform([query]) @ self._matrix).toarray().ravel())

    def by_meaning(self, vector: Vectors) -> Scores:
        """Cosine of the query's vector (shape ``(dimensions,)``), shape ``(sections,)``."""
        return self._best(np.einsum("ij,j->i", self._vectors, vector))  # no threads: they cost more than they save

    def by_contrast(self, vector: Vectors) -> Scores:
        """Cosine of the query's vector after whitening, shape ``(sections,)``."""
        return self._best(np.einsum("ij,j->i", self._apart, self._contrasted(vector[None])[0]))

    def _contrasted(self, vectors: Vectors) -> Vectors:
        return unit((vectors - self._middle) @ self._whiten)

    def _best(self, scores: Any) -> Scores:
        """Each section's mean over its best phrasings."""
        order = np.lexsort((-scores, self._owner))
        owner, ranked = self._owner[order], scores[order]
        starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        place = np.arange(len(owner)) - np.repeat(starts, np.diff(np.r_[starts, len(owner)]))
        kept = place < BEST
        sums = np.bincount(owner[kept], weights=ranked[kept], minlength=len(self.sections))
        return np.asarray(sums / np.bincount(owner[kept], minlength=len(self.sections)), dtype=np.float32)


def best_mean(similarities: Scores) -> float:
    """The mean of the best few; 0 of none."""
    return float(np.sort(similarities)[-BEST:].mean()) if len(similarities) else 0.0


def _whitening(vectors: Vectors, owner: NDArray[np.intp]) -> Vectors:
    """What makes the spread of phrasings within sections even, shape ``(dimensions, dimensions)``."""
    count = np.bincount(owner)
    sums = np.zeros((len(count), vectors.shape[1]), dtype=np.float64)
    np.add.at(sums, owner, vectors)
    within = vectors - (sums / count[:, None])[owner]
    spread = within.T @ within / len(within)
    even = np.trace(spread) / len(spread) * np.eye(len(spread))
    sizes, axes = np.linalg.eigh((1 - SHRINKAGE) * spread + SHRINKAGE * even)
    return np.asarray(axes / np.sqrt(np.maximum(sizes, 1e-9)) @ axes.T, dtype=np.float32)
