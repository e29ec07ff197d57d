"""How far the reader of turns agrees with labels, an act each, as ``python -m evals run acts --keep`` last found.

    heard().of("owned_apology")     # "reader and labels agree at F1 .83 (79 in 722 turns, 2026-11-27)"

Criteria that go by what was read (``reads`` in a rubric) are shown with it. Nobody edits the file.
"""

from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from evals.case import FOLDER
from evals.errors import EvalError
from knowledge import ShippedError, shipped

FILE = FOLDER / "acts" / "heard.yaml"
_HEAD = "# How far the reader agrees with labels. Written by 'python -m evals run acts --keep', not by hand.\n"


class HeardAct(BaseModel):
    """F1 on one act, and how many of the turns show it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    f1: float = Field(ge=0, le=1)
    shown: int = Field(ge=1)


class Heard(BaseModel):
    """Every act's figure, of how many turns, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    turns: int = Field(ge=1)
    date: date
    acts: dict[str, HeardAct]

    def of(self, act: str) -> str:
        """One act's figure in words.

        Raises:
            EvalError: it was not measured.
        """
        if act not in self.acts:
            raise EvalError(f"{FILE.name} has no act '{act}'. There are: {', '.join(self.acts)}.")
        found = self.acts[act]
        f1 = f"{found.f1:.2f}".removeprefix("0")
        return f"reader and labels agree at F1 {f1} ({found.shown} in {self.turns} turns, {self.date})"

    def write(self, path: Path = FILE) -> None:
        """Keep it as what is shown from now on."""
        rows = yaml.safe_dump(self.model_dump(), sort_keys=False, width=118)
        path.write_text(_HEAD + rows, encoding="utf-8")


@cache
def heard(path: Path = FILE) -> Heard:
    """What was measured last.

    Raises:
        EvalError: the file is missing or breaks its schema.
    """
    try:
        return shipped.read_as(path, Heard)
    except ShippedError as error:
        raise EvalError(f"{error} Write it anew with 'python -m evals run acts --keep'.") from error
