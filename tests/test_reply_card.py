"""What the card reads into a few words: what is asked for, promised, wanted, at risk and pressing."""

import pytest

from assistant.reply.situation import Situation, read_situation
from assistant.reply.thread import read_thread


def read(text: str) -> Situation:
    return read_situation(read_thread(text))


def labels(signs: tuple[object, ...]) -> list[str]:
    return [s.label for s in signs]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("You double charged me 29 for Plus", "the amount"),
        ("I paid you 129.00 and got nothing, refund me", "the amount"),
        ("Can I bring my cat on board, is there an extra fee?", "the amount"),
        ("My class on Tues 7am was cancelled", "when it happened"),
        ("Sat 21 Nov, the class was cancelled", "when it happened"),
        ("Monday's class was cancelled.", "when it happened"),
        ("my flight is cancelled, rebook me please, ZT4RRW", "when it happened"),
        ("my flight is cancelled, rebook me please, ZT4RRW", "flight number and date"),
        ("My flight was late.", "when it happened"),
        ("You charged my card twice in october, 212.40 each", "the amount"),
        ("You charged my card twice in october, 212.40 each", "when it happened"),
        ("You charged me 4.99 a week for the last 6 weeks", "the amount"),
        ("We had bed bugs and were billed. I want a full refund.", "the amount"),
        ("ur driver chucked my parcel over the gate into a puddle, LH-51010", "booking reference"),
    ],
)
def test_what_was_told_or_is_told_by_another_fact_is_not_asked_for(text: str, fact: str) -> None:
    assert fact not in read(text).missing


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("You charged me twice.", "the amount"),
        ("You charged me on 12 November for a renewal.", "the amount"),
        ("The refund took 3 weeks.", "the amount"),
        ("You charged me 2 times.", "the amount"),
        ("The late fee was wrong.", "the amount"),
        ("I paid for order 44812 and it never came.", "the amount"),
        ("You charged me at 10.30 for it.", "the amount"),
        ("You charged me on 20.11 for it.", "the amount"),
        ("They turned us away at the gate.", "booking reference"),
        ("The class was late and we sat there.", "when it happened"),
        ("My flight was late.", "flight number and date"),
        ("MA212 was two hours behind and arrived late.", "when it happened"),
    ],
)
def test_a_number_of_something_else_is_no_amount_and_what_is_open_is_asked_for(text: str, fact: str) -> None:
    assert fact in read(text).missing


@pytest.mark.parametrize(
    "text",
    [
        'Your trainer Marcus told me in front of everyone to "lay off the pies".',
        'We were told "technical problems" and given nothing.',
        "She told me I was lying.",
        "The lady said that I was too loud.",
        "I was told off by your driver.",
    ],
)
def test_what_was_only_said_is_no_promise(text: str) -> None:
    assert read(text).promised == ()


@pytest.mark.parametrize(
    "text",
    [
        "Your driver told me it would come on Friday.",
        "She said they'd send a new one.",
        "We were told we could get a refund.",
        "I was told to wait two days.",
        "He told me the bag is on its way.",
        "Sandra promised me a call.",
        "I was assured of a refund.",
        "They said it is free of charge.",
        "You said that on Tuesday as well.",
    ],
)
def test_what_is_said_to_be_going_to_happen_or_be_given_is_a_promise(text: str) -> None:
    assert labels(read(text).promised) == ["told by the customer"]


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("Last time 15 min late, today again.", False),
        ("The last time I came the pool was shut.", False),
        ("This is the last time I shop with you.", True),
        ("That was the last straw.", True),
        ("Last time you'll see my money.", True),
    ],
)
def test_who_tells_of_the_last_time_does_not_leave(text: str, leaves: bool) -> None:
    assert ("leaving" in labels(read(text).risks)) is leaves


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("You cancelled because you had no crew.", False),
        ("my flight is cancelled", False),
        ("I need help, my flight was cancelled.", False),
        ("I want my membership cancelled.", True),
        ("Please cancel my order.", True),
        ("i need this cancelled asap", True),
        ("I am cancelling my membership.", True),
    ],
)
def test_what_we_cancelled_is_no_wish_to_cancel(text: str, wants: bool) -> None:
    assert ("to cancel or leave" in labels(read(text).wants)) is wants


def test_whoever_has_somebody_very_ill_is_vulnerable_and_a_flight_in_five_days_presses() -> None:
    card = read("my dad had a stroke and I can't think straight. We fly in five days, can we move it?")
    assert "vulnerable person" in labels(card.risks) and "worry" in labels(card.feels) and card.urgency == "soon"
    assert "vulnerable person" not in labels(read("My dad bought a lamp. It had a stroke of bad luck.").risks)


@pytest.mark.parametrize("text", ["flying thursday help, name on ticket is wrong", "We are leaving this Sat"])
def test_a_day_of_travel_presses_without_its_on(text: str) -> None:
    assert read(text).urgency == "soon"


def test_days_of_travel_that_are_past_press_nobody() -> None:
    assert read("We flew Thursday and the bag never came.").urgency == "ordinary"


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("I want both nights back", ["a refund"]),
        ("I want out of this contract today", ["to cancel or leave"]),
        ("keep my old price", ["a better price"]),
        ("i want it gone", ["something else"]),
        ("I want my session back AND the 5 pounds", ["something else"]),
        ("can i buy a suit and u pay", ["something else"]),
        ("The bin has no lid. Please help.", []),
        ("I used the discount code.", []),
        ("I don't want it.", []),
        ("I want to die.", []),
        ("I want to slap him.", []),
    ],
)
def test_what_somebody_wants_is_on_the_card_in_their_words_where_no_label_fits(text: str, wants: list[str]) -> None:
    assert labels(read(text).wants) == wants
    assert all(sign.words in text for sign in read(text).wants)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("The room stank of smoke.", True),
        ("My father had a stroke and is in hospital, I cannot fly.", True),
        ("There was smoke coming from the kettle.", False),
        ("The kettle gave him an electric shock and my father had a heart attack.", False),
        ("My father had a stroke in hospital after your treadmill threw him.", False),
    ],
)
def test_a_smell_and_an_illness_elsewhere_are_no_danger_of_ours(text: str, safe: bool) -> None:
    assert ("safety" in labels(read(text).risks)) is not safe


def test_who_goes_to_another_leaves_and_who_is_short_now_need_not_be_rung() -> None:
    assert "leaving" in labels(read("sort it or im going to PureGym").risks)
    assert read("310 euros is a lot for us right now").urgency == "ordinary"
    assert read("I need it right now").urgency == "now"
