"""Addresses and markup in a reply: what is blocked, and what only looks like it."""

import pytest

from assistant.reply.outward import unsafe

LINK = "this link stands in no passage and not in the thread"


@pytest.mark.parametrize(
    "text",
    ["Go to evil-refunds.com.", "See pay.evil.co.uk now.", "bit.ly has it", "EVIL.COM", "Is it at evil-shop.it?"],
)
def test_a_bare_address_that_stands_in_no_material_is_blocked(text: str) -> None:
    assert [why for _, why in unsafe(text, {}, "")] == [LINK]
    assert unsafe(text, {}, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "I am sorry, e.g. that nobody rang at 10 a.m. as agreed.",
        "I am sorry that it was late.Next time it was lost.",
        "I am sorry that it was late.it was lost.",
        "I am sorry about invoice.pdf and report.docx.",
        "I am sorry that nobody rang at 10.am, that Dr.de Vries was away and that ASP.NET failed.",
    ],
)
def test_no_stop_and_no_bracket_is_taken_for_an_address_or_a_tag(text: str) -> None:
    assert unsafe(text, {}, "") == []


@pytest.mark.parametrize(
    "text", ["<b>Sorry</b>", "<IMG src=x>", "<x onclick=go()>", "<script", "</error>", "<!-- x -->", "<svg/onload=x>"]
)
def test_a_tag_is_blocked_and_so_is_whatever_has_attributes(text: str) -> None:
    assert "markup has no place in a reply" in [why for _, why in unsafe(text, {}, "")]


@pytest.mark.parametrize("shown", ["<error 5>", "<Unknown Item, try again>", "<order number>"])
def test_a_place_to_fill_in_is_blocked_unless_the_customer_wrote_it(shown: str) -> None:
    text = f"You wrote that it says {shown} all day. I am sorry."
    assert unsafe(text, {}, "It is broken") == [(shown, "markup has no place in a reply")]
    assert unsafe(text, {}, f"It says {shown} all day!") == []


def test_a_tag_is_blocked_even_if_the_customer_wrote_it() -> None:
    assert unsafe("<b>Sorry</b>", {}, "<b>Sorry</b>")


def test_an_address_that_is_the_beginning_of_a_known_one_is_another() -> None:
    assert unsafe("Go to shop.com.", {}, "I was at shop.com.au.") == [("shop.com", LINK)]
    assert unsafe("Go to shop.com.", {}, "I was at shop.com. Nobody came.") == []
