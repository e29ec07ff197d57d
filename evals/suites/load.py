"""The speed suite, part "load": the whole app under many practices at once, and for as long as an hour.

Many practices take turns at once over HTTP, as events; beside them a bare client asks the same endpoint as often and
as many at a time: what the app adds to the first word is the difference. A soak holds memory and file handles against
those after a warm-up. Where fewer may be served at once than ask, those who wait must be told so and nobody turned
away. Parts "overhead" and "start" are beside it (``overhead``).
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from evals.app import App
from evals.errors import EvalError
from evals.result import Result
from evals.stats import Figure, single
from evals.suites.overhead import Say, overhead, start
from evals.suites.talkers import LATENCY, Told, bare, percentile, practices, ready_app, slow_endpoint

SIZES = {50: 5, 200: 2}
"""Practices at once, and how often they and the bare client take turns at asking: a round alone varies by a third."""
TURNS = 3
SOAKED, SOAK_MINUTES = 20, 2
SAID_EVERY = 20
"""Seconds between two lines of a soak's progress."""
TARGETS = {
    "errors, 50 at once": "= 0",
    "added to a bare client, 50 at once, p95 ms": "<= 1000",
    "errors, 200 at once": "= 0",
    "turned away, 50 at once where 5 are served": "= 0",
    "growth of memory in the soak": "<= 0.05",
    "file handles more after the soak": "<= 2",
    "errors in the soak": "= 0",
    "one turn more than a bare client, p50 ms": "<= 50",
    "a turn read by patterns and felt, p50 ms": "<= 20",
    "scorecard, p50 ms": "<= 50",
    "verify a part, p50 ms": "<= 10",
    "one practice of 2000 kept, p50 ms": "<= 10",
    "the newest 200 of 2000 kept, p50 ms": "<= 250",
    "import of the app, s": "<= 5",
}


def run(only: str, say: Say, minutes: float = 0) -> Result:
    """The part ``only``; ``minutes`` is the soak's length, 0 the usual.

    Raises:
        EvalError: there is no such part, or the app does not come up.
    """
    parts: dict[str, Callable[[], tuple[dict[str, Figure], tuple[str, ...]]]] = {
        "load": lambda: _load(say, minutes or SOAK_MINUTES),
        "overhead": lambda: overhead(say),
        "start": lambda: (start(), ()),
    }
    if only not in parts:
        raise EvalError(f"--only {only}: the parts are retrieval, {', '.join(parts)}.")
    about: dict[str, str | int | float] = {"part": only, "latency": LATENCY}
    figures, notes = parts[only]()
    return Result(suite="speed", about=about, figures=figures, targets=TARGETS, notes=notes)


def _load(say: Say, minutes: float) -> tuple[dict[str, Figure], tuple[str, ...]]:
    """Figures, and what each error was; what was measured until then where the soak is interrupted."""
    figures: dict[str, Figure] = {}
    causes: Counter[str] = Counter()
    with slow_endpoint() as url, tempfile.TemporaryDirectory(prefix="even-keel-load-") as folder:
        with ready_app(Path(folder) / "load", url) as app:
            asyncio.run(practices(app, 5, 1))  # what is built at first use is built
            for size, rounds in SIZES.items():
                alone, told = list[float](), Told()
                for _ in range(rounds):
                    alone += asyncio.run(bare(url, size, TURNS))
                    told += asyncio.run(practices(app, size, TURNS))
                causes += told.causes
                figures |= _compared(told, alone, size)
                say(f"{size} at once: {len(told.first)} turns, {told.errors} errors, {told.seconds:.1f} s")
            soak = _soak(app, minutes, say)
            causes += soak.causes
            figures |= soak.figures()
        if not soak.interrupted:
            with ready_app(Path(folder) / "few", url, EVEN_KEEL_AT_ONCE="5") as app:
                told = asyncio.run(practices(app, 50, 1))
                causes += told.causes
                figures["turned away, 50 at once where 5 are served"] = single(told.errors, 50)
                figures["told how many are ahead, 50 at once where 5 are served"] = single(told.waited, 50)
    return figures, tuple(f"  {count} × {cause}" for cause, count in causes.most_common(20))


class _Soak:
    """What a soak showed: errors, and (minutes, megabytes, handles) each time the app was weighed."""

    def __init__(self) -> None:
        self.turns = 0
        self.errors = 0
        self.causes: Counter[str] = Counter()
        self.weighed: list[tuple[float, float, int]] = []
        self.interrupted = False

    def now(self) -> str:
        """How it stands."""
        _, memory, handles = self.weighed[-1]
        return f"{self.turns} turns, {self.errors} errors, {memory:.0f} MB, {handles} handles"

    def figures(self) -> dict[str, Figure]:
        """Held against how it stood after the first fifth."""
        if not self.weighed:
            return {}
        ended, after, handles_after = self.weighed[-1]
        settled = [w for w in self.weighed if w[0] >= ended / 5]
        (_, before, handles), n = settled[0], len(settled)
        return {
            "minutes soaked": single(ended, 1),
            "errors in the soak": single(self.errors, self.turns),
            "growth of memory in the soak": single(after / before - 1, n),
            "most memory in the soak, in times the first": single(max(m for _, m, _ in settled) / before, n),
            "file handles more after the soak": single(handles_after - handles, n),
            "memory after the soak, MB": single(after, n),
        }


def _soak(app: App, minutes: float, say: Say) -> _Soak:
    """Twenty practices without a pause. Ctrl-C ends it; what it showed until then counts."""
    soak, began, told_at = _Soak(), time.monotonic(), 0.0
    try:
        while (now := (time.monotonic() - began) / 60) < minutes:
            told = asyncio.run(practices(app, SOAKED, TURNS))
            soak.turns, soak.errors = soak.turns + len(told.first), soak.errors + told.errors
            soak.causes += told.causes
            time.sleep(1)  # connections that were left are closed meanwhile
            soak.weighed.append((now, *_weight(app)))
            if time.monotonic() - told_at >= SAID_EVERY:
                told_at = time.monotonic()
                say(f"soak: minute {now:.1f} of {minutes:g}, {soak.now()}")
    except KeyboardInterrupt:
        soak.interrupted = True
        say("soak: interrupted; what was measured until now follows")
    return soak


def _compared(told: Told, alone: list[float], size: int) -> dict[str, Figure]:
    n = len(told.first)
    if not n:
        raise EvalError(f"None of {size} practices took a turn: see the app's log.")
    figures = {f"errors, {size} at once": single(told.errors, size)}
    for rank in (50, 95):
        ours, theirs = percentile(told.first, rank), percentile(alone, rank)
        figures[f"first word, {size} at once, p{rank} ms"] = single(1000 * ours, n)
        figures[f"added to a bare client, {size} at once, p{rank} ms"] = single(1000 * (ours - theirs), n)
    figures[f"first word in times a bare client, {size} at once, p50"] = single(
        percentile(told.first, 50) / percentile(alone, 50), n
    )
    figures[f"turns a second, {size} at once"] = single(n / told.seconds, n)
    return figures


def _weight(app: App) -> tuple[float, int]:
    """Resident megabytes and open file handles of the app; 0 where the system does not say."""
    process = Path(f"/proc/{app.process.pid}")
    if not process.exists():
        return 1.0, 0
    resident = next(x for x in (process / "status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(resident.split()[1]) / 1024, len(list((process / "fd").iterdir()))
