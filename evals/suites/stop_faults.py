"""The faults suite, part "stop": the whole app stopped in the middle of a turn, and begun again.

Over HTTP, as a browser would: a practice, a turn as events, SIGTERM or SIGKILL at a random moment of it.
What the events acknowledged must be there when the app is up again, soon, and the practice must go on. A stop
that was asked for must end in time and cut no answer short that could be finished.
"""

import json
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict

from evals.app import App
from evals.faulty import Faulty
from evals.result import Result
from evals.rows import append, kept_rows
from evals.stats import share, single

STOPS = 6
SCENARIO = "gym-double-booking"
LATENCY = 0.8
"""Seconds that the endpoint takes for an answer."""
TURNS = (
    "You booked Dana for six o'clock. I am sorry, we gave your slot away.",
    "What does losing tonight's session mean for you?",
    "Nobody rang you, and you drove across town for it. That must be infuriating.",
    "I can book you in with Dana on Thursday at six. Would that help?",
    "I will ring you tomorrow by noon, whatever happens.",
    "What else should I know?",
    "I am noting that nobody rang you.",
)
LINES = (
    "Sorry's easy. What are you going to do about it?",
    "And who pays for the hour that I lost tonight?",
    "Nobody even picked up the phone to tell me!",
    "So what happens the next time you sell it twice?",
    "I want to see that in writing, from you.",
    "You people never listen to a word that I say.",
    "Fine words. When do I train, then?",
    "How would you feel if it was your money?",
)
TARGETS = {
    "acknowledged turns lost": "= 0",
    "acknowledged lines lost": "= 0",
    "practices that go on": "= 1",
    "seconds from the first answer to the same turn (most)": "<= 3",
    "answers cut by SIGTERM": "= 0",
    "seconds from SIGTERM to the end (most)": "<= 12",
}


class Stopped(BaseModel):
    """One stop: what was acknowledged and what was there afterwards."""

    model_config = ConfigDict(frozen=True)

    how: str
    turns_lost: int
    lines_lost: int
    cut: bool
    goes_on: bool
    ended: float
    resumed: float
    started: float


def run(report: Callable[[int, int], None], stops: int, file: Path, seed: int = 0) -> Result:
    """Stop the app so many times, every second time with SIGKILL.

    Args:
        file: each stop is kept there as a JSON line; those that stand there count, and are not done again.

    Raises:
        EvalError: the app does not come up, or does not stop.
    """
    found = kept_rows(file, Stopped)
    dice = random.Random(f"{seed}/{len(found)}")
    file.parent.mkdir(parents=True, exist_ok=True)
    if len(found) >= stops:
        return _result(found)
    with tempfile.TemporaryDirectory(prefix="even-keel-faults-") as temporary, Faulty(_slowly) as endpoint:
        folder = Path(temporary)
        settings = {"OPENAI_BASE_URL": endpoint.url, "OPENAI_MODEL": "told"}
        app = App(folder, **settings)
        try:
            practice = _post(app, "practices", {"scenario": SCENARIO, "seed": "7", "difficulty": "gentle"})["id"]
            for number in range(len(found), stops):
                how = signal.SIGKILL if number % 2 else signal.SIGTERM
                before = _turns(app, practice)
                told = _turn_until(app, practice, TURNS[number % len(TURNS)], how, dice.uniform(0.1, 3 * LATENCY))
                app = App(folder, **settings)
                began = time.monotonic()
                after = _turns(app, practice)
                resumed = time.monotonic() - began
                found.append(_compared(app, practice, how, before, after, told, resumed))
                append(file, found[-1])
                if after and _get(app, practice)["over"]:
                    practice = _post(app, "practices", {"scenario": SCENARIO, "difficulty": "gentle"})["id"]
                report(number + 1, stops)
        finally:
            app.stop(signal.SIGKILL)
    return _result(found)


def _slowly(asked: dict[str, Any]) -> str:
    time.sleep(LATENCY)
    if "JSON" in asked["messages"][-1]["content"]:
        return '{"acts": []}'
    return LINES[sum(m["role"] == "assistant" for m in asked["messages"]) % len(LINES)]


class _Told(BaseModel):
    text: str
    read: bool = False
    line: str = ""
    whole: bool = False
    ended: float = 0.0


def _turn_until(app: App, practice: str, text: str, how: signal.Signals, after: float) -> _Told:
    """Take a turn, and send the signal so many seconds into it; gives what the events acknowledged."""
    told = _Told(text=text)

    def listen() -> None:
        try:
            with httpx.stream(
                "POST",
                f"{app.address}/api/v1/practices/{practice}/turns",
                json={"text": text},
                headers={"Accept": "text/event-stream"},
                timeout=60,
            ) as answer:
                name = ""
                for line in answer.iter_lines():
                    name = line[7:] if line.startswith("event: ") else name
                    if line.startswith("data: ") and name == "read":
                        told.read = True
                    elif line.startswith("data: ") and name == "said":
                        said = json.loads(line[6:])
                        told.line = said["text"] if said["final"] else ""
            told.whole = True
        except httpx.HTTPError:  # cut: what was told until then is what counts
            pass

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    time.sleep(after)
    began = time.monotonic()
    app.stop(how)
    told.ended = time.monotonic() - began
    listener.join(10)
    return told


def _compared(
    app: App,
    practice: str,
    how: signal.Signals,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    told: _Told,
    resumed: float,
) -> Stopped:
    texts = [t["text"] for t in before if t["line"]] + ([told.text] if told.read else [])
    kept = [t["text"] for t in after]
    lines = [t["line"] for t in after]
    over = _get(app, practice)["over"]
    went = over or bool(_post(app, f"practices/{practice}/turns", {"text": "What would you like to happen?"})["line"])
    return Stopped(
        how=how.name,
        turns_lost=sum(text not in kept for text in texts),
        lines_lost=int(bool(told.line) and told.line not in lines),
        cut=how is signal.SIGTERM and told.read and not told.whole,
        goes_on=went,
        ended=told.ended if how is signal.SIGTERM else 0.0,
        resumed=resumed,
        started=app.started,
    )


def _get(app: App, practice: str) -> Any:
    return httpx.get(f"{app.address}/api/v1/practices/{practice}", timeout=60).raise_for_status().json()


def _turns(app: App, practice: str) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = _get(app, practice)["turns"]
    return turns


def _post(app: App, path: str, body: dict[str, Any]) -> Any:
    return httpx.post(f"{app.address}/api/v1/{path}", json=body, timeout=60).raise_for_status().json()


def _result(found: list[Stopped]) -> Result:
    n = len(found)
    figures = {
        "acknowledged turns lost": single(sum(s.turns_lost for s in found), n),
        "acknowledged lines lost": single(sum(s.lines_lost for s in found), n),
        "practices that go on": share([s.goes_on for s in found]),
        "answers cut by SIGTERM": single(sum(s.cut for s in found), sum(s.how == "SIGTERM" for s in found)),
        "seconds from SIGTERM to the end (most)": single(max(s.ended for s in found), n),
        "seconds from the first answer to the same turn (most)": single(max(s.resumed for s in found), n),
        "seconds from the start of the process to its first answer (most)": single(max(s.started for s in found), n),
    }
    return Result(suite="faults", about={"part": "stop", "stops": n}, figures=figures, targets=TARGETS)
