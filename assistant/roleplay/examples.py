"""Read a turn by what was learned from labelled lines (``lines.py``): words, letters, meaning, patterns together.

    reader = ExampleReader(ACTS.learned(folder, embedder))
    reader.read("That's on us. I'm putting you down for Thursday at six.")

Sentences are judged, and an act is reported with the sentence that shows it. What the customer said
before is not heard: a model may have worded it, and would then have a say in what the customer feels.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.ridge import Floats
from assistant.roleplay.acts import Act, Reading, codebook
from assistant.roleplay.features import word_acts
from assistant.roleplay.patterns import gibberish, sentences
from assistant.sentence_model import SentenceModel

CHARGED = 0.5
"""The least probability at which a harm is charged: nobody is blamed for what is likelier not to be there."""


class ExampleReader:
    """Reads with a model of the acts, one label each of ``word_acts``."""

    def __init__(self, model: SentenceModel) -> None:
        self._model = model
        floors = [CHARGED if _harms(act) else 0.0 for act in word_acts()]
        self.thresholds = np.maximum(model.thresholds, np.array(floors, dtype=np.float32))

    def read(self, text: str) -> Reading:
        """The acts that the learned model sees, each with the sentence that shows it."""
        if gibberish(text):
            return Reading(acts=(Act(id="manipulation", quote=text[:120].strip()),), reader="examples")
        parts = sentences(text) or [text]
        sure = self.probabilities(parts)
        shown = sure >= self.thresholds
        asked = _asked(parts, sure, shown)
        shown, sure = shown | (asked > 0), np.maximum(sure, asked)
        best = np.where(shown, sure, 0).argmax(axis=0)
        acts = [
            Act(id=act, quote=parts[best[i]], sure=round(float(sure[best[i], i]), 2))
            for i, act in enumerate(word_acts())
            if shown[best[i], i]
        ]
        return Reading(acts=tuple(acts), reader="examples")

    def probabilities(self, parts: list[str]) -> Floats:
        """Shape ``(sentences, acts)``, 0 to 1."""
        return self._model.probabilities(parts)

    async def ahead(self, parts: Iterable[str]) -> None:
        """Have sentences judged off the event loop, together with those of other turns."""
        await self._model.ahead(parts)


def _asked(parts: Sequence[str], sure: Floats, shown: NDArray[np.bool_]) -> Floats:
    """The questions that their mark tells, open or closed as is likelier (how much so): of two words, doing no harm.

    Of the labelled sentences with a question mark and no harm 95% ask; a sneer only looks as if it did.
    """
    acts = list(word_acts())
    questions = [acts.index("open_question"), acts.index("closed_question")]
    harms = [i for i, act in enumerate(acts) if _harms(act)]
    asked = np.zeros_like(sure)
    for row, part in enumerate(parts):
        if "?" in part and " " in part.strip() and not shown[row, harms + questions].any():
            kind = max(questions, key=lambda i: sure[row, i])
            asked[row, kind] = sure[row, kind] / max(sure[row, questions].sum(), 1e-6)
    return asked


def _harms(act: str) -> bool:
    return codebook()[act].polarity == "harming"
