"""What is learned from sentences: kept and read again it says the same; shipped, it is what its files say."""

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import EvenKeelError
from assistant.learn import LESSONS
from assistant.lesson import Lesson, readable
from assistant.ridge import Floats
from assistant.sentence_model import Embed, SentenceModel, learn, load, made_of_what
from knowledge import LangChainEmbedder
from tests.libraries import WordEmbedder

PIECES = [
    *("the shop is shut", "the shop is open", "the door is shut", "the door is open"),
    *("my dog is wet", "my cat is wet", "my dog is dry", "my cat is dry"),
] * 3
SHOWN = np.array([[int("shop" in p or "door" in p), int("dog" in p)] for p in PIECES], dtype=np.int8)


def _mark(pieces: list[str]) -> Floats:
    return np.array([[float("wet" in p)] for p in pieces], dtype=np.float32)


def _learn(embed: Embed) -> SentenceModel:
    return learn(PIECES, SHOWN, PIECES, _mark, embed, lambda probabilities, shown: 0.5)


def _lesson(folder: Path, version: int = 1) -> Lesson:
    source = folder / "lines.txt"
    if not source.is_file():
        source.write_text("\n".join(PIECES))
    return Lesson("trial", version, (source,), lambda: ("shop", "dog"), _mark, _learn)


def test_it_learns_what_sentences_show_and_says_the_same_when_read_again(tmp_path: Path) -> None:
    embed = WordEmbedder().embed
    model = _learn(embed)
    asked = ["the shop is shut today", "my dog is wet", "my cat is dry"]
    told = model.probabilities(asked)
    assert ((told >= model.thresholds) == [[True, False], [False, True], [False, False]]).all()
    model.save(tmp_path / "trial.npz", "these")
    again = load(tmp_path / "trial.npz", _mark, embed)
    np.testing.assert_allclose(again.probabilities(asked), told, atol=0.01)


def test_it_is_learned_once_and_again_when_a_file_was_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson, embedder, cache = _lesson(tmp_path), WordEmbedder(), tmp_path / "cache"
    assert lesson.known(cache, embedder) is None
    lesson.learned(cache, embedder)
    assert lesson.known(cache, embedder) is not None
    assert _lesson(tmp_path, version=2).known(cache, embedder) is None
    (tmp_path / "lines.txt").write_text("edited")
    assert lesson.known(cache, embedder) is None


def test_an_embedding_service_is_asked_about_no_sentence(tmp_path: Path) -> None:
    service = LangChainEmbedder.__new__(LangChainEmbedder)
    service.fingerprint = "openai-never-asked"
    for lesson in LESSONS.values():
        model = lesson.known(tmp_path, service)
        assert model is not None and model.second is not None
        assert model.probabilities(["We broke it, and I am sorry."]).shape == (1, len(lesson.labels()))


def test_where_nothing_here_can_embed_patterns_read_and_a_service_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = LangChainEmbedder.__new__(LangChainEmbedder)
    monkeypatch.setattr("assistant.lesson._embedded", lambda: None)
    assert not readable(service) and readable(WordEmbedder())
    with pytest.raises(EvenKeelError, match="by no service"):
        next(iter(LESSONS.values())).known(tmp_path, service)


def test_a_torn_file_is_learned_anew(tmp_path: Path) -> None:
    lesson, embedder = _lesson(tmp_path), WordEmbedder()
    lesson.learned(tmp_path, embedder)
    (kept,) = tmp_path.glob("trial-*.npz")
    kept.write_bytes(kept.read_bytes()[:2000])
    assert lesson.known(tmp_path, embedder) is None
    assert lesson.learned(tmp_path, embedder).probabilities(["the shop is shut"])[0, 0] > 0.5


def test_what_is_shipped_goes_before_what_was_learned_here(tmp_path: Path) -> None:
    lesson, embedder = _lesson(tmp_path), WordEmbedder()
    _learn(embedder.embed).save(lesson.shipped, lesson.made_of(embedder))
    assert lesson.known(tmp_path / "nowhere", embedder) is not None


@pytest.mark.parametrize("name", list(LESSONS))
def test_what_the_project_ships_was_learned_from_the_files_it_ships(name: str, minilm: WordEmbedder) -> None:
    """If this fails: ``python -m assistant learn``."""
    lesson = LESSONS[name]
    assert made_of_what(lesson.shipped) == lesson.made_of(minilm)
