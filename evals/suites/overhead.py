"""The speed suite, parts "overhead" and "start": one user's turn beside a bare client, what needs no app, and starts.

Each is measured beside the bare thing in the same run: a turn beside an HTTP client that asks the endpoint as often,
an import beside the interpreter's and gradio's own.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx

from assistant.reply.verify import Part, Quote, verify
from assistant.roleplay import patterns
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import load_scenarios
from assistant.store import Store
from evals.app import ROOT, App
from evals.case import VerifyCase, load_verify_cases
from evals.process import CHECKS
from evals.rubric import load_rubric
from evals.scorecard import score
from evals.stats import Figure, between, single
from evals.suites.talkers import SCENARIO, bare, middle, new_line, percentile, practices, ready_app, slow_endpoint
from evals.suites.verify import outcome
from knowledge import Meta, Passage, Section

Say = Callable[[str], None]
KEPT, PASSAGES = (20, 200, 2000), (5, 50, 500)
GROWN = (
    ("one practice, of so many kept", "one practice of {} kept, p50 ms", KEPT),
    ("a trainee's newest 200", "the newest 200 of {} kept, p50 ms", KEPT),
    ("a part verified, by passages", "verify a part among {} passages, p50 ms", PASSAGES),
)
"""Rows of the table: what, the figure's name, and the sizes."""


def overhead(say: Say) -> tuple[dict[str, Figure], tuple[str, ...]]:
    """One user's turn beside a bare client; then what needs no app: engine, scorecard, verify, history; a table."""
    with slow_endpoint() as url, tempfile.TemporaryDirectory(prefix="even-keel-load-") as folder:
        with ready_app(Path(folder), url) as app:
            asyncio.run(practices(app, 1, 2))
            alone, before = asyncio.run(bare(url, 1, 20)), _requests(app)
            told = [asyncio.run(practices(app, 1, 4)) for _ in range(5)]
            asked = _requests(app) - before
        first = [t for one in told for t in one.first]
        ours, theirs = percentile(first, 50), percentile(alone, 50)
        figures = {
            "one turn, p50 ms": middle(first),
            "bare client, p50 ms": middle(alone),
            "one turn more than a bare client, p50 ms": single(1000 * (ours - theirs), len(first)),
            "one turn in times a bare client, p50": single(ours / theirs, len(first)),
            "requests a turn (the bare client makes 2)": single(asked / len(first), len(first)),
        }
        say("one user: done")
        figures |= _engine() | _verify() | _history(Path(folder))
        return figures, _table(figures)


def _requests(app: App) -> float:
    """How often the app asked the endpoint so far."""
    told = httpx.get(f"{app.address}/metrics", timeout=30).text
    return sum(float(x.split()[-1]) for x in told.splitlines() if x.startswith("even_keel_model_calls_total{"))


def _engine() -> dict[str, Figure]:
    scenario, rubric = load_scenarios()[SCENARIO], load_rubric("process", CHECKS)
    practice = Practice.begin(scenario, seed="7")
    turns = []
    for _ in range(10):
        line, began = new_line(), time.perf_counter()
        exchange = practice.respond(scenario, line, patterns.read(line))
        turns.append(time.perf_counter() - began)
        practice = practice.with_exchange(exchange.model_copy(update={"line": "And then?", "by": "author"}))
        if practice.over:
            break
    cards = []
    for _ in range(20):
        began = time.perf_counter()
        score(practice, scenario, rubric)
        cards.append(time.perf_counter() - began)
    plain = [_seconds(lambda: Practice.model_validate_json(practice.model_dump_json())) for _ in range(20)]
    return {
        "a turn read by patterns and felt, p50 ms": middle(turns),
        "scorecard, p50 ms": middle(cards),
        "the practice as JSON and back, p50 ms": middle(plain),
        "scorecard in times JSON and back, p50": single(percentile(cards, 50) / percentile(plain, 50), len(cards)),
    }


def _verify() -> dict[str, Figure]:
    """A part verified beside its quotes looked up and no more; then among ten and a hundred times the passages."""
    cases = [c for c in load_verify_cases() if c.quotes]
    for case in cases:
        outcome(case.model_copy(update={"text": "Thank you."}))  # compiled and loaded, no sentence seen
    ours = [_seconds(partial(outcome, case)) for case in cases]
    plain = [_seconds(partial(_looked_up, case)) for case in cases]
    figures = {
        "verify a part, p50 ms": middle(ours),
        "its quotes looked up by the bare language, p50 ms": middle(plain),
        "verify in times a bare look-up, p50": single(percentile(ours, 50) / percentile(plain, 50), len(ours)),
    }
    part = Part(purpose="offer", text=cases[0].text, quotes=(Quote(passage="p#0", words=cases[0].quotes[0]),))
    for size in PASSAGES:
        meta = Meta(id="p", title="P", kind="policy")
        found = {
            f"p#{n}": Passage(Section(f"p#{n}", "p", "P", "P", cases[0].policy), meta, 0, 0, "") for n in range(size)
        }
        figures[f"verify a part among {size} passages, p50 ms"] = middle(
            [_seconds(partial(verify, part, found)) for _ in range(20)]
        )
    return figures


def _looked_up(case: VerifyCase) -> list[bool]:
    return [quote in case.policy for quote in case.quotes]


def _history(folder: Path) -> dict[str, Figure]:
    """What one practice and a list of them cost as ten and a hundred times as many are kept."""
    scenario, figures = load_scenarios()[SCENARIO], dict[str, Figure]()
    store, kept = Store(f"sqlite:///{folder / 'history.db'}"), 0
    try:
        for size in KEPT:
            for _ in range(size - kept):
                practice = Practice.begin(scenario)
                line = new_line()
                exchange = practice.respond(scenario, line, patterns.read(line))
                store.save_practice(practice.with_exchange(exchange), "ann")
            kept = size
            one, newest = partial(store.practice, practice.id, "ann"), partial(store.practices, "ann")
            for what, ask in (("one practice", one), ("the newest 200", newest)):
                figures[f"{what} of {size} kept, p50 ms"] = middle([_seconds(ask) for _ in range(5)])
    finally:
        store.close()
    return figures


def _table(figures: dict[str, Figure]) -> tuple[str, ...]:
    """What grows, as a row: the cost at once, ten and a hundred times the size. Documents: ``run speed``."""
    rows = ["  cost in ms (p50) at               once      10×     100×"]
    for what, name, sizes in GROWN:
        cost = "".join(f"{figures[name.format(size)].value:9.2f}" for size in sizes)
        rows.append(f"  {what:32}{cost}")
    return tuple(rows)


def _seconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def start() -> dict[str, Figure]:
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
        figures[name] = between(times)
    with slow_endpoint() as url, tempfile.TemporaryDirectory(prefix="even-keel-load-") as folder:
        for when in ("first", "second"):
            with ready_app(Path(folder), url, EVEN_KEEL_CACHE_DIR=str(Path(folder) / "cache")) as app:
                figures[f"{when} start to the first answer, s"] = single(app.started, 1)
    return figures
