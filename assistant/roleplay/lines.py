"""The labelled lines, and what is learned from them: ``lines.jsonl``, which a trainer can edit.

ACTS.learned(folder, embedder)        # which acts a sentence shows; shipped, or learned in minutes
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assistant import act_words
from assistant.errors import EvenKeelError
from assistant.lesson import Lesson, labelled
from assistant.ridge import Floats
from assistant.roleplay.features import mark, word_acts
from assistant.roleplay.patterns import sentences
from assistant.sentence_model import Embed, SentenceModel, learn

RARER = 2.5
"""How much rarer an act is among the turns of a real talk than among the contrast pairs of the lines."""
LINES = Path(__file__).parent / "lines.jsonl"


class Line(BaseModel):
    """A labelled line: what the customer said, what the trainee answered, the acts with their words."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    customer: str = ""
    agent: str
    acts: dict[str, str] = {}


def load_lines(path: Path = LINES) -> list[Line]:
    """The labelled lines.

    Raises:
        EvenKeelError: a line breaks the schema; names file and line.
    """
    lines = []
    for number, line in labelled(path, Line):
        wrong = next((a for a, q in line.acts.items() if a not in word_acts() or q not in line.agent), None)
        if wrong:
            raise EvenKeelError(
                f"{path.name}, line {number}: '{wrong}' is no act of words, or its words do not occur."
            )
        lines.append(line)
    return lines


def _learn(embed: Embed) -> SentenceModel:
    pieces, shown, groups = sentence_labels(load_lines())
    return learn(pieces, np.maximum(shown, 0), groups, mark, embed, _best_threshold)


def sentence_labels(lines: Iterable[Line]) -> tuple[list[str], NDArray[np.int8], list[str]]:
    """Sentences, their labels, and groups.

    A label is 1 where an act's words touch a sentence, -1 where they stand in another of its turn: an act is labelled
    once a turn, and this sentence may show it too.
    """
    pieces: list[str] = []
    rows: list[list[int]] = []
    groups: list[str] = []
    for line in lines:
        parts = sentences(line.agent) or [line.agent]
        spans = _spans(line.agent, parts)
        for part, (start, end) in zip(parts, spans, strict=True):
            pieces.append(part)
            groups.append(line.customer or line.agent)
            row = []
            for act in word_acts():
                quote = line.acts.get(act, "")
                at = line.agent.find(quote) if quote else -1
                row.append(0 if at < 0 else 1 if at < end and at + len(quote) > start else -1)
            rows.append(row)
    return pieces, np.array(rows, dtype=np.int8), groups


def _spans(text: str, parts: list[str]) -> list[tuple[int, int]]:
    spans, here = [], 0
    for part in parts:
        start = text.find(part, here)
        start = here if start < 0 else start
        here = start + len(part)
        spans.append((start, here))
    return spans


def _best_threshold(probabilities: Floats, marks: NDArray[np.int8]) -> float:
    """From which probability an act counts: the best F1 at natural rates, in steps of 0.02."""

    def f1(threshold: float) -> float:
        seen = probabilities >= threshold
        both = float((seen & (marks == 1)).sum())
        false = RARER * float((seen & (marks == 0)).sum())
        return 2 * both / max(1.0, both + false + float(marks.sum()))

    return float(max((t / 100 for t in range(20, 90, 2)), key=f1))


ACTS = Lesson("acts", 7, (LINES, act_words.FILE), word_acts, mark, _learn)
"""Which acts a sentence shows, one label an act that can be told from words."""
