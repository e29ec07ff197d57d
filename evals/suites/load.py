"""The speed suite, parts "load", "overhead" and "start": the whole app under many practices, one, and none.

The endpoint is a process of its own with a fixed latency. Many practices take turns at once over HTTP, as events;
beside them a bare client asks the same endpoint as often and as many at a time: what the app adds to the first
word is the difference. A soak holds memory and file handles against those after a warm-up. Where fewer may be served
at once than ask, those who wait must be told so and nobody turned away.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import httpx
import numpy as np

from assistant.roleplay import patterns
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import load_scenarios
from assistant.store import Store
from evals.app import ROOT, App
from evals.errors import EvalError
from evals.process import CHECKS
from evals.result import Result
from evals.rubric import load_rubric
from evals.scorecard import score
from evals.stats import Figure, single

LATENCY = 0.3
CALLS = 2
"""Requests that a turn makes of the endpoint, one after the other: read it, then answer it."""
SIZES = (50, 200)
TURNS = 3
SOAKED, SOAK_MINUTES = 20, 2
SCENARIO = "gym-double-booking"
LINE = "You booked Dana for six o'clock, and we gave your slot away. What did that cost you?"
TARGETS = {
    "errors, 50 at once": "= 0",
    "errors, 200 at once": "= 0",
    "turned away, 50 at once where 5 are served": "= 0",
    "growth of memory in the soak": "<= 0.05",
    "file handles more after the soak": "<= 2",
    "errors in the soak": "= 0",
    "one turn more than a bare client, p50 ms": "<= 50",
    "scorecard, p50 ms": "<= 50",
    "import of the app, s": "<= 5",
}
Say = Callable[[str], None]


def run(only: str, say: Say, minutes: float = 0) -> Result:
    """The part ``only``; ``minutes`` is the soak's length, 0 the usual.

    Raises:
        EvalError: there is no such part, or the app does not come up.
    """
    parts = {"load": lambda: _load(say, minutes or SOAK_MINUTES), "overhead": lambda: _overhead(say), "start": _start}
    if only not in parts:
        raise EvalError(f"--only {only}: the parts are retrieval, {', '.join(parts)}.")
    about: dict[str, str | int | float] = {"part": only, "latency": LATENCY}
    return Result(suite="speed", about=about, figures=parts[only](), targets=TARGETS)


def _load(say: Say, minutes: float) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    with slow_endpoint() as url, tempfile.TemporaryDirectory(prefix="even-keel-load-") as folder:
        with _app(Path(folder) / "load", url) as app:
            asyncio.run(_practices(app, 5, 1))  # what is built at first use is built
            for size in SIZES:
                bare = asyncio.run(_bare(url, size, TURNS))
                told = asyncio.run(_practices(app, size, TURNS))
                figures |= _compared(told, bare, size)
                say(f"{size} at once: {len(told.first)} turns, {told.errors} errors, {told.seconds:.1f} s")
            figures |= _soak(app, minutes, say)
        with _app(Path(folder) / "few", url, EVEN_KEEL_AT_ONCE="5") as app:
            told = asyncio.run(_practices(app, 50, 1))
            figures["turned away, 50 at once where 5 are served"] = single(told.errors, 50)
            figures["told how many are ahead, 50 at once where 5 are served"] = single(told.waited, 50)
    return figures


def _soak(app: App, minutes: float, say: Say) -> dict[str, Figure]:
    """Twenty practices without a pause; held against how it stood after the first fifth."""
    ends, errors, weighed = time.monotonic() + 60 * minutes, 0, list[tuple[float, int]]()
    settled = time.monotonic() + 12 * minutes
    while time.monotonic() < ends:
        errors += asyncio.run(_practices(app, SOAKED, TURNS)).errors
        if time.monotonic() >= settled:
            time.sleep(1)  # connections that were left are closed meanwhile
            weighed.append(_weight(app))
            say(f"soak: {weighed[-1][0]:.0f} MB, {weighed[-1][1]} handles")
    (before, handles), (after, last) = weighed[0], weighed[-1]
    return {
        "errors in the soak": single(errors, len(weighed)),
        "growth of memory in the soak": single(after / before - 1, len(weighed)),
        "file handles more after the soak": single(last - handles, len(weighed)),
        "memory after the soak, MB": single(after, len(weighed)),
    }


def _overhead(say: Say) -> dict[str, Figure]:
    """One user's turn beside a bare client; then what needs no app: engine, scorecard, history."""
    with slow_endpoint() as url, tempfile.TemporaryDirectory(prefix="even-keel-load-") as folder:
        with _app(Path(folder), url) as app:
            asyncio.run(_practices(app, 1, 2))
            bare, before = asyncio.run(_bare(url, 1, 20)), _requests(app)
            told = [asyncio.run(_practices(app, 1, 4)) for _ in range(5)]
            asked = _requests(app) - before
        first = [t for one in told for t in one.first]
        figures = {
            "one turn, p50 ms": _middle(first),
            "bare client, p50 ms": _middle(bare),
            "one turn more than a bare client, p50 ms": single(1000 * (_p(first, 50) - _p(bare, 50)), len(first)),
            "one turn in times a bare client, p50": single(_p(first, 50) / _p(bare, 50), len(first)),
            "requests a turn (the bare client makes 2)": single(asked / len(first), len(first)),
        }
        say("one user: done")
        return figures | _engine() | _history(Path(folder))


def _requests(app: App) -> float:
    """How often the app asked the endpoint so far."""
    told = httpx.get(f"{app.address}/metrics", timeout=30).text
    return sum(float(x.split()[-1]) for x in told.splitlines() if x.startswith("even_keel_model_calls_total{"))


def _engine() -> dict[str, Figure]:
    scenario, rubric = load_scenarios()[SCENARIO], load_rubric("process", CHECKS)
    practice = Practice.begin(scenario, seed="7")
    turns = []
    for _ in range(10):
        began = time.perf_counter()
        exchange = practice.respond(scenario, LINE, patterns.read(LINE))
        turns.append(time.perf_counter() - began)
        practice = practice.with_exchange(exchange.model_copy(update={"line": "And then?", "by": "author"}))
        if practice.over:
            break
    cards = []
    for _ in range(20):
        began = time.perf_counter()
        score(practice, scenario, rubric)
        cards.append(time.perf_counter() - began)
    return {"a turn read by patterns and felt, p50 ms": _middle(turns), "scorecard, p50 ms": _middle(cards)}


def _history(folder: Path) -> dict[str, Figure]:
    """What one practice and a list of them cost as ten and a hundred times as many are kept."""
    scenario, figures = load_scenarios()[SCENARIO], dict[str, Figure]()
    store, kept = Store(f"sqlite:///{folder / 'history.db'}"), 0
    try:
        for size in (20, 200, 2000):
            for _ in range(size - kept):
                practice = Practice.begin(scenario)
                exchange = practice.respond(scenario, LINE, patterns.read(LINE))
                store.save_practice(practice.with_exchange(exchange), "ann")
            kept = size
            one, newest = partial(store.practice, practice.id, "ann"), partial(store.practices, "ann")
            for what, ask in (("one practice", one), ("the newest 200", newest)):
                figures[f"{what} of {size} kept, p50 ms"] = _middle([_seconds(ask) for _ in range(5)])
    finally:
        store.close()
    return figures


def _seconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def _start() -> dict[str, Figure]:
    """Imports and the first answer, each beside the bare thing."""
    figures = {}
    for name, code in (
        ("bare interpreter, s", "pass"),
        ("import of gradio alone, s", "import gradio"),
        ("import of the app, s", "import app, assistant.services, ui.page, ui.site"),
    ):
        times = []
        for _ in range(3):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
            times.append(time.perf_counter() - began)
        figures[name] = Figure(value=float(np.median(times)), n=3, low=min(times), high=max(times))
    with slow_endpoint() as url, tempfile.TemporaryDirectory(prefix="even-keel-load-") as folder:
        for when in ("first", "second"):
            with _app(Path(folder), url) as app:
                figures[f"{when} start to the first answer, s"] = single(app.started, 1)
    return figures


class _Told:
    """What many practices heard: seconds to each first word, errors, and how many were told to wait."""

    def __init__(self) -> None:
        self.first: list[float] = []
        self.errors = 0
        self.waited = 0
        self.seconds = 0.0


async def _practices(app: App, count: int, turns: int) -> _Told:
    """So many practices at once, so many turns each."""
    told, began = _Told(), time.perf_counter()
    async with _client() as client:

        async def one() -> None:
            try:
                body = {"scenario": SCENARIO, "difficulty": "gentle"}
                begun = await client.post(f"{app.address}/api/v1/practices", json=body)
                practice = begun.raise_for_status().json()["id"]
                for _ in range(turns):
                    await _turn(client, f"{app.address}/api/v1/practices/{practice}/turns", told)
            except (httpx.HTTPError, KeyError, ValueError):
                told.errors += 1

        await asyncio.gather(*(one() for _ in range(count)))
    told.seconds = time.perf_counter() - began
    return told


async def _turn(client: httpx.AsyncClient, url: str, told: _Told) -> None:
    sent, first, waited, final = time.perf_counter(), 0.0, False, False
    async with client.stream("POST", url, json={"text": LINE}, headers={"Accept": "text/event-stream"}) as answer:
        answer.raise_for_status()
        name = ""
        async for line in answer.aiter_lines():
            name = line[7:] if line.startswith("event: ") else name
            if line.startswith("data: "):
                waited = waited or name == "waiting"
                if name == "said":
                    first = first or time.perf_counter() - sent
                    final = final or bool(json.loads(line[6:])["final"])
    told.waited += waited
    if not final:
        raise ValueError("no whole line came")
    told.first.append(first)


async def _bare(url: str, count: int, turns: int) -> list[float]:
    """Seconds of as many turns' requests, asked by nothing but an HTTP client."""
    found: list[float] = []
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
    async with _client() as client:

        async def one() -> None:
            for _ in range(turns):
                sent = time.perf_counter()
                for _ in range(CALLS):
                    (await client.post(f"{url}/chat/completions", json=body)).raise_for_status()
                found.append(time.perf_counter() - sent)

        await asyncio.gather(*(one() for _ in range(count)))
    return found


def _compared(told: _Told, bare: list[float], size: int) -> dict[str, Figure]:
    n = len(told.first)
    if not n:
        raise EvalError(f"None of {size} practices took a turn: see the app's log.")
    figures = {f"errors, {size} at once": single(told.errors, size)}
    for rank in (50, 95):
        ours, theirs = _p(told.first, rank), _p(bare, rank)
        figures[f"first word, {size} at once, p{rank} ms"] = single(1000 * ours, n)
        figures[f"added to a bare client, {size} at once, p{rank} ms"] = single(1000 * (ours - theirs), n)
    figures[f"first word in times a bare client, {size} at once, p50"] = single(_p(told.first, 50) / _p(bare, 50), n)
    figures[f"turns a second, {size} at once"] = single(n / told.seconds, n)
    return figures


@asynccontextmanager
async def _client() -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        yield client


@contextmanager
def slow_endpoint() -> Iterator[str]:
    """An endpoint of fixed latency in a process of its own; gives its address."""
    command = [sys.executable, "-m", "evals.suites.slow_endpoint", str(LATENCY)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        process.stdin.close()


@contextmanager
def _app(folder: Path, url: str, **environment: str) -> Iterator[App]:
    """The app at the endpoint, once its guides are indexed and nothing is left to do beside turns."""
    with App(folder, OPENAI_BASE_URL=url, OPENAI_MODEL="fixed", **environment) as app:
        ends = time.monotonic() + 120
        while httpx.get(f"{app.address}/readyz", timeout=30).status_code != 200 and time.monotonic() < ends:
            time.sleep(0.2)
        yield app


def _weight(app: App) -> tuple[float, int]:
    """Resident megabytes and open file handles of the app; 0 where the system does not say."""
    process = Path(f"/proc/{app.process.pid}")
    if not process.exists():
        return 1.0, 0
    resident = next(x for x in (process / "status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(resident.split()[1]) / 1024, len(list((process / "fd").iterdir()))


def _p(times: list[float], rank: int) -> float:
    return float(np.percentile(times, rank))


def _middle(times: list[float]) -> Figure:
    """The median in milliseconds, between the lowest and the highest."""
    return Figure(value=1000 * _p(times, 50), n=len(times), low=1000 * min(times), high=1000 * max(times))
