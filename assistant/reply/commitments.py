"""What a text commits the company to. Pure code; denies by default.

    commitments("I can refund you £20 by Friday.")
    # (Commitment("remedy", "refund", …), Commitment("money", "GBP 20", "£20"), Commitment("date", "friday", …))

A clause that names a remedy, money, a percentage, a span or a date commits, unless it refuses it,
asks somebody else for it, or tells what the customer said or paid. Values are canonical, so that
"£55", "£55.00" and "55 pounds" are one, and "7 days" is neither "£7" nor "7 weeks".
"""

import re
from dataclasses import dataclass
from typing import Literal

_WORDS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
_NUMBERS = {word: n for n, word in enumerate(_WORDS, 1)} | {"a": 1, "an": 1, "twenty": 20, "thirty": 30, "sixty": 60}
_CURRENCY = {"£": "GBP", "$": "USD", "€": "EUR"} | {
    **dict.fromkeys(("pound", "pounds", "gbp", "quid"), "GBP"),
    **dict.fromkeys(("dollar", "dollars", "usd", "bucks"), "USD"),
    **dict.fromkeys(("euro", "euros", "eur"), "EUR"),
}
_AMOUNT = r"\d[\d,]*(?:\.\d+)?"
_MONEY = re.compile(
    rf"([£$€])\s?({_AMOUNT})|({_AMOUNT})\s?(pounds?|dollars?|euros?|gbp|usd|eur|quid|bucks)\b", re.IGNORECASE
)
_PERCENT = re.compile(rf"({_AMOUNT})\s?(?:%|per ?cent\b)", re.IGNORECASE)
_SPAN = re.compile(
    rf"\b(\d+|{'|'.join(_NUMBERS)})[- ]?((?:working |business )?)(?:calendar )?(minute|hour|day|week|month|year)s?\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b((?:next |this )?(?:today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"|(?:end of|this|next) (?:the )?(?:day|week|month))\b"
    r"|(?<![\d.,£$€])(\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}\.\d{1,2}\.(?:\d{2,4})?)(?![\d%])",
    re.IGNORECASE,
)
_STRONG = {
    "refund": r"refund\w*|reimburs\w*|money back|money will be",
    "compensation": r"compensat\w*",
    "voucher": r"vouchers?",
    "discount": r"discount\w*|half off|half price",
    "waive": r"waiv\w+",
    "free": r"free(?! (?:to|of any))|complimentary|no (?:extra )?(?:charge|cost)|on the house|on us\b",
    "goodwill": r"goodwill",
    "guest pass": r"guest pass\w*",
}
_WEAK = {
    "replacement": r"replac\w*|(?:send|get|give|ship)(?:ing)? (?:you )?(?:a|an|another|the) (?:new|other|second)\b",
    "credit": r"credit\w*",
    "upgrade": r"upgrad\w*",
    "cancel": r"cancel\w*",
    "rebook": r"re-?book\w*",
    "pay": r"pay(?:ing|ment|ments|s)?\b|cash",
    "exchange": r"exchang\w*",
    "extend": r"exten[ds]\w*",
    "more": r"(?:give|add|get|have) (?:you )?(?:\w+ )?(?:more|extra|additional)\b",
}
_LIABILITY = re.compile(
    r"\b((?:legal(?:ly)?|full) (?:liab\w+|responsib\w+)|(?:we |i )?(?:are|am|is) (?:liable|to blame)|negligen\w+"
    r"|breach(?:ed)? (?:of )?(?:the |our )?contract)\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"\b(?:will|'ll|can|could|shall|going to|let me|happy to|glad to|would like to|'d like to"
    r"|(?:i|we)(?:'m| am|'re| are)|on its way"
    r"|guarantee\w*|promise\w*|entitled|due|owed|get|receive|accept|enjoy|have (?:your|a))\b|'ll\b",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    r"\b(?:can(?:no|')?t|can not|not able|unable|won't|will not|refus\w+|(?:do|does|did|is|are|was)(?: not|n't)"
    r"|not possible|not allowed|without promising|no policy)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:ask(?:ed|ing)?|whether|request(?:ed)?|find out if|check (?:with|whether|if)|needs? (?:\w+ ){0,6}approval"
    r"|decide|pass(?:ing|ed)? (?:this|it|your))\b",
    re.IGNORECASE,
)
_RECOUNTS = re.compile(
    r"\byou(?:'ve| have)? (?:wrote|said|paid|pay|were (?:charged|told|promised)|mention\w*|told|bought|spent|asked"
    r"|want\w*|say|expect\w*|booked|ordered|waited|lost|write)\b",
    re.IGNORECASE,
)
_OWN_ACTION = re.compile(
    r"\b(?:reply|write|call|phone|ring|contact|get back|look into|ask|check|find out|pass|confirm|let you know"
    r"|tell you|speak|forward|send (?:you )?(?:an? )?(?:update|answer|reply|news))\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[;:]\s+|\s+(?:but|however|although)\s+|,\s+(?:and |so )?(?=(?:i|we|you|it|this|that|don't|please|your|there)\b)"
    r"|,\s+(?=(?:i|we|you)')",
    re.IGNORECASE,
)

Kind = Literal["money", "percent", "span", "date", "remedy", "liability"]


@dataclass(frozen=True, slots=True)
class Commitment:
    """``value`` is canonical and compares; ``words`` are as written."""

    kind: Kind
    value: str
    words: str


def commitments(text: str) -> tuple[Commitment, ...]:
    """Everything in a text that commits the company, clause by clause."""
    found: list[Commitment] = []
    for sentence in _sentences(text.replace("’", "'")):
        for clause in filter(None, _CLAUSE.split(sentence)):
            found += [Commitment("liability", "liability", m[0]) for m in _LIABILITY.finditer(clause)]
            if _commits(clause):
                found += _committed(clause)
    return tuple(dict.fromkeys(found))


def granted(policy: str) -> set[tuple[Kind, str]]:
    """What a policy's words grant: the figures and remedies of its sentences that neither refuse nor reserve."""
    values: set[tuple[Kind, str]] = set()
    for sentence in _sentences(policy.replace("’", "'")):
        if _REFUSES.search(sentence) or re.search(r"\bapprov\w+\b|\bmay not\b", sentence, re.IGNORECASE):
            continue
        values |= {(c.kind, c.value) for c in (*_figures(sentence), *_remedies(sentence, _STRONG | _WEAK))}
    return values


def _commits(clause: str) -> bool:
    ours = re.search(r"\b(?:i|we)(?:'ll| will| can| am| are|'m|'re)\b", clause, re.IGNORECASE)
    if _RECOUNTS.search(clause) and not ours:
        return False
    return not _REFUSES.search(clause) and not _ASKS.search(clause)


def _committed(clause: str) -> list[Commitment]:
    ahead = bool(_AHEAD.search(clause))
    remedies = _remedies(clause, _STRONG | _WEAK if ahead else _STRONG)
    figures = _figures(clause)
    if not ahead or (not remedies and _OWN_ACTION.search(clause)):
        figures = [f for f in figures if f.kind in ("money", "percent")]  # a time that is told, or the agent's own
    return [*remedies, *figures]


def _figures(text: str) -> list[Commitment]:
    found = []
    for m in _MONEY.finditer(text):
        unit, amount = (m[1], m[2]) if m[1] else (m[4].lower(), m[3])
        found.append(Commitment("money", f"{_CURRENCY[unit]} {_number(amount)}", m[0]))
    found += [Commitment("percent", _number(m[1]), m[0]) for m in _PERCENT.finditer(text)]
    for m in _SPAN.finditer(text):
        count = _NUMBERS.get(m[1].lower()) or m[1]
        working = "working " if m[2] else ""
        found.append(Commitment("span", f"{count} {working}{m[3].lower()}", m[0]))
    found += [Commitment("date", _day(m[0]), m[0]) for m in _DATE.finditer(text)]
    return found


def _remedies(text: str, kinds: dict[str, str]) -> list[Commitment]:
    return [
        Commitment("remedy", name, m[0])
        for name, pattern in kinds.items()
        for m in re.finditer(rf"\b(?:{pattern})", text, re.IGNORECASE)
    ]


def _day(text: str) -> str:
    return text.lower().removeprefix("next ") if "day" in text.lower() else text.lower()


def _number(text: str) -> str:
    return f"{float(text.replace(',', '')):g}"


def _sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<=[.!?])\s+|\n+", text) if s.strip()]
