from pathlib import Path

import pytest

from evals.errors import EvalError
from evals.heard import Heard, HeardAct, heard
from evals.process import CHECKS
from evals.result import Result
from evals.rubric import load_rubric
from evals.stats import single
from evals.suites.acts import heard_of


def test_a_criterion_that_goes_by_the_reader_says_how_far_it_agrees_with_labels() -> None:
    kept = heard()
    read = [c for c in load_rubric("process", CHECKS).criteria if c.reads]
    assert len(read) == 8
    for criterion in read:
        f1 = f"{kept.acts[criterion.reads].f1:.2f}".removeprefix("0")
        assert criterion.human.startswith(f"reader and labels agree at F1 {f1} (")
        assert criterion.standing().why == criterion.human


def test_what_a_run_found_is_kept_and_read_again(tmp_path: Path) -> None:
    figures = {"macro-F1": single(0.7, 9), "F1 owned_apology (4)": single(0.8364, 9)}
    found = heard_of(Result(suite="acts", about={"turns": 9}, figures=figures))
    found.write(tmp_path / "heard.yaml")
    kept = heard(tmp_path / "heard.yaml")
    assert kept == found and kept.acts == {"owned_apology": HeardAct(f1=0.836, shown=4)} and kept.turns == 9
    assert kept.of("owned_apology") == f"reader and labels agree at F1 .84 (4 in 9 turns, {found.date})"


def test_an_act_that_was_not_measured_and_a_torn_file_say_so(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no act 'humming'. There are: owned_apology"):
        Heard(turns=9, date="2026-11-27", acts={"owned_apology": HeardAct(f1=1, shown=4)}).of("humming")
    (tmp_path / "heard.yaml").write_text("turns: many")
    with pytest.raises(EvalError, match="run acts --keep"):
        heard(tmp_path / "heard.yaml")
