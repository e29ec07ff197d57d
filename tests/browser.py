"""The app in a process of its own, and a real browser to use it with."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from evals import browser
from evals.app import free_port

ROOT = Path(__file__).parent.parent


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


class App:
    """``python app.py`` with its own folders, that can be stopped and started again at the same address."""

    def __init__(self, folder: Path, **environment: str) -> None:
        port = free_port()
        env = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "EVEN_KEEL_", "LOCAL_MODEL"))}
        env |= {"EVEN_KEEL_PORT": str(port), "EVEN_KEEL_OPEN_BROWSER": "0", "EVEN_KEEL_THREADS": "1"}
        data, shared = folder / "data", shared_folder(folder)
        env |= {"EVEN_KEEL_DATA_DIR": str(data), "EVEN_KEEL_CACHE_DIR": str(shared / "cache")}
        with FileLock(shared / "library.lock"):  # conftest's: what it guards is whole
            if (shared / "library" / "knowledge").is_dir() and not data.exists():
                shutil.copytree(shared / "library" / "knowledge", data / "knowledge")
        self.address = f"http://127.0.0.1:{port}"
        self._environment = env | environment
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "app.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        for _ in range(320):
            if self._process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=2).close()
                return
            except OSError:
                time.sleep(0.25)
        self.stop()
        pytest.fail(f"the app did not come up: {self._log.read_text()}")

    def stop(self, kill: bool = False) -> None:
        """Ask it to stop, or ``kill`` it as a crash would."""
        if self._process is not None:
            (self._process.kill if kill else self._process.terminate)()
            self._process.wait(20)


@contextmanager
def running_app(folder: Path, **environment: str) -> Iterator[str]:
    """An app while it is needed; gives its address."""
    app = App(folder, **environment)
    app.start()
    try:
        yield app.address
    finally:
        app.stop()


@contextmanager
def open_page(width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A fresh browser page that fails the test if it asks any other host."""
    with open_browser() as opened, fresh_page(opened, width, height) as page:
        yield page


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser, for several pages."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=find_browser(), args=browser.FLAGS)
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


def open_tab(page: Page, name: str) -> None:
    """Open a screen by its tab, or by the list of those that a narrow page has no room for."""
    tab = page.get_by_role("tab", name=name)
    if tab.is_visible():
        tab.click()
    else:
        page.get_by_role("button", name="More tabs").click()
        page.get_by_role("button", name=name, exact=True).click()


expect.set_options(timeout=15_000)
LOCAL = ("http://127.0.0.1:", "data:", "blob:")
