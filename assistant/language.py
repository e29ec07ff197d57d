"""The language of a text, by its script or its commonest words (``language.yaml``). Pure.

language("Mi maleta no ha llegado")     # "Spanish"
language("ok")                          # "English": where nothing tells
"""

import re
from functools import cache
from pathlib import Path

from knowledge import shipped

_FILE = Path(__file__).with_suffix(".yaml")
ITS_SCRIPT = 0.3
"""Share of a text's letters from which it is in the language of their script."""


def language(text: str) -> str:
    """The language of a text; English where nothing tells."""
    letters = sum(c.isalpha() for c in text) or 1
    for name, pattern in _scripts().items():
        if len(pattern.findall(text)) > ITS_SCRIPT * letters:
            return name
    words = _words(text)
    counts = {name: sum(w in common for w in words) for name, common in _languages().items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] >= max(2, counts["English"] + 2) else "English"


def in_english(text: str) -> bool:
    """Whether a text is surely English, by a common word of it at least."""
    return language(text) == "English" and any(w in _languages()["English"] for w in _words(text))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text.lower().replace("’", "'"))


@cache
def _languages() -> dict[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in shipped.read(_FILE)["languages"].items()}


@cache
def _scripts() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in shipped.read(_FILE)["scripts"].items()}
