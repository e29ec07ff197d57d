"""The labelling screen in a real browser, by keyboard; two people's labels stay apart and can be taken up again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evals.labelling import mixed, written
from tests.browser import find_browser, open_page, running_app
from tests.scripted import ScriptedServer

pytestmark = pytest.mark.browser
ITEMS = mixed(written())


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    find_browser()
    folder = tmp_path_factory.mktemp("app")
    server = ScriptedServer()
    with running_app(folder, OPENAI_BASE_URL=server.url, OPENAI_MODEL="scripted") as where:
        yield where, folder / "data" / "labels"
    server.stop()


def answers(path: Path) -> list[tuple[str, str, str]]:
    return [(x["id"], x["answer"], x["quote"]) for x in map(json.loads, path.read_text().splitlines())]


def shown(page: Page, n: int) -> None:
    """The n-th item is shown (0 is the first)."""
    expect(page.locator("#label-item .ek-judged")).to_have_text(ITEMS[n].text, use_inner_text=False)


def test_labels_by_keyboard_are_kept_and_taken_up_again(app: tuple[str, Path]) -> None:
    address, folder = app
    with open_page() as page:
        page.goto(address)
        page.get_by_role("tab", name="Labels").click()
        shown(page, 0)
        expect(page.locator("#label-progress")).to_contain_text(f"0 of {len(ITEMS)} labelled")
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
        kept = answers(folder / "local.jsonl")
        assert [(i, a) for i, a, _ in kept] == [
            (first, "yes"), (second, "cannot tell"), (second, "no"), (third, "yes"),
        ]  # fmt: skip
        assert kept[-1][2] and kept[-1][2] in ITEMS[2].text
        page.reload()
        page.get_by_role("tab", name="Labels").click()
        shown(page, 3)
        expect(page.locator("#label-progress")).to_contain_text(f"3 of {len(ITEMS)} labelled")


def test_another_person_begins_at_the_first(app: tuple[str, Path]) -> None:
    address, folder = app
    with open_page() as page:
        page.goto(address)
        page.get_by_role("tab", name="Labels").click()
        name = page.get_by_label("Your name")
        expect(name).to_have_value("local")
        name.fill("../omar")
        name.press("Enter")
        expect(page.locator("#label-problem")).to_contain_text("Give a name of letters")
        name.fill("Omar")
        name.press("Enter")
        shown(page, 0)
        page.set_viewport_size({"width": 390, "height": 844})
        page.get_by_role("button", name="Not applicable (A)").click()
        shown(page, 1)
        assert answers(folder / "omar.jsonl") == [(ITEMS[0].id, "not applicable", "")]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
