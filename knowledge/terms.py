"""Texts by their terms, weighed by how rare each is (TF-IDF), a row of length 1 a text.

    terms, rows = Terms.fit(words, texts)       # rows: sparse, shape (texts, terms)
    terms.rows(["They gave my slot away."])

What scikit-learn's ``TfidfVectorizer(sublinear_tf=True)`` gives (a test holds the two side by side), without the two
to four seconds that importing it takes: a start and a first search would wait for them.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Analyze = Callable[[str], list[str]]
"""The terms of a text, as often as they stand in it."""
LETTERS = (3, 4, 5)


class Terms:
    """The terms of some texts in their order, and what each weighs.

    Args:
        analyze: takes a text apart.
        terms: those that count.
        idf: what each weighs: more, the fewer texts have it.
    """

    def __init__(self, analyze: Analyze, terms: Sequence[str], idf: Floats) -> None:
        self.terms, self.idf = tuple(terms), idf
        self._analyze = analyze
        self._places = {term: place for place, term in enumerate(terms)}

    @classmethod
    def fit(cls, analyze: Analyze, texts: Sequence[str], least: int = 1) -> tuple["Terms", Any]:
        """The terms that at least so many of the texts have, and the texts' ``rows``."""
        seen: dict[str, int] = {}
        counts = _counted([[seen.setdefault(term, len(seen)) for term in analyze(text)] for text in texts], seen)
        having = counts.getnnz(axis=0)
        kept = [(term, place) for term, place in sorted(seen.items()) if having[place] >= least]
        places = [place for _, place in kept]
        idf = np.log((1 + len(texts)) / (1 + having[places])) + 1
        fitted = cls(analyze, [term for term, _ in kept], idf.astype(np.float32))
        return fitted, fitted._weighed(counts[:, places])

    def rows(self, texts: Iterable[str]) -> Any:
        """A sparse matrix of single precision, shape ``(texts, terms)``."""
        known = self._places.get
        found = [[place for term in self._analyze(text) if (place := known(term)) is not None] for text in texts]
        return self._weighed(_counted(found, self.terms))

    def _weighed(self, counts: Any) -> Any:
        values = (1 + np.log(counts.data)) * self.idf[counts.indices]
        lengths = np.sqrt(np.add.reduceat(np.append(values * values, 0), counts.indptr[:-1]))
        counts.data = values / np.repeat(lengths, np.diff(counts.indptr))
        return counts


def _counted(found: Sequence[Sequence[int]], terms: Collection[str]) -> Any:
    """How often each text has each term, sparse; ``found``: the places of a text's terms."""
    from scipy.sparse import csr_matrix  # half a second that a start need not wait for

    ends = np.cumsum([0, *map(len, found)])
    places = np.fromiter(chain.from_iterable(found), dtype=np.int32, count=ends[-1])
    counts = csr_matrix((np.ones(len(places), dtype=np.float32), places, ends), shape=(len(found), len(terms)))
    counts.sum_duplicates()
    return counts


def words(text: str, pattern: str = r"\b\w\w+\b") -> list[str]:
    """Words, and pairs of words that follow each other."""
    single = re.findall(pattern, text.lower())
    return single + [f"{a} {b}" for a, b in pairwise(single)]


def words_of(pattern: str) -> Analyze:
    """``words`` with another idea of what a word is."""
    return partial(words, pattern=pattern)


def letters(text: str) -> list[str]:
    """Letters of each word, three to five in a row, with a space before and after the word: they forgive typing."""
    found = []
    for word in text.lower().split():
        padded = f" {word} "
        for length in LETTERS:
            found += [padded[start : start + length] for start in range(max(1, len(padded) - length + 1))]
            if len(padded) <= length:  # a short word counts once
                break
    return found
