"""What differs between two texts, word by word.

changes("We can help.", "We will help.")
# (Change("same", "We"), Change("removed", "can"), Change("added", "will"), Change("same", "help."))
"""

import difflib
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Change(BaseModel):
    """A run of words."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["same", "removed", "added"]
    text: str


def changes(before: str, after: str) -> tuple[Change, ...]:
    """The runs in order; the ``same`` and ``added`` ones together are ``after``."""
    old, new = _words(before), _words(after)
    found: list[Change] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Change(kind="same", text="".join(new[c:d])))
            continue
        if a < b:
            found.append(Change(kind="removed", text="".join(old[a:b])))
        if c < d:
            found.append(Change(kind="added", text="".join(new[c:d])))
    return tuple(found)


def _words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)
