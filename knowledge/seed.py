"""Vectors of the built-in texts, and what was learned from phrasings, so that a first start need not take minutes.

    known(digests, fingerprint)          # {digest: vector} of those that ``seed.npz`` holds
    by_heart(embedder)                   # its ``embed``, which looks those texts up
    python -m knowledge seed             # writes seed.npz anew from the built-in texts

Keyed by the digest of a piece and made by one embedder: a text that was edited is not found here and
is embedded as any other. The file is a cache; without it everything works and the first sync takes longer.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from knowledge.embed import Embedder, Vectors
from knowledge.sections import text_digest

FILE = Path(__file__).parent / "seed.npz"
LEARNED = "learned-"


def known(digests: Iterable[str], fingerprint: str) -> dict[str, Vectors]:
    """The vectors (shape ``(dimensions,)``) of those digests that were computed with this embedder."""
    seed = _load()
    if seed.fingerprint != fingerprint:
        return {}
    return {d: seed.vectors[seed.places[d]].astype(np.float32) for d in digests if d in seed.places}


def learned(name: str) -> Vectors | None:
    """What was learned under a name (``knowledge.asked.name``); None if that is not in the file."""
    weights = _load().learned.get(name)
    return None if weights is None else weights.astype(np.float32)


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


def write(vectors: Mapping[str, Vectors], weights: Mapping[str, Vectors], fingerprint: str) -> None:
    """Write the file: half precision, which moves a cosine by less than a thousandth."""
    digests = sorted(vectors)
    rows = np.stack([vectors[d] for d in digests]).astype(np.float16)
    named: dict[str, Any] = {f"{LEARNED}{name}": some.astype(np.float16) for name, some in weights.items()}
    np.savez_compressed(FILE, fingerprint=np.array(fingerprint), digests=np.array(digests), vectors=rows, **named)


class _Seed(NamedTuple):
    fingerprint: str
    places: Mapping[str, int]
    vectors: Vectors
    learned: Mapping[str, Vectors]


NOTHING = _Seed("", {}, np.zeros((0, 0), dtype=np.float32), {})


@cache
def _load() -> _Seed:
    if not FILE.is_file():
        return NOTHING
    with np.load(FILE) as file:
        places = {str(d): i for i, d in enumerate(file["digests"])}
        learned = {key.removeprefix(LEARNED): file[key] for key in file.files if key.startswith(LEARNED)}
        return _Seed(str(file["fingerprint"]), places, file["vectors"], learned)
