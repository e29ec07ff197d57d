"""Vectors of the built-in texts, computed beforehand, so that a first start need not take the minute.

    known(digests, fingerprint)          # {digest: vector} of those that ``seed.npz`` holds
    by_heart(embedder)                   # its ``embed``, which looks those texts up
    python -m knowledge seed             # writes seed.npz anew from the built-in texts

Keyed by the digest of a piece and made by one embedder: a text that was edited is not found here and
is embedded as any other. The file is a cache; without it everything works and the first sync takes longer.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from knowledge.embed import Embedder, Vectors
from knowledge.sections import text_digest

FILE = Path(__file__).parent / "seed.npz"


def known(digests: Iterable[str], fingerprint: str) -> dict[str, Vectors]:
    """The vectors (shape ``(dimensions,)``) of those digests that were computed with this embedder."""
    made_by, places, vectors = _load()
    if made_by != fingerprint:
        return {}
    return {d: vectors[places[d]].astype(np.float32) for d in digests if d in places}


def by_heart(embedder: Embedder) -> Callable[[list[str]], Vectors]:
    """The embedder's ``embed``, but texts whose vectors ``seed.npz`` holds are looked up."""

    def embed(texts: list[str]) -> Vectors:
        digests = [text_digest(text) for text in texts]
        found = known(digests, embedder.fingerprint)
        rest = [n for n, digest in enumerate(digests) if digest not in found]
        fresh = embedder.embed([texts[n] for n in rest])
        if len(rest) == len(texts):
            return fresh
        out = np.empty((len(texts), fresh.shape[1]), dtype=np.float32)
        out[rest] = fresh
        for n, digest in enumerate(digests):
            if digest in found:
                out[n] = found[digest]
        return out

    return embed


def write(vectors: Mapping[str, Vectors], fingerprint: str) -> None:
    """Write the file: half precision, which moves a cosine by less than a thousandth."""
    digests = sorted(vectors)
    rows = np.stack([vectors[d] for d in digests]).astype(np.float16)
    np.savez_compressed(FILE, fingerprint=np.array(fingerprint), digests=np.array(digests), vectors=rows)


@cache
def _load() -> tuple[str, dict[str, int], Vectors]:
    if not FILE.is_file():
        return "", {}, np.zeros((0, 0), dtype=np.float32)
    with np.load(FILE) as file:
        return str(file["fingerprint"]), {str(d): i for i, d in enumerate(file["digests"])}, file["vectors"]
