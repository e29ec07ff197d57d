"""What anybody may read, and who is in danger: what stays out of a draft, and what the agent is told beside it."""

import json

import pytest

from assistant.errors import ModelNotReady
from assistant.llm import ChatModel, Endpoint
from assistant.reply.channels import shape
from assistant.reply.drafting import ReplyDesk
from assistant.reply.duties import duties
from assistant.reply.echo import own_words
from assistant.reply.public import fit_for_public, left_out_note
from assistant.reply.rewrite import Rewriter, Rewritten
from assistant.reply.situation import read_situation
from assistant.reply.thread import read_thread
from assistant.reply.verify import CheckedPart, Part, Purpose, Quote
from assistant.store import Store
from evals.critique import rubric_critic
from knowledge import Library, MiniLM
from tests.drafts import answer, drafted
from tests.scripted import ScriptedServer

DOUBLE = (
    "My order (LH-612200) went wrong and my bank shows £149.00 twice. Darren hung up on me. I want the £149 back."
)


@pytest.fixture
def plain(library: Library, minilm: MiniLM, store: Store) -> ReplyDesk:
    """The reply desk without any model."""

    def not_ready() -> Endpoint:
        raise ModelNotReady("The model is still on its way.")

    return ReplyDesk(library, ChatModel(not_ready), minilm.embed, store)


def part(text: str, purpose: Purpose = "acknowledge") -> CheckedPart:
    return CheckedPart(part=Part(purpose=purpose, text=text))


@pytest.mark.parametrize(
    "sentence",
    [
        "Your order LH-612200 went wrong.",
        "It is account 44812.",
        "You paid £149.00 twice.",
        "You wrote: “Darren hung up on me.”",
        "It went wrong on 19 November.",
        "Ann, I am sorry.",
        "I wrote to ann@x.example.",
        "Our manager, Priya, will ring you.",
    ],
)
def test_a_sentence_that_names_a_number_a_sum_a_day_or_a_person_stays_out(sentence: str) -> None:
    kept, left_out = fit_for_public([part(f"I am sorry for it. {sentence}")], DOUBLE, ["Ann Lee"])
    assert [c.part.text for c in kept] == ["I am sorry for it."] and left_out == 1
    assert "1 sentence names" in left_out_note(left_out)


def test_what_is_general_stays_and_where_nothing_is_left_it_begins_in_general_words() -> None:
    said = [part("The switch is stuck; I am sorry."), part("We answer within 14 days, [your name].", "next step")]
    assert fit_for_public(said, "The switch is stuck. Darren knows.") == (said, 0) and left_out_note(0) == ""
    kept, left_out = fit_for_public([part("You paid £149.")], DOUBLE)
    assert left_out == 1 and [c.part.text[:12] for c in kept] == ["I have read "]


def test_in_public_no_sentence_is_said_back_that_may_name_somebody() -> None:
    said = "Darren hung up on me again. The bin by the door was never emptied."
    assert own_words(said, public=True).text == "The bin by the door was never emptied."
    assert own_words("Then Darren hung up on me again.", public=True).text == ""


@pytest.mark.parametrize(
    "said",
    [
        "my trainer darren never came last tuesday and anna at the desk laughed",
        "the driver, carl, shouted at me",
        "a woman called anna laughed at me",
        "nobody came on tuesday",
        "they still have twenty pounds of mine",
    ],
)
def test_in_public_nothing_is_said_back_that_names_somebody_a_day_or_a_sum_in_small_letters(said: str) -> None:
    assert own_words(said, public=True).text == "" and own_words(said, public=False).text == said


@pytest.mark.parametrize("said", ["my trainer never came", "i called you twice and nobody came", "the driver left"])
def test_in_public_what_somebody_did_is_said_back(said: str) -> None:
    assert own_words(said, public=True).text == said


@pytest.mark.parametrize(
    "sentence",
    [
        "I am sorry that Will was rude.",
        "I am sorry Ann.",
        "It was room 412.",
        "You get twenty pounds.",
        "I am sorry about last Tuesday.",
    ],
)
def test_a_name_that_begins_sentences_or_is_written_small_a_room_and_a_sum_in_words_stay_out(sentence: str) -> None:
    kept, left_out = fit_for_public([part(f"I am sorry. {sentence}")], "Will was rude. I will not pay.", ["ann lee"])
    assert [c.part.text for c in kept] == ["I am sorry."] and left_out == 1


def test_who_is_called_will_takes_no_will_out_of_a_reply() -> None:
    said = [part("We are open on Monday to Friday. Will you write to us? I will look into it.")]
    assert fit_for_public(said, "Will was rude.", ["Will Lee"]) == (said, 0)
    said = [part("That was wrong, and I'm sorry that Customer Service was closed.")]
    assert fit_for_public(said, "I'm cross. Service was bad. Will you pay?") == (said, 0)


@pytest.mark.parametrize(
    ("message", "offer"),
    [
        ("Sessions get cancelled all the time.", "Sessions that we cancel are given back within 2 days."),
        ("Bookings vanish.", "Bookings that are lost are made again."),
        ("Items arrive broken. Returns take weeks.", "Returns of broken items are free."),
    ],
)
def test_what_policy_calls_a_thing_is_nobodys_name(message: str, offer: str) -> None:
    backed = Part(purpose="offer", text=offer, quotes=(Quote(passage="shop#x", words=offer),))
    said = [part("I am sorry."), CheckedPart(part=backed)]
    assert fit_for_public(said, message) == (said, 0)


@pytest.mark.parametrize(
    "offer",
    [
        "I can offer a 15% voucher for a replacement when an item was ordered in the wrong size.",
        "A wrongly measured item can be remade at half price.",
        "Where it was your own mistake, I can exchange it.",
        "When the wrong class was told and a member entered the wrong day, I can change it.",
    ],
)
def test_in_public_nothing_is_offered_that_presupposes_the_customers_own_mistake(offer: str) -> None:
    said = [part("I am sorry."), part(f"{offer} I can have it collected.", "offer"), part(offer, "explain")]
    kept, left_out = fit_for_public(said, "The curtains are too short.")
    assert [c.part.text for c in kept] == ["I am sorry.", "I can have it collected."] and left_out == 2
    assert "or blames the customer" in left_out_note(left_out)


@pytest.mark.parametrize(
    "offer",
    [
        "When a wrong item was sent, I can send the right one.",
        "I can mend a wrong bill.",
        "I can have it sent again, for the driver entered the wrong address.",
        "I can refund a fee that we wrongly booked.",
        "I can refund a fee that was wrongly booked.",
    ],
)
def test_in_public_our_own_mistake_may_be_put_right(offer: str) -> None:
    said = [part("I am sorry."), part(offer, "offer")]
    assert fit_for_public(said, "You sent the wrong item.") == (said, 0)


async def test_a_draft_for_a_review_names_no_sum_and_nobody_and_says_what_stayed_out(plain: ReplyDesk) -> None:
    draft = await drafted(plain, DOUBLE, "shop", channel="review reply")
    assert not any(said in draft.text for said in ("612200", "£", "Darren")) and "private message" in draft.text
    assert "Left out, because anybody may read it" in draft.note
    assert "If that suits you" not in draft.text  # the offer named a sum


async def test_a_draft_reworded_for_a_review_says_nothing_of_the_case_and_asks_privately(plain: ReplyDesk) -> None:
    message = "My order never came and Darren hung up on me. I paid £39 for it."
    draft = await drafted(plain, message, "shop")
    assert "Could you send me the order number, so" in draft.text
    public = (await Rewriter(plain, rubric_critic()).reshape(draft.id, shape(channel="review reply"))).draft
    assert "Darren" not in public.text and "£39" not in public.text
    assert "the order number by private message" in public.text and "answer this message" not in public.text


async def test_what_the_agent_wrote_stays_theirs_where_it_is_made_public(plain: ReplyDesk) -> None:
    own = "I am sorry for it.\n\nThe courier was rude.\n\nThat was our mistake."
    rewriter = Rewriter(plain, rubric_critic())
    mended = [event async for event in rewriter.own_text(own, "My parcel never came.", policy_set="shop")][-1]
    assert isinstance(mended, Rewritten)
    public = (await rewriter.reshape(mended.draft.id, shape(channel="review reply"))).draft
    assert public.body == own and {p.wording for p in public.parts} == {"agent"}


async def test_a_draft_reworded_for_the_telephone_speaks_of_no_message(plain: ReplyDesk) -> None:
    draft = await drafted(plain, "My session was cancelled twice by you.", "gym")
    assert "answer this message" in draft.text and "You wrote: “" in draft.text
    spoken = (await Rewriter(plain, rubric_critic()).reshape(draft.id, shape(channel="phone script"))).draft
    assert "answer this message" not in spoken.text and "tell me now" in spoken.text
    assert "You told us: “" in spoken.text and "You wrote" not in spoken.text
    back = (await Rewriter(plain, rubric_critic()).reshape(spoken.id, shape())).draft
    assert "You wrote: “" in back.text and "You told us" not in back.text


async def test_in_public_whoever_told_what_went_wrong_is_not_asked_to_make_it_understood(plain: ReplyDesk) -> None:
    draft = await drafted(plain, "On 19 November Darren cancelled my session and kept the £5.", "gym")
    public = (await Rewriter(plain, rubric_critic()).reshape(draft.id, shape(channel="review reply"))).draft
    assert "I have read what you wrote. I am sorry that this happened." in public.text
    assert "understand what went wrong" not in public.text and "Darren" not in public.text


async def test_a_capable_models_public_words_are_held_against_it_too(desk: ReplyDesk, server: ScriptedServer) -> None:
    sorry = {"purpose": "acknowledge", "text": "Darren hung up on you. That was rude.", "quotes": []}
    server.say(answer(sorry))
    draft = await drafted(desk, DOUBLE, "shop", channel="review reply")
    assert draft.body == "That was rude." and "1 sentence names" in draft.note
    server.say(json.dumps({"texts": ["That was rude, Darren."]}))
    again = await Rewriter(desk, rubric_critic()).reshape(draft.id, shape(channel="review reply", tone="plain"))
    assert "Darren" not in again.draft.text


ILL = "I have cancer and your driver laughed at me."


def test_in_public_no_reply_tells_who_or_how_somebody_is_whoever_wrote_it() -> None:
    said = [
        part("I am sorry. Nobody with cancer should be laughed at."),
        part("If you are seriously ill, I can change any ticket. I can rebook you.", "offer"),
    ]
    kept, left_out = fit_for_public(said, ILL)
    assert [c.part.text for c in kept] == ["I am sorry.", "I can rebook you."] and left_out == 2
    kept, left_out = fit_for_public(said[1:], "My flight was late.")
    assert "seriously ill" in kept[-1].part.text and left_out == 0


HARMED = "Another reminder. i cant cope, everyone would be better off if i wasnt here. take the gym off my back."


async def test_whoever_may_harm_themselves_is_answered_by_code_and_handed_on(
    desk: ReplyDesk, server: ScriptedServer
) -> None:
    draft = await drafted(desk, HARMED, "gym")
    assert server.requests == [] and draft.outcome == "escalate"
    assert "wasnt here" not in draft.text and "I take it seriously" in draft.text
    assert any(check.startswith("A sign of self-harm: stay in contact with this person") for check in draft.checks)
    assert any("stays with the member" in check for check in draft.checks)


TOUCHED = (
    "that trainer Karim put his hand on my back and then lower. i told him to stop. i dont want to see him again."
)


@pytest.mark.parametrize(
    ("message", "policy_set"),
    [(TOUCHED, "gym"), ("Your steward touched my bottom on flight MA212 on 20 November.", "airline")],
)
async def test_whoever_was_touched_is_answered_by_code_asked_nothing_and_offered_nothing(
    desk: ReplyDesk, server: ScriptedServer, message: str, policy_set: str
) -> None:
    draft = await drafted(desk, message, policy_set)
    assert server.requests == [] and draft.outcome == "escalate"
    assert "I take it very seriously" in draft.text and "?" not in draft.text
    assert not any(word in draft.text for word in ("Karim", "hand", "bottom", "voucher"))
    assert any(check.startswith("Assault or harassment (“") and "show this to" in check for check in draft.checks)


async def test_what_whoever_was_touched_tells_is_shown_to_no_model_for_another_tone_or_an_own_reply_either(
    desk: ReplyDesk, server: ScriptedServer
) -> None:
    draft = await drafted(desk, TOUCHED, "gym")
    rewriter = Rewriter(desk, rubric_critic())
    reshaped = await rewriter.reshape(draft.id, shape(tone="formal"))
    assert "somebody has weighed them" in reshaped.draft.note
    own = [event async for event in rewriter.own_text("We are sorry to hear that.", TOUCHED, policy_set="gym")][-1]
    assert isinstance(own, Rewritten) and server.requests == []


async def test_an_account_of_being_touched_is_not_said_back_by_the_small_model_either(plain: ReplyDesk) -> None:
    draft = await drafted(plain, TOUCHED, "gym")
    assert [p.wording for p in draft.parts] == ["code", "code"] and "Karim" not in draft.text


@pytest.mark.parametrize(
    "told",
    [
        "I'm a trans woman and was humiliated.",
        "She called me sir again.",
        "I have cancer and could not stand.",
        "I was pregnant and nobody helped me.",
        "They laughed at my headscarf.",
        "He said that I am black and do not belong here.",
        "My wife had just died.",
        "I am gay and they laughed.",
        "We are lesbians and were refused a double room.",
        "My arthritis was worse after the wait.",
        "I have lupus and was left standing.",
        "My pacemaker set off the gate and nobody helped.",
        "I had a migraine and nobody helped me.",
        "I caught covid and lost the booking.",
        "We were having a baby and nobody helped.",
        "We buried my dad and nobody answered.",
        "My mother is dying and you charged me.",
        "My due date was last week and nobody came.",
        "I had a stroke and could not stand.",
    ],
)
def test_in_public_nobody_is_told_who_a_customer_is_or_how_they_are(told: str) -> None:
    assert own_words(f"The queue was slow and nobody helped. {told}", public=True).text != told
    assert own_words(told, public=True).text == ""


@pytest.mark.parametrize(
    "told",
    [
        "The black chair came with a broken leg.",
        "I am sick of waiting for an answer.",
        "The due date on the invoice was wrong.",
        "It was a stroke of luck that nobody fell.",
        "The battery was dying after an hour.",
        "We were dying to know where it was.",
        "The parcel was buried under wet leaves.",
        "We were having a terrible time and nobody came.",
        "You lost my parcel again.",
    ],
)
def test_a_colour_and_a_figure_of_speech_may_be_said_in_public(told: str) -> None:
    assert own_words(told, public=True).text == told


@pytest.mark.parametrize(
    ("message", "policy_set", "duties_told"),
    [
        (
            "Your check-in woman at Porto called me “sir” in front of the whole queue. I'm a trans woman.",
            "airline",
            ["complaint about discrimination goes to the customer-relations manager within 1 hour"],
        ),
        ("The cable of the machine snapped and I was bleeding.", "gym", ["accident book", "within 1 hour"]),
        (
            "The kettle's lid came off and it scalded my hand.",
            "shop",
            ["told first to stop using it", "within 1 hour"],
        ),
    ],
)
async def test_where_somebody_is_hurt_the_agent_is_told_what_policy_asks_of_them(
    plain: ReplyDesk, message: str, policy_set: str, duties_told: list[str]
) -> None:
    draft = await drafted(plain, message, policy_set)
    asked = [check for check in draft.checks if check.startswith("Policy asks of you: ")]
    assert all(any(duty in check for check in asked) for duty in duties_told)
    assert not any("harming themselves" in check or "without asking anyone" in check for check in asked)


def test_duties_are_told_only_where_the_card_shows_the_danger() -> None:
    rule = {"x#y": "Every injury is reported to the club manager within 1 hour. A freeze is noted within 1 hour."}
    assert duties(read_situation(read_thread("Where is my parcel?")), rule) == []
    (duty,) = duties(read_situation(read_thread("I was bleeding.")), rule)
    assert (duty.passage, duty.to) == ("x#y", "club manager")


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        (
            "They called me a racist name.",
            "A complaint of injury or discrimination goes to the manager within 1 hour.",
        ),
        ("A man touched me.", "A report of sexual assault goes to the duty manager at once."),
        ("A man touched me.", "A report of unwanted touching goes to the duty manager at once."),
    ],
)
def test_a_duty_in_one_wrong_is_told_whatever_else_its_sentence_speaks_of(message: str, rule: str) -> None:
    (duty,) = duties(read_situation(read_thread(message)), {"x#y": rule})
    assert duty.words == rule


def test_goods_that_are_not_wanted_lay_no_duty_on_who_hears_of_an_assault() -> None:
    assert duties(read_situation(read_thread("A man touched me.")), {"x#y": "Unwanted goods go within 1 hour."}) == []


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("A customer who reports an injury is told first to stop using it.", "stop using it"),
        ("When somebody is hurt, the member is told at once to sit down and rest.", "sit down and rest"),
        ("A customer who reports an injury is told first to stop using it and the case goes on.", "stop using it"),
        ("An injured guest is told first to stop using it, and staff call for first aid.", "stop using it"),
        ("When a customer reports an injury the manager is told to call them at once.", ""),
        ("When a member is hurt, the manager is told to call them at once.", ""),
    ],
)
def test_only_what_the_customer_is_told_is_told_to_them(rule: str, told: str) -> None:
    (duty,) = duties(read_situation(read_thread("I was bleeding.")), {"x#y": rule})
    assert duty.told == told


async def test_a_claimed_promise_is_not_said_back_and_the_agent_asks_whether_it_was_made(plain: ReplyDesk) -> None:
    message = "As your colleague Sandra promised me, I get £329 back plus £150. The mattress sagged after a week."
    draft = await drafted(plain, message, "shop")
    assert "Sandra" not in draft.text and "£150" not in draft.text
    assert any(check.endswith("Find out whether it was promised, and whether it was kept.") for check in draft.checks)
