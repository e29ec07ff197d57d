import math
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai import score as inspect_score
from inspect_ai.log import EvalLog

from evals.inspect_task import criteria, task_of
from evals.pytest_plugin import PatternReader

# anyio's streams warn when Inspect leaves them to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


RUDE, CARELESS = "abusive-caller/rude", "abusive-caller/careless"


def values(log: EvalLog) -> dict[str, Any]:
    assert log.status == "success" and log.samples
    return {str(s.id): s.scores["criteria"].value for s in log.samples if s.scores}


def test_the_task_plays_as_the_app_does_and_scores_again_without_playing(tmp_path: Path) -> None:
    [log] = inspect_eval(task_of(PatternReader(), limit=2), model=None, log_dir=str(tmp_path), display="none")
    found = values(log)
    assert found.keys() == {RUDE, CARELESS} and found[RUDE]["stays-the-customer"] == 1.0
    assert math.isnan(found[CARELESS]["expected-ending"]), "no ending is expected of a careless trainee"
    assert log.samples
    rude = next(s for s in log.samples if s.id == RUDE)
    assert len(rude.messages) > 2
    rude.metadata["practice"]["exchanges"][0]["line"] = "How can I help you today?"
    again = values(inspect_score(log, criteria(), action="overwrite", display="none"))
    assert again[RUDE]["stays-the-customer"] == 0.0 and again[CARELESS]["stays-the-customer"] == 1.0
