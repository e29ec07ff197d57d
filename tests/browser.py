"""The app in a process of its own, and a real browser to use it with."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def find_browser() -> str:
    """The system's Chromium; without one the test is skipped, or fails where CI says that none may be."""
    for name in ("chromium", "google-chrome", "chromium-browser"):
        if path := shutil.which(name):
            return path
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    if Path(mac).exists():
        return mac
    if os.environ.get("EVEN_KEEL_STRICT"):
        pytest.fail("no browser was found, and CI must have one")
    pytest.skip("no Chromium on this machine")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_app(folder: Path, **environment: str) -> Iterator[str]:
    """``python app.py`` with its own folders; gives its address once it answers."""
    port = free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "EVEN_KEEL_", "LOCAL_MODEL"))}
    env |= {"EVEN_KEEL_PORT": str(port), "EVEN_KEEL_DATA_DIR": str(folder / "data"), "EVEN_KEEL_OPEN_BROWSER": "0"}
    env |= {"EVEN_KEEL_THREADS": "1"}
    env |= {"EVEN_KEEL_CACHE_DIR": str(folder / "cache")} | environment
    log = (folder / "app.log").open("w")
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            if process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=2).close()
                yield address
                return
            except OSError:
                time.sleep(0.25)
        pytest.fail(f"the app did not come up: {(folder / 'app.log').read_text()}")
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@contextmanager
def open_page(width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A fresh browser page that fails the test if it asks any other host."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        elsewhere: list[str] = []
        page.on("request", lambda r: None if r.url.startswith(LOCAL) else elsewhere.append(r.url))
        page.set_default_timeout(20_000)
        yield page
        browser.close()
        assert elsewhere == []


LOCAL = ("http://127.0.0.1:", "data:", "blob:")
