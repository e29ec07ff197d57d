"""The same paths with the real embedded model: ``make live``."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
from playwright.sync_api import expect

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


def test_the_page_with_the_embedded_model(tmp_path: Path) -> None:
    find_browser()
    with running_app(tmp_path, EVEN_KEEL_CACHE_DIR=str(CACHE)) as address, open_page() as page:
        page.goto(address)
        expect(page.locator("#model-status")).to_contain_text("embedded and ready", timeout=120_000)
        page.get_by_role("button", name="Start the practice").click()
        box = page.locator("#said textarea")
        expect(box).to_be_enabled()
        box.fill("You booked Dana for six o'clock and we gave your slot away. I'm sorry, that is our mistake.")
        box.press("Enter")
        said = page.locator("#chat [data-testid=bot]")  # the opening, then the answer
        expect(page.locator("#known .ek-turn")).to_be_visible(timeout=60_000)
        expect(said).to_have_count(2, timeout=60_000)
        expect(said.last).not_to_contain_text(re.compile("is typing|draws breath"), timeout=60_000)
        assert len(said.last.inner_text().split()) >= 2
