from datetime import UTC, datetime
from pathlib import Path

from assistant.roleplay import patterns
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import load_scenarios
from assistant.store import Store
from evals.history import history
from evals.process import CHECKS
from evals.rubric import load_rubric
from evals.scorecard import score
from ui.curve import curve
from ui.progress import progress
from ui.scorecard import scorecard

SCENARIOS = load_scenarios()
GYM = SCENARIOS["gym-double-booking"]
RUBRIC = load_rubric("process", CHECKS)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def talk(*turns: str) -> Practice:
    practice = Practice.begin(GYM, seed="1")
    for turn in turns:
        exchange = practice.respond(GYM, turn, patterns.read(turn))
        practice = practice.with_exchange(exchange.model_copy(update={"line": "<b>Right.</b>", "by": "author"}))
    return practice


TALK = talk(
    "You booked Dana for six o'clock. I'm sorry, that was our mistake.",
    "Anyone would be furious.",
    "What is <script>alert(1)</script>?",
)


def test_nothing_played_suggests_something_gentle() -> None:
    past = history([], SCENARIOS, RUBRIC)
    assert past.rows == () and past.next_scenario in SCENARIOS and "gentle" in past.why


def test_what_was_only_looked_at_is_not_scored() -> None:
    past = history([(NOW, TALK), (NOW, talk("Hello.")), (NOW, Practice.begin(GYM, "2"))], SCENARIOS, RUBRIC)
    assert [r.practice.id for r in past.rows] == [TALK.id]
    assert past.root_causes == {GYM.root_cause: 1}


def test_skills_count_where_they_came_up_and_the_weakest_is_practised_next() -> None:
    past = history([(NOW, TALK)], SCENARIOS, RUBRIC)
    by_id = {s.criterion.id: s.share for s in past.skills}
    assert by_id["owned-it"].value == 1 and by_id["gave-a-choice"].value == 0 and by_id["took-it-up"].n == 0
    assert "it trains what you met least often" in past.why


def test_a_practice_of_a_scenario_that_is_gone_is_passed_over() -> None:
    assert history([(NOW, TALK.model_copy(update={"scenario": "gone"}))], SCENARIOS, RUBRIC).rows == ()


def test_the_screens_escape_what_people_typed() -> None:
    card = score(TALK, GYM, RUBRIC)
    shown = scorecard(card, TALK, None, lambda section: "") + progress(
        history([(NOW, TALK)], SCENARIOS, RUBRIC), SCENARIOS
    )
    assert "<script>" not in shown and f"<b>{card.total}</b>" in shown


def test_the_curve_says_itself_in_words() -> None:
    assert "Over 3 turns anger went from 82 to" in curve(TALK)
    assert curve(TALK, TALK).count("polyline") == 4


def test_practices_are_listed_for_their_owner_and_really_deleted(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'even-keel.db'}")
    first, second = Practice.begin(GYM, "1"), Practice.begin(GYM, "2")
    store.save_practice(first, "ann")
    store.save_practice(second, "ann")
    store.save_practice(Practice.begin(GYM, "3"), "bob")
    assert {p.id for _, p in store.practices("ann")} == {first.id, second.id}
    assert store.delete_practices("ann") == 2
    assert store.practices("ann") == [] and len(store.practices("bob")) == 1
    store.close()
