"""The app in a process of its own, and a real browser to use it with."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from evals import app, browser
from tests.libraries import copied

SLOWLY = """() => {
  const fetched = window.fetch;
  const late = (...asked) => new Promise((done) => setTimeout(() => done(fetched(...asked)), 500));
  window.fetch = (...asked) => (String(asked[0]).includes("queue/join") ? late : fetched)(...asked);
}"""
"""Run in the browser: what is pressed reaches the server half a second later."""
ENDS_LATE = """() => {
  const read = ReadableStreamDefaultReader.prototype.read;
  ReadableStreamDefaultReader.prototype.read = async function (...asked) {
    const got = await read.apply(this, asked);
    const over = typeof got.value === "string" && got.value.includes('"msg":"process_completed"');
    if (over) await new Promise((done) => setTimeout(done, 700));
    return got;
  };
}"""
"""Run in the browser before the page: it is told 0.7 s late that an event is over, as on a busy machine."""


BEHIND = """() => {
  const read = ReadableStreamDefaultReader.prototype.read;
  ReadableStreamDefaultReader.prototype.read = async function (...asked) {
    this.come ??= [];
    if (this.come.length) return this.come.shift();
    const next = () => (this.coming ??= read.apply(this, asked));
    const over = new Promise((done) => setTimeout(done, 700));
    let got = await next();
    while (got) {
      this.coming = undefined;
      this.come.push(got);
      got = got.done ? undefined : await Promise.race([next(), over]);
    }
    return this.come.shift();
  };
}"""
"""Run in the browser before the page: what the server tells within 0.7 s comes at once, as on a busy machine."""


def find_browser() -> str:
    """The system's Chromium; without one the test is skipped, or fails where CI says that none may be."""
    if path := browser.find_browser():
        return path
    if os.environ.get("EVEN_KEEL_STRICT"):
        pytest.fail("no browser was found, and CI must have one")
    pytest.skip("no Chromium on this machine")


def shared_folder(folder: Path) -> Path:
    """What all tests of a run share, given a folder of one: what a first start learns and indexes is made once."""
    return folder.parents[1] if os.environ.get("PYTEST_XDIST_WORKER") else folder.parent


class App(app.App):
    """The app as suites run it, with what a first start learns and indexes already in its folders."""

    def __init__(self, folder: Path, **environment: str) -> None:
        data, shared = folder / "data", shared_folder(folder)
        with FileLock(shared / "library.lock"):  # conftest's: what it guards is whole
            if (shared / "library" / "knowledge").is_dir() and not data.exists():
                copied(shared / "library" / "knowledge", data / "knowledge")
        ours = {"EVEN_KEEL_CACHE_DIR": str(shared / "cache"), "EVEN_KEEL_THREADS": "1"}
        super().__init__(folder, **(ours | environment))


@contextmanager
def running_app(folder: Path, **environment: str) -> Iterator[str]:
    """An app while it is needed; gives its address."""
    with App(folder, **environment) as running:
        yield running.address
        running.stop()


@contextmanager
def open_page(width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A fresh browser page that fails the test if it asks any other host."""
    with open_browser() as opened, fresh_page(opened, width, height) as page:
        yield page


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser, for several pages one after the other."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=find_browser(), args=browser.FLAGS)
        yield opened
        opened.close()


@contextmanager
def another_browser(beside: Browser) -> Iterator[Browser]:
    """One for a second person: of two pages in one browser that behind may take no click for a while."""
    opened = beside.browser_type.launch(executable_path=find_browser(), args=browser.FLAGS)
    yield opened
    opened.close()


@contextmanager
def fresh_page(opened: Browser, width: int = 1280, height: int = 900, dark: bool = False) -> Iterator[Page]:
    """A page that remembers nothing, narrow ones with touch; fails the test if it asks any other host."""
    context = opened.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        has_touch=width < 600,
    )
    elsewhere: list[str] = []
    context.on("request", lambda r: None if r.url.startswith(LOCAL) else elsewhere.append(r.url))
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
    assert elsewhere == []


def begin(page: Page, title: str = "The double-booked session") -> Locator:
    """Pick a scenario from the lobby by its card; gives the box to write in."""
    fold = page.get_by_text("Choose another customer")
    expect(page.locator("#start-practice")).to_be_visible()
    if fold.is_visible():
        fold.click()
    page.get_by_role("button", name=title).click()
    box = page.locator("#said textarea")
    expect(box).to_be_visible()
    return box


def feel(page: Page, feeling: str) -> Locator:
    """Write in the lobby how one feels; gives the box."""
    page.locator("#options .label-wrap").click()
    box = page.locator("#options textarea")
    expect(box).to_be_visible()
    page.wait_for_timeout(100)  # while it is laid out, for 2 ms, a script can write what the page then empties
    box.fill(feeling)
    return box


def open_tab(page: Page, name: str) -> None:
    """Open a screen by its tab, or by the list of those that a narrow page has no room for."""
    tab, more = page.get_by_role("tab", name=name), page.get_by_role("button", name="More tabs")
    expect(tab.or_(more).locator("visible=true").first).to_be_visible()  # a page that loads has neither
    if tab.is_visible():
        tab.click()
    else:
        more.click()
        page.get_by_role("button", name=name, exact=True).click()


expect.set_options(timeout=15_000)
LOCAL = ("http://127.0.0.1:", "data:", "blob:")
