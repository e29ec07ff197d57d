"""Verify a drafted part against the passages it names. Pure code, no model.

    checked = verify(Part(text="I can refund you £20.", quotes=(…)), passages)
    checked.findings       # (Finding("commitment", "£20", "no quoted policy grants it"),)

Guides shape how; only policies may authorise what. Every quote must stand in its section word
for word. Every commitment in the text (money, percentages, spans of time and dates, promises of
a remedy, admissions of liability) must be backed by a quoted policy that says the same figure
and the same thing; one that is not is blocked.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from knowledge import Passage

Purpose = Literal["acknowledge", "explain", "offer", "ask", "next step"]


class Quote(BaseModel):
    """Words of a passage, by the section's id."""

    model_config = ConfigDict(frozen=True)

    passage: str
    words: str


class Part(BaseModel):
    """A piece of the draft with what it rests on."""

    model_config = ConfigDict(frozen=True)

    purpose: Purpose
    text: str
    quotes: tuple[Quote, ...] = ()


class Finding(BaseModel):
    """What is wrong with a part: the words, and what would be needed."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["quote not found", "unbacked commitment"]
    words: str
    why: str


class CheckedPart(BaseModel):
    """A part after verification; ``blocked`` if anything in it is not backed."""

    model_config = ConfigDict(frozen=True)

    part: Part
    findings: tuple[Finding, ...] = ()
    wording: Literal["model", "code"] = "model"

    @property
    def blocked(self) -> bool:
        """Whether it may not be sent as it stands."""
        return any(f.kind == "unbacked commitment" for f in self.findings)


_MONEY = (
    r"(?:[£$€]\s?\d[\d,]*(?:\.\d+)?"
    r"|\d[\d,]*(?:\.\d+)?\s?(?:pounds?|dollars?|euros?|gbp|usd|eur|quid|bucks)\b)"
)
_PERCENT = r"\d+(?:\.\d+)?\s?(?:%|per ?cent)"
_NUMBER = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|fourteen|thirty)"
_SPAN = rf"\b(?:{_NUMBER}[- ]?(?:working |business |calendar )?(?:minutes?|hours?|days?|weeks?|months?|years?))\b"
_DATE = (
    r"\b(?:today|tonight|tomorrow|(?:next |this )?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
    r"|(?:end of the|this|next) (?:day|week|month)|\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?)\b"
)
_REMEDY = (
    r"\b(?:refund\w*|reimburs\w+|compensat\w+|replac\w+|credit\w*|voucher\w*|discount\w*|waiv\w+|free"
    r"|complimentary|no (?:extra )?charge|upgrad\w+|cancel\w*|rebook\w*|re-book\w*"
    r"|goodwill|cash|pay(?:ment)?s?|exchang\w+|extend\w*|guest pass\w*|money back)\b"
)
_PROMISE = (
    r"\b(?:(?:i|we)(?:'ll| will| can| are going to|'re going to| am going to|'m going to|'ve| have"
    r"|'d like to| would like to| guarantee| promise)|you(?:'ll| will)(?: be)? (?:get|receive|have)"
    r"|(?:is|are|will be) (?:entitled|due|owed)|guarantee\w*|promise\w*|please accept|here is|enjoy"
    r"|you (?:get|are getting))\b"
)
_LIABILITY = (
    r"\b(?:(?:legal(?:ly)?|full) (?:liab\w+|responsib\w+)|we are liable|negligen\w+"
    r"|breach(?:ed)? (?:of )?(?:the |our )?contract)\b"
)
_NEGATION = (
    r"\b(?:can(?:no|')?t|can not|cannot|not able|unable|won'?t|will not|refus\w+|do(?:es)? not|don'?t|isn'?t"
    r"|not possible|without promising)\b"
)
_OWN_ACTION = (
    r"\b(?:reply|write|call|phone|ring|contact|get back|look into|ask|check|find out|pass"
    r"|send (?:you )?(?:an? )?(?:update|answer|reply|news)|confirm|let you know|tell you|speak|forward)\b"
)


def verify(part: Part, passages: Mapping[str, Passage], customer: str = "") -> CheckedPart:
    """Check one part against the passages that were found for the draft.

    ``customer`` is the message answered: its own words, quoted back in “…”, commit nobody.
    """
    findings: list[Finding] = []
    backing: list[str] = []
    for quote in part.quotes:
        passage = passages.get(quote.passage)
        if passage is None or locate(quote.words, passage.section.text) is None:
            findings.append(
                Finding(
                    kind="quote not found",
                    words=quote.words,
                    why=f"these words do not stand in {quote.passage}",
                )
            )
        elif passage.meta.kind == "policy":
            backing.append(quote.words)
    policy = " ".join(backing)
    for sentence in _sentences(_without_customer(part.text, customer)):
        findings += _unbacked(sentence, policy)
    return CheckedPart(part=part, findings=tuple(findings))


def locate(words: str, text: str) -> tuple[int, int] | None:
    """Where the quoted words stand in a text (start, end), whatever the spaces and quote marks; or None."""
    pieces = re.findall(r"[\w£$€%]+", words)
    if len(pieces) < 3:
        return None
    match = re.search(r"[^\w£$€%]+".join(map(re.escape, pieces)), text, re.IGNORECASE)
    return match.span() if match else None


def commitments(sentence: str) -> list[str]:
    """The words of a sentence that commit the company: figures and remedies promised, liability."""
    found = _find(_LIABILITY, sentence)
    if not re.search(_PROMISE, sentence, re.IGNORECASE):
        return found + _find(_MONEY, sentence) + _find(_PERCENT, sentence)
    if re.search(_NEGATION, sentence, re.IGNORECASE) and not _find(_MONEY, sentence):
        return found
    remedies = _find(_REMEDY, sentence)
    times = _find(_SPAN, sentence) + _find(_DATE, sentence)
    if not remedies and re.search(_OWN_ACTION, sentence, re.IGNORECASE):
        times = []  # "I will write to you by tomorrow" is the agent's own to keep
    return found + _find(_MONEY, sentence) + _find(_PERCENT, sentence) + times + remedies


def _without_customer(text: str, customer: str) -> str:
    """The text without quotations of the customer; a quotation of anybody else stays in."""

    def theirs(match: re.Match[str]) -> str:
        return "“…”" if locate(match[1].rstrip(" …"), customer) else match[0]

    return re.sub(r"“([^”]*)”", theirs, text)


def _unbacked(sentence: str, policy: str) -> list[Finding]:
    missing = [words for words in commitments(sentence) if not _says(policy, words)]
    if not missing:
        return []
    why = "no quoted policy says it" if policy else "it rests on no policy"
    return [
        Finding(
            kind="unbacked commitment",
            words=", ".join(dict.fromkeys(missing)),
            why=f"{why}; a policy that grants this would be needed",
        )
    ]


def _says(policy: str, words: str) -> bool:
    """Whether the quoted policy has the same figure, or the same remedy by its stem."""
    if not policy:
        return False
    wanted, low = words.lower(), policy.lower()
    figures = re.findall(r"\d[\d,.]*", wanted)
    if figures:
        unit = re.sub(r"[\d,.\s-]+", "", wanted)[:4]
        return all(re.search(rf"(?<![\d.,]){re.escape(f.rstrip('.,'))}(?!\d)", low) for f in figures) and unit in low
    return any(_stem(word) in low for word in _same(wanted))


@cache
def _same(word: str) -> tuple[str, ...]:
    """The word and those that promise the same."""
    groups = (
        ("free", "complimentary", "no charge", "no extra charge", "free of charge", "without charge"),
        ("refund", "money back", "reimburse"),
    )
    return next((group for group in groups if any(_stem(g) in word for g in group)), (word,))


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|ed|es|s|e|ment|ation|ion)$", "", word) if len(word) > 5 else word


def _find(pattern: str, text: str) -> list[str]:
    return [m[0] for m in re.finditer(pattern, text, re.IGNORECASE)]


def _sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<=[.!?])\s+|\n+", text) if s.strip()]
