"""How angry one message of a customer sounds, told from its words alone.

    reader = AngerReader.learn(scenarios.values(), embed)
    reader.read(["Where is it? I've rung four times!", "Thanks, that works."])     # [71.2, 18.5]

A ridge regression over ``anger.jsonl``, messages of many kinds graded from 0 to 100 (the graded
ones: a language model wrote and graded them, without sight of any public set), and over what the
scenarios' authors wrote for each anger band, which tells less and counts less: embeddings,
character n-grams and surface marks. It knows nothing of the state that a practice keeps; it is
a second opinion on the voice.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from assistant.roleplay.scenario import BANDS, Band, Scenario, band_of
from evals.rows import load_rows

Embed = Callable[[list[str]], NDArray[np.float32]]
MIDDLE: dict[Band, float] = {"furious": 87.5, "angry": 62.5, "annoyed": 37.5, "calm": 12.5}
STRENGTH = 3.0
AUTHORS_COUNT = 0.1
"""Weight of an author's line beside a graded message's 1, by cross-validation on the graded messages."""
GRADED = Path(__file__).parent / "anger.jsonl"
_HEAT = re.compile(
    r"\b(furious|livid|angry|fuming|rage|raging|hate|disgust\w*|disgrace\w*|outrag\w*|shameful|ridiculous|pathetic|"
    r"useless|joke|liars?|lying|never again|fed up|sick of|how dare|idiots?|stupid|damn|hell|fuck\w*|shit\w*|crap)\b",
    re.IGNORECASE,
)
_COOL = re.compile(
    r"\b(thanks?|thank you|please|appreciate|fair enough|works for me|kind|glad|okay|ok)\b", re.IGNORECASE
)


class Graded(BaseModel):
    """A message and how angry it sounds, 0 to 100."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    anger: int = Field(ge=0, le=100)
    text: str = Field(min_length=1)


@dataclass(slots=True)
class AngerReader:
    """What was learned from the graded messages and the authors' lines."""

    letters: Any
    model: Any
    embed: Embed

    @classmethod
    def learn(cls, scenarios: Iterable[Scenario], embed: Embed) -> "AngerReader":
        """Learn from the graded messages and the lines of these scenarios; takes some seconds.

        Raises:
            EvalError: a graded message breaks the schema; names file and line.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import Ridge

        rows = [(g.text, float(g.anger), 1.0) for g in load_rows(GRADED, Graded)] + [
            (line, MIDDLE[band], AUTHORS_COUNT)
            for scenario in scenarios
            for by_band in scenario.lines.values()
            for band in BANDS
            for line in by_band.get(band, ())
        ]
        texts, angers, weights = zip(*rows, strict=True)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2, sublinear_tf=True)
        letters.fit(texts)
        reader = cls(letters, Ridge(alpha=STRENGTH), embed)
        reader.model.fit(reader._features(texts), angers, sample_weight=weights)
        return reader

    def read(self, texts: Sequence[str]) -> list[float]:
        """Anger of each text, 0 to 100."""
        if not texts:
            return []
        return [float(a) for a in np.clip(self.model.predict(self._features(texts)), 0, 100)]

    def bands(self, texts: Sequence[str]) -> list[Band]:
        """The anger band of each text."""
        return [band_of(round(anger)) for anger in self.read(texts)]

    def _features(self, texts: Sequence[str]) -> Any:
        from scipy.sparse import csr_matrix, hstack

        surface = csr_matrix(np.array([_surface(t) for t in texts], dtype=np.float32))
        meaning = csr_matrix(self.embed(list(texts)) * 2)
        return hstack([self.letters.transform(texts), meaning, surface], format="csr")


def _surface(text: str) -> list[float]:
    letters = [c for c in text if c.isalpha()]
    return [
        min(text.count("!"), 4) / 2,
        min(text.count("?"), 4) / 4,
        sum(c.isupper() for c in letters) / max(1, len(letters)),
        min(len(_HEAT.findall(text)), 3),
        min(len(_COOL.findall(text)), 3),
        min(len(text.split()), 40) / 40,
    ]
