"""The planted suite: does the gate stop what it should, and nothing else?

Twenty faults (``planted.yaml``), one at a time, in a copy of the project: the gate must exit non-zero. Then
twenty clean runs of the gate under other seeds than the baseline's: none may raise an alarm.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from evals.errors import EvalError
from evals.result import Result
from evals.stats import Figure, share
from knowledge import shipped

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).parents[1] / "planted.yaml"
PARTS = ("assistant", "evals", "knowledge", "prompts")
CLEAN = 20
TARGETS = {"faults caught": "= 1", "clean runs that raise an alarm": "= 0"}
Say = Callable[[str], None]


class Fault(BaseModel):
    """``old`` in ``file`` becomes ``new``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    file: str
    old: str = Field(min_length=3)
    new: str


class _Faults(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    faults: tuple[Fault, ...]


def load_faults(root: Path = ROOT) -> tuple[Fault, ...]:
    """The faults; each fits the project at ``root``.

    Raises:
        EvalError: the words to be changed do not stand in the file exactly once.
    """
    faults = shipped.read_as(FILE, _Faults).faults
    for fault in faults:
        times = (root / fault.file).read_text(encoding="utf-8").count(fault.old)
        if times != 1:
            raise EvalError(
                f"planted.yaml, '{fault.what}': its words stand {times} times in {fault.file}; expected once. "
                "The code has moved on: fit the fault to it."
            )
    return faults


def run(only: str, limit: int, say: Say) -> Result:
    """The faults, then the clean runs; ``only`` "faults" or "clean" takes one part, ``limit`` its first few.

    Raises:
        EvalError: there is no such part, or a fault fits no more.
    """
    if only not in ("", "faults", "clean"):
        raise EvalError(f"--only {only}: the parts are 'faults' and 'clean'.")
    figures: dict[str, Figure] = {}
    notes: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        for part in PARTS:
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        if only != "clean":
            faults = load_faults()[: limit or None]
            stopped = [_planted(copy, fault, notes, say) for fault in faults]
            figures["faults caught"] = share(stopped)
        if only != "faults":
            alarms = [_clean(copy, epoch, notes, say) for epoch in range(1, (limit or CLEAN) + 1)]
            figures["clean runs that raise an alarm"] = share(alarms)
    return Result(suite="planted", figures=figures, targets=TARGETS, notes=tuple(notes))


def _planted(copy: Path, fault: Fault, notes: list[str], say: Say) -> bool:
    """Whether the gate stopped the fault; the file is put back."""
    path = copy / fault.file
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace(fault.old, fault.new), encoding="utf-8")
    try:
        status, stops = _gate(copy, 0)
    finally:
        path.write_text(sound, encoding="utf-8")
    line = f"  {'caught' if status else 'MISSED'}: {fault.what}" + (f" — {stops[0][:150]}" if stops else "")
    notes.append(line)
    say(line)
    return bool(status) and bool(stops)


def _clean(copy: Path, epoch: int, notes: list[str], say: Say) -> bool:
    """Whether a sound project raised an alarm under the seeds of ``epoch``."""
    status, stops = _gate(copy, epoch)
    say(f"  clean run {epoch}: {'ALARM' if status else 'passed'}")
    if status:
        notes.append(f"  clean run {epoch}: {'; '.join(stops)[:300]}")
    return bool(status)


def _gate(copy: Path, epoch: int) -> tuple[int, list[str]]:
    """The gate's exit status in the copy, and the lines on which it stops."""
    command = [sys.executable, "-m", "evals", "gate", "--epoch", str(epoch)]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    stops = [line for line in done.stdout.splitlines() if line.startswith("STOP")]
    if done.returncode and not stops:  # it broke instead of judging: that is not catching a fault
        raise EvalError(f"The gate failed instead of judging:\n{done.stderr[-1500:]}")
    return done.returncode, stops
