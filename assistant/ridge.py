"""Which labels sentences show, learned by kernel ridge regression (Saunders, Gammerman and Vovk 1998).

    ridge, held_out = learn(features, marks, groups)
    ridge.scores(features_of(["I'm sorry, that was us."]))      # a number a label, about 1 if it surely shows it

Two sentences are as alike as their words and letters, the square of their vectors' cosine and their marks say
together. Each part is a sum over features that can be written down (the square of a cosine: over pairs of
dimensions), so all the labelled sentences fold into one weight a feature: a sentence is judged in the same time
however many were learned from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEANING, MARKS = 3.0, 0.04
"""What the square of a cosine and a shared mark count beside words and letters, which count 1 each at most."""
RIDGE = 3.0
"""How smooth what is learned is; 1 and 6 are a little worse on lines held out."""
BLOCK = 1024
"""Rows of the kernel that are worked out at a time."""
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """What sentences are measured by, a row each: n-grams (sparse), unit vectors, marks."""

    ngrams: Any
    vectors: Floats
    marks: Floats


@dataclass(frozen=True, slots=True)
class Ridge:
    """The weights: shapes ``(n-grams, labels)``, ``(labels, dimensions, dimensions)`` and ``(marks, labels)``."""

    ngrams: Floats
    meaning: Floats
    marks: Floats

    def scores(self, features: Features) -> Floats:
        """How far each sentence shows each label, shape ``(sentences, labels)``: about 1 if surely, else about 0."""
        meant = np.einsum("asd,sd->sa", features.vectors @ self.meaning, features.vectors)
        return np.asarray(features.ngrams @ self.ngrams + meant + features.marks @ self.marks, dtype=np.float32)


def learn(features: Features, shown: NDArray[np.int8], groups: Sequence[str]) -> tuple[Ridge, Floats]:
    """The weights, and each sentence's scores as learned from all groups but its own.

    Takes some 4 bytes of memory for each pair of sentences, and half a minute for ten thousand of them: for twice as
    many eight times as long.

    Args:
        features: of the labelled sentences.
        shown: 1 where a sentence shows a label, shape ``(sentences, labels)``.
        groups: what each sentence belongs to, such as the customer's line that it answers.
    """
    from scipy.linalg.lapack import spotrf, spotri, spotrs

    wanted = shown.astype(np.float32)
    kernel = _kernel(features)
    kernel.flat[:: len(kernel) + 1] += RIDGE
    factor, _ = spotrf(kernel.T, lower=1, overwrite_a=1)
    duals, _ = spotrs(factor, wanted, lower=1)
    inverse, _ = spotri(factor, lower=1, overwrite_c=1)
    return _folded(features, duals), _held_out(inverse, duals, wanted, groups)


def _kernel(features: Features) -> Floats:
    kernel: Floats = features.vectors @ features.vectors.T
    np.square(kernel, out=kernel)
    kernel *= MEANING
    columns = features.ngrams.T.tocsr()
    for start in range(0, len(kernel), BLOCK):
        rows = slice(start, start + BLOCK)
        kernel[rows] += (features.ngrams[rows] @ columns).toarray()
        kernel[rows] += MARKS * (features.marks[rows] @ features.marks.T)
    return kernel


def _folded(features: Features, duals: Floats) -> Ridge:
    """One weight a feature, for what the labelled sentences say together."""
    vectors = features.vectors
    meaning = np.stack([(vectors * of_act[:, None]).T @ vectors for of_act in duals.T])
    return Ridge(
        ngrams=np.asarray(features.ngrams.T @ duals, dtype=np.float32),
        meaning=np.asarray(MEANING * meaning, dtype=np.float32),
        marks=np.asarray(MARKS * features.marks.T @ duals, dtype=np.float32),
    )


def _held_out(inverse: Floats, duals: Floats, wanted: Floats, groups: Sequence[str]) -> Floats:
    """What would be said of each group had it not been learned from, in closed form (the lower half is filled)."""
    rows: dict[str, list[int]] = {}
    for number, group in enumerate(groups):
        rows.setdefault(group, []).append(number)
    scores = np.empty_like(wanted)
    for members in rows.values():
        lower = np.tril(inverse[np.ix_(members, members)])
        own = lower + np.tril(lower, -1).T
        scores[members] = wanted[members] - np.linalg.solve(own, duals[members])
    return scores
