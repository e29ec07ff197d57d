"""The language of a text, by its script or its commonest words (``language.yaml``). Pure.

    language("Mi maleta no ha llegado")     # "Spanish"
    language("ok")                          # "English": where nothing tells
    foreign("We met at Las Palmas")         # "": a name or two make no other language

Words that only look like another language's are not counted: parts of "e-mail" and of addresses, names in the
middle of a sentence.
"""

import re
from functools import cache
from pathlib import Path

from knowledge import shipped

_FILE = Path(__file__).with_suffix(".yaml")
ITS_SCRIPT = 0.3
"""Share of a text's letters from which it is in the language of their script."""
SURE = 3
"""Different words of another language that make sure of it; or one in so many words; or fewer beside no English."""
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+")
_WORD = re.compile(r"(?P<start>^|[.!?:\n][\s\"“¡¿]*)?(?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)")


def language(text: str) -> str:
    """The language of a text; English where nothing tells."""
    by_script = _by_script(text)
    if by_script:
        return by_script
    words = set(_words(text))
    counts = {name: sum(w in common for w in words) for name, common in _languages().items()}
    counts["English"] += sum(w in _english_too() for w in words)
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] >= max(2, counts["English"] + 2) else "English"


def foreign(text: str) -> str:
    """The language of a text that is surely in another than English; else empty."""
    if by_script := _by_script(text):
        return by_script
    name, words = language(text), _words(text)
    telling = set(words) & _languages()[name]
    english = _languages()["English"] | _english_too()
    sure = len(telling) >= SURE or len(telling) * SURE >= len(words) or english.isdisjoint(words)
    return name if sure and name != "English" else ""


def in_english(text: str) -> bool:
    """Whether a text is surely English, by a common word of it at least."""
    return language(text) == "English" and any(w in _languages()["English"] for w in _words(text))


def _by_script(text: str) -> str:
    letters = sum(c.isalpha() for c in text) or 1
    scripts = _scripts().items()
    return next((name for name, pattern in scripts if len(pattern.findall(text)) > ITS_SCRIPT * letters), "")


def _words(text: str) -> list[str]:
    """The words in small letters, without names in the middle of a sentence."""
    found = _WORD.finditer(_ADDRESS.sub(" ", text.replace("’", "'")))
    return [m["word"].lower() for m in found if m["start"] is not None or not _is_name(m["word"])]


def _is_name(word: str) -> bool:
    """Whether a word in the middle of a sentence tells no language; one that is shouted may."""
    return word != "I" and word[0].isupper() and (len(word) == 1 or not word.isupper())


@cache
def _languages() -> dict[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in shipped.read(_FILE)["languages"].items()}


@cache
def _english_too() -> frozenset[str]:
    return frozenset(shipped.read(_FILE)["English too"])


@cache
def _scripts() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in shipped.read(_FILE)["scripts"].items()}
