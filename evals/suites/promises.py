"""The drafting suite, part "promises": is a sentence of an ordinary reply told for what it is?

Whole replies by two writers whom nothing was learned from, each sentence labelled by its writer and, apart, by a
reader who saw no label (``replies.jsonl``); all three are language models. How much of such a reply
would be held back for nothing, were no policy quoted, the innocent sentences taken for a promise tell.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sklearn.metrics import roc_auc_score

from assistant.reply.commitments import commitments
from assistant.reply.promises import Promised
from evals.agreement import kappa
from evals.case import FOLDER
from evals.result import Result
from evals.rows import load_rows
from evals.stats import bootstrap, share

REPLIES = FOLDER / "drafting" / "replies.jsonl"


class Replied(BaseModel):
    """A sentence of a reply (``id``: writer, reply, sentence); whether it commits, by its writer and by a reader."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    text: str
    commits: bool
    read: bool


class Told(BaseModel):
    """What the desk takes a sentence for, what patterns alone take it for, how likely it commits as learned."""

    model_config = ConfigDict(frozen=True)

    sentence: Replied
    desk: bool
    alone: bool
    likely: float


def load_replies(path: Path = REPLIES) -> list[Replied]:
    """The sentences, in order.

    Raises:
        EvalError: a line breaks the schema; names file and line.
    """
    return load_rows(path, Replied)


def run(sentences: Sequence[Replied], promised: Promised, report: Callable[[int, int], None]) -> Result:
    """Every sentence as the desk verifies it."""
    told = []
    for number, sentence in enumerate(sentences, 1):
        told.append(
            Told(
                sentence=sentence,
                desk=bool(commitments(sentence.text, promised)),
                alone=bool(commitments(sentence.text)),
                likely=promised([sentence.text])[0],
            )
        )
        report(number, len(sentences))
    commits = [t for t in told if t.sentence.commits]
    innocent = [t for t in told if not t.sentence.commits]
    figures = {
        "promises seen": share([t.desk for t in commits]),
        "promises seen, by patterns alone": share([t.alone for t in commits]),
        "innocent sentences taken for one": share([t.desk for t in innocent]),
        "innocent sentences taken for one, by patterns alone": share([t.alone for t in innocent]),
        "promises before innocent sentences (AUC), as learned": bootstrap(told, _order, _replies(told)),
        "labels, writer with reader (kappa)": bootstrap(told, _agreement, _replies(told)),
    }
    about: dict[str, str | int | float] = {"sentences": len(told), "replies": len(set(_replies(told)))}
    return Result(suite="drafting: promises", about=about, figures=figures, targets={}, notes=tuple(_missed(told)))


def _replies(told: Sequence[Told]) -> list[str]:
    return [t.sentence.id.rpartition("-")[0] for t in told]


def _order(some: Sequence[Told]) -> float:
    return float(roc_auc_score([t.sentence.commits for t in some], [t.likely for t in some]))


def _agreement(some: Sequence[Told]) -> float:
    return kappa([t.sentence.commits for t in some], [t.sentence.read for t in some])


def _missed(told: Sequence[Told]) -> list[str]:
    return [f"  not seen: {t.sentence.text}" for t in told if t.sentence.commits and not t.desk]
