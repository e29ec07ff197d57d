"""Which grants of policy are no news to a customer: given by staff before, taken by them, or not wanted. Pure code.

still_open(found, "I don't want a voucher, I want my money back.", ["We have refunded the £39."])
# found, without the rules that grant a voucher, and those that grant the £39
"""

import re
from collections.abc import Sequence

from assistant.reply.conditions import GRANT
from assistant.reply.figures import figures_in, sentences_in
from assistant.reply.rules import Ruled

_REMEDY = r"vouchers?|credits?|replacements?|repairs?|refunds?|discounts?|upgrades?|guest pass(?:es)?|rebookings?"
_WHICH = (
    r"(?:(?:a|an|any|another|more|full|(?P<known>the|your|that|this)|[£$€]\d+) ){0,3}"
    rf"(?P<what>{_REMEDY})\b(?! (?:to|on|onto|into) (?:my|our|the|that)\b)"
)
_DECLINED = re.compile(
    r"\b(?:(?:do(?:n't| not)|dont|won't|will not|wont|no longer) (?:\w+ )?(?:want|need|accept|take)|keep|stuff) "
    + _WHICH,
    re.IGNORECASE,
)
"""What is not wanted; how it is to be paid ("to my old card") is another matter."""
_TAKEN = re.compile(
    r"\b(?:i|we)(?:(?:'| wi)?ll| would|'d)?(?: (?!not\b|never\b|only\b|hardly\b)\w+)? "
    r"(?:take|accept|go (?:with|for)|have taken) " + _WHICH,
    re.IGNORECASE,
)
_PROVIDED = re.compile(r"\b(?:if|unless|provided|as long as)\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:no|not|never|cannot|\w+n't|unable|unfortunately)\b", re.IGNORECASE)
_DONE = re.compile(
    r"\b(?:refunded|credited|added|sent|issued|paid|given|rebooked|booked|returned|waived|applied)\b", re.IGNORECASE
)
_NOT_DONE = re.compile(r"\b(?:not|never|n't|will be|can be|would be|once|if|when)\b", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:when|if|once|unless|while|after|before)\b.*", re.IGNORECASE)


def still_open(found: list[Ruled], message: str, by_staff: Sequence[str] = ()) -> list[Ruled]:
    """The rules without the grants that the customer answered, or of which staff wrote that they gave every sum."""
    told = [sentence for text in by_staff for sentence in sentences_in(text.replace("’", "'"))]
    named = _remedies(" ".join(sentence for sentence in told if not _DENIED.search(sentence)))
    answered = {
        remedy for sentence in sentences_in(message.replace("’", "'")) for remedy in _answered(sentence, named)
    }
    given = _sums(" ".join(filter(_tells_of_it, told)))
    return [(passage, rule) for passage, rule in found if not _is_settled(rule, answered, given)]


def _answered(sentence: str, named: set[str]) -> set[str]:
    """The remedies that a customer's sentence declines, or takes.

    A remedy is taken that staff ``named``, or that "the voucher" says to be known; "a refund please" is a first wish.
    """
    taken = [] if _PROVIDED.search(sentence) else _TAKEN.finditer(sentence)
    known = {_one(m["what"]) for m in taken if m["known"] or _one(m["what"]) in named}
    return known | {_one(m["what"]) for m in _DECLINED.finditer(sentence)}


def _is_settled(rule: str, answered: set[str], given: set[str]) -> bool:
    grant = GRANT.match(rule)
    what = _CONDITION.sub("", grant["what"]) if grant else ""
    remedies = _remedies(what)
    sums = _sums(what)
    return bool(remedies and remedies <= answered) or bool(sums and sums <= given)


def _tells_of_it(sentence: str) -> bool:
    return bool(_DONE.search(sentence)) and not _NOT_DONE.search(sentence)


def _sums(text: str) -> set[str]:
    return {c.value for c in figures_in(text) if c.kind == "money"}


def _remedies(text: str) -> set[str]:
    return {_one(found) for found in re.findall(rf"\b(?:{_REMEDY})\b", text, re.IGNORECASE)}


def _one(remedy: str) -> str:
    """A remedy in the singular."""
    return re.sub(r"(?<=ss)es$|(?<!s)s$", "", remedy.lower())
