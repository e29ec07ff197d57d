from evals.players import load_scripts
from evals.suites import faults


def test_a_few_practices_that_are_killed_lose_nothing_and_go_on() -> None:
    told: list[tuple[int, int]] = []
    result = faults.kill(load_scripts()[:3], lambda done, total: told.append((done, total)), practices=4, seed=3)
    assert told[-1] == (4, 4) and result.about["kills"] == 4
    assert all(result.met(name) for name in faults.TARGETS)
    assert result.figures["acknowledged turns lost"].n >= 4


def test_what_is_missing_is_counted() -> None:
    lost = faults.Killed(turns=3, lines=3, turns_lost=1, lines_lost=2, answering=True, goes_on=False)
    result = faults._result([lost, lost.model_copy(update={"turns_lost": 0, "lines_lost": 0, "goes_on": True})])
    assert (
        result.figures["acknowledged turns lost"].value == 1 and result.figures["acknowledged lines lost"].value == 2
    )
    assert not any(result.met(name) for name in faults.TARGETS)
