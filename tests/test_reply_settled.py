"""What staff gave already, and what a customer has taken or does not want, is not offered to them once more."""

from time import process_time

import pytest

from assistant.reply import planning
from assistant.reply.case import Case
from assistant.reply.channels import Shape
from assistant.reply.echo import account
from assistant.reply.retold import fits
from assistant.reply.settled import accepted, still_open
from assistant.reply.signature import unsigned
from assistant.reply.situation import read_situation
from assistant.reply.thread import read_thread
from assistant.reply.verify import Part, verify
from knowledge import Meta, MiniLM, Passage, Section

MAY = "an agent may, without asking anyone,"
VOUCHER = f"When the team misses the day a second time, {MAY} add a £30 voucher."
REFUND = f"When the team misses the agreed day, {MAY} refund the £39 and book the next free day."
CHOICE = f"An agent {MAY.removeprefix('an agent ')} send a replacement or a refund."
LATE = f"An agent {MAY.removeprefix('an agent ')} add a £5 voucher when a refund is late."
MAIL = """Sorry but that's not good enough. I don't want a voucher, I want my money back for the sofa.

Janet

On Mon, 23 Nov 2026 at 10:12, Larkspur Home <care@larkspur.example> wrote:
> Hello Janet,
> I am sorry that the team missed the agreed day. We have refunded the £39 delivery and added a £30 voucher.
> Kind regards,
> Sam"""


def policy(*rules: str) -> list[tuple[Passage, str]]:
    section = Section("p#s", "p", "P", "s", " ".join(rules))
    passage = Passage(section, Meta(id="p", title="P", kind="policy"), 5.0, 0.0, "")
    return [(passage, rule) for rule in rules]


def left(message: str, *by_staff: str) -> list[str]:
    return [rule for _, rule in still_open(policy(VOUCHER, REFUND, CHOICE, LATE), message, by_staff)]


@pytest.mark.parametrize(
    ("message", "by_staff", "stays"),
    [
        ("They missed the day again.", "", [VOUCHER, REFUND, CHOICE, LATE]),
        ("I don’t want a voucher, I want my money.", "", [REFUND, CHOICE]),
        ("ok fine, ill take the voucher. when do i get it?", "", [REFUND, CHOICE]),
        ("I do not want another replacement.", "", [VOUCHER, REFUND, CHOICE, LATE]),
        ("Not enough.", "We have refunded the £39 and added a £30 voucher.", [CHOICE, LATE]),
        ("Not enough.", "Once it is checked, the £39 will be refunded.", [VOUCHER, REFUND, CHOICE, LATE]),
        ("You added a £30 fee.", "", [VOUCHER, REFUND, CHOICE, LATE]),
    ],
)
def test_a_grant_that_was_given_taken_or_declined_is_no_news(message: str, by_staff: str, stays: list[str]) -> None:
    assert left(message, by_staff) == stays


WHOLE = "When the item came broken, an agent may, without asking anyone, give a full refund."
PASSES = "When a class is cancelled, an agent may, without asking anyone, add two guest passes."


@pytest.mark.parametrize(
    ("message", "by_staff", "stays"),
    [
        ("I'll take a refund please.", "", [WHOLE, PASSES]),
        ("My lamp came broken. I will accept a full refund and nothing less.", "", [WHOLE, PASSES]),
        ("I'll take a refund please.", "Unfortunately no refund is possible.", [WHOLE, PASSES]),
        ("I don't want a refund to my old card, I want the refund on the new one.", "", [WHOLE, PASSES]),
        ("I would take the refund if it were the whole sum.", "We can refund you.", [WHOLE, PASSES]),
        ("I would never take a refund.", "We can refund you.", [WHOLE, PASSES]),
        ("Fine, I'll take a full refund.", "I can offer a refund or a voucher.", [PASSES]),
        ("I don't want a guest pass, I want my money.", "", [WHOLE]),
        ("I do not need your guest passes.", "", [WHOLE]),
    ],
)
def test_a_first_wish_for_a_remedy_has_taken_nothing_that_was_offered(
    message: str, by_staff: str, stays: list[str]
) -> None:
    assert [rule for _, rule in still_open(policy(WHOLE, PASSES), message, [by_staff])] == stays


BROKEN = "An agent may, without asking anyone, send a replacement or refund in full any damaged item up to £200."
KEPT = "An agent may, without asking anyone, leave a damaged item worth less than £30 with the customer."
SENT = "I can send a replacement (£28) today, and you can keep the broken one."


@pytest.mark.parametrize(
    ("message", "by_staff", "agreed"),
    [
        ("yes please send the replacement, and thats fine about keeping the broken one.", SENT, {"replacement"}),
        ("Yes, that’s fine, do that.", SENT, {"replacement"}),
        ("Yes please", SENT, {"replacement"}),
        ("Yes please", "I can offer a refund or a voucher.", set()),
        ("Yes please send the replacement if it comes by Friday.", SENT, set()),
        ("Yes, send me a refund.", SENT, set()),
        ("Yes. I did send you the photo.", SENT, set()),
        ("ok. where is it", SENT, set()),
        ("Yes please send the replacement", "Unfortunately I cannot send a replacement.", set()),
        ("Yes please.", "A refund takes 5 days. Could you send a photo?", set()),
        ("Yes, thanks.", "Did you receive the replacement we sent last week?", set()),
        ("Yes please.", "Do you still want us to look into the refund?", set()),
        ("Yes please.", "A refund takes five days once it is agreed. Shall I ask the depot what happened?", set()),
        ("Fine, thanks. Keep your voucher.", "I can send you a voucher.", set()),
        ("Yes please. But not a voucher.", "I can send you a voucher.", set()),
        ("Yes, thanks. I have read it and the answer is no.", "I can send you a voucher.", set()),
        ("Great, thank you. So I get nothing?", "I can send you a voucher.", set()),
        ("Yes, the voucher is fine.", "I can send you a voucher.", {"voucher"}),
        ("Yes that would be great, thank you.", "Would you like a voucher for it?", {"voucher"}),
    ],
)
def test_a_yes_accepts_what_staff_offered_and_nothing_else(message: str, by_staff: str, agreed: set[str]) -> None:
    assert accepted(message, [by_staff]) == agreed


def test_a_search_is_not_opened_for_whoever_gives_its_reference() -> None:
    rules = ["An agent may, without asking anyone, open a search on the spot and give the passenger its reference."]
    assert still_open(policy(*rules), "My bag did not come.") == policy(*rules)
    assert still_open(policy(*rules), "My bag did not come, reported at the desk, ref FCOMA21877.") == []


def test_whoever_says_yes_is_offered_nothing_anew_asked_nothing_and_told_that_it_is_being_done(
    minilm: MiniLM,
) -> None:
    thread = read_thread(f"Me: The vase came broken.\nAgent: {SENT}\nMe: yes please send the replacement, thats fine")
    policies = [passage for passage, _ in policy(BROKEN, KEPT)][:1]
    case = Case(thread.customer, thread.story, read_situation(thread), Shape(), by_staff=thread.by_staff)
    plan = planning.plan(case, {}, policies, minilm.embed)
    steps = plan.steps
    assert "They accept" in plan.checks[-1] and [step.purpose for step in steps] == ["acknowledge", "next step"]
    assert "I will put it in place" in steps[-1].plain and "suits" not in steps[-1].plain
    assert not verify(Part(purpose="next step", text=steps[-1].plain), {}).blocked


@pytest.mark.parametrize(
    "piece", ["a ", "your a ", "a your ", "the £5 ", "i will take ", "don't want a ", "please, "]
)
def test_no_message_takes_long_to_be_read_for_what_was_taken(piece: str) -> None:
    began = process_time()
    assert still_open(policy(VOUCHER), "i will take " + piece * 400 + "z") == policy(VOUCHER)
    assert not accepted("yes " + piece * 400 + "z", ["I can send a voucher."])
    assert process_time() - began < 0.5


def test_what_staff_gave_stands_on_the_card_and_is_not_offered_anew(minilm: MiniLM) -> None:
    thread = read_thread(MAIL)
    card = read_situation(thread)
    assert [s.label for s in card.promised] == ["by staff"] and "£30 voucher" in card.promised[0].words
    found = policy(VOUCHER, REFUND)[0][0]
    case = Case(thread.customer, thread.story, card, Shape(), by_staff=thread.by_staff)
    plan = planning.plan(case, {}, [found], minilm.embed)
    assert not any(step.rule for step in plan.steps) and plan.outcome == "ask the agent"
    anew = planning.plan(
        Case("You missed the day a second time.", "missed day", card, Shape()), {}, [found], minilm.embed
    )
    assert any(step.rule for step in anew.steps)


def test_a_signature_is_no_part_of_what_is_said_back() -> None:
    message = read_thread(MAIL).customer
    assert unsigned(message).endswith("for the sofa.") and "Janet" not in account(message)
    assert not fits("You tell us that Janet is not good enough.", account(message))
    assert (
        unsigned("The lamp is broken.\n\nKind regards,\nPriya Raman\nOrder LH-558120")
        == "The lamp is broken.\n\nKind regards,"
    )
    assert unsigned("Nobody came.") == "Nobody came."
