import pytest
from pydantic import Field

from assistant.roleplay.levels import LEVELS, Level, at_level
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Difficulty, Scenario, bounds, load_scenarios

SCENARIOS = load_scenarios()
GYM = SCENARIOS["gym-double-booking"]


def test_as_written_is_the_authors_own() -> None:
    assert at_level(GYM) == GYM


def test_harder_is_harder_in_every_number() -> None:
    gentle, hard = at_level(GYM, "gentle"), at_level(GYM, "hard")
    assert gentle.difficulty.anger < GYM.difficulty.anger < hard.difficulty.anger
    assert gentle.difficulty.trust > GYM.difficulty.trust > hard.difficulty.trust
    assert gentle.difficulty.patience > GYM.difficulty.patience > hard.difficulty.patience
    assert gentle.hidden[0].gate < GYM.hidden[0].gate < hard.hidden[0].gate


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_a_scenario_at_a_level_still_fits_the_schema(scenario: str, level: Level) -> None:
    changed = at_level(SCENARIOS[scenario], level, "phone")
    assert Scenario.model_validate(changed.model_dump()) == changed
    assert changed.channel == "phone"


def test_a_level_keeps_to_the_ranges_that_the_schema_has(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = Field(ge=30, le=GYM.difficulty.anger + 1)
    monkeypatch.setattr(Difficulty.model_fields["anger"], "metadata", narrow.metadata)
    assert at_level(GYM, "hard").difficulty.anger == GYM.difficulty.anger + 1
    assert at_level(GYM, "gentle").difficulty.bait >= bounds(Difficulty, "bait")[0]


def test_a_practice_begins_at_its_level_and_remembers_it() -> None:
    hard = Practice.begin(GYM, "7", level="hard")
    assert hard.start.anger == at_level(GYM, "hard").difficulty.anger
    assert hard.rewind(0).level == "hard"
