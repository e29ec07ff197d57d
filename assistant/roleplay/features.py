"""What a sentence of a trainee's turn is measured by, before anything is learned: words, meaning, surface."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.roleplay.acts import codebook
from assistant.roleplay.patterns import hits

Embed = Callable[[list[str]], NDArray[np.float32]]
EMBEDDING_SCALE = 2.0


@cache
def word_acts() -> tuple[str, ...]:
    """The acts that can be told from words."""
    return tuple(a for a, kind in codebook().items() if kind.judged_by == "words")


def vocabularies(pieces: list[str]) -> tuple[Any, Any]:
    """The n-grams of words, and of characters, that occur often enough in the pieces to learn from."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(
        ngram_range=(1, 3), min_df=2, sublinear_tf=True, token_pattern=r"[a-z']+|\d+|[?!$£€]", dtype=np.float32
    )
    characters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True, dtype=np.float32
    )
    return words.fit(pieces), characters.fit(pieces)


def ngrams(pieces: list[str], words: Any, characters: Any) -> Any:
    """Both vocabularies' n-grams in each sentence, sparse, a row each."""
    from scipy.sparse import hstack

    return hstack([words.transform(pieces), characters.transform(pieces)], format="csr")


def meaning(pieces: list[str], embed: Embed) -> NDArray[np.float32]:
    """Embedding, pattern hits and surface marks of each sentence."""
    acts = word_acts()
    seen = np.array([[float(a in h) for a in acts] for h in map(hits, pieces)], dtype=np.float32)
    surface = np.array([_surface(p) for p in pieces], dtype=np.float32)
    return np.hstack([embed(pieces) * EMBEDDING_SCALE, seen, surface])


def _surface(piece: str) -> list[float]:
    tokens = piece.split()
    letters = [c for c in piece if c.isalpha()]
    return [
        float("?" in piece),
        float("!" in piece),
        min(len(tokens), 40) / 20,
        float(bool(re.search(r"\d", piece))),
        sum(c.isupper() for c in letters) / max(1, len(letters)),
        float(bool(re.match(r"\W*(i|we|i'\w+|we'\w+|let me)\b", piece, re.IGNORECASE))),
        float(bool(re.match(r"\W*(you|your|you'\w+)\b", piece, re.IGNORECASE))),
        float(bool(re.search(r"\b(not|no|never|\w+n'?t)\b", piece, re.IGNORECASE))),
    ]
