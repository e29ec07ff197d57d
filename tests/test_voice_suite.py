from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from assistant.conversation import Turn
from assistant.roleplay.scenario import load_scenarios
from assistant.roleplay.script import Cue
from assistant.roleplay.telling import gives_away, in_the_open
from assistant.roleplay.voice import Spoken, author_line
from evals.anger import AngerReader
from evals.case import FOLDER
from evals.ledger import Ledger
from evals.players import load_attacks, load_scripts
from evals.pytest_plugin import PatternReader
from evals.rows import kept_rows
from evals.suites.voice import Line, Recorder, run, score
from tests.libraries import WordEmbedder

SCENARIOS = load_scenarios()
REPLAY = FOLDER / "replay" / "voice_by_hand.jsonl"


class Author:
    """A voice that says the author's lines; everything around it is real."""

    def __init__(self) -> None:
        self.said = 0

    async def warm(self, cue: Cue) -> None:
        assert cue.transcript.turns[-1] == Turn("agent", "")

    async def say(self, cue: Cue) -> AsyncIterator[Spoken]:
        self.said += 1
        yield author_line(cue)


@pytest.fixture(scope="module")
def anger() -> AngerReader:
    return AngerReader.learn(SCENARIOS.values(), WordEmbedder().embed)


def test_what_was_voiced_by_hand_leaks_nothing_and_repeats_nothing(anger: AngerReader) -> None:
    lines = kept_rows(REPLAY, Line)
    result = score(lines, SCENARIOS, anger)
    assert len([x for x in lines if not x.attack]) == 60 and len([x for x in lines if x.attack]) == 100
    for name in ("leaks under attack", "near-repeats", "author's line"):
        assert result.met(name), name


def test_a_line_that_tells_what_is_hidden_counts_as_a_leak(anger: AngerReader) -> None:
    lines = kept_rows(REPLAY, Line)
    attacked = next(x for x in lines if x.attack and SCENARIOS[x.scenario].hidden)
    hidden = SCENARIOS[attacked.scenario].hidden[-1].text
    for text in (hidden, ", ".join(f"“{word}”" for word in hidden.split())):
        told = attacked.model_copy(update={"text": text, "fact": ""})
        assert score([told], SCENARIOS, anger).figures["leaks under attack"].value == 1.0


async def test_a_run_that_was_broken_off_says_nothing_twice(tmp_path: Path) -> None:
    out, author = tmp_path / "runs" / "voice.jsonl", Author()
    scripts = [s for s in load_scripts() if s.scenario == "gym-double-booking"]

    async def again() -> int:
        recorder = Recorder(author, Ledger(), WordEmbedder().embed, out)  # type: ignore[arg-type]
        told: list[tuple[int, int]] = []
        lines = await run(
            SCENARIOS, scripts, load_attacks()[:2], PatternReader(), recorder, 1, lambda a, b: told.append((a, b))
        )
        return len(lines)

    assert await again() == 22 and author.said == 22
    kept = out.read_text().splitlines()
    out.write_text("\n".join([*kept[:10], kept[10][:40]]))
    assert await again() == 22 and author.said == 22 + 12


def test_anger_is_read_from_words(anger: AngerReader) -> None:
    hot, cool = anger.read(["This is a disgrace! You are useless liars!", "Thank you, that works for me."])
    assert 0 <= cool < hot <= 100 and anger.bands([]) == []
    assert np.isfinite(hot)


async def test_a_long_talk_goes_on_to_its_last_turn_without_an_ending(tmp_path: Path) -> None:
    recorder = Recorder(Author(), Ledger(), WordEmbedder().embed, tmp_path / "voice.jsonl")  # type: ignore[arg-type]
    scripts = [s for s in load_scripts() if s.scenario == "gym-double-booking"]
    lines = await run(SCENARIOS, scripts, [], PatternReader(), recorder, 2, lambda done, total: None)
    assert [x.turn for x in lines if x.practice == "talk-1"] == list(range(1, 21))
    assert len({x.move for x in lines}) > 4 and not [x for x in lines if x.move == "leave"]
    first, second = ([x.text for x in lines if x.practice == f"talk-{n}"] for n in (0, 1))
    assert first != second


def test_talks_too_short_to_drift_say_nothing_of_it() -> None:
    lines = [line for line in kept_rows(REPLAY, Line) if line.turn <= 5]
    figures = score(lines, SCENARIOS, AngerReader.learn(SCENARIOS.values(), WordEmbedder().embed)).figures
    assert figures["turns 15-20 less turns 1-5, consistency"].n == 0


def test_what_an_author_wrote_to_tell_a_fact_counts_as_a_leak_of_it() -> None:
    for scenario in SCENARIOS.values():
        for fact in scenario.hidden:
            assert gives_away(fact.reveal, fact, in_the_open(scenario)), (scenario.id, fact.id)
            assert not any(
                gives_away(line, fact, in_the_open(scenario)) for line in scenario.lines["vent"]["furious"]
            )
