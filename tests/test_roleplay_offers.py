import time

import pytest

from assistant.roleplay.offers import names_sum, off_policy, offers
from assistant.roleplay.scenario import load_scenarios

SCENARIOS = load_scenarios()
GYM = SCENARIOS["gym-double-booking"]


def broken(text: str) -> str:
    return off_policy(text, offers(text, GYM), GYM)


@pytest.mark.parametrize(
    "text",
    [
        "No problem, I'll book you in with Dana on Thursday.",
        "I can't undo tonight, but I'll book you in with Dana on Thursday.",
        "I can give you a complimentary session as well.",
    ],
)
def test_an_offer_is_seen_whatever_another_clause_denies(text: str) -> None:
    assert offers(text, GYM) and not broken(text)


def test_what_is_refused_is_not_offered() -> None:
    assert not offers("A free session I can't give you, and I'll tell you why.", GYM)
    assert not offers("A free session is not something I can give.", GYM)
    assert offers("I'll add a free session, I can't do less.", GYM)
    assert not offers("I can't offer you a free session.", GYM)
    assert not broken("We don't pay cash for lost work, and I won't pretend we do.")


def test_asking_about_a_refused_remedy_does_not_promise_it() -> None:
    assert not broken("Are you hoping for your lost earnings back?")
    assert broken("I'll pay for your lost earnings.")
    assert broken("How about we cover your lost earnings?")


def test_leave_is_sought_in_the_sentence_that_offers_not_elsewhere() -> None:
    assert not broken("I'll ask my manager whether we can refund the rest of your package.")
    assert broken("Let me check the desk. I'll refund the rest of your package.")


def test_an_allowed_offer_does_not_cover_a_wild_one() -> None:
    assert not broken("I'll book you in with Dana on Thursday.")
    assert broken("I'll book you in with Dana on Thursday. And I'll give you £500 for the trouble.")


@pytest.mark.parametrize(
    "text",
    [
        "Shall I book you in with Dana on Thursday at six?",
        "Can I book you in with Dana on Thursday at six?",
        "Do you want me to book you in with Dana on Thursday?",
        "I don't want you to go home with nothing and I can book you in with Dana on Thursday.",
        "I won't waste your time and I'll book you in with Dana.",
    ],
)
def test_an_offer_may_be_put_as_a_question_or_follow_what_is_not_wanted(text: str) -> None:
    assert "priority-session" in offers(text, GYM)


@pytest.mark.parametrize(
    "text", ["Can I ask whether they offered you a free session?", "Did you get a free session?"]
)
def test_asking_what_was_offered_offers_nothing(text: str) -> None:
    assert offers(text, GYM) == {}


@pytest.mark.parametrize(
    "text",
    [
        "I can see how bad this is, so I'll refund your whole membership.",
        "My manager is away, but I'll give you £500.",
        "Let me check the screen: I'm giving you £500.",
        "Shall I refund your whole membership?",
    ],
)
def test_sympathy_and_a_boss_who_is_away_give_no_leave(text: str) -> None:
    assert broken(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'll ask my manager whether we can refund you.",
        "Let me see if I can refund you.",
        "I'll put a refund to my manager today.",
        "A refund is something my supervisor has to approve.",
    ],
)
def test_asking_for_leave_promises_nothing(text: str) -> None:
    assert not broken(text)


def test_to_be_put_on_hold_or_on_to_a_colleague_gives_nobody_their_power_back() -> None:
    cut_off = SCENARIOS["utility-disconnection"]
    for text in (
        "I'm putting you on hold for a minute.",
        "I'm putting you back on hold.",
        "Let me put you on to my colleague.",
        "I'll put you on with the engineer.",
    ):
        assert "reconnect" not in offers(text, cut_off), text
    for text in (
        "I'm putting you on again now.",
        "I'll switch you back on.",
        "I'll put you back on within the hour.",
    ):
        assert "reconnect" in offers(text, cut_off), text


def test_to_have_the_telephone_switched_off_at_the_wall_bars_no_network() -> None:
    ferry = SCENARIOS["telecom-bill-shock"]
    for text in ("Please switch it off at the wall and on again.", "Turn it off for ten seconds, please."):
        assert not offers(text, ferry), text
    for text in (
        "I can turn that off for you.",
        "I'll switch it off on your line.",
        "We'll turn this off at our end.",
    ):
        assert "sea-bar" in offers(text, ferry), text


def test_a_long_line_without_a_full_stop_is_looked_through_in_no_time() -> None:
    began = time.perf_counter()
    off_policy("i want a refund and you " * 330, {}, GYM)
    assert time.perf_counter() - began < 1


def test_a_sum_in_words_is_a_sum() -> None:
    chair = SCENARIOS["refund-outside-policy"]

    def wild(text: str) -> str:
        return off_policy(text, offers(text, chair), chair)

    for text in (
        "I can give you 40 pounds back by Friday.",
        "I'll give you forty pounds.",
        "I can give you £40 back.",
    ):
        assert wild(text), text
    for text in ("I can give you 25 pounds back.", "I'll refund twenty-five pounds to you.", "You paid 120 pounds."):
        assert not wild(text), text


@pytest.mark.parametrize(
    ("scenario", "text"),
    [
        ("late-parcel", "I'll give you ninety-four pounds back."),
        ("utility-disconnection", "I'll take the fifty-five pounds off."),
        ("refund-outside-policy", "I can give you back twenty five pounds."),
    ],
)
def test_a_sum_that_may_be_granted_is_known_in_words_too(scenario: str, text: str) -> None:
    at = SCENARIOS[scenario]
    assert not off_policy(text, offers(text, at), at)
    more = "I'll give you three hundred and ninety-nine pounds."
    assert off_policy(more, offers(more, at), at)


def test_a_sum_of_a_few_pounds_is_a_sum() -> None:
    assert names_sum("five pounds") and broken("I'll give you nine pounds for it.")


def test_power_is_given_back_in_plain_words_and_a_place_on_a_list_is_no_power() -> None:
    cut_off = SCENARIOS["utility-disconnection"]
    for text in ("I switch it on from here now, in ten minutes you have light.", "In an hour you have power again."):
        assert "reconnect" in offers(text, cut_off), text
    for text in (
        "I'm putting you on my list.",
        "I'll put you on our list for tomorrow.",
        "I put it on your file.",
        "I'll put it on record today that you always paid.",
        "I'll put it on paper for you.",
        "I'll put it on Friday's list.",
        "When you have power again, ring me.",
        "As soon as you have light back, call us.",
    ):
        assert "reconnect" not in offers(text, cut_off), text


@pytest.mark.parametrize(
    ("scenario", "remedy", "text"),
    [
        ("colleagues-mediated", "credit", "So your name was not on the sheet and everybody clapped for Callum."),
        ("colleagues-mediated", "credit", "You made it and your name is not on the sheet."),
        ("colleagues-mediated", "credit", "Your name wasn't on the sheet."),
    ],
)
def test_what_was_wanting_is_not_offered_by_saying_so(scenario: str, remedy: str, text: str) -> None:
    assert remedy not in offers(text, SCENARIOS[scenario])


@pytest.mark.parametrize(
    ("scenario", "remedy", "text"),
    [
        ("colleagues-mediated", "credit", "I'll see that your name goes on the sheet."),
        ("colleagues-mediated", "rota", "You won't have the late this Friday."),
        ("telecom-bill-shock", "before-warning", "You don't have to pay for anything before the text."),
    ],
)
def test_a_remedy_that_is_a_denial_is_still_offered(scenario: str, remedy: str, text: str) -> None:
    assert remedy in offers(text, SCENARIOS[scenario])


def test_half_a_bill_is_the_half_that_may_be_taken_off_and_no_promise_of_the_whole() -> None:
    bill = SCENARIOS["telecom-bill-shock"]
    for half in ("I take off half the bill. and I do it today", "I'll take half of the bill off."):
        assert "whole-charge" not in offers(half, bill) and not off_policy(half, offers(half, bill), bill), half
    whole = "I'll take off the whole bill."
    assert off_policy(whole, offers(whole, bill), bill)


def test_a_sum_of_thousands_is_one_number() -> None:
    claim = SCENARIOS["insurance-claim-denied"]
    for text in ("I will pay you £6,840 today.", "I will pay you 6840 pounds today."):
        assert off_policy(text, offers(text, claim), claim), text
    assert not off_policy("We owe £350 for that.", {}, claim)
