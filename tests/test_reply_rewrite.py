import json

import pytest

from assistant.errors import InputError, ModelError
from assistant.llm import ChatModel, Endpoint
from assistant.reply.backing import _by_halves, denied
from assistant.reply.channels import shape
from assistant.reply.draft import Draft, Drafted
from assistant.reply.drafting import ReplyDesk
from assistant.reply.rewrite import Critiqued, Rewriter, Rewritten
from assistant.reply.stock import only_stock, stock_phrase
from assistant.reply.verify import Quote
from assistant.store import LOCAL_OWNER, Store
from evals.critique import rubric_critic
from knowledge import Library, MiniLM
from tests.drafts import LATE, OFFER, SECTION, SORRY, answer, sent
from tests.scripted import ScriptedServer

OWN = (
    "We apologise for any inconvenience this may have caused. You should have read our terms.\n\n"
    "We will refund you £900.\n\nI can refund you the £55 price of the session."
)


@pytest.fixture
def small(library: Library, minilm: MiniLM, store: Store, server: ScriptedServer) -> ReplyDesk:
    """The desk with the embedded model, which patterns alone tell of promises."""
    endpoint = Endpoint(server.url, "key", "small", embedded=True)
    return ReplyDesk(library, ChatModel(lambda: endpoint), minilm.embed, store)


async def rewritten(desk: ReplyDesk, own: object = OWN) -> tuple[Critiqued, Rewritten]:
    made = Rewriter(desk, rubric_critic()).own_text(own, LATE, policy_set="gym")
    first, last = [event async for event in made]
    assert isinstance(first, Critiqued) and isinstance(last, Rewritten)
    return first, last


async def test_own_text_is_held_against_the_rubric_and_mended_by_the_model(
    desk: ReplyDesk, server: ScriptedServer
) -> None:
    server.say(answer(SORRY, OFFER))
    first, last = await rewritten(desk)
    missed = {r.criterion for r in first.remarks if not r.met}
    assert {"no stock phrases", "no blame"} <= missed
    assert any("£900" in f.words for p in first.draft.parts for f in p.findings)
    asked = sent(server)
    assert "free of blaming" in asked and "£900" in asked and "<agent>" in asked
    assert last.draft.body == f"{SORRY['text']}\n\n{OFFER['text']}"
    assert {r.criterion for r in last.remarks if not r.met} < missed
    assert any(c.kind == "removed" and "inconvenience" in c.text for c in last.changes)
    assert desk.records.draft(last.draft.id) == last.draft


async def test_without_a_capable_model_code_takes_out_what_is_safe_and_keeps_the_rest(
    small: ReplyDesk, server: ScriptedServer
) -> None:
    _, last = await rewritten(small)
    assert server.requests == []
    assert "inconvenience" not in last.draft.body and "should have" not in last.draft.body
    assert "£900" not in last.draft.body and any(p.blocked and "£900" in p.part.text for p in last.draft.parts)
    assert "I can refund you the £55 price of the session." in last.draft.body
    assert SECTION in last.draft.cited
    assert last.draft.note.startswith("Mended by code: 2 sentences taken out")


@pytest.mark.parametrize("own", ["", "  ", None, "x" * 9000])
async def test_no_text_of_ones_own_is_refused(desk: ReplyDesk, own: object) -> None:
    with pytest.raises(InputError, match="reply of your own"):
        await rewritten(desk, own)


async def drafted(desk: ReplyDesk, server: ScriptedServer) -> str:
    server.say(answer(SORRY, OFFER))
    last = [e async for e in desk.draft(LATE, policy_set="gym")][-1]
    assert isinstance(last, Drafted)
    return last.draft.id


async def test_another_tone_keeps_parts_and_citations_and_is_verified_again(
    desk: ReplyDesk, server: ScriptedServer
) -> None:
    draft_id = await drafted(desk, server)
    new = [
        "The trainer arrived 25 minutes late, which was our mistake.",
        "I am able to refund the session's £55 price.",
    ]
    server.say(json.dumps({"texts": new}))
    reshaped = await Rewriter(desk, rubric_critic()).reshape(draft_id, shape(tone="formal", channel="letter"))
    assert [p.part.text for p in reshaped.draft.parts] == new
    assert [p.part.purpose for p in reshaped.draft.parts] == ["acknowledge", "offer"]
    assert reshaped.draft.cited == [SECTION] and reshaped.draft.parent == draft_id
    assert reshaped.draft.text.startswith("Dear [customer's name],")
    assert "Tone: courteous and formal" in sent(server, 1)


async def test_another_tone_drops_what_was_to_be_filled_in_and_keeps_what_was_to_be_done(
    desk: ReplyDesk, server: ScriptedServer
) -> None:
    old = desk.records.draft(await drafted(desk, server))
    gap, task = "Fill in [your name].", "Fill in the incident book before you send this."
    assert gap in old.checks
    desk.records.save(old.model_copy(update={"id": "noted", "checks": (*old.checks, task)}), LOCAL_OWNER)
    server.say(json.dumps({"texts": [SORRY["text"], OFFER["text"]]}))
    reshaped = await Rewriter(desk, rubric_critic()).reshape("noted", shape(channel="chat"))
    assert task in reshaped.draft.checks and gap not in reshaped.draft.checks


async def test_other_words_rest_on_the_section_that_was_picked_and_take_the_same_stance(
    desk: ReplyDesk, server: ScriptedServer
) -> None:
    server.say(answer(SORRY, OFFER))
    picked = shape(stance="decline kindly", section=SECTION)
    last = [e async for e in desk.draft(LATE, policy_set="gym", shape=picked)][-1]
    assert isinstance(last, Drafted)
    server.say(json.dumps({"texts": [SORRY["text"], OFFER["text"]]}))
    reshaped = await Rewriter(desk, rubric_critic()).reshape(last.draft.id, shape(tone="formal"))
    assert (reshaped.draft.shape.section, reshaped.draft.shape.stance) == (SECTION, "decline kindly")
    assert reshaped.draft.shape.tone == "formal"


@pytest.mark.parametrize(
    "texts",
    [
        ["The trainer was late.", "I can refund £95 of the session."],
        ["The trainer was late, so you get a voucher.", "I can refund you the £55 price of the session."],
        ["Only one."],
    ],
    ids=["another figure", "a new promise", "parts lost"],
)
async def test_a_rewording_that_fails_keeps_the_old_words(
    desk: ReplyDesk, server: ScriptedServer, texts: list[str]
) -> None:
    draft_id = await drafted(desk, server)
    server.say(json.dumps({"texts": texts}))
    reshaped = await Rewriter(desk, rubric_critic()).reshape(draft_id, shape(length="short"))
    kept = [p.part.text for p in reshaped.draft.parts]
    assert SORRY["text"] in kept or OFFER["text"] in kept
    assert "kept their wording" in reshaped.draft.note
    assert not any(p.blocked for p in reshaped.draft.parts)


async def test_without_a_capable_model_only_the_frame_changes_and_that_is_said(
    desk: ReplyDesk, small: ReplyDesk, server: ScriptedServer
) -> None:
    draft_id = await drafted(desk, server)
    reshaped = await Rewriter(small, rubric_critic()).reshape(draft_id, shape(channel="letter", tone="formal"))
    assert reshaped.draft.text.startswith("Dear") and OFFER["text"] in reshaped.draft.text  # type: ignore[operator]
    assert "cannot change tone" in reshaped.draft.note


async def test_a_reply_of_ones_own_is_greeted_and_signed_once(small: ReplyDesk) -> None:
    own = "Hi Anna,\n\nYour trainer came late, and I am sorry.\n\nBest,\nTom"
    first, last = await rewritten(small, own)
    assert first.draft.text == last.draft.text == own
    assert small.records.sent(last.draft.id, own) == 0.0


async def test_what_a_model_mends_without_a_greeting_gets_one(desk: ReplyDesk, server: ScriptedServer) -> None:
    server.say(answer(SORRY, OFFER))
    _, last = await rewritten(desk, "Hi Anna,\n\nSorry.\n\nTom")
    assert last.draft.text.startswith("Hello [customer's name],")


async def test_code_takes_out_whole_sentences_and_parts_no_figure(small: ReplyDesk) -> None:
    own = "... so it was.  Your version 2.5 is late\nand I am sorry. Rest assured!"
    _, last = await rewritten(small, own)
    assert last.draft.body.endswith("... so it was.  Your version 2.5 is late\nand I am sorry.")
    assert last.draft.note.startswith("Mended by code: 1 sentence taken out")


async def test_ones_own_greeting_signature_and_facts_are_no_stock_phrases(small: ReplyDesk) -> None:
    own = (
        "Dear Ms Lee,\n\nYour trainer came late, and I am sorry. Unfortunately "
        "the trainer who took your booking left on Monday and wrote nothing down. We apologise for any "
        "inconvenience of the 6 o'clock.\n\nKind regards,\nAnn"
    )
    _, last = await rewritten(small, own)
    assert last.draft.text == own


@pytest.mark.parametrize(
    "sentence",
    [
        "Thank you for contacting us, I have posted a new lamp to you today.",
        "I am sorry for any inconvenience, and the courier comes on Friday.",
        "Rest assured that your refund is on its way.",
        "We apologise for any inconvenience of the 6 o'clock.",
    ],
)
def test_a_sentence_that_says_something_beside_a_stock_phrase_stays(sentence: str) -> None:
    assert stock_phrase(sentence) and not only_stock(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Rest assured!",
        "We apologise for any inconvenience this may have caused.",
        "Please accept our sincere apologies for any inconvenience.",
        "Your call is important to us.",
        "Thank you for bringing this to our attention.",
        "We're sorry that you feel that way, and we take all complaints seriously.",
    ],
)
def test_a_sentence_that_is_a_stock_phrase_and_nothing_else_goes(sentence: str) -> None:
    assert only_stock(sentence)


async def test_of_ones_own_paragraph_only_the_sentences_that_nothing_backs_are_withheld(small: ReplyDesk) -> None:
    own = "Hi Tom,\n\nYour trainer came late, and I am sorry. I will give you £900. I will not hide it.\n\nBest\nLena"
    _, last = await rewritten(small, own)
    assert [p.part.text for p in last.draft.parts if p.blocked] == ["I will give you £900."]
    assert "Your trainer came late, and I am sorry." in last.draft.text and last.draft.text.startswith("Hi Tom,")
    assert "what is blocked is not in it" in last.draft.note


async def test_without_a_model_the_note_says_what_code_mended_and_never_that_the_words_are_codes(
    library: Library, minilm: MiniLM, store: Store
) -> None:
    def none_ready() -> Endpoint:
        raise ModelError("The embedded model is not ready: not started.")

    small = ReplyDesk(library, ChatModel(none_ready), minilm.embed, store)
    _, last = await rewritten(small, "Your trainer came late, and I am sorry. Rest assured!")
    assert last.draft.note.startswith("The embedded model is not ready: not started. Mended by code: 1 sentence")


@pytest.mark.parametrize(
    "blame",
    [
        "As per our policy you should of told us in October.",
        "As per our policy you should have told\nus in October.",
        "It is your\nresponsibility to read it.",
    ],
)
async def test_blame_is_taken_out_whole_however_it_is_spelt_or_broken_into_lines(
    small: ReplyDesk, blame: str
) -> None:
    _, last = await rewritten(small, f"Your trainer came late, and I am sorry. {blame}")
    assert last.draft.body == "Your trainer came late, and I am sorry."
    assert "1 sentence taken out" in last.draft.note


async def test_what_code_cannot_mend_is_named(small: ReplyDesk) -> None:
    _, last = await rewritten(small, "As per our policy it is what it is.")
    unmet = [r.criterion for r in last.remarks if not r.met]
    assert unmet and last.draft.note.endswith(f"Still to be mended by you: {', '.join(unmet)}.")


WORN = "The lamp I ordered for £64 stopped working after 14 months. I want my money back."


async def reworked(desk: ReplyDesk, own: str, message: str, policy_set: str) -> Draft:
    made = Rewriter(desk, rubric_critic()).own_text(own, message, policy_set=policy_set)
    _, last = [event async for event in made]
    assert isinstance(last, Rewritten)
    return last.draft


@pytest.mark.parametrize(
    ("own", "message", "policy_set"),
    [
        ("Unfortunately we are unable to offer a refund as the lamp is outside of warranty.", WORN, "shop"),
        ("As per our policy we can't refund you.", "The pool has been shut for a month and I pay for it.", "gym"),
    ],
)
async def test_a_refusal_that_no_policy_makes_rests_on_none_and_is_told(
    small: ReplyDesk, own: str, message: str, policy_set: str
) -> None:
    draft = await reworked(small, f"Dear Ann,\n\n{own}", message, policy_set)
    assert own in draft.body and draft.cited == []
    assert any(check.startswith(f"No policy that was found refuses this: “{own[:30]}") for check in draft.checks)


async def test_a_refusal_that_policy_makes_rests_on_it_and_what_it_offers_instead_too(small: ReplyDesk) -> None:
    refused = "We cannot take a return after 90 days, because the season's goods can no longer be sold by then."
    offered = "I can offer you a 10% voucher for the next order."
    message = "I want to return a rug that came five months ago."
    draft = await reworked(small, f"{refused} {offered}", message, "shop")
    assert refused in draft.body and offered in draft.body and draft.checks == ()
    assert draft.rests_on == ["shop-returns#returning-something-you-do-not-want"]


async def test_valuing_feedback_is_a_stock_phrase_and_no_promise(small: ReplyDesk) -> None:
    draft = await reworked(small, "I am sorry that the lamp broke. We value your feedback.", WORN, "shop")
    assert not any(p.findings for p in draft.parts) and "feedback" not in draft.body
    for phrase in ("Unfortunately it is gone.", "As per company policy, no."):
        assert stock_phrase(phrase)


async def test_what_is_left_of_a_blocked_reply_keeps_its_greeting_and_acknowledges(small: ReplyDesk) -> None:
    own = "Hi Ann, my team lead Jo has agreed to refund £120 today. Sam"
    draft = await reworked(small, own, "The lamp arrived in pieces. Any chance of a refund?", "shop")
    assert [p.part.text for p in draft.parts if p.blocked] == ["my team lead Jo has agreed to refund £120 today."]
    greeting, acknowledged, name = draft.body.split("\n\n")
    assert (greeting, name) == ("Hi Ann,", "Sam") and "The lamp arrived in pieces." in acknowledged


@pytest.mark.parametrize(
    "own", ["Good morning I will refund you £900!", "Hello and I will refund £900 to your card\nSam"]
)
async def test_no_promise_is_let_out_as_a_greeting(small: ReplyDesk, own: str) -> None:
    *_, made = [e async for e in Rewriter(small, rubric_critic()).own_text(own, LATE, policy_set="gym")]
    assert isinstance(made, Rewritten)
    assert "900" not in made.draft.text and any(p.blocked for p in made.draft.parts)


@pytest.mark.parametrize(
    "said",
    [
        "It is not right that you were charged £50.",
        "We will not charge you £50.",
        "You should not have been refused a refund.",
    ],
)
def test_a_charge_that_is_not_made_and_a_wrong_that_is_owned_refuse_nothing(said: str) -> None:
    assert denied(said) == [] and denied("We cannot offer a refund.") != []


@pytest.mark.parametrize(
    ("given", "blocked"), [("a £10 voucher to your account", False), ("a £30 voucher to your account", True)]
)
async def test_a_sentence_may_rest_on_two_of_a_section_one_for_each_half(
    small: ReplyDesk, given: str, blocked: bool
) -> None:
    own = f"I have refunded the delivery charge and added {given}."
    draft = await reworked(small, own, "My order LH-612200 came nine working days late. I want something.", "shop")
    (part,) = (p for p in draft.parts if own in p.part.text)
    assert part.blocked == blocked
    assert blocked or ["charge" in q.words or "£10" in q.words for q in part.part.quotes] == [True, True]


@pytest.mark.parametrize("repeats", [5, 60])
def test_a_paragraph_of_many_ands_is_parted_at_a_few_of_them_alone(repeats: int) -> None:
    quotes = [Quote(passage="p#s", words=f"rule {n}") for n in range(8)]
    asked: list[str] = []

    def rests(text: str, some: tuple[Quote, ...]) -> bool:
        asked.append(text)
        return False

    text = "I refund the fare" + " and I call you" * repeats
    assert _by_halves(text, quotes, rests) == () and len(asked) <= 64


def test_a_paragraph_rests_on_two_sentences_that_back_half_of_it_each() -> None:
    one, two = (Quote(passage="p#s", words=words) for words in ("refund", "voucher"))

    def rests(text: str, some: tuple[Quote, ...]) -> bool:
        return all(word in " ".join(q.words for q in some) for word in ("refund", "voucher") if word in text)

    assert _by_halves("I refund the fare and add a voucher.", [one, two], rests) == (one, two)
