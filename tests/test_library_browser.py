"""The library in a real browser: read, search, add, be cited, remove."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import find_browser, open_page, running_app
from tests.scripted import ScriptedServer

pytestmark = pytest.mark.browser
LOST = b"# Lost things\n\n## Umbrellas\n\nAn umbrella is kept for ninety days at the depot. See [x](http://a.example/).\n"
CITED = """{"outcome": "reply", "parts": [{"purpose": "explain",
  "text": "We keep an umbrella for ninety days at the depot.",
  "quotes": [{"passage": "upload-lost-md#umbrellas",
    "words": "An umbrella is kept for ninety days at the depot"}]}]}"""


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def address(scripted: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    find_browser()
    with running_app(tmp_path_factory.mktemp("app"), OPENAI_BASE_URL=scripted.url, OPENAI_MODEL="scripted") as where:
        yield where


def test_a_document_is_read_and_its_links_open_others(address: str) -> None:
    with open_page() as page:
        page.goto(address)
        expect(page.locator("#model-status")).not_to_contain_text("Guides", timeout=90_000)  # they are indexed
        page.get_by_role("tab", name="Library").click()
        page.get_by_role("button", name="Validation", exact=True).click()
        read = page.locator("#library-shown article")
        expect(read.locator("h3")).to_have_text("Validation")
        expect(read.locator("td").first).to_contain_text("I understand, but")
        read.get_by_role("link", name="When not to").click()
        expect(page.locator("#read-validation--when-not-to")).to_be_in_viewport()
        read.get_by_role("link", name="limits with abuse").click()
        expect(read.locator("h3")).to_have_text(re.compile("abuse", re.IGNORECASE))
        expect(page.locator("#library-contents [aria-current]")).to_contain_text(re.compile("abuse", re.IGNORECASE))


def test_a_search_marks_the_sentence_and_says_why(address: str) -> None:
    with open_page(390, 844) as page:
        page.goto(address)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.get_by_role("tab", name="Library").click()
        page.set_viewport_size({"width": 390, "height": 844})
        box = page.get_by_label("Search")
        box.fill("they double-booked my session")
        box.press("Enter")
        first = page.locator("#library-shown article").first
        expect(first.locator("mark").first).to_contain_text("rebook the member with priority within 7 days")
        expect(first).to_contain_text("Found because it says")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        first.locator("h4 a").click()
        expect(page.locator("#read-gym-bookings--sessions-we-cancel-or-double-book")).to_be_in_viewport()


def test_what_is_added_is_found_and_cited_and_what_cannot_be_read_is_named(
    address: str, scripted: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "lost.md").write_bytes(LOST)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    with open_page() as page:
        page.goto(address)
        page.get_by_role("tab", name="Library").click()
        page.get_by_text("Documents of your own").click()
        page.locator("#library-files input[type=file]").set_input_files(
            [tmp_path / "broken.pdf", tmp_path / "lost.md"]
        )
        expect(page.locator("#library-files")).to_contain_text("lost")
        page.get_by_role("button", name="Add to the library").click()
        expect(page.locator("#library-report")).to_contain_text("Say whose policy it is")
        page.get_by_label("Whose policy (a short name)").fill("bus")
        page.get_by_role("button", name="Add to the library").click()
        report = page.locator("#library-report")
        expect(report).to_contain_text("Can be read, searched and cited now", timeout=60_000)
        expect(report.locator("li.refused")).to_have_count(1)
        expect(report.locator("li.refused")).to_contain_text("broken.pdf")
        expect(page.locator("#library-contents")).to_contain_text("Policies: bus")

        scripted.say(CITED)
        page.get_by_role("tab", name="Reply desk").click()
        page.locator("#message textarea").fill("I left my umbrella on the 36 bus. How long do you keep an umbrella?")
        page.get_by_label("bus", exact=True).check(timeout=60_000)
        page.get_by_role("button", name="Draft a reply").click()
        expect(page.locator("#reply-text textarea")).to_have_value(re.compile("ninety days at the depot"))
        expect(page.locator("#passages")).to_contain_text("Umbrellas")

        page.get_by_role("tab", name="Library").click()
        page.locator("#library-own").get_by_label(re.compile("lost.md")).check()
        page.get_by_role("button", name="Remove it").first.click()
        expect(report).to_contain_text("was removed", timeout=60_000)
        expect(page.locator("#library-contents")).not_to_contain_text("Policies: bus")
