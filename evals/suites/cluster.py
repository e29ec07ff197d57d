"""The faults suite, part "cluster": two processes of the app behind nginx, one of them killed under load.

Practices take turns over HTTP through ``deploy/nginx.conf``. When half the turns were answered, one process
is killed with signal 9. A client whose turn broke off looks what is stored and goes on from there, as a
person would who reloads the page. No turn that was acknowledged may be missing, and none may stand there twice.
"""

import asyncio
import json
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from evals.app import ROOT, App, free_port
from evals.errors import EvalError
from evals.result import Result
from evals.stats import share, single
from evals.suites.talkers import SCENARIO, slow_endpoint

CONF = ROOT / "deploy" / "nginx.conf"
PRACTICES, TURNS = 20, 4
TRIES, PAUSE = 12, 0.5
"""How often a client tries again to get through, and the seconds between."""
TARGETS = {
    "acknowledged turns lost": "= 0",
    "turns stored twice": "= 0",
    "practices that went on to their last turn": "= 1",
}
Report = Callable[[int, int], None]


class _Heard:
    """What the clients were told: the turns acknowledged by practice, and how many broke off."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, list[str]] = {}
        self.broken = 0

    @property
    def count(self) -> int:
        return sum(map(len, self.acknowledged.values()))


def run(report: Report, database_url: str | None) -> Result:
    """Two apps on one data folder and one database: ``database_url``, or else the folder's own.

    Raises:
        EvalError: there is no nginx, or an app does not come up.
    """
    nginx = shutil.which("nginx")
    if nginx is None:
        raise EvalError("There is no nginx on this machine. Install it (apt-get install nginx-light) and run again.")
    with tempfile.TemporaryDirectory(prefix="even-keel-cluster-") as temporary, slow_endpoint() as url:
        folder = Path(temporary)
        given = {"OPENAI_BASE_URL": url, "OPENAI_MODEL": "fixed", "EVEN_KEEL_DATA_DIR": str(folder / "data")}
        given |= {"DATABASE_URL": database_url} if database_url else {}
        with App(folder / "one", **given) as one, App(folder / "two", **given) as two:
            with _nginx(nginx, folder, one, two) as address:
                heard = asyncio.run(_practices(address, one, report))
                stored = {p: _stored(address, p) for p in heard.acknowledged}
    lost = [turn for p, turns in heard.acknowledged.items() for turn in turns if turn not in stored[p]]
    twice = sum(len(turns) - len(set(turns)) for turns in stored.values())
    figures = {
        "acknowledged turns lost": single(len(lost), heard.count),
        "turns stored twice": single(twice, sum(map(len, stored.values()))),
        "practices that went on to their last turn": share([len(t) == TURNS for t in stored.values()]),
        "turns that broke off when a process was killed": single(heard.broken, heard.count),
    }
    kept = "PostgreSQL" if database_url else "SQLite"
    about: dict[str, str | int | float] = {"practices": PRACTICES, "database": kept}
    return Result(suite="faults", about=about, figures=figures, targets=TARGETS)


async def _practices(address: str, one: App, report: Report) -> _Heard:
    heard, killed = _Heard(), asyncio.Event()
    async with httpx.AsyncClient(base_url=f"{address}/api/v1", timeout=30) as client:

        async def practise() -> None:
            begun = await client.post("/practices", json={"scenario": SCENARIO, "difficulty": "gentle"})
            practice = str(begun.raise_for_status().json()["id"])
            heard.acknowledged[practice] = []
            for n in range(TURNS):
                await _say(client, practice, f"You booked Dana for six o'clock, and we sold it, {n}.", heard)
                report(heard.count, PRACTICES * TURNS)
                if heard.count >= PRACTICES * TURNS / 2 and not killed.is_set():
                    killed.set()
                    one.process.send_signal(signal.SIGKILL)

        await asyncio.gather(*(practise() for _ in range(PRACTICES)))
    return heard


async def _say(client: httpx.AsyncClient, practice: str, text: str, heard: _Heard) -> None:
    """One turn, until it is stored: said again only if it is not there."""
    for _ in range(TRIES):
        with suppress(httpx.HTTPError):
            if text in _turns((await client.get(f"/practices/{practice}")).raise_for_status().json()):
                heard.acknowledged[practice].append(text)
                return
            said = await client.post(f"/practices/{practice}/turns", json={"text": text})
            said.raise_for_status()
            heard.acknowledged[practice].append(text)
            return
        heard.broken += 1
        await asyncio.sleep(PAUSE)
    raise EvalError(f"No process answered {TRIES} times: see nginx.")


def _stored(address: str, practice: str) -> list[str]:
    return _turns(httpx.get(f"{address}/api/v1/practices/{practice}", timeout=30).raise_for_status().json())


def _turns(practice: dict[str, list[dict[str, str]]]) -> list[str]:
    return [turn["text"] for turn in practice["turns"]]


@contextmanager
def _nginx(binary: str, folder: Path, one: App, two: App) -> Iterator[str]:
    """Nginx with the project's own configuration before the two apps; gives its address."""
    port = free_port()
    text = CONF.read_text(encoding="utf-8")
    for ours, theirs in (("7860", port), ("7861", one.address), ("7862", two.address)):
        text = re.sub(rf"127\.0\.0\.1:{ours}", f"127.0.0.1:{str(theirs).rpartition(':')[2]}", text)
    conf = folder / "nginx.conf"
    conf.write_text(f"pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n{text}", encoding="utf-8")
    command = [binary, "-c", str(conf), "-p", str(folder), "-g", "daemon off;"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _until_up(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _until_up(address: str) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with suppress(httpx.HTTPError, json.JSONDecodeError):
            if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        time.sleep(0.3)
    raise EvalError("nginx does not answer: see its log.")
