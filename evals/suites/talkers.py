"""Many practices at once over HTTP, as events, and a bare client beside them: what the speed suites ask with.

    with slow_endpoint() as url, ready_app(folder, url) as app:
        told = asyncio.run(practices(app, 200, turns=3))      # told.first, told.errors, told.causes, told.waited

The endpoint is a process of its own with a fixed latency.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count as numbers
from pathlib import Path

import httpx
import numpy as np

from assistant.learn import learn_apart
from assistant.roleplay.lines import ACTS
from assistant.services import open_embedder
from assistant.settings import load_settings
from evals.app import ROOT, App
from evals.stats import Figure, between

LATENCY = 0.3
"""Seconds that the endpoint takes for an answer."""
CALLS = 2
"""Requests that a turn makes of the endpoint, one after the other: read it, then answer it."""
SCENARIO = "gym-double-booking"
LINE = "You booked Dana for six o'clock, and we gave slot {n} away. What did that cost you in week {n}?"
NUMBERS = numbers(1)
"""Every line said is a new one: what was read before is remembered."""


class Told:
    """What many practices heard: seconds to each first word, errors, and how many were told to wait."""

    def __init__(self) -> None:
        self.first: list[float] = []
        self.errors = 0
        self.causes: Counter[str] = Counter()
        self.waited = 0
        self.seconds = 0.0

    def __iadd__(self, other: "Told") -> "Told":
        """What others heard after these."""
        self.first += other.first
        self.errors += other.errors
        self.causes += other.causes
        self.waited += other.waited
        self.seconds += other.seconds
        return self


def new_line() -> str:
    """A trainee's line that nobody said before."""
    return LINE.format(n=next(NUMBERS))


async def practices(app: App, count: int, turns: int) -> Told:
    """So many practices at once, so many turns each."""
    told, began = Told(), time.perf_counter()

    async def one() -> None:
        try:
            async with _client() as client:
                body = {"scenario": SCENARIO, "difficulty": "gentle"}
                begun = await client.post(f"{app.address}/api/v1/practices", json=body)
                practice = begun.raise_for_status().json()["id"]
                for _ in range(turns):
                    await _turn(client, f"{app.address}/api/v1/practices/{practice}/turns", told)
        except (httpx.HTTPError, KeyError, ValueError) as error:
            told.errors += 1
            told.causes[f"{type(error).__name__} {error}".strip()[:200]] += 1

    await asyncio.gather(*(one() for _ in range(count)))
    told.seconds = time.perf_counter() - began
    return told


async def _turn(client: httpx.AsyncClient, url: str, told: Told) -> None:
    said, sent, first, waited, final = {"text": new_line()}, time.perf_counter(), 0.0, False, False
    async with client.stream("POST", url, json=said, headers={"Accept": "text/event-stream"}) as answer:
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


async def bare(url: str, count: int, turns: int) -> list[float]:
    """Seconds of as many turns' requests, asked by nothing but an HTTP client over connections that it has."""
    found: list[float] = []
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
    connected = asyncio.Barrier(count)  # before its first turn a practice has connected, too

    async def one() -> None:
        async with _client() as client:

            async def ask() -> None:
                (await client.post(f"{url}/chat/completions", json=body)).raise_for_status()

            await ask()
            await connected.wait()
            for _ in range(turns):
                sent = time.perf_counter()
                for _ in range(CALLS):
                    await ask()
                found.append(time.perf_counter() - sent)

    await asyncio.gather(*(one() for _ in range(count)))
    return found


def _client() -> httpx.AsyncClient:
    """A client for one talker: a pool that many share looks through all connections for each request."""
    return httpx.AsyncClient(timeout=120, verify=False)  # nosec B501: it speaks to this machine, without TLS


@contextmanager
def slow_endpoint() -> Iterator[str]:
    """An endpoint of fixed latency in a process of its own; gives its address."""
    command = [sys.executable, "-m", "evals.suites.slow_endpoint", str(LATENCY)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        process.stdin.close()


@contextmanager
def ready_app(folder: Path, url: str, **environment: str) -> Iterator[App]:
    """The app at the endpoint, once guides are indexed, examples there and nothing is left to do beside turns.

    What it learns from examples it learned before, in this machine's cache: else its learner would share the cores,
    and its memory would grow in the middle of what is measured.
    """
    settings = load_settings()
    embedder = open_embedder(settings)
    learn_apart(ACTS, settings.cache_dir, embedder)
    environment = {"EVEN_KEEL_CACHE_DIR": str(settings.cache_dir)} | environment
    with App(folder, OPENAI_BASE_URL=url, OPENAI_MODEL="fixed", **environment) as app:
        ends = time.monotonic() + 120
        while not all(httpx.get(f"{app.address}/readyz", timeout=30).json().values()) and time.monotonic() < ends:
            time.sleep(0.2)
        yield app


def percentile(times: list[float], rank: int) -> float:
    """The ``rank``th percentile of times, in their unit."""
    return float(np.percentile(times, rank))


def middle(seconds: list[float]) -> Figure:
    """The median in milliseconds, between the lowest and the highest."""
    return between([1000 * s for s in seconds])
