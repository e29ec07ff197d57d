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
from assistant.roleplay.pile import clipped, piled
from assistant.sentence_model import SentenceModel

UNKIND = ("blame", "arguing", "brush_off", "bare_policy", "insult", "calm_down")
"""Harms that are done to somebody: one may be taken for another."""
CHARGED = 0.5
"""The least probability at which a harm is charged: nobody is blamed for what is likelier not to be there."""
SOME = 0.6
"""The least probability of some harm at which the likeliest is charged where no one kind is that likely: reckoned as
if each were there by chance, which says too much."""


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
        hurt = _hurt(sure, shown)
        shown, sure = shown | (hurt > 0), np.maximum(sure, hurt)
        best = (np.where(shown, sure, 0) * _weight(parts, shown)).argmax(axis=0)
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
    questions = _columns(("open_question", "closed_question"))
    harms = _columns(filter(_harms, word_acts()))
    asked = np.zeros_like(sure)
    for row, part in enumerate(parts):
        if "?" in part and " " in part.strip() and not shown[row, harms + questions].any():
            kind = max(questions, key=lambda i: sure[row, i])
            asked[row, kind] = sure[row, kind] / max(sure[row, questions].sum(), 1e-6)
    return asked


def _hurt(sure: Floats, shown: NDArray[np.bool_]) -> Floats:
    """The harm of a turn that does nothing for the customer, where some harm is likelier than none, but no one kind.

    A sneer may be an insult, a brush-off or an argument, and is one of them for certain; the likeliest is named.
    """
    does = _columns(a for a in word_acts() if codebook()[a].polarity != "neutral" and a != "manipulation")
    hurt = np.zeros_like(sure)
    columns = _columns(UNKIND)
    unkind = sure[:, columns]
    likely = 1 - (1 - unkind).prod(axis=1)
    row = int(likely.argmax())
    if likely[row] >= SOME and not shown[:, does].any():
        hurt[row, columns[int(unkind[row].argmax())]] = likely[row]
    return hurt


def _weight(parts: Sequence[str], shown: NDArray[np.bool_]) -> Floats:
    """How gladly each sentence is quoted, shape ``(sentences, 1)``: one that says something before one that does not.

    What a turn says in earnest is not lost because catchwords beside it say it more loudly.
    """
    tricks = shown[:, _columns(["manipulation"])[0]]
    lists = np.array([piled(part) or clipped(part) for part in parts])
    return np.where(tricks, 0.1, np.where(lists, 0.5, 1.0)).astype(np.float32)[:, None]


def _columns(acts: Iterable[str]) -> list[int]:
    return [word_acts().index(act) for act in acts]


def _harms(act: str) -> bool:
    return codebook()[act].polarity == "harming"
