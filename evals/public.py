"""Public sets with human labels, read from a folder outside the project: nothing of them is kept here.

    tasks = load_public(folder, "tau_bank_tasks", BankTask)

One JSON object a line. A schema names only what a suite may see; other fields are dropped.
"""

import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from evals.errors import EvalError
from evals.rows import Row, load_rows

Rating = Literal["Bad", "Could be Improved", "Acceptable", "Excellent"]
RATINGS: tuple[Rating, ...] = ("Bad", "Could be Improved", "Acceptable", "Excellent")
"""Worst first; a rating's place is its value, 0 to 3."""
_SPOKEN = re.compile(r'(?<![^\s(*])["“](?=\S)([^"”]+)(?<=\S)["”](?!\w)')


class BankDocument(BaseModel):
    """A document of a bank's knowledge base (``tau_bank_docs``); ``text`` is Markdown without a title."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    text: str = Field(min_length=1)


class BankTask(BaseModel):
    """A customer to be played (``tau_bank_tasks``) and the documents that the agent needs (``label``, at least one).

    ``text`` tells the player who the customer is, what happened and what to say. What the agent
    should do is in the set too and left out here, so that no query can be built from it.
    """

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    label: frozenset[str] = Field(min_length=1)

    @property
    def queries(self) -> dict[str, str]:
        """What may be asked: the whole ``script``, the lines to be ``said`` and the ``opening`` one of them.

        A text with fewer than 20 words of such lines counts whole.
        """
        lines = [line for line in _SPOKEN.findall(self.text) if len(line.split()) >= 5]
        said = " ".join(lines)
        if len(said.split()) < 20:
            return {"script": self.text, "said": self.text, "opening": self.text}
        return {"script": self.text, "said": said, "opening": lines[0]}


class RatedPassage(BaseModel):
    """A question, a passage and two or three people's ratings of it as an answer (``feedbackqa``)."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    text: str = Field(min_length=1)
    label: tuple[Rating, ...] = Field(min_length=1)

    @property
    def ratings(self) -> tuple[int, ...]:
        """Each rating, 0 (bad) to 3 (excellent)."""
        return tuple(RATINGS.index(r) for r in self.label)

    @property
    def rating(self) -> float:
        """Their mean, 0 to 3."""
        return sum(self.ratings) / len(self.ratings)


def load_public(folder: Path, name: str, schema: type[Row]) -> list[Row]:
    """The rows of ``name.jsonl``, at least one.

    Raises:
        EvalError: the folder or the file is missing or empty, or a line breaks the schema (names file and line).
    """
    path = folder / f"{name}.jsonl"
    if not path.is_file():
        what = "lacks" if folder.is_dir() else "is no folder, so it lacks"
        raise EvalError(
            f"{folder} {what} {name}.jsonl. The public sets are not part of the project: "
            "docs/public-sets.md says where they come from. Give the folder that holds them with --data."
        )
    rows = load_rows(path, schema)
    if not rows:
        raise EvalError(f"{path.name} in {folder} is empty; expected one {schema.__name__} a line.")
    return rows


class _Labelled(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)
    text: str = Field(min_length=1)


class EmpathyRow(_Labelled):
    """A conversation, one criterion, the experts' ratings, and three models' (``empathy_judge``).

    ``framework`` is the questionnaire that the criterion is of; ``label`` is the experts' median.
    """

    framework: str
    criterion: str
    label: float
    experts: tuple[float, ...] = Field(min_length=2)
    llm: dict[str, float] = {}

    @property
    def conversation(self) -> str:
        """What the rows of one conversation share."""
        return self.id.rsplit(":", 1)[0]


class EvidenceRow(_Labelled):
    """A conversation, one criterion, a reader's rating and the words it rests on (``empathy_evidence``)."""

    criterion: str
    label: float
    evidence: str = ""


class FaithRow(_Labelled):
    """A summary, and whether people found anything in it that its passage does not say (``faithbench``).

    ``detectors`` are what recorded models said: 0 (not) to 1 (faithful), None where they gave nothing.
    """

    context: str
    label: Literal["Consistent", "Benign", "Questionable", "Unwanted"]
    detectors: dict[str, float | None] = {}


class ClaimRow(_Labelled):
    """A claim and the sentences of its source (``wice_claims``)."""

    context: tuple[str, ...]
    label: Literal["supported", "partially_supported", "not_supported"]


class TechniqueRow(_Labelled):
    """A counsellor's utterance as ten experts labelled it (``annomi_multi``)."""

    role: str
    annotations: dict[str, dict[str, str]]


class AbuseRow(_Labelled):
    """A user's line to an agent, 1 (fine) to -3 (very strong abuse), by two to eight people (``convabuse``)."""

    label: float
    annotators: dict[str, int]


class AngerRow(_Labelled):
    """A message and how angry it is, 0 to 1, by best-worst scaling (``anger_intensity``)."""

    label: float = Field(ge=0, le=1)
