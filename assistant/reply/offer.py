"""What rules of a policy give the customer, in code's words. Pure code.

offer(["When we cancel, an agent may, without asking anyone, rebook the member."])
# Offer("offer", "If we cancel, I can rebook you.", ("Make sure that this is the case: we cancel.",))
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from assistant.reply.conditions import GRANT
from assistant.reply.rules import OFFERED

_AMONG_STAFF = re.compile(r",? without asking (?:anyone|anybody),?", re.IGNORECASE)
"""What a policy says to staff and a customer need not hear."""
_INSTEAD = re.compile(r"\binstead\b", re.IGNORECASE)
"""What is granted in place of something else, and not beside it."""


_ANYBODY = r"(?:member|customer|passenger|guest)(?! pass|-| (?:relations|services?|care|support)\b)"
_PERSON = rf"(?<!same )(?<!injured ){_ANYBODY}"
_TURNED = [
    (re.compile(old, re.IGNORECASE), new)
    for old, new in (
        (rf"\b(?:such an?|(?:the|an) injured) {_ANYBODY}'s\b", "your"),
        (rf"\b(?:such an?|(?:the|an) injured) {_ANYBODY}\b", "you"),
        (rf"\ban? {_PERSON} who has died\b", "the person who has died"),
        (rf"\ban? {_PERSON} (who(?:se)?)\b", r"somebody \1"),
        (rf"\bno {_PERSON}\b", "nobody"),
        (rf"\bevery {_PERSON}\b", "everybody"),
        (rf"((?<=\d) a|\bper) {_PERSON}\b", r"\1 person"),
        (rf"\beach {_PERSON}\b", "each of you"),
        (rf"\b(?:the |an? )?{_PERSON} or (?:a )?(close relative|relative|companion)\b", r"you or a \1"),
        (
            r"\byou or a close relative falls seriously ill or dies\b",
            "you or a close relative is seriously ill, or after a death in your family",
        ),
        (rf"\b(?:the |an? )?{_PERSON}'s\b", "your"),
        (rf"\b(?:the |an? )?{_PERSON}\b", "you"),
        (r"\b(if|when|once|because|that|unless) you has\b", r"\1 you have"),
        (r"\b(if|when|once|because|that|unless) you is\b", r"\1 you are"),
        (r"\b(if|when|once|because|that|unless) you was\b", r"\1 you were"),
        (r"\b(if|when|once|because|that|unless) you (do|go)es\b", r"\1 you \2"),
        (r"\b(if|when|once|because|that|unless) you (\w+(?:ss|sh|ch|x))es\b", r"\1 you \2"),
        (r"\b(if|when|once|because|that|unless) you (\w+[^s\W])s\b", r"\1 you \2"),
    )
]
"""Words that a rule has for its customers, and what stands for them to their face, in the order of turning."""


_CLAUSE = re.compile(
    r"\b(?:when|if|(?<!at )once(?! (?:to|in|per|an?|every|for|only|or)\b|[.,]|$)|unless|while"
    r"|(?:after|before)(?! (?:it|they)\b))\b.*"
)
"""A condition within a grant: "once proof was shown" is one, "once a year" is none, and of "after it was sent" nobody
knows what it is."""


class Offer(NamedTuple):
    """What is said to the customer, and what the agent must make sure of before."""

    purpose: Literal["offer", "explain"]
    plain: str
    checks: tuple[str, ...] = ()


def condition(rule: str) -> str:
    """What a grant begins with, if anything: its condition, or the sentence that says what it is of."""
    grant = GRANT.match(rule)
    return grant["told"] or grant["when"] or "" if grant else ""


def offer(rules: Sequence[str]) -> Offer:
    """What a rule gives the customer, or several grants under one condition, which is said once."""
    if offered := OFFERED.match(rules[0]):
        whom = f" to somebody{offered['who']}" if offered["who"] else ""
        return Offer("offer", f"What I can offer{whom} is {_to_customer(offered['what'])}.")
    grants = [grant["what"] for rule in rules if (grant := GRANT.match(rule))]
    if not grants:
        return Offer("explain", _to_customer(rules[0]))
    # The condition stays, because what is quoted holds under it only.
    when = condition(rules[0])
    mark = "" if when.endswith(".") else ","
    opening = re.sub(r"^When\b", "If", f"{_to_customer(when)}{mark} ") if when else ""
    first, *further = (f"{_to_customer(what)}." for what in grants)
    also = "".join(
        f" Or I can {what}" if _INSTEAD.search(f"{first}{what}") else f" I can also {what}" for what in further
    )
    plain = f"{opening}I can {first}{also}"
    return Offer("offer", plain, tuple(dict.fromkeys(_check(when, what) for what in grants)))


def _check(when: str, what: str) -> str:
    """What must be so for a grant to hold; where no clause says it, that the grant fits."""
    clause = _CLAUSE.search(what)
    must = when or (clause[0] if clause else "")
    if not must:
        return f"Make sure that this fits the case: {_to_customer(what)}."
    return f"Make sure that this is the case: {re.sub(r'^(?:[Ww]hen|[Ii]f) ', '', _to_customer(must)).rstrip('.')}."


def _to_customer(text: str) -> str:
    """A rule's words turned to the customer: the member becomes you, and "shows" becomes "show"."""
    text = _AMONG_STAFF.sub("", text)
    for old, new in _TURNED:
        text = old.sub(new, text)
    return text
