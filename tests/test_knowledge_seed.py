import numpy as np
import pytest

from knowledge import Library, MiniLM, seed
from knowledge.embed import Vectors, unit


def test_what_was_computed_beforehand_is_what_the_embedder_gives(library: Library, minilm: MiniLM) -> None:
    """Edit a guide and this still holds: what is not in the file is embedded as any other text."""
    pieces = [c for pool in library._manifest.pools() for c in library._manifest.children(pool)]
    found = seed.known([p.digest for p in pieces], minilm.fingerprint)
    assert len(found) >= 0.9 * len(pieces), "run: python -m knowledge seed"
    some = [p for p in pieces if p.digest in found][::97]
    fresh = minilm.embed([p.text for p in some])
    stored = unit(np.stack([found[p.digest] for p in some]))
    assert float((fresh * stored).sum(axis=1).min()) > 0.999


def test_another_embedder_finds_nothing() -> None:
    shipped = seed._load()
    assert shipped.fingerprint == MiniLM.fingerprint
    assert seed.known(list(shipped.places)[:3], "words-test") == {}


def test_without_the_file_everything_is_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "_load", lambda: seed.NOTHING)
    assert seed.learned("any") is None
    assert seed.known(["any"], MiniLM.fingerprint) == {}


def test_known_texts_are_looked_up_and_others_embedded_in_their_places(library: Library, minilm: MiniLM) -> None:
    piece = next(c for pool in library._manifest.pools() for c in library._manifest.children(pool))
    asked: list[list[str]] = []

    class Counting:
        fingerprint = minilm.fingerprint

        def embed(self, texts: list[str]) -> Vectors:
            asked.append(texts)
            return minilm.embed(texts)

    embed = seed.by_heart(Counting())
    rows = embed(["Where is it?", piece.text])
    assert asked == [["Where is it?"]] and rows.shape == (2, 384) and rows.dtype == np.float32
    assert (rows * minilm.embed(["Where is it?", piece.text])).sum(axis=1).min() > 0.999
    assert embed([]).shape == (0, 384) and embed([piece.text]).shape == (1, 384)
