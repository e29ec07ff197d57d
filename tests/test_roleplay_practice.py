import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import InputError, NotFound, PracticeOver, UnknownScenario
from assistant.llm import ChatModel
from assistant.roleplay import patterns
from assistant.roleplay.acts import Reading
from assistant.roleplay.practice import Practice, replay
from assistant.roleplay.reader import Reader
from assistant.roleplay.room import Ended, Event, Felt, PracticeRoom, Read, Said
from assistant.roleplay.scenario import Scenario, load_scenarios
from assistant.roleplay.voice import Spoken, Voice, author_line
from assistant.store import Store
from tests.conftest import WordEmbedder
from tests.scripted import ScriptedServer

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
NO_ACTS = json.dumps({"acts": []})


def played(*turns: str, seed: str = "7", scenario: Scenario = GYM) -> Practice:
    practice = Practice.begin(scenario, seed)
    for text in turns:
        if practice.ending:
            break
        exchange = practice.respond(scenario, text, patterns.read(text))
        practice = practice.with_exchange(exchange.spoken(author_line(practice.cue(scenario, exchange))))
    return practice


def lost(practice: Practice) -> Practice:
    """The practice with its last line taken by a crash."""
    return practice.with_exchange(practice.exchanges[-1].spoken(Spoken(text="", by="author")))


def test_a_new_practice_opens_with_the_customer_and_its_own_seed() -> None:
    one, other = Practice.begin(GYM), Practice.begin(GYM)
    assert one.id != other.id and one.seed and one.seed != other.seed
    assert one.transcript.by("customer") == (" ".join(GYM.opening.split()),)
    assert one.state == one.start and one.ending is None


def test_the_same_seed_and_words_give_the_same_practice_bit_for_bit() -> None:
    one, other = played(*TURNS), played(*TURNS)
    assert [e.model_dump_json() for e in one.exchanges] == [e.model_dump_json() for e in other.exchanges]


def test_a_turn_leaves_the_practice_it_was_said_in_as_it_was() -> None:
    practice = played(*TURNS[:2])
    before = practice.model_dump_json()
    practice.respond(GYM, TURNS[2], patterns.read(TURNS[2]))
    assert practice.model_dump_json() == before


def test_an_exchange_holds_the_turn_its_reading_and_the_move() -> None:
    exchange = Practice.begin(GYM, "7").respond(GYM, SORRY, patterns.read(SORRY))
    assert (exchange.turn, exchange.text, exchange.line, exchange.by) == (1, SORRY, "", "")
    assert exchange.reading.has("owned_apology", "names_specific")
    assert exchange.state.moves == (exchange.move,)
    assert exchange.effects


def test_the_transcript_holds_both_sides_and_skips_a_lost_line() -> None:
    practice = played(*TURNS[:2])
    assert [t.speaker for t in practice.transcript.turns] == ["customer", "agent", "customer", "agent", "customer"]
    assert [t.speaker for t in lost(practice).transcript.turns][-1] == "agent"


def test_the_last_exchange_is_replaced_by_its_spoken_form() -> None:
    practice = Practice.begin(GYM, "7")
    exchange = practice.respond(GYM, SORRY, patterns.read(SORRY))
    spoken = Spoken(text="Sorry for what, exactly?", by="model", model="m", rejected=("too long",), note="n")
    practice = practice.with_exchange(exchange).with_exchange(exchange.spoken(spoken))
    (last,) = practice.exchanges
    assert (last.line, last.by, last.model, last.rejected, last.note) == (
        "Sorry for what, exactly?",
        "model",
        "m",
        ("too long",),
        "n",
    )
    assert last.state == exchange.state


@pytest.mark.parametrize("turn", range(len(TURNS) + 1))
def test_rewinding_gives_a_branch_as_it_stood_and_keeps_the_original(turn: int) -> None:
    practice = played(*TURNS)
    before = practice.model_dump_json()
    branch = practice.rewind(turn)
    assert branch.exchanges == practice.exchanges[:turn] == played(*TURNS[:turn]).exchanges
    assert branch.parent == practice.id and branch.id != practice.id
    assert practice.model_dump_json() == before


def test_rewinding_before_the_beginning_is_the_beginning_and_beyond_the_end_the_end() -> None:
    practice = played(*TURNS[:3])
    assert practice.rewind(-1).exchanges == ()
    assert practice.rewind(99).exchanges == practice.exchanges


def test_the_same_words_after_a_rewind_give_the_same_exchanges() -> None:
    practice = played(*TURNS)
    branch = practice.rewind(2)
    for text in TURNS[2 : len(practice.exchanges)]:
        exchange = branch.respond(GYM, text, patterns.read(text))
        branch = branch.with_exchange(exchange.spoken(author_line(branch.cue(GYM, exchange))))
    assert branch.exchanges == practice.exchanges


def test_what_if_with_the_same_words_is_what_was_and_other_words_do_other_things() -> None:
    practice = played(*TURNS)
    stored = practice.exchanges[2]
    same = practice.what_if(GYM, 3, stored.text, patterns.read(stored.text))
    other = practice.what_if(GYM, 3, "Are you an idiot?", patterns.read("Are you an idiot?"))
    assert (same.turn, same.state, same.effects, same.move) == (3, stored.state, stored.effects, stored.move)
    assert other.state.anger > stored.state.anger


def test_what_if_may_ask_about_an_ended_practice() -> None:
    practice = played(*(["Are you an idiot?", "You should have checked."] * 5))
    assert practice.ending
    assert practice.what_if(GYM, 1, SORRY, patterns.read(SORRY)).state.ending is None


def test_an_ended_practice_takes_no_turn_until_it_is_rewound() -> None:
    practice = played(*(["Are you an idiot?", "You should have checked."] * 5))
    with pytest.raises(PracticeOver, match=str(practice.ending)):
        practice.respond(GYM, SORRY, patterns.read(SORRY))
    assert practice.rewind(0).respond(GYM, SORRY, patterns.read(SORRY)).turn == 1


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda s: s.id)
def test_replaying_gives_the_stored_states(scenario: Scenario) -> None:
    practice = played(*TURNS, scenario=scenario)
    assert replay(practice, scenario) == [e.state for e in practice.exchanges]


@given(
    st.lists(st.sampled_from(TURNS) | st.text(min_size=1, max_size=60), min_size=1, max_size=6), st.text(max_size=3)
)
def test_any_practice_replays_bit_for_bit_even_from_its_stored_form(turns: list[str], seed: str) -> None:
    practice = Practice.model_validate_json(played(*turns, seed=seed).model_dump_json())
    assert [s.model_dump_json() for s in replay(practice, GYM)] == [
        e.state.model_dump_json() for e in practice.exchanges
    ]


def test_a_practice_with_a_lost_line_replays_too() -> None:
    practice = lost(played(*TURNS[:3]))
    assert replay(practice, GYM) == [e.state for e in practice.exchanges]


def test_a_changed_state_is_told_by_the_replay() -> None:
    practice = played(*TURNS[:2])
    last = practice.exchanges[-1]
    forged = practice.with_exchange(last.model_copy(update={"state": last.state.model_copy(update={"anger": 0})}))
    assert replay(forged, GYM) != [e.state for e in forged.exchanges]


def test_a_cue_knows_what_was_told_and_whether_a_fact_is_only_circled() -> None:
    practice = played("How did you book?")
    asked = "How did this affect your day, Kevin?"
    exchange = practice.respond(GYM, asked, patterns.read(asked))
    cue = practice.cue(GYM, exchange)
    assert (cue.fact, cue.circling, cue.told) == ("site", True, ("booking",))
    assert cue.transcript.last("agent") == asked


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'deep' / 'keel.db'}")
    yield opened
    opened.close()


@pytest.fixture
def quiet(store: Store) -> PracticeRoom:
    """A room without a model: patterns read, the author speaks."""
    return PracticeRoom(SCENARIOS, Reader(None, None), Voice(None, WordEmbedder().embed), store)


@pytest_asyncio.fixture
async def room(store: Store, model: ChatModel) -> AsyncIterator[PracticeRoom]:
    """A room with the scripted model, which reads and speaks."""
    yield PracticeRoom(SCENARIOS, Reader(model, None), Voice(model, WordEmbedder().embed), store)
    await model.close()


async def events(room: PracticeRoom, practice: Practice, text: object, owner: str = "local") -> list[Event]:
    return [event async for event in room.turn(practice.id, text, owner)]


async def until_read(room: PracticeRoom, practice: Practice, text: str) -> None:
    """A turn whose process dies before the customer answers."""
    turn = room.turn(practice.id, text)
    assert isinstance(await anext(turn), Read)
    await turn.aclose()  # type: ignore[attr-defined]


def final(found: list[Event]) -> Spoken:
    return next(e.spoken for e in found if isinstance(e, Said) and e.final)


async def test_events_come_in_order_and_the_line_grows(quiet: PracticeRoom) -> None:
    found = await events(quiet, quiet.start("gym-double-booking", seed="7"), SORRY)
    assert [type(e) for e in found[:2]] == [Read, Felt]
    said = [e for e in found[2:] if isinstance(e, Said)]
    assert len(said) == len(found) - 2
    assert [e.final for e in said] == [False] * (len(said) - 1) + [True]
    assert all(said[-1].spoken.text.startswith(e.spoken.text) for e in said)


async def test_the_ending_comes_last_and_then_the_practice_takes_no_more(quiet: PracticeRoom) -> None:
    practice = quiet.start("gym-double-booking", seed="7")
    found: list[Event] = []
    for n in range(12):
        found = await events(quiet, practice, f"You idiot number {n}, this is your own fault.")
        if isinstance(found[-1], Ended):
            break
    assert isinstance(found[-1], Ended)
    stored = quiet.get(practice.id)
    assert found[-1].ending == stored.ending
    with pytest.raises(PracticeOver):
        await events(quiet, practice, SORRY)
    assert quiet.get(practice.id) == stored


async def test_what_was_said_is_what_is_stored(quiet: PracticeRoom) -> None:
    practice = quiet.start("gym-double-booking", seed="7")
    found = await events(quiet, practice, SORRY)
    (exchange,) = quiet.get(practice.id).exchanges
    assert (exchange.text, exchange.line) == (SORRY, final(found).text)
    assert [type(e) for e in found[:2]] == [Read, Felt]
    assert found[0] == Read(exchange.reading)
    assert found[1] == Felt(exchange.effects, exchange.state)


async def test_a_stored_practice_is_the_one_played_in_memory_and_replays(quiet: PracticeRoom) -> None:
    practice = quiet.start("gym-double-booking", seed="7")
    for text in TURNS[:5]:
        await events(quiet, practice, text)
    stored = quiet.get(practice.id)
    assert stored.state == played(*TURNS[:5]).state
    assert replay(stored, GYM) == [e.state for e in stored.exchanges]


async def test_typed_text_is_stored_before_the_answer(quiet: PracticeRoom) -> None:
    practice = quiet.start("gym-double-booking", seed="7")
    turn = quiet.turn(practice.id, SORRY)
    await anext(turn)
    (exchange,) = quiet.get(practice.id).exchanges
    assert (exchange.text, exchange.line) == (SORRY, "")
    await turn.aclose()  # type: ignore[attr-defined]


async def test_a_lost_answer_is_answered_on_the_next_turn(quiet: PracticeRoom) -> None:
    practice = quiet.start("gym-double-booking", seed="7")
    await until_read(quiet, practice, SORRY)
    await events(quiet, practice, TURNS[1])
    first, second = quiet.get(practice.id).exchanges
    assert (first.turn, first.text, second.turn, second.text) == (1, SORRY, 2, TURNS[1])
    assert first.line and second.line
    assert (first.line, first.state) == (played(SORRY).exchanges[0].line, played(SORRY).exchanges[0].state)


async def test_a_lost_last_line_of_an_ended_practice_is_still_said(quiet: PracticeRoom, store: Store) -> None:
    ended = played(*(["Are you an idiot?", "You should have checked."] * 5))
    assert ended.ending
    store.save_practice(lost(ended), "local")
    with pytest.raises(PracticeOver):
        await events(quiet, ended, SORRY)
    assert quiet.get(ended.id).exchanges[-1].line == ended.exchanges[-1].line


async def test_practices_outlive_the_process(tmp_path: Path) -> None:
    ids = []
    for _ in range(2):
        store = Store(f"sqlite:///{tmp_path / 'keel.db'}")
        room = PracticeRoom(SCENARIOS, Reader(None, None), Voice(None, WordEmbedder().embed), store)
        practice = room.get(ids[0]) if ids else room.start("gym-double-booking", seed="7")
        ids.append(practice.id)
        await events(room, practice, TURNS[len(practice.exchanges)])
        stored = room.get(practice.id)
        store.close()
    assert [e.text for e in stored.exchanges] == list(TURNS[:2])


async def test_another_owner_gets_not_found_for_everything(quiet: PracticeRoom) -> None:
    practice = quiet.start("gym-double-booking", owner="ann")
    stored = quiet.get(practice.id, "ann")
    for attempt in (lambda: quiet.get(practice.id, "ben"), lambda: quiet.rewind(practice.id, 0, "ben")):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(NotFound):
        await events(quiet, practice, SORRY, owner="ben")
    assert quiet.get(practice.id, "ann") == stored


async def test_a_practice_there_never_was_is_not_found(quiet: PracticeRoom) -> None:
    with pytest.raises(NotFound):
        quiet.get("nothing")
    with pytest.raises(NotFound):
        await events(quiet, Practice.begin(GYM), SORRY)


def test_an_unknown_scenario_starts_nothing(quiet: PracticeRoom) -> None:
    with pytest.raises(UnknownScenario, match="gym-double-booking"):
        quiet.start("no-such-thing")


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x07", None, 7, ["a"], "x" * 8_001])
async def test_text_that_cannot_be_taken_changes_nothing(quiet: PracticeRoom, text: object) -> None:
    practice = quiet.start("gym-double-booking", seed="7")
    with pytest.raises(InputError):
        await events(quiet, practice, text)
    assert quiet.get(practice.id) == practice


async def test_a_rewound_branch_is_stored_beside_the_original(quiet: PracticeRoom) -> None:
    practice = quiet.start("gym-double-booking", seed="7")
    for text in TURNS[:3]:
        await events(quiet, practice, text)
    original = quiet.get(practice.id)
    branch = quiet.rewind(practice.id, 1)
    await events(quiet, branch, "What would put this right for you?")
    stored = quiet.get(branch.id)
    assert (stored.parent, len(stored.exchanges)) == (practice.id, 2)
    assert stored.exchanges[0] == original.exchanges[0]
    assert quiet.get(practice.id) == original


async def test_two_practices_at_once_do_not_mix(quiet: PracticeRoom) -> None:
    one, other = (quiet.start("gym-double-booking", seed=seed) for seed in "12")
    await asyncio.gather(events(quiet, one, SORRY), events(quiet, other, TURNS[1]))
    assert [e.text for e in quiet.get(one.id).exchanges] == [SORRY]
    assert [e.text for e in quiet.get(other.id).exchanges] == [TURNS[1]]


async def test_a_model_reads_and_speaks_and_is_named(room: PracticeRoom, server: ScriptedServer) -> None:
    seen = {"acts": [{"act": "owned_apology", "quote": "i'm SORRY, we double-booked"}]}
    server.say(json.dumps(seen), "Sorry for what, exactly?")
    practice = room.start("gym-double-booking", seed="7")
    await events(room, practice, SORRY)
    (exchange,) = room.get(practice.id).exchanges
    assert exchange.reading.reader == "scripted"
    assert exchange.reading.quote("owned_apology") == "I'm sorry, we double-booked"
    assert (exchange.line, exchange.by, exchange.model) == ("Sorry for what, exactly?", "model", "scripted")


async def test_acts_the_model_makes_up_are_dropped(room: PracticeRoom, server: ScriptedServer) -> None:
    made_up = [
        {"act": "owned_apology", "quote": "words that were never said"},
        {"act": "world_peace", "quote": "double-booked"},
        {"act": "empty_input", "quote": "double-booked"},
    ]
    server.say(json.dumps({"acts": made_up}), "Sorry for what, exactly?")
    practice = room.start("gym-double-booking", seed="7")
    await events(room, practice, SORRY)
    seen = {a.id: a.quote for a in room.get(practice.id).exchanges[0].reading.acts}
    assert "world_peace" not in seen and "empty_input" not in seen
    assert all(quote in SORRY for quote in seen.values())


async def test_a_line_the_guards_refuse_is_tried_again_with_the_reason(
    room: PracticeRoom, server: ScriptedServer
) -> None:
    server.say(NO_ACTS, "How can I help you today?", "Sorry for what, exactly?")
    practice = room.start("gym-double-booking", seed="7")
    spoken = final(await events(room, practice, SORRY))
    assert (spoken.text, spoken.rejected) == ("Sorry for what, exactly?", ("speaks as staff",))
    assert "speaks as staff" in server.requests[-1]["messages"][-1]["content"]


async def test_a_model_that_never_passes_the_guards_leaves_the_word_to_the_author(
    room: PracticeRoom, server: ScriptedServer
) -> None:
    server.say(NO_ACTS, *["How can I help you today?"] * 3)
    practice = room.start("gym-double-booking", seed="7")
    spoken = final(await events(room, practice, SORRY))
    assert (spoken.by, spoken.rejected) == ("author", ("speaks as staff",) * 3)
    assert spoken.text in GYM.lines_for(room.get(practice.id).exchanges[0].move, "furious")


FAILURES = {
    "busy": lambda server: server.fail(429),
    "down": lambda server: server.fail(500),
    "refused": lambda server: server.fail(401),
    "cut": lambda server: server.cut("I want my"),
    "malformed": lambda server: server.corrupt(),
    "empty": lambda server: server.say(""),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_model_that_fails_to_speak_leaves_the_word_to_the_author_with_a_note(
    room: PracticeRoom, server: ScriptedServer, failure: str
) -> None:
    server.say(NO_ACTS)
    FAILURES[failure](server)
    practice = room.start("gym-double-booking", seed="7")
    found = await events(room, practice, SORRY)
    (exchange,) = room.get(practice.id).exchanges
    assert (exchange.text, exchange.by, exchange.line) == (SORRY, "author", final(found).text)
    assert exchange.line in GYM.lines_for(exchange.move, exchange.state.band)
    assert exchange.note.startswith("the model could not: ")


@pytest.mark.parametrize(
    ("failure", "error"), [("busy", "EndpointBusy"), ("cut", "AnswerCut"), ("malformed", "AnswerMalformed")]
)
async def test_a_model_that_fails_to_read_leaves_the_reading_to_the_patterns(
    room: PracticeRoom, server: ScriptedServer, failure: str, error: str
) -> None:
    if failure == "malformed":
        server.say("no JSON at all", '{"acts": "none"}')
    else:
        FAILURES[failure](server)
    server.say("Sorry for what, exactly?")
    practice = room.start("gym-double-booking", seed="7")
    await events(room, practice, SORRY)
    (exchange,) = room.get(practice.id).exchanges
    assert exchange.reading.reader == f"patterns (the model could not: {error})"
    words: Reading = patterns.read(SORRY)
    assert set(words.acts) <= set(exchange.reading.acts)
    assert exchange.line == "Sorry for what, exactly?"


async def test_a_practice_goes_on_when_the_model_comes_back(room: PracticeRoom, server: ScriptedServer) -> None:
    server.fail(429, times=2)
    server.say(NO_ACTS, "You think I have all night?")
    practice = room.start("gym-double-booking", seed="7")
    turns = (SORRY, "I hear how much of your evening went into this.")
    for text in turns:
        await events(room, practice, text)
    first, second = room.get(practice.id).exchanges
    assert (first.text, second.text) == turns
    assert (first.by, second.by, second.line) == ("author", "model", "You think I have all night?")
    assert second.reading.reader == "scripted"


async def test_gibberish_is_read_without_asking_the_model(room: PracticeRoom, server: ScriptedServer) -> None:
    server.say("What is that supposed to mean?")
    practice = room.start("gym-double-booking", seed="7")
    await events(room, practice, "qwrt psdfg hjklz xcvbn mqwrt")
    (exchange,) = room.get(practice.id).exchanges
    assert exchange.reading.has("manipulation")
    assert len(server.requests) == 1
