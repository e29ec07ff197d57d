"""The customer's own words, to be quoted back to them. Pure code.

    own_words("WHERE is it?! I took a day off and nobody came.", public=False)
    # Own("I took a day off and nobody came.", "told")

What may be quoted, and what a sentence does, stands in ``echo.yaml``.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.conversation import one_line
from assistant.language import foreign
from assistant.reply.commitments import commitments
from assistant.reply.signature import unsigned
from assistant.reply.situation import claims_promise, shows
from assistant.reply.thanks import says_nothing
from assistant.reply.vocabulary import vocabulary
from knowledge import shipped
from knowledge.shipped import Fields, Pattern

Kind = Literal["told", "asked", "wants", "said", ""]
Nearness = Callable[[list[str]], NDArray[np.float32]]
"""Sentences → how near each is to what the whole message is about."""
SHORTEST = 4
"""Words from which a sentence is worth quoting while there are others."""
LONGEST = 220
"""Characters of a quotation."""
WORTH_READING = 2
"""Words of weight from which there is something to go on though nothing is told, asked or wanted."""
LATER = 0.04
"""What a sentence loses in nearness for each that stands before it: people begin with what it is about."""
FAULT = 0.1
"""What one gains that names a fault."""
_WEIGHTLESS = {"that", "this", "with", "have", "your", "withou"}

FILE = Path(__file__).with_suffix(".yaml")


class Own(NamedTuple):
    """A customer's sentence and what it does: tells what happened, asks, wants, says.

    Without a text none may be quoted; without a kind there is none.
    """

    text: str
    kind: Kind


def bereaved(message: str) -> bool:
    """Whether a customer has lost somebody."""
    return bool(_data().bereaved.search(message))


def own_words(message: str, public: bool, near: Nearness | None = None) -> Own:
    """The customer's sentence to quote, clipped: one that tells, else one that asks, wants or says something.

    Among those of a kind it is the one nearest to the whole message, or that says most, the earlier the better, and
    better still one that names a fault. None is ``unquotable`` or in another language. In public
    none holds a digit, a weekday, a sum in words, a word written large inside it, or a name after what somebody is
    ("my trainer darren"); a name in small letters elsewhere is not seen ("anna laughed").
    """
    plain = _plain(message)
    said = [s for s in plain if len(s.split()) >= SHORTEST] or plain
    fit = [s for s in said if not (unquotable(s) or foreign(s) or public and _private(s))]
    kinds: tuple[Kind, ...] = ("told", "asked", "wants", "said")
    for kind in kinds:
        some = [s for s in fit if _kind(s) == kind]
        if some:
            weights = near(some) if near else np.array([len(content(s)) / 10 for s in some])
            wrong = FAULT * np.array([_faults(s) for s in some])
            best = some[int(np.argmax(weights + wrong - LATER * np.arange(len(some))))]
            return Own(one_line(best.capitalize() if best.isupper() else best, LONGEST), kind)
    return Own("", "")


def account(message: str) -> str:
    """What a message tells: no question, demand, courtesy or aside in it, and nothing that may not be quoted."""
    return " ".join(s for s in _plain(message) if _kind(s) in ("told", "said") and not unquotable(s))


def _plain(message: str) -> list[str]:
    """A message's sentences without addresses, greetings, the signature, praise first, and words that say nothing."""
    found = (_data().greeting.sub("", without_handles(s)) for s in sentences(without_praise(unsigned(message))))
    return [s for s in found if not says_nothing(s)]


def unquotable(text: str) -> bool:
    """Whether a text is not to be said back.

    It swears, insults, mocks, threatens, speaks of self-harm or of an assault, gives orders to a machine, claims a
    promise (said back, it would read as conceded), or complains of being passed on (which may happen once more).
    """
    return (
        any(pattern.search(text) for pattern in _data().unquotable.values())
        or any(shows(text, risk) for risk in ("self-harm", "assault or harassment", "threat or abuse"))
        or claims_promise(text)
        or passed_on(text)
    )


def passed_on(message: str) -> bool:
    """Whether a message complains of being passed from one to the next."""
    return bool(_data().passed_on.search(message))


def product(message: str) -> str:
    """The one thing of use that did harm, as the sentence of the danger says, in small letters; else empty."""
    told = [s for s in sentences(" ".join(message.split())) if shows(s, "safety")]
    found = {match.lower() for s in told for match in _data().product.findall(s)}
    return found.pop() if len(found) == 1 else ""


def recounts(message: str) -> bool:
    """Whether a message tells something that happened, which has a time and a place."""
    return any(_kind(s) == "told" and vocabulary().past.search(s) for s in _plain(message))


def goes_nowhere(message: str) -> bool:
    """Whether a message gives nothing to go on: it tells, asks and wants nothing, and names hardly a thing."""
    return len(content(" ".join(_plain(message)))) < WORTH_READING and not any(
        _kind(s) in ("told", "asked", "wants") for s in _plain(message)
    )


def without_praise(message: str) -> str:
    """A message without praise of one thing before a complaint of another."""
    return _data().praise_first.sub("", message)


def begins_plainly(word: str) -> bool:
    """Whether a word written large is one that begins many sentences, and nobody's name."""
    return bool(_data().begins.fullmatch(word))


def spells_sum(text: str) -> bool:
    """Whether a text names a sum in words: "twenty pounds"."""
    return bool(_data().private["sum"].search(text))


def disclosed(text: str) -> set[str]:
    """What a text tells of who or how somebody is, by kind: "health", "faith"."""
    return {kind for kind, pattern in _data().private.items() if pattern.search(text)} - {"day", "sum", "person"}


def _private(sentence: str) -> bool:
    """Whether a sentence may name a number, a sum, a day or a person, or tell who or how somebody is."""
    spelt = any(pattern.search(sentence) for pattern in _data().private.values())
    return spelt or bool(re.search(r"\d", sentence)) or _names_somebody(sentence)


def _names_somebody(sentence: str) -> bool:
    """Whether a sentence may name a person: a word is written large that does not begin it, or no usual word does."""
    first, *others = re.findall(r"[\w'’]+", sentence) or [""]
    inside = any(word[0].isupper() and not re.match(r"I\b", word) for word in others)
    return inside or not (first.islower() or begins_plainly(first))


def commands(message: str) -> bool:
    """Whether a message gives orders to a machine."""
    return bool(_data().unquotable["orders to a machine"].search(message))


def _kind(sentence: str) -> Kind:
    """What a customer's sentence does; empty for praise, courtesy and asides."""
    data = _data()
    if data.question.search(sentence):
        return "asked"
    if data.wants.search(sentence):
        return "wants"
    if data.aside.search(sentence):
        return ""
    neutral = data.neutral.search(sentence) and not _faults(sentence)
    if (vocabulary().past.search(sentence) or data.happened.search(sentence)) and not neutral:
        return "told"
    return "wants" if _demands(sentence) else "said"


def _faults(sentence: str) -> bool:
    """Whether a customer's sentence names what is wrong."""
    return bool(_data().happened.search(sentence) or _data().fault.search(sentence))


class _Echo(Fields):
    unquotable: dict[str, Pattern]
    greeting: Pattern
    question: Pattern
    wants: Pattern
    aside: Pattern
    praise_first: Pattern
    happened: Pattern
    neutral: Pattern
    fault: Pattern
    passed_on: Pattern
    begins: Pattern
    private: dict[str, Pattern]
    bereaved: Pattern
    product: Pattern


@cache
def _data() -> _Echo:
    return shipped.read_as(FILE, _Echo)


def without_handles(text: str) -> str:
    """A sentence without the addresses and handles that a post carries; of a hashtag the word stays."""
    plain = re.sub(r"(?:https?://|pic\.twitter\.com/)\S+", " ", text)
    plain = re.sub(r"(?<=\w)(?P<stop>[.!?…]*)(?:\s+#\w+)+\s*$", r"\g<stop>", plain)
    plain = re.sub(r"(?<!\w)@\w+|#(?=\w)", " ", plain)
    return re.sub(r"\s+", " ", plain).strip(" ,&").lstrip(".")


def _demands(sentence: str) -> bool:
    """Whether a customer's sentence names what they want to have."""
    return any(c.kind in ("remedy", "money", "percent") for c in commitments(sentence))


def sentences(text: str) -> list[str]:
    """A section's or a message's sentences, without the marks of Markdown."""
    plain = re.sub(r"[*_`|]+|^\s*(?:[-•]|\d+\.)\s+", "", text, flags=re.MULTILINE)
    return [s.strip() for s in re.split(r"(?<=[.!?])(?!(?<=\b[Nn]o\.)\s+[#\d])\s+|\n+", plain) if s.strip()]


def content(text: str) -> set[str]:
    """The first six letters of the words that weigh something."""
    return {w[:6] for w in re.findall(r"[a-z]{4,}", text.lower())} - _WEIGHTLESS
