"""What people say of a criterion: one yes/no question about one text, answered blind to what code or a judge said.

    labels = Labels(data_dir / "labels", "mira")
    labels.add(item, "yes", quote="We sold your slot twice")
    read_labels(data_dir / "labels")      # everybody's last word on every item

A file a person (``mira.jsonl``), a line an answer; the last line on an item counts, so that nothing said is
lost. A line holds the text it is about: a folder of labels can be read without the app it came from.
``python -m evals calibrate --labels DIR`` compares them.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from assistant.store import LOCAL_OWNER
from evals.errors import EvalError
from evals.judge import Verdict, stands
from evals.rows import append, kept_rows

Answer = Literal["yes", "no", "not applicable", "cannot tell"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
MOST_QUOTE = 2000
MOST_NAME = 200
"""Bytes of a file's name that a person's name may take."""


class Item(BaseModel):
    """A text and the criterion it is held against. ``code`` is code's verdict, empty where a judge answers.

    ``id`` is ``source:criterion``; items of one source are about one conversation or draft.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=3)
    rubric: str
    criterion: str
    text: str = Field(min_length=1)
    background: str = ""
    code: Verdict | Literal[""] = ""

    @property
    def source(self) -> str:
        """What it is about."""
        return self.id.rpartition(":")[0]


class Label(Item):
    """One person's answer, at ``at`` (UTC); ``quote`` holds the words of the text that it rests on, if any."""

    answer: Answer
    quote: str = ""
    by: str
    at: datetime

    @property
    def met(self) -> bool | None:
        """Yes or no; None where it does not apply or cannot be told."""
        return {"yes": True, "no": False}.get(self.answer)


class Labels:
    """One person's labels.

    Args:
        folder: everybody's; made when the first label is kept.
        name: the person's name, kept in small letters.

    Raises:
        EvalError: the name is none that can name a file, or the person's file breaks the schema.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name.strip().lower()
        if not self.name.isprintable() or not 1 <= len(self.name) <= 64:
            raise EvalError("Give a name of 1 to 64 letters: it keeps your labels apart from others'.")
        self._path = _file_of(folder, self.name)
        self._said = {label.id: label for label in kept_rows(self._path, Label)}

    @property
    def said(self) -> dict[str, Label]:
        """The last word on each item, by its id."""
        return self._said

    def todo(self, items: Iterable[Item]) -> list[Item]:
        """The items that have no label yet, in their order."""
        return [item for item in items if item.id not in self._said]

    def add(self, item: Item, answer: Answer, quote: str = "") -> Label:
        """Keep an answer; it is on the disk when this returns.

        Raises:
            EvalError: the quote does not stand in the text; nothing was kept.
        """
        words = quote.strip()[:MOST_QUOTE]
        if words and not (words := stands(words, item.text)):
            raise EvalError("These words do not stand in the text. Copy them from it, or leave the quote empty.")
        label = Label(**item.model_dump(), answer=answer, quote=words, by=self.name, at=datetime.now(UTC))
        append(self._path, label)
        self._said[item.id] = label
        return label


def forget(folder: Path, owner: str) -> int:
    """Delete a person's labels for good, on this machine without accounts everybody's; gives how many files."""
    gone = list(folder.glob("*.jsonl")) if owner == LOCAL_OWNER else [_file_of(folder, owner.lower())]
    there = [path for path in gone if path.is_file()]
    for path in there:
        path.unlink()
    return len(there)


def _file_of(folder: Path, name: str) -> Path:
    """Where somebody's labels are, whatever signs the name has; one too long for a file's name is cut and marked."""
    quoted = quote(name, safe="@")
    if len(quoted) > MOST_NAME:
        quoted = f"{quoted[:MOST_NAME]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return folder / f"{quoted}.jsonl"


def read_labels(folder: Path) -> list[Label]:
    """Everybody's last word on every item, by person and then in the order of their first answers.

    Raises:
        EvalError: there is no label, or a line breaks the schema (names file and line).
    """
    by_person = [{label.id: label for label in kept_rows(path, Label)} for path in sorted(folder.glob("*.jsonl"))]
    found = [label for labels in by_person for label in labels.values()]
    if not found:
        raise EvalError(f"There are no labels in {folder}. The tab Labels of the app keeps them there.")
    return found
