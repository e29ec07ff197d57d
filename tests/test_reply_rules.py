"""Which rules of a policy a draft takes, where several would do."""

import pytest

from assistant.reply.channels import Shape, shape
from assistant.reply.conditions import GRANT, UNUSED, is_elsewhere, too_dear
from assistant.reply.offer import offer
from assistant.reply.rules import _ARRIVED, OFFERED, REFUSED, _has_what_lacks, _says, fitting, rules, stances
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
    ("limit", "price", "dearer"),
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
def test_less_than_a_sum_leaves_the_sum_itself_out_and_at_most_does_not(limit: str, price: str, dearer: bool) -> None:
    rule = f"When a lamp worth {limit} breaks, an agent may, without asking anyone, let the customer keep it."
    assert too_dear(f"I paid {price} for the lamp.", rule) == dearer


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
    ("message", "denied"),
    [
        ("I have been in twice since the renewal. Nobody came to the desk to cancel it.", False),
        ("I only used the club once. I was told that no one used the pool.", False),
        ("I never ordered it to renew, I have had two free deliveries since.", False),
        ("I have been in twice since the renewal. I did not use the pool.", False),
        ("I haven't been in since August.", True),
        ("Nobody has set foot in there since the renewal.", True),
        ("I never ordered anything from it.", True),
        ("I used it once in January. I have not been in since.", True),
        ("We haven't been there since March, but my wife came twice since then.", False),
    ],
)
def test_a_grant_for_who_used_the_club_is_denied_by_who_was_not_there_and_by_no_other_denial(
    minilm: MiniLM, message: str, denied: bool
) -> None:
    rule = "When the club has been used since, an agent may, without asking anyone, refund half of the renewal."
    assert is_elsewhere(rule, [message], minilm.embed) == denied


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
    assert is_elsewhere(rule, [message], minilm.embed) != offered


@pytest.mark.parametrize(
    ("message", "policy_set", "never_said"),
    [
        (
            "you auto renewed my annual membership on 3 november. ive not been in since july. i want the money back",
            "gym",
            "less £39",
        ),
        (
            "You renewed my Larkspur Plus on 10 November for £29. I havent ordered anything since xmas. Refund it.",
            "shop",
            "less £4.95",
        ),
        (
            "You auto renewed my annual membership on 3 November. Nobody has been there since. I want my money back.",
            "gym",
            "less £39",
        ),
    ],
)
def test_of_two_grants_that_exclude_each_other_only_the_one_that_the_message_tells_is_taken(
    library: Library, minilm: MiniLM, message: str, policy_set: str, never_said: str
) -> None:
    (said,) = chosen(library, minilm, message, policy_set)
    assert "in full" in said and never_said not in said


@pytest.mark.parametrize(
    ("message", "policy_set", "first"),
    [
        (
            "wrong colour. ordered sage got navy. LH-60012",
            "shop",
            "If a wrong item was sent, I can send the right one",
        ),
        (
            "I have torn my ACL, 6 months no sport. I want out and those two months back. I attach a photo of the "
            "surgeon's note.",
            "gym",
            "I can end a membership without a fee",
        ),
        (
            "Charged me £90 twice on the 3rd, bank charged me £42 for going overdrawn. Sort it.",
            "gym",
            "I can refund a double or wrong membership charge in full",
        ),
    ],
)
def test_what_is_wanted_comes_before_a_formality_and_before_what_covers_too_little(
    library: Library, minilm: MiniLM, message: str, policy_set: str, first: str
) -> None:
    assert chosen(library, minilm, message, policy_set)[0].startswith(first)


@pytest.mark.parametrize(
    ("message", "first"),
    [
        ("I paid £6 more for each sofa than your website shows.", "If the price paid is higher than the price shown"),
        ("I bought a sofa last week, its price falls by £6 today.", "If a price falls within 14 days of the order"),
    ],
)
def test_of_two_near_grants_the_one_whose_condition_is_told_comes_first(
    library: Library, minilm: MiniLM, message: str, first: str
) -> None:
    assert chosen(library, minilm, message, "shop")[0].startswith(first)


def test_bank_fees_alone_are_refunded_where_the_sum_is_within_their_limit(library: Library, minilm: MiniLM) -> None:
    said = chosen(library, minilm, "Your wrong charge cost me £20 in bank fees. I want the £20 back.", "gym")
    assert said[0].startswith("I can refund up to £35 in bank fees")


def test_what_staff_owe_a_customer_is_not_told_as_a_refusal(library: Library, minilm: MiniLM) -> None:
    message = (
        "Flight MA 412 Porto to Lyon on the 14th cancelled at the gate, nobody told us anything. We found one "
        "ourselves, 189 eur, plus 34 taxi. And my wifes stroller came out with a broken wheel. What now?"
    )
    said = chosen(library, minilm, message, "airline")
    assert "If a pushchair is damaged, I can pay up to €180." in said and not any("refused" in s for s in said)


def test_nothing_is_declined_by_the_rule_of_another_section(library: Library, minilm: MiniLM) -> None:
    message = "my bag didnt arrive in Rome yesterday, ive a wedding tomorrow. can i buy a suit and u pay??"
    found_rules = rules(message, found(library, message, "airline"), minilm.embed)
    home = found_rules[0][0].id
    assert home.endswith("#delayed-bags") and any(REFUSED.search(s) and p.id != home for p, s in found_rules)
    assert fitting(found_rules, shape(stance="decline kindly")) == []
    assert "decline kindly" not in stances(found_rules, Situation(), Shape())


@pytest.mark.parametrize(
    "message",
    ["My nan died this morning. cant make tonights PT", "my nan died this morning sorry cant make PT tonight"],
)
def test_what_is_granted_after_a_bereavement_is_found_however_short_the_message(
    library: Library, minilm: MiniLM, message: str
) -> None:
    (said,) = chosen(library, minilm, message, "gym")
    assert said.startswith("I can waive a late-cancellation charge after illness, an accident or a bereavement")


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
        ("ive not been in since july", True),
        ("I havent ordered anything since last xmas.", True),
        ("Nobody has been there since.", True),
        ("Nobody told me anything about it.", False),
        ("Nobody came to the desk to cancel it.", False),
        ("I was told that no one used the pool.", False),
        ("I never ordered it to renew.", False),
        ("You have not been helpful.", False),
        ("I have never been so angry.", False),
    ],
)
def test_a_club_was_not_used_by_who_was_not_there(message: str, unused: bool) -> None:
    assert bool(UNUSED.search(message)) == unused
