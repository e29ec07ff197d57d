"""Under which condition a policy's sentence grants, and whether a message tells that it holds, or that it does not.

is_elsewhere("If the club has been used since, an agent may, …", ["I have not been in since July."], embed)  # True
"""

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from assistant.reply.echo import content, sentences
from assistant.reply.figures import Commitment, figures_in, stems

GRANT = re.compile(
    r"^(?:(?P<told>.*[.!?])\s+(?=an agent))?(?:(?P<when>.*?),\s*)?an agent may, without asking anyone,"
    r"\s*(?P<what>.+?)\.?$",
    re.IGNORECASE,
)
"""A grant with its condition; ``told`` is the sentence before, where the grant is of "such a" thing."""
_USED = re.compile(r"\bhas been used\b|\bused since\b")
_NOT_USED = re.compile(r"\b(?:not been used|no (?:\w+ ){1,2}has (?:been )?used)\b")
UNUSED = re.compile(
    r"\b(?:i|we|he|she|they|my \w+)(?:.?ve|.d)?\b[^.!?,]{0,10}"
    r"\b(?:(?:have|had|has|did)(?:n.?t| not)|never|not once|not)\b[^.!?,]{0,20}"
    r"\b(?:been (?:in|to|there|back|near|inside|since|for|once)|used?|set foot|visited|c[ao]me|went|gone"
    r"|ordered (?:anything|a (?:single )?thing))\b"
    r"|\b(?:nobody|no one|none of us)(?: has| have| had|.s)? (?:been|used|set foot)\b"
    r"[^.!?,]{0,25}\b(?:since|there)\b",
    re.IGNORECASE,
)
_IN_USE = re.compile(
    r"\b(?:i|we|he|she|they|my \w+)(?:.?ve|.d)?(?: (?:have|had|has|only|just|did|also|still))*"
    r" (?:been (?:in|to|there|back|inside)|used?|had|came|went|visited)\b[^.!?,]{0,30}?"
    r"\b(?:once|twice|\w+ times|since(?= (?:then|that|it|the renewal|you)\b|\W*$|[.,;!]))",
    re.IGNORECASE,
)
"""Somebody was there after all."""
_ESTABLISHED = {"found", "shown", "proven", "confir", "writin"}
"""What says of a case only that somebody made sure of it."""
IF_NEAR = 0.5
"""Cosine from which a message tells of what a grant begins with, "if bed bugs are found", in other words."""
_FORMALITY = re.compile(
    r"^accept (?:an?|the) (?:photograph|photo|picture|copy|scan)\b|^(?:waive|do without) (?:the |any )?proof\b",
    re.IGNORECASE,
)
"""What is granted only on the way to something."""
_PAYS_UP_TO = re.compile(r"^(?:refund|pay|give) up to (?P<sum>\S+)", re.IGNORECASE)
FORMALITY_REACH, REACH = 2.0, 0.2
"""How much farther a grant may be, in cosine, to be wanted before a formality, and before what covers too little."""
_WORTH_LESS = re.compile(
    r"\b(?:worth|cost(?:s|ing)?) (?:(?P<below>less than|under|below)|at most|up to) (?P<sum>\S+(?: \S+)?)",
    re.IGNORECASE,
)


def is_elsewhere(rule: str, phrases: list[str], embed: Callable[[list[str]], NDArray[np.float32]]) -> bool:
    """Whether a message denies what a grant is for, or tells nothing of what it begins with: "if bed bugs …"."""
    if _USED.search(rule) and not _NOT_USED.search(rule) and _unused(phrases[0]):
        return True
    grant = GRANT.match(rule)
    when = (grant and grant["when"]) or ""
    if not re.match(r"if\b", when, re.IGNORECASE):
        return False
    if (content(when) - _ESTABLISHED) & content(phrases[0]):
        return False
    vectors = embed([when, *phrases])
    return bool((vectors[1:] @ vectors[0]).max() < IF_NEAR)


def _unused(message: str) -> bool:
    """Whether a message says that nobody was there, and no other sentence of it that somebody was.

    Who was there "once" and "not since" was not there since.
    """
    told = [part for s in sentences(message) for part in re.split(r",? but\b", s)]
    denials = [s for s in told if UNUSED.search(s)]
    used = [s for s in told if s not in denials and _IN_USE.search(s)]
    if any("since" in s.lower() for s in denials):
        used = [s for s in used if "since" in s.lower()]
    return bool(denials) and not used


def tells_of(message: str, rule: str) -> bool | None:
    """Whether a message has a word of what a grant begins with, "when the price paid is …"; None if there is none."""
    grant = GRANT.match(rule)
    when = (grant and grant["when"]) or ""
    return bool(stems(when) & stems(message)) if when else None


def is_beside(message: str, rule: str) -> float:
    """How much farther from a message than this grant another may be, in cosine, to be wanted before it; 0 is none.

    Any other is wanted before a formality; a near one before what pays less than any sum that the message names, and
    before what is for things "worth less than" a sum where the message does not say what they are worth.
    """
    grant = GRANT.match(rule)
    what, named = grant["what"] if grant else "", [_amount(c.value) for c in _sums(message)]
    pays = _PAYS_UP_TO.match(what)
    most = [_amount(c.value) for c in _sums(pays["sum"])] if pays else []
    worth = _WORTH_LESS.search(what)
    little = not named and worth is not None and bool(worth["below"])
    if _FORMALITY.match(what):
        return FORMALITY_REACH
    return REACH if little or (named and most and min(named) > max(most)) else 0.0


def measured(message: str, rules: list[str]) -> list[str]:
    """The rules without those that another, for more of the same, goes beyond: 25 minutes are "more than 20"."""
    told = _spans(message)
    limits = {rule: limit for rule in rules if (limit := _limit(rule)) and limit[1] in told}
    fit = {rule: limit for rule, limit in limits.items() if limit[2] < told[limit[1]]}
    most = {(case, unit): count for case, unit, count in sorted(fit.values(), key=lambda x: x[2])}
    return [r for r in rules if r not in limits or most.get(limits[r][:2], limits[r][2]) == limits[r][2]]


def _limit(rule: str) -> tuple[str, str, float] | None:
    """(case, unit, count) of a grant that begins with "when … more than 20 minutes …"; else None."""
    grant = GRANT.match(rule)
    least = re.search(r"\bmore than (\w+ \w+)", (grant and grant["when"]) or "")
    if least is None:
        return None
    return next(((rule[: least.start()], unit, count) for unit, count in _spans(least[1]).items()), None)


def _spans(text: str) -> dict[str, float]:
    """Unit → the most of it that a text names."""
    named = [c.value.partition(" ") for c in figures_in(text) if c.kind == "span"]
    return {unit: max(float(n) for n, _, of in named if of == unit) for _, _, unit in named}


def too_dear(message: str, rule: str) -> bool:
    """Whether a rule is for what is worth less than any sum that the message names."""
    named = [_amount(c.value) for c in _sums(message)]
    limits = [(_amount(c.value), not m["below"]) for m in _WORTH_LESS.finditer(rule) for c in _sums(m["sum"])]
    if not named or not limits:
        return False
    most, itself = max(limits)
    return min(named) > most if itself else min(named) >= most


def _sums(text: str) -> list[Commitment]:
    return [c for c in figures_in(text) if c.kind == "money"]


def _amount(value: str) -> float:
    """The number of a sum in canonical form."""
    return float(re.sub(r"[^\d.]", "", value) or 0)
