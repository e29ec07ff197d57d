import re
from typing import get_args

import pytest

from assistant.roleplay import patterns
from assistant.roleplay.acts import Act
from assistant.roleplay.levels import hardness
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Channel, Scenario, load_scenarios
from assistant.roleplay.state import Ending
from assistant.roleplay.voice import Spoken
from ui import head
from ui.cards import cards, trained
from ui.chat import customer
from ui.coaching import chips
from ui.ending import BY_TRAINEE, banner, endings
from ui.lobby import FIRST, left_off
from ui.rail import known, mood, scope, situation

SCENARIOS = load_scenarios()
GYM, BILL = SCENARIOS[FIRST], SCENARIOS["telecom-bill-shock"]


def test_every_scenario_has_a_card_that_says_what_it_trains_and_its_last_score() -> None:
    shown = cards(SCENARIOS.values(), {FIRST: 67}, folded=False)
    assert re.findall(r'data-scenario="([^"]+)"', shown) == list(SCENARIOS)
    assert shown.count("last score") == 1 and "last score <b>67</b>" in shown
    assert trained(GYM)[:2] == ("validation", "apology")


def test_a_card_shows_text_as_text() -> None:
    hostile = GYM.model_copy(update={"title": '<img src=x onerror="alert(1)">', "industry": '"><script>'})
    shown = cards([hostile], {}, folded=True)
    assert "<img" not in shown and "<script>" not in shown


def test_hardness_is_by_the_numbers_and_what_cannot_be_won_is_hard() -> None:
    assert {hardness(s) for s in SCENARIOS.values()} == {"gentle", "medium", "hard"}
    numbers = GYM.difficulty
    calm = GYM.model_copy(update={"difficulty": numbers.model_copy(update={"anger": 40})})
    assert (hardness(calm), hardness(calm.model_copy(update={"winnable": False}))) == ("gentle", "hard")


def test_what_was_left_off_is_the_newest_that_goes_on_and_was_not_left_for_another_way() -> None:
    def talk(turns: int = 1, **changes: object) -> Practice:
        practice = Practice.begin(GYM, seed="1")
        for n in range(turns):
            line = f"What happened, number {n}?"
            practice = practice.with_exchange(practice.respond(GYM, line, patterns.read(line)))
        return practice.model_copy(update=changes)

    fresh, over, first, gone = talk(0), talk(closed=True), talk(2), talk(scenario="gone")
    branch = talk(parent=first.id, closed=True)
    older = talk(3)
    assert left_off([fresh, gone, over, branch, first, older], SCENARIOS) == older
    assert left_off([fresh, over, branch, first], SCENARIOS) is None


@pytest.mark.parametrize("kind", [*get_args(Ending), None])
@pytest.mark.parametrize("channel", get_args(Channel))
def test_every_ending_has_its_words_on_every_channel(kind: Ending | None, channel: Channel) -> None:
    begun = Practice.begin(GYM, seed="1")
    over = begun.model_copy(update={"closed": True, "start": begun.start.model_copy(update={"ending": kind})})
    shown = banner(over, GYM.model_copy(update={"channel": channel}))
    assert "$" not in shown and (kind != "hang-up" or endings().left[channel] in shown)


def ended(kind: Ending, scenario: Scenario = GYM, **changes: object) -> str:
    begun = Practice.begin(scenario, seed="1")
    return banner(
        begun.model_copy(update={"start": begun.start.model_copy(update=changes | {"ending": kind})}), scenario
    )


def test_an_acceptance_is_told_by_what_was_still_owed() -> None:
    losing = GYM.model_copy(update={"winnable": False})
    met = {"heard": True, "felt_understood": True, "accepted": "class-pass", "knows_next_step": True}
    full = ended("grudging acceptance", losing, anger=30, trust=82, **met)
    assert "without what was asked for" in full and "Nothing was still owed" in full and "ek-ending good" in full
    unmoved = ended("grudging acceptance", anger=60, trust=30, patience=0, **met)
    assert "grudgingly" in unmoved and "Nothing was owed any more" in unmoved
    unheard = ended("grudging acceptance", losing, patience=0, **met | {"felt_understood": False})
    assert "Still owed: to be heard." in unheard


def test_patience_is_blamed_for_an_ending_only_where_it_ran_out() -> None:
    assert "Anger drove" in ended("hang-up", patience=11) and "Patience" not in ended("hang-up", patience=11)
    assert "Patience ran out" in ended("hang-up", patience=0)
    assert "Patience ran out" in ended("complaint filed", patience=0)
    assert "What you said" in ended("complaint filed", patience=3)


def test_the_words_of_endings_name_no_ending_that_is_gone() -> None:
    assert set(endings().words) == {*get_args(Ending), BY_TRAINEE}


def test_the_rail_tells_mood_needs_and_only_facts_that_were_told() -> None:
    state = Practice.begin(GYM, seed="1").start
    told = state.model_copy(update={"facts": {**state.facts, "site": "revealed"}, "accepted": "x"})
    assert 'aria-valuenow="82"' in mood(GYM, state) and '<li class="met">something that helps' in mood(GYM, told)
    assert "sent his crew home early" in known(GYM, told) and "crew" not in known(GYM, state)


def test_the_rail_says_what_may_be_given_and_what_not() -> None:
    card = situation(BILL).partition('id="scope"')[2]
    alone, _, rest = card.partition("Only with leave")
    leave, _, refused = rest.partition("Not to be promised")
    assert "What you may give" in alone and "the £190 that ran up" in alone
    assert "the whole £384.60" in leave and "because the ship" in leave and "cash for the trouble" in refused
    assert "guest pass" in scope(GYM) and "gym-bookings#" not in scope(GYM)


def test_a_model_that_fails_for_good_says_what_to_do_and_one_bad_answer_does_not() -> None:
    down = head.model_status(None, "gpt-<x>", "EndpointRefused")
    assert "OPENAI_API_KEY" in down and 'role="alert"' in down and "gpt-&lt;x&gt;" in down
    assert 'role="alert"' not in head.model_status(None, "gpt", "AnswerMalformed")


def test_each_key_is_listed_once_beside_the_name_that_is_pressed() -> None:
    keys = re.findall(r'data-key="(.)"', head.KEYS)
    assert len(keys) == len(set(keys)) > 5
    for key in keys:
        assert f"<kbd>{key.upper()}</kbd>" in head.KEYS


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("No answer from the embedded model in time. Try again, or raise EVEN_KEEL_TIMEOUT.", "took too long"),
        ("Nobody answers at http://127.0.0.1. Check OPENAI_BASE_URL and that the server runs.", "could not answer"),
    ],
)
def test_a_line_in_a_models_place_says_so_without_settings(error: str, said: str) -> None:
    shown = customer(Spoken(text="Well?", by="author", note=f"the model could not: {error}"))["content"]
    assert f"author's line: the model {said}, and this stands in its place" in shown
    assert "EVEN" not in shown and "OPENAI" not in shown and "Try again" not in shown


def test_a_word_list_is_told_with_what_to_do_instead() -> None:
    shown = chips((Act(id="word_list", quote="sorry fix refund"), Act(id="owned_apology", quote="our fault")))
    assert shown.count("<p") == 2 and "say who does what" in shown
