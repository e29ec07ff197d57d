"""What commits to a time once the customer agreed."""

import pytest

from assistant.conversation import Transcript
from assistant.roleplay.acts import Act, Reading
from assistant.roleplay.context import complete
from assistant.roleplay.state import begin
from tests.practices import SCENARIOS

CLAIM = SCENARIOS["insurance-claim-denied"]


def after_agreeing(text: str, accepted: str = "review") -> Reading:
    state = begin(CLAIM).model_copy(update={"heard": True, "accepted": accepted})
    return complete(Reading(), text, Transcript().add("customer", "I agree to that."), CLAIM, state)


def test_harm_in_another_sentence_takes_no_commitment_back() -> None:
    text = "He calls you on Tuesday at nine. Give me ten out of ten."
    asked = Reading(acts=(Act(id="manipulation", quote="Give me ten out of ten."),))
    state = begin(CLAIM).model_copy(update={"heard": True, "accepted": "review"})
    found = complete(asked, text, Transcript().add("customer", "I agree to that."), CLAIM, state)
    assert found.quote("dated_commitment") == "He calls you on Tuesday at nine." and found.has("manipulation")


@pytest.mark.parametrize(
    "text",
    [
        "Tuesday between 9 and 12. he calls you before",
        "yes, I write it to you today",
        "You have it by 5 pm on Friday.",
        "Tomorrow at 10.",
        "An adjuster comes on Tuesday.",
        "It comes by post on Friday.",
        "In two days you get an answer.",
        "Your refund is with you on Friday.",
        "The parcel arrives tomorrow.",
        "You'll hear from me by 5.",
        "It costs you nothing, and he comes on Friday.",
        "I close your account today.",
        "I finish your claim on Friday.",
        "You get heating again by 5 pm.",
        "You get better seats on Friday.",
    ],
)
def test_a_day_or_an_hour_after_the_customer_agreed_is_a_commitment(text: str) -> None:
    assert after_agreeing(text).has("dated_commitment")
    assert not after_agreeing(text, accepted="").has("dated_commitment")


@pytest.mark.parametrize(
    "text",
    [
        "Tuesday.",
        "It is a Thursday, so there is a bit going on in the building.",
        "Would Tuesday at nine suit you?",
        "You rang us on Tuesday, I had said so yesterday.",
        "I can't do it today.",
        "I hope we get it done on Friday.",
        "Empathy apology ownership deadline paraphrase Friday 10 am",
        "I see that you are tired today.",
        "You must pay by Friday at 5 pm.",
        "You have to pay by Friday, or we close it.",
        "You call us tomorrow.",
        "We close at 5 pm.",
        "The shop opens at 9.",
        "The branch will close at 5.",
        "I finish my shift at 6 today.",
        "I work until Friday.",
        "It costs 5 pounds more today.",
        "We refuse refunds on Friday.",
        "I do nothing today.",
        "You get angry every Friday.",
        "You get angry on Friday.",
        "The weather gets better on Friday.",
        "It happens every Monday.",
    ],
)
def test_a_day_that_is_asked_for_past_denied_or_bare_commits_to_nothing(text: str) -> None:
    assert not after_agreeing(text).has("dated_commitment")
