"""A turn read by patterns alone: its sentences, what of it is no language, the acts that its words show."""

import re

from assistant.act_words import hits
from assistant.roleplay.acts import Act, Reading

ENDLESS = 24
"""Letters and digits in a run from which it is no word."""
_SENTENCE = re.compile(r"[^.!?\n;]*[.!?]+[\"'”’)]*|[^.!?\n;]+")


def sentences(text: str) -> list[str]:
    """The sentences of a turn, verbatim and stripped; decimals and times stay whole."""
    shielded = re.sub(r"(?<=\d)\.(?=\d)", "\u0000", text)
    found = (s.replace("\u0000", ".").strip() for s in _SENTENCE.findall(shielded))
    return [s for s in found if re.search(r"\w", s)]


def gibberish(text: str) -> bool:
    """Whether the text is no language: keyboard mash, encoded text or a pile of keywords."""
    words = re.findall(r"[A-Za-z']+", text)
    if not words:
        return bool(re.search(r"\S{6}", text) and not re.search(r"[^\W\d_]{2}", text))
    if endless(text):
        return True
    vowelless = sum(1 for w in words if len(w) > 3 and not re.search(r"[aeiouy]", w, re.IGNORECASE))
    if vowelless >= max(1, len(words) // 2):
        return True
    return _keywords(text, 6)


def endless(text: str) -> bool:
    """Whether a run of letters and digits is too long for a word; an address is several words."""
    return any(len(run) > ENDLESS for word in text.split() if "://" not in word for run in re.findall(r"\w+", word))


def keywords_only(sentence: str) -> bool:
    """Whether a sentence beside others is keywords; a short one may leave out what joins words.

    It is read as no language at all, so this is laxer than ``pile.piled``, for which it only earns nothing.
    """
    return _keywords(sentence, 8)


def _keywords(text: str, least: int) -> bool:
    words = re.findall(r"[A-Za-z']+", text)
    common = sum(w.lower() in _COMMON for w in words)
    return len(words) >= least and common / len(words) < 0.12


def read(text: str) -> Reading:
    """The acts that patterns see, each with its words."""
    seen: dict[str, str] = {}
    if gibberish(text):
        return Reading(acts=(Act(id="manipulation", quote=text[:120].strip()),), reader="patterns")
    for sentence in sentences(text):
        for act, quote in hits(sentence).items():
            seen.setdefault(act, quote)
    return Reading(acts=tuple(Act(id=a, quote=q) for a, q in seen.items()), reader="patterns")


_COMMON = frozenset(
    "a about after all am an and any are as at be been but by can come could did do don't down for from get "
    "give go got had has have he her here him his how i i'd i'll i'm i've if in is it it's just know let like "
    "make me my no not now of on one or our out please right say see she so some sorry take tell than thank "
    "that that's the their them then there they this time to today up us want was we we'll we're we've well "
    "were what when where which who why will with would you you'd you'll you're you've your yes "
    "dont il ill im ive n ok rn u ur".split()
)
