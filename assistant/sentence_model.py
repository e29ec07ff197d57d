"""What sentences show, learned from labelled ones: kept as plain arrays, so that it can be shipped.

    model = learn(pieces, shown, groups, mark, embed, threshold)    # minutes for twenty thousand sentences
    model.probabilities(["I'm sorry, that was us."])         # shape (sentences, labels), 0 to 1
    model.save(path, "what it was made of"); load(path, mark, embed)

What counts: words and pairs of words, letters three to five in a row (which forgive typing), the sentence's vector,
and the marks that whoever learns gives it beside (``mark``). How sure a score is, and from where a label counts, come
from sentences held out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.remembered import Remembered
from assistant.ridge import Features, Floats, Ridge
from assistant.ridge import learn as learn_ridge
from assistant.tuned import Opinion, joined
from knowledge import terms
from knowledge.terms import Analyze, Terms, words_of

Embed = Callable[[list[str]], Floats]
Mark = Callable[[list[str]], Floats]
_words = words_of(r"[a-z']+|\d+|[?!$£€]")
LEAST = 2
"""Sentences that must have a term for it to count."""


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely a score is right, a label each: the log odds are ``slopes * score + biases``."""

    slopes: Floats
    biases: Floats

    def probability(self, scores: Floats) -> Floats:
        """Shape ``(sentences, labels)``, 0 to 1."""
        return np.asarray(1 / (1 + np.exp(-(scores * self.slopes + self.biases))), dtype=np.float32)


@dataclass(slots=True)
class SentenceModel:
    """What was learned: vocabularies, weights, how likely a score is right, one threshold a label.

    ``second`` is asked beside it, where there is one; it is not learned, and not saved.
    """

    words: Terms
    letters: Terms
    ridge: Ridge
    odds: Odds
    thresholds: Floats
    mark: Mark
    embed: Embed
    second: Opinion | None = None
    _judged: Remembered = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """A sentence is judged once, however often it is asked about."""
        self._judged = Remembered(self._judge)

    def probabilities(self, pieces: list[str]) -> Floats:
        """Shape ``(sentences, labels)``, 0 to 1."""
        return self._judged(pieces)

    async def ahead(self, pieces: Iterable[str]) -> None:
        """Have sentences judged off the event loop, together with those of others who ask now."""
        await self._judged.ahead(pieces)

    def save(self, path: Path, made_of: str) -> None:
        """Write all that was learned and what it was made of, in one piece or not at all."""
        rows, columns = np.triu_indices(self.ridge.meaning.shape[1])
        arrays: dict[str, Any] = {
            "made_of": np.array(made_of),
            "words": _packed(self.words),
            "words_idf": self.words.idf,
            "letters": _packed(self.letters),
            "letters_idf": self.letters.idf,
            "ngrams": self.ridge.ngrams.astype(np.float16),
            "meaning": self.ridge.meaning[:, rows, columns].astype(np.float16),  # alike from both sides
            "marks": self.ridge.marks,
            "odds": np.stack([self.odds.slopes, self.odds.biases]),
            "thresholds": self.thresholds,
        }
        part = path.with_suffix(".part.npz")
        np.savez_compressed(part, **arrays)
        part.replace(path)

    def _judge(self, pieces: list[str]) -> Floats:
        features = measured(pieces, self.words, self.letters, self.mark, self.embed)
        own = self.odds.probability(self.ridge.scores(features))
        return joined(own, self.second(pieces)) if self.second else own


def no_marks(pieces: list[str]) -> Floats:
    """No marks: a lesson may do without."""
    return np.zeros((len(pieces), 0), dtype=np.float32)


def learn(
    pieces: Sequence[str],
    shown: NDArray[np.int8],
    groups: Sequence[str],
    mark: Mark,
    embed: Embed,
    threshold: Callable[[Floats, NDArray[np.int8]], float],
) -> SentenceModel:
    """Learn which labels sentences show.

    Args:
        pieces: the labelled sentences.
        shown: 1 where a sentence shows a label, shape ``(sentences, labels)``.
        groups: what each sentence is held out together with.
        mark: the further marks of sentences, shape ``(sentences, marks)``, or ``no_marks``.
        embed: their unit vectors.
        threshold: from held-out probabilities and marks of one label, from where it counts.
    """
    (words, _), (letters, _) = (Terms.fit(analyze, pieces, LEAST) for analyze in (_words, terms.letters))
    ridge, held_out = learn_ridge(measured(list(pieces), words, letters, mark, embed), shown, groups)
    odds = _odds(held_out, shown)
    thresholds = list(map(threshold, odds.probability(held_out).T, shown.T))
    return SentenceModel(words, letters, ridge, odds, np.array(thresholds, dtype=np.float32), mark, embed)


def load(path: Path, mark: Mark, embed: Embed) -> SentenceModel:
    """What ``save`` wrote.

    Raises:
        OSError, ValueError, KeyError: it is not there, torn, or something else.
    """
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        kept = dict(file)
    half = kept["meaning"].astype(np.float32)
    dimensions = int((np.sqrt(8 * half.shape[1] + 1) - 1) / 2)
    rows, columns = np.triu_indices(dimensions)
    meaning = np.empty((len(half), dimensions, dimensions), dtype=np.float32)
    meaning[:, rows, columns] = meaning[:, columns, rows] = half
    return SentenceModel(
        _unpacked(_words, kept["words"], kept["words_idf"]),
        _unpacked(terms.letters, kept["letters"], kept["letters_idf"]),
        Ridge(kept["ngrams"].astype(np.float32), meaning, kept["marks"]),
        Odds(*kept["odds"]),
        kept["thresholds"],
        mark,
        embed,
    )


def made_of_what(path: Path) -> str:
    """What a saved model says it was made of; raises as ``load`` does."""
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        return str(file["made_of"])


def measured(pieces: list[str], words: Terms, letters: Terms, mark: Mark, embed: Embed) -> Features:
    """Both vocabularies' n-grams in each sentence, its vector, its marks."""
    from scipy.sparse import hstack

    ngrams = hstack([words.rows(pieces), letters.rows(pieces)], format="csr")
    return Features(ngrams, embed(pieces), mark(pieces))


def _packed(vocabulary: Terms) -> NDArray[np.uint8]:
    """A vocabulary in its order, a term a line: none holds a line's end."""
    return np.frombuffer("\n".join(vocabulary.terms).encode(), dtype=np.uint8)


def _unpacked(analyze: Analyze, packed: NDArray[np.uint8], idf: Floats) -> Terms:
    return Terms(analyze, packed.tobytes().decode().split("\n"), idf)


def _odds(scores: Floats, shown: NDArray[np.int8]) -> Odds:
    """One logistic regression a label, on its score alone (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    fits = [LogisticRegression(C=100.0).fit(scores[:, [i]], shown[:, i]) for i in range(shown.shape[1])]
    slopes, biases = zip(*((f.coef_[0, 0], f.intercept_[0]) for f in fits), strict=True)
    return Odds(np.array(slopes, dtype=np.float32), np.array(biases, dtype=np.float32))
