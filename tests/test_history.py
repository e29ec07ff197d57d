import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from assistant.reply.draft import Citation, Draft
from assistant.reply.verify import CheckedPart, Part, Quote
from assistant.roleplay import patterns
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import load_scenarios
from evals.causes import Count, _cause_of_section, cause_of, table
from evals.history import history
from evals.process import CHECKS
from evals.repetition import due
from evals.rubric import load_rubric
from evals.scorecard import score
from knowledge.library import BUILTIN
from knowledge.load import files_under, load
from knowledge.sections import cut
from ui.chat import typing
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
    return practice.model_copy(update={"closed": True})


TALK = talk(
    "You booked Dana for six o'clock. I'm sorry, that was our mistake.",
    "Anyone would be furious.",
    "What is <script>alert(1)</script>?",
)


def test_nothing_played_suggests_something_gentle() -> None:
    past = history([], [], SCENARIOS, RUBRIC, NOW)
    assert past.rows == () and past.next_scenario in SCENARIOS and "gentle" in past.why


def test_what_was_only_looked_at_is_not_scored() -> None:
    past = history([(NOW, TALK), (NOW, talk("Hello.")), (NOW, Practice.begin(GYM, "2"))], [], SCENARIOS, RUBRIC, NOW)
    assert [r.practice.id for r in past.rows] == [TALK.id]
    assert past.root_causes == {GYM.root_cause: Count(practised=1, drafted=0)}


def test_a_practice_that_goes_on_shows_and_counts_nothing_yet() -> None:
    exam, left = (TALK.model_copy(update={"closed": False, "exam": exam}) for exam in (True, False))
    past = history([(NOW, exam), (NOW, left)], [], SCENARIOS, RUBRIC, NOW)
    assert past.rows == () and past.root_causes == {} and not any(s.share.n for s in past.skills)


def test_skills_count_where_they_came_up_and_the_weakest_is_practised_next() -> None:
    past = history([(NOW, TALK)], [], SCENARIOS, RUBRIC, NOW)
    by_id = {s.criterion.id: s.share for s in past.skills}
    assert by_id["owned-it"].value == 1 and by_id["gave-a-choice"].value == 0 and by_id["took-it-up"].n == 0
    assert "it trains what you met least often" in past.why


def test_the_turns_that_two_ways_share_count_once() -> None:
    branch = TALK.rewind(2)
    for line in ("Would you rather come on Thursday, or have a free session?", "I see."):
        branch = branch.with_exchange(branch.respond(GYM, line, patterns.read(line)))
    branch = branch.model_copy(update={"closed": True})
    other = talk("Calm down.", "Let me look.")
    played = [(NOW + timedelta(minutes=9), branch), (NOW + timedelta(minutes=5), other), (NOW, TALK)]
    past = history(played, [], SCENARIOS, RUBRIC, NOW)
    counted = {s.criterion.id: (round(s.share.value * s.share.n), s.share.n) for s in past.skills}
    assert counted["owned-it"] == (1, 2), "met in a turn that both ways have, and missed by another talk"
    assert counted["gave-a-choice"] == (1, 3), "missed in the first way, met in the second"
    assert counted["committed-to-a-time"] == (0, 2), "missed in both ways"
    assert past.root_causes[GYM.root_cause].practised == 2 and len(past.rows) == 3


def test_a_practice_of_a_scenario_that_is_gone_is_passed_over() -> None:
    assert history([(NOW, TALK.model_copy(update={"scenario": "gone"}))], [], SCENARIOS, RUBRIC, NOW).rows == ()


def test_the_screens_escape_what_people_typed() -> None:
    card = score(TALK, GYM, RUBRIC)
    shown = scorecard(card, TALK, None, lambda section: "") + progress(
        history([(NOW, TALK)], [], SCENARIOS, RUBRIC, NOW), SCENARIOS, NOW
    )
    assert "<script>" not in shown and f"<b>{card.total}</b>" in shown


def test_every_past_practice_can_be_opened_again_from_the_list() -> None:
    shown = progress(history([(NOW, TALK)], [], SCENARIOS, RUBRIC, NOW), SCENARIOS, NOW)
    assert f'data-practice="{TALK.id}">{GYM.title}</button>' in shown


def test_the_list_says_which_practices_it_leaves_out() -> None:
    short = TALK.model_copy(update={"exchanges": TALK.exchanges[:1]})
    past = history([(NOW, TALK), (NOW, short)], [], SCENARIOS, RUBRIC, NOW)
    assert len(past.rows) == 1
    assert "ended with 2 turns or more" in progress(past, SCENARIOS, NOW)


def test_every_table_of_the_progress_screen_scrolls_where_it_is_too_wide() -> None:
    shown = progress(history([(NOW, TALK)], [], SCENARIOS, RUBRIC, NOW), SCENARIOS, NOW)
    tables = shown.count("<table")
    assert "What the business could fix" in shown and tables == shown.count('<div class="ek-scroll"><table')


def test_the_curve_says_itself_in_words() -> None:
    assert "Over 3 turns anger went from 82 to" in curve(TALK)
    assert curve(TALK, TALK).count("polyline") == 4


def test_the_curve_marks_what_was_let_out_and_not_what_was_only_circled_round() -> None:
    *before, last = TALK.exchanges
    for status, marks in (("approached", 0), ("revealed", 1)):
        state = last.state.model_copy(update={"facts": last.state.facts | {"site": status}})
        asked = last.model_copy(update={"move": "reveal", "fact": "site", "state": state})
        shown = curve(TALK.model_copy(update={"exchanges": (*before, asked)}))
        assert shown.count("turn 3: reveal") == marks


def test_a_skill_is_due_later_each_time_it_is_met_and_soon_after_it_slipped() -> None:
    def on(*met: bool) -> float:
        found = due([(NOW + timedelta(days=n), m) for n, m in enumerate(met)])
        assert found is not None
        return (found - NOW) / timedelta(days=1) - len(met) + 1

    assert due([]) is None
    assert [on(*[True] * n) for n in range(1, 7)] == [1, 3, 7, 16, 35, 35]
    assert on(True, True, True, False) == 1 and on(True, False, True) == 3
    assert due([(NOW, True)] * 5) == due([(NOW, False), (NOW, True)]) == NOW + timedelta(days=1)


def test_what_is_due_is_practised_before_what_is_weakest() -> None:
    past = history([(NOW, TALK)], [], SCENARIOS, RUBRIC, NOW + timedelta(days=2))
    assert "it trains what is due again" in past.why
    shown = progress(past, SCENARIOS, NOW + timedelta(days=2))
    assert "due now" in shown and "in 1 day" in progress(past, SCENARIOS, NOW)


def test_causes_are_summed_over_practices_and_the_policies_that_drafts_cite() -> None:
    def draft(section: str, kind: Literal["guide", "policy"] = "policy") -> Draft:
        part = CheckedPart(part=Part(purpose="offer", text="x", quotes=(Quote(passage=section, words="x"),)))
        cited = Citation(id=section, title="", kind=kind, internal=False, text="x", why="")
        return Draft(
            id="d", customer="?", policy_set="gym", outcome="reply", parts=(part,), citations=(cited,)
        )  # fmt: skip

    double = draft("gym-bookings#sessions-we-cancel-or-double-book")
    drafts = [double, double, draft("shop-orders-and-delivery#late-deliveries"), draft("apology#what-to-do", "guide")]
    assert [cause_of(d) for d in drafts] == ["booking system", "booking system", "delivery", ""]
    past = history([(NOW, TALK)], drafts, SCENARIOS, RUBRIC, NOW)
    assert past.root_causes["booking system"] == Count(practised=1, drafted=2)
    assert "1 practised, 2 drafted" in progress(past, SCENARIOS, NOW)


def test_every_pattern_of_a_cause_tags_some_section_and_scenarios_use_the_same_words() -> None:
    policies = next(root for root in BUILTIN if root.name == "policies")
    sections = [s.id for path in files_under(policies) for s in cut(load(path, policies))]
    for cause, tags in table().items():
        for pattern in tags:
            found = [s for s in sections if re.search(pattern, s)]
            assert any(_cause_of_section(s) == cause for s in found), f"{cause}: {pattern} tags nothing"
    assert len({s.root_cause for s in SCENARIOS.values()} & table().keys()) >= 7


def test_feelings_stand_side_by_side_over_time() -> None:
    felt = TALK.model_copy(update={"before": "Tense <b>", "after": "Calmer"})
    shown = progress(history([(NOW, felt)], [], SCENARIOS, RUBRIC, NOW), SCENARIOS, NOW)
    assert "Tense &lt;b&gt;</td><td>Calmer" in shown


def test_a_branch_is_held_against_the_way_it_left() -> None:
    branch = TALK.rewind(1)
    for line in ("Calm down.", "What did you give up to get here?"):
        branch = branch.with_exchange(branch.respond(GYM, line, patterns.read(line)))
    assert branch.parts_from(TALK) == 2 and TALK.parts_from(TALK.rewind(2)) == 3
    ours, theirs = score(branch, GYM, RUBRIC), score(TALK, GYM, RUBRIC)
    shown = scorecard(ours, branch, None, lambda section: "", First(TALK, theirs))
    assert "go back to turn 2" in shown and f"<td>{theirs.total}</td>" in shown and shown.count("dashed") >= 2
    assert "The first way ended after 3 turns" in shown


def test_a_way_that_was_only_left_for_another_is_not_told_as_one_that_was_ended() -> None:
    left, branch = TALK.model_copy(update={"closed": False}), TALK.rewind(1).model_copy(update={"closed": True})
    card = score(branch, GYM, RUBRIC)
    shown = scorecard(card, branch, None, lambda section: "", First(left, score(left, GYM, RUBRIC)))
    assert "<th>Ending</th><td>you went back from here</td><td>you ended it</td>" in shown
    assert "The first way stood after 3 turns at" in shown


def test_an_exam_and_a_harder_customer_are_told_on_the_card_and_in_the_list() -> None:
    hard = TALK.model_copy(update={"exam": True, "level": "hard"})
    card = scorecard(score(hard, GYM, RUBRIC), hard, None, lambda section: "")
    assert "you ended it · exam · hard</span>" in card
    listed = progress(history([(NOW, hard)], [], SCENARIOS, RUBRIC, NOW), SCENARIOS, NOW)
    assert '<span class="ek-small">exam, hard</span>' in listed
    plain = scorecard(score(TALK, GYM, RUBRIC), TALK, None, lambda section: "")
    assert "you ended it</span>" in plain


def test_a_case_that_was_named_too_late_is_told_with_its_turn() -> None:
    late = talk("I see.", "Go on.", "You booked Dana for six o'clock. I'm sorry, that was our mistake.")
    assert "too late (turn 3)" in scorecard(score(late, GYM, RUBRIC), late, None, lambda section: "")
    assert "too late" not in scorecard(score(TALK, GYM, RUBRIC), TALK, None, lambda section: "")


def test_who_answers_an_e_mail_is_not_typing() -> None:
    mail = SCENARIOS["refund-outside-policy"]
    assert "writes back" in typing(mail)["content"]
    assert "is typing" in typing(mail.model_copy(update={"channel": "chat"}))["content"]
    assert "draws breath" in typing(GYM)["content"]
