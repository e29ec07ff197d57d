import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.roleplay.acts import Act, Reading, codebook
from assistant.roleplay.scenario import Scenario, load_scenarios
from assistant.roleplay.state import Felt, State, begin, update
from assistant.roleplay.weights import weights
from evals import scoring
from ui.coaching import chips, reasons

GYM = load_scenarios()["gym-double-booking"]
PLAIN = GYM.model_copy(
    update={
        "difficulty": GYM.difficulty.model_copy(update={"drift": 0, "clamp": 40}),
        "persona": GYM.persona.model_copy(update={"weights": {}}),
    }
)
HELPING = sorted(a for a, kind in codebook().items() if kind.polarity == "helping")
HARMING = sorted(a for a, kind in codebook().items() if kind.polarity == "harming")
FACTS = [fact.id for fact in GYM.facts]

readings = st.builds(
    lambda acts, topics, remedies: Reading(
        acts=tuple(Act(id=a, quote=f"the words of {a}") for a in acts), topics=tuple(topics), remedies=tuple(remedies)
    ),
    st.lists(st.sampled_from(sorted(codebook())), unique=True, max_size=8),
    st.lists(st.sampled_from(FACTS), unique=True),
    st.lists(st.sampled_from([r.id for r in GYM.remedies]), unique=True),
)


def shows(*acts: str, topics: tuple[str, ...] = (), remedies: tuple[str, ...] = ()) -> Reading:
    return Reading(acts=tuple(Act(id=a, quote=f"the words of {a}") for a in acts), topics=topics, remedies=remedies)


def mood(scenario: Scenario = PLAIN, **changes: object) -> State:
    return begin(scenario).model_copy(update=changes)


def points(felt: Felt, on: str, act: str) -> int:
    return sum(e.amount for e in felt.effects if e.on == on and e.act == act)


def play(*turns: Reading, scenario: Scenario = GYM) -> list[State]:
    states = [begin(scenario)]
    for reading in turns:
        states.append(update(states[-1], reading, scenario).state)
    return states


def test_a_practice_begins_with_the_scenarios_numbers_and_every_fact_locked() -> None:
    state = begin(GYM)
    assert (state.anger, state.trust, state.patience) == (
        GYM.difficulty.anger,
        GYM.difficulty.trust,
        GYM.difficulty.patience,
    )
    assert state.facts == dict.fromkeys(FACTS, "locked")
    assert (state.turn, state.stage, state.heard, state.ending) == (0, "opening", False, None)


@given(st.lists(readings, min_size=1, max_size=6))
def test_the_same_readings_give_the_same_states_and_leave_the_old_ones_alone(turns: list[Reading]) -> None:
    state = begin(GYM)
    for reading in turns:
        before = state.model_dump_json()
        first, second = update(state, reading, GYM), update(state, reading, GYM)
        assert first == second
        assert state.model_dump_json() == before
        state = first.state


@given(st.lists(readings, min_size=1, max_size=12))
def test_numbers_stay_in_their_range_and_the_turn_counts_up(turns: list[Reading]) -> None:
    for n, state in enumerate(play(*turns)):
        assert 0 <= state.anger <= 100
        assert 0 <= state.trust <= 100
        assert 0 <= state.patience <= GYM.difficulty.patience
        assert state.turn == n


@pytest.mark.parametrize("clamp", [4, 10, 16])
def test_one_turn_changes_no_more_than_the_clamp_and_harm_twice_as_much(clamp: int) -> None:
    tight = PLAIN.model_copy(update={"difficulty": PLAIN.difficulty.model_copy(update={"clamp": clamp})})
    start = mood(anger=60, trust=50, heard=True, accepted="free-session")
    rounding = 4
    helped = update(
        start, shows("acknowledges_feeling", "paraphrase", "names_specific", "owned_apology"), tight
    ).state
    harmed = update(start, shows("insult", "blame", "arguing"), tight).state
    assert clamp - rounding <= 60 - helped.anger <= clamp + rounding
    assert clamp - rounding <= helped.trust - 50 <= clamp + rounding
    assert 2 * clamp - rounding <= harmed.anger - 60 <= 2 * clamp + rounding
    assert 2 * clamp - rounding <= 50 - harmed.trust <= 2 * clamp + rounding


def test_a_repeated_helping_act_is_worth_half_as_much_each_time_within_the_window() -> None:
    start = mood(anger=60, heard=True, turn=9)
    full, window = weights().acts["paraphrase"].trust, weights().repeat_window

    def worth(*turns: int) -> int:
        used = start.model_copy(update={"used": {"paraphrase": turns}})
        return points(update(used, shows("paraphrase"), PLAIN), "trust", "paraphrase")

    assert [worth(*range(9, 9 - n, -1)) for n in range(4)] == [round(full / 2**n) for n in range(4)]
    assert worth(9 - window) == full


def test_every_use_of_an_act_is_counted() -> None:
    states = play(shows("paraphrase"), shows("paraphrase", "choice"), shows())
    assert states[-1].used == {"paraphrase": (1, 2), "choice": (2,)}


def test_a_repeated_harming_act_hurts_in_full_again() -> None:
    fresh = update(mood(anger=40), shows("blame"), PLAIN)
    again = update(mood(anger=40, used={"blame": (1, 2, 3)}), shows("blame"), PLAIN)
    assert points(fresh, "anger", "blame") == points(again, "anger", "blame") > 0


def test_an_apology_right_after_an_outburst_earns_nothing_without_a_specific() -> None:
    furious = mood(anger=weights().outburst_anger + 10)
    bare = update(furious, shows("owned_apology"), PLAIN)
    specific = update(furious, shows("owned_apology", "names_specific"), PLAIN)
    assert points(bare, "anger", "owned_apology") == points(bare, "trust", "owned_apology") == 0
    assert points(specific, "anger", "owned_apology") < 0 < points(specific, "trust", "owned_apology")


def test_an_apology_that_earns_nothing_says_why_and_takes_nothing_from_a_later_one() -> None:
    furious = mood(anger=weights().outburst_anger + 10)
    bare = update(furious, shows("owned_apology"), PLAIN)
    assert [e.amount for e in bare.effects if e.why == weights().unnamed] == [0]
    assert f"<b>no change</b>: {weights().unnamed}" in reasons(bare.effects)
    full = shows("owned_apology", "names_specific")
    after, fresh = update(bare.state, full, PLAIN), update(furious, full, PLAIN)
    assert points(after, "trust", "owned_apology") == points(fresh, "trust", "owned_apology")
    assert not any(e.why == weights().unnamed for e in after.effects)
    again = update(after.state, full, PLAIN)
    assert points(again, "trust", "owned_apology") < points(after, "trust", "owned_apology")


def test_a_bare_apology_counts_below_the_outburst() -> None:
    felt = update(mood(anger=weights().outburst_anger - 1), shows("owned_apology"), PLAIN)
    assert points(felt, "trust", "owned_apology") == weights().acts["owned_apology"].trust


@given(st.lists(readings, min_size=1, max_size=12))
def test_anger_never_falls_below_its_floor_until_heard_and_mended(turns: list[Reading]) -> None:
    for state in play(*turns):
        floor = weights().floor_unmended if state.heard else weights().floor_unheard
        assert state.anger >= floor


def test_anger_stops_at_each_floor_and_goes_on_when_the_reason_for_it_is_gone() -> None:
    soothing = shows("acknowledges_feeling", "choice")
    assert update(mood(anger=56), soothing, PLAIN).state.anger == weights().floor_unheard
    assert update(mood(anger=31, heard=True), soothing, PLAIN).state.anger == weights().floor_unmended
    assert update(mood(anger=31, heard=True, accepted="free-session"), soothing, PLAIN).state.anger < 30


def test_a_floor_is_told_as_what_it_is_and_not_as_a_punishment() -> None:
    soothing = shows("acknowledges_feeling", "choice")
    whys = [update(mood(anger=a, heard=h), soothing, PLAIN).effects[-1].why for a, h in ((56, False), (31, True))]
    assert whys == [
        "held back, as anger cannot fall below 55 until what happened is acknowledged",
        "held back, as anger cannot fall below 30 until something that mends it is agreed",
    ]


def test_anger_below_the_floor_is_not_raised_to_it() -> None:
    assert update(mood(anger=20), shows("open_question"), PLAIN).state.anger == 20


@pytest.mark.parametrize(
    ("acts", "heard"),
    [
        (("names_specific", "owned_apology"), True),
        (("paraphrase", "acknowledges_feeling"), True),
        (("names_specific", "paraphrase"), False),
        (("owned_apology", "acknowledges_feeling"), False),
        (("names_specific", "owned_apology", "blame"), False),
        (("concrete_remedy", "choice", "open_question"), False),
    ],
)
def test_the_grievance_is_heard_when_substance_and_weight_meet_in_a_harmless_turn(
    acts: tuple[str, ...], heard: bool
) -> None:
    assert update(mood(), shows(*acts), PLAIN).state.heard is heard


def test_substance_and_weight_add_up_over_two_turns_on_end_and_heard_is_not_lost_again() -> None:
    assert play(shows("names_specific"), shows("acknowledges_feeling"))[-1].heard
    assert not play(shows("names_specific"), shows(), shows("acknowledges_feeling"))[-1].heard
    assert not play(shows("names_specific", "blame"), shows("acknowledges_feeling"))[-1].heard
    assert play(shows("names_specific", "owned_apology"), shows("insult"))[-1].heard


def test_after_a_turn_that_harmed_a_turn_that_shows_both_is_believed() -> None:
    assert play(shows("brush_off"), shows("names_specific", "acknowledges_feeling"))[-1].heard


def test_an_offer_that_names_nothing_is_not_told_as_something_definite() -> None:
    why = {e.why for e in update(mood(heard=True), shows("concrete_remedy"), PLAIN).effects}
    assert weights().not_granted in why and weights().acts["concrete_remedy"].said not in why
    refused = {e.why for e in update(mood(heard=True), shows("concrete_remedy", "off_policy_promise"), PLAIN).effects}
    assert weights().not_granted not in refused, "what policy refuses was named, and is told as that"
    granted = shows("concrete_remedy").model_copy(update={"remedies": ("free-session",)})
    assert weights().acts["concrete_remedy"].said in {e.why for e in update(mood(heard=True), granted, PLAIN).effects}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("£40 back by Friday", "not_yours"),
        ("40 pounds back", "not_yours"),
        ("a full refund", "not_yours"),
        ("I'll sort something out", "not_granted"),
        ("feel free to ask and I'll help", "not_granted"),
        ("I'll see what refund I can get for you", "not_granted"),
    ],
)
def test_an_offer_of_a_sum_that_is_none_of_theirs_to_give_is_told_as_that(words: str, told: str) -> None:
    offered = Reading(acts=(Act(id="concrete_remedy", quote=words),))
    assert getattr(weights(), told) in {e.why for e in update(mood(heard=True), offered, PLAIN).effects}


@given(readings)
def test_no_hidden_fact_is_told_in_the_first_turn(reading: Reading) -> None:
    state = update(mood(trust=100), reading, PLAIN).state
    assert all(state.facts[fact.id] != "revealed" for fact in GYM.hidden)


@given(st.integers(1, 8), st.integers(0, 100), readings)
def test_at_most_one_hidden_fact_is_told_a_turn_and_only_with_its_gate_and_topic(
    turn: int, trust: int, reading: Reading
) -> None:
    state = update(mood(turn=turn, trust=trust), reading, PLAIN).state
    told = [fact for fact in GYM.hidden if state.facts[fact.id] == "revealed"]
    assert len(told) <= 1
    assert all(fact.id in reading.topics and state.trust >= fact.gate for fact in told)


def test_a_hidden_fact_needs_both_its_topic_and_its_gate() -> None:
    gate = GYM.fact("site").gate
    open_enough = mood(turn=2, trust=gate)
    assert update(open_enough, shows(topics=("site",)), PLAIN).state.facts["site"] == "revealed"
    assert update(open_enough, shows("open_question"), PLAIN).state.facts["site"] == "locked"
    assert update(mood(turn=2, trust=gate - 1), shows(topics=("site",)), PLAIN).state.facts["site"] == "approached"


def test_of_several_facts_asked_in_one_turn_one_is_told_and_the_rest_wait() -> None:
    facts = update(mood(turn=2, trust=90), shows(topics=("booking", "site", "climb")), PLAIN).state.facts
    assert [f for f, status in facts.items() if status == "revealed"] == ["site"]
    assert [facts["booking"], facts["climb"]] == ["locked", "locked"]


def test_a_plain_datum_is_told_to_whoever_asks_even_at_once() -> None:
    state = update(mood(trust=0), shows(topics=("booking",)), PLAIN).state
    assert state.facts["booking"] == "revealed"
    assert state.open_facts == ("booking",)


def test_a_told_fact_is_acknowledged_by_a_later_turn_that_takes_it_up() -> None:
    told = mood(turn=3, facts=begin(PLAIN).facts | {"site": "revealed"})
    assert update(told, shows("acknowledges_feeling"), PLAIN).state.facts["site"] == "acknowledged"
    assert update(told, shows("closed_question"), PLAIN).state.facts["site"] == "revealed"


@pytest.mark.parametrize("act", HARMING)
def test_a_harming_turn_costs_patience_whatever_else_it_holds(act: str) -> None:
    start = mood(patience=5, trust=50)
    felt = update(start, shows("paraphrase", "names_specific", act), PLAIN)
    assert felt.state.patience == 5 - weights().patience.harm
    assert any(e.on == "patience" and e.amount < 0 and e.why for e in felt.effects)


def test_an_act_that_weighs_nothing_to_this_customer_does_no_harm() -> None:
    easy = PLAIN.persona.model_copy(update={"weights": {"premature_fix": 0}})
    unmoved = PLAIN.model_copy(update={"persona": easy})
    turn = shows("premature_fix", "names_specific", "owned_apology")
    for scenario, costs in ((PLAIN, True), (unmoved, False)):
        felt = update(mood(anger=60), turn, scenario)
        assert any(e.why == "the turn did harm" for e in felt.effects) is costs
        assert (felt.state.harmed, felt.state.heard) == (int(costs), not costs)


def test_an_idle_turn_costs_patience_and_one_that_earns_trust_does_not() -> None:
    assert update(mood(patience=5), shows(), PLAIN).state.patience == 5 - weights().patience.idle
    assert update(mood(patience=5), shows("paraphrase"), PLAIN).state.patience == 5


def test_patience_does_not_fall_below_zero() -> None:
    assert update(mood(patience=0), shows("insult"), PLAIN).state.patience == 0


@given(readings)
def test_every_effect_of_an_act_carries_the_act_and_its_very_words(reading: Reading) -> None:
    seen = {act.id: act.quote for act in reading.acts}
    for effect in update(mood(turn=2), reading, GYM).effects:
        assert effect.amount != 0 or effect.why == weights().unnamed
        assert effect.why
        if effect.act:
            assert effect.quote == seen[effect.act]
            assert effect.teaches == codebook()[effect.act].teaches


def test_a_state_kept_with_what_is_no_longer_noted_still_loads() -> None:
    state = mood(anger=60)
    assert State.model_validate(state.model_dump() | {"promises": ["I'll call you today"]}) == state


def test_an_effect_reads_as_a_line_with_its_quote() -> None:
    felt = update(mood(anger=60), Reading(acts=(Act(id="paraphrase", quote="So you drove here"),)), PLAIN)
    assert str(felt.effects[0]) == "-5 anger: said back what was heard (“So you drove here”)"


def test_what_the_customer_heard_and_was_offered_is_remembered() -> None:
    turns = (
        shows("names_specific", "owned_apology", "acknowledges_feeling"),
        shows("dated_commitment", remedies=("free-session", "priority-session")),
        shows(remedies=("free-session",)),
    )
    state = play(*turns)[-1]
    assert state.offered == ("free-session", "priority-session")
    assert (state.felt_understood, state.knows_next_step) == (True, True)
    assert state.stage == "negotiating"


@pytest.mark.parametrize("act", ["insult", "manipulation", "calm_down"])
def test_no_helping_act_earns_anything_beside_an_insult_a_manipulation_or_calm_down(act: str) -> None:
    felt = update(mood(anger=60, trust=40, heard=True), shows(*HELPING, act), PLAIN)
    assert {e.act for e in felt.effects if e.act} == {act}


def test_trust_falls_about_twice_as_fast_as_it_rises() -> None:
    table = weights().acts
    rises = [table[a].trust for a in HELPING]
    falls = [-table[a].trust for a in HARMING]
    assert min(rises) > 0 and min(falls) > 0
    assert sum(falls) / len(falls) >= 1.7 * sum(rises) / len(rises)


def test_the_personas_own_weights_scale_an_act() -> None:
    touchy = PLAIN.model_copy(update={"persona": GYM.persona.model_copy(update={"weights": {"brush_off": 2.0}})})
    usual = points(update(mood(anger=40), shows("brush_off"), PLAIN), "anger", "brush_off")
    assert points(update(mood(anger=40), shows("brush_off"), touchy), "anger", "brush_off") == 2 * usual


def test_waiting_angers_unless_the_turn_eased_something() -> None:
    slow = PLAIN.model_copy(update={"difficulty": PLAIN.difficulty.model_copy(update={"drift": 3})})
    assert update(mood(anger=60), shows("closed_question"), slow).state.anger == 63
    assert update(mood(anger=65), shows("acknowledges_feeling"), slow).state.anger == 57


def test_a_respectful_limit_earns_something_only_after_a_provocation() -> None:
    calmly = shows("respectful_limit")
    assert points(update(mood(moves=("bait",)), calmly, PLAIN), "trust", "respectful_limit") > 0
    assert points(update(mood(moves=("vent",)), calmly, PLAIN), "trust", "respectful_limit") == 0


def test_a_detail_named_in_a_turn_that_helps_in_no_other_way_is_worth_half() -> None:
    alone = points(update(mood(anger=60), shows("names_specific"), PLAIN), "trust", "names_specific")
    beside = points(update(mood(anger=60), shows("names_specific", "paraphrase"), PLAIN), "trust", "names_specific")
    asking = points(
        update(mood(anger=60), shows("names_specific", "closed_question"), PLAIN), "trust", "names_specific"
    )
    assert beside == weights().acts["names_specific"].trust
    assert alone == asking == round(weights().detail_alone * beside)


def test_every_act_of_the_codebook_has_its_weight() -> None:
    assert set(weights().acts) == set(codebook())


@given(st.lists(readings, min_size=1, max_size=12))
def test_the_effects_always_add_up_to_the_change(turns: list[Reading]) -> None:
    state = begin(PLAIN)
    for reading in turns:
        felt = update(state, reading, PLAIN)
        for on in ("anger", "trust"):
            told = sum(e.amount for e in felt.effects if e.on == on)
            assert getattr(felt.state, on) - getattr(state, on) == told
        state = felt.state


@given(readings, st.integers(0, 100), st.integers(0, 100), st.booleans())
def test_they_add_up_from_every_mood_where_a_remedy_is_accepted_too(
    reading: Reading, anger: int, trust: int, heard: bool
) -> None:
    before = mood(turn=4, anger=anger, trust=trust, heard=heard, offered=("free-session",))
    felt = update(before, reading, PLAIN)
    for on in ("anger", "trust"):
        assert getattr(felt.state, on) - getattr(before, on) == sum(e.amount for e in felt.effects if e.on == on)


@given(readings)
def test_no_turn_changes_more_than_the_clamp(reading: Reading) -> None:
    clamp = PLAIN.difficulty.clamp
    state = mood(turn=2, anger=70, trust=50)
    felt = update(state, reading, PLAIN)
    assert state.anger - felt.state.anger <= clamp and felt.state.trust - state.trust <= clamp


def test_passing_over_what_was_let_out_costs_trust() -> None:
    fact = PLAIN.hidden[0].id
    reveal = {"moves": ("vent", "reveal"), "facts": mood().facts | {fact: "revealed"}, "let_out": fact}
    after_reveal = mood(turn=3, anger=60, trust=50).model_copy(update=reveal)
    cold = update(after_reveal, shows("closed_question"), PLAIN)
    warm = update(after_reveal, shows("paraphrase").model_copy(update={"takes_up": True}), PLAIN)
    assert any("passed over" in e.why for e in cold.effects) and cold.state.trust < after_reveal.trust
    assert not any("passed over" in e.why for e in warm.effects)


def test_what_was_only_circled_round_cannot_be_passed_over() -> None:
    told, near = (fact.id for fact in PLAIN.hidden[:2])
    circled = {"moves": ("vent", "reveal"), "facts": mood().facts | {told: "revealed", near: "approached"}}
    felt = update(mood(turn=3, anger=60, trust=30).model_copy(update=circled), shows("dated_commitment"), PLAIN)
    assert not any("passed over" in e.why for e in felt.effects)


@pytest.mark.parametrize(
    "unready",
    [{"heard": False}, {"anger": 53}, {"trust": 30}, {"offered": ("class-pass",)}, {"offered": ("lost-earnings",)}],
)
def test_no_remedy_is_accepted_before_its_time_below_its_worth_or_against_policy(unready: dict[str, object]) -> None:
    need = weights().accept
    ready = {"heard": True, "anger": need.anger, "trust": need.trust, "offered": ("free-session",), "turn": 3}
    assert update(mood(**ready), shows("closed_question"), PLAIN).state.accepted == "free-session"
    assert update(mood(**(ready | unready)), shows("closed_question"), PLAIN).state.accepted == ""


def test_accepting_relieves_and_says_so() -> None:
    need = weights().accept
    state = mood(heard=True, anger=need.anger, trust=need.trust, offered=("free-session",), turn=3)
    felt = update(state, shows("closed_question"), PLAIN)
    assert felt.state.anger < state.anger and any("mends it" in e.why for e in felt.effects)


def test_a_question_that_brings_something_out_earns_trust() -> None:
    state = mood(turn=2, trust=60, heard=True)
    felt = update(state, shows("open_question", topics=("climb",)), PLAIN)
    assert any("what lay behind" in e.why for e in felt.effects)
    assert felt.state.patience == state.patience


def test_coldness_alone_does_not_drive_to_the_very_top_and_an_attack_does() -> None:
    cold, hot = begin(PLAIN), begin(PLAIN)
    for _ in range(8):
        cold = update(cold, shows("brush_off", "bare_policy"), PLAIN).state
        hot = update(hot, shows("brush_off", "blame"), PLAIN).state
    assert (cold.anger, hot.anger) == (weights().cold_ceiling, 100)


def test_where_coldness_is_held_back_it_is_said_why() -> None:
    felt = update(mood(anger=90), shows("brush_off"), PLAIN)
    held = next(e for e in felt.effects if not e.act and e.amount < 0 and e.on == "anger")
    assert held.why == f"held at {felt.state.anger}, as coldness alone drives anger no higher"


def test_a_harming_act_the_reader_is_unsure_of_counts_half() -> None:
    sure, unsure = (Reading(acts=(Act(id="blame", quote="words", sure=s),)) for s in (0.9, 0.5))
    hit, half = (points(update(mood(anger=40), r, PLAIN), "anger", "blame") for r in (sure, unsure))
    assert half == pytest.approx(hit / 2, abs=1)


@pytest.mark.parametrize(
    ("number", "acts", "of"),
    [
        ("unsure_counts", (Act(id="blame", quote="words", sure=0.5),), "blame"),
        ("beside_harm", (Act(id="paraphrase", quote="one"), Act(id="arguing", quote="two")), "paraphrase"),
        ("before_heard", (Act(id="choice", quote="words"),), "choice"),
    ],
)
def test_how_far_an_act_counts_is_the_files_to_say(
    number: str, acts: tuple[Act, ...], of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, reading = mood(anger=60, trust=50, turn=3), Reading(acts=acts)
    assert points(update(start, reading, PLAIN), "anger", of) != 0
    never = weights().model_copy(update={number: 0.0})
    monkeypatch.setattr("assistant.roleplay.effects.weights", lambda: never)
    assert points(update(start, reading, PLAIN), "anger", of) == 0


def test_how_sure_a_reader_must_be_is_one_number_for_mood_score_and_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    doubtful = Act(id="blame", quote="words", sure=0.5)
    assert not scoring.points().spoils(doubtful) and "blame ?" in chips((doubtful,))
    full = scoring.points().weight(doubtful)
    trusting = weights().model_copy(update={"unsure": 0.4})
    for reads in ("assistant.roleplay.effects", "evals.scoring", "ui.coaching"):
        monkeypatch.setattr(f"{reads}.weights", lambda: trusting)
    assert scoring.points().spoils(doubtful) and "blame ?" not in chips((doubtful,))
    assert scoring.points().weight(doubtful) == 2 * full
