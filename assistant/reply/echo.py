"""The customer's own words, to be quoted back to them. Pure code.

own_words("WHERE is it?! I took a day off and nobody came.", public=False)
# ("I took a day off and nobody came.", True): it tells what happened
"""

import re

from assistant.reply.commitments import commitments
from assistant.reply.vocabulary import vocabulary

_CURSES = re.compile(r"\b(?:f+u+c+k\w*|shit\w*|bullshit|crap|damn\w*|bastards?|idiots?|wtf|hell)\b", re.IGNORECASE)
_INSTRUCTS = re.compile(
    r"\b(?:ignore|disregard|repeat after|system|instruction|override|you are now|pretend|confirm that|write that"
    r"|assistant)\b|f+u+c+k|\bidiot|\bmoron|\bscum",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?\W*$|^\W*(?:please|kindly|just|can|could|will|would|do|does|put|give|send|delete|refund|pay|write|say|tell)\b"
    r"|\b(?:i (?:demand|want|expect|need|swear)|you owe|love|(?:is|are|looks) (?:\w+ )?(?:nice|great|lovely))\b",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"\b(?:no|not|never|nobody|none|nothing|still|without|\w+n['’]t|late|wrong|broken|missing|rude|awful|worse|worst)\b",
    re.IGNORECASE,
)
_WEIGHTLESS = {"that", "this", "with", "have", "your", "withou"}


def own_words(message: str, public: bool) -> tuple[str, bool]:
    """The customer's sentence that says most, clipped, and whether it tells something that happened.

    One that tells comes before one that asks; none demands or instructs, and in public none holds figures.
    """
    said = [s for s in map(without_handles, sentences(message)) if len(s.split()) >= 4]
    said = [s for s in said or [without_handles(message)] if s and not _CURSES.search(s)]
    fit = [s for s in said if not _demands(s) and not _INSTRUCTS.search(s)]
    fit = [s for s in fit or said if not (public and re.search(r"\d", s))]
    if not fit:
        return "", False
    told = [s for s in fit if _tells(s)]
    best = max(told or fit, key=lambda s: (len(content(s)), -len(s)))
    if best.isupper():
        best = best.capitalize()
    return clip(best, 160), bool(told)


def without_handles(text: str) -> str:
    """A sentence without the addresses and handles that a post carries."""
    plain = re.sub(r"(?:https?://|pic\.twitter\.com/)\S+|[@#]\w+", " ", text)
    return re.sub(r"\s+", " ", plain).strip(" ,&").lstrip(".")


def _demands(sentence: str) -> bool:
    """Whether a customer's sentence names what they want to have."""
    return any(c.kind in ("remedy", "money", "percent") for c in commitments(sentence))


def _tells(sentence: str) -> bool:
    """Whether a customer's sentence tells what happened or what is wrong: no question, order, threat or praise."""
    happened = _HAPPENED.search(sentence) or vocabulary().past.search(sentence)
    return happened is not None and not _ASKS.search(sentence)


def clip(text: str, most: int = 600) -> str:
    """The beginning of a text on one line, cut between words."""
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def sentences(text: str) -> list[str]:
    """A section's or a message's sentences, without the marks of Markdown."""
    plain = re.sub(r"[*_`|]+|^\s*(?:[-•]|\d+\.)\s+", "", text, flags=re.MULTILINE)
    return [s.strip() for s in re.split(r"(?<=[.!?])\s+|\n+", plain) if s.strip()]


def content(text: str) -> set[str]:
    """The first six letters of the words that weigh something."""
    return {w[:6] for w in re.findall(r"[a-z]{4,}", text.lower())} - _WEIGHTLESS
