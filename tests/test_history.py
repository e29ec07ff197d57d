from datetime import UTC, datetime

from assistant.roleplay import patterns
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import load_scenarios
from evals.history import history
from evals.process import CHECKS
from evals.rubric import load_rubric
from evals.scorecard import score
from ui.curve import curve
from ui.progress import progress
from ui.scorecard import First, scorecard

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


def test_a_branch_is_held_against_the_way_it_left() -> None:
    branch = TALK.rewind(1)
    for line in ("Calm down.", "What did you give up to get here?"):
        branch = branch.with_exchange(branch.respond(GYM, line, patterns.read(line)))
    assert branch.parts_from(TALK) == 2 and TALK.parts_from(TALK.rewind(2)) == 3
    ours, theirs = score(branch, GYM, RUBRIC), score(TALK, GYM, RUBRIC)
    shown = scorecard(ours, branch, None, lambda section: "", First(TALK, theirs))
    assert "go back to turn 2" in shown and f"<td>{theirs.total}</td>" in shown and shown.count("dashed") >= 2
    assert "The first way ended after 3 turns" in shown
