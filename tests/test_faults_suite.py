from pathlib import Path

from evals.hard_runs import together
from evals.players import load_scripts
from evals.suites import faults, model_faults, store_faults
from knowledge import Library, MiniLM
from tests.postgres import postgres

TIMED = ("seconds until it was told, after it could be known (most)",)
"""Not asserted while tests run beside each other: the command reports it."""


def test_a_few_practices_that_are_killed_lose_nothing_and_go_on() -> None:
    told: list[tuple[int, int]] = []
    result = faults.kill(load_scripts()[:3], lambda done, total: told.append((done, total)), practices=4, seed=3)
    assert told[-1] == (4, 4) and result.about["kills"] == 4
    assert all(result.met(name) for name in faults.TARGETS)
    assert result.figures["acknowledged turns lost"].n >= 4


def test_what_is_missing_is_counted() -> None:
    lost = faults.Killed(turns=3, lines=3, turns_lost=1, lines_lost=2, answering=True, goes_on=False)
    whole = lost.model_copy(update={"turns_lost": 0, "lines_lost": 0, "goes_on": True})
    result = faults._result([lost, whole], "sqlite")
    assert (
        result.figures["acknowledged turns lost"].value == 1 and result.figures["acknowledged lines lost"].value == 2
    )
    assert not any(result.met(name) for name in faults.TARGETS)


def test_practices_on_postgresql_are_killed_and_taken_by_two_and_lose_nothing(tmp_path: Path) -> None:
    with postgres() as url:
        result = faults.kill(load_scripts()[:2], lambda done, total: None, practices=3, seed=5, url=url)
        assert result.about["database"] == "postgresql"
        assert all(result.met(name) for name in faults.TARGETS)
        shared = store_faults.two_processes(tmp_path, url)
    assert shared["turns of two processes lost or doubled"].value == 0


async def test_an_endpoint_that_fails_loses_nothing_shows_nothing_broken_and_is_told(
    library: Library, minilm: MiniLM
) -> None:
    some = ("truncate", "silence")
    result = await model_faults.run(library, minilm, lambda done, total: None, 1.0, some)
    missed = [name for name in model_faults.TARGETS if name not in TIMED and not result.met(name)]
    assert missed == [], result.as_text()


def test_a_full_disk_a_damaged_file_and_a_wrong_clock_are_told_and_lose_nothing(tmp_path: Path) -> None:
    found = store_faults.full_disk(tmp_path / "full")
    assert found["acknowledged turns lost on a full disk"].value == 0
    assert found["acknowledged turns lost on a full disk"].n > 3 and found["said what happened"].value == 1
    assert store_faults.damaged(tmp_path / "damaged")["said what happened"].value == 1
    assert store_faults.clock_jumps(tmp_path / "clock")["clock jumps survived"].value == 1


def test_parts_are_told_together_each_under_its_name() -> None:
    whole = faults.Killed(turns=1, lines=1, turns_lost=0, lines_lost=0, answering=False, goes_on=True)
    one = faults._result([whole], "sqlite")
    both = together("faults", [one, one.model_copy(update={"about": {"part": "other"}})])
    assert both.met("kill: acknowledged turns lost") and both.met("other: practices that go on")
