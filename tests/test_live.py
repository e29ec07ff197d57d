"""The same paths with the real embedded model: ``make live``."""

import asyncio
import re
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
from playwright.sync_api import Page, expect

from assistant.reply.draft import Drafted
from assistant.roleplay.room import Said
from assistant.roleplay.voice import Spoken
from assistant.services import Services
from assistant.settings import Settings
from tests.browser import find_browser, open_page, running_app

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
CACHE = Path(platformdirs.user_cache_dir("even-keel", appauthor=False))


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    folder = tmp_path_factory.mktemp("live")
    built = Services.build(Settings(data_dir=folder, cache_dir=CACHE, _env_file=None))
    built.library.sync()
    assert built.local
    built.local.start()
    built.reader.warm_up(wait=True)
    built.local.wait()
    assert built.local.progress.stage == "ready", built.local.progress
    yield built
    built.stop()


LINES = (
    "Good evening, how can I help?",
    "You booked Dana for six o'clock and we gave your slot away. I'm sorry, that is our mistake.",
    "What does losing tonight's session mean for you?",
    "That must be infuriating after driving across town.",
)


async def test_kevin_answers_in_character(services: Services) -> None:
    """Many samples fall to the guards, so it is asked until one stands; the author's line stands in meanwhile."""
    spoken: list[Spoken] = []
    for seed in ("live", "live again", "live once more"):
        practice = services.room.start("gym-double-booking", seed=seed)
        await services.room.warm(practice.id)
        await asyncio.wait(services.room._ahead)
        for line in LINES:
            events = services.room.turn(practice.id, line)
            spoken += [e.spoken async for e in events if isinstance(e, Said) and e.final]
        if any(s.by == "model" for s in spoken):
            break
    await services.room.close()
    await services.model.close()
    assert [s.text for s in spoken if "how can i help" in s.text.lower()] == []
    assert [s.note for s in spoken if s.note] == []  # the model was there for every line
    assert any(s.by == "model" for s in spoken), [s.rejected for s in spoken]


async def test_a_draft_cites_guide_and_policy(services: Services) -> None:
    began = time.monotonic()
    events = services.desk.draft(
        "You double-booked my session with Dana and nobody told me. I drove an hour for this!", policy_set="gym"
    )
    draft = [e.draft async for e in events if isinstance(e, Drafted)][0]
    await services.model.close()
    kinds = {c.kind for c in draft.citations if c.id in draft.cited}
    assert kinds == {"guide", "policy"}
    assert draft.text
    assert not [p for p in draft.parts if p.findings]
    print(f"\ndraft in {time.monotonic() - began:.1f} s, worded by {draft.model or 'code'}")


ANSWERED = 90_000
"""Milliseconds: the model gets 60 seconds, then the author's line, or code's plain wording, stands in."""
SORRY = "You booked Dana for six o'clock and we gave your slot away. I'm sorry, that is our mistake."
COPIED = "async (text) => (await navigator.clipboard.readText()) === text"


def test_whole_journeys_with_the_embedded_model(tmp_path: Path) -> None:
    """A first visit up to the export; then a draft, its citation opened, the reply copied."""
    find_browser()
    with running_app(tmp_path, EVEN_KEEL_CACHE_DIR=str(CACHE)) as address, open_page() as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(address)
        expect(page.locator("#model-status")).to_contain_text("embedded and ready", timeout=120_000)
        _practise(page)
        _draft(page)


def _practise(page: Page) -> None:
    page.get_by_role("button", name="Start the practice").click()
    box, chat, coach = page.locator("#said textarea"), page.locator("#chat"), page.locator("#coach")
    _say(page, LINES[0], 1)
    page.locator("#hint").click()
    expect(coach).to_contain_text("What they need now")
    box.fill(SORRY)
    page.locator("#check").click()
    expect(coach).to_contain_text("It would earn", timeout=ANSWERED)
    expect(box).to_have_value(SORRY)
    page.locator("#undo").click()
    expect(chat.locator("[data-testid=user]")).to_have_count(0)
    expect(box).to_have_value(LINES[0])  # a line of before can be said better
    _say(page, SORRY, 1)
    _say(page, LINES[2], 2)
    page.get_by_role("button", name="End and score").click()
    expect(page.locator("#scorecard")).to_contain_text("Criterion by criterion")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as JSON").click()
    saved = download.value.path().read_text(encoding="utf-8")
    assert SORRY in saved and LINES[0] not in saved


def _say(page: Page, line: str, turn: int) -> None:
    """Say it, and wait for the whole answer: then the turn is among those that one can go back to."""
    page.locator("#said textarea").fill(line)
    page.locator("#said textarea").press("Enter")
    fold = page.locator("#back .label-wrap")
    expect(fold).to_be_visible(timeout=ANSWERED)
    if not page.locator("#turns").is_visible():
        fold.click()
    expect(page.locator("#turns label")).to_have_count(turn, timeout=ANSWERED)
    said = page.locator("#chat [data-testid=bot]")  # the opening, then the answers
    expect(said).to_have_count(turn + 1)
    expect(said.last).not_to_contain_text(re.compile("is typing|draws breath"))
    assert len(said.last.inner_text().split()) >= 2


def _draft(page: Page) -> None:
    page.get_by_role("tab", name="Reply desk").click()
    page.locator("#message textarea").fill("You double-booked my session with Dana and nobody told me!")
    page.get_by_label("gym").check(timeout=90_000)  # once the guides are indexed
    page.get_by_role("button", name="Draft a reply").click()
    reply = page.locator("#reply-text textarea")
    expect(reply).to_be_visible(timeout=2 * ANSWERED)
    page.locator("#draft-shown a").first.click()
    expect(page.locator("#passages details[open] mark").first).to_be_visible()
    page.locator("#reply-text").get_by_role("button", name=re.compile("copy", re.IGNORECASE)).click()
    page.wait_for_function(COPIED, arg=reply.input_value())
    assert reply.input_value()
