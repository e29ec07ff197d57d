"""The faults suite. Its first part kills practices: kill -9 at a random point, a hundred times.

A child process with a real store and a practice room takes a scripted trainee's turns and tells its parent
what it acknowledged: a turn once it was read, a line once the customer had said it. It is killed at a random
moment, often in the middle of a turn. Then the database is opened again: nothing acknowledged may be
missing, the states must be those that a replay gives, and the practice must go on where it stood.
The customer speaks in its author's lines, the reader reads by patterns; neither matters here.
"""

import asyncio
import multiprocessing
import random
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from sqlalchemy.engine import make_url

from assistant.roleplay.practice import Practice, replay
from assistant.roleplay.reader import Reader
from assistant.roleplay.room import PracticeRoom, Read, Said
from assistant.roleplay.scenario import FOLDER, Scenario, load_scenario, load_scenarios
from assistant.roleplay.voice import Voice
from assistant.store import Store
from evals.errors import EvalError
from evals.players import Scripts
from evals.result import Result
from evals.stats import share, single

PRACTICES = 100
PAUSE = 0.004
"""Seconds that the child waits after each event, as a reader at the other end of a stream would."""
TURNS = 8
JITTER = 0.03
"""A practice is killed after a random count of acknowledgements, and at most so many seconds."""
DONE = 2.0
"""Seconds of silence after which the child has said all it had to."""
TARGETS = {"acknowledged turns lost": "= 0", "acknowledged lines lost": "= 0", "practices that go on": "= 1"}

Told = tuple[Literal["practice", "turn", "line"], str]
"""What the child acknowledges: the practice's id, a turn's text, or a line's text."""


class Killed(BaseModel):
    """One practice that was killed. ``answering``: it fell between a turn and its answer."""

    model_config = ConfigDict(frozen=True)

    turns: int
    lines: int
    turns_lost: int
    lines_lost: int
    answering: bool
    goes_on: bool


def kill(
    scripts: Sequence[Scripts],
    report: Callable[[int, int], None],
    practices: int = PRACTICES,
    seed: int = 0,
    url: str = "",
) -> Result:
    """Kill so many practices and open each again; ``url`` is the database, empty for a SQLite file of its own.

    Raises:
        EvalError: a child did not begin its practice.
    """
    dice, scenarios = random.Random(seed), load_scenarios()
    chosen = [s for s in scripts if s.scenario in scenarios]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", __name__])
    killed = []
    with tempfile.TemporaryDirectory(prefix="even-keel-faults-") as folder:
        url = url or f"sqlite:///{Path(folder) / 'even-keel.db'}"
        Store(url).close()
        for n in range(practices):
            script = chosen[n % len(chosen)]
            turns = script.scripts["good"][:TURNS]
            ours, theirs = context.Pipe(duplex=False)
            child = context.Process(target=take_turns, args=(url, script.scenario, turns, theirs), daemon=True)
            child.start()
            theirs.close()
            told = _until_killed(child, ours, dice.randint(0, 2 * TURNS), dice.uniform(0, JITTER))
            killed.append(asyncio.run(_open_again(url, told, turns, scenarios)))
            report(n + 1, practices)
    return _result(killed, make_url(url).get_backend_name())


def take_turns(url: str, scenario: str, turns: Sequence[str], told: Connection) -> None:
    """What the child does until it is killed."""
    store = Store(url)
    room = author_room(store, {scenario: load_scenario(FOLDER / f"{scenario}.yaml")})

    async def talk() -> None:
        practice = room.start(scenario)
        told.send(("practice", practice.id))
        for turn in turns:
            if room.get(practice.id).over:
                return
            async for event in room.turn(practice.id, turn):
                if isinstance(event, Read):
                    told.send(("turn", turn))
                elif isinstance(event, Said) and event.final:
                    told.send(("line", event.spoken.text))
                await asyncio.sleep(PAUSE)

    asyncio.run(talk())
    time.sleep(60)  # the practice is over: wait for the kill, with the store open


def author_room(store: Store, scenarios: dict[str, Scenario]) -> PracticeRoom:
    """A room without a model: patterns read, the author speaks."""
    return PracticeRoom(scenarios, Reader(None, None), Voice(None, _no_embedding), store)


def _no_embedding(texts: list[str]) -> NDArray[np.float32]:
    raise AssertionError("an author's line needs no embedding")


def _until_killed(
    child: multiprocessing.context.ForkServerProcess, told: Connection, after: int, jitter: float
) -> list[Told]:
    """Kill the child ``jitter`` seconds after so many acknowledgements of turns and lines; gives all there were."""
    if not told.poll(60):
        child.kill()
        raise EvalError("A child began no practice within a minute.")
    acknowledged: list[Told] = [told.recv()]
    while len(acknowledged) <= after and told.poll(DONE):
        acknowledged.append(told.recv())
    time.sleep(jitter)
    child.kill()
    child.join()
    if child.exitcode != -signal.SIGKILL:
        raise EvalError(f"A child ended by itself (exit {child.exitcode}) before it was killed.")
    try:
        while told.poll():
            acknowledged.append(told.recv())
    except (EOFError, OSError):  # what the kill cut off was not acknowledged
        pass
    told.close()
    return acknowledged


async def _open_again(url: str, told: Sequence[Told], turns: Sequence[str], scenarios: dict[str, Scenario]) -> Killed:
    """Hold what is stored against what was acknowledged, then take the next turn."""
    store = Store(url)
    try:
        room = author_room(store, scenarios)
        practice_id = next(what for kind, what in told if kind == "practice")
        said = [what for kind, what in told if kind == "turn"]
        lines = [what for kind, what in told if kind == "line"]
        stored = room.get(practice_id)
        kept = [e.text for e in stored.exchanges]
        answered = [e.line for e in stored.exchanges]
        answering = bool(stored.exchanges) and not stored.exchanges[-1].line
        return Killed(
            turns=len(said),
            lines=len(lines),
            turns_lost=sum(kept[i : i + 1] != [text] for i, text in enumerate(said)),
            lines_lost=sum(answered[i : i + 1] != [text] for i, text in enumerate(lines)),
            answering=answering,
            goes_on=await _goes_on(room, stored, turns, scenarios),
        )
    finally:
        store.close()


async def _goes_on(
    room: PracticeRoom, stored: Practice, turns: Sequence[str], scenarios: Mapping[str, Scenario]
) -> bool:
    """Whether the stored states are a replay's, and the next turn is taken where it stood, no answer missing."""
    same = replay(stored, scenarios[stored.scenario]) == [e.state for e in stored.exchanges]
    if stored.over or len(stored.exchanges) == len(turns):
        return same
    async for _ in room.turn(stored.id, turns[len(stored.exchanges)]):
        pass
    now = room.get(stored.id)
    whole = [e.turn for e in now.exchanges] == list(range(1, len(stored.exchanges) + 2))
    return same and whole and all(e.line for e in now.exchanges)


def _result(killed: Sequence[Killed], database: str) -> Result:
    turns = sum(k.turns for k in killed)
    figures = {
        "acknowledged turns lost": single(sum(k.turns_lost for k in killed), turns),
        "acknowledged lines lost": single(sum(k.lines_lost for k in killed), sum(k.lines for k in killed)),
        "practices that go on": share([k.goes_on for k in killed]),
        "killed between a turn and its answer": share([k.answering for k in killed]),
    }
    about: dict[str, str | int | float] = {"part": "kill", "kills": len(killed), "database": database}
    return Result(suite="faults", about=about, figures=figures, targets=TARGETS)
