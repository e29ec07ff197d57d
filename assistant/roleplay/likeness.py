"""How alike two texts are: by their letters, or by the words that they share.

alike("Sorry for what?", "sorry for what", NEAR)        # True
by_stem("You charged me") & by_stem("the charges")      # as keys: {"charge"}
"""

import re
from difflib import SequenceMatcher
from functools import lru_cache

COPY = 0.8
"""Similarity from which a turn counts as a copy of what was said before."""
NEAR = 0.85
"""Similarity from which two of the customer's lines are one to whoever hears both."""
LONG = 600
"""Characters from which an exact comparison would take too long."""
_NUMBER = re.compile(
    r"(\d(?:[\d:.,]*\d)+)(?:[ -]?(?:(mi)n(?:ute)?s?|(ho)urs?|(da)ys?|(we)eks?|(mo)nths?|(ye)ars?)\b)?", re.IGNORECASE
)
"""A number, and of what span of time it is: "the 20th" is not "20 days"."""
_COMMON = frozenset(
    "about after again also been before being call came could does done down ever every from gone have having here "
    "into just know like made make many more most much must need never only other over same should since some "
    "somebody someone such take tell than thank thanks that their them then there these they thing things this "
    "those time today told until very want wants went were what when where which while will with without would "
    "your yours please sorry still back because customer company people right".split()
)


def similar(one: str, other: str) -> float:
    """How alike two texts are, 0 to 1, whatever their case and punctuation; long texts by their words."""
    a, b = _plain(one), _plain(other)
    if not a or not b:
        return 0.0
    if max(len(a), len(b)) > LONG:
        mine, theirs = set(a.split()), set(b.split())
        return len(mine & theirs) / len(mine | theirs)
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


@lru_cache(maxsize=65_536)
def alike(one: str, other: str, at: float) -> bool:
    """Whether ``similar`` gives ``at`` or more; cheap bounds first, since a practice compares hundreds of lines."""
    a, b = _plain(one), _plain(other)
    if 0 < max(len(a), len(b)) <= LONG:
        if 2 * min(len(a), len(b)) < at * (len(a) + len(b)):
            return False
        if SequenceMatcher(None, a, b, autojunk=False).quick_ratio() < at:
            return False
    return similar(one, other) >= at


def by_stem(text: str) -> dict[str, str]:
    """The longer words of a text: first six letters → the word as it stands; numbers and times are whole,
    and a number of days is none of minutes, nor a date.
    """
    words = {w.lower()[:6]: w for w in re.findall(r"[A-Za-z]{4,}", text) if w.lower() not in _COMMON}
    spans = ((n[0], "".join(n.groups("")).lower()) for n in _NUMBER.finditer(text))
    return words | {key: said for said, key in spans}


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()
