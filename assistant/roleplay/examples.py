"""Read a turn by learning from labelled lines: patterns, n-grams and embeddings together.

    reader = ExampleReader.learn(load_lines(), embed)
    reader.read("That's on us. I'm putting you down for Thursday at six.")

Two logistic regressions an act, over sentences: an act is reported with the sentence that shows
it. One hears the words, one the meaning. What the customer said before is not heard: a model may
have worded it, and would then have a say in what the customer feels. The labelled lines are
``lines.jsonl``, which a trainer can edit; learning takes a minute or two and is cached.
"""

import hashlib
import pickle  # nosec B403
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import EvenKeelError
from assistant.remembered import Remembered
from assistant.roleplay.acts import Act, Reading
from assistant.roleplay.features import Embed, meaning, ngrams, vocabularies, word_acts
from assistant.roleplay.patterns import gibberish, sentences

VERSION = 5
"""Part of the cache's name: raise it when features change."""
SOLVERS: tuple[dict[str, Any], dict[str, Any]] = (
    {"solver": "liblinear", "C": 4.0},
    {"solver": "lbfgs", "C": 1.0, "max_iter": 300},
)
FOLDS = 4
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
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not text.strip():
            continue
        try:
            line = Line.model_validate_json(text)
        except ValidationError as error:
            raise EvenKeelError(f"{path.name}, line {number}: {error.errors()[0]['msg']}.") from error
        wrong = next((a for a, q in line.acts.items() if a not in word_acts() or q not in line.agent), None)
        if wrong:
            raise EvenKeelError(
                f"{path.name}, line {number}: '{wrong}' is no act of words, or its words do not occur."
            )
        lines.append(line)
    return lines


@dataclass(frozen=True, slots=True)
class Linear:
    """One logistic regression an act: shapes ``(acts, features)`` and ``(acts,)``."""

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]

    def scores(self, features: Any) -> NDArray[np.float32]:
        """Log odds, shape ``(sentences, acts)``."""
        return np.asarray(features @ self.weights.T + self.biases, dtype=np.float32)


@dataclass(slots=True)
class ExampleReader:
    """What was learned: vocabularies, a model of n-grams, a model of meaning, one threshold an act."""

    words: Any
    characters: Any
    of_words: Linear
    of_meaning: Linear
    thresholds: NDArray[np.float32]
    embed: Embed
    _judged: Remembered = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """A turn is read, suspected and asked about act by act: each sentence is judged once."""
        self._judged = Remembered(self._judge)

    @classmethod
    def learn(cls, lines: Sequence[Line], embed: Embed) -> "ExampleReader":
        """Learn from labelled lines. Thresholds come from lines held out in turn, by customer line."""
        from sklearn.model_selection import GroupKFold

        pieces, marks, groups = _sentence_labels(lines)
        words, characters = vocabularies(pieces)
        sparse, dense = ngrams(pieces, words, characters), meaning(pieces, embed)
        held_out = np.zeros(marks.shape, dtype=np.float32)
        for train, test in GroupKFold(n_splits=FOLDS).split(pieces, groups=groups):
            parts = [
                _fit(f[train], marks[train], s).scores(f[test]) for f, s in zip((sparse, dense), SOLVERS, strict=True)
            ]
            held_out[test] = _probability(parts[0], parts[1])
        thresholds = [_best_threshold(held_out[:, i], marks[:, i]) for i in range(marks.shape[1])]
        return cls(
            words,
            characters,
            _fit(sparse, marks, SOLVERS[0]),
            _fit(dense, marks, SOLVERS[1]),
            np.array(thresholds, dtype=np.float32),
            embed,
        )

    def read(self, text: str) -> Reading:
        """The acts that the learned model sees, each with the sentence that shows it."""
        if gibberish(text):
            return Reading(acts=(Act(id="manipulation", quote=text[:120].strip()),), reader="examples")
        parts = sentences(text) or [text]
        sure = self.probabilities(parts)
        best = sure.argmax(axis=0)
        acts = [
            Act(id=act, quote=parts[best[i]], sure=round(float(sure[best[i], i]), 2))
            for i, act in enumerate(word_acts())
            if sure[best[i], i] >= self.thresholds[i]
        ]
        return Reading(acts=tuple(acts), reader="examples")

    def probabilities(self, parts: list[str]) -> NDArray[np.float32]:
        """Shape ``(sentences, acts)``, 0 to 1."""
        return self._judged(parts)

    async def ahead(self, parts: Iterable[str]) -> None:
        """Have sentences judged off the event loop, together with those of other turns."""
        await self._judged.ahead(parts)

    def _judge(self, parts: list[str]) -> NDArray[np.float32]:
        return _probability(
            self.of_words.scores(ngrams(parts, self.words, self.characters)),
            self.of_meaning.scores(meaning(parts, self.embed)),
        )


def cached(folder: Path, embed: Embed, fingerprint: str) -> ExampleReader | None:
    """The reader that was learned before from the very same lines, or None."""
    path = _cache(folder, fingerprint)
    if not path.is_file():
        return None
    try:
        words, characters, of_words, of_meaning, thresholds = pickle.loads(path.read_bytes())  # nosec B301
    except Exception:  # a torn cache is worth nothing: learn again
        path.unlink(missing_ok=True)
        return None
    return ExampleReader(words, characters, of_words, of_meaning, thresholds, embed)


def learn_or_load(folder: Path, embed: Embed, fingerprint: str) -> ExampleReader:
    """The reader learned from the lines in force, from ``folder`` if it was learned before.

    The cache is a pickle in the app's own cache folder, named by everything it depends on.
    """
    if reader := cached(folder, embed, fingerprint):
        return reader
    reader = ExampleReader.learn(load_lines(), embed)
    path = _cache(folder, fingerprint)
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(
        pickle.dumps((reader.words, reader.characters, reader.of_words, reader.of_meaning, reader.thresholds))
    )
    part.replace(path)
    return reader


def _cache(folder: Path, fingerprint: str) -> Path:
    patterns = Path(__file__).parent / "patterns.yaml"
    made_of = LINES.read_bytes() + patterns.read_bytes() + f"{VERSION}{fingerprint}".encode()
    return folder / f"acts-{hashlib.sha256(made_of).hexdigest()[:16]}.pickle"


def _sentence_labels(lines: Iterable[Line]) -> tuple[list[str], NDArray[np.int8], list[str]]:
    """Sentences, their labels (an act marks those that its words touch), and groups."""
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
                row.append(int(at >= 0 and at < end and at + len(quote) > start))
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


def _fit(features: Any, marks: NDArray[np.int8], options: dict[str, Any]) -> Linear:
    from sklearn.linear_model import LogisticRegression

    weights, biases = [], []
    for i in range(marks.shape[1]):
        model = LogisticRegression(class_weight={0: 1.0, 1: 3.0}, **options).fit(features, marks[:, i])
        weights.append(model.coef_[0])
        biases.append(model.intercept_[0])
    return Linear(np.array(weights, dtype=np.float32), np.array(biases, dtype=np.float32))


def _probability(of_words: NDArray[np.float32], of_meaning: NDArray[np.float32]) -> NDArray[np.float32]:
    """Both models' opinion: the mean of their log odds, as a probability.

    Giving the words .65 of it raises F1 on lines held out by .007, and has experts read as rude in the simulator.
    """
    return np.asarray(1 / (1 + np.exp(-(of_words + of_meaning) / 2)), dtype=np.float32)


def _best_threshold(probabilities: NDArray[np.float32], marks: NDArray[np.int8]) -> float:
    """The threshold with the best F1 at natural rates, among steps of 0.02."""

    def f1(threshold: float) -> float:
        seen = probabilities >= threshold
        both = float((seen & (marks == 1)).sum())
        false = RARER * float((seen & (marks == 0)).sum())
        return 2 * both / max(1.0, both + false + float(marks.sum()))

    return float(max((t / 100 for t in range(20, 90, 2)), key=f1))


__all__ = ["ExampleReader", "Line", "cached", "learn_or_load", "load_lines", "word_acts"]
