"""How people ask for a section: phrasings that are searched beside its own text, never shown.

    pieces = pool_pieces("policy-gym", sections)                   # Section objects of that pool
    asked = Asked(pieces, vectors, learned(pieces, vectors))
    asked.likeness(["somebody else was training in my slot"], vectors)     # a number a section, about 1 if surely it

A policy says "double-booked"; a customer says "somebody else was training in my slot". From some forty-five phrasings
a section (``phrasings.yaml``) and from what people ask that nothing answers (``uncovered.yaml``) it is learned which
section a message asks for, if any: kernel ridge regression (Saunders, Gammerman and Vovk 1998), one output a section
and one for none. Two texts are as alike as their words, their letters (character n-grams, which forgive typing) and
the square of their vectors' cosine say together.
"""

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge import shipped
from knowledge.embed import Vectors
from knowledge.sections import Child, Section
from knowledge.terms import Analyze, Terms, letters, words

MEANING = 3.0
"""What the square of a cosine counts beside the likeness of words and of letters, which count 1 each at most."""
RIDGE = 1.5
"""How smooth what is learned is: 2 is as good on the tuning half, 0.5 a little worse."""
UNANSWERED = 0.5
"""Lines that nothing answers for each line that asks for a section of a company's own set; with more, or far fewer,
search finds less or says less often that nothing is relevant (tuning half, sample policies under another name)."""
MOST = 4000
"""Lines of a company's own that are learned from in one pool: twice as many take four times the memory."""
BLOCK = 512
"""Rows of the kernel that are worked out at a time."""
Scores = NDArray[np.float32]


@cache
def phrasings() -> dict[str, list[str]]:
    """Section id → how customers, agents and trainees ask for it (``phrasings.yaml``)."""
    return _read("phrasings.yaml")


@cache
def _uncovered() -> dict[str, list[str]]:
    """Pool → what people ask of it that it does not answer (``uncovered.yaml``, where a key names its pools)."""
    found: dict[str, list[str]] = {}
    for pools, lines in _read("uncovered.yaml").items():
        for pool in pools.split():
            found.setdefault(pool, []).extend(lines)
    return found


def _read(name: str) -> dict[str, list[str]]:
    return shipped.read_as(Path(__file__).parent / name, dict[str, list[str]])


def unanswered(pool: str) -> list[str]:
    """What people ask that a pool does not answer; for a company's own set what the built-in policies do not."""
    return _uncovered().get(pool) or _of_all(pool.partition("-")[0])


@cache
def _of_all(kind: str) -> list[str]:
    return list(dict.fromkeys(line for pool, some in _uncovered().items() if pool.startswith(kind) for line in some))


def lines(section: Section) -> Sequence[str]:
    """How people ask for a section: as its document says, else as ``phrasings.yaml`` does."""
    return section.asked or phrasings().get(section.id, ())


def asked_pieces(section: Section, most: int = MOST) -> list[Child]:
    """A section's phrasings as pieces to embed; of its document's own at most ``most``, from all over the list."""
    said = lines(section)
    if section.asked and len(said) > most:
        said = [said[n * len(said) // most] for n in range(most)]
    return [Child(f"{section.id}/asked-{n}", section.id, text) for n, text in enumerate(said)]


def _most(counts: Sequence[int]) -> int:
    """How many own lines a section may bring so that all together bring ``MOST``; one at least."""
    shares = range(max(counts, default=0), 1, -1)
    return next((most for most in shares if sum(min(count, most) for count in counts) <= MOST), 1)


def pool_pieces(pool: str, sections: Iterable[Section]) -> list[Child]:
    """The phrasings of a pool's sections, then what it does not answer; nothing where nobody wrote phrasings.

    Where documents bring more than ``MOST``, the sections that bring most bring fewer.
    """
    sections = list(sections)
    most = _most([len(section.asked) for section in sections])
    asked = [piece for section in sections for piece in asked_pieces(section, most)]
    others = unanswered(pool) if asked else []
    if pool not in _uncovered() and others:
        others = others[:: max(1, round(len(others) / (len(asked) * UNANSWERED)))]
    return asked + [Child(f"{pool}/uncovered-{n}", "", text) for n, text in enumerate(others)]


def name(pieces: Sequence[Child], fingerprint: str) -> str:
    """The name of what is learned from these pieces with this embedder."""
    parts = [fingerprint, f"{MEANING} {RIDGE}", *(f"{p.section} {p.digest}" for p in pieces)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Asked:
    """What was learned from one pool's phrasings.

    Args:
        pieces: as ``pool_pieces`` gives them.
        vectors: their unit vectors, shape ``(len(pieces), dimensions)``.
        weights: what ``learned`` gave for them.
    """

    def __init__(self, pieces: Sequence[Child], vectors: Vectors, weights: Vectors) -> None:
        self.sections = _sections(pieces)
        self._texts = tuple(p.text for p in pieces)
        self._vectors, self._weights = vectors, weights
        self._lock = threading.Lock()
        self._terms: list[tuple[_Vocabulary, NDArray[np.float16]]] = []

    def likeness(self, queries: Sequence[str], vectors: Vectors) -> Scores:
        """How far each query asks for each section, and last for none of them; ``vectors`` are theirs, a row each.

        Shape ``(len(queries), len(sections) + 1)``; about 1 for what one surely asks for, else about 0.
        """
        meant = (MEANING * np.square(np.maximum(vectors @ self._vectors.T, 0))) @ self._weights
        for vocabulary, terms in self.warm_up():
            meant += np.stack([values @ terms[places] for places, values in vocabulary.measured(queries)])
        return np.asarray(meant, dtype=np.float32)

    def warm_up(self) -> list[tuple["_Vocabulary", NDArray[np.float16]]]:
        """Take the texts apart, which takes a second for 7,000, before somebody waits for it; who does waits once."""
        with self._lock:
            if not self._terms:
                self._terms = [(v, v.folded(self._weights)) for v in _vocabularies(self._texts)]
            return self._terms


def learned(pieces: Sequence[Child], vectors: Vectors) -> Vectors:
    """The weights of ``pieces``, shape ``(len(pieces), sections + 1)``; some seconds and 200 MB for 7,000 pieces."""
    from scipy.linalg import cho_factor, cho_solve

    places = {section: n for n, section in enumerate(_sections(pieces))}
    wanted = np.zeros((len(pieces), len(places) + 1), dtype=np.float32)
    wanted[np.arange(len(pieces)), [places.get(p.section, len(places)) for p in pieces]] = 1
    kernel = np.maximum(vectors @ vectors.T, 0)
    np.square(kernel, out=kernel)
    kernel *= MEANING
    for vocabulary in _vocabularies(tuple(p.text for p in pieces)):
        vocabulary.add_to(kernel)
    kernel.flat[:: len(pieces) + 1] += RIDGE
    factor = cho_factor(kernel.T, overwrite_a=True, check_finite=False)
    return np.asarray(cho_solve(factor, wanted, check_finite=False), dtype=np.float32)


class _Vocabulary:
    """The terms of some texts, and each text by its terms."""

    def __init__(self, texts: Sequence[str], analyze: Analyze) -> None:
        self._terms, self._rows = Terms.fit(analyze, texts)

    def measured(self, others: Sequence[str]) -> Iterator[tuple[NDArray[np.int32], Scores]]:
        """The places and values of each other text's terms."""
        rows = self._terms.rows(others)
        for start, end in pairwise(rows.indptr):
            yield rows.indices[start:end], rows.data[start:end]

    def folded(self, weights: Vectors) -> NDArray[np.float16]:
        """What each term counts for each section, for ``weights`` of the texts: all that is known of them, in one."""
        return np.asarray(self._rows.T @ weights, dtype=np.float16)

    def add_to(self, kernel: Scores) -> None:
        """Add how alike each two texts are; block by block, since few pairs share nothing."""
        columns = self._rows.T.tocsr()
        for start in range(0, len(kernel), BLOCK):
            kernel[start : start + BLOCK] += (self._rows[start : start + BLOCK] @ columns).toarray()


@lru_cache(maxsize=8)
def _vocabularies(texts: tuple[str, ...]) -> tuple[_Vocabulary, _Vocabulary]:
    """Words and pairs of words, and letters. A new revision mostly has the phrasings of the one before."""
    return _Vocabulary(texts, words), _Vocabulary(texts, letters)


def _sections(pieces: Sequence[Child]) -> list[str]:
    return list(dict.fromkeys(p.section for p in pieces if p.section))
