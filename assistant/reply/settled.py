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
_FINE = r"(?:fine|ok(?:ay)?|good|great|lovely|perfect)"
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|ok(?:ay)?|sure|fine|great|perfect)\b[\s,.!-]*"
    rf"(?P<plain>(?:(?:please|thanks|thank you|that(?:'?s| would be| sounds) {_FINE}|go ahead|do (?:that|it)|and)\b"
    r"[\s,.!-]*)*)"
    r"(?:$|(?:(?:can|could|would) you )?(?:please )?"
    rf"(?:send|give|book|arrange|add|go (?:ahead )?(?:with|for)|i'?d like)(?: me| us)? {_WHICH}"
    rf"|(?:the|a|an|your|that) (?P<it>{_REMEDY}) (?:is|would be|sounds) {_FINE})",
    re.IGNORECASE,
)
"""A yes to what was offered: named, or plain ("yes please, do that")."""
_OFFERS = re.compile(
    r"\b(?:i|we) (?:can|could|will|would|offer)\b|\b(?:i|we)'(?:ll|d)\b|\bshall (?:i|we)\b|\bhappy to\b"
    r"|\bwould you (?:like|prefer|accept)\b",
    re.IGNORECASE,
)
"""Staff's words for what may be had."""
_REPORTED = re.compile(r"\b[A-Z]{5}\d{5}\b")
"""The reference of a search for a bag, which tells that it was opened."""
_SEARCH = re.compile(r"\bopen a search\b.*\breference\b", re.IGNORECASE)
_PROVIDED = re.compile(r"\b(?:if|unless|provided|as long as)\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:no|not|never|cannot|\w+n't|unable|unfortunately)\b", re.IGNORECASE)
_DONE = re.compile(
    r"\b(?:refunded|credited|added|sent|issued|paid|given|rebooked|booked|returned|waived|applied)\b", re.IGNORECASE
)
_NOT_DONE = re.compile(r"\b(?:not|never|n't|will be|can be|would be|once|if|when)\b", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:when|if|once|unless|while|after|before)\b.*", re.IGNORECASE)


def still_open(found: list[Ruled], message: str, by_staff: Sequence[str] = ()) -> list[Ruled]:
    """The rules without the grants that the customer answered, or of which staff wrote that they gave every sum.

    Nor is a search for a bag opened to whoever gives its reference.
    Whoever said yes to what was offered is offered nothing more of the section that it comes from.
    """
    told = _sentences(*by_staff)
    named = _named(told)
    answered = {remedy for sentence in _sentences(message) for remedy in _answered(sentence, named)}
    agreed = accepted(message, by_staff)
    given = _sums(" ".join(filter(_tells_of_it, told)))
    searched = _REPORTED.search(message)
    done = {passage.id for passage, rule in found if agreed & _granted(rule)}
    return [
        (passage, rule)
        for passage, rule in found
        if not (passage.id in done or _is_settled(rule, answered, given) or (searched and _SEARCH.search(rule)))
    ]


def accepted(message: str, by_staff: Sequence[str]) -> set[str]:
    """The remedies to which a customer says yes: one that staff named, or the only one of their last offer.

    A plain yes answers that only where nothing beside it asks or denies; what is declined is not agreed to.
    """
    said, named = _sentences(message), _named(_sentences(*by_staff))
    last = _last_offered(by_staff)
    plainly = len(last) == 1 and not any("?" in s or _DENIED.search(s) for s in said)
    agreed: set[str] = set()
    for sentence in said:
        found = None if _PROVIDED.search(sentence) else _YES.search(sentence)
        if found and (what := found["what"] or found["it"]):
            agreed |= {_one(what)} & named
        elif found and found["plain"] and plainly:
            agreed |= last
    return agreed - {_one(m["what"]) for sentence in said for m in _DECLINED.finditer(sentence)}


def _last_offered(by_staff: Sequence[str]) -> set[str]:
    """The remedies in the sentence of staff's last message that waits for an answer, if that offers any."""
    waits = [s for s in _sentences(*by_staff[-1:]) if s.rstrip().endswith("?") or _OFFERS.search(s)]
    return _named([s for s in waits[-1:] if _OFFERS.search(s)])


def _sentences(*texts: str) -> list[str]:
    return [sentence for text in texts for sentence in sentences_in(text.replace("’", "'"))]


def _named(told: list[str]) -> set[str]:
    """The remedies that staff's sentences name, and do not deny."""
    return _remedies(" ".join(sentence for sentence in told if not _DENIED.search(sentence)))


def _answered(sentence: str, named: set[str]) -> set[str]:
    """The remedies that a customer's sentence declines, or takes.

    A remedy is taken that staff ``named``, or that "the voucher" says to be known; "a refund please" is a first wish.
    """
    taken = [] if _PROVIDED.search(sentence) else _TAKEN.finditer(sentence)
    known = {_one(m["what"]) for m in taken if m["known"] or _one(m["what"]) in named}
    return known | {_one(m["what"]) for m in _DECLINED.finditer(sentence)}


def _is_settled(rule: str, answered: set[str], given: set[str]) -> bool:
    remedies, sums = _granted(rule), _sums(_what(rule))
    return bool(remedies and remedies <= answered) or bool(sums and sums <= given)


def _granted(rule: str) -> set[str]:
    return _remedies(_what(rule))


def _what(rule: str) -> str:
    """What a rule grants, without its conditions; empty if it grants nothing."""
    grant = GRANT.match(rule)
    return _CONDITION.sub("", grant["what"]) if grant else ""


def _tells_of_it(sentence: str) -> bool:
    return bool(_DONE.search(sentence)) and not _NOT_DONE.search(sentence)


def _sums(text: str) -> set[str]:
    return {c.value for c in figures_in(text) if c.kind == "money"}


def _remedies(text: str) -> set[str]:
    return {_one(found) for found in re.findall(rf"\b(?:{_REMEDY})\b", text, re.IGNORECASE)}


def _one(remedy: str) -> str:
    """A remedy in the singular."""
    return re.sub(r"(?<=ss)es$|(?<!s)s$", "", remedy.lower())
