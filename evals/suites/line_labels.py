"""What two readers heard in single lines of the customer, who saw nothing but the line and the talk's title.

    labels = load_labels()
    figures(labels, model={"We never got it!"}, author=set())     # agreement with the band meant, flips

Two language models that had voiced none of the lines read them (``cases/simulator/lines.jsonl``), each in an order
of its own: how angry the speaker sounds, and whether it can be the customer who speaks. They are a stricter second
opinion on the voice than ``evals/anger``, which knows a few messages' grades.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.roleplay.scenario import BANDS, Band
from evals.agreement import kappa
from evals.case import FOLDER
from evals.rows import load_rows
from evals.stats import Figure, bootstrap, share

LINES = FOLDER / "simulator" / "lines.jsonl"


class LabelledLine(BaseModel):
    """A line as it was meant (``band``) and as two readers heard it; ``flips``: who of them heard staff."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str
    by: Literal["author", "model"]
    band: Band
    text: str = Field(min_length=1)
    heard: tuple[Band, Band]
    flips: tuple[bool, bool]


def load_labels(path: Path = LINES) -> list[LabelledLine]:
    """The labelled lines.

    Raises:
        EvalError: a line breaks the schema; names file and line.
    """
    return load_rows(path, LabelledLine)


def figures(labels: Sequence[LabelledLine], model: Collection[str], author: Collection[str]) -> dict[str, Figure]:
    """Agreement of both readers with the band meant, and flips, of the labelled lines that are still said.

    Args:
        model: the texts that a model said in the records at hand.
        author: the texts that the scenarios hold now.
    """
    said = {"model": model, "author": author}
    kept = [label for label in labels if label.text in said[label.by]]
    found = {}
    for by in ("model", "author"):
        of_one = [label for label in kept if label.by == by]
        if of_one:
            found[f"band heard by two readers in lines of the {by} (kappa)"] = bootstrap(of_one, _as_meant)
    if kept:
        found["the two readers with each other (kappa)"] = bootstrap(kept, _with_each_other)
        by_model = [label for label in kept if label.by == "model"]
        found["role flips that both readers hear"] = share([all(label.flips) for label in by_model])
        found["role flips that one of them hears"] = share([any(label.flips) for label in by_model])
    return found


def band_kappa(meant: Sequence[Band], heard: Sequence[Band]) -> float:
    """Quadratic kappa of two readings of the same lines."""
    return kappa([BANDS.index(band) for band in meant], [BANDS.index(band) for band in heard], quadratic=True)


def _as_meant(labels: Sequence[LabelledLine]) -> float:
    """The mean of the two readers' kappa with the band meant."""
    meant = [label.band for label in labels]
    return sum(band_kappa(meant, [label.heard[i] for label in labels]) for i in (0, 1)) / 2


def _with_each_other(labels: Sequence[LabelledLine]) -> float:
    return band_kappa([label.heard[0] for label in labels], [label.heard[1] for label in labels])
