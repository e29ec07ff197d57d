import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from assistant.roleplay.features import meaning, word_acts
from tests.conftest import WordEmbedder

ROOT = Path(__file__).parent.parent


def test_learning_ends_with_the_app_that_began_it(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    command = [sys.executable, "-m", "assistant.roleplay.learn", str(tmp_path), str(gone.pid)]
    learner = subprocess.run(command, cwd=ROOT, env=os.environ, timeout=60)
    assert learner.returncode == 1 and not list(tmp_path.iterdir()), "it left at once, with nothing half learned"


def test_a_sentence_is_measured_with_what_it_answers() -> None:
    said = "No, it did not come on the ninth."
    rows = meaning([said, said, said], ["It came on the ninth!", "Where are you from?", ""], WordEmbedder().embed)
    disputing, unrelated, alone = rows
    acts, dimensions = len(word_acts()), WordEmbedder().embed([said]).shape[1]
    own, answered = slice(0, dimensions + acts), slice(-dimensions, None)
    assert np.array_equal(disputing[own], alone[own]), "what it says itself is the same"
    assert not alone[answered].any() and disputing[answered].any()
    taken_up = slice(-dimensions - 7, -dimensions)
    assert (disputing[taken_up] >= unrelated[taken_up]).all() and disputing[taken_up].sum() > unrelated[
        taken_up
    ].sum()
    assert alone[taken_up].sum() == 1, "only that it begins with no"
