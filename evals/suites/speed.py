"""The speed suite, part "retrieval": what a search and a sync cost as the library grows.

Libraries of the built-in guides and of documents recombined from their sentences are asked the golden
set's queries, beside a bare Chroma query and a bare bm25s query in the same process and rounds.
"""

import mmap
import os
import random
import re
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import bm25s
import chromadb
import numpy as np
from chromadb.config import Settings

from evals.errors import EvalError
from evals.result import Result
from evals.stats import Figure, between
from evals.suites.retrieval import load_queries
from knowledge import Embedder, Library
from knowledge.embed import Vectors, unit
from knowledge.front_matter import join
from knowledge.library import BUILTIN
from knowledge.load import files_under, load
from knowledge.retrieve import CANDIDATES
from knowledge.sections import Child, children, cut

SIZES = (1_000, 10_000, 100_000)
QUERIES, ROUNDS = 200, 5
SYNCED, SYNCS = 300, 3
SECTION_CHARACTERS, SECTIONS = 650, 20
"""A made section is one chunk; so many of them are a document."""
Made = TypeVar("Made")
WHOLE, BEFORE, CHROMA, WORDS = "search", "search, query embedded before", "bare Chroma query", "bare bm25s query"
TARGETS = {
    "search p95 at 10k chunks, ms": "<= 10",
    "search, query embedded before p95 at 10k chunks, ms": "<= 10",
    "sync again, nothing changed: chunks embedded": "= 0",
    "sync, one section edited: other chunks embedded": "= 0",
}
NOTES = (
    f"Every round asks {QUERIES} queries each way; a figure is the median over {ROUNDS} rounds of their p50 or p95,"
    " its interval the lowest and the highest round; 'times' is the ratio of two p50. Where 'load' (processes that"
    " wanted a core in the last minutes) is above 'cores', other work is in the times too.",
    f"'{WHOLE}' is the whole, '{BEFORE}' all but the embedding. Only queries are embedded for real at these sizes."
    " All vectors are random, seeded by the text, and lean one way so that no query falls below the relevance floor,"
    " where a search would stop. Random vectors are harder to search than real ones, and few words, often repeated,"
    " give BM25 more to add up: these libraries should be dearer than real ones of their size.",
    f"'sync, chunks/s' embeds for real: {SYNCED} chunks, {SYNCS} times. Memory is that of a fresh process.",
)


class StandIn:
    """Cheap vectors of 384 dimensions, seeded by the text; with ``real`` set, it is kept busy too."""

    fingerprint = "stand-in-1"

    def __init__(self) -> None:
        self.real: Embedder | None = None

    def embed(self, texts: list[str]) -> Vectors:
        """Unit vectors, shape ``(len(texts), 384)``; any two have a cosine near 0.5."""
        if self.real:
            self.real.embed(texts)
        noise = [np.random.default_rng(zlib.crc32(t.encode())).standard_normal(384) for t in texts]
        return unit(np.array(noise) + 1)


def run(only: str, report: Callable[[int, int], None], embedder: Embedder, limit: int = 0) -> Result:
    """Measure; ``limit`` caps the largest size (0: none). ``report`` is told (done, total).

    Raises:
        EvalError: there is no such part.
    """
    if only not in ("", "retrieval"):
        raise EvalError(f"--only {only}: the speed suite has one part, 'retrieval'.")
    sizes = [s for s in SIZES if not limit or s <= limit] or [limit]
    queries = [q.query for q in load_queries()]
    queries = queries[:: max(1, len(queries) // QUERIES)][:QUERIES]
    steps, total = count(1), SYNCS + len(sizes) * (ROUNDS + 1)

    def step() -> None:
        report(next(steps), total)

    with tempfile.TemporaryDirectory() as folder:
        figures = _syncing(Path(folder), embedder, step)
        for size in sizes:
            figures |= _searching(Path(folder) / f"{size}", size, queries, embedder, step)
    about: dict[str, str | int | float] = {"queries": len(queries), "cores": os.cpu_count() or 0}
    about["load"] = round(getattr(os, "getloadavg", lambda: (0.0,))()[-1], 1)
    return Result(suite="speed", about=about, figures=figures, targets=TARGETS, notes=(*NOTES, *_table(figures)))


def write_documents(folder: Path, chunks: int) -> None:
    """Made guides of so many chunks in all, the same each time; takes the built-in documents' sentences."""
    texts = [s.text for root in BUILTIN for path in files_under(root) for s in cut(load(path, root))]
    found = [re.sub(r"^[^A-Za-z]+", "", s).strip() for t in texts for s in re.split(r"(?<=[.!?])\s+|\n", t)]
    sentences = [s for s in dict.fromkeys(found) if 40 <= len(s) <= 200]
    dice = random.Random(0)
    folder.mkdir(parents=True)
    for first in range(0, chunks, SECTIONS):
        body = ""
        for number in range(first, min(first + SECTIONS, chunks)):
            lines = "\n".join(dice.sample(sentences, 16))[:SECTION_CHARACTERS].rpartition("\n")[0]
            body += f"## Part {number}\n\n{lines}\n\n"
        text = join({"id": f"made-{first}", "title": f"Made guide {first}"}, body)
        (folder / f"{first}.md").write_text(text, encoding="utf-8")


def _chunks(folder: Path) -> list[Child]:
    return [c for path in files_under(folder) for s in cut(load(path, folder)) for c in children(s)]


def _syncing(place: Path, embedder: Embedder, step: Callable[[], None]) -> dict[str, Figure]:
    """A first sync, one with nothing changed and one with a section edited."""
    documents, page = place / "synced", place / "synced" / "0.md"
    write_documents(documents, SYNCED)
    found: dict[str, list[float]] = defaultdict(list)
    for number in range(SYNCS):
        library = Library(place / f"library-{number}", embedder, builtin=(documents,))
        seconds, first = _timed(library.sync)
        found["sync, chunks/s"].append(first.embedded / seconds)
        seconds, again = _timed(library.sync)
        found["sync again, nothing changed: s"].append(seconds)
        found["sync again, nothing changed: chunks embedded"].append(again.embedded)
        before = {c.digest for c in _chunks(documents)}
        page.write_text(page.read_text("utf-8").replace("## Part 2\n", f"## Part 2\n\nEdit {number}.\n"), "utf-8")
        changed = {c.digest for c in _chunks(documents)} - before
        embedded = library.sync().embedded
        found["sync, one section edited: chunks embedded"].append(embedded)
        found["sync, one section edited: other chunks embedded"].append(embedded - len(changed))
        library.close()
        step()
    return {name: between(values, SYNCED) for name, values in found.items()}


def _searching(
    place: Path, size: int, queries: Sequence[str], embedder: Embedder, step: Callable[[], None]
) -> dict[str, Figure]:
    """A library of one size: synced, asked each way in rounds, weighed."""
    write_documents(place / "documents", max(1, size - len(_chunks(BUILTIN[0]))))
    stand_in = StandIn()
    library = Library(place, stand_in, builtin=(BUILTIN[0], place / "documents"))
    found: dict[str, list[float]] = defaultdict(list)
    for what in ("sync without embedding", "sync again, nothing changed"):
        found[f"{what} at {size} chunks, s"].append(_timed(library.sync)[0])
    found[f"first search (loads the index) at {size} chunks, s"].append(_timed(lambda: library.search(queries[0]))[0])
    step()
    ways = _ways(library, place, stand_in, embedder, queries)
    for _ in range(ROUNDS):
        p50, p95 = {}, {}
        for way, ask in ways.items():
            times = [1000 * _timed(partial(ask, query))[0] for query in queries]
            p50[way], p95[way] = np.percentile(times, [50, 95])
            found[f"{way} p50 at {size} chunks, ms"].append(p50[way])
            found[f"{way} p95 at {size} chunks, ms"].append(p95[way])
        for bare in (CHROMA, WORDS):
            found[f"{BEFORE}, in times a {bare} at {size} chunks, p50"].append(p50[BEFORE] / p50[bare])
        step()
    library.close()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        for when, megabytes in fresh.submit(weigh, place).result().items():
            found[f"memory {when} at {size} chunks, MB"].append(megabytes)
    return {re.sub(r"000(?= chunks)", "k", name): between(values, len(queries)) for name, values in found.items()}


def _ways(
    library: Library, place: Path, stand_in: StandIn, embedder: Embedder, queries: Sequence[str]
) -> dict[str, Callable[[str], object]]:
    """What is timed, each called with a query."""
    client = chromadb.PersistentClient(path=str(place / "chroma"), settings=Settings(anonymized_telemetry=False))
    collection = client.get_collection(f"guide-{stand_in.fingerprint}", embedding_function=None)
    vectors = {query: stand_in.embed([query]) for query in queries}
    words, tokens = bm25s.BM25(), partial(bm25s.tokenize, stopwords="en", show_progress=False)
    words.index(tokens([c.text for f in (BUILTIN[0], place / "documents") for c in _chunks(f)]), show_progress=False)

    def whole(query: str) -> None:
        stand_in.real = embedder
        library.search(query)
        stand_in.real = None

    return {
        "query embedding": lambda query: embedder.embed([query]),
        CHROMA: lambda query: collection.query(vectors[query], n_results=CANDIDATES, include=["distances"]),
        WORDS: lambda query: words.retrieve(tokens([query]), k=CANDIDATES, show_progress=False),
        BEFORE: library.search,
        WHOLE: whole,
    }


def weigh(place: Path) -> dict[str, float]:
    """MB of this process before and after a library's index is loaded; 0 where the system does not say."""
    pages = Path("/proc/self/statm")

    def resident() -> float:
        return int(pages.read_text().split()[1]) * mmap.PAGESIZE / 1e6 if pages.exists() else 0.0

    library = Library(place, StandIn(), builtin=())
    before = resident()
    library.search("refund")
    return {"before": before, "after loading": resident()}


def _timed(call: Callable[[], Made]) -> tuple[float, Made]:
    """Seconds that the call took, and what it gave."""
    began = time.perf_counter()
    made = call()
    return time.perf_counter() - began, made


def _table(figures: dict[str, Figure]) -> tuple[str, ...]:
    """Cost against size, a line each."""
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for name, figure in figures.items():
        if found := re.fullmatch(r"(.+) at (\S+) chunks, (.+)", name):
            rows["cost against size, chunks"][found[2]] = found[2]
            rows[f"{found[1]}, {found[3]}"][found[2]] = f"{figure.value:.2f}"
    return tuple(f"  {what:65}" + "".join(f"{value:>11}" for value in row.values()) for what, row in rows.items())
