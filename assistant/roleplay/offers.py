"""What a turn offers: the scenario's remedies it grants, what it promises beyond policy; and what it asks. Pure code.

    offers("I'll book you in with Dana on Thursday.", scenario)     # {"priority-session": "book you in"}

Asking about a thing, refusing it, or promising to ask for leave is not offering it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial

from assistant.roleplay.acts import Reading
from assistant.roleplay.patterns import sentences
from assistant.roleplay.scenario import Scenario, from_a_word

_BOSS = r"(manager|supervisor|team lead(er)?|director|head office|underwriter|boss)"
_ASKS_LEAVE = re.compile(
    r"\b(ask(ing)? (?!you\b|again\b|me\b)|(check|see|find out|look into)(ing)? (if|whether|what|with)|"
    r"clear (it|this|that)|"
    r"(talk|speak)(ing)? (to|with)|request|approv\w*|permission|whether|lies with|if (he|she|they)|"
    rf"(his|her|their|{_BOSS}('s)?) (decision|say|call)|(to|with|by|from|past|before|through) (\w+ ){{0,2}}{_BOSS}|"
    rf"{_BOSS} (can|could|may|might|must|has to|needs to|decides|will have to|would have to))",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(can(no|')?t|can not|not able|unable|won'?t|don'?t|isn'?t|not|never|no(?! (problem|worries|trouble|doubt)))\b"
    r"(?:(?!\b(?:and|but|so) (?:then )?(?:i|we|you|he|she|they|let|here)\b)[^.!?,;:]){0,60}$",
    re.IGNORECASE,
)
_DENIES = re.compile(r"\b(?:not(?! (?:only|just)\b)|never)\b|n't\b", re.IGNORECASE)
_REFUSED_AFTER = re.compile(
    r"^[^.!?,;:]{0,40}\b((i|we)( really| just| simply)? (can(no|')?t|can not|couldn'?t|won'?t)|"
    r"(i'?m|we'?re) not able|(is|are) out of the question|"
    r"(is|are)( just| simply)? ?(n'?t|not) (possible|allowed|covered|in my|something))\b",
    re.IGNORECASE,
)
_SMALL = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen".split()
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORTH = {word: n for n, word in enumerate(_SMALL, 1)} | {
    word: n for n, word in zip(range(20, 100, 10), _TENS, strict=True)
}
_WORD = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_SMALL[:9])}))?|{'|'.join(reversed(_SMALL))})"
_WORDED = re.compile(rf"\b{_WORD}\b", re.IGNORECASE)
_NUMBER = (
    rf"(?:\d[\d,.]*|(?:(?:an?|{_WORD}) (?:hundred|thousand) (?:and )?){{0,2}}{_WORD}|(?:(?:an?|{_WORD}) )?"
    r"(?:hundred|thousand))"
)
_HUNDREDS = [
    (n, re.compile(rf"\b(?:(\d+|an?) )?{word}\b(?: (?:and )?(\d+)\b)?", re.IGNORECASE))
    for n, word in ((100, "hundred"), (1000, "thousand"))
]
_SUM = re.compile(rf"[£$€]\s?(\d+(?:,\d{{3}})*)|\b({_NUMBER})\s?(?:pounds?|quid|euros?|dollars?)\b", re.IGNORECASE)
_THING = re.compile(
    r"\b(?:refund|reimburs\w+|compensat\w+|money back|pay you|cash|credit|(?<!feel )free|complimentary|"
    rf"discount|voucher|waive|upgrade|\d+\s?(?:percent|%))|{_SUM.pattern}",
    re.IGNORECASE,
)
_OR = re.compile(r",? (?=or\b)")
_OFFER = re.compile(
    r"\b(i'?ll|i will|i can(?!'t|not)|we'?ll|we can(?!'t|not)|we will|"
    r"i'?m (going to|sending|giving|refunding|putting|adding)|"
    r"let me|you'?ll get|you will (get|have|receive)|here'?s|i'?ve|how about|what if|"
    r"would you (like|take|want|prefer)|i'?d like to (offer|give)|we could|i could|full refund|do you want me to|"
    r"(shall|should|can|may) (i|we) (just |also |at least )?(book|rebook|send|offer|arrange|refund|put|give|pay|move|"
    r"replace|waive|credit|add|get you|have (an?|the|your|it|somebody|someone)|take (it|£|\$|€|\w+ off|the)|cancel|"
    r"fix|switch|set up|upgrade|extend|reimburse|order|call (an?|the))|"
    r"would (?!you|it|he|she|they)[^.!?,;:]{0,80} (suit|work|help|be (better|all right|alright|ok(ay)?)))\b",
    re.IGNORECASE,
)

_ASKS_ONE = (
    r"(?:who|whom|whose|which|where|when|why|what(?! (?:if|about)\b)|how(?! about\b))"
    r"(?! (?:i|we|you|he|she|it|they|the|your|our|that|this)\b)"
)
_ASKS_ME = (
    r"(?:(?:tell|talk|walk|take|run|show) me|i(?:'d| would) like to (?:know|ask|hear)"
    r"|i (?:want|need) to (?:know|ask)"
    r"|(?:may|can|could) i ask (?:you|what|who|where|when|why|how|which|if|whether))\b"
)
_FILLED = r"\W{0,9}(?:(?:and|so|but|or|now|please|okay?|then)\W{1,9}){0,4}"
_BEGINS_TO_ASK = re.compile(rf"^{_FILLED}(?:{_ASKS_ONE}|{_ASKS_ME})", re.IGNORECASE)
_ASKS_BESIDE = re.compile(
    rf"(?:^|[,:–—]|\b(?=(?:and|but|so|or)\b)){_FILLED}(?:(?:by|at|until|from|with|for|to|in) )?(?P<asked>"
    r"(?:is|are|was|were|do|does|did|have|has|had) (?:you|your|there|any\w*|some(?:body|one|thing)|he|she|they)\b"
    r"(?! (?:want|need|mind|agree|(?:ok|okay|happy|fine|all right|alright) (?:with|if))\b)[^,:]*"
    rf"|{_ASKS_ONE}(?<!which)(?: \w+){{0,2}}(?:'s| (?:is|are|was|were|do|does|did|have|has|had|can|could|will|would"
    r"|should|must|may|happened|made|led|lives|worries|depends))\b[^,:]*)"
    rf"|\b(?P<told>{_ASKS_ME}.*)",
    re.IGNORECASE,
)
"""A clause that asks, in a sentence that offers; "which gets you past it" and "do you want me to" ask for nothing."""


def find(patterns: Iterable[str], text: str) -> str:
    """The first words of ``text`` that one of the patterns matches; empty if none does."""
    for pattern in patterns:
        match = from_a_word(pattern).search(text)
        if match:
            return whole_words(text, match)
    return ""


def offers(text: str, scenario: Scenario) -> dict[str, str]:
    """Remedy id → the words that offer it; what is refused or only asked about in the text is not offered."""
    found: dict[str, str] = {}
    for remedy in scenario.remedies:
        for pattern in remedy.words:
            for match in from_a_word(pattern).finditer(text):
                sentence, before = _around(text, match)
                asked = sentence.endswith("?") and not _OFFER.search(sentence)
                refused = _NEGATED.search(before) or _REFUSED_AFTER.search(text[match.end() :])
                if not asked and not refused and not _denied(match[0], pattern):
                    found.setdefault(remedy.id, whole_words(text, match))
    return found


def _denied(words: str, pattern: str) -> bool:
    """Whether what was matched denies itself ("your name was not on the sheet"), and is not written as a denial."""
    return bool(_DENIES.search(words)) and not _DENIES.search(pattern.replace("'?", "'"))


def makes_offer(sentence: str) -> bool:
    """Whether a sentence has the words of an offer, whatever is offered."""
    return bool(_OFFER.search(sentence))


def asking(text: str, reading: Reading) -> list[str]:
    """What of a turn asks: its question sentences, with or without the mark, as far as they do not offer."""
    quotes = [a.quote for a in reading.acts if a.id in ("open_question", "closed_question")]
    found = (
        s for s in sentences(text) if "?" in s or _BEGINS_TO_ASK.search(s) or any(s in q or q in s for q in quotes)
    )
    return [part for part in map(_asked_in, found) if part]


def _asked_in(sentence: str) -> str:
    """What a sentence asks: of one that makes an offer only the clauses that ask."""
    if not makes_offer(sentence):
        return sentence
    return " ".join(clause["asked"] or clause["told"] for clause in _ASKS_BESIDE.finditer(sentence))


def names_thing(text: str) -> bool:
    """Whether words name money, a sum of it, or what is given for nothing, and not only as what is looked into."""
    return bool(_THING.search(text)) and not _ASKS_LEAVE.search(text)


def names_sum(text: str) -> bool:
    """Whether words name a sum of money."""
    return bool(_SUM.search(text))


def allowed(text: str, offered: dict[str, str], scenario: Scenario) -> tuple[str, ...]:
    """The offered remedies that policy lets this agent offer as they were offered."""
    return tuple(i for i, words in offered.items() if not _breaks_policy(text, i, words, scenario))


def off_policy(text: str, offered: dict[str, str], scenario: Scenario) -> str:
    """The words that promise what policy refuses, what needs leave that is not sought, or what no remedy covers."""
    broken = next((words for i, words in offered.items() if _breaks_policy(text, i, words, scenario)), "")
    return broken or _wild_promise(text, offered, scenario)


def _breaks_policy(text: str, remedy_id: str, words: str, scenario: Scenario) -> bool:
    authority = scenario.remedy(remedy_id).authority
    sentence = _around(text, re.search(re.escape(words), text))[0]
    return authority == "refused" or (authority == "approval" and not _ASKS_LEAVE.search(sentence))


def _wild_promise(text: str, offered: dict[str, str], scenario: Scenario) -> str:
    """A promise of money or a gift that no remedy within the agent's authority speaks of."""
    if not _THING.search(text):
        return ""
    granted = " ".join(
        f"{r.text} {r.policy} {' '.join(r.words)}" for r in scenario.remedies if r.authority == "alone"
    )
    for sentence in _promising(text):
        thing = next(reversed(list(_THING.finditer(sentence))), None)
        if thing is None:
            continue
        known = any(words in sentence for words in offered.values()) or _known(thing[0], granted)
        negated = _NEGATED.search(sentence[: thing.start()]) or _ASKS_LEAVE.search(sentence)
        if _OFFER.search(sentence) and not known and not negated:
            return sentence.strip()
    return ""


def _known(thing: str, granted: str) -> bool:
    """Whether what is promised is spoken of among what is granted; of a sum, the number."""
    of_money = _SUM.search(thing)
    if not of_money:
        return thing.lower()[:6] in granted
    number = _in_digits(of_money[1] or of_money[2])
    said = _in_digits(re.sub(r"\{\d*,\d*\}", "", granted))  # a pattern's "{0,40}" is no sum
    return bool(re.search(rf"\b{re.escape(number)}\b", said, re.IGNORECASE))


def _in_digits(text: str) -> str:
    """The text with its numbers in digits: "ninety-four" is 94, "three hundred and eighty" 380, "6,840" 6840."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = _WORDED.sub(lambda m: str(sum(_WORTH[word] for word in re.split("[- ]", m[0].lower()))), text)
    for worth, pattern in _HUNDREDS:
        text = pattern.sub(partial(_multiplied, worth), text)
    return text


def _multiplied(worth: int, found: re.Match[str]) -> str:
    """One number of "3 hundred and 80"; "a hundred" is one of them."""
    many = int(found[1]) if (found[1] or "").isdigit() else 1
    return str(many * worth + int(found[2] or 0))


def _promising(text: str) -> Iterator[str]:
    """The sentences; of one that gives one thing "or" seeks leave for another, the part that gives."""
    for sentence in re.findall(r"[^.!?]+", text):
        first, *others = _OR.split(sentence)
        gives = not _ASKS_LEAVE.search(first) and any(_ASKS_LEAVE.search(other) for other in others)
        yield first if gives else sentence


def _around(text: str, match: re.Match[str] | None) -> tuple[str, str]:
    """The sentence a match stands in, with its end mark, and the part of it before the match."""
    if match is None:
        return text, ""
    start = max((text.rfind(mark, 0, match.start()) for mark in ".!?\n"), default=-1) + 1
    end = re.compile(r"[.!?\n]|$").search(text, match.end())
    assert end is not None
    return text[start : end.end()].strip(), text[start : match.start()]


def whole_words(text: str, match: re.Match[str]) -> str:
    """What was matched, to the end of its last word."""
    end = match.end()
    while end < len(text) and (text[end].isalnum() or text[end] == "'"):
        end += 1
    return text[match.start() : end]
