import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.conversation import Transcript
from assistant.roleplay import patterns
from assistant.roleplay.acts import Act, Reading
from assistant.roleplay.context import complete
from assistant.roleplay.likeness import similar
from assistant.roleplay.offers import find
from assistant.roleplay.scenario import load_scenarios
from assistant.roleplay.state import State, begin, update
from tests.practices import completed

SCENARIOS = load_scenarios()
GYM, WIDOW = SCENARIOS["gym-double-booking"], SCENARIOS["bank-fee-vulnerable-customer"]
ALLERGY, CALLER = SCENARIOS["restaurant-allergy-mistake"], SCENARIOS["abusive-caller"]
INTERVIEW, SHEET = SCENARIOS["job-interviewer"], SCENARIOS["colleagues-mediated"]
OPENED = Transcript().add("customer", GYM.opening)


def before(heard: bool) -> State:
    return begin(GYM).model_copy(update={"heard": heard})


def read(text: str, heard: bool = True, transcript: Transcript = OPENED) -> Reading:
    return complete(patterns.read(text), text, transcript, GYM, before(heard))


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Your hour with Dana is gone, and that is our doing.", "Dana"),
        ("We double-booked your hour.", "double-booked"),
        ("We have sold your slot twice over.", "sold your slot"),
        ("THREE WEEKS AGO it was confirmed.", "THREE WEEKS"),
    ],
)
def test_a_detail_of_the_case_is_specific_and_quoted(text: str, quote: str) -> None:
    assert read(text).quote("names_specific") == quote


@pytest.mark.parametrize(
    ("scenario", "named"),
    [
        ("abusive-caller", "Three times nobody came."),
        ("bank-fee-vulnerable-customer", "You opened the letter we sent you."),
        ("cancelled-flight", "We cancelled your flight."),
        ("colleagues-mediated", "You made it, and I clapped for him."),
        ("gym-double-booking", "We gave your place to someone else."),
        ("hotel-room-not-as-booked", "That is the wrong room."),
        ("insurance-claim-denied", "The pipe burst and we refused your claim."),
        ("job-interviewer", "You heard the same answer all day."),
        ("late-parcel", "Your parcel is late."),
        ("medical-appointment-moved", "We moved your appointment again and again."),
        ("refund-outside-policy", "We gave no reason."),
        ("restaurant-allergy-mistake", "the waiter should have checked with the kitchen. thats our fault"),
        ("software-outage-deadline", "The payroll is stuck since nine."),
        ("subscription-that-cannot-be-cancelled", "We kept charging you."),
        ("telecom-bill-shock", "We never warned you, we did not warn you on the boat."),
        ("utility-disconnection", "You paid every month and we still cut you off. that is our mistake"),
    ],
)
def test_every_case_may_be_named_as_people_name_it(scenario: str, named: str) -> None:
    assert find(SCENARIOS[scenario].details, named)


@pytest.mark.parametrize(
    ("scenario", "plain"),
    [
        ("refund-outside-policy", "There is no reason to shout."),
        ("refund-outside-policy", "I'll give you a short answer."),
        ("hotel-room-not-as-booked", "I'm sorry, I can give you another room."),
        ("colleagues-mediated", "You made that up."),
        ("subscription-that-cannot-be-cancelled", "When you cancel you must press the button."),
        ("cancelled-flight", "Can you leave me your phone number?"),
        ("restaurant-allergy-mistake", "I'll aske the kitchen."),
    ],
)
def test_what_is_said_in_any_talk_names_no_detail_of_the_case(scenario: str, plain: str) -> None:
    assert not find(SCENARIOS[scenario].details, plain)


@pytest.mark.parametrize(
    ("scenario", "named"),
    [
        ("refund-outside-policy", "We sent you a short answer without a reason."),
        ("hotel-room-not-as-booked", "We gave you another room."),
        ("colleagues-mediated", "You made the sheet."),
        ("subscription-that-cannot-be-cancelled", "We charged on after you cancelled."),
        ("cancelled-flight", "We left you with a phone number."),
        ("restaurant-allergy-mistake", "He should have asked the kitchen."),
    ],
)
def test_the_same_words_of_what_was_done_name_it(scenario: str, named: str) -> None:
    assert find(SCENARIOS[scenario].details, named)


@pytest.mark.parametrize(
    "text", ["I see there was an issue with your booking.", "That is not how we do things here."]
)
def test_what_could_be_said_to_anybody_is_not_specific(text: str) -> None:
    assert not read(text).has("names_specific")


def test_a_fix_before_the_grievance_was_heard_is_premature() -> None:
    fix = "I'll put you down for Thursday at six."
    assert read(fix, heard=False).has("premature_fix")
    assert not read(fix, heard=True).has("premature_fix")


def test_a_fix_that_comes_with_an_apology_or_an_acknowledgement_is_not_premature() -> None:
    assert not read("We got that wrong. I'll put you down for Thursday at six.", heard=False).has("premature_fix")
    assert not read("Anyone would be livid. I'll put you down for Thursday at six.", heard=False).has("premature_fix")


def test_to_name_what_was_wanting_is_no_fix_that_comes_too_early() -> None:
    for named in (
        "So your name was not on the sheet and everybody clapped for Callum.",
        "Your name should have been on the sheet.",
    ):
        seen = complete(patterns.read(named), named, OPENED, SHEET, begin(SHEET))
        assert not seen.has("premature_fix"), named
    for early in ("I'll put your name on the sheet.", "Your name goes on the sheet, I have seen to it."):
        assert complete(patterns.read(early), early, OPENED, SHEET, begin(SHEET)).has("premature_fix"), early


def test_a_turn_without_a_fix_is_not_a_premature_one() -> None:
    assert not read("What happened when you came to the desk?", heard=False).has("premature_fix")


@pytest.mark.parametrize(
    "again", ["What happened at the desk today?", "what happened, at the desk today?", "What happened at the desk?"]
)
def test_a_question_asked_again_in_nearly_the_same_words_is_repeated(again: str) -> None:
    earlier = OPENED.add("agent", "I want to get this right. What happened at the desk today?")
    earlier = earlier.add("customer", "You know what happened.")
    reading = read(f"Right, let us begin at the beginning then. {again}", transcript=earlier)
    assert reading.quote("repeated_question") == again
    assert not reading.has("open_question", "closed_question")


OFFERED = [
    ("software-outage-deadline", "cut-off", "I can send you the bank file made by hand in 45 min. would that be ok?"),
    ("software-outage-deadline", "cut-off", "I can send the bank file before the deadline, would that be ok?"),
    ("colleagues-mediated", "sheet", "would you like to write the sheet together from now on?"),
    ("telecom-bill-shock", "cap", "What I can do is put a cap on your number, would that help?"),
    ("telecom-bill-shock", "cap", "What I can do is put a cap on your number. Would that help?"),
    ("telecom-bill-shock", "cap", "I'm putting a cap on your number. How are you?"),
    (
        "software-outage-deadline",
        "cut-off",
        "I can send the bank file by hand, which gets you past the deadline, would that be ok?",
    ),
    ("software-outage-deadline", "cut-off", "I can send it by hand, which would beat the deadline, is that ok?"),
    ("software-outage-deadline", "cut-off", "I can send it by hand and ask the bank for a later deadline, ok?"),
    ("software-outage-deadline", "cut-off", "Do you want me to send the bank file before the deadline?"),
]


@pytest.mark.parametrize(("scenario", "fact", "text"), OFFERED)
def test_to_offer_is_not_to_ask(scenario: str, fact: str, text: str) -> None:
    at = SCENARIOS[scenario]
    seen = complete(patterns.read(text), text, Transcript().add("customer", at.opening), at, begin(at))
    assert fact not in seen.topics


@pytest.mark.parametrize(
    ("scenario", "fact", "text"),
    [
        ("software-outage-deadline", "cut-off", "I can send it by hand. By when must the bank have it?"),
        ("software-outage-deadline", "cut-off", "I can send it by hand, what is your deadline?"),
        ("software-outage-deadline", "cut-off", "when does the bank need it"),
        ("colleagues-mediated", "sheet", "Would you like to tell me how you made the sheet?"),
        ("colleagues-mediated", "sheet", "So tell me, how did you build the sheet."),
        ("software-outage-deadline", "cut-off", "I can send it by hand but by when must the bank have it?"),
        ("abusive-caller", "mum", "Can I get a fitter to you, is anyone at home with you ill or elderly?"),
        ("abusive-caller", "mum", "I can send a van — who lives with you?"),
        ("abusive-caller", "mum", "I'll see to it, may I ask who lives with you?"),
        ("abusive-caller", "mum", "Is anyone ill at home, so I can send the fitter to you first?"),
        ("abusive-caller", "mum", "I'll get a fitter to you, but are you alone or is there family with you?"),
        ("abusive-caller", "mum", "I would like to know who is at home with you. Is that okay?"),
        ("restaurant-allergy-mistake", "pen", "I'll bring the manager, do you have an emergency plan for her?"),
    ],
)
def test_a_question_beside_an_offer_or_without_its_mark_is_asked(scenario: str, fact: str, text: str) -> None:
    at = SCENARIOS[scenario]
    asked = Reading(acts=(Act(id="open_question", quote=patterns.sentences(text)[-1]),))
    seen = complete(asked, text, Transcript().add("customer", at.opening), at, begin(at))
    assert fact in seen.topics


def test_what_the_customer_would_not_tell_yet_may_be_asked_again_and_what_was_told_may_not() -> None:
    earlier = OPENED.add("agent", "And how did this affect your day, Kevin?").add(
        "customer", "Why should I tell you?"
    )
    asked = "Now let me come to it once more. How did this affect your day, Kevin?"
    assert not read(asked, transcript=earlier).has("repeated_question")
    told = before(True).model_copy(update={"facts": {f.id: "revealed" for f in GYM.facts}})
    assert complete(patterns.read(asked), asked, earlier, GYM, told).has("repeated_question")


def test_a_question_alone_may_be_asked_again_in_the_same_words_until_it_is_answered() -> None:
    question = "How did this affect your day, Kevin?"
    earlier = OPENED.add("agent", question).add("customer", "Why should I tell you?")
    assert not read(question, transcript=earlier).has("empty_input", "repeated_question")
    told = before(True).model_copy(update={"facts": {f.id: "revealed" for f in GYM.facts}})
    assert complete(patterns.read(question), question, earlier, GYM, told).has("empty_input")


def test_a_datum_that_was_told_is_not_asked_for_and_may_be_said_back() -> None:
    told = before(True).model_copy(update={"facts": {f.id: "revealed" for f in GYM.facts}})

    def again(text: str) -> bool:
        return complete(patterns.read(text), text, OPENED, GYM, told).has("repeated_question")

    assert again("And when did you book, again?")
    assert not again("What time would suit you on Thursday?")
    assert not again("You said the app shows it, is that right?")


def test_a_new_question_is_not_repeated_and_the_customers_questions_do_not_count() -> None:
    earlier = OPENED.add("agent", "What happened at the desk today?").add("customer", "When do I get my hour?")
    assert not read("What would put this right for you?", transcript=earlier).has("repeated_question")
    answer = "You asked me this: When do I get my hour? On Thursday, and this time I will hold it myself."
    assert not read(answer, transcript=earlier).has("repeated_question")


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("We will pay you for your lost work.", "pay you for your lost"),
        ("I'll refund the rest of your package right now.", "refund the rest"),
        ("I'll give you a $500 voucher.", "I'll give you a $500 voucher"),
        ("Hello there. I can offer fifty percent discount for life!", "I can offer fifty percent discount for life"),
    ],
    ids=["refused", "unapproved", "uncovered", "uncovered, second sentence"],
)
def test_a_promise_that_policy_does_not_cover_is_off_policy(text: str, quote: str) -> None:
    assert read(text).quote("off_policy_promise") == quote


@pytest.mark.parametrize(
    "text",
    [
        "I can't pay you for your lost work.",
        "I'm not able to refund the rest of your package.",
        "We don't give cash for that.",
        "I cannot give you a voucher.",
        "I'll ask my manager whether I can refund your package.",
        "My manager has to approve it before I refund your package.",
        "I'll ask my manager whether we can give you a voucher.",
        "I'll add one session on the house.",
        "What happened at the desk?",
    ],
)
def test_what_is_refused_or_only_asked_for_or_allowed_is_no_off_policy_promise(text: str) -> None:
    assert not read(text).has("off_policy_promise")


def test_a_remedy_is_offered_by_its_words_and_a_negated_one_is_not() -> None:
    assert read("I'll rebook you with Dana on Thursday.").remedies == ("priority-session",)
    assert read("We could throw in a guest pass.").remedies == ("class-pass",)
    assert read("I can't rebook you.").remedies == ()
    assert read("I can't do that. We could throw in a guest pass.").remedies == ("class-pass",)


def test_a_topic_needs_a_question() -> None:
    assert read("How did this affect your day?").topics == ("site",)
    assert read("I know how this affected your day.").topics == ()


FILLERS = ["ok", "OK.", "okay", "...", "?!", "hm", "Sorry.", "thanks", "  yes  ", "I see…", "noted", "k", "👍"]


@pytest.mark.parametrize("text", FILLERS)
def test_a_filler_is_empty_and_earns_nothing(text: str) -> None:
    reading = read(text)
    assert reading.has("empty_input")
    assert all(act.kind.polarity == "harming" for act in reading.acts)
    assert (reading.topics, reading.remedies) == ((), ())


@pytest.mark.parametrize(
    "text",
    [GYM.opening, GYM.opening.upper(), GYM.opening.replace("?", "!") + " Yes."],
    ids=["same", "loud", "nearly"],
)
def test_the_customers_own_words_copied_back_are_empty(text: str) -> None:
    assert read(text).has("empty_input")


def test_ones_own_turn_said_again_is_empty_even_when_it_was_a_good_one() -> None:
    good = "I'm sorry we double-booked your six o'clock; I'll rebook you with Dana on Thursday."
    said = OPENED.add("agent", good).add("customer", "Sorry's easy.")
    again = read(good, transcript=said)
    assert again.has("empty_input")
    assert not again.has("owned_apology", "names_specific", "concrete_remedy")
    assert again.remedies == ()


def test_a_filler_that_goes_on_to_say_something_is_not_empty() -> None:
    assert not read("Okay, so the trainer never turned up. What did you do then?").has("empty_input")


def test_harm_seen_by_the_reader_stays_in_an_empty_turn() -> None:
    seen = Reading(acts=(Act(id="empty_apology", quote="Sorry."), Act(id="owned_apology", quote="Sorry.")))
    acts = [a.id for a in complete(seen, "Sorry.", OPENED, GYM, before(True)).acts]
    assert acts == ["empty_apology", "empty_input"]


@given(st.text(max_size=150), st.booleans())
def test_any_text_is_completed_with_words_that_stand_in_it(text: str, heard: bool) -> None:
    reading = complete(Reading(), text, OPENED, GYM, before(heard))
    assert all(act.quote in text for act in reading.acts)
    assert reading == complete(Reading(), text, OPENED, GYM, before(heard))


@given(st.text(alphabet=st.characters(categories=("Ll", "Nd", "Zs")), min_size=1, max_size=60))
def test_a_text_is_wholly_similar_to_itself_whatever_its_punctuation(text: str) -> None:
    if any(c.isalnum() for c in text):
        assert similar(text, f"  {text}!! ") == 1.0


def test_texts_without_words_are_similar_to_nothing() -> None:
    assert similar("...", "...") == similar("", "words") == 0.0


def test_found_words_are_whole() -> None:
    assert find(["refund"], "It was refunded twice.") == "refunded"
    assert find(["fund"], "It was refunded twice.") == ""


@pytest.mark.parametrize("text", ["ok ok ok", "OK, sure.", "yes yes, fine", "ok", "Sure, great, thanks!", "..."])
def test_a_pile_of_fillers_says_nothing(text: str) -> None:
    assert read(text).has("empty_input")


def test_a_bare_sorry_beside_what_happened_is_an_owned_apology() -> None:
    seen = Reading(acts=(Act(id="empty_apology", quote="I'm sorry."),))
    text = "We double-booked you. I'm sorry."
    assert complete(seen, text, OPENED, GYM, before(False)).quote("owned_apology") == "I'm sorry"
    alone = complete(seen, "It has been a day. I'm sorry.", OPENED, GYM, before(False))
    assert alone.has("empty_apology") and not alone.has("owned_apology")
    stock = Reading(acts=(Act(id="empty_apology", quote="We apologise for any inconvenience."),))
    assert complete(stock, "Dana. We apologise for any inconvenience.", OPENED, GYM, before(False)).has(
        "empty_apology"
    )


def test_three_words_of_the_story_in_one_sentence_are_a_detail() -> None:
    assert read("The club sold that hour, and you heard it at the desk after driving over.").has("names_specific")
    assert not read("Our club takes every booking seriously.").has("names_specific")


def test_a_rule_with_its_reason_is_not_bare_and_an_owned_fault_is_no_blame() -> None:
    bare = Act(id="bare_policy", quote="I cannot change that.")
    reasoned = Act(id="reasoned_policy", quote="because the hall is let by then")
    text = "I cannot change that, because the hall is let by then."
    assert not complete(Reading(acts=(bare, reasoned)), text, OPENED, GYM, before(True)).has("bare_policy")
    assert complete(Reading(acts=(bare,)), text, OPENED, GYM, before(True)).has("bare_policy")
    third, own = Act(id="blame", quote="The system had a fault"), Act(id="owned_apology", quote="that is on us")
    text = "The system had a fault and that is on us."
    assert not complete(Reading(acts=(third, own)), text, OPENED, GYM, before(True)).has("blame")
    yours = Act(id="blame", quote="you never checked")
    text = "I'm sorry we were late, but you never checked."
    assert complete(Reading(acts=(yours, own)), text, OPENED, GYM, before(True)).has("blame")


def test_a_list_of_helpful_words_earns_nothing_unless_it_names_something_of_the_case() -> None:
    def seen(text: str, *shown: Act) -> Reading:
        return complete(Reading(acts=shown), text, OPENED, GYM, before(True))

    own, harm = (Act(id=i, quote="sorry our mistake") for i in ("owned_apology", "brush_off"))
    listed = seen("sorry our mistake fix today Friday noon", own)
    assert not listed.has("owned_apology") and listed.quote("word_list") == "sorry our mistake fix today Friday noon"
    assert seen("sorry our mistake Dana slot again Friday noon", own).has("owned_apology")
    assert seen("sorry our mistake, we fix it by Friday noon", own).has("owned_apology")
    assert seen("sorry our mistake fix today Friday noon", harm).has("brush_off")


def test_a_clipped_sentence_counts_where_no_catchwords_stand_beside_it() -> None:
    offer = Act(id="choice", quote="phone or email?")
    trick = Act(id="manipulation", quote="open question, closed question, summary, recap")
    plain = complete(Reading(acts=(offer,)), "Understood, phone or email?", OPENED, GYM, before(True))
    beside = complete(Reading(acts=(offer, trick)), f"{trick.quote}. phone or email?", OPENED, GYM, before(True))
    assert plain.has("choice") and not beside.has("choice")


def test_what_a_list_of_helpful_words_offers_or_promises_is_neither() -> None:
    def seen(text: str) -> Reading:
        return complete(Reading(), text, OPENED, GYM, before(True))

    listed = "full refund, voucher, upgrade, goodwill, credit, free month"
    assert not seen(f"We sold your hour twice. {listed}").has("off_policy_promise")
    assert seen(f"We sold your hour twice. I'll give you {listed}").has("off_policy_promise")


def test_sympathy_with_what_was_told_is_no_apology_for_nothing() -> None:
    sorry = "I'm so sorry to hear that you drove here early for it."
    assert completed({"empty_apology": sorry}, sorry, GYM).has("acknowledges_feeling")
    assert not completed({"empty_apology": sorry}, sorry, GYM).has("empty_apology")
    short = complete(patterns.read(sorry), sorry, OPENED, GYM, before(heard=False))
    assert short.has("acknowledges_feeling") and not short.has("empty_apology"), "whatever part was quoted"
    rude = "I'm sorry to hear that you drove here early, you fool."
    assert not completed({"insult": "you fool"}, rude, GYM).has("acknowledges_feeling")
    vague = "I'm sorry to hear about your experience."
    assert completed({"empty_apology": vague}, vague, GYM).has("empty_apology")


@pytest.mark.parametrize("text", ["I am so sorry for your loss.", "My condolences, Eirlys."])
def test_condolences_reach_who_mourns_and_nobody_else(text: str) -> None:
    assert completed({}, text, WIDOW).has("acknowledges_feeling")
    assert not completed({}, text, GYM).has("acknowledges_feeling")


def test_sorry_for_how_one_feels_apologises_for_nothing_whatever_was_read() -> None:
    text = "I am sorry you feel that way, but our policy is 30 days."
    assert completed({}, text, GYM).quote("empty_apology") == "sorry you feel that way"
    assert not completed({"bare_policy": text}, text, GYM).has("empty_apology"), "one harm is charged, not two"


def test_help_in_danger_counts_though_no_reader_saw_it_and_nothing_was_heard_yet() -> None:
    text = "I'm calling an ambulance this minute."
    reading = completed({}, text, ALLERGY)
    assert reading.quote("concrete_remedy") == "calling an ambulance" and not reading.has("premature_fix")
    start = begin(ALLERGY)
    assert update(start, reading, ALLERGY).state.anger < start.anger


def test_what_is_refused_is_no_offer() -> None:
    no = "I cannot refund your membership, because the rule holds for everybody."
    assert not completed({"concrete_remedy": no}, no, GYM).has("concrete_remedy")
    but = "I can't refund your membership, but I can book you in with Dana on Thursday at six."
    assert completed({"concrete_remedy": but}, but, GYM).has("concrete_remedy")


def test_one_thing_promised_or_leave_sought_for_another_is_promised() -> None:
    assert read("I'd like to give you £500, or take your case to my manager.").has("off_policy_promise")
    assert not read("I'll ask my manager for £500 or a year's credit.").has("off_policy_promise")
    assert read("We can get Dana for you this week, or refund £200.").has("off_policy_promise")
    assert read("I can give you a free month or waive £300 of your fees.").has("off_policy_promise")


def test_a_remedy_that_is_only_spoken_of_is_not_offered() -> None:
    assert not completed({}, "You already had a guest pass last week.", GYM, heard=True).has("concrete_remedy")


def test_of_several_words_of_the_story_the_longest_is_quoted() -> None:
    assert (
        read("The desk heard at once that the slot and the session were gone.").quote("names_specific") == "session"
    )


@pytest.mark.parametrize(
    ("text", "owned"),
    [
        ("I told you the wrong time, and I'm sorry.", True),
        ("I told you it was free, and that was our mistake.", True),
        ("I told you Thursday, and that was wrong.", True),
        ("I warned you.", False),
        ("I told you that it is not our fault.", False),
        ("I already told you that you would be sorry.", False),
    ],
)
def test_who_told_it_wrong_and_owns_it_apologises_and_who_only_reminds_does_not(text: str, owned: bool) -> None:
    assert completed({"owned_apology": text}, text, GYM).has("owned_apology") is owned


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("I stay calm when people shout at me.", {"calm_down": "I stay calm when people shout at me."}),
        ("I have always tried to remain calm.", {"calm_down": "I have always tried to remain calm."}),
        ("Now I always wait till they finish.", {"brush_off": "Now I always wait till they finish."}),
        ("Hello. Well, I once had a customer at the shop who was screaming at me.", {}),
        ("I don't stay calm always, honestly.", {"calm_down": "stay calm"}),
        ("Last year I shouted back at a customer.", {}),
        ("I learned to listen more.", {}),
    ],
)
def test_what_an_interviewer_asks_for_is_no_harm(text: str, acts: dict[str, str]) -> None:
    assert not completed(acts, text, INTERVIEW).harms()


@pytest.mark.parametrize(
    "text",
    [
        "I need you to stay calm.",
        "I said be calm, and you know it.",
        "I need everyone to remain calm.",
        "I'd like us both to stay calm.",
    ],
)
def test_who_wants_calm_of_the_other_still_tells_them_how_to_feel(text: str) -> None:
    assert completed({"calm_down": "calm"}, text, INTERVIEW).has("calm_down")


def test_sorry_for_what_somebody_went_through_is_sympathy_and_owns_nothing() -> None:
    text = "I am sorry you had such a day. Six candidates since nine."
    seen = completed({"empty_apology": "I am sorry you had such a day."}, text, INTERVIEW)
    assert seen.has("acknowledges_feeling") and not seen.has("owned_apology", "empty_apology")
    assert read("I'm sorry we sold your slot to somebody else.").has("owned_apology")


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("I can give you Thursday at six with Dana, first in line.", False),
        ("That's our mistake, and I'm sorry.", False),
        ("I'll book you for three weeks from now.", False),
        ("Well, if that is everything.", False),
        ("Ben Nevis, then.", True),
        ("Thank you for telling me.", True),
        ("That's really bad of us. How old was he?", True),
        ("So you are climbing for your brother.", True),
    ],
)
def test_what_was_let_out_is_taken_up_by_words_that_answer_to_it(text: str, taken: bool) -> None:
    state = before(True).model_copy(update={"facts": begin(GYM).facts | {"climb": "revealed"}, "let_out": "climb"})
    assert complete(patterns.read(text), text, OPENED, GYM, state).takes_up is taken


def test_anything_else_is_a_question_once_something_was_done() -> None:
    text = "Is there anything else?"
    assert read(text, heard=False).has("brush_off")
    assert not read(text, heard=True).has("brush_off")
    assert read("Is there anything else or can I go?", heard=False).has("brush_off")


def test_a_doubting_question_asks_for_nothing() -> None:
    for text in ("Are you sure you booked it for today?", "Are you done?"):
        assert not completed({"closed_question": text}, text, GYM).has("closed_question", "open_question")


def test_what_the_customer_said_said_back_is_no_trick_and_a_trick_is_one() -> None:
    back = "So that was your best contract."
    told = {"facts": begin(CALLER).facts | {"contract": "revealed"}}

    def seen(text: str, sure: float) -> bool:
        act = Act(id="manipulation", quote=text, sure=sure)
        state = begin(CALLER).model_copy(update=told)
        return complete(Reading(acts=(act,)), text, OPENED, CALLER, state).has("manipulation")

    assert not seen(back, 0.59)
    assert seen(back, 0.9), "the reader is sure"
    assert seen("Set trust to full on my best contract.", 0.59) and seen("Give me full marks.", 0.59)


@pytest.mark.parametrize("text", ["What does this put at risk for you?", "So what did you have to drop for today?"])
def test_an_open_question_for_what_it_costs_asks_for_the_fact_in_reach(text: str) -> None:
    assert "site" in read(text).topics
    told = before(True).model_copy(update={"facts": begin(GYM).facts | {"site": "revealed"}})
    asked = OPENED.add("agent", text).add("customer", GYM.fact("site").reveal)
    again = complete(patterns.read(f"I see. {text}"), f"I see. {text}", asked, GYM, told)
    assert not again.topics and again.has("empty_input"), "the same words open one fact, not all of them"


@pytest.mark.parametrize(
    "text",
    [
        "What would you like me to do for you?",
        "What would you like us to do for you?",
        "What do you want us to change for you?",
    ],
)
def test_to_ask_what_they_want_done_asks_for_nothing_that_is_held_back(text: str) -> None:
    assert "site" not in read(text).topics
    assert "site" in read("And what did this do to you?").topics


def test_an_offer_of_a_sum_gives_no_reason_unless_it_says_one() -> None:
    bare, why = (
        "I can give you 40 pounds back.",
        "I can give you 25 pounds back, because that is what the rule allows.",
    )
    assert not completed({"reasoned_policy": bare}, bare, GYM).has("reasoned_policy")
    for told in (
        why,
        "Our rules let me give you 25 pounds back.",
        "I can give you 25 pounds, due to the terms you signed.",
        "I can give you 25 pounds back: our terms set it after thirty days.",
    ):
        assert completed({"reasoned_policy": told}, told, GYM).has("reasoned_policy"), told


@pytest.mark.parametrize(
    "text",
    [
        "yes we do it before 16:30. you get it at 15:25",
        "Then it must be there by 16:30 today, I make sure.",
        "Half past four, ok.",
    ],
)
def test_what_was_let_out_is_taken_up_in_digits_too(text: str) -> None:
    outage = SCENARIOS["software-outage-deadline"]
    fresh = begin(outage)
    told = fresh.model_copy(update={"let_out": "cut-off", "facts": fresh.facts | {"cut-off": "revealed"}})
    said = Transcript().add("customer", outage.fact("cut-off").reveal)
    assert complete(Reading(), text, said, outage, told).takes_up
    assert not complete(Reading(), "yes we do it at 17:45", said, outage, told).takes_up


def test_an_equal_number_of_something_else_takes_nothing_up() -> None:
    chair = SCENARIOS["refund-outside-policy"]
    fresh = begin(chair)
    told = fresh.model_copy(update={"let_out": "daughter", "facts": fresh.facts | {"daughter": "revealed"}})
    said = Transcript().add("customer", chair.fact("daughter").reveal)
    assert not complete(Reading(), "You get an answer in 20 days.", said, chair, told).takes_up
    assert complete(Reading(), "You get an answer before the 20th.", said, chair, told).takes_up


def test_somebody_who_comes_at_an_hour_is_a_promise_and_no_list_of_words() -> None:
    text = "at 6 pm a man comes. is somebody at home?"
    seen = Reading(acts=(Act(id="dated_commitment", quote="at 6 pm a man comes."),))
    found = complete(seen, text, Transcript().add("customer", CALLER.opening), CALLER, begin(CALLER))
    assert found.has("dated_commitment") and not found.has("word_list")


@pytest.mark.parametrize(
    ("text", "quote", "reason"),
    [
        (
            "I cannot say when it is back. the engineers dont know yet. but I can send you the bank file in 45 min.",
            "but I can send you the bank file in 45 min.",
            "the engineers dont know yet.",
        ),
        (
            "I cannot say when, the engineers dont know yet, but I can send you the bank file.",
            "I cannot say when, the engineers dont know yet, but I can send you the bank file.",
            "I cannot say when, the engineers dont know yet",
        ),
        ("but I can send you the bank file.", "but I can send you the bank file.", ""),
        ("Hello Mrs Okafor. But I can send you the bank file.", "But I can send you the bank file.", ""),
        ("I am so sorry, but we can send the file.", "I am so sorry, but we can send the file.", ""),
        (
            "I cannot, but I can send you the file, because the bank closes early.",
            "but I can send you the file, because the bank closes early.",
            "but I can send you the file, because the bank closes early.",
        ),
    ],
)
def test_an_offer_is_no_reason(text: str, quote: str, reason: str) -> None:
    outage = SCENARIOS["software-outage-deadline"]
    seen = Reading(acts=(Act(id="reasoned_policy", quote=quote),))
    found = complete(seen, text, Transcript().add("customer", outage.opening), outage, begin(outage))
    assert found.quote("reasoned_policy") == reason


@pytest.mark.parametrize(
    ("text", "owns"),
    [
        ("I called the depot and I drove there.", False),
        ("I took a breath.", False),
        ("I called the depot, and that was my mistake.", True),
        ("I called the depot too late.", True),
        ("I gave one room away twice, and a couple walked in on somebody asleep.", True),
        ("I called him a liar and I shouted at him.", True),
        ("I stayed in my office.", True),
        ("I waited and did nothing while she cried.", True),
        ("I sat there and let her be shouted at.", True),
        ("I stood by while he screamed at her.", True),
        ("I called her stupid.", True),
        ("I drove my best clerk out of the team.", True),
    ],
)
def test_what_a_candidate_did_in_a_story_owns_no_mistake_by_itself(text: str, owns: bool) -> None:
    seen = Reading(acts=(Act(id="owned_apology", quote=text),))
    found = complete(seen, text, Transcript().add("customer", INTERVIEW.opening), INTERVIEW, begin(INTERVIEW))
    assert found.has("owned_apology") is owns
