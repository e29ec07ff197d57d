"""A greeting by a name that is nobody's in the scenario is told."""

import pytest

from tests.practices import SCENARIOS, completed


@pytest.mark.parametrize("text", ["Dear Mr Whitlock, we got it wrong.", "Hello Mrs Brown, what happened?"])
def test_a_greeting_by_another_name_is_told(text: str) -> None:
    seen = completed({}, text, SCENARIOS["refund-outside-policy"])
    assert seen.has("wrong_name") and seen.quote("wrong_name") in text


@pytest.mark.parametrize(
    "text",
    [
        "Dear Mr Menzies, we got it wrong.",
        "Dear Alasdair, we got it wrong.",
        "Dear Customer, we got it wrong.",
        "Dear Sir or Madam, we got it wrong.",
        "Dear Valued Customer, we got it wrong.",
        "Dear Guests, we got it wrong.",
        "Dear Colleagues, we got it wrong.",
        "Dear Panel, we got it wrong.",
        "Dear Interviewer, we got it wrong.",
        "Dear God, we got it wrong.",
        "Dear Lord, we got it wrong.",
        "Dear Alas, we got it wrong.",
        "Hello there. Thank you for writing.",
        "Oh dear. Whitlock again?",
    ],
)
def test_a_greeting_by_the_customers_name_or_by_none_is_not(text: str) -> None:
    assert not completed({}, text, SCENARIOS["refund-outside-policy"]).has("wrong_name")
