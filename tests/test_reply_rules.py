"""Which rules of a policy a draft takes, where several would do."""

import pytest

from assistant.reply.channels import Shape, shape
from assistant.reply.rules import GRANT, OFFERED, REFUSED, _too_dear, fitting, rules, stances
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
    chosen = fitting([rule["refused"], rule["granted"], rule["offered"]], Shape())
    assert chosen == [rule["refused"], rule["offered"]]
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
    chosen = fitting(rules(message, found(library, message, "shop"), minilm.embed), Shape())
    assert chosen and any(REFUSED.search(rule) for _, rule in chosen) == refused
