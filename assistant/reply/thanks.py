"""Whether a message only thanks, or says nothing to go on (``thanks.yaml``). Pure code.

    only_thanks("Thank you!! bag arrived, you're stars")       # True
    only_thanks("Thanks for nothing, third week waiting")      # False
    says_nothing("ok fine")                                    # True

Strict: every clause must be thanks, praise or good news, and one unknown word makes it a message like any other.
"""

import re
from functools import cache
from pathlib import Path

from knowledge import shipped

_FILE = Path(__file__).with_suffix(".yaml")
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
    clauses = (" ".join(clause.split()) for clause in _PARTS.split(rest))
    return all(_pattern("good").fullmatch(clause) for clause in clauses if clause)


def says_nothing(text: str) -> bool:
    """Whether a text holds nothing but words like "ok" and "hello"."""
    return bool(_pattern("nothing").fullmatch(text.replace("’", "'")))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    raw = shipped.read(_FILE)
    pattern = raw[name] if isinstance(raw[name], str) else "|".join(f"(?:{one})" for one in raw[name])
    words = {word: "|".join(some) for word, some in raw["words"].items()}
    return re.compile(re.sub(r"<(\w+)>", lambda m: f"(?:{words[m[1]]})", pattern), re.IGNORECASE)
