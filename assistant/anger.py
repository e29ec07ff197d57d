"""How angry one message of a customer sounds, told from its words alone.

    reader = AngerReader.learn(scenarios.values(), embed)
    reader.read(["Where is it? I've rung four times!", "Thanks, that works."])     # [71.2, 18.5]

A ridge regression over what the scenarios' authors wrote for each anger band: embeddings,
character n-grams and surface marks. It knows nothing of the state that a practice keeps; the
evals use it as a second opinion on the voice.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.roleplay.scenario import BANDS, Band, Scenario, band_of

Embed = Callable[[list[str]], NDArray[np.float32]]
MIDDLE: dict[Band, float] = {"furious": 87.5, "angry": 62.5, "annoyed": 37.5, "calm": 12.5}
STRENGTH = 3.0
_HEAT = re.compile(
    r"\b(furious|livid|angry|fuming|rage|raging|hate|disgust\w*|disgrace\w*|outrag\w*|shameful|ridiculous|pathetic|"
    r"useless|joke|liars?|lying|never again|fed up|sick of|how dare|idiots?|stupid|damn|hell|fuck\w*|shit\w*|crap)\b",
    re.IGNORECASE,
)
_COOL = re.compile(
    r"\b(thanks?|thank you|please|appreciate|fair enough|works for me|kind|glad|okay|ok)\b", re.IGNORECASE
)


@dataclass(slots=True)
class AngerReader:
    """What was learned from the authors' lines."""

    letters: Any
    model: Any
    embed: Embed

    @classmethod
    def learn(cls, scenarios: Iterable[Scenario], embed: Embed) -> "AngerReader":
        """Learn from the lines of these scenarios; takes some seconds."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import Ridge

        rows = [
            (line, MIDDLE[band])
            for scenario in scenarios
            for by_band in scenario.lines.values()
            for band in BANDS
            for line in by_band.get(band, ())
        ]
        texts = [text for text, _ in rows]
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True)
        letters.fit(texts)
        reader = cls(letters, Ridge(alpha=STRENGTH), embed)
        reader.model.fit(reader._features(texts), [anger for _, anger in rows])
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
