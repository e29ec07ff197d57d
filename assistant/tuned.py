"""A second opinion on what sentences show: the embedded embedder as it became by training on the labelled ones.

    second = opinion(embedder, "acts", word_acts())      # None with another embedder than the embedded one
    second(["What did you expect?"])                     # log odds, shape (sentences, labels)

Trained by ``tune.py`` on what the lessons learn from, and shipped (``tuned.npz``) as what differs from the embedder's
own file, with a linear layer a lesson. Whoever edits a lesson's files has the lesson learned anew in minutes, and
this left as it is: it needs no more than the labels' names. What it was not trained on it says nothing of.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant.ridge import Floats
from knowledge import Embedder, MiniLM
from knowledge.embed import Patch

FILE = Path(__file__).parent / "tuned.npz"
Opinion = Callable[[list[str]], Floats]
"""Sentences → log odds, shape ``(sentences, labels)``; not a number for labels that it does not know."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What a lesson reads of a vector: shapes ``(labels, dimensions)`` and ``(labels,)``."""

    labels: tuple[str, ...]
    weights: Floats
    biases: Floats


class Tuned:
    """The trained encoder, loaded when it is first asked: half a second, and 100 MB of memory."""

    def __init__(self, embedder: MiniLM, file: Path = FILE) -> None:
        self._embedder, self._file = embedder, file
        self._lock = threading.Lock()
        self._layers: dict[str, Layer] = {}
        self._encoder: MiniLM | None = None

    def log_odds(self, lesson: str, labels: Sequence[str], pieces: list[str]) -> Floats:
        """How likely sentences show the labels of a lesson, as log odds; not a number where it does not know one."""
        vectors = self._loaded().embed(pieces)
        layer = self._layers[lesson]
        scores = vectors @ layer.weights.T + layer.biases
        found = np.full((len(pieces), len(labels)), np.nan, dtype=np.float32)
        for column, label in enumerate(labels):
            if label in layer.labels:
                found[:, column] = scores[:, layer.labels.index(label)]
        return found

    def _loaded(self) -> MiniLM:
        with self._lock:
            if self._encoder is None:
                patch, self._layers = load(self._file)
                self._encoder = self._embedder.patched(patch)
            return self._encoder


def opinion(embedder: Embedder, lesson: str, labels: Sequence[str]) -> Opinion | None:
    """The second opinion on a lesson; None with another embedder than the one that was trained."""
    if not isinstance(embedder, MiniLM):
        return None
    tuned = _tuned(embedder)
    return lambda pieces: tuned.log_odds(lesson, labels, pieces)


def joined(probabilities: Floats, second: Floats) -> Floats:
    """Two opinions as one: the mean of their log odds, or the first alone where the second does not know a label."""
    sure = np.clip(probabilities, 1e-4, 1 - 1e-4)
    first = np.log(sure / (1 - sure))
    both = np.where(np.isnan(second), first, (first + second) / 2)
    return np.asarray(1 / (1 + np.exp(-both)), dtype=np.float32)


def save(file: Path, patch: Patch, layers: Mapping[str, Layer]) -> None:
    """Write what was trained, in one piece or not at all."""
    arrays: dict[str, Any] = {
        "places": np.array(list(patch), dtype=np.int64),
        "sizes": np.array([len(some) for some in patch.values()], dtype=np.int64),
        "patch": np.frombuffer(b"".join(patch.values()), dtype=np.uint8),
    }
    for lesson, layer in layers.items():
        arrays |= {
            f"{lesson} labels": np.array(layer.labels),
            f"{lesson} weights": layer.weights.astype(np.float32),
            f"{lesson} biases": layer.biases.astype(np.float32),
        }
    part = file.with_suffix(".part.npz")
    np.savez_compressed(part, **arrays)
    part.replace(file)


def load(file: Path) -> tuple[Patch, dict[str, Layer]]:
    """What ``save`` wrote."""
    with np.load(file, allow_pickle=False) as opened:
        kept = dict(opened)
    ends, whole = np.cumsum(kept["sizes"]), kept["patch"].tobytes()
    patch = {
        int(place): whole[end - size : end]
        for place, size, end in zip(kept["places"], kept["sizes"], ends, strict=True)
    }
    lessons = [name.removesuffix(" labels") for name in kept if name.endswith(" labels")]
    layers = {
        lesson: Layer(tuple(map(str, kept[f"{lesson} labels"])), kept[f"{lesson} weights"], kept[f"{lesson} biases"])
        for lesson in lessons
    }
    return patch, layers


@cache
def _tuned(embedder: MiniLM) -> Tuned:
    """One an embedder, whichever lessons ask."""
    return Tuned(embedder)
