"""Figures and remedies that a text names, in canonical form. Pure code.

    figures_in("£55.00 within 7 days")
    # [Commitment("money", "GBP 55", "£55.00"), Commitment("span", "7 day", "7 days")]

"£55", "£55.00" and "55 pounds" are one, and so are "1.250,00 €" and "€1,250"; "£20k" is no "£20". "A week" is
"7 days", and never "7 weeks" or "£7".
"""

import re
from dataclasses import dataclass
from typing import Literal

from assistant.reply.vocabulary import vocabulary

_DATE = re.compile(
    r"\b((?:next |this )?(?:today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"|morgen|demain|mañana|domani"
    r"|(?:end of|this|next) (?:the )?(?:day|week|month|afternoon|morning|evening)|within the (?:hour|day|week)"
    r"|by (?:noon|midnight)|at once|immediately|this minute|(?:on|of) the same day|on the spot"
    r"|on the day it is asked for"
    r"|\d{1,2}(?:st|nd|rd|th)? (?:of )?(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december))\b"
    r"|(?<![\d.,£$€])(\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}\.\d{1,2}\.(?:\d{2,4})?|\d{1,2}:\d\d)(?![\d%])",
    re.IGNORECASE,
)
_LENGTHS = {"week": (7, "day"), "year": (12, "month")}
"""Units that are counted in smaller ones."""
_SAME_DAY = {
    "today", "on the same day", "of the same day", "at once", "immediately", "this day", "this minute", "on the spot",
    "on the day it is asked for",
}  # fmt: skip

Kind = Literal["money", "percent", "span", "date", "remedy", "liability", "promise", "count", "extent", "person"]


@dataclass(frozen=True, slots=True)
class Commitment:
    """``value`` is canonical and compares; ``words`` are as written. A promise's value is its whole clause."""

    kind: Kind
    value: str
    words: str
    clause: str = ""
    """The whole clause that it stands in."""


def figures_in(text: str) -> list[Commitment]:
    """Money, percentages, spans of time and dates."""
    words, found = vocabulary(), list[Commitment]()
    for m in words.money.finditer(text):
        unit, amount = (m["sign"].strip(), m["after"]) if m["sign"] else (m["unit"], m["before"])
        currency = words.currency(unit)
        found.append(Commitment("money", f"{currency} {words.amount(amount, currency):.12g}", m[0]))
    for m in words.percent.finditer(text):
        found.append(Commitment("percent", f"{words.number(m[1]) if m[1] else 50:g}", m[0]))
    for m in words.span.finditer(text):
        working = bool(m["working"] or m["working_after"])
        found.append(Commitment("span", _length(words.number(m["count"]), working, words.unit(m["unit"])), m[0]))
    for m in _DATE.finditer(words.money.sub(_blank, text)):  # "£30 may stay" is no day of May
        day = _day(m[0])
        found.append(Commitment("span" if m[0].lower().startswith("within") else "date", day, m[0]))
    return found


def extents_in(text: str) -> list[Commitment]:
    """Words without a figure that say how much or how long: "every", "the whole package", "as long as you like"."""
    found = [(name, m) for name, p in vocabulary().extents.items() for m in p.finditer(text)]
    return [Commitment("extent", f"{name} {m[1].lower()}" if m.re.groups else name, m[0]) for name, m in found]


def span_counts_in(text: str) -> list[float]:
    """The numbers of a text's spans as written: "14 days" backs "fourteen"."""
    return [vocabulary().number(m["count"]) for m in vocabulary().span.finditer(text)]


def counts_in(text: str) -> list[Commitment]:
    """Numbers above one that count things: "three sessions", "both charges"."""
    words = vocabulary()
    bare = words.span.sub(" ", words.money.sub(" ", words.percent.sub(" ", _DATE.sub(" ", text))))
    found = []
    for m in words.count.finditer(bare):
        number = words.number(m[1])
        if number >= 2:
            found.append(Commitment("count", f"{number:g}", m[0]))
    return found


def remedies_in(text: str, kinds: dict[str, re.Pattern[str]]) -> list[Commitment]:
    """Remedies of ``kinds`` (name → pattern) that a text names."""
    found = [(name, m) for name, pattern in kinds.items() for m in pattern.finditer(text)]
    # "pay back" names a refund, and no payment besides: the longer name holds what stands inside it
    outer = [(n, m) for n, m in found if not any(_inside(m, other) for _, other in found)]
    return [Commitment("remedy", name, m[0]) for name, m in outer]


def stems(text: str) -> set[str]:
    """The first five letters of the words that weigh something."""
    found = {w for w in re.findall(r"[^\W\d_]{4,}", text.lower())}
    plain = {w.removesuffix("s") for w in found - vocabulary().neutral}
    return {w[:5] for w in plain - vocabulary().neutral}


def sentences_in(text: str) -> list[str]:
    """A text's sentences, as they are."""
    return [s for s in re.split(r"(?<=[.!?])\s+|\n+", text) if s.strip()]


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _length(count: float, working: bool, unit: str) -> str:
    """A span's canonical form: "a day" is 24 hours and "a week" 7 days, unless working time is meant."""
    if not working:
        if unit == "hour" and count % 24 == 0:
            count, unit = count / 24, "day"
        factor, unit = _LENGTHS.get(unit, (1, unit))
        count *= factor
    return f"{count:g} {'working ' if working else ''}{unit}"


def _inside(match: re.Match[str], other: re.Match[str]) -> bool:
    (start, end), (left, right) = match.span(), other.span()
    return left <= start and end <= right and end - start < right - left


def _day(text: str) -> str:
    text = text.lower()
    if text.startswith("within the"):
        return _length(1, False, text.split()[-1])
    return "today" if text in _SAME_DAY else text.removeprefix("next ") if "day" in text else text
