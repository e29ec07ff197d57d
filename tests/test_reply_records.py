import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import InputError, NotFound
from assistant.reply.changes import changes
from assistant.reply.channels import shape
from assistant.reply.draft import Citation, Draft
from assistant.reply.handoff import FOLLOW_UPS, escalation, follow_up
from assistant.reply.records import Records, changed
from assistant.reply.situation import Situation, read_situation
from assistant.reply.thread import read_thread
from assistant.reply.verify import CheckedPart, Part, Quote, verify
from assistant.store import LOCAL_OWNER, Store
from evals.case import DraftCase
from evals.checks import CHECKS

RULE = "An agent may, without asking anyone, add one complimentary session."
RESERVED = "Refunding the unused part of a package needs the club manager's approval."
CITATION = Citation(
    id="gym-bookings#double",
    title="Double bookings",
    kind="policy",
    internal=False,
    text=f"{RULE} {RESERVED}",
    why="",
)
THREAD = read_thread(
    "Ann Lee (customer): Double-booked again!\nTom: We will call you today.\n"
    "Ann Lee (customer): Nobody called. Refund my package today, order 44812, ann@x.example, or my lawyer writes."
)


def made(draft_id: str = "d1", **more: object) -> Draft:
    from assistant.reply.draft import passage_of

    passages = {CITATION.id: passage_of(CITATION)}
    quote = Quote(passage=CITATION.id, words=RULE)
    given = Part(purpose="offer", text="I can add one complimentary session.", quotes=(quote,))
    invented = Part(purpose="offer", text="I will refund you £900.", quotes=(quote,))
    fields: dict[str, object] = {
        "id": draft_id,
        "customer": THREAD.customer,
        "policy_set": "gym",
        "outcome": "reply",
        "parts": (verify(given, passages), verify(invented, passages)),
        "citations": (CITATION,),
        "thread": THREAD.messages,
        "situation": read_situation(THREAD),
    }
    return Draft.model_validate(fields | more)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    Records(store.engine).save(made())
    yield Records(store.engine)
    store.close()


def test_a_blocked_part_is_sent_only_when_an_agent_released_it_and_says_why(records: Records) -> None:
    assert "£900" not in records.draft("d1").text
    with pytest.raises(InputError, match="Say why"):
        records.release("d1", 1, "  ")
    released = records.release("d1", 1, "The manager agreed by phone.")
    assert "£900" in released.text and released == records.draft("d1")
    ((_, row),) = records._rows("d1", LOCAL_OWNER, "released")
    assert row == {"part": 1, "why": "The manager agreed by phone.", "words": ["refund, £900"]}
    with pytest.raises(InputError, match="not blocked"):
        records.release("d1", 1, "again")


@pytest.mark.parametrize("part", [0, 7, -1])
def test_what_is_not_blocked_cannot_be_released(records: Records, part: int) -> None:
    with pytest.raises(InputError, match="nothing to release"):
        records.release("d1", part, "because")


def test_a_draft_is_its_owners(records: Records) -> None:
    with pytest.raises(NotFound):
        records.draft("d1", "mallory")
    with pytest.raises(NotFound):
        records.release("d1", 1, "mine now", "mallory")
    assert records.drafts("mallory") == [] and len(records.drafts()) == 1


def test_filling_in_a_placeholder_is_no_edit_and_a_changed_word_is() -> None:
    drafted = "Hello [customer's name],\n\nI can help."
    assert changed(drafted, "Hello Ann,\nI can help.") == 0
    assert 0 < changed(drafted, "Hello Ann,\nI cannot help.") < 0.6
    assert changed("abc", "xyz") == 1


@pytest.mark.parametrize(
    "added",
    [
        "\nI refund you £500.",
        ". I refund you £500",
        ", who will see to it that all of what you paid, to the last penny of it, comes back to you",
    ],
)
def test_what_is_written_behind_a_placeholder_is_an_edit(added: str) -> None:
    drafted = "Hello [customer's name],\n\nI can help.\n\nKind regards,\n[your name]"
    sent = drafted.replace("[customer's name]", "Ann").replace("[your name]", "Dr. Tom Lee")
    assert changed(drafted, sent) == 0 < changed(drafted, sent + added)


def test_placeholders_side_by_side_and_long_texts_are_compared_at_once() -> None:
    began = time.monotonic()
    drafted = "Your order " + "[order number]" * 12 + " is on its way."
    assert changed(drafted, "Your order " + "7" * 150 + " is on its way.") == 0
    assert changed(drafted, "Your order " + "7" * 3000 + " is not on its way!") > 0
    assert changed("word " * 2000, "other " * 16_000) == 1
    assert time.monotonic() - began < 2


def test_rates_say_what_was_accepted_edited_and_disliked_by_kind_of_case(records: Records) -> None:
    draft = records.draft("d1")
    assert records.sent("d1", draft.text.replace("[your name]", "Tom")) == 0
    (rate,) = records.rates()
    assert (rate.kind, rate.drafts, rate.sent, rate.accepted, rate.edited) == ("Double bookings", 1, 1, 1, 0)
    records.sent("d1", "Something else entirely.")
    with pytest.raises(InputError, match="Say what was wrong"):
        records.thumb("d1", up=False)
    records.thumb("d1", up=False, why="too stiff")
    records.thumb("d1", up=True)
    (rate,) = records.rates()
    assert (rate.sent, rate.accepted, rate.down, rate.reasons) == (1, 0, 1, ("too stiff",))
    assert rate.edited > 0.3


def test_gaps_name_the_policy_that_is_missing_without_private_details(records: Records) -> None:
    (gap,) = records.gaps()
    assert gap.kind == "blocked for want of policy" and gap.count == 1
    assert gap.needs == "a policy that lets an agent grant this without asking anyone: refund, GBP 900"
    assert "ann@x.example" not in gap.example and "Refund my package" in gap.example


def test_a_name_that_was_made_up_is_no_gap_in_policy(tmp_path: Path) -> None:
    part = verify(Part(purpose="next step", text="Our manager Olga Petrov will call you tomorrow."), {})
    assert [f.kind for f in part.findings] == ["invented name"] and part.blocked
    worded = part.findings[0].model_copy(update={"needs": "a policy of naming people"})
    store = Store(f"sqlite:///{tmp_path / 'y.db'}")
    Records(store.engine).save(made(parts=(part.model_copy(update={"findings": (worded,)}),)))
    assert Records(store.engine).gaps() == []
    store.close()


def test_a_message_that_was_held_against_no_policy_is_no_gap(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'spanish.db'}")
    unread = {"parts": (), "outcome": "ask the agent", "model": ""}
    Records(store.engine).save(made("d1", **unread, situation=Situation(language="Spanish")))
    assert Records(store.engine).gaps() == []
    Records(store.engine).save(made("d2", **unread))
    assert [gap.kind for gap in Records(store.engine).gaps()] == ["nothing relevant"]
    store.close()


def test_a_sum_promised_beside_a_made_up_name_is_a_gap_in_policy(tmp_path: Path) -> None:
    part = verify(Part(purpose="offer", text="Darren will refund you £50."), {})
    store = Store(f"sqlite:///{tmp_path / 'z.db'}")
    Records(store.engine).save(made(parts=(part,)))
    (gap,) = Records(store.engine).gaps()
    assert gap.needs == "a policy that lets an agent grant this without asking anyone: refund, GBP 50"
    store.close()


def test_what_only_a_blocked_part_quotes_would_not_be_sent_and_is_no_right_policy() -> None:
    case = DraftCase(id="x", set="gym", covered=True, message=THREAD.customer, policy=(CITATION.id,))
    both = made()
    blocked = made(parts=both.parts[1:])
    assert CHECKS["right_policy"](both, case) and not CHECKS["right_policy"](blocked, case)
    wrong = Part(purpose="offer", text="I will refund you £9.", quotes=(Quote(passage="no", words="one two three"),))
    assert CHECKS["quotes_stand"](made(parts=(both.parts[0], verify(wrong, {}))), case)
    assert blocked.others == [], "a blocked part has tried its own section"


def test_an_escalation_note_holds_account_evidence_what_was_tried_and_what_is_asked() -> None:
    note = escalation(made())
    assert note.to == "club manager" and note.urgency == "now (“today”)"
    assert note.account[0] == "Ann Lee: “Double-booked again!”"
    assert note.evidence == (f"gym-bookings#double: “{RULE}”",)
    assert "Promised before (by staff): “We will call you today.”" in note.tried
    assert note.asked[0] == f"{RESERVED} (gym-bookings#double)"
    assert any("£900" in line and "It would need a policy" in line for line in note.asked)
    assert note.risks == ("legal threat: “lawyer”",)
    for line in ("To: club manager", "What happened", "What it rests on", "What was tried", "What is asked of you"):
        assert line in note.text


def test_a_date_or_a_count_that_the_agent_worked_out_is_no_gap(tmp_path: Path) -> None:
    dated = verify(Part(purpose="offer", text="Your freeze ends on 28 December 2026."), {})
    assert dated.blocked and dated.findings[0].needs.endswith(": 28 december, 2026")
    longer = verify(Part(purpose="offer", text="I will freeze it for 7 weeks."), {})
    store = Store(f"sqlite:///{tmp_path / 'gaps.db'}")
    Records(store.engine).save(made(parts=(dated, longer)))
    (gap,) = Records(store.engine).gaps()
    assert "49 day" in gap.needs
    store.close()


def test_the_note_asks_nothing_of_a_section_that_the_draft_does_not_rest_on() -> None:
    other = CITATION.model_copy(
        update={"id": "gym-x#y", "text": "Writing off arrears needs the club manager's approval."}
    )
    note = escalation(made(parts=(), citations=(other,)))
    assert note.to == "[whoever decides this]" and "arrears" not in note.text and "please decide" in note.asked[0]


def hurt(text: str, **more: object) -> Draft:
    thread = read_thread(text)
    rule = "Every injury is reported to the club manager within 1 hour. Staff record it on the same day."
    citation = CITATION.model_copy(update={"id": "gym-x#injuries", "text": rule})
    fields = {"customer": thread.customer, "thread": thread.messages, "situation": read_situation(thread)}
    return made(**{**fields, "citations": (citation,), "parts": (), **more})


def test_the_note_of_an_injury_says_what_policy_asks_of_staff_and_of_whom() -> None:
    note = escalation(hurt("The cable snapped and I was bleeding."))
    assert note.to == "club manager" and "within 1 hour" in note.asked[0]


def test_the_note_asks_of_nobody_what_the_customer_is_to_be_told() -> None:
    rule = (
        "A customer in danger is told first to stop using it. Every injury goes to the safety officer within 1 hour."
    )
    citation = CITATION.model_copy(update={"id": "shop-x#danger", "text": rule})
    note = escalation(hurt("The lamp gave me an electric shock.", citations=(citation,)))
    assert note.to == "safety officer" and "within 1 hour" in note.asked[0]
    assert not any("stop using" in asked for asked in note.asked)


@pytest.mark.parametrize(
    "more", [" and the case goes to the safety officer within 1 hour", ", and staff write it down"]
)
def test_a_duty_of_which_the_customer_is_told_a_part_stays_in_the_note(more: str) -> None:
    rule = f"A customer who reports an injury is told first to stop using it{more}."
    citation = CITATION.model_copy(update={"id": "shop-x#danger", "text": rule})
    note = escalation(hurt("The lamp gave me an electric shock.", citations=(citation,)))
    assert note.asked[0].startswith(rule)


def test_words_of_self_harm_are_handed_round_by_nobody() -> None:
    draft = hurt("Another letter. Everyone would be better off if i wasnt here. Take it off my back.")
    note = escalation(draft).text
    assert "wasnt here" not in note and "a sign of self-harm" in note and "Take it off my back." in note
    for kind in FOLLOW_UPS:
        with pytest.raises(InputError, match="sign of self-harm"):
            follow_up(draft, kind)


@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_no_ready_made_follow_up_is_sent_to_whoever_was_touched(kind: str) -> None:
    with pytest.raises(InputError, match="assault"):
        follow_up(hurt("The trainer put his hand on my back and then lower. I told him to stop."), kind)


def test_whoever_decides_is_told_a_wish_in_the_customers_words() -> None:
    note = escalation(hurt("The lamp gave me an electric shock. I want it gone.", citations=()))
    assert any("The customer wants something else: “I want it gone”" in asked for asked in note.asked)


@pytest.mark.parametrize("kind", FOLLOW_UPS)
@pytest.mark.parametrize("text", ["I was bleeding from my head.", "My mother died and nobody rang."])
def test_a_follow_up_tells_no_injury_and_no_death_back(text: str, kind: str) -> None:
    told = follow_up(hurt(text), kind)
    assert "“" not in told and "right to tell us" not in told and "$" not in told


@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_what_was_agreed_is_left_to_fill_in_where_nothing_was_marked_as_sent(kind: str, records: Records) -> None:
    assert "What was agreed: [what was agreed]" in follow_up(made(), kind, records.last_sent("d1"))
    records.sent("d1", made().text)
    assert "What was agreed: I can add one" in follow_up(made(), kind, records.last_sent("d1"))
    records.sent("d1", "Hello, I will ring you.")
    assert "What was agreed: [what was agreed]" in follow_up(made(), kind, records.last_sent("d1"))


OWN = "Hello Ann,\n\nI have credited £15 for the three weeks. I will ring you on Monday.\n\nTom"


def test_the_note_tells_what_was_sent_and_no_longer_what_was_drafted() -> None:
    assert any(line.startswith("Drafted, not sent yet: I can add one") for line in escalation(made()).tried)
    tried = escalation(made(), OWN).tried
    assert any(line.startswith("Sent: “Hello Ann,") and "£15" in line for line in tried)
    assert not any("not sent" in line for line in tried)


def test_a_follow_up_tells_what_the_agent_granted_in_words_of_their_own() -> None:
    told = follow_up(made(), "check-in e-mail", OWN)
    assert "What was agreed: I have credited £15 for the three weeks." in told and "ring you" not in told
    told = follow_up(made(parts=()), "check-in e-mail", OWN)
    assert "What was agreed: I have credited £15 for the three weeks." in told
    both = made().text.replace("Kind regards", "I have credited £15 as well. Kind regards")
    assert "I can add one complimentary session. I have credited £15 as well." in follow_up(
        made(), "call script", both
    )


def test_a_refusal_was_not_agreed() -> None:
    refusal = "Damage reported later than 7 days is refused, because nobody can tell any more where it happened."
    part = Part(purpose="explain", text=refusal, quotes=(Quote(passage=CITATION.id, words=RULE),))
    declined = made(parts=(CheckedPart(part=part),))
    assert refusal not in follow_up(declined, "check-in e-mail", declined.text)


@pytest.mark.parametrize(
    "sent",
    [
        "Unfortunately no refund is possible.",
        "I am sorry that the refund is late.",
        "We are sorry, the refund of £20 is late.",
        "I regret the wait for your refund.",
    ],
)
def test_what_was_denied_or_regretted_was_not_agreed(sent: str) -> None:
    assert "What was agreed: [what was agreed]" in follow_up(made(), "check-in e-mail", sent)
    assert "agreed" not in follow_up(made(parts=()), "check-in e-mail", sent)


@pytest.mark.parametrize(
    "sent",
    [
        "I am sorry for that and I have refunded £20 to your card.",
        "Sorry about the wait, here is a £10 voucher.",
        "Unfortunately no refund is possible, but I have added a £15 voucher.",
        "You will get a £20 voucher, no questions asked.",
    ],
)
def test_what_was_granted_beside_a_regret_was_agreed(sent: str) -> None:
    assert f"What was agreed: {sent}" in follow_up(made(), "check-in e-mail", sent)


def test_after_a_question_the_note_does_not_say_that_no_policy_was_found() -> None:
    asks = Part(purpose="ask", text="Could you send me the order number?")
    found = CITATION.model_copy(update={"text": RULE})
    note = escalation(made(outcome="ask the customer", parts=(verify(asks, {}),), citations=(found,)))
    assert "No policy" not in note.text and "Facts were asked for first; gym-bookings#double may say" in note.asked[0]


def test_without_any_rule_the_note_asks_for_a_decision() -> None:
    note = escalation(made(parts=(), citations=()))
    assert note.to == "[whoever decides this]" and "please decide" in note.asked[0]


@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_a_follow_up_repeats_what_was_offered_and_nothing_that_is_blocked(kind: str) -> None:
    text = follow_up(made(), kind, made().text.replace("[your name]", "Tom"))
    assert "Ann Lee" in text and "I can add one complimentary session." in text and "£900" not in text


def test_a_follow_up_without_an_offer_leaves_the_line_out() -> None:
    text = follow_up(made(parts=()), "call script")
    assert "agreed:" not in text and [line[0] for line in text.splitlines()] == ["1", "2", "3", "4", "5"]


def test_another_follow_up_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="thank-you note"):
        follow_up(made(), "flowers")


def test_changes_give_both_texts_back() -> None:
    found = changes("We can help you.", "We will gladly help you.")
    assert "".join(c.text for c in found if c.kind != "removed") == "We will gladly help you."
    assert "".join(c.text for c in found if c.kind != "added") == "We can help you."
    assert [c.text.strip() for c in found if c.kind == "removed"] == ["can"]


def test_another_channel_frames_the_same_body() -> None:
    letter = made(shape=shape(channel="letter"))
    assert letter.text.startswith("Dear Ann Lee,") and letter.body in letter.text
    assert made(shape=shape(channel="chat")).text == made().body
    with pytest.raises(InputError, match="There is no channel 'fax'"):
        shape(channel="fax")
