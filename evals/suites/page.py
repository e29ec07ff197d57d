"""The speed suite, part "page": what the first page weighs, what it asks for, and how soon it can be used.

A real browser opens the app, which has an endpoint and no embedded model: once with nothing in its cache, with
every request listed as it went over the wire, and once more as somebody who comes back. Then the seconds to the
button that begins a practice: from the app's start, in one tab, and in several at once. Beside the seconds of a
start stand those that the app's process spent on a core, which other work on the machine lengthens less.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from evals.app import App
from evals.browser import FLAGS, find_browser
from evals.errors import EvalError
from evals.result import Result
from evals.stats import Figure, between, single

ENDPOINT = "http://127.0.0.1:9/v1"
"""Nobody answers there, and nobody is asked."""
BUTTON = "#start-practice"
KINDS = ("Document", "Script", "Stylesheet", "Font", "Image", "Fetch", "EventSource")
STARTS, VISITS, TABS = 3, 5, (3, 10)
SETTLED = 3.0
"""Seconds after the button within which what the page still asks for counts too."""
UNPACKED = 1000
"""Bytes from which text is worth packing."""
FIRST, SECOND = "started with no data: to the button, s", "started again: to the button, s"
SPENT = "started again: of a core spent until then, s"
TARGETS = {
    "first visit: requests to another host": "= 0",
    "first visit: requests that failed": "= 0",
    "second visit: requests to another host": "= 0",
    FIRST: "<= 8",
    SECOND: "<= 8",
}


@dataclass(slots=True)
class Asked:
    """One request: its kind as the browser names it, and bytes over the wire with headers (0: from the cache)."""

    url: str
    kind: str
    size: int = 0
    packed: str = ""
    cached: bool = False
    failed: bool = False


def run(say: Callable[[str], None]) -> Result:
    """Open the page and count.

    Raises:
        EvalError: the app does not come up, or there is no browser.
    """
    figures: dict[str, Figure] = {}
    with tempfile.TemporaryDirectory(prefix="even-keel-page-") as folder, _browser() as browser:
        with _started(Path(folder), browser) as (app, seconds):
            figures[FIRST] = single(seconds, 1)
            first, again = _visits(browser, app.address)
            figures |= _weighed("first visit", first, app.address) | _weighed("second visit", again, app.address)
            say("weighed")
            figures |= _times(browser, app.address)
        times, spent = [], []
        for _ in range(STARTS):
            with _started(Path(folder), browser) as (app, seconds):
                times.append(seconds)
                spent.append(_spent(app))
                say(f"started again: {seconds:.1f} s, {spent[-1]:.1f} s of a core")
    figures |= {SECOND: between(times), SPENT: between(spent)}
    return Result(
        suite="speed", about={"part": "page"}, figures=figures, targets=TARGETS, notes=_listed(first, app.address)
    )


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # only who tests has it

    path = find_browser()
    if path is None:
        raise EvalError("There is no Chromium on this machine: install it, and run this again.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _started(folder: Path, browser: Any) -> Iterator[tuple[App, float]]:
    """The app, and the seconds from its start until the button was there."""
    with App(folder, OPENAI_BASE_URL=ENDPOINT) as app:
        yield app, app.started + _until_button(browser, app.address)


def _spent(app: App) -> float:
    """Seconds of a core that the app's process has spent; 0 where the system does not say."""
    stat = Path(f"/proc/{app.process.pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _until_button(browser: Any, address: str) -> float:
    context = browser.new_context()
    seconds = _opened(context.new_page(), address)
    context.close()
    return seconds


def _opened(page: Any, address: str) -> float:
    began = time.monotonic()
    page.goto(address, wait_until="commit")
    page.locator(BUTTON).wait_for(timeout=60_000)
    return time.monotonic() - began


def _visits(browser: Any, address: str) -> tuple[list[Asked], list[Asked]]:
    """What a first visit asks for, and a second one in the same browser."""
    context, visits = browser.new_context(), []
    for _ in range(2):
        page = context.new_page()
        asked = _watched(context.new_cdp_session(page))
        _opened(page, address)
        page.wait_for_timeout(1000 * SETTLED)
        visits.append(list(asked.values()))
        page.close()
    context.close()
    return visits[0], visits[1]


def _watched(session: Any) -> dict[str, Asked]:
    """Every request of a page from now on, by its id; it fills while the page loads."""
    asked: dict[str, Asked] = {}

    def sent(event: Any) -> None:
        if not event["request"]["url"].startswith(("data:", "blob:")):
            asked[event["requestId"]] = Asked(event["request"]["url"], event.get("type", "Other"))

    def answered(event: Any) -> None:
        if one := asked.get(event["requestId"]):
            response = event["response"]
            headers = {name.lower(): value for name, value in response["headers"].items()}
            one.packed = headers.get("content-encoding", "")
            one.cached = one.cached or bool(response.get("fromDiskCache"))
            one.failed = response["status"] >= 400
            one.size = int(response["encodedDataLength"])  # the head of it

    def grew(event: Any) -> None:
        if one := asked.get(event["requestId"]):
            one.size += int(event["encodedDataLength"])

    def finished(event: Any) -> None:
        if one := asked.get(event["requestId"]):
            one.size = 0 if one.cached else int(event["encodedDataLength"])

    def kept(event: Any) -> None:
        if one := asked.get(event["requestId"]):
            one.cached = True

    def failed(event: Any) -> None:
        if one := asked.get(event["requestId"]):
            one.failed = not event.get("canceled")

    session.on("Network.requestWillBeSent", sent)
    session.on("Network.responseReceived", answered)
    session.on("Network.dataReceived", grew)
    session.on("Network.loadingFinished", finished)
    session.on("Network.requestServedFromCache", kept)
    session.on("Network.loadingFailed", failed)
    session.send("Network.enable")
    return asked


def _weighed(visit: str, asked: list[Asked], address: str) -> dict[str, Figure]:
    """Requests and kilobytes over the wire, in all and by kind."""
    wired = [one for one in asked if not one.cached]
    elsewhere = [one for one in asked if urlsplit(one.url).netloc != urlsplit(address).netloc]
    figures = {
        f"{visit}: requests over the wire": single(len(wired), 1),
        f"{visit}: kB over the wire": single(_kilobytes(wired), 1),
        f"{visit}: requests to another host": single(len(elsewhere), len(asked)),
        f"{visit}: requests that failed": single(sum(one.failed for one in asked), len(asked)),
    }
    for kind in sorted({one.kind for one in wired}, key=lambda k: (*KINDS, k).index(k)):
        of_kind = [one for one in wired if one.kind == kind]
        figures[f"{visit}: {kind.lower()} requests"] = single(len(of_kind), 1)
        figures[f"{visit}: {kind.lower()} kB"] = single(_kilobytes(of_kind), 1)
    return figures


def _kilobytes(asked: list[Asked]) -> float:
    return sum(one.size for one in asked) / 1000


def _times(browser: Any, address: str) -> dict[str, Figure]:
    """Seconds to the button of a warm server: a visit at a time, and several tabs opened at once."""
    figures = {"warm, one tab: to the button, s": between([_until_button(browser, address) for _ in range(VISITS)])}
    for tabs in TABS:
        contexts = [browser.new_context() for _ in range(tabs)]
        pages = [context.new_page() for context in contexts]
        began, times = time.monotonic(), []
        for page in pages:
            page.evaluate("address => { setTimeout(() => location.assign(address)) }", address)
        for page in pages:
            page.locator(BUTTON).wait_for(timeout=120_000)
            times.append(time.monotonic() - began)
        figures[f"warm, {tabs} tabs at once: to the last one's button, s"] = single(max(times), tabs)
        for context in contexts:
            context.close()
    return figures


def _listed(asked: list[Asked], address: str) -> tuple[str, ...]:
    """The requests of the first visit, a line each, the heaviest first."""
    rows = sorted(asked, key=lambda one: -one.size)
    plain = [one for one in rows if one.size > UNPACKED and not one.packed]
    return (
        "The app, the browser and whatever else the machine does share its cores: the seconds are of all of it.",
        f"Sent unpacked though above {UNPACKED} bytes: "
        + (", ".join(f"{_path(one, address)} ({one.size / 1000:.1f} kB)" for one in plain) or "nothing"),
        "Every request of the first visit, kB over the wire, packed how:",
        *(f"  {one.size / 1000:8.1f}  {one.packed or '-':4}  {one.kind:11}  {_path(one, address)}" for one in rows),
    )


def _path(one: Asked, address: str) -> str:
    return one.url.removeprefix(address).partition("?")[0][:80]
