"""How long a fresh machine takes: ``python -m evals run start``.

Clones the checkout's HEAD into a temporary folder, gives it an empty home directory, types
``make app``, and uses the page in a real browser: seconds to the page, to the first customer
line, to the first line from the embedded model; then a second start; then ``make test``. Bytes
are what the machine's network interfaces received meanwhile (Linux only).
"""

import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.settings import subprocess_environment
from evals.browser import FLAGS, find_browser
from evals.errors import EvalError
from evals.result import Result
from evals.stats import Figure

ROOT = Path(__file__).parent.parent.parent
TARGETS = {
    "first start: page": "<= 60",
    "first start: first line from the model": "<= 120",
    "second start: page": "<= 10",
    "make test": "<= 300",
}
PORT = "7871"
ANSWERED = 90_000
"""Milliseconds: the model gets 60 seconds, then the author's line stands in."""
ADDRESS = f"http://127.0.0.1:{PORT}"
LINES = (
    "You booked Dana for six o'clock and we gave your slot away. I'm sorry, that is our mistake.",
    "That must be infuriating. What does losing tonight's session mean for you?",
    "Nobody rang you, and you drove across town for it. What would you like to happen now?",
    "I can book you in with Dana on Thursday at six, and I will ring you tomorrow by noon.",
)


def run(report: Callable[[str, float], None], with_tests: bool = True) -> Result:
    """The figures, in seconds and megabytes; each is reported as soon as it is known.

    Raises:
        EvalError: a step failed; the log's end says why.
    """
    found = _Told(report)
    with tempfile.TemporaryDirectory(prefix="even-keel-start-") as temporary:
        folder = Path(temporary)
        clone, home = folder / "clone", folder / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        received = _received()
        with _make_app(clone, home, folder / "first.log") as began:
            found["first start: page"] = _until_page(began, folder / "first.log")
            for name, seconds in _use(began).items():
                found[f"first start: {name}"] = seconds
        found["first start: MB received"] = (_received() - received) / 1e6
        with _make_app(clone, home, folder / "second.log") as began:
            found["second start: page"] = _until_page(began, folder / "second.log")
        if with_tests:
            began = time.monotonic()
            done = subprocess.run(["make", "test"], cwd=clone, env=_environment(home), capture_output=True, text=True)
            if done.returncode:
                raise EvalError(f"make test failed in the clean clone:\n{done.stdout[-3000:]}")
            found["make test"] = time.monotonic() - began
    figures = {k: Figure(value=round(v, 1), n=1, low=v, high=v) for k, v in found.items()}
    return Result(
        suite="start", about={"machine": "a clean clone with an empty home"}, figures=figures, targets=TARGETS
    )


class _Told(dict[str, float]):
    def __init__(self, report: Callable[[str, float], None]) -> None:
        super().__init__()
        self._report = report

    def __setitem__(self, name: str, value: float) -> None:
        super().__setitem__(name, value)
        self._report(name, value)


def _environment(home: Path) -> dict[str, str]:
    drop = re.compile(r"^(OPENAI_|EVEN_KEEL_|LOCAL_MODEL|DATABASE_URL|XDG_|UV_CACHE|PIP_CACHE|VIRTUAL_ENV)")
    kept = {k: v for k, v in subprocess_environment().items() if not drop.match(k)}
    return kept | {"HOME": str(home), "EVEN_KEEL_PORT": PORT, "EVEN_KEEL_OPEN_BROWSER": "0"}


@contextmanager
def _make_app(clone: Path, home: Path, log: Path) -> Iterator[float]:
    began = time.monotonic()
    with log.open("w") as out:
        process = subprocess.Popen(
            ["make", "app"], cwd=clone, env=_environment(home), stdout=out, stderr=out, start_new_session=True
        )
        try:
            yield began
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _until_page(began: float, log: Path) -> float:
    while time.monotonic() - began < 600:
        try:
            urllib.request.urlopen(ADDRESS, timeout=2).close()  # nosec B310
            return time.monotonic() - began
        except OSError:
            time.sleep(0.2)
    raise EvalError(f"the page did not come up in 10 minutes:\n{log.read_text()[-3000:]}")


def _use(began: float) -> dict[str, float]:
    """Start the practice that a first visit offers, at once, and talk until the model has spoken."""
    from playwright.sync_api import sync_playwright

    found: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page: Any = browser.new_page()
        page.goto(ADDRESS)
        page.get_by_role("button", name="Start the practice").click()
        bot = page.locator("#chat [data-testid=bot]")
        bot.first.wait_for()
        found["first customer line"] = time.monotonic() - began
        page.locator("#model-status", has_text="embedded and ready").wait_for(timeout=300_000)
        found["model ready"] = time.monotonic() - began
        for turn, line in enumerate(LINES):
            page.locator("#said textarea").fill(line)
            page.locator("#said textarea").press("Enter")
            if not turn:
                page.get_by_text("Go back and say something else").click(timeout=ANSWERED)
            # the list of turns to go back to has this one when its answer is whole
            page.locator("#turns label").nth(turn).wait_for(timeout=ANSWERED)
            if "author's line" not in bot.last.inner_text():
                found["first line from the model"] = time.monotonic() - began
                break
        browser.close()
    if "first line from the model" not in found:
        raise EvalError("the model spoke in none of the turns: every line was the author's")
    return found


def _received() -> int:
    """Bytes received on all interfaces but loopback; 0 where the system does not say."""
    path = Path("/proc/net/dev")
    if not path.exists():
        return 0
    rows = [line.split(":") for line in path.read_text().splitlines() if ":" in line]
    return sum(int(counts.split()[0]) for name, counts in rows if name.strip() != "lo")
