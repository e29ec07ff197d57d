"""What is learned from labelled sentences: folded it says the same, and what is held out was not learned from."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from assistant.ridge import MARKS, MEANING, RIDGE, Features, Floats, learn


def _features(rows: int, seed: int) -> Features:
    dice = np.random.default_rng(seed)
    vectors = dice.normal(size=(rows, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ngrams = csr_matrix(dice.random((rows, 9), dtype=np.float32) * (dice.random((rows, 9)) < 0.4))
    return Features(ngrams, vectors, (dice.random((rows, 3)) < 0.5).astype(np.float32))


def _alike(some: Features, others: Features) -> Floats:
    words = (some.ngrams @ others.ngrams.T).toarray()
    marks = some.marks @ others.marks.T
    return np.asarray(words + MEANING * np.square(some.vectors @ others.vectors.T) + MARKS * marks)


def _rows(features: Features, rows: list[int]) -> Features:
    return Features(features.ngrams[rows], features.vectors[rows], features.marks[rows])


def _by_kernel(known: Features, shown: Floats, asked: Features) -> Floats:
    """The textbook's form: the kernel with all that was learned from, solved."""
    kernel = _alike(known, known) + RIDGE * np.eye(len(shown), dtype=np.float32)
    return np.asarray(_alike(asked, known) @ np.linalg.solve(kernel, shown))


def test_folded_weights_say_what_all_the_sentences_say_together() -> None:
    known, asked = _features(30, 1), _features(8, 2)
    shown = (np.random.default_rng(3).random((30, 4)) < 0.3).astype(np.int8)
    ridge, _ = learn(known, shown, [str(i) for i in range(30)])
    np.testing.assert_allclose(ridge.scores(asked), _by_kernel(known, shown.astype(np.float32), asked), atol=1e-5)


@pytest.mark.parametrize("size", [1, 4])
def test_a_group_held_out_is_scored_as_if_it_had_never_been_seen(size: int) -> None:
    known = _features(20, 4)
    shown = (np.random.default_rng(5).random((20, 2)) < 0.4).astype(np.int8)
    groups = [str(i % (20 // size)) for i in range(20)]
    _, held_out = learn(known, shown, groups)
    for group in set(groups):
        own = [i for i, g in enumerate(groups) if g == group]
        rest = [i for i in range(20) if i not in own]
        expected = _by_kernel(_rows(known, rest), shown[rest].astype(np.float32), _rows(known, own))
        np.testing.assert_allclose(held_out[own], expected, atol=1e-5)
