import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.roleplay.examples import ExampleReader, Linear
from assistant.roleplay.features import meaning, ngrams, vocabularies, word_acts
from tests.conftest import WordEmbedder

ROOT = Path(__file__).parent.parent


def test_learning_ends_with_the_app_that_began_it(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    command = [sys.executable, "-m", "assistant.roleplay.learn", str(tmp_path), str(gone.pid)]
    learner = subprocess.run(command, cwd=ROOT, env=os.environ, timeout=60)
    assert learner.returncode == 1 and not list(tmp_path.iterdir()), "it left at once, with nothing half learned"


def test_a_sentence_is_judged_once_however_often_it_is_asked_about() -> None:
    asked: list[str] = []

    def embed(texts: list[str]) -> NDArray[np.float32]:
        asked.extend(texts)
        return WordEmbedder().embed(texts)

    turn = ["We sold it twice.", "What did that cost you?"]
    words, letters = vocabularies(turn * 3)
    acts = len(word_acts())
    blank = [
        Linear(np.zeros((acts, f.shape[1]), np.float32), np.zeros(acts, np.float32))
        for f in (ngrams(turn, words, letters), meaning(turn, WordEmbedder().embed))
    ]
    reader = ExampleReader(words, letters, *blank, np.full(acts, 0.4, np.float32), embed)
    assert {a.quote for a in reader.read(" ".join(turn)).acts} == {turn[0]}
    assert reader.probabilities(turn).tolist() == [[0.5] * acts] * 2
    assert asked == turn
