import pytest

from assistant.errors import PracticeOver
from assistant.roleplay import patterns
from assistant.roleplay.acts import Reading
from assistant.roleplay.coach import WINS_TRUST, book, check, hint, next_fact, rewrite, situation
from assistant.roleplay.likeness import COPY, alike
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Situation, load_scenarios
from assistant.roleplay.state import State
from knowledge.library import BUILTIN
from knowledge.load import files_under, load
from knowledge.sections import cut

SCENARIOS = load_scenarios()
GYM = SCENARIOS["gym-double-booking"]


def talk(*turns: str) -> Practice:
    practice = Practice.begin(GYM, seed="1")
    for turn in turns:
        exchange = practice.respond(GYM, turn, patterns.read(turn))
        practice = practice.with_exchange(exchange.model_copy(update={"line": "Right.", "by": "author"}))
    return practice


def after(**changes: object) -> Practice:
    practice = talk("You booked Dana for six o'clock.")
    state: State = practice.state.model_copy(update=changes)
    return practice.with_exchange(practice.exchanges[-1].model_copy(update={"state": state}))


def test_every_piece_of_advice_sends_to_a_section_that_exists() -> None:
    folder = BUILTIN[0]
    sections = {s.id for path in files_under(folder) for s in cut(load(path, folder))}
    assert {a.guide for a in book().situations.values()} <= sections


HIDDEN = [f.id for f in GYM.facts]
EARLY = dict.fromkeys(HIDDEN, "locked") | {min(GYM.hidden, key=lambda f: f.gate).id: "approached"}
TOLD = dict.fromkeys(HIDDEN, "acknowledged")
WON = [book().situations[s].act for s in WINS_TRUST]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"heard": False, "used": {}, "moves": ("vent",)}, "unheard_facts"),
        ({"heard": False, "used": {"names_specific": (1,)}, "moves": ("vent",)}, "unheard_feeling"),
        ({"heard": True, "felt_understood": False, "moves": ("accept",), "knows_next_step": True}, "owned_only"),
        ({"heard": True, "moves": ("bait",)}, "baited"),
        ({"heard": True, "moves": ("bait", "bait")}, "baited_again"),
        ({"heard": True, "moves": ("bait", "vent", "bait"), "limit_at": 1}, "baited_again"),
        ({"heard": True, "moves": ("test",)}, "tested"),
        ({"heard": True, "moves": ("question",), "offered": ("free-session",)}, "doubted"),
        ({"heard": True, "moves": ("vent",), "trust": 30}, "something_behind"),
        ({"heard": True, "moves": ("vent",), "trust": 30, "facts": EARLY}, "tested"),
        ({"heard": True, "moves": ("vent",), "trust": 0}, "tested"),
        ({"heard": True, "moves": ("vent",), "trust": 0, "used": {"owned_apology": (1,)}}, "guarded"),
        ({"heard": True, "moves": ("vent",), "trust": 0, "used": dict.fromkeys(WON, (1,))}, "no_offer"),
        ({"heard": True, "moves": ("vent",), "trust": 0, "facts": dict.fromkeys(HIDDEN, "revealed")}, "no_offer"),
        ({"heard": True, "moves": ("accept",), "accepted": "free-session"}, "something_behind"),
        ({"heard": True, "moves": ("reveal", "reveal"), "accepted": "free-session", "facts": TOLD}, "no_next_step"),
        (
            {"heard": True, "moves": ("accept",), "accepted": "free-session", "knows_next_step": True},
            "closing",
        ),
    ],
)
def test_the_situation_follows_from_the_state(changes: dict[str, object], wanted: Situation) -> None:
    practice = after(**{"felt_understood": bool(changes["heard"])} | changes)
    found = hint(practice, GYM)
    assert (situation(practice, GYM), found.situation, found.advice) == (wanted, wanted, book().situations[wanted])


def test_who_has_agreed_is_asked_what_is_still_untold_before_the_step_that_ends_the_talk() -> None:
    agreed = {"heard": True, "felt_understood": True, "moves": ("accept",), "accepted": "free-session"}
    assert hint(after(**agreed, trust=60), GYM).situation == "something_behind"
    kept_back = hint(after(**agreed, trust=0), GYM)
    assert kept_back.situation == "no_next_step" and kept_back.advice.technique.endswith(book().ends_the_talk)
    told = hint(after(**agreed, facts=TOLD), GYM)
    assert told.situation == "no_next_step" and book().ends_the_talk not in told.advice.technique


def test_a_hint_gives_a_shape_and_never_the_line() -> None:
    for scenario in SCENARIOS.values():
        found = hint(Practice.begin(scenario, "1"), scenario)
        assert "[" in found.advice.shape and scenario.persona.name not in found.advice.shape


def test_checking_a_line_spends_nothing_and_says_what_it_would_earn() -> None:
    practice = talk("Let me look.")
    line = "You booked Dana for six o'clock and we sold it twice. I'm sorry."
    found = check(practice, GYM, line, patterns.read(line))
    sent = practice.respond(GYM, line, patterns.read(line))
    assert (found.effects, found.state) == (sent.effects, sent.state)
    assert len(practice.exchanges) == 1 and found.misses is None
    cold = check(practice, GYM, "And your name?", patterns.read("And your name?"))
    assert cold.misses is not None and cold.misses.act == "names_specific"


def test_a_practice_that_is_over_is_not_coached() -> None:
    practice = talk("Let me look.").model_copy(update={"closed": True})
    with pytest.raises(PracticeOver):
        check(practice, GYM, "One more thing.", Reading())


def test_the_next_fact_is_the_nearest_in_reach() -> None:
    trusting = after(trust=90).state
    assert next_fact(trusting, GYM) is not None and next_fact(trusting, GYM).id == "site"  # type: ignore[union-attr]
    assert next_fact(after(trust=0).state, GYM) is None


def test_a_rewrite_is_never_empty_and_has_no_gap() -> None:
    for scenario in SCENARIOS.values():
        text = rewrite(Practice.begin(scenario, "1"), scenario)
        assert text and "{" not in text


def test_what_was_let_out_last_is_what_is_said_back() -> None:
    facts = {"site": "acknowledged", "climb": "revealed", "second-time": "acknowledged"}
    last = talk("You booked Dana for six o'clock.")
    state = last.state.model_copy(update={"facts": facts, "moves": ("reveal",), "let_out": "climb"})
    told = last.exchanges[-1].model_copy(update={"fact": "climb", "state": state})
    assert GYM.fact("climb").said_back in rewrite(last.with_exchange(told), GYM)


def test_what_the_agent_has_said_is_not_advised_again() -> None:
    practice = after(heard=True, moves=("test",), trust=60)
    first = rewrite(practice, GYM)
    again = practice.respond(GYM, first, patterns.read(first))
    state = again.state.model_copy(update={"moves": ("test",), "trust": 60})
    said = practice.with_exchange(again.model_copy(update={"state": state, "line": "Hm.", "by": "author"}))
    assert situation(said, GYM) == "tested"
    assert not alike(rewrite(said, GYM), first, COPY)


def test_who_is_in_danger_is_helped_before_anything_else() -> None:
    allergy, medical = SCENARIOS["restaurant-allergy-mistake"], SCENARIOS["medical-appointment-moved"]
    begun = Practice.begin(allergy, seed="1")
    assert situation(begun, allergy) == "danger" and "ambulance" in rewrite(begun, allergy)
    waiting = Practice.begin(medical, seed="1")
    assert situation(waiting, medical) != "danger"
    told = waiting.model_copy(
        update={"start": waiting.start.model_copy(update={"facts": waiting.start.facts | {"blood": "revealed"}})}
    )
    assert situation(told, medical) == "danger" and "nurse" in rewrite(told, medical)
    helped = told.model_copy(update={"start": told.start.model_copy(update={"offered": ("nurse",)})})
    assert situation(helped, medical) != "danger"


def test_advice_that_is_followed_meets_every_need_and_ends_well() -> None:
    practice = talk("We sold your six o'clock with Dana twice. That is our mistake and I'm sorry.")
    while not practice.over and len(practice.exchanges) < 12:
        line = rewrite(practice, GYM)
        exchange = practice.respond(GYM, line, patterns.read(line))
        practice = practice.with_exchange(exchange.model_copy(update={"line": "Right.", "by": "author"}))
    assert practice.state.needs["emotional"] and practice.ending == "resolved"


def test_what_was_let_out_is_taken_up_in_the_check_as_it_is_when_sent() -> None:
    last = talk("You booked Dana for six o'clock.")
    facts = last.state.facts | {"climb": "revealed"}
    state = last.state.model_copy(update={"facts": facts, "moves": ("reveal",), "let_out": "climb"})
    told = last.with_exchange(last.exchanges[-1].model_copy(update={"fact": "climb", "state": state}))
    for line in ("For the hospice, then.", "That is hard, with the hospice behind it.", "And your number?"):
        found = check(told, GYM, line, patterns.read(line))
        sent = told.respond(GYM, line, patterns.read(line))
        assert (found.misses is None) is sent.reading.takes_up
        assert sent.reading.takes_up is (line != "And your number?")


def test_who_was_warned_and_insults_again_is_to_see_it_done_and_a_rewrite_goes_on() -> None:
    begun = Practice.begin(GYM, seed="1")
    moves = ("bait", "vent", "bait")
    crossed = begun.model_copy(update={"start": begun.start.model_copy(update={"moves": moves, "limit_at": 1})})
    advice = hint(crossed, GYM).advice
    assert "Do what you said" in advice.technique and advice.guide == "limits-with-abuse#what-to-do"
    ended = crossed.respond(GYM, advice.rewrite, patterns.read(advice.rewrite))
    assert ended.reading.has("respectful_limit") and ended.reading.ends
    assert rewrite(crossed, GYM) != advice.rewrite


@pytest.mark.parametrize(
    ("limit", "wanted"),
    [
        ("I want to help you, but please don't call me names.", "baited_again"),
        ("I'm with you if you stop calling me names.", "baited_again"),
        ("I want to help you. If you call me names again, I will hang up.", "crossed"),
        (book().situations["baited_again"].rewrite, "crossed"),
    ],
)
def test_only_what_was_said_to_follow_can_be_done(limit: str, wanted: Situation) -> None:
    practice = talk(limit)
    state = practice.state.model_copy(update={"moves": ("bait", "bait"), "limit_at": 1, "let_out": ""})
    crossed = practice.with_exchange(practice.exchanges[-1].model_copy(update={"state": state}))
    assert situation(crossed, GYM) == wanted
