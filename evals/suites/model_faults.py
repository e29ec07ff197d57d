"""The faults suite, part "model": every way an endpoint can fail, in a practice and at the desk.

Each fault is put on the wire while a turn is taken (reader and voice both meet it) and while a reply is
drafted. What was typed must be stored, nothing of a broken answer shown, the reason said, soon after it
could be known and within half a minute at worst; then the endpoint is well again, and the next turn must be
the model's. With a fallback the turn is the fallback's, and the first endpoint is left alone until it has cooled.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.breaker import Breaker
from assistant.errors import EvenKeelError
from assistant.failures import FIRST_PAUSE
from assistant.llm import ChatModel, Endpoint
from assistant.remembered import Remembered
from assistant.reply.draft import Draft, Drafted, Writing
from assistant.reply.drafting import ReplyDesk
from assistant.roleplay.practice import Exchange
from assistant.roleplay.reader import Reader
from assistant.roleplay.room import PracticeRoom
from assistant.roleplay.scenario import load_scenarios
from assistant.roleplay.voice import Voice
from assistant.standby import Standby
from assistant.store import Store
from evals.faulty import FAULTS, HALF, PASSES, SILENT, STRUCTURED, Fault, Faulty
from evals.result import Result
from evals.stats import share, single
from knowledge import Embedder, Library, by_heart

SCENARIO = "gym-double-booking"
TURN = "You booked Dana for six o'clock. I am sorry, we gave your slot away."
NEXT = "I have your booking for six o'clock in front of me."
"""A turn after which the customer has nothing new to tell, so that any line fits."""
MESSAGE = "You double-booked my session with Dana and nobody told me! I want that sorted out."
LINES = ("Sorry's easy. What are you going to do about it?", "And who pays for the hour that I lost tonight?")
DOWN, FALLBACK = "down", ("outage", "silence", "rate limit, long", "disconnect")
COOL = 0.5
"""Seconds that the breaker leaves an endpoint alone here; the app's is longer."""
TARGETS = {
    "typed text kept": "= 1",
    "broken answers shown": "= 0",
    "faults that were told": "= 1",
    "seconds until it was told, after it could be known (most)": "<= 1",
    "seconds until it was told (most)": "<= 30",
    "goes on with the model once it is well": "= 1",
    "turns that the fallback spoke": "= 1",
    "requests to an endpoint that is left alone": "= 0",
    "keys in what was shown or stored": "= 0",
}
KEY = "sk-canary-7c1f0e52b9"


class Met(BaseModel):
    """How one fault was met. ``after`` counts from when it could be known, ``seconds`` from the sending."""

    model_config = ConfigDict(frozen=True)

    fault: str
    where: str
    kept: bool
    half: bool
    told: bool
    after: float
    seconds: float
    goes_on: bool
    key: bool


async def run(
    library: Library,
    embedder: Embedder,
    report: Callable[[int, int], None],
    timeout: float,
    faults: Sequence[Fault] = FAULTS,
) -> Result:
    """Meet every fault at both halves, then those that a fallback is for.

    As in the app, the index stands before anybody asks, and what ships with the project has its vectors by heart.
    """
    library.warm_up()
    embed = Remembered(by_heart(embedder))
    met: list[Met] = []
    total = 2 * len(faults) + 1 + len(FALLBACK)
    with tempfile.TemporaryDirectory(prefix="even-keel-faults-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'even-keel.db'}")
        try:
            for fault in faults:
                met.append(await _practice(fault, store, embedder, timeout))
                met.append(await _desk(fault, store, library, embed, timeout))
                report(len(met), total)
            met.append(await _practice(DOWN, store, embedder, timeout))
            stood = [await _stood_in(fault, store, embedder, timeout) for fault in FALLBACK]
            report(total, total)
        finally:
            store.close()
    return _result(met, stood, timeout)


def says(asked: dict[str, Any]) -> str:
    """A healthy answer: a draft, a reading, or the customer's line, whichever was asked for."""
    prompt = "\n".join(m["content"] for m in asked["messages"])
    if '"parts"' in prompt:
        part = {"purpose": "acknowledge", "text": "Your session with Dana was booked twice. That is our mistake."}
        return json.dumps({"outcome": "ask the agent", "parts": [part]})
    if '"acts"' in prompt:
        return '{"acts": [{"quote": "we gave your slot away", "act": "names_specific"}]}'
    return LINES[sum(m["role"] == "assistant" for m in asked["messages"]) > 1]


@asynccontextmanager
async def _model(
    endpoint: Faulty, timeout: float, fallback: Faulty | None = None
) -> AsyncIterator[tuple[ChatModel, Breaker]]:
    """A model as the app builds it, but for how long an endpoint is left alone."""
    breaker = Breaker(1 if fallback else 3, COOL)
    second = Endpoint(fallback.url, KEY, "fallback") if fallback else None
    first = Endpoint(endpoint.url, KEY, "first")
    model = ChatModel(Standby(lambda: first, breaker, second, slow=0.8 * timeout), timeout=timeout)
    try:
        yield model, breaker
    finally:
        await model.close()


def _room(model: ChatModel, store: Store, embedder: Embedder) -> PracticeRoom:
    return PracticeRoom(load_scenarios(), Reader(model, None), Voice(model, embedder.embed), store)


async def _practice(fault: str, store: Store, embedder: Embedder, timeout: float) -> Met:
    with Faulty(says) as endpoint:
        async with _model(endpoint, timeout) as (model, breaker):
            room = _room(model, store, embedder)
            practice = room.start(SCENARIO, seed="7").id
            _break(endpoint, fault)
            began, shown = time.monotonic(), ""
            with suppress(EvenKeelError):
                async for event in room.turn(practice, TURN):
                    shown += repr(event)
            done = time.monotonic()
            last = room.get(practice).exchanges[-1:]
            known = _known_at(endpoint, fault, timeout, began)
            _mend(endpoint, fault)
            await asyncio.sleep(breaker.wait)
            async for _ in room.turn(practice, NEXT):
                pass
            stored = room.get(practice).model_dump_json()
            return Met(
                fault=fault,
                where="practice",
                kept=bool(last) and last[0].text == TURN,
                half=HALF in stored or HALF in shown,
                told=bool(last) and (fault in PASSES or _tells(last[0], fault in STRUCTURED)),
                after=done - known,
                seconds=done - began,
                goes_on=room.get(practice).exchanges[-1].by == "model",
                key=KEY in stored or KEY in shown,
            )


def _tells(exchange: Exchange, reader_only: bool) -> bool:
    """Whether an exchange says who read in the model's place, and that the author spoke in it."""
    read = "could not" in exchange.reading.reader
    return read and (reader_only or (exchange.by == "author" and bool(exchange.note)))


async def _desk(fault: Fault, store: Store, library: Library, embed: Remembered, timeout: float) -> Met:
    with Faulty(says) as endpoint:
        async with _model(endpoint, timeout) as (model, breaker):
            desk = ReplyDesk(library, model, embed, store)
            _break(endpoint, fault)
            began = time.monotonic()
            draft = await _drafted(desk)
            done = time.monotonic()
            known = _known_at(endpoint, fault, timeout, began)
            _mend(endpoint, fault)
            await asyncio.sleep(breaker.wait)
            again = await _drafted(desk)
            stored = desk.records.draft(draft.id).model_dump_json()
            return Met(
                fault=fault,
                where="desk",
                kept=desk.records.draft(draft.id).customer == MESSAGE,
                half=HALF in stored,
                told=fault in PASSES or bool(draft.note),
                after=done - known,
                seconds=done - began,
                goes_on=again.model == "first",
                key=KEY in stored,
            )


async def _drafted(desk: ReplyDesk) -> Draft:
    events = [event async for event in desk.draft(MESSAGE, policy_set="gym") if not isinstance(event, Writing)]
    last = events[-1]
    assert isinstance(last, Drafted)
    return last.draft


async def _stood_in(fault: str, store: Store, embedder: Embedder, timeout: float) -> tuple[bool, int]:
    """Whether the fallback spoke in both turns, and how often the first was asked in the second."""
    with Faulty(says) as endpoint, Faulty(says) as fallback:
        async with _model(endpoint, timeout, fallback) as (model, breaker):
            room = _room(model, store, embedder)
            practice = room.start(SCENARIO, seed="7").id
            _break(endpoint, fault)
            async for _ in room.turn(practice, TURN):
                pass
            breaker.failed()  # its time begins again: the second turn falls into it
            before = endpoint.asked
            async for _ in room.turn(practice, NEXT):
                pass
            asked = endpoint.asked - before if fault != "disconnect" else 0
            return all(e.by == "model" for e in room.get(practice).exchanges), asked


def _break(endpoint: Faulty, fault: str) -> None:
    if fault == DOWN:
        endpoint.down()
    else:
        endpoint.fault = next(f for f in FAULTS if f == fault)


def _mend(endpoint: Faulty, fault: str) -> None:
    if fault == DOWN:
        endpoint.up()
    endpoint.fault = ""


def _known_at(endpoint: Faulty, fault: str, timeout: float, began: float) -> float:
    """When the fault could be known at the earliest: when it came, or when a silence had lasted."""
    if fault == DOWN:  # reader and voice each try three times, with the shortest pauses between
        return began + min(2 * 0.75 * (FIRST_PAUSE + 2 * FIRST_PAUSE), timeout)
    return endpoint.failed + timeout if fault in SILENT else max(endpoint.failed, began)


def _result(met: Sequence[Met], stood: Sequence[tuple[bool, int]], timeout: float) -> Result:
    after, seconds = [m.after for m in met], [m.seconds for m in met]
    figures = {
        "typed text kept": share([m.kept for m in met]),
        "broken answers shown": single(sum(m.half for m in met), len(met)),
        "faults that were told": share([m.told for m in met]),
        "seconds until it was told, after it could be known (most)": single(max(after), len(met)),
        "seconds until it was told (most)": single(max(seconds), len(met)),
        "goes on with the model once it is well": share([m.goes_on for m in met]),
        "turns that the fallback spoke": share([spoke for spoke, _ in stood]),
        "requests to an endpoint that is left alone": single(sum(asked for _, asked in stood), len(stood)),
        "keys in what was shown or stored": single(sum(m.key for m in met), len(met)),
    }
    wrong = [m for m in met if not (m.kept and m.told and m.goes_on) or m.half or m.key or m.after > 1]
    notes = tuple(f"  {m.where}, {m.fault}: {m}" for m in wrong)
    about: dict[str, str | int | float] = {"part": "model", "faults": len({m.fault for m in met}), "timeout": timeout}
    return Result(suite="faults", about=about, figures=figures, targets=TARGETS, notes=notes)
