"""The second opinion: the embedder's file with other weights, a layer a lesson, joined with what was learned."""

import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.encoder_file import Weight
from assistant.errors import EvenKeelError
from assistant.learn import LESSONS
from assistant.tune import tune
from assistant.tuned import FILE, Layer, Tuned, joined, load, opinion, save
from knowledge import MiniLM
from tests.libraries import WordEmbedder

ASKED = ["That was our mistake.", "What did you expect, a medal?"]


def test_two_opinions_meet_in_the_middle_and_who_does_not_know_has_no_say() -> None:
    first = np.array([[0.5, 0.9]], dtype=np.float32)
    second = np.array([[np.log(9.0), np.nan]], dtype=np.float32)
    np.testing.assert_allclose(joined(first, second), [[0.75, 0.9]], atol=1e-4)


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    layer = Layer(("one", "two"), np.ones((2, 384), np.float32), np.array([0.5, -0.5], np.float32))
    save(tmp_path / "tuned.npz", {7: b"abc", 90: b"d"}, {"trial": layer})
    patch, layers = load(tmp_path / "tuned.npz")
    assert patch == {7: b"abc", 90: b"d"}
    assert layers["trial"].labels == layer.labels
    np.testing.assert_array_equal(layers["trial"].weights, layer.weights)


def test_a_label_that_nothing_was_trained_on_is_left_to_the_other(tmp_path: Path) -> None:
    embedder = MiniLM()
    layer = Layer(("insult",), np.zeros((1, 384), np.float32), np.array([2.0], np.float32))
    save(tmp_path / "tuned.npz", {}, {"acts": layer})
    told = Tuned(embedder, tmp_path / "tuned.npz").log_odds("acts", ("newly_added", "insult"), ASKED)
    assert np.isnan(told[:, 0]).all() and (told[:, 1] == 2.0).all()


def test_only_the_embedder_that_was_trained_has_a_second_opinion(minilm: MiniLM) -> None:
    assert opinion(WordEmbedder(), "acts", ("insult",)) is None
    second = opinion(minilm, "acts", ("owned_apology", "insult"))
    assert second is not None
    owned, sneered = second(["That was our mistake.", "You are a fool, and you always were one."])
    assert owned[0] > 0 > owned[1] and sneered[1] > 0 > sneered[0]


@pytest.mark.parametrize("name", list(LESSONS))
def test_what_the_project_ships_knows_every_label_of_its_lessons(name: str) -> None:
    """If this fails: ``python -m assistant tune``."""
    _, layers = load(FILE)
    assert layers[name].labels == LESSONS[name].labels()


def test_the_trained_encoder_says_something_else_and_the_embedder_stays_as_it_was(minilm: MiniLM) -> None:
    before = minilm.embed(ASKED)
    patch, _ = load(FILE)
    assert np.abs(minilm.patched(patch).embed(ASKED) - before).max() > 0.01
    np.testing.assert_array_equal(minilm.embed(ASKED), before)


@pytest.mark.parametrize("turned", [False, True])
def test_a_table_is_rounded_to_a_scale_a_column_as_in_the_file(turned: bool) -> None:
    table = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    patch = Weight(table, at=0, scales_at=100, turned=turned).stored(table)
    kept = table.T if turned else table
    numbers = np.frombuffer(patch[0], np.int8).reshape(kept.shape)
    scales = np.frombuffer(patch[100], "<f4")
    assert len(scales) == kept.shape[1]
    assert (np.abs(numbers * scales - kept) <= scales / 2 + 1e-6).all()


def test_training_says_what_it_needs_before_it_begins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(EvenKeelError, match=r"pip install -e '.\[tune\]'"):
        tune(tmp_path / "tuned.npz")
    assert not list(tmp_path.iterdir())
