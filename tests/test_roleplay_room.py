"""The room: practices are stored turn by turn, read and spoken by a model that may fail."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from assistant.errors import InputError, ModelError, ModelNotReady, NotFound, PracticeOver, UnknownScenario
from assistant.llm import ChatModel
from assistant.roleplay import patterns
from assistant.roleplay.acts import Reading
from assistant.roleplay.practice import Practice, replay
from assistant.roleplay.reader import WHY, Reader
from assistant.roleplay.room import Ended, Event, Felt, PracticeRoom, Read, Said, understood
from assistant.roleplay.voice import Spoken, Voice
from assistant.store import Store
from tests.libraries import WordEmbedder
from tests.practices import GYM, SCENARIOS, SORRY, TURNS, lost, played
from tests.scripted import ScriptedServer

NO_ACTS = json.dumps({"acts": []})


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
    with pytest.raises(InputError, match="no turn 99 to go back to"):
        quiet.rewind(practice.id, 99)
    branch = quiet.rewind(practice.id, 1)
    assert quiet.later(practice) == branch and quiet.later(branch) is None and quiet.later(practice, "ben") is None
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
    ("failure", "why"),
    [
        ("busy", "it was over its limit"),
        ("cut", "its answer broke off"),
        ("malformed", "its answer was not what was asked for"),
    ],
)
async def test_a_model_that_fails_to_read_leaves_the_reading_to_the_patterns(
    room: PracticeRoom, server: ScriptedServer, failure: str, why: str
) -> None:
    if failure == "malformed":
        server.say("no JSON at all", '{"acts": "none"}')
    else:
        FAILURES[failure](server)
    server.say("Sorry for what, exactly?")
    practice = room.start("gym-double-booking", seed="7")
    await events(room, practice, SORRY)
    (exchange,) = room.get(practice.id).exchanges
    assert exchange.reading.reader == f"patterns (the model could not: {why})"
    words: Reading = patterns.read(SORRY)
    assert set(words.acts) <= set(exchange.reading.acts)
    assert exchange.line == "Sorry for what, exactly?"


def test_a_trainee_is_told_in_words_whatever_a_model_could_not() -> None:
    assert WHY.keys() == {*ModelError.__subclasses__()} - {ModelNotReady}


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


@pytest.mark.parametrize("code", ["\x00", "\x1b", "\x7f", "\x80", "\x9b", "\ud800"])
def test_a_terminal_s_codes_are_no_part_of_a_turn(code: str) -> None:
    assert understood(f"We took{code} your slot.\n\tI am sorry.") == "We took your slot.\n\tI am sorry."


def test_what_joins_letters_and_pictures_stays_in_a_turn() -> None:
    assert understood("We took your slot 👨\u200d👩\u200d👧.") == "We took your slot 👨\u200d👩\u200d👧."


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Lo siento mucho, es culpa nuestra y entiendo que está muy enfadado con nosotros.", "Spanish"),
        ("Мне очень жаль, это наша ошибка.", "Russian"),
        ("非常抱歉，这是我们的错。", "Chinese"),
    ],
)
async def test_another_language_is_refused_in_words_and_costs_nothing(
    room: PracticeRoom, text: str, language: str
) -> None:
    practice = room.start("gym-double-booking")
    with pytest.raises(InputError, match=f"looks like {language}"):
        [event async for event in room.turn(practice.id, text)]
    assert room.get(practice.id).exchanges == ()


@pytest.mark.parametrize(
    "text", ["Sorry.", "No, no, no. I do not know what to do.", "Señor García, I am so sorry.", "42"]
)
def test_what_may_be_english_is_taken(text: str) -> None:
    assert understood(text) == text
