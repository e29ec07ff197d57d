"""What the coach says in a scenario's words: each line is there, sounds like speech and earns its credit."""

import re
from typing import get_args

import pytest

from assistant.conversation import Transcript
from assistant.roleplay import patterns
from assistant.roleplay.acts import Reading
from assistant.roleplay.coach import advice, book, hint, worded
from assistant.roleplay.context import complete
from assistant.roleplay.offers import find, off_policy, offers
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Fact, Remedy, Scenario, Situation, load_scenarios
from assistant.roleplay.state import FactStatus, begin, update

SCENARIOS = load_scenarios()
HIDDEN = [(s, f) for s in SCENARIOS.values() for f in s.hidden]
ALONE = [(s, r) for s in SCENARIOS.values() for r in s.remedies if r.authority == "alone"]
URGENT = {
    "medical-appointment-moved": ("nurse",),
    "restaurant-allergy-mistake": ("ambulance",),
    "utility-disconnection": ("reconnect",),
}

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda s: s.id)
every_hidden_fact = pytest.mark.parametrize(("scenario", "fact"), HIDDEN, ids=[f"{s.id}-{f.id}" for s, f in HIDDEN])
every_own_remedy = pytest.mark.parametrize(("scenario", "remedy"), ALONE, ids=[f"{s.id}-{r.id}" for s, r in ALONE])


def words(line: str) -> int:
    return len(line.split())


def read(scenario: Scenario, text: str, told: Fact | None = None, heard: bool = True) -> Reading:
    """The turn as the engine reads it by patterns, after the opening and, if any, after a fact was told."""
    talk = Transcript().add("customer", scenario.opening)
    start = begin(scenario)
    facts = start.facts
    if told:
        now: FactStatus = "revealed"
        talk = talk.add("agent", told.question).add("customer", told.reveal)
        facts = facts | {told.id: now}
    state = start.model_copy(update={"heard": heard, "facts": facts})
    return complete(patterns.read(text), text, talk, scenario, state)


@every_scenario
def test_the_grievance_is_owned_in_the_customers_own_details_and_without_harm(scenario: Scenario) -> None:
    assert 15 <= words(scenario.owned) <= 35
    reading = read(scenario, scenario.owned, heard=False)
    assert reading.has("names_specific")
    assert reading.has("owned_apology")
    assert not reading.harms()


@every_scenario
def test_what_the_grievance_owns_holds_no_promise_beyond_policy(scenario: Scenario) -> None:
    assert not off_policy(scenario.owned, offers(scenario.owned, scenario), scenario)


@every_hidden_fact
def test_the_question_opens_this_fact_and_no_other(scenario: Scenario, fact: Fact) -> None:
    assert 8 <= words(fact.question) <= 20
    assert any(re.search(rf"\b(?:{ask})", fact.question, re.I) for ask in fact.asks)
    assert [f.id for f in scenario.facts if find(f.asks, fact.question)] == [fact.id]


TAIL = re.compile(r"\[\^[^]]*\]\{0,\d+\}(?:\((?:[^()]|\([^()]*\))*\)\?)*$")
"""A pattern's end that may be wanting: its beginning alone asks then, which its author did not mean."""


@every_scenario
def test_no_pattern_of_a_question_has_an_end_that_may_be_wanting(scenario: Scenario) -> None:
    assert [ask for fact in scenario.facts for ask in fact.asks if TAIL.search(ask)] == []


@every_hidden_fact
def test_the_question_is_one_open_question(scenario: Scenario, fact: Fact) -> None:
    assert fact.question.endswith("?")
    assert fact.question.count("?") == 1
    reading = read(scenario, fact.question)
    assert reading.has("open_question")
    assert not reading.harms()


@every_hidden_fact
def test_a_told_fact_is_said_back_in_own_words_and_taken_up(scenario: Scenario, fact: Fact) -> None:
    assert 8 <= words(fact.said_back) <= 22
    reading = read(scenario, fact.said_back, told=fact)
    assert reading.has("paraphrase")
    assert reading.takes_up
    assert not reading.harms()


@every_own_remedy
def test_the_offer_is_read_as_this_remedy_alone_and_keeps_to_policy(scenario: Scenario, remedy: Remedy) -> None:
    assert 10 <= words(remedy.offer) <= 28
    assert remedy.offer.startswith(("I can ", "I'm "))
    found = offers(remedy.offer, scenario)
    assert set(found) == {remedy.id}
    assert not off_policy(remedy.offer, found, scenario)
    reading = read(scenario, remedy.offer)
    assert reading.remedies == (remedy.id,)
    assert not reading.harms()


@every_scenario
def test_only_what_an_agent_may_grant_alone_has_an_offer(scenario: Scenario) -> None:
    assert not [r.id for r in scenario.remedies if r.offer and r.authority != "alone"]


@every_scenario
def test_only_help_that_cannot_wait_for_an_apology_is_urgent(scenario: Scenario) -> None:
    assert tuple(r.id for r in scenario.remedies if r.urgent) == URGENT.get(scenario.id, ())


@every_scenario
def test_what_is_told_to_whoever_asks_needs_no_coaching(scenario: Scenario) -> None:
    assert not [f.id for f in scenario.facts if not f.gate and (f.question or f.said_back)]


def test_a_candidate_is_given_no_life_that_was_not_lived() -> None:
    """What only the trainee can know stands in brackets."""
    own = [r for r in SCENARIOS["job-interviewer"].remedies if r.authority == "alone"]
    assert own and all("[" in remedy.offer for remedy in own)


def test_after_an_injury_nothing_is_said_of_whose_fault_it_is() -> None:
    assert not re.search(r"fault|to blame", SCENARIOS["restaurant-allergy-mistake"].owned, re.I)


def test_who_is_ill_now_is_sent_to_the_emergency_number() -> None:
    nurse = next(r for r in SCENARIOS["medical-appointment-moved"].remedies if r.id == "nurse")
    assert "999" in nurse.policy


@every_scenario
def test_the_question_that_the_coach_shows_where_no_fact_is_named_opens_the_one_in_reach(scenario: Scenario) -> None:
    nearest = min(scenario.hidden, key=lambda f: f.gate)
    state = begin(scenario).model_copy(update={"heard": True, "turn": 3, "trust": nearest.gate})
    for question in (book().open_question, "What did this mean for you?"):
        seen = complete(
            patterns.read(question), question, Transcript().add("customer", scenario.opening), scenario, state
        )
        assert update(state, seen, scenario).state.facts[nearest.id] == "revealed"


NATURAL = {
    ("gym-double-booking", "priority-session"): (
        "Ok. I can give you Thursday at six with Dana, first in line, or Friday. Which one is better?",
        "You can have Thursday at six with Dana.",
        "I can move you to Thursday at six with Dana.",
        "I can book Dana for you on Thursday.",
        "How about Thursday at six with Dana?",
    ),
    ("gym-double-booking", "free-session"): ("The next session is on us.", "You won't pay for the next session."),
    ("abusive-caller", "engineer-tonight"): ("I can put you down for tonight, six to nine.",),
    ("abusive-caller", "case-owner"): ("You get my number and you ring me.",),
    ("bank-fee-vulnerable-customer", "quiet-time"): ("You won't get another red letter from us.",),
    ("cancelled-flight", "rebook-morning"): ("There's a seat for you tomorrow morning.",),
    ("colleagues-mediated", "rota"): ("From next week the late shifts are shared.",),
    ("hotel-room-not-as-booked", "garden-suite"): ("You can have a room on the ground floor.",),
    ("insurance-claim-denied", "review"): (
        "I'm opening your claim again today.",
        "I'll have another handler check it.",
    ),
    ("job-interviewer", "example"): ("Two years ago a lady threw a bag at me.",),
    ("job-interviewer", "mistake"): ("I shouted back at him.",),
    ("late-parcel", "send-again"): ("I can ship it again tonight.",),
    ("medical-appointment-moved", "kirkby"): ("You can come on Wednesday, in Kirkby.",),
    ("refund-outside-policy", "partial-refund"): ("You can keep the chair and get £25 back.",),
    ("restaurant-allergy-mistake", "written-account"): ("You'll get a report from us on Monday.",),
    ("software-outage-deadline", "manual-file"): ("You get the file in 45 minutes.",),
    ("subscription-that-cannot-be-cancelled", "kill"): ("I'm ending it by hand.",),
    ("telecom-bill-shock", "fast-refund"): ("I can pay it to your bank today.",),
    ("utility-disconnection", "reconnect"): ("You'll have power again in an hour.",),
}


@pytest.mark.parametrize(
    ("scenario", "remedy", "line"), [(s, r, line) for (s, r), lines in NATURAL.items() for line in lines]
)
def test_a_remedy_is_found_as_people_offer_it(scenario: str, remedy: str, line: str) -> None:
    found = offers(line, SCENARIOS[scenario])
    assert remedy in found and not off_policy(line, found, SCENARIOS[scenario])


@pytest.mark.parametrize("name", sorted(SCENARIOS.keys() - {"job-interviewer"}))  # there what is told is the remedy
def test_what_happened_is_told_and_owned_without_putting_a_remedy_on_the_table(name: str) -> None:
    scenario = SCENARIOS[name]
    assert not offers(scenario.grievance, scenario)
    assert not offers(scenario.owned, scenario)


@every_scenario
def test_what_the_coach_says_otherwise_in_a_scenario_is_of_a_situation_and_earns_its_act(scenario: Scenario) -> None:
    assert scenario.coach.advice.keys() <= set(get_args(Situation))
    for here in get_args(Situation):
        own = scenario.coach.advice.get(here)
        if own is not None and own.rewrite:
            seen = read(scenario, worded(here, scenario, question="", told=""))
            assert seen.has(advice(here, scenario).act) and not seen.harms(), here


def test_a_candidate_is_not_coached_as_if_at_a_desk() -> None:
    interview = SCENARIOS["job-interviewer"]
    said = " ".join(
        " ".join((a.needs, a.technique, a.shape, a.rewrite))
        for a in (advice(here, interview) for here in get_args(Situation) if here not in ("danger", "refused_demand"))
    )
    said += " ".join(hint(Practice.begin(interview, "1"), interview).manner)
    assert not re.search(r"customer|desk between you|and we \[|within the hour|put right", said)
