"""The faults suite, part "store": disk full, database locked or damaged, Chroma gone, clock jumps, two processes.

Each is done for real: a file size limit on a child process, a second connection that holds the lock, bytes
overwritten, folders deleted, two processes that take turns in one practice. What was acknowledged must be there
afterwards, and the message must say what happened.
"""

import asyncio
import logging
import multiprocessing
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from assistant.accounts import LOCKED_FOR, MOST_WRONG, SESSION, Accounts
from assistant.errors import EvenKeelError, LockedOut, SignInRefused, StoreFailed
from assistant.roleplay.room import PracticeRoom, Read
from assistant.roleplay.scenario import load_scenarios
from assistant.store import LOCKED_SECONDS, Store
from evals.errors import EvalError
from evals.result import Result
from evals.stats import Figure, share, single
from evals.suites.faults import author_room
from knowledge import Embedder, KnowledgeError, Library
from knowledge.embed import Vectors

SCENARIO = "gym-double-booking"
ROOM = 400_000
"""Bytes that a database may grow to on the full disk."""
TURNS = 40
QUERY = "they sold my slot twice"
PAGE = 4096
TARGETS = {
    "acknowledged turns lost on a full disk": "= 0",
    "goes on once there is room": "= 1",
    "seconds until a lock was told": f"<= {LOCKED_SECONDS + 1}",
    "longest pause of the others while it was locked (s)": "<= 1",
    "said what happened": "= 1",
    "searches that find the same after Chroma was lost": "= 1",
    "said aloud that the index was built anew": "= 1",
    "clock jumps survived": "= 1",
    "turns of two processes lost or doubled": "= 0",
}
Told = tuple[str, str]


def run(embedder: Embedder, report: Callable[[int, int], None], url: str = "") -> Result:
    """All of it, each in a folder of its own; ``url`` is the database of the two processes, else a SQLite file."""
    figures: dict[str, Figure] = {}
    parts: list[Callable[[Path], dict[str, Figure]]] = [
        full_disk,
        locked,
        damaged,
        lambda folder: chroma_lost(folder, embedder),
        clock_jumps,
        lambda folder: two_processes(folder, url),
    ]
    said: list[bool] = []
    for number, part in enumerate(parts, 1):
        with tempfile.TemporaryDirectory(prefix="even-keel-faults-") as folder:
            found = part(Path(folder))
        if (told := found.pop("said what happened", None)) is not None:
            said += [True] * round(told.value * told.n) + [False] * round((1 - told.value) * told.n)
        figures |= found
        report(number, len(parts))
    figures["said what happened"] = share(said)
    return Result(suite="faults", about={"part": "store"}, figures=figures, targets=TARGETS)


def full_disk(folder: Path) -> dict[str, Figure]:
    """A child takes turns until its database may grow no more; then there is room again."""
    url = _url(folder)
    Store(url).close()
    told = _child(_until_full, url)
    error = next((text for kind, text in told if kind == "error"), "")
    if not error:
        raise EvalError(f"The disk was never full: all of {len(told)} acknowledgements fitted.")
    store = Store(url)
    try:
        room = author_room(store, load_scenarios())
        practice, lost, number = "", 0, 0
        for kind, text in told:
            if kind == "practice":
                practice, number = text, 0
            elif kind == "turn":
                kept = [e.text for e in room.get(practice).exchanges]
                lost += kept[number : number + 1] != [text]
                number += 1
        goes_on = _one_more(room, practice)
    finally:
        store.close()
    acknowledged = [text for kind, text in told if kind == "turn"]
    return {
        "acknowledged turns lost on a full disk": single(lost, len(acknowledged)),
        "goes on once there is room": share([goes_on]),
        "said what happened": share(["disk" in error and "Nothing was saved" in error]),
    }


def _until_full(told: Connection, url: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))
    room = author_room(Store(url), load_scenarios())

    async def talk() -> None:
        for number in range(TURNS):
            if number % 4 == 0:  # a customer who leaves fills no disk
                practice = room.start(SCENARIO, seed="7").id
                told.send(("practice", practice))
            text = f"Turn {number}: what happened at six?" + " I would like to understand." * 200
            async for event in room.turn(practice, text):
                if isinstance(event, Read):
                    told.send(("turn", text))

    try:
        asyncio.run(talk())
    except StoreFailed as error:
        told.send(("error", str(error)))


def locked(folder: Path) -> dict[str, Figure]:
    """Another program holds the database for longer than anybody waits; others must not stand still meanwhile."""
    store = Store(_url(folder))
    room = author_room(store, load_scenarios())
    practice = room.start(SCENARIO, seed="7").id
    holder = sqlite3.connect(folder / "even-keel.db", isolation_level=None)
    holder.execute("begin immediate")
    error, seconds, gap = asyncio.run(_turn_beside_a_clock(room, practice))
    holder.execute("rollback")
    holder.close()
    goes_on = _one_more(room, practice)
    store.close()
    return {
        "seconds until a lock was told": single(seconds, 1),
        "longest pause of the others while it was locked (s)": single(gap, 1),
        "said what happened": share(["another program" in error, goes_on]),
    }


async def _turn_beside_a_clock(room: PracticeRoom, practice: str) -> tuple[str, float, float]:
    """The error of a turn, its seconds, and the longest that anything else had to wait meanwhile."""
    beats = [time.monotonic()]

    async def beat() -> None:
        while True:
            await asyncio.sleep(0.02)
            beats.append(time.monotonic())

    clock = asyncio.ensure_future(beat())
    began, said = time.monotonic(), ""
    try:
        async for _ in room.turn(practice, "What happened at six?"):
            pass
    except StoreFailed as error:
        said = str(error)
    clock.cancel()
    return said, time.monotonic() - began, max(b - a for a, b in zip(beats, beats[1:], strict=False))


def damaged(folder: Path) -> dict[str, Figure]:
    """A database whose head, and one whose pages, were overwritten; and a manifest."""
    said = []
    for name, start in (("head", 0), ("pages", PAGE)):
        place = folder / name
        store = Store(_url(place))
        room = author_room(store, load_scenarios())
        practice = room.start(SCENARIO, seed="7").id
        _one_more(room, practice)
        store.close()
        path = place / "even-keel.db"
        whole = path.read_bytes()
        path.write_bytes(whole[:start] + b"\xde\xad\xbe\xef" * ((len(whole) - start) // 4))
        said.append(_tells_of_damage(_url(place), practice))
    manifest = folder / "knowledge" / "manifest.db"
    manifest.parent.mkdir(parents=True)
    manifest.write_bytes(b"not a database at all" * 500)
    try:
        Library(manifest.parent, _NoEmbedder(), builtin=()).close()
        said.append(False)
    except KnowledgeError as error:
        said.append("delete it" in str(error) and str(manifest) in str(error))
    return {"said what happened": share(said)}


def _tells_of_damage(url: str, practice: str) -> bool:
    """Whether opening or reading says that the file is damaged; silence, or a practice half read, is a failure."""
    try:
        store = Store(url)
        try:
            store.practice(practice, "local")
        finally:
            store.close()
    except EvenKeelError as error:
        return "damaged" in str(error)
    return False


class _NoEmbedder:
    fingerprint = "none"

    def embed(self, texts: list[str]) -> Vectors:
        raise AssertionError("nothing is embedded here")


def chroma_lost(folder: Path, embedder: Embedder) -> dict[str, Figure]:
    """The vectors' folder deleted, and overwritten, while the app runs and before it starts."""
    same, aloud = [], []
    library = Library(folder / "knowledge", embedder)
    library.sync()
    wanted = _found(library)
    chroma = folder / "knowledge" / "chroma"
    for running in (True, False):
        for spoil in (shutil.rmtree, _overwrite):
            if not running:
                library.close()
            spoil(chroma)
            if not running:
                library = Library(folder / "knowledge", embedder)
            with _heard("knowledge.library") as heard:
                same.append(_found(library) == wanted if running else True)
                heard.append(library.sync().note)
                same.append(_found(library) == wanted)
            aloud.append(any("anew" in note for note in heard))
    library.close()
    return {
        "searches that find the same after Chroma was lost": share(same),
        "said aloud that the index was built anew": share(aloud),
    }


@contextmanager
def _heard(name: str) -> Iterator[list[str]]:
    """What a logger says meanwhile."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger(name).addHandler(handler)
    try:
        yield said
    finally:
        logging.getLogger(name).removeHandler(handler)


def _overwrite(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(b"\xde\xad\xbe\xef" * (path.stat().st_size // 4))


def _found(library: Library) -> list[str]:
    """What a search finds; nothing if it fails."""
    try:
        return [p.id for p in library.search(QUERY, kind="policy", policy_set="gym")]
    except KnowledgeError:
        return []


def clock_jumps(folder: Path) -> dict[str, Figure]:
    """The clock a year ahead for a moment, then right again: nobody is locked out, or signed in, for a year."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    ahead = timedelta(days=365)
    now = [moment]
    store = Store(_url(folder))
    accounts = Accounts(store.engine, lambda: now[0])
    accounts.add("mira", "correct horse battery", "trainee")
    now[0] = moment + ahead
    token = accounts.sign_in("mira", "correct horse battery")
    for _ in range(MOST_WRONG):
        try:
            accounts.sign_in("mira", "wrong password")
        except SignInRefused:
            pass
    now[0] = moment + LOCKED_FOR + timedelta(seconds=1)
    free, ended = True, accounts.who(token) is None
    try:
        accounts.sign_in("mira", "correct horse battery")
    except LockedOut:
        free = False
    again = accounts.sign_in("mira", "correct horse battery") if free else ""
    now[0] += SESSION - timedelta(seconds=1)
    lasts = bool(again) and accounts.who(again) is not None
    store.close()
    return {"clock jumps survived": share([free, ended, lasts])}


def two_processes(folder: Path, url: str = "") -> dict[str, Figure]:
    """Two processes take turns in one practice at the same moments; ``url`` names a database, else a SQLite file."""
    url = url or _url(folder)
    store = Store(url)
    room = author_room(store, load_scenarios())
    practice = room.start(SCENARIO, seed="7", level="gentle").id
    context = multiprocessing.get_context("spawn")
    pipes, children = [], []
    for name in ("left", "right"):
        ours, theirs = context.Pipe(duplex=False)
        children.append(context.Process(target=_beside, args=(theirs, url, practice, name), daemon=True))
        children[-1].start()
        theirs.close()
        pipes.append(ours)
    told = [text for pipe in pipes for kind, text in _all(pipe) if kind == "turn"]
    for child in children:
        child.join(30)
    kept = [e.text for e in room.get(practice).exchanges]
    store.close()
    if len(told) < 4:
        raise EvalError("Two processes took fewer than four turns: nothing was tried.")
    wrong = sum(kept.count(text) != 1 for text in told)
    return {"turns of two processes lost or doubled": single(wrong, len(told))}


def _beside(told: Connection, url: str, practice: str, name: str) -> None:
    room = author_room(Store(url), load_scenarios())

    async def talk() -> None:
        for number in range(6):
            text = f"You booked Dana at six, and we gave it away ({name} {number}). What did you lose?"
            try:
                async for event in room.turn(practice, text):
                    if isinstance(event, Read):
                        told.send(("turn", text))
            except EvenKeelError:
                return

    asyncio.run(talk())


def _child(work: Callable[..., None], *given: object) -> list[Told]:
    """Run ``work`` in a process of its own; gives all that it told."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=work, args=(theirs, *given), daemon=True)
    child.start()
    theirs.close()
    told = _all(ours)
    child.join(30)
    return told


def _all(pipe: Connection) -> list[Told]:
    told: list[Told] = []
    try:
        while pipe.poll(60):
            told.append(pipe.recv())
    except EOFError:
        pass
    return told


def _one_more(room: PracticeRoom, practice: str) -> bool:
    """Whether the practice takes one more turn and answers it."""

    async def turn() -> None:
        async for _ in room.turn(practice, "You booked Dana for six o'clock, and we gave your slot away."):
            pass

    asyncio.run(turn())
    return bool(room.get(practice).exchanges[-1].line)


def _url(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'even-keel.db'}"
