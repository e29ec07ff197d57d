from pathlib import Path

import numpy as np
import pytest

from assistant.roleplay.reader import Reader
from assistant.roleplay.room import PracticeRoom
from assistant.roleplay.scenario import load_scenarios
from assistant.roleplay.voice import Voice
from assistant.store import Store
from evals.errors import EvalError
from evals.players import LEVELS, load_scripts
from evals.process import CHECKS
from evals.pytest_plugin import PatternReader
from evals.rubric import load_rubric
from evals.suites import coach

SCENARIOS = load_scenarios()
SCRIPTS = load_scripts()


@pytest.fixture
def graded() -> coach.Graded:
    return coach.Graded(SCENARIOS, load_rubric("process", CHECKS), PatternReader())


def test_there_are_pairs_for_every_scenario_and_lines_for_every_attack() -> None:
    pairs = coach.load_pairs()
    assert len(pairs) >= 30 and {p.scenario for p in pairs} == set(SCENARIOS)
    assert len({p.id for p in pairs}) == len(pairs)
    tune, report = coach.load_attacks("tune"), coach.load_attacks("report")
    assert set(tune) == set(report) == set(coach.MOST)
    assert all(not set(tune[attack]) & set(report[attack]) for attack in tune)


def test_the_suite_measures_every_target_it_names(graded: coach.Graded, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'coach.db'}")
    room = PracticeRoom(SCENARIOS, Reader(None, None), Voice(None, lambda texts: np.zeros((len(texts), 2))), store)
    told: list[tuple[int, int]] = []
    chosen = [s for s in SCRIPTS if s.scenario == "gym-double-booking"]
    result = coach.run(
        graded, chosen, coach.load_pairs(), room, "tune", lambda done, total: told.append((done, total)), seeds=1
    )
    store.close()
    assert set(result.targets) <= set(result.figures) and all(result.figures[name].n for name in result.targets)
    assert told[-1][0] == told[-1][1] == len(told)
    for exact in ("scored again: the same", "quotes found verbatim", "counterfactuals as the engine plays them"):
        assert result.met(exact), exact
    assert result.about["practices"] == len(LEVELS)


def test_an_added_line_leaves_the_customers_side_as_it_was(graded: coach.Graded) -> None:
    practice = graded.play("gym-double-booking", ["What happened, Kevin?", "Anyone would be furious."], 0)
    padded = coach._reread(graded, practice, ("Right then.",))
    assert [e.text for e in padded.exchanges] == [f"{e.text} Right then." for e in practice.exchanges]
    assert [e.state for e in padded.exchanges] == [e.state for e in practice.exchanges]


def test_an_empty_half_and_a_broken_file_are_named(graded: coach.Graded, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="'report' half"):
        coach.run(graded, SCRIPTS[:1], [], None, "report", lambda a, b: None)  # type: ignore[arg-type]
    broken = tmp_path / "attacks.yaml"
    broken.write_text("tune: {padding: [x]}\n")
    with pytest.raises(EvalError, match="attacks.yaml, report"):
        coach.load_attacks("tune", broken)
