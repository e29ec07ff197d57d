"""A second demand of a message is told to the agent with the section that it belongs to."""

from collections.abc import Callable

import pytest

from assistant.reply.besides import LOOKED_AT, besides
from assistant.reply.drafting import ReplyDesk
from knowledge import Library, Passage
from tests.drafts import drafted
from tests.scripted import ScriptedServer

SESSION = "Dana cancelled my session an hour before."
LOCKER = "Also my locker was broken into and my watch is gone."
CITED = {"gym-bookings#sessions-we-cancel-or-double-book"}
LOCKERS = "gym-conduct-and-complaints#lost-property-and-lockers"


@pytest.fixture
def search(library: Library) -> Callable[[str], list[Passage]]:
    return lambda words: library.search(words, kind="policy", policy_set="gym", count=3)


def test_a_sentence_of_another_section_is_told_with_it(search: Callable[[str], list[Passage]]) -> None:
    (found,) = besides(f"{SESSION} {LOCKER}", CITED, search)
    assert (found.words, found.passage.id) == (LOCKER, LOCKERS)


@pytest.mark.parametrize(
    ("asked", "cited"),
    [
        (f"{SESSION} I waited at the desk for half an hour like a fool.", CITED),
        (f"{SESSION} {LOCKER}", {*CITED, LOCKERS}),
        (LOCKER, CITED),
        (f"{SESSION} {LOCKER}", set()),
        (f"{SESSION} Watch gone.", CITED),
    ],
    ids=["an aside", "answered", "all there is", "nothing is answered", "too short"],
)
def test_nothing_else_is_told(asked: str, cited: set[str], search: Callable[[str], list[Passage]]) -> None:
    assert besides(asked, cited, search) == ()


def test_a_long_message_is_not_searched_without_end() -> None:
    asked: list[str] = []

    def search(words: str) -> list[Passage]:
        asked.append(words)
        return []

    besides("I have told you this many times. " * 100, CITED, search)
    assert len(asked) == LOOKED_AT


async def test_the_agent_is_told_and_can_draft_from_that_section(small: ReplyDesk, server: ScriptedServer) -> None:
    server.always = "No."
    draft = await drafted(small, f"{SESSION} {LOCKER}")
    assert any(LOCKER in check and "Lost property and lockers" in check for check in draft.checks)
    assert LOCKERS in [citation.id for citation in draft.others]
    second = await drafted(small, f"{SESSION} {LOCKER}", section=LOCKERS)
    assert LOCKERS in second.cited and not any("They also write" in check for check in second.checks)
