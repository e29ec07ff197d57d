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
        "You wrote: “It says <error 5> all day.” I am sorry.",
        "You wrote: “It says <Unknown Item, try again> all day.” I am sorry.",
    ],
)
def test_no_stop_and_no_bracket_is_taken_for_an_address_or_a_tag(text: str) -> None:
    assert unsafe(text, {}, "") == []


@pytest.mark.parametrize(
    "text", ["<b>Sorry</b>", "<IMG src=x>", "<x onclick=go()>", "<script", "</error>", "<!-- x -->", "<svg/onload=x>"]
)
def test_a_tag_is_blocked_and_so_is_whatever_has_attributes(text: str) -> None:
    assert "markup has no place in a reply" in [why for _, why in unsafe(text, {}, "")]
