"""Which grants of policy are no news to a customer: given by staff before, taken by them, or not wanted. Pure code.

still_open(found, "I don't want a voucher, I want my money back.", ["We have refunded the £39."])
# found, without the rules that grant a voucher, and those that grant the £39
"""

import re
from collections.abc import Sequence

from assistant.reply.figures import figures_in
from assistant.reply.rules import GRANT
from knowledge import Passage

_REMEDY = r"vouchers?|credits?|replacements?|repairs?|refunds?|discounts?|upgrades?|guest pass(?:es)?|rebookings?"
_ANSWERED = re.compile(
    rf"\b(?:(?:do(?:n't| not)|dont|won't|will not|wont|no longer) (?:\w+ )?(?:want|need|accept|take) "
    rf"|(?:keep|stuff) |(?:i|we)(?:(?:'| wi)?ll| would|'d)?(?: \w+)? (?:take|accept|go (?:with|for)|have taken) )"
    rf"(?:(?:a|an|the|your|any|that|this|another|more|your \w+|a \w+|[£$€]\d+) )*(?P<what>{_REMEDY})\b",
    re.IGNORECASE,
)
"""What is declined, or taken: either was offered before."""
_DONE = re.compile(
    r"\b(?:refunded|credited|added|sent|issued|paid|given|rebooked|booked|returned|waived|applied)\b", re.IGNORECASE
)
_NOT_DONE = re.compile(r"\b(?:not|never|n't|will be|can be|would be|once|if|when)\b", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:when|if|once|unless|while|after|before)\b.*", re.IGNORECASE)


def still_open(
    found: list[tuple[Passage, str]], message: str, by_staff: Sequence[str] = ()
) -> list[tuple[Passage, str]]:
    """The rules without the grants that the customer answered, or of which staff wrote that they gave every sum."""
    answered = {_one(m["what"]) for m in _ANSWERED.finditer(message.replace("’", "'"))}
    given = _sums(" ".join(s for text in by_staff for s in re.split(r"(?<=[.!?])\s+|\n+", text) if _tells_of_it(s)))
    return [(passage, rule) for passage, rule in found if not _is_settled(rule, answered, given)]


def _is_settled(rule: str, answered: set[str], given: set[str]) -> bool:
    grant = GRANT.match(rule)
    what = _CONDITION.sub("", grant["what"]) if grant else ""
    remedies = {_one(found) for found in re.findall(rf"\b(?:{_REMEDY})\b", what, re.IGNORECASE)}
    sums = _sums(what)
    return bool(remedies and remedies <= answered) or bool(sums and sums <= given)


def _tells_of_it(sentence: str) -> bool:
    return bool(_DONE.search(sentence)) and not _NOT_DONE.search(sentence)


def _sums(text: str) -> set[str]:
    return {c.value for c in figures_in(text) if c.kind == "money"}


def _one(remedy: str) -> str:
    return remedy.lower().removesuffix("s")
