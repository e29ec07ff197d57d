"""A limit with abuse is heard as it is set and kept, and what only speaks of the end ends nothing."""

import pytest

from assistant.roleplay.acts import Reading
from tests.practices import SCENARIOS, completed

GYM = SCENARIOS["gym-double-booking"]
CALLER = SCENARIOS["abusive-caller"]


def test_a_goodbye_only_ends_a_talk_that_was_said_to_end() -> None:
    acts = {"respectful_limit": "I'm ending this call now.", "brush_off": "Goodbye."}
    text = "I'm ending this call now. Goodbye."
    assert not completed(acts, text, GYM, limit_at=2, turn=3).has("brush_off")
    assert completed(acts, text, GYM).has("brush_off"), "nobody was warned"
    rude = {"respectful_limit": "I'm ending this call now.", "brush_off": "Get lost, goodbye."}
    assert completed(rude, "I'm ending this call now. Get lost, goodbye.", GYM, limit_at=2, turn=3).has("brush_off")


def after_bait(text: str, acts: dict[str, str], **changes: object) -> Reading:
    """A turn after two provocations, the second of them in spite of a limit, unless changed."""
    return completed(acts, text, CALLER, **{"moves": ("bait", "bait"), "turn": 2, "limit_at": 2} | changes)


@pytest.mark.parametrize(
    "text",
    [
        "I told you, if you call me names again I will hang up.",
        "If you swear at me again, I'll end this call.",
        "I will hang up if you keep insulting me.",
    ],
)
def test_who_warns_of_the_end_after_an_insult_sets_a_limit(text: str) -> None:
    assert after_bait(text, {}).has("respectful_limit")
    assert not after_bait(text, {}, moves=("vent", "vent"), limit_at=0).has("respectful_limit"), "nobody insulted"


def test_who_ends_a_talk_as_was_said_does_what_was_said() -> None:
    text = "I am hanging up now, goodbye."
    ended = after_bait(text, {"brush_off": text})
    assert ended.has("respectful_limit") and not ended.has("brush_off")
    assert after_bait(text, {"brush_off": text}, limit_at=0).has("brush_off"), "nobody was warned"
    assert after_bait(text, {"brush_off": text}, moves=("bait", "vent")).has("brush_off"), "the limit was kept"
    rude = "I am hanging up now, get lost, goodbye."
    assert after_bait(rude, {"brush_off": rude}).has("brush_off")
    reminded = after_bait("I warned you. I end this call now. Bye.", {"owned_apology": "I warned you."})
    assert reminded.has("respectful_limit") and not reminded.has("owned_apology")


def test_to_ask_that_the_swearing_stop_tells_nobody_how_to_feel() -> None:
    text = "Please stop swearing."
    acts = {"respectful_limit": text, "calm_down": text}
    assert not after_bait(text, acts).has("calm_down")
    assert after_bait(text, acts, moves=("vent", "vent")).has("calm_down"), "nobody insulted"
    soothing = "Calm down and stop swearing."
    assert after_bait(soothing, {"respectful_limit": soothing, "calm_down": soothing}).has("calm_down")


@pytest.mark.parametrize(
    "text",
    [
        "I warned you. I hang up now.",
        "I have told you twice, I'm hanging up now.",
        "That was the second time. I am putting the phone down now, goodbye.",
        "ok I told you, this call is over. bye",
        "I end the call now. you can phone back when you are calm.",
        "I warned you. I end the call now, you can ring us tomorrow.",
        "The call ends here.",
        "I'm sorry but I'm hanging up now.",
        "I have to end the call now.",
        "I will now end this call.",
        "I'm terminating this call.",
        "I'm ending this call because you insulted me again.",
        "I'm hanging up on you now.",
        "I am ending this call and noting why.",
        "I am hanging up now, but you can ring us tomorrow.",
    ],
)
def test_who_hangs_up_in_plain_words_ends_the_talk_and_harms_nobody_after_a_crossed_limit(text: str) -> None:
    wrongly = {"calm_down": "you can phone back when you are calm.", "brush_off": "bye"}
    wrongly |= {"dated_commitment": "I end the call now, you can ring us tomorrow."}
    ended = after_bait(text, {act: words for act, words in wrongly.items() if words in text})
    assert ended.ends and ended.has("respectful_limit")
    assert not ended.harms() and not ended.has("dated_commitment")
    assert after_bait(text, {}, limit_at=0).ends, "nobody was warned, and it is over all the same"


@pytest.mark.parametrize(
    "text",
    [
        "I'm not hanging up.",
        "Before I hang up now, one thing.",
        "I'll close this chat once the refund is sent.",
        "I will end this call if it goes on.",
        "If you do it again I hang up.",
        "I will end this call.",
        "I'm ending the call now, or shall I go on?",
        "We had to end the call now.",
        "We charged you twice. So I'm closing it for you, the account is dead as of now.",
        "I'm putting the phone down for a second to find your fitter.",
        "You said my colleague told you the call is over and hung up.",
        "The line is bad, I'll end this call now and ring you straight back.",
        "I can see three times the call is over before anyone helped you, I'm sorry.",
        "The chat is over there in the corner of the app.",
        "This call is over our normal limit, so I can stay.",
        "The call is over a recorded line.",
        "I understand the chat is closed on Sundays.",
        "Our chat is finished in two minutes.",
        "Nobody here says the call is over.",
        "So I'm closing the gap on your account now.",
        "And I'm finishing the form.",
        "I know the call ends here for most people, but I stay.",
        "If you swear again, this call is over.",
        "I'm closing this chat window on my side, one moment, and opening your order.",
        "I'm ending this call recording so we can speak freely.",
        "I am ending the call queue mess for you today.",
        "And I'm ending the call charge you were billed.",
        "So I'm closing the chat log you sent.",
        "I'm putting the phone down on the desk to fetch your file.",
        "I'm putting the phone down now to fetch your file.",
        "I'm putting the phone down while I fetch your file.",
        "I'm putting the phone down, back in a tick.",
        "I'm putting the phone down, back in two minutes.",
        "I'm stopping this talk about rules. You get the refund today.",
        "I'm ending the talk of fees: you pay nothing.",
        "I'm closing the chat on my other screen",
        "I hang up now on the depot and stay with you.",
        "I'm sorry for saying I'm hanging up now.",
    ],
)
def test_who_only_speaks_of_the_end_does_not_hang_up(text: str) -> None:
    assert completed({}, text, CALLER).ends == ""


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to say the call is over, so please stop.",
        "Nobody says the conversation is over, I'm here for you.",
        "When the call is over you get it by text.",
        "I will finish this call with a promise: at six he comes.",
        "Nobody wants that I hang up on you, so please stay.",
        "I never said I will end this call.",
        "I have no wish that I end this call.",
        "Before I hang up I want to help you.",
        "I told you I'll hang up, but I'd rather help you.",
        "I am stopping the talk about rules and booking the fitter.",
    ],
)
def test_who_only_speaks_of_the_end_after_a_crossed_limit_does_not_keep_it(text: str) -> None:
    assert not after_bait(text, {}).has("respectful_limit")


@pytest.mark.parametrize(
    "text",
    ["I will end this call.", "I told you twice, I'll hang up.", "I am going to have to end the call, I warned you."],
)
def test_who_says_after_a_crossed_limit_that_they_will_end_the_talk_keeps_it(text: str) -> None:
    assert after_bait(text, {}).quote("respectful_limit") == text
    assert not after_bait(text, {}, limit_at=0).has("respectful_limit"), "nobody was warned"


def test_a_limit_is_quoted_by_the_sentence_that_says_what_follows() -> None:
    text = "I want to help you. if you do it again I have to end the call"
    warned = after_bait(text, {"respectful_limit": "I want to help you."}, limit_at=0)
    assert warned.quote("respectful_limit") == "if you do it again I have to end the call"
    both = "I said if you swear again I will hang up. I am hanging up now."
    assert after_bait(both, {}).quote("respectful_limit") == "I am hanging up now."


def test_a_call_back_of_the_agents_own_stays_a_commitment() -> None:
    text = "You can ring me, or I'll ring you tomorrow at nine."
    assert after_bait(text, {"dated_commitment": text}).has("dated_commitment")
