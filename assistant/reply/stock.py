"""Stock phrases (``stock.yaml``): what customers read as a brush-off, and what a model's account must not hold."""

import re
from functools import cache
from pathlib import Path

from knowledge import shipped

FILE = Path(__file__).with_suffix(".yaml")


def stock_phrase(text: str) -> str:
    """The first phrase of a reply that customers read as a brush-off; empty if there is none."""
    found = _phrases("in a reply").search(text)
    return found[0] if found else ""


def only_stock(sentence: str) -> bool:
    """Whether a sentence holds such a phrase and says nothing else; where in doubt, it does say something."""
    rest, found = _phrases("in a reply").subn(" ", sentence)
    return bool(found) and all(map(_phrases("around one").fullmatch, re.findall(r"[^\W_]+", rest)))


def is_account(text: str) -> bool:
    """Whether a model's account of a case holds none of the phrases that would make it a letter or a lecture."""
    return not stock_phrase(text) and not _phrases("in an account").search(text)


@cache
def _phrases(use: str) -> re.Pattern[str]:
    listed = shipped.read_as(FILE, dict[str, list[str]])[use]
    return re.compile(rf"\b({'|'.join(listed)})\b", re.IGNORECASE)
