"""Library, scenario editor and labelling screen in a real browser: whole journeys, by keyboard, on a phone; axe."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from evals.labelling import mixed, of_turns, written
from tests.browser import SLOWLY, find_browser, open_page, running_app
from tests.scripted import ScriptedServer

pytestmark = [pytest.mark.browser, pytest.mark.journey]
LOST = b"# Lost things\n\n## Umbrellas\n\nAn umbrella is kept for ninety days at the depot. See [x](http://a.example/).\n"
CITED = """{"outcome": "reply", "parts": [{"purpose": "explain",
  "text": "We keep an umbrella for ninety days at the depot.",
  "quotes": [{"passage": "upload-lost-md#umbrellas",
    "words": "An umbrella is kept for ninety days at the depot"}]}]}"""
ITEMS = mixed([*written(), *of_turns()])


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer(always='{"acts": []}')
    yield server
    server.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def address(scripted: ScriptedServer, folder: Path) -> Iterator[str]:
    find_browser()
    with running_app(folder, OPENAI_BASE_URL=scripted.url, OPENAI_MODEL="scripted") as where:
        yield where


def opened(page: Page, address: str, tab: str) -> None:
    page.goto(address)
    page.get_by_role("tab", name=tab).click()


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
        box = page.locator("#library-query textarea")
        box.fill("they double-booked my session")
        box.press("Enter")
        first = page.locator("#library-shown article").first
        expect(first.locator("mark").first).to_contain_text(
            "rebook the member with priority within 7 days", timeout=20_000
        )
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
        opened(page, address, "Library")
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
        expect(report).to_contain_text("can be read, searched and cited now", timeout=60_000)
        expect(report).to_contain_text("0 sentences grant something, 0 refuse")
        expect(report.locator("li.refused")).to_have_count(1)
        expect(report.locator("li.refused")).to_contain_text("broken.pdf")
        expect(page.locator("#library-contents")).to_contain_text("Policies: bus")
        page.locator("#library-query textarea").fill("how long is an umbrella kept?")
        page.locator("#library-query textarea").press("Enter")
        found = page.locator("#library-shown article").first
        expect(found.locator("mark").first).to_contain_text("kept for ninety days", timeout=60_000)  # indexed anew

        scripted.say(CITED)
        page.get_by_role("tab", name="Reply desk").click()
        page.locator("#message textarea").fill("I left my umbrella on the 36 bus. How long do you keep an umbrella?")
        page.get_by_label("bus", exact=True).check(timeout=60_000)
        page.get_by_role("button", name="Draft a reply").click()
        expect(page.locator("#reply-text textarea")).to_have_value(re.compile("ninety days at the depot"))
        expect(page.locator("#passages")).to_contain_text("Umbrellas")

        page.evaluate(SLOWLY)
        page.get_by_role("tab", name="Library").click()
        own = page.locator("#library-own").get_by_label(re.compile("lost.md"))
        own.check()
        page.wait_for_timeout(2_000)  # the list comes anew meanwhile, and once undid what was chosen
        expect(own).to_be_checked()
        page.get_by_role("button", name="Remove it").first.click()
        expect(report).to_contain_text("was removed", timeout=60_000)
        expect(page.locator("#library-contents")).not_to_contain_text("Policies: bus")


def test_a_scenario_is_copied_broken_mended_kept_and_practised(address: str, folder: Path) -> None:
    kept = folder / "data" / "scenarios"
    with open_page() as page:
        opened(page, address, "Scenarios")
        names, text, found = (page.locator(f"#scenario-{p}") for p in ("names", "text", "review"))
        save = page.get_by_role("button", name="Save", exact=True)
        practise = page.get_by_role("button", name="Practise it")
        expect(practise).to_be_disabled()
        names.get_by_label("The double-booked session").check()
        expect(found).to_contain_text("Nothing to mend")
        expect(practise).to_be_enabled()
        lefts = names.locator("label").evaluate_all("labels => labels.map((l) => l.getBoundingClientRect().left)")
        assert len(set(lefts)) == 1, "the list is one column"
        expect(text.locator(".cm-content")).to_have_attribute("contenteditable", "false")

        page.get_by_label("Id of a new one").fill("own-gym")
        page.get_by_role("button", name="Copy as my own").click()
        expect(text).to_contain_text("id: own-gym")
        expect(practise).to_be_disabled()
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
        assert not kept.exists()
        save.click()
        expect(page.locator("#scenario-note")).to_contain_text("Trainees can practise it from now on")
        assert "id: own-gym" in (kept / "own-gym.yaml").read_text()
        expect(names).to_contain_text("own-gym (yours)")

        practise.click()
        expect(page.locator("#chat")).to_be_visible()
        expect(page.locator("#chat")).to_contain_text("Three weeks ago I booked this")


def test_nothing_is_removed_without_a_tick(address: str, folder: Path) -> None:
    kept = folder / "data" / "scenarios"
    with open_page() as page:
        opened(page, address, "Scenarios")
        page.set_viewport_size({"width": 390, "height": 844})
        page.locator("#scenario-names").get_by_label(re.compile("own-gym")).check()
        page.get_by_text("Remove this scenario").click()
        page.get_by_role("button", name="Remove it").click()
        expect(page.locator("#scenario-note")).to_contain_text("Tick the box first")
        page.get_by_label(re.compile("Delete it for good")).check()
        page.get_by_role("button", name="Remove it").click()
        expect(page.locator("#scenario-note")).to_contain_text("was removed")
        assert not (kept / "own-gym.yaml").exists()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def answers(path: Path) -> list[tuple[str, str, str]]:
    return [(x["id"], x["answer"], x["quote"]) for x in map(json.loads, path.read_text().splitlines())]


def shown(page: Page, n: int) -> None:
    """The n-th item is shown (0 is the first)."""
    expect(page.locator("#label-item .ek-judged")).to_have_text(ITEMS[n].text, use_inner_text=False)


def test_labels_by_keyboard_are_kept_and_taken_up_again(address: str, folder: Path) -> None:
    kept = folder / "data" / "labels"
    with open_page() as page:
        opened(page, address, "Labels")
        shown(page, 0)
        expect(page.locator("#label-progress")).to_contain_text(re.compile("^ *0 of [0-9]+ labelled"))
        page.locator("#label-item h3").click()
        page.keyboard.press("y")
        shown(page, 1)
        page.keyboard.press("t")
        shown(page, 2)
        page.keyboard.press("b")
        expect(page.locator("#label-item")).to_contain_text("You said: cannot tell")
        page.keyboard.press("n")
        shown(page, 2)
        page.get_by_label("Words it rests on").fill("words that stand nowhere in it")
        page.get_by_role("button", name="Yes (Y)").click()
        expect(page.locator("#label-problem")).to_contain_text("do not stand in the text")
        page.locator("#label-item .ek-judged").dblclick(position={"x": 40, "y": 12})
        page.keyboard.press("q")
        page.keyboard.press("y")
        shown(page, 3)
        first, second, third = ITEMS[0].id, ITEMS[1].id, ITEMS[2].id
        said = answers(kept / "local.jsonl")
        assert [(i, a) for i, a, _ in said] == [
            (first, "yes"), (second, "cannot tell"), (second, "no"), (third, "yes"),
        ]  # fmt: skip
        assert said[-1][2] and said[-1][2] in ITEMS[2].text
        page.reload()
        page.get_by_role("tab", name="Labels").click()
        shown(page, 3)
        expect(page.locator("#label-progress")).to_contain_text(re.compile("^ *3 of [0-9]+ labelled"))


def test_another_person_begins_at_the_first(address: str, folder: Path) -> None:
    kept = folder / "data" / "labels"
    with open_page() as page:
        opened(page, address, "Labels")
        name = page.get_by_label("Your name")
        expect(name).to_have_value("local")
        name.fill("o" * 70)
        name.press("Enter")
        expect(page.locator("#label-problem")).to_contain_text("Give a name of 1 to 64 letters")
        name.fill("Omar")
        name.press("Enter")
        expect(name).to_have_value("omar")
        shown(page, 0)
        page.set_viewport_size({"width": 390, "height": 844})
        page.get_by_role("button", name="Not applicable (A)").click()
        shown(page, 1)
        assert answers(kept / "omar.jsonl") == [(ITEMS[0].id, "not applicable", "")]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_people_with_disabilities(address: str, theme: str) -> None:
    with open_page() as page:
        opened(page, f"{address}/?__theme={theme}", "Labels")
        expect(page.locator("#label-item .ek-judged")).to_be_visible()
        found = grave(page)
        page.get_by_role("tab", name="Scenarios").click()
        page.locator("#scenario-names").get_by_label("The double-booked session").check()
        expect(page.locator(".ek-preview")).to_be_visible()
        found += grave(page)
        page.get_by_role("tab", name="Library").click()
        page.locator("#library-query textarea").fill("they double-booked my session")
        page.locator("#library-query textarea").press("Enter")
        page.locator(".ek-found h4 a").first.click()
        expect(page.locator("#library-shown .ek-read")).to_be_visible()
        page.get_by_text("Documents of your own").click()
        assert found + grave(page) == []


def grave(page: Page) -> list[str]:
    """What axe calls critical or serious, where it stands."""
    page.wait_for_timeout(400)  # what fades in has its colours then
    violations = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in violations if v["impact"] in ("critical", "serious")]
