"""What anybody may read: a public reply names no order, account, sum, day or person. Pure code.

Nor does it tell who or how a customer is: of their health, faith, origin, love, or of a death.

fit_for_public(parts, "Order LH-612200: Darren hung up on me.", names=["Ann Lee"])
# (the parts without the sentences that name one, how many sentences were left out)

Nor does it offer or explain what presupposes a mistake of the customer's: everybody would read that it was theirs.

Not seen: a person whom neither the message nor a speaker's name shows in large letters ("anna laughed"), a day with
no "on" or "last" before it ("Tuesday's class"), a sum without its currency ("she wants twenty").
"""

import re
from collections.abc import Iterable, Sequence

from assistant.reply.commitments import names_person
from assistant.reply.echo import Own, begins_plainly, disclosed, spells_sum
from assistant.reply.figures import figures_in
from assistant.reply.redact import find_private
from assistant.reply.verify import CheckedPart, Part
from assistant.reply.vocabulary import vocabulary
from assistant.reply.wording import close_of, closing, quoted

_NUMBER = re.compile(
    r"\d{4,}|\b[A-Z]{1,4}[- ]?\d{2,}|#\d|\b(?i:room|seat|gate|table|bay|flat|locker) (?i:no\.? |number )?\d"
)
_DAY = re.compile(
    r"\b(?:last|past|this|next|since|on) (?:mon|tues|wednes|thurs|fri|satur|sun)day\b(?! (?:to|and|or) )",
    re.IGNORECASE,
)
_THEIR_MISTAKE = re.compile(
    r"\b(?:ordered|bought|booked|chosen|chose|measured|assembled|entered|used) (?:(?:in|at|on|to|for|by) )?"
    r"(?:the |a )?(?:wrong(?:ly)?|mistake)\b|\b(?:wrongly|badly) (?:measured|ordered|booked|assembled|entered|used)\b"
    r"|\b(?:your|their|the customer's) (?:own )?(?:mistake|error|fault|carelessness|negligence)\b"
    r"|\bmisus(?:e|ed|ing)\b",
    re.IGNORECASE,
)
_OUR_MISTAKE = re.compile(
    r"\b(?:we|i|(?:the|an?|my|our) (?:\w+ )?(?:driver|courier|crew|team|staff|agent|colleague|desk|warehouse|depot"
    r"|trainer|shop|company|system))s?(?: (?:have|has|had))?(?: \w+ly)? "
    r"(?:ordered|bought|booked|chosen|chose|measured|assembled|entered|used|misused)\b"
    r"|\b(?:fee|charge|payment)s?(?: (?:that|which))?(?: (?:is|was|were|(?:has|have) been))? wrongly booked\b",
    re.IGNORECASE,
)
_ALSO_NAMES = {"Will"}
"""Words that begin many a sentence, and are names as well."""
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_INSIDE = re.compile(r"(?<=[\w,;]\s)[^\W\d_][\w’'-]*")
"""A word that begins no sentence and no quotation."""
_SENTENCE = re.compile(r"(?:(?<=[.!?])|(?<=[.!?]”))\s+")


def fit_for_public(
    parts: Sequence[CheckedPart], message: str, names: Iterable[str] = ()
) -> tuple[list[CheckedPart], int]:
    """The parts as they may be public, and how many sentences had to stay out.

    Without an acknowledgement it begins with a general one.

    Args:
        message: what the customer wrote: the persons named there are named to nobody else.
        names: those of the thread's speakers.
    """
    people = _people(message, names, (quote.words for checked in parts for quote in checked.part.quotes))
    kept: list[CheckedPart] = []
    left_out = 0
    for checked in parts:
        said = _SENTENCE.split(checked.part.text)
        rests = checked.part.purpose in ("offer", "explain")
        own = disclosed(message) if rests else None
        good = [s for s in said if not (_betrays(s, people) or _discloses(s, own) or (rests and _blames(s)))]
        left_out += len(said) - len(good)
        if good:
            text = checked.part.text if len(good) == len(said) else " ".join(good)
            kept.append(checked.model_copy(update={"part": checked.part.model_copy(update={"text": text})}))
    if _offers(parts) and not _offers(kept):
        kept = list(map(_without_offer, kept))
    if not any(c.part.purpose == "acknowledge" for c in kept):
        kept.insert(0, CheckedPart(part=Part(purpose="acknowledge", text=quoted(Own("", ""))), wording="code"))
    return kept, left_out


def _discloses(sentence: str, told: set[str] | None) -> bool:
    """Whether a sentence tells who or how somebody is; of ``told`` only, where policy speaks of everybody."""
    found = disclosed(sentence)
    return bool(found if told is None else found & told)


def _blames(sentence: str) -> bool:
    """Whether a sentence presupposes a mistake of the customer's; ours may be told."""
    return bool(_THEIR_MISTAKE.search(_OUR_MISTAKE.sub("", sentence)))


def _offers(parts: Sequence[CheckedPart]) -> bool:
    return any(c.part.purpose in ("offer", "explain") for c in parts)


def _without_offer(checked: CheckedPart) -> CheckedPart:
    """A part as it is where the offers stayed out: a close of code's does not speak of them."""
    if close_of(checked.part.text) not in ("offered", "explained"):
        return checked
    part = checked.part.model_copy(update={"text": closing("passed on", "public")})
    return checked.model_copy(update={"part": part})


def left_out_note(sentences: int) -> str:
    """What the agent is told of what stayed out; empty if nothing did."""
    if not sentences:
        return ""
    what = "1 sentence names" if sentences == 1 else f"{sentences} sentences name"
    return (
        f"Left out, because anybody may read it: {what} a number, a sum, a day, a person, or who or how somebody is, "
        "or blames the customer."
    )


def _betrays(sentence: str, people: set[str]) -> bool:
    plain = re.sub(r"\[[^\]\n]{2,60}\]", "", sentence)
    told = any(f.kind == "money" or (f.kind == "date" and re.search(r"\d", f.words)) for f in figures_in(plain))
    timed = spells_sum(plain) or bool(_DAY.search(plain))
    named = names_person(plain) or _names(plain, people)
    return told or timed or named or bool(_NUMBER.search(plain)) or bool(find_private([plain]).replaced)


def _names(sentence: str, people: set[str]) -> bool:
    """Whether one of ``people`` is named; one whose name begins many a sentence (Will), only inside the sentence."""
    inside = set(_INSIDE.findall(sentence))
    large = {w for w in _WORD.findall(sentence) if w[0].isupper() and (w in inside or not begins_plainly(w))}
    return bool(people & {w.casefold().removesuffix("'s").removesuffix("’s") for w in large})


def _people(message: str, names: Iterable[str], quoted: Iterable[str]) -> set[str]:
    """The words, in small letters, of a message that may be names, and the speakers' names.

    A word may be a name if it is written large throughout, begins no sentence usually, and is none of policy's words.
    """
    words = _WORD.findall(message)
    small = {word for word in words if word.islower()} | _things(quoted)
    large = {w for w in words if w[0].isupper() and not w.isupper()} - vocabulary().nobody
    plain = {w for w in large if begins_plainly(w) or {w.lower(), w.lower().removesuffix("s")} & small}
    told = (large - plain) | (large & _ALSO_NAMES)
    spoken = {word for name in names for word in name.split() if len(word) > 1}
    return {word.casefold().removesuffix("'s").removesuffix("’s") for word in told | spoken}


def _things(quoted: Iterable[str]) -> set[str]:
    """Policy's words, with and without a plural's s: what a sentence of it begins with is a thing and no name."""
    words = {w.lower() for text in quoted for n, w in enumerate(_WORD.findall(text)) if n == 0 or w.islower()}
    return words | {word.removesuffix("s") for word in words}
