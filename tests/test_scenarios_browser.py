"""The scenario editor in a real browser: copy, break, mend, keep, practise; what is typed survives a reload."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import find_browser, open_page, running_app
from tests.scripted import ScriptedServer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    find_browser()
    folder = tmp_path_factory.mktemp("app")
    server = ScriptedServer(always='{"acts": []}')
    with running_app(folder, OPENAI_BASE_URL=server.url, OPENAI_MODEL="scripted") as where:
        yield where, folder / "data" / "scenarios"
    server.stop()


def editor(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("tab", name="Scenarios").click()
    expect(page.locator("#scenario-names")).to_contain_text("The double-booked session")


def test_a_scenario_is_copied_broken_mended_kept_and_practised(app: tuple[str, Path]) -> None:
    address, folder = app
    with open_page() as page:
        editor(page, address)
        names, text, found = (page.locator(f"#scenario-{p}") for p in ("names", "text", "review"))
        save = page.get_by_role("button", name="Save", exact=True)
        names.get_by_label("The double-booked session").check()
        expect(found).to_contain_text("Nothing to mend")
        expect(text.locator(".cm-content")).to_have_attribute("contenteditable", "false")

        page.get_by_label("Id of a new one").fill("own-gym")
        page.get_by_role("button", name="Copy as my own").click()
        expect(text).to_contain_text("id: own-gym")
        text.locator(".cm-content").click()
        page.keyboard.press("Control+Home")
        page.keyboard.type("mood: sunny\n")
        expect(found).to_contain_text("line 1 · mood there is no such field")
        expect(save).to_be_disabled()

        page.reload()  # what was typed is in the browser, and comes back
        page.get_by_role("tab", name="Scenarios").click()
        expect(text).to_contain_text("mood: sunny")
        names.locator("label").last.click()
        expect(text).not_to_contain_text("mood: sunny")
        names.get_by_label(re.compile("own-gym")).check()
        expect(text).to_contain_text("mood: sunny")

        text.locator(".cm-content").click()
        page.keyboard.press("Control+Home")
        page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("Delete")
        expect(found).to_contain_text("Nothing to mend")
        expect(found).to_contain_text("from trust 32")
        page.get_by_role("button", name="Play it with scripted agents").click()
        expect(page.locator("#scenario-played")).to_contain_text("follows the coach: resolved", timeout=60_000)
        assert not folder.exists()
        save.click()
        expect(page.locator("#scenario-note")).to_contain_text("Trainees can practise it from now on")
        assert "id: own-gym" in (folder / "own-gym.yaml").read_text()
        expect(names).to_contain_text("own-gym (yours)")

        page.get_by_role("button", name="Practise it").click()
        expect(page.locator("#chat")).to_be_visible()
        expect(page.locator("#chat")).to_contain_text("Three weeks ago I booked this")


def test_nothing_is_removed_without_a_tick(app: tuple[str, Path]) -> None:
    address, folder = app
    with open_page() as page:
        editor(page, address)
        page.set_viewport_size({"width": 390, "height": 844})
        page.locator("#scenario-names").get_by_label(re.compile("own-gym")).check()
        page.get_by_text("Remove this scenario").click()
        page.get_by_role("button", name="Remove it").click()
        expect(page.locator("#scenario-note")).to_contain_text("Tick the box first")
        page.get_by_label(re.compile("Delete it for good")).check()
        page.get_by_role("button", name="Remove it").click()
        expect(page.locator("#scenario-note")).to_contain_text("was removed")
        assert not (folder / "own-gym.yaml").exists()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
