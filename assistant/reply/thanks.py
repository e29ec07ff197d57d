"""Whether a message only thanks, or says nothing to go on (``thanks.yaml``). Pure code.

    only_thanks("Thank you!! bag arrived, you're stars")       # True
    only_thanks("Thanks for nothing, third week waiting")      # False
    says_nothing("ok fine")                                    # True

Strict: every clause must be thanks, praise or good news of a thing that the file lists. Another clause, or a word
alone that is not the name in the last line, makes it a message like any other; an accepted offer is no thanks.
"""

import re
from functools import cache
from pathlib import Path
from typing import Literal

from knowledge import shipped
from knowledge.shipped import Fields

FILE = Path(__file__).with_suffix(".yaml")
_PARTS = re.compile(r"[.!?,;:\n()–—]+|\s-+\s|\b(?:and|because|so(?=\s*,))\b", re.IGNORECASE)
"""What stands between clauses."""
LONGEST = 400
"""Characters of a message that may be thanks alone."""
_EMOJI = re.compile(r"[^\w\s'.!?,;:()–—-]+|(?<=\s)[xX]+(?=\s|$)")


def only_thanks(message: str) -> bool:
    """Whether a message thanks and neither complains nor asks nor demands."""
    if len(message) > LONGEST:
        return False
    plain = _EMOJI.sub(" ", message.replace("’", "'"))
    thanks = _pattern("thanks")
    rest = thanks.sub(",", _pattern("besides").sub(" ", plain))
    if not thanks.search(plain) or "?" in message or _pattern("spoils").search(rest):
        return False
    clauses = (" ".join(clause.split()) for clause in _PARTS.split(_pattern("name").sub("", rest)))
    return all(_pattern("good").fullmatch(clause) for clause in clauses if clause)


def says_nothing(text: str) -> bool:
    """Whether a text holds nothing but words like "ok" and "hello"."""
    return bool(_pattern("nothing").fullmatch(text.replace("’", "'")))


class _Thanks(Fields):
    """Patterns, in which ``<name>`` stands for one of the ``words`` of that name; a list: one of them is enough."""

    words: dict[str, list[str]]
    thanks: str
    besides: str
    good: list[str]
    name: str
    spoils: str
    nothing: str


@cache
def _data() -> _Thanks:
    return shipped.read_as(FILE, _Thanks)


@cache
def _pattern(name: Literal["thanks", "besides", "good", "name", "spoils", "nothing"]) -> re.Pattern[str]:
    written = getattr(_data(), name)
    pattern = written if isinstance(written, str) else "|".join(f"(?:{one})" for one in written)
    words = {word: "|".join(some) for word, some in _data().words.items()}
    for _ in range(2):  # some words are made of others
        pattern = re.sub(r"<(\w+)>", lambda m: f"(?:{words[m[1]]})", pattern)
    return re.compile(pattern, re.IGNORECASE)
