"""Who only thanks is thanked, and who has said nothing yet is asked what it is about."""

from time import process_time

import pytest

from assistant.reply import parts, planning
from assistant.reply.case import Case
from assistant.reply.channels import Shape
from assistant.reply.echo import own_words, without_praise
from assistant.reply.situation import THANKS, read_situation
from assistant.reply.thanks import LONGEST, only_thanks, says_nothing
from assistant.reply.thread import read_thread
from assistant.reply.verify import Part, verify
from knowledge import Meta, MiniLM, Passage, Section

GIVEN = [
    "Thank you!! bag arrived, you're stars",
    "Hi, the replacement arrived this morning and it's perfect, thank you so much",
    "thanks all sorted now, great service!!",
    "Perfect, thank you so much for your help",
    "Thank you for sorting it out so quickly 😊",
    "Just wanted to say thanks to the team",
    "I can't thank you enough!",
    "You have been so helpful. Thank you",
    "The new sofa arrived on Friday, we love it. Many thanks!\n\nKind regards,\nAnna",
    "I got my refund today. Really appreciate it.",
    "thank you x",
    "Thanks. The driver was so kind and the lamp looks great",
    "Thanks everyone, it works now!\nPriya Raman",
    "Thank you, my money came through today",
    "Thank you so much, everything is fine now",
    "Thanks, we're really happy with the sofa",
    "Just wanted to say thanks to Marcus who sorted out my broken vase yesterday, new one arrived this morning and "
    "its lovely. no need to reply! Jean",
    "Thanks to the driver who found my missing parcel. There's no need to answer.",
]
NOT_GIVEN = [
    "thanks for nothing",
    "great service as always, third week waiting",
    "Thanks, great service as always!",
    "Thank you, the replacement arrived but it's broken too",
    "Thanks. When does my refund arrive?",
    "Thanks for ruining my holiday",
    "thank you for leaving me at the airport",
    "Thank you for your reply. I would like my money back.",
    "Oh brilliant, thanks, the parcel is lost again",
    "Thanks to you I missed my flight",
    "Great, thanks a lot, you cancelled it",
    "Thanks but no thanks",
    "Perfect. Just perfect. My bag arrived in bits, thanks.",
    "Thank you. Please cancel my membership",
    "Well done, you have lost a customer. Thank you.",
    "thanks for the great service, my bag arrived two days after me",
    "thank you for the reply, goodbye everyone",
    "Thanks in advance",
    "Thanks! The smoke came back this morning.",
    "Thanks, the fire came through",
    "Thanks. Lawyer",
    "Thank you. Cancel",
    "Thank you.\nCancel",
    "Thank you.\nRefund",
    "Thank you. Scammers",
    "Thanks. The bugs are back.",
    "Thanks. They are back.",
    "Thanks, we got my passport stolen",
    "Thanks, I received the summons",
    "Thanks, the voucher is fine",
    "Thank you, yes a replacement is fine",
    "Thank you, yes the 20th works",
    "That works, thank you",
    "Yes, thank you",
    "Perfect",
    "Thanks to Marcus who sorted out my refund to the wrong account",
    "Thanks to Marcus I missed my flight",
    "Thanks to your driver who lost my parcel",
    "Thanks. No need to reply. Cancel",
    "My vase came broken. No need to reply.",
]
RULE = "An agent may, without asking anyone, send a replacement for any bag, or refund it up to £200."


def planned(text: str, minilm: MiniLM, shape: Shape | None = None) -> planning.Plan:
    thread = read_thread(text)
    section = Section("p#s", "p", "P", "s", RULE)
    policy = Passage(section, Meta(id="p", title="P", kind="policy"), 5.0, 0.0, "")
    case = Case(thread.customer, thread.customer, read_situation(thread), shape or Shape())
    return planning.plan(case, {}, [policy], minilm.embed)


@pytest.mark.parametrize("text", GIVEN)
def test_thanks_are_answered_warmly_and_nothing_is_offered_asked_or_regretted(text: str, minilm: MiniLM) -> None:
    card = read_situation(read_thread(text))
    assert [s.label for s in card.wants] == [THANKS] and card.urgency == "ordinary" and not card.missing
    plan = planned(text, minilm)
    (step,) = plan.steps
    assert "welcome" in step.plain and "sorry" not in step.plain and "?" not in step.plain and not step.retells
    assert plan.checks == () and plan.outcome == "reply"
    assert not verify(Part(purpose="acknowledge", text=step.plain), {}).blocked


@pytest.mark.parametrize("text", NOT_GIVEN)
def test_sarcasm_and_thanks_with_something_else_are_answered_as_what_they_are(text: str) -> None:
    assert not only_thanks(text) and not read_situation(read_thread(text)).thanked


@pytest.mark.parametrize(
    "piece",
    [
        "within a day ",
        "the most ",
        "now nice ",
        "so much nice ",
        "as well good ",
        "just now ",
        "safe and sound ",
        "for getting ",
        "getting so fast ",
        "all both just ",
        "is now came ",
        "the new bag ",
        "ok ",
    ],
)
@pytest.mark.parametrize(
    "start", ["thanks, ", "thanks for ", "thanks, it arrived ", "thanks, you are ", "thanks, i'm "]
)
def test_no_text_takes_long_to_be_told_from_thanks(start: str, piece: str) -> None:
    text = (start + piece * LONGEST)[: LONGEST - 3] + " zz"
    began = process_time()
    assert not only_thanks(text) and not says_nothing(text)
    assert process_time() - began < 0.5


def test_thanks_outdate_what_was_wanted_before_and_nothing_grave() -> None:
    thanked = "Customer: I want a refund today, this is a joke!\nAgent: It is done.\nCustomer: Thank you so much!"
    card = read_situation(read_thread(thanked))
    assert card.thanked and not card.feels and card.urgency == "ordinary"
    assert not read_situation(read_thread("Thanks\nLawyer")).thanked
    threatened = "Customer: My lawyer will write to you.\nAgent: It is done.\nCustomer: Thank you so much!"
    assert not read_situation(read_thread(threatened)).thanked
    despaired = "Customer: I want to die.\nAgent: I hear you.\nCustomer: Thank you so much!"
    card = read_situation(read_thread(despaired))
    assert not card.thanked and card.at_risk("self-harm")


def test_a_version_that_the_agent_asks_for_is_drafted_of_thanks_as_well(minilm: MiniLM) -> None:
    plan = planned(GIVEN[0], minilm, Shape(stance="ask for information"))
    assert plan.outcome == "ask the customer" and any(s.purpose == "ask" for s in plan.steps)


@pytest.mark.parametrize("text", ["ok", "ok fine", "Hello?", "Hi there", "my bag"])
def test_who_has_said_nothing_yet_is_asked_what_it_is_about_and_offered_nothing(text: str, minilm: MiniLM) -> None:
    plan = planned(text, minilm)
    first, asks = plan.steps
    assert "“" not in first.plain and "what it is about" in asks.plain and plan.outcome == "ask the customer"
    assert not plan.checks and not any(verify(Part(purpose=s.purpose, text=s.plain), {}).blocked for s in plan.steps)


@pytest.mark.parametrize("text", ["ok", GIVEN[0]])
def test_thanks_and_an_ok_stay_what_they_are_in_another_channel(text: str, minilm: MiniLM) -> None:
    case = Case(text, text, read_situation(read_thread(text)), Shape(channel="review reply"))
    first = [parts.settle(step, "", {}, text) for step in planned(text, minilm).steps]
    assert [parts.anew(part, case, False, minilm.embed, {}) for part in first] == first


@pytest.mark.parametrize("text", ["Refund!", "bag broken", "Well? Where is it", "My bag never came"])
def test_few_words_may_say_what_it_is_about(text: str, minilm: MiniLM) -> None:
    assert planned(text, minilm).outcome != "ask the customer" and not says_nothing(text)


def test_a_word_that_says_nothing_is_not_quoted(minilm: MiniLM) -> None:
    assert "“ok" not in planned("ok. The bag is yours to mend, it has a hole.", minilm).steps[0].plain


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("my trainer is lovely but your changing rooms stink", "your changing rooms stink"),
        ("Hi.\nThe food was really nice, but your crew lost my bag.", "Hi.\nyour crew lost my bag."),
        ("Hi, my trainer is lovely but your showers stink", "your showers stink"),
        *(
            (whole, whole)
            for whole in (
                "My flight was cancelled and the seat was not fine but your crew left",
                "My flight was cancelled and the seat was fine but your crew left",
                "My flight was cancelled, the seat was fine but your crew left",
                "The food wasn't nice but your crew was",
                "The food was never good but your crew was",
            )
        ),
        ("The lamp is lovely but it broke.", "The lamp is lovely but it broke."),
        ("The lamp is not good. But your driver is.", "The lamp is not good. But your driver is."),
    ],
)
def test_praise_of_one_thing_before_a_complaint_of_another_is_neither_searched_for_nor_said_back(
    text: str, searched: str
) -> None:
    assert without_praise(text) == searched
    assert own_words("my trainer is lovely but your changing rooms stink", False).text == "your changing rooms stink"
