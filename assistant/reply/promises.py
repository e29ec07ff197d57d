"""Which sentences of a draft commit the company, learned from labelled ones (``promises.jsonl``, to be edited).

    promised = Promised(lambda: learn_apart(PROMISES, folder, embedder))
    promised(["The sauna is yours any Friday."])      # how likely each commits, 0 to 1

A promise can be made in any words, and so can a sentence that promises nothing; patterns (``commitments.yaml``) know
the words that were thought of. The labelled sentences were written by language models in sixteen voices: most as
pairs of near neighbours, those of hands 10, 11 and 14 to 18 as whole replies. Whoever wrote saw neither the patterns
nor a case that is measured on.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from assistant.lesson import Lesson, labelled
from assistant.sentence_model import Embed, SentenceModel, learn, no_marks

SENTENCES = Path(__file__).parent / "promises.jsonl"
DENIED = 0.3
"""Likelihood from which a sentence needs a policy, whatever patterns say."""
EXCUSED = 0.03
"""Likelihood below which it needs none, whatever patterns say. What both are good for, on sentences of writers whom
nothing was learned from, is printed by ``python -m evals run drafting --only promises``."""


class Sentence(BaseModel):
    """A sentence of a reply, and whether it commits the company; ``hand`` is one number a writer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    commits: bool
    hand: int


class Promised:
    """How likely sentences commit, by what ``learned`` gives; asked for once, when it is first needed."""

    def __init__(self, learned: Callable[[], SentenceModel]) -> None:
        self._learned = learned
        self._model: SentenceModel | None = None
        self._lock = threading.Lock()

    def __call__(self, sentences: list[str]) -> list[float]:
        """The likelihood of each, 0 to 1; the first call may take seconds, or a minute after the file was edited.

        Raises:
            EvenKeelError: it could not be learned.
        """
        return [float(likely) for likely in self.model().probabilities(sentences)[:, 0]]

    def model(self) -> SentenceModel:
        """What was learned; as a call does, it may take a while."""
        with self._lock:
            if self._model is None:
                self._model = self._learned()
            return self._model


def load_sentences(path: Path = SENTENCES) -> list[Sentence]:
    """The labelled sentences.

    Raises:
        EvenKeelError: a line breaks the schema; names file and line.
    """
    return [sentence for _, sentence in labelled(path, Sentence)]


def _learn(embed: Embed) -> SentenceModel:
    """Learn from sentences that stand beside their near neighbours."""
    sentences = load_sentences()
    commits = np.array([[s.commits] for s in sentences], dtype=np.int8)
    neighbours = [str(number // 2) for number in range(len(sentences))]
    return learn([s.text for s in sentences], commits, neighbours, no_marks, embed, lambda likely, shown: DENIED)


PROMISES = Lesson("promises", 1, (SENTENCES,), lambda: ("commits",), no_marks, _learn)
"""Whether a sentence commits the company: one label."""
