"""What a sentence of a trainee's turn is marked by beside its words: the patterns it meets, its surface."""

import re
from functools import cache

import numpy as np

from assistant.act_words import hits
from assistant.ridge import Floats
from assistant.roleplay.acts import codebook
from assistant.roleplay.pile import longest_run, small_share


@cache
def word_acts() -> tuple[str, ...]:
    """The acts that can be told from words."""
    return tuple(a for a, kind in codebook().items() if kind.judged_by == "words")


def mark(pieces: list[str]) -> Floats:
    """Pattern hits and surface marks of sentences, a row each."""
    seen = np.array([[float(a in h) for a in word_acts()] for h in map(hits, pieces)], dtype=np.float32)
    return np.hstack([seen, np.array([_surface(p) for p in pieces], dtype=np.float32)])


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
        small_share(piece),
        min(longest_run(piece), 10) / 5,
    ]
