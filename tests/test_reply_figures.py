"""Sums as they are written in different places, and that a grant of one backs no other."""

import pytest

from assistant.reply.figures import figures_in
from assistant.reply.verify import Finding, Part, Quote, verify
from knowledge import Meta, Passage, Section


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("£20k", "GBP 20000"),
        ("£1.5m", "GBP 1500000"),
        ("£20 million", "GBP 20000000"),
        ("20 thousand pounds", "GBP 20000"),
        ("2 millones de euros", "EUR 2000000"),
        ("£30 M&S voucher", "GBP 30"),
        ("£30, please", "GBP 30"),
        ("12,50 €", "EUR 12.5"),
        ("1.250 €", "EUR 1250"),
        ("1.250,00 €", "EUR 1250"),
        ("1 000 €", "EUR 1000"),
        ("1\u202f000,50 €", "EUR 1000.5"),
        ("1'250.50 CHF", "CHF 1250.5"),
        ("£1,250", "GBP 1250"),
        ("£1.25", "GBP 1.25"),
        ("£1.250", "GBP 1.25"),
        ("₹1,00,000 or 1,00,000 rupees", "INR 100000"),
        ("£12345.67", "GBP 12345.67"),
        ("£10 mil", "GBP 10000000"),
        ("10 mil euros", "EUR 10000"),
        ("€0.500", "EUR 0.5"),
        ("0,500 €", "EUR 0.5"),
    ],
)
def test_a_sum_is_read_as_it_is_written_where_its_currency_is_used(text: str, value: str) -> None:
    assert [c.value for c in figures_in(text)] == [value]


def test_a_grant_of_a_sum_backs_no_thousands_of_it() -> None:
    rule = "An agent may, without asking anyone, refund £20 in bank fees."
    section = Section("policy#fees", "policy", "Fees", "Fees", rule)
    policies = {section.id: Passage(section, Meta(id="policy", title="Fees", kind="policy"), 0.0, 0.0, "")}
    quotes = (Quote(passage=section.id, words=rule),)

    def found(text: str) -> tuple[Finding, ...]:
        return verify(Part(purpose="offer", text=text, quotes=quotes), policies).findings

    assert found("I can refund you £20 in bank fees.") == ()
    for amount in ("£20k", "£20 million", "£20 thousand"):
        (finding,) = found(f"I can refund you {amount} in bank fees.")
        assert amount in finding.words
