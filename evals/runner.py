"""The runner: many cases at once, each finished one on disk, none ever run twice.

    run = Run.open(Path("runs/roleplay.jsonl"), Header(suite="roleplay", …))
    await run.all(cases, work, at_once=8, report=bar)
    for record in run.records(): ...

A run is a JSONL file: a header, then a record a case as it finishes. Opening it again takes it up
where it stood, also after a kill −9: a torn last line is cut off, finished cases are passed over. A run
with another model, prompts, rubric or commit is another run, and is refused. Records hold all that
grading needs (``python -m evals score RUN``). Passing failures are retried here with jitter, so the model
client given to ``work`` should not retry itself. Cases come from an iterator and results go to disk:
memory does not grow with their number.
"""

import asyncio
import os
import random
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import EndpointBusy, EndpointDown, EvenKeelError
from evals.errors import EvalError
from evals.rows import append, mend
from knowledge import KnowledgeError

TRIES = 3
FIRST_WAIT = 0.5
"""Seconds until the second try, times 0.5 to 1.5; it doubles with each."""
PASSING = (EndpointBusy, EndpointDown)
BATCH = 256
"""Records that may wait for the disk at most."""


class Header(BaseModel):
    """What a run is of. ``prompts`` maps a template to its digest; ``started`` is when it first began (UTC)."""

    model_config = ConfigDict(frozen=True)

    suite: str
    model: str = "none"
    judge: str = ""
    rubric: str = ""
    rubric_digest: str = ""
    prompts: dict[str, str] = {}
    commit: str = ""
    epochs: int = 1
    options: dict[str, str | int | float] = {}
    started: str = ""

    def differing(self, other: "Header") -> list[str]:
        """The fields in which two headers differ, when they began aside."""
        mine, theirs = self.model_dump(exclude={"started"}), other.model_dump(exclude={"started"})
        return [name for name in mine if mine[name] != theirs[name]]


class Cost(BaseModel):
    """Calls and tokens that a case took."""

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
        )


class Case(BaseModel):
    """One thing to run: ``input`` is all that ``work`` needs, ``cluster`` what it shares luck with (its scenario)."""

    model_config = ConfigDict(frozen=True)

    id: str
    cluster: str
    input: dict[str, Any] = {}


class Outcome(BaseModel):
    """What ``work`` gives back: ``output`` is enough to grade again; ``verdicts`` are criterion → met."""

    model_config = ConfigDict(frozen=True)

    output: dict[str, Any]
    verdicts: dict[str, bool] = {}
    notes: dict[str, str] = {}
    cost: Cost = Cost()


class Record(BaseModel):
    """A finished case. ``error`` says what went wrong; then nothing is scored. ``notes`` say why, by criterion.

    ``error_kind`` is the error's class, by name.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    epoch: int
    cluster: str
    seed: str
    input: dict[str, Any] = {}
    output: dict[str, Any] = {}
    verdicts: dict[str, bool] = {}
    notes: dict[str, str] = {}
    error: str = ""
    error_kind: str = ""
    tries: int = 1
    cost: Cost = Cost()
    seconds: float = 0.0


Work = Callable[[Case, str], Awaitable[Outcome]]
"""Runs a case under a seed. A passing failure of an endpoint is retried; any other error of ours is recorded."""
Report = Callable[[int, Cost], None]


@dataclass(slots=True)
class Run:
    """A run's file. Build it with ``open``."""

    path: Path
    header: Header

    @classmethod
    def open(cls, path: Path, header: Header) -> "Run":
        """Begin a run, or take one up.

        Raises:
            EvalError: the file is of another run; names what differs.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.stat().st_size == 0:
            append(path, header)
            return cls(path, header)
        mend(path)
        before = read_header(path)
        differing = before.differing(header)
        if differing:
            field = differing[0]
            raise EvalError(
                f"{path} was begun with {field} {getattr(before, field)!r}, and this run has "
                f"{getattr(header, field)!r}. Give another file, or restore what was changed."
            )
        return cls(path, before)

    def records(self) -> Iterator[Record]:
        """The finished cases, in the order in which they finished."""
        yield from read_records(self.path)

    async def all(self, cases: Iterable[Case], work: Work, at_once: int, report: Report) -> None:
        """Run every case and epoch that is not finished yet; returns when all are on disk."""
        done = {(r.id, r.epoch) for r in self.records()}
        todo = (
            (case, epoch) for case in cases for epoch in range(self.header.epochs) if (case.id, epoch) not in done
        )
        finished = len(done)
        report(finished, Cost())
        async with _writer(self.path) as write:

            async def worker() -> None:
                nonlocal finished
                for case, epoch in todo:
                    record = await _one(case, epoch, work)
                    await write(record)
                    finished += 1
                    report(finished, record.cost)

            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(worker())


def read_header(path: Path) -> Header:
    """The header of a run's file.

    Raises:
        EvalError: there is no such file, or it begins with no header.
    """
    if not path.is_file():
        raise EvalError(f"There is no run {path}.")
    with path.open(encoding="utf-8") as file:
        try:
            return Header.model_validate_json(file.readline())
        except ValidationError as error:
            raise EvalError(f"{path} is no run: its first line is no header.") from error


def read_records(path: Path) -> Iterator[Record]:
    """The records of a run's file; a last line torn by a crash is passed over.

    Raises:
        EvalError: another line is no record; names it.
    """
    with path.open(encoding="utf-8") as file:
        next(file, None)
        for number, line in enumerate(file, 2):
            try:
                yield Record.model_validate_json(line)
            except ValidationError as error:
                if not line.endswith("\n"):
                    return
                raise EvalError(f"{path.name}, line {number}, is no record: {error.errors()[0]['msg']}.") from error


def commit() -> str:
    """The commit that runs here, with ``+`` where files were changed since; empty outside git."""
    root = Path(__file__).parents[1]
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            cwd=root, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return ""
    return told.stdout.strip()


async def _one(case: Case, epoch: int, work: Work) -> Record:
    seed = f"{case.id}/{epoch}"
    record = Record(id=case.id, epoch=epoch, cluster=case.cluster, seed=seed, input=case.input)
    began, tries = time.monotonic(), 0
    while True:
        tries += 1
        try:
            outcome = await work(case, seed)
            found: dict[str, Any] = dict(outcome)
        except PASSING as error:
            if tries < TRIES:
                await asyncio.sleep(FIRST_WAIT * 2 ** (tries - 1) * random.uniform(0.5, 1.5))
                continue
            found = _failed(error)
        except (EvenKeelError, KnowledgeError, EvalError) as error:
            found = _failed(error)
        return record.model_copy(update=found | {"tries": tries, "seconds": time.monotonic() - began})


def _failed(error: Exception) -> dict[str, Any]:
    kind = type(error).__name__
    return {"error": f"{kind}: {error}", "error_kind": kind}


@asynccontextmanager
async def _writer(path: Path) -> AsyncIterator[Callable[[Record], Awaitable[None]]]:
    """One hand that writes: whole batches, synced by a thread, so that no case waits for the disk."""
    queue: asyncio.Queue[Record | None] = asyncio.Queue(BATCH)

    async def drain(file: IO[bytes]) -> None:
        more = True
        while more:
            batch = [await queue.get()]
            while not queue.empty():
                batch.append(queue.get_nowait())
            more = None not in batch
            text = "".join(r.model_dump_json() + "\n" for r in batch if r is not None)
            await asyncio.to_thread(_synced, file, text)

    with path.open("ab") as file:
        task = asyncio.create_task(drain(file))
        try:
            yield queue.put
        finally:
            await queue.put(None)
            await task


def _synced(file: IO[bytes], text: str) -> None:
    file.write(text.encode())
    file.flush()
    os.fsync(file.fileno())
