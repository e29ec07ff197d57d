"""Groundedness without a model: does a source say what a text says? Words, numbers and meaning, sentence by sentence.

    faithbench(rows, embed)    # figures; claims(rows, embed) likewise

Balanced accuracy on people's labels, the threshold learned on the other folds (texts of one source share
a fold). Floors: always yes (0.5), and the share of words in the source alone.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assistant.roleplay.patterns import sentences
from evals.public import ClaimRow, FaithRow
from evals.stats import Figure, bootstrap, mean, single

Embed = Callable[[list[str]], NDArray[np.float32]]
FOLDS = 10
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_NAME = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][a-z]{2,}")


def faithbench(rows: Sequence[FaithRow], embed: Embed) -> dict[str, Figure]:
    """Summaries without anything unwanted against those with; questionable ones are left out."""
    kept = [r for r in rows if r.label != "Questionable"]
    features = np.array([_features(r.text, _sentences(r.context), embed) for r in kept])
    sound = [r.label != "Unwanted" for r in kept]
    groups = [r.context[:80] for r in kept]
    figures = _figures("faithbench", features, sound, groups)
    for name in sorted({d for r in kept for d in r.detectors}):
        told = [(r.detectors.get(name), ok) for r, ok in zip(kept, sound, strict=True)]
        said = [(score >= 0.5, ok) for score, ok in told if score is not None]
        figures[f"faithbench, {name} as recorded: balanced accuracy"] = bootstrap(said, _balanced)
    return figures


def claims(rows: Sequence[ClaimRow], embed: Embed) -> dict[str, Figure]:
    """Claims that their source supports in full against those that it supports in part or not."""
    features = np.array([_features(r.text, list(r.context), embed) for r in rows])
    groups = [r.context[0][:80] if r.context else r.id for r in rows]  # a source may be empty: nothing is supported
    return _figures("wice", features, [r.label == "supported" for r in rows], groups)


def _figures(
    name: str, features: NDArray[np.float64], sound: Sequence[bool], groups: Sequence[str]
) -> dict[str, Figure]:
    whole, words = _crossed(features, sound, groups), _crossed(features[:, :1], sound, groups)
    rows = list(zip(whole, sound, strict=True))
    return {
        f"{name}, words, numbers and meaning: balanced accuracy": bootstrap(rows, _balanced, list(groups)),
        f"{name}, floor, words in the source: balanced accuracy": bootstrap(
            list(zip(words, sound, strict=True)), _balanced, list(groups)
        ),
        f"{name}, floor, always yes: balanced accuracy": single(0.5, len(sound)),
        f"{name}: share that is sound": mean([float(s) for s in sound]),
    }


def _balanced(rows: Sequence[tuple[bool, bool]]) -> float:
    said, sound = [s for s, _ in rows], [o for _, o in rows]
    return float(balanced_accuracy_score(sound, said)) if len(set(sound)) > 1 else float("nan")


def _crossed(features: NDArray[np.float64], sound: Sequence[bool], groups: Sequence[str]) -> list[bool]:
    """Each row's verdict by a model that saw only other sources."""
    truth = np.array(sound)
    out = np.zeros(len(truth), dtype=bool)
    for train, test in GroupKFold(min(FOLDS, len(set(groups)))).split(features, groups=list(groups)):
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", C=0.1))
        out[test] = model.fit(features[train], truth[train]).predict(features[test])
    return [bool(v) for v in out]


def _features(text: str, source: list[str], embed: Embed) -> list[float]:
    """Of a text's sentences, weakest and mean: words, numbers and names in the source, nearness in meaning."""
    parts = _sentences(text) or [text]
    known = " ".join(source)
    words = [_share(_words(p), _words(known)) for p in parts]
    numbers = _share(set(_NUMBER.findall(text)), set(_NUMBER.findall(known)))
    names = _share(set(_NAME.findall(text)), set(re.findall(r"\b[A-Z][a-z]{2,}", known)))
    vectors = embed([*parts, *(source or [""])])
    near = (vectors[: len(parts)] @ vectors[len(parts) :].T).max(axis=1)
    best_words = [max((_share(_words(p), _words(s)) for s in source), default=0.0) for p in parts]
    return [
        float(np.mean(words)),
        min(words),
        numbers,
        names,
        float(near.min()),
        float(near.mean()),
        min(best_words),
        float(np.log1p(len(text.split()))),
    ]


def _share(some: set[str], of: set[str]) -> float:
    return len(some & of) / len(some) if some else 1.0


def _words(text: str) -> set[str]:
    return {w[:7] for w in re.findall(r"[a-z]{4,}", text.lower())}


def _sentences(text: str) -> list[str]:
    return [s for s in sentences(text) if len(s.split()) > 2]
