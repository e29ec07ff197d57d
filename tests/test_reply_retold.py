"""What a small model says back to a customer is shown only if it is what the customer said."""

import pytest

from assistant.reply.retold import fits, named, spoken, tidied

CHARGED = "You charged me £55 for a session I cancelled because I was ill. I did ring, and nobody answered."


@pytest.mark.parametrize(
    ("said", "for_the_model"),
    [
        ("You've lost my bag, you lot. Thank you!", "the company has lost my bag, the company. Thank you!"),
        ("ur driver never came and youre silent", "the company's driver never came and the company is silent"),
        ("YOUR fault, I tell you.", "the company's fault, I tell the company."),
    ],
)
def test_the_company_is_named_to_the_model(said: str, for_the_model: str) -> None:
    assert named(said) == for_the_model


@pytest.mark.parametrize(
    ("account", "as_shown"),
    [
        ("the company took £39 and the company's man left", "we took £39 and our man left"),
        ("you paid the company, and the company has kept it", "you paid us, and we have kept it"),
        ("you are told by the company that the company thinks so", "you are told by us that we think so"),
        ('you were late because the company "could not say"', 'you were late because we "could not say"'),
        ("after the company passes it on, the company was silent", "after we pass it on, we were silent"),
        (
            "the kettle the company sold you gave your husband a shock",
            "the kettle we sold you gave your husband a shock",
        ),
        ("the desk told you the company was shut", "the desk told you we were shut"),
        ("the man from the company left", "the man from us left"),
        ("you told the company twice", "you told us twice"),
        ("the company always ignores you", "we always ignore you"),
    ],
)
def test_the_company_speaks_for_itself_to_the_customer(account: str, as_shown: str) -> None:
    assert spoken(f"You tell us that {account}.") == f"You tell us that {as_shown}."


@pytest.mark.parametrize(
    "account",
    [
        "the company charged you £55 for a session you cancelled because you were ill, and you did ring.",
        "the company charged you £55 for a session you cancelled, and that nobody answered.",
    ],
)
def test_an_account_in_the_customers_own_terms_is_shown(account: str) -> None:
    assert fits(f"You tell us that {account}", CHARGED)


@pytest.mark.parametrize(
    "account",
    [
        "you charged the company £55 for a session you cancelled because you were ill.",
        "the company charged you £65 for a session you cancelled because you were ill.",
        "the company charged you £55 for a session the company cancelled because you were ill.",
        "the company charged you £55 for a session you cancelled because you were not ill.",
        "the company charged you £55 for a session you cancelled, and somebody answered.",
        "Kevin charged you £55 for a session you cancelled because you were ill.",
        "the company charged you £55 for a session I cancelled because you were ill.",
        "the company charged you £55 for a session you cancelled, costing you.",
        "the company charged you £55 for a session you cancelled, so please ring.",
        "the company charged you £55 for a session you cancelled because you were ill",
        "you are ill.",
    ],
    ids="roles, sum, deed, denial, no denial, name, person, word, order, unfinished, next to nothing".split(", "),
)
def test_an_account_that_turns_something_round_or_adds_to_it_is_not_shown(account: str) -> None:
    assert not fits(f"You tell us that {account}", CHARGED)


def test_what_was_done_to_the_customer_is_not_said_to_be_their_doing() -> None:
    message = "Your garage made me spend $1500 on the brakes and they still squeal."
    assert fits("You tell us that the company's garage made you spend $1500 on the brakes.", message)
    assert not fits("You tell us that you made $1500 on the brakes, and they still squeal.", message)
    assert not fits("You tell us that the company's garage made you spend $1500 on \"the brakes.", message)


def test_another_company_is_not_taken_for_the_one_that_answers() -> None:
    account = "You tell us that the company drilled through your pipe and left."
    assert fits(account, "You drilled through my pipe and left.")
    assert not fits(account, "The company drilled through my pipe and left.")


def test_every_denial_stays_one() -> None:
    message = "Nobody opened the door for us, and the bell did not ring."
    assert fits("You tell us that nobody opened the door for you, and the bell did not ring.", message)
    assert not fits("You tell us that the door opened for you, and the bell did not ring.", message)


def test_a_word_may_bend() -> None:
    message = "I paid your massage chair 10 euro and it just buzzed."
    assert fits("You tell us that you paid the company's massage chair 10 euros, and it just buzzed.", message)
    assert not fits("You tell us that you paid the company's massage chair 10 euros for nothing.", message)


def test_an_insult_is_not_said_back() -> None:
    message = "You useless clowns lost my suitcase in Oslo on Monday."
    assert fits("You tell us that the company lost your suitcase in Oslo on Monday.", message)
    assert not fits("You tell us that the company's useless clowns lost your suitcase in Oslo on Monday.", message)


def test_only_the_first_sentence_is_taken_and_a_last_clause_that_says_nothing_is_cut() -> None:
    assert tidied("You tell us that it broke. We are sorry.") == "You tell us that it broke."
    assert tidied('"You tell us that it broke, and that twenty kids."') == "You tell us that it broke."
    assert tidied("You tell us that it broke, and that nobody came to mend it.").endswith("mend it.")
