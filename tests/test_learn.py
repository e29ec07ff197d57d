import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from assistant.learn import LESSONS, main, ship
from assistant.lesson import Lesson, labelled
from assistant.ridge import Floats, Ridge
from assistant.sentence_model import Embed, Odds, SentenceModel
from knowledge.terms import Terms, letters
from tests.libraries import WordEmbedder

ROOT = Path(__file__).parent.parent


def test_learning_ends_with_the_app_that_began_it(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    command = [sys.executable, "-m", "assistant.learn", next(iter(LESSONS)), str(tmp_path), str(gone.pid)]
    learner = subprocess.run(command, cwd=ROOT, env=os.environ, timeout=60)
    assert learner.returncode == 1 and not list(tmp_path.iterdir()), "it left at once, with nothing half learned"


def test_a_mistake_in_a_labelled_file_is_told_by_file_and_line_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "lines.jsonl"
    source.write_text('{"id": "a", "text": "Sorry.", "acts": []}\nnot json\n')

    def learn_it(embed: Embed) -> SentenceModel:
        raise AssertionError(list(labelled(source, _Labelled)))

    lesson = Lesson("trial", 1, (source,), tuple, lambda texts: np.zeros((len(texts), 1), np.float32), learn_it)
    monkeypatch.setattr("assistant.services.open_embedder", lambda settings: WordEmbedder())
    monkeypatch.setattr("os.nice", lambda more: 0)
    monkeypatch.setitem(LESSONS, "trial", lesson)
    monkeypatch.setattr("sys.argv", ["learn", "trial", str(tmp_path / "kept"), str(os.getppid())])
    assert main() == 1
    told = capsys.readouterr().err
    assert told.startswith("lines.jsonl, line 2, the line: Invalid JSON") and told.count("\n") == 1


class _Labelled(BaseModel):
    id: str


def test_a_sentence_is_judged_once_however_often_it_is_asked_about() -> None:
    asked: list[str] = []

    def embed(texts: list[str]) -> Floats:
        asked.extend(texts)
        return WordEmbedder().embed(texts)

    def mark(texts: list[str]) -> Floats:
        return np.zeros((len(texts), 1), dtype=np.float32)

    turn, size = ["We sold it twice.", "What did that cost you?"], WordEmbedder().embed(["a"]).shape[1]
    blank = Ridge(np.zeros((2, 3), np.float32), np.zeros((3, size, size), np.float32), np.zeros((1, 3), np.float32))
    even = Odds(np.ones(3, np.float32), np.zeros(3, np.float32))
    no_terms = Terms(letters, ["held by nothing"], np.ones(1, np.float32))
    model = SentenceModel(no_terms, no_terms, blank, even, np.full(3, 0.4, np.float32), mark, embed)
    for _ in range(2):
        assert model.probabilities(turn).tolist() == [[0.5] * 3] * 2
    assert asked == turn


def test_what_is_shipped_is_not_learned_again_while_its_files_say_the_same(
    minilm: WordEmbedder, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [lesson.shipped.stat().st_mtime_ns for lesson in LESSONS.values()]
    ship(minilm)
    assert capsys.readouterr().out.count("as its files say") == len(LESSONS)
    assert [lesson.shipped.stat().st_mtime_ns for lesson in LESSONS.values()] == before
