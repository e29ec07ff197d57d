"""The runner suite: does it keep an endpoint busy, stay small, and lose nothing when it is killed?

Load: N cases that each ask one question of an endpoint with a fixed latency L, c at a time, should
end within 1.10 × N·L/c (one question before the clock starts loads the client's own code); memory at
5,000 cases should be that at 100. Kills: a run of scripted
practices is killed (−9) at ten random points and taken up each time; its figures, times aside, must be
byte for byte those of a run that nobody killed, and no case may have run twice.
"""

import asyncio
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel

from assistant.llm import ChatModel, Endpoint
from assistant.message import user
from evals.errors import EvalError
from evals.figures import result
from evals.result import Result
from evals.runner import Case, Cost, Header, Outcome, Run, read_header, read_records
from evals.stats import Figure, single

LATENCY, AT_ONCE = 2.0, 25
SIZES = (100, 5000)
KILLS = 10
TARGETS = {
    "time over N·L/c, 100 cases": "<= 1.1",
    "time over N·L/c, 5000 cases": "<= 1.1",
    "growth of memory from 100 to 5000 cases (MB)": "<= 10",
    "reports that differ after kills": "= 0",
    "cases run twice": "= 0",
}
Say = Callable[[str], None]


class _Number(BaseModel):
    n: int


def run(only: str, say: Say) -> Result:
    """Both parts, or ``only`` one of them: "load" or "kills".

    Raises:
        EvalError: there is no such part, or a run could not be finished.
    """
    if only not in ("", "load", "kills"):
        raise EvalError(f"--only {only}: the parts are 'load' and 'kills'.")
    figures: dict[str, Figure] = {}
    with tempfile.TemporaryDirectory() as folder:
        if only != "kills":
            figures |= _load(Path(folder), say)
        if only != "load":
            figures |= _kills(Path(folder), say)
    about: dict[str, str | int | float] = {"latency": LATENCY, "at once": AT_ONCE, "kills": KILLS}
    return Result(suite="runner", about=about, figures=figures, targets=TARGETS)


def _load(folder: Path, say: Say) -> dict[str, Figure]:
    figures, memory = {}, []
    with _endpoint() as url:
        for n in SIZES:
            seconds = asyncio.run(_timed(folder / f"{n}.jsonl", n, url))
            ratio = seconds / (n * LATENCY / AT_ONCE)
            memory.append(_resident())
            say(f"{n} cases: {seconds:.1f} s, {ratio:.3f} × N·L/c, {memory[-1]:.0f} MB")
            figures[f"time over N·L/c, {n} cases"] = single(ratio, 1)
    return figures | {"growth of memory from 100 to 5000 cases (MB)": single(memory[1] - memory[0], 1)}


async def _timed(path: Path, n: int, url: str) -> float:
    model = ChatModel(lambda: Endpoint(url, "key", "fixed"), retries=0)

    async def work(case: Case, seed: str) -> Outcome:
        answer = await model.parse([user(f"{case.id}: how many?")], _Number, max_tokens=10)
        return Outcome(output={"n": answer.n}, verdicts={"one": answer.n == 1}, cost=Cost(calls=1))

    await model.parse([user("warm up")], _Number, max_tokens=10)
    cases = (Case(id=f"{i:05}", cluster=str(i % 16)) for i in range(n))
    began = time.monotonic()
    run = Run.open(path, Header(suite="load"))
    await run.all(cases, work, AT_ONCE, lambda done, cost: None)
    seconds = time.monotonic() - began
    await model.close()
    bad = [r.id for r in run.records() if r.error]
    if bad or sum(1 for _ in run.records()) != n:
        raise EvalError(f"{len(bad)} of {n} cases failed at the scripted endpoint; the time says nothing.")
    return seconds


def _kills(folder: Path, say: Say) -> dict[str, Figure]:
    whole, killed = folder / "whole.jsonl", folder / "killed.jsonl"
    if _play(whole).wait() != 0:
        raise EvalError("The run that nobody killed did not finish.")
    total, dice = sum(1 for _ in read_records(whole)), random.Random(0)
    for point in sorted(dice.sample(range(1, total), KILLS)):
        process = _play(killed)
        while process.poll() is None and _lines(killed) <= point:
            time.sleep(0.005)
        if process.poll():
            raise EvalError("The run could not be taken up again: it refused, or failed, before it could be killed.")
        process.send_signal(signal.SIGKILL)
        process.wait()
        say(f"killed with {max(0, _lines(killed) - 1)} of {total} cases on disk")
    if _play(killed).wait() != 0:
        raise EvalError("The killed run did not finish.")
    ids = Counter((r.id, r.epoch) for r in read_records(killed))
    reports = [result(read_header(p), read_records(p), timed=False).as_json() for p in (whole, killed)]
    return {
        "reports that differ after kills": single(float(reports[0] != reports[1]), 1),
        "cases run twice": single(float(sum(n - 1 for n in ids.values())), 1),
    }


def _play(out: Path) -> subprocess.Popen[bytes]:
    """A run of scripted practices in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "evals",
        "run",
        "roleplay",
        "--only",
        "tune",
        "--out",
        str(out),
        "--at-once",
        "4",
    ]
    return subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.is_file() else 0


@contextmanager
def _endpoint() -> Iterator[str]:
    command = [sys.executable, "-m", "evals.suites.slow_endpoint", str(LATENCY)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        process.stdin.close()


def _resident() -> float:
    """Megabytes of memory that this process holds now; 0 where the system does not say."""
    status = Path("/proc/self/status")
    found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.is_file() else None
    return int(found[1]) / 1024 if found else 0.0
