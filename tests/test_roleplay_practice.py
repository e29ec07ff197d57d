"""The engine: a practice is played, rewound, asked what if, and replayed bit for bit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import PracticeOver
from assistant.roleplay import patterns
from assistant.roleplay.practice import Practice, replay
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.voice import Spoken, author_line
from tests.practices import GYM, SCENARIOS, SORRY, TURNS, lost, played


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


def test_other_words_after_a_rewind_do_other_things() -> None:
    practice = played(*TURNS)
    other = practice.rewind(2).respond(GYM, "Are you an idiot?", patterns.read("Are you an idiot?"))
    assert other.turn == 3 and other.state.anger > practice.exchanges[2].state.anger


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
