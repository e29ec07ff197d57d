"""The acts suite: does the reader see in a turn what people who read it with care see?

The project's own held-apart turns, labelled twice; the figure is F1 an act and their mean. Acts
shown fewer than five times are not counted in the mean. Intervals are clustered by dialogue.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from assistant.conversation import Transcript
from assistant.roleplay.acts import Reading
from assistant.roleplay.features import word_acts
from evals.agreement import kappa
from evals.case import FOLDER
from evals.heard import Heard, HeardAct
from evals.result import Result
from evals.rows import load_rows
from evals.stats import Figure, bootstrap

TURNS = FOLDER / "acts" / "turns.jsonl"
SECOND = FOLDER / "acts" / "second_pass.jsonl"
FEWEST = 5
_ACT = re.compile(r"F1 (\w+) \((\d+)\)")
Read = Callable[[str, Transcript], Awaitable[Reading]]


class LabelledTurn(BaseModel):
    """A trainee's turn with the acts that a labeller saw in it, each with its words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    set: str
    dialogue: str
    customer: str
    agent: str
    acts: dict[str, str]


class Seen(BaseModel):
    """A labelled turn and the acts a reader saw in it."""

    model_config = ConfigDict(frozen=True)

    turn: LabelledTurn
    acts: frozenset[str]


def load_turns(path: Path = TURNS, part: str = "report") -> list[LabelledTurn]:
    """The labelled turns of one part, ``tune`` or ``report``.

    Raises:
        EvalError: a line breaks the schema; names file and line.
    """
    return [t for t in load_rows(path, LabelledTurn) if t.set == part]


def load_second(path: Path = SECOND) -> dict[str, frozenset[str]]:
    """Turn id → the acts seen in the second labelling pass."""
    return {row.id: frozenset(row.acts) for row in load_rows(path, SecondPass)}


async def run(
    turns: Sequence[LabelledTurn], read: Read, name: str, report: Callable[[int, int], None], at_once: int = 1
) -> Result:
    """Read every turn, ``at_once`` at a time, and hold it against the labels."""
    gate, done = asyncio.Semaphore(at_once), 0

    async def one(turn: LabelledTurn) -> tuple[Seen, str]:
        nonlocal done
        async with gate:
            reading = await read(turn.agent, Transcript().add("customer", turn.customer))
        done += 1
        report(done, len(turns))
        return Seen(turn=turn, acts=frozenset(a.id for a in reading.acts)), reading.reader

    read_all = await asyncio.gather(*(one(t) for t in turns))
    seen = [s for s, _ in read_all]
    readers = ", ".join(sorted({r for _, r in read_all}))
    target = ">= 0.85" if name == "model" else ">= 0.7"
    return Result(
        suite="acts",
        about={"reader": readers, "turns": len(turns)},
        figures=figures(seen),
        targets={"macro-F1": target},
        notes=("labelled twice by one hand: the agreement is of that hand with itself, a ceiling from above",),
    )


def figures(seen: Sequence[Seen]) -> dict[str, Figure]:
    """The mean over acts, the labeller's agreement with itself, then each act."""
    clusters = [s.turn.dialogue for s in seen]
    counted = [a for a in word_acts() if sum(a in s.turn.acts for s in seen) >= FEWEST]

    def macro(some: Sequence[Seen]) -> float:
        return float(np.mean([f1(some, act) for act in counted])) if counted else 0.0

    found = {"macro-F1": bootstrap(seen, macro, clusters), "labels, first pass with second (kappa)": _agreement(seen)}
    for act in word_acts():
        shown = sum(act in s.turn.acts for s in seen)
        if shown:
            found[f"F1 {act} ({shown})"] = bootstrap(seen, lambda some, a=act: f1(some, a), clusters)  # type: ignore[misc]
    return found


def heard_of(result: Result) -> Heard:
    """What of a run's figures a scorecard shows."""
    named = {m[1]: (figure, int(m[2])) for n, figure in result.figures.items() if (m := _ACT.fullmatch(n))}
    found = {act: HeardAct(f1=round(figure.value, 3), shown=shown) for act, (figure, shown) in named.items()}
    return Heard(turns=int(result.about["turns"]), date=datetime.now(tz=UTC).date(), acts=found)


def f1(seen: Sequence[Seen], act: str) -> float:
    """F1 of one act; 1 where it is neither shown nor seen."""
    both = sum(act in s.acts and act in s.turn.acts for s in seen)
    either = sum(act in s.acts for s in seen) + sum(act in s.turn.acts for s in seen)
    return 2 * both / either if either else 1.0


class SecondPass(BaseModel):
    """What a second labeller saw in a turn."""

    id: str
    acts: dict[str, str]


def _agreement(seen: Sequence[Seen]) -> Figure:
    """Mean kappa over acts of the two labelling passes."""
    second = load_second()
    twice = [s for s in seen if s.turn.id in second]
    shown = [a for a in word_acts() if sum(a in s.turn.acts for s in twice) >= FEWEST]

    def mean_kappa(some: Sequence[Seen]) -> float:
        pairs = [([a in s.turn.acts for s in some], [a in second[s.turn.id] for s in some]) for a in shown]
        found = [kappa(one, two) for one, two in pairs if len({*one, *two}) > 1]
        return float(np.mean(found)) if found else 0.0

    return bootstrap(twice, mean_kappa, [s.turn.dialogue for s in twice])
