"""The gym practice as it is played in tests of the engine and of the room, and turns as they are completed."""

from assistant.conversation import Transcript
from assistant.roleplay import patterns
from assistant.roleplay.acts import Act, Reading
from assistant.roleplay.context import complete
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario, load_scenarios
from assistant.roleplay.state import begin
from assistant.roleplay.voice import Spoken, author_line

SCENARIOS = load_scenarios()
GYM = SCENARIOS["gym-double-booking"]
SORRY = "I'm sorry, we double-booked your six o'clock with Dana, and that must be infuriating."
TURNS = (
    SORRY,
    "So you booked three weeks ago and drove across town. What did it cost you to get here?",
    "ok",
    "Please calm down.",
    "What are you training for with Dana?",
    "I'll rebook you with Dana on Thursday at six.",
    "What are you training for with Dana?",
)


def played(*turns: str, seed: str = "7", scenario: Scenario = GYM) -> Practice:
    practice = Practice.begin(scenario, seed)
    for text in turns:
        if practice.ending:
            break
        exchange = practice.respond(scenario, text, patterns.read(text))
        practice = practice.with_exchange(exchange.spoken(author_line(practice.cue(scenario, exchange))))
    return practice


def completed(acts: dict[str, str], text: str, scenario: Scenario, **changes: object) -> Reading:
    """A turn of which a reader saw some acts (id → quote), as the scenario completes it."""
    seen = Reading(acts=tuple(Act(id=i, quote=q) for i, q in acts.items()))
    state = begin(scenario).model_copy(update=changes)
    return complete(seen, text, Transcript().add("customer", scenario.opening), scenario, state)


def lost(practice: Practice) -> Practice:
    """The practice with its last line taken by a crash."""
    return practice.with_exchange(practice.exchanges[-1].spoken(Spoken(text="", by="author")))
