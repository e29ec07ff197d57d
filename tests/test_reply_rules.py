"""Which rules of a policy a draft takes, where several would do."""

import pytest

from assistant.reply.channels import Shape, shape
from assistant.reply.offer import offer
from assistant.reply.rules import (
    _ARRIVED,
    _UNUSED,
    GRANT,
    OFFERED,
    REFUSED,
    _has_what_lacks,
    _is_elsewhere,
    _says,
    _too_dear,
    fitting,
    rules,
    stances,
)
from assistant.reply.situation import Situation
from knowledge import Library, MiniLM, Passage

RUG = "I want to return a wool rug later than 90 days after delivery, and my £215 back."
NOTICE = (
    "I want to hand in my notice for the flexible membership please. I am moving to Leeds. Member no. 30991, Beth"
)


def found(library: Library, message: str, policy_set: str) -> list[Passage]:
    return library.search(message, kind="policy", policy_set=policy_set, count=4)


def returning(library: Library) -> dict[str, tuple[Passage, str]]:
    """What the shop refuses, grants and offers of goods that are not wanted."""
    section = next(p for p in found(library, RUG, "shop") if p.id.endswith("#returning-something-you-do-not-want"))
    told = [s.strip() for s in section.section.text.split(". ")]
    kinds = {"refused": REFUSED, "granted": GRANT, "offered": OFFERED}
    return {name: (section, next(s for s in told if kind.search(s))) for name, kind in kinds.items()}


def test_after_a_refusal_comes_what_policy_offers_instead_and_not_what_it_grants_others(library: Library) -> None:
    rule = returning(library)
    fit = fitting([rule["refused"], rule["granted"], rule["offered"]], Shape())
    assert fit == [rule["refused"], rule["offered"]]
    assert fitting([rule["refused"], rule["granted"]], Shape()) == [rule["refused"], rule["granted"]]


def test_what_can_be_offered_is_not_lost_where_nothing_is_granted(library: Library) -> None:
    rule = returning(library)
    assert fitting([rule["offered"]], Shape()) == [rule["offered"]]


def test_only_stances_that_give_something_else_are_offered(library: Library) -> None:
    rule = returning(library)
    some = [rule["granted"], rule["refused"]]
    assert stances(some, Situation(), Shape()) == ("decline kindly",)
    assert "decline kindly" not in stances(some, Situation(), shape(stance="decline kindly"))


@pytest.mark.parametrize(("price", "kept"), [("£12", True), ("£64", False)])
def test_a_rule_for_what_is_worth_less_is_not_for_what_is_dear(
    library: Library, minilm: MiniLM, price: str, kept: bool
) -> None:
    message = f"The {price} vase came with a scratch along the top. I would like to keep it if the price is right."
    told = [rule for _, rule in rules(message, found(library, message, "shop"), minilm.embed)]
    assert any("worth less than £30" in rule for rule in told) == kept


@pytest.mark.parametrize(
    ("limit", "price", "too_dear"),
    [
        ("less than £20", "£20", True),
        ("less than £20", "£19.99", False),
        ("under 20 euros", "20 euros", True),
        ("less than 20 euros", "€35", True),
        ("at most £20", "£20", False),
        ("up to 20 euros", "€20", False),
        ("up to 20 euros", "€21", True),
    ],
)
def test_less_than_a_sum_leaves_the_sum_itself_out_and_at_most_does_not(
    limit: str, price: str, too_dear: bool
) -> None:
    rule = f"When a lamp worth {limit} breaks, an agent may, without asking anyone, let the customer keep it."
    assert _too_dear(f"I paid {price} for the lamp.", rule) == too_dear


def test_the_section_that_search_holds_to_be_meant_by_far_comes_first(library: Library, minilm: MiniLM) -> None:
    policies = found(library, NOTICE, "gym")
    assert policies[0].id.endswith("#ending-a-membership")
    assert rules(NOTICE, policies, minilm.embed)[0][0] == policies[0]


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("wheres my refund", False),
        ("I closed that card, send the refund to a different account.", True),
        ("Ordered two oak chairs, got two sage chairs. Party is Saturday week, want the right ones.", False),
    ],
)
def test_what_nobody_asked_for_is_not_refused(library: Library, minilm: MiniLM, message: str, refused: bool) -> None:
    fit = fitting(rules(message, found(library, message, "shop"), minilm.embed), Shape())
    assert fit and any(REFUSED.search(rule) for _, rule in fit) == refused


def chosen(library: Library, minilm: MiniLM, message: str, policy_set: str) -> list[str]:
    """What a draft says of the rules, in the customer's words."""
    fit = fitting(rules(message, found(library, message, policy_set), minilm.embed), Shape())
    return [offer([rule]).plain for _, rule in fit]


def test_what_is_granted_of_such_a_thing_says_of_which(library: Library, minilm: MiniLM) -> None:
    said = chosen(
        library, minilm, "Booked this morning by mistake, flight is in two months. Can I undo it?", "airline"
    )
    assert any(s.endswith("7 days later. I can refund such a ticket in full.") for s in said)
    said = chosen(library, minilm, "name on ticket says Jonh instead of John flying thursday", "airline")
    assert said[0].startswith("I can correct a misspelt name") and "I can refund such a ticket in full." not in said


def test_of_two_grants_for_more_of_the_same_the_further_that_fits_is_taken(library: Library, minilm: MiniLM) -> None:
    for late, taken in (("25 min", "more than 20 minutes"), ("15 minutes", "more than 10 minutes")):
        (said,) = chosen(library, minilm, f"My trainer turned up {late} late for my session. What now?", "gym")
        assert taken in said


def test_a_grant_for_who_used_the_club_is_not_for_who_did_not(library: Library, minilm: MiniLM) -> None:
    message = "I haven't been in since August and you took £468 for a renewal on 12 November. I want it back."
    (said,) = chosen(library, minilm, message, "gym")
    assert "has not been used" in said


@pytest.mark.parametrize(
    ("message", "offered"),
    [
        ("There was drilling from seven, hair in the bath, and the sheets were stained. We found no rest.", False),
        ("There were bugs in the mattress.", True),
    ],
)
def test_a_grant_that_begins_with_if_needs_its_case_in_the_message(
    minilm: MiniLM, message: str, offered: bool
) -> None:
    rule = "If bed bugs are found, an agent may, without asking anyone, move the guest and have all clothes washed."
    assert _is_elsewhere(rule, [message], minilm.embed) != offered


RETURNED = (
    "I sent the rug back on 2 November and tracking shows you received it on 6 November, still no refund. "
    "I have sent the receipt twice already. Please do not ask me for it again."
)


def test_a_return_that_has_arrived_is_not_lost(library: Library, minilm: MiniLM) -> None:
    said = chosen(library, minilm, RETURNED, "shop")
    assert said[0].startswith("I can pay the refund at once") and not any("receipt" in s for s in said)


@pytest.mark.parametrize(
    ("receipt", "said"),
    [("I have the receipt.", "when you show the drop-off receipt"), ("I did not keep the receipt.", "is refused")],
)
def test_what_is_refused_for_want_of_something_is_not_refused_to_who_has_it(
    library: Library, minilm: MiniLM, receipt: str, said: str
) -> None:
    message = f"I posted the return three weeks ago and tracking shows nothing, you lost it. {receipt}"
    assert said in chosen(library, minilm, message, "shop")[0]


def test_after_a_death_nothing_further_is_offered_to_an_account_that_is_not_the_writers(
    library: Library, minilm: MiniLM
) -> None:
    message = "my wife died on the 9th. yesterday a letter came that her membership payment failed. can you stop them"
    assert chosen(library, minilm, message, "gym") == ["I can stop reminders of unpaid fees for 30 days."]


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("I have the receipt here.", True),
        ("You did not answer, but I have kept the receipt.", True),
        ("I don't have the receipt.", False),
        ("I have lost the receipt.", False),
        ("I no longer have a receipt.", False),
        ("Do I have to send the receipt?", False),
    ],
)
def test_who_says_to_have_something_has_it_and_who_denies_or_asks_has_not(message: str, says: bool) -> None:
    rule = "A refund without receipt is refused, because nothing shows the price that was paid."
    assert bool(_has_what_lacks(message, rule)) == says


@pytest.mark.parametrize(
    ("message", "arrived"),
    [
        ("Tracking shows you received it on 6 November.", True),
        ("Your warehouse signed for it on Monday.", True),
        ("Your depot says it was never received.", False),
        ("Tracking says it was not received.", False),
        ("Have you received my return?", False),
        ("I think you got it wrong.", False),
    ],
)
def test_a_return_is_there_only_where_somebody_says_so(message: str, arrived: bool) -> None:
    assert _says(_ARRIVED, message) == arrived


@pytest.mark.parametrize(
    ("message", "unused"),
    [
        ("I haven't been in since August.", True),
        ("We have never set foot in there.", True),
        ("You have not been helpful.", False),
        ("I have never been so angry.", False),
    ],
)
def test_a_club_was_not_used_by_who_was_not_there(message: str, unused: bool) -> None:
    assert bool(_UNUSED.search(message)) == unused
