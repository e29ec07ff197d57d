from pathlib import Path
from typing import get_args

import pytest

from assistant.roleplay.acts import Reading
from assistant.roleplay.scenario import load_scenarios
from assistant.roleplay.state import AGREED, GOOD, Ending
from evals.customer import LOST
from evals.errors import EvalError
from evals.players import LEVELS, Remembering, load_gamers, load_scripts, play
from evals.pytest_plugin import PatternReader
from evals.suites import simulator

SCENARIOS = load_scenarios()
GYM = SCENARIOS["gym-double-booking"]
SCRIPTS = load_scripts()


def test_every_ending_is_good_or_lost_and_none_is_both() -> None:
    assert sorted((*GOOD, *LOST)) == sorted(get_args(Ending)) and set(AGREED) < set(GOOD)


def test_every_scenario_has_scripts_of_five_levels_in_halves() -> None:
    assert {s.scenario for s in SCRIPTS} == set(SCENARIOS)
    assert all(tuple(s.scripts) == LEVELS for s in SCRIPTS)
    halves = [s.half for s in SCRIPTS]
    assert abs(halves.count("tune") - halves.count("report")) <= 1
    turns = [turn for s in SCRIPTS for level in s.scripts.values() for turn in level]
    assert len(turns) == len(set(turns))


def test_there_are_eight_gaming_agents() -> None:
    assert len(load_gamers()) == 8


def test_a_practice_stops_at_its_end_or_with_the_script() -> None:
    rude = play(GYM, ["Calm down, you idiot. It's your own fault."] * 20, PatternReader(), "1")
    assert rude.ending and len(rude.exchanges) < 20
    short = play(GYM, ["What happened, Kevin?", "Tell me more."], PatternReader(), "1")
    assert short.ending is None and len(short.exchanges) == 2


def test_a_copying_agent_says_what_the_customer_said() -> None:
    copied = play(GYM, ("{customer}",), PatternReader(), "1", most=3)
    said = [copied.opening, *(e.line for e in copied.exchanges)]
    assert [e.text for e in copied.exchanges] == said[: len(copied.exchanges)]
    assert all(e.reading.has("empty_input") for e in copied.exchanges)


def test_a_text_is_read_once() -> None:
    read: list[str] = []

    class Counting:
        def read(self, text: str) -> Reading:
            read.append(text)
            return Reading()

    reader = Remembering(Counting())
    reader.read("one"), reader.read("one"), reader.read("two")
    assert read == ["one", "two"]


def test_the_suite_measures_every_target_it_names() -> None:
    chosen = [s for s in SCRIPTS if s.scenario in ("gym-double-booking", "late-parcel")]
    told: list[tuple[int, int]] = []
    result = simulator.run(
        {s.scenario: SCENARIOS[s.scenario] for s in chosen},
        chosen,
        load_gamers(),
        Remembering(PatternReader()),
        None,
        lambda done, total: told.append((done, total)),
        practices=2,
    )
    assert set(result.targets) <= set(result.figures)
    assert all(result.figures[name].n for name in result.targets)
    assert told[-1][0] == told[-1][1] == len(told)
    assert result.met("replays to the same states") and result.met("more than one fact in the first turn")
    assert all(result.met(name) for name in result.targets if name.startswith("unearned"))


def test_a_script_that_breaks_the_schema_is_named(tmp_path: Path) -> None:
    (tmp_path / "late.yaml").write_text("scenario: late\nhalf: both\nscripts: {}\n")
    with pytest.raises(EvalError, match="late.yaml, half"):
        load_scripts(tmp_path)
