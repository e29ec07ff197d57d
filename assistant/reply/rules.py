"""Which policy sentences fit a case: what they grant, refuse with a reason, or have offered.

    rules("You double-booked me.", passages, embed)     # [(passage, "When Harbour Fitness cancels …")]

Likeness ranks them; whether a section is about the customer's matter at all is told by ``matter``.
"""

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from assistant.reply.channels import Shape, Stance
from assistant.reply.echo import bereaved, content, sentences
from assistant.reply.figures import Commitment, figures_in, sentences_in, stems
from assistant.reply.grants import REFUSED_ENOUGH, granted
from assistant.reply.matter import LEAST, beyond, claimed, concerned, nearest, refused_words
from assistant.reply.situation import Situation
from knowledge import Passage

Embed = Callable[[list[str]], NDArray[np.float32]]
Ruled = tuple[Passage, str]
"""A policy's sentence, after the section that it stands in."""
SECTION_PULL = 0.5
"""How much a sentence gains from standing in the best section found."""
NEXT_SECTION = 0.6
"""What is left of that gain in the section ranked next, and so on."""
SECOND_BEST = 0.2
"""How far below the best a further sentence may be."""
FURTHER = 0.1
"""How far below its section's nearest grant a further one may be: another grant often has another condition."""
CLOSE = 3.0
"""How much less another section may score in the same search for it to be as likely the one that is meant: on the
tune half of the drafting cases 7% of the right sections have one as near, and 42% of the wrong ones."""
BY_FAR = 8.0
"""How much less the next section must score for the best to be meant by far: on the tune half it is in 95 of 100."""
BY_CAUSE = 0.05
"""How much nearer a cause must be to another section, in cosine."""
BEYOND = 0.2
"""Cosine from which a message asks for what sets a refusal apart from its section's grants. A round number: on the
tune half what was refused had 0.22 and more, and what nobody asked for 0.18 and less."""
ANY = -1.0
"""The least that keeps every section, whatever its matter, and every sentence, however far."""
NEAR = 0.6
"""Cosine plus pull from which a policy sentence is thought to be about the customer's case."""
GRANT = re.compile(
    r"^(?:(?P<told>.*[.!?])\s+(?=an agent))?(?:(?P<when>.*?),\s*)?an agent may, without asking anyone,"
    r"\s*(?P<what>.+?)\.?$",
    re.IGNORECASE,
)
"""A grant with its condition; ``told`` is the sentence before, where the grant is of "such a" thing."""
_SUCH = re.compile(r"\bsuch an? (?!member|customer|passenger|guest)", re.IGNORECASE)
_LOST = re.compile(r"\breturns? lost\b|\blost returns?\b", re.IGNORECASE)
_ARRIVED = re.compile(
    r"\b(?:you|warehouse|depot|store|shop)(?: have|.ve| has|.s)?(?: already)?"
    r" (?:received|signed for|got it\b(?! wrong)|got\b[^.!?\n]{0,25}\bback)\b"
    r"|\b(?:shows?|says?|marked|confirms?)\b[^.!?\n]{0,30}\b(?:received|returned|your (?:warehouse|depot))\b",
    re.IGNORECASE,
)
"""That a return has come back: a parcel "marked as delivered" may have been sent either way."""
_DENIED = re.compile(r"\b(?:not|never|no longer|nobody|lost|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_CLAUSES = re.compile(r"[,;:]|\b(?:but|and|although|though)\b", re.IGNORECASE)
_LACKING = re.compile(r"\bwithout (?:any )?(\w+)")
_HAS = r"\b(?:have|kept|sent|attached|enclosed|(?<!n.t )got)\b(?! no)[^.!?\n]{{0,20}}\b{}"
"""That a customer has what a refusal is for the want of."""
_TO_SOMEBODY = re.compile(
    r"\b(?:such an?|the|an?) (?:member|customer|passenger|guest)(?:'s)?\b(?! who)", re.IGNORECASE
)
_USED = re.compile(r"\bhas been used\b")
_UNUSED = re.compile(
    r"\b(?:i|we|he|she|they|nobody|my \w+)(?:.ve|.d)?\b[^.!?,]{0,10}"
    r"\b(?:(?:have|had|has|did)(?:n.?t| not)|never|not once|not)\b[^.!?,]{0,20}"
    r"\b(?:been (?:in|to|there|back|near|inside|since|for|once)|used?|set foot|visited|c[ao]me|went|gone)\b",
    re.IGNORECASE,
)
_ESTABLISHED = {"found", "shown", "proven", "confir", "writin"}
"""What says of a case only that somebody made sure of it."""
IF_NEAR = 0.5
"""Cosine from which a message tells of what a grant begins with, "if bed bugs are found", in other words."""
CLAUSE = re.compile(r"\b(?=(?:when|if|(?<!at )once|unless|while|after|before)\b)")
"""Where the condition begins that a grant ends with."""
OFFERED = re.compile(
    r"^(?:A|The|Any) (?:member|customer|passenger|guest)\b(?P<who>[^.;]*?) can be offered (?P<what>[^.;]+)\.?$"
)
_STAFF_ONLY = re.compile(
    r"\bmay, without asking anyone, (?:end an? (?:conversation|call)|step away|apologise in public|thank the reviewer"
    r"|offer every remedy)",
    re.IGNORECASE,
)
"""What an agent may do that is nothing to offer a customer."""
_THREAT = re.compile(r"\b(?:threat|abus)\w*", re.IGNORECASE)
_CAUSE = re.compile(r"\b(?:because of|due to|owing to|on account of|thanks to) ([^.!?,;]{3,60})", re.IGNORECASE)
_WORTH_LESS = re.compile(
    r"\b(?:worth|cost(?:s|ing)?) (?:(?P<below>less than|under|below)|at most|up to) (?P<sum>\S+(?: \S+)?)",
    re.IGNORECASE,
)
REFUSED = re.compile(r"\brefuse[sd]?\b.*\bbecause\b", re.IGNORECASE)


def rules(
    message: str, policies: list[Passage], embed: Embed, least: float = LEAST, near: float = NEAR
) -> list[Ruled]:
    """The policy sentences that fit the case, best first: what is granted, refused with its reason, or offered.

    Only sections whose matter the message is about count (``matter.concerned``, at ``least``), and sentences that are
    ``near`` it. Where a section grants
    something, a further grant must fit nearly as well, and a refusal must be of what the message asks for.
    """
    public = [p for p in policies if p.meta.audience == "public"]
    phrases = _phrases(message)
    found = [
        (p, s)
        for p in concerned(phrases, public, embed, least)
        if near == ANY or not _belies(message, p)
        for s in _measured(message, _statements(p))
        if (GRANT.match(s) and not _STAFF_ONLY.search(s)) or REFUSED.search(s) or OFFERED.match(s)
        if not _too_dear(message, s)
    ]
    if near > ANY:
        found = [(p, s) for p, s in found if not _is_elsewhere(s, phrases, embed)]
    if not found:
        return []
    vectors = embed([*phrases, *(s for _, s in found)])
    alike = (vectors[len(phrases) :] @ vectors[: len(phrases)].T).max(axis=1)
    arrived = _says(_ARRIVED, message)
    in_order = sorted(public, key=lambda p: not (arrived and _ARRIVED.search(p.section.text)))
    pull = {p.id: SECTION_PULL * NEXT_SECTION**rank for rank, p in enumerate(in_order)}
    scored = [(float(n) + pull[p.id], (p, s)) for n, (p, s) in zip(alike, found, strict=True)]
    grants = sorted((score, p.id) for score, (p, s) in scored if GRANT.match(s))
    best = {section: score for score, section in grants}

    def asked(passage: Passage, rule: str) -> bool:
        return _asked_for(passage, rule, phrases, embed)

    ranked = sorted((x for x in scored if _stands(x[0], *x[1], best, asked)), key=lambda x: -x[0])
    if bereaved(message):  # "your account" would be the account of who has died
        ranked = [x for x in ranked if x[0] >= best.get(x[1][0].id, x[0]) or not _TO_SOMEBODY.search(x[1][1])]
    fit = [rule for score, rule in ranked if score >= max(near, ranked[0][0] - SECOND_BEST)]
    return sorted(fit, key=lambda rule: rule[0].id != _surely(public))


def _belies(message: str, passage: Passage) -> bool:
    """Whether a message says that what a section calls lost on its way back has arrived."""
    return bool(_LOST.search(passage.section.heading) and _says(_ARRIVED, message))


def _statements(passage: Passage) -> list[str]:
    """A section's sentences; one that grants something of "such a" thing stands with the one that says which."""
    found: list[str] = []
    for sentence in sentences(passage.section.text):
        if found and _SUCH.search(sentence):
            sentence = f"{found.pop()} {sentence}"
        found.append(sentence)
    return found


def _is_elsewhere(rule: str, phrases: list[str], embed: Embed) -> bool:
    """Whether a grant is for a case that begins with "if" and that the message tells nothing of, or denies."""
    grant = GRANT.match(rule)
    when = (grant and grant["when"]) or ""
    if not re.match(r"if\b", when, re.IGNORECASE):
        return False
    if _USED.search(when) and _UNUSED.search(phrases[0]):
        return True
    if (content(when) - _ESTABLISHED) & content(phrases[0]):
        return False
    vectors = embed([when, *phrases])
    return bool((vectors[1:] @ vectors[0]).max() < IF_NEAR)


def _measured(message: str, rules: list[str]) -> list[str]:
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


def _surely(policies: list[Passage]) -> str:
    """The id of the section that search holds to be meant by far; empty if there is none."""
    best, *others = sorted(policies, key=lambda p: -p.score)
    return best.id if not others or best.score - others[0].score >= BY_FAR else ""


def _too_dear(message: str, rule: str) -> bool:
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


def _stands(
    score: float, passage: Passage, rule: str, best: dict[str, float], asked: Callable[[Passage, str], bool]
) -> bool:
    """Whether a rule stands beside its section's nearest grant: as another grant, or as a refusal."""
    if passage.id not in best:
        return True
    if GRANT.match(rule):
        return score >= best[passage.id] - FURTHER
    return not REFUSED.search(rule) or bool(OFFERED.match(rule)) or asked(passage, rule)


def _asked_for(passage: Passage, refusal: str, phrases: list[str], embed: Embed) -> bool:
    """Whether a message asks for what is refused, and not only for what its section grants."""
    message, granted_there = phrases[0], _granted(passage)
    if _has_what_lacks(message, refusal):
        return False
    if claimed(message, refusal, granted_there) or not claimed(message, refusal):
        return claimed(message, refusal, granted_there)
    vectors = embed([beyond(refusal, granted_there), *phrases])
    return bool((vectors[1:] @ vectors[0]).max() >= BEYOND)


def _has_what_lacks(message: str, refusal: str) -> bool:
    """Whether a customer says to have what something is refused for the want of."""
    lacked = (re.compile(_HAS.format(re.escape(thing)), re.IGNORECASE) for thing in _LACKING.findall(refusal))
    return any(_says(having, message) for having in lacked)


def _granted(passage: Passage) -> str:
    """What a section grants, without its conditions."""
    grants = map(GRANT.match, sentences(passage.section.text))
    return " ".join(CLAUSE.split(grant["what"])[0] for grant in grants if grant)


def refusals(text: str, message: str, policies: list[Passage], embed: Embed) -> list[Ruled]:
    """The policy sentences that refuse what a reply's ``text`` refuses, of the matter that the message is about."""
    public = [p for p in policies if p.meta.audience == "public"]
    return [
        (p, s)
        for p in concerned(_phrases(message), public, embed)
        for s in sentences(p.section.text)
        if _founds(s, text, message)
    ]


def _founds(rule: str, text: str, message: str) -> bool:
    """Whether a rule is one that refuses, and a reply's refusal says it again or refuses what the customer told."""
    refusing, said = granted(rule).refusals, stems(text)
    again = said & refusing
    if len(again) > 1 and len(again) >= REFUSED_ENOUGH * len(said):
        return True
    refused = refused_words(rule) if refusing else set()
    return claimed(text, rule) and len(refused & content(f"{text} {message}")) >= len(refused) / 2 > 0


def rival(home: Passage, policies: list[Passage], message: str, embed: Embed) -> Passage | None:
    """The public section that a message may be about instead of ``home``.

    Search ranks it before or hardly behind, or the cause that the message names is more of its matter: "six hours
    late because of fog" is late, but not by the airline's fault.
    """
    others = [p for p in policies if p.id != home.id and p.meta.audience == "public"]
    best = max(others, key=lambda p: p.score, default=None)
    if best is not None and home.score - best.score < CLOSE:
        return best
    cause = _CAUSE.search(message)
    if cause is None or not others:
        return None
    near = nearest(cause[1], [home, *others], embed)
    caused = max(others, key=lambda p: near[p.id])
    return caused if near[caused.id] > near[home.id] + BY_CAUSE else None


def _says(pattern: re.Pattern[str], message: str) -> bool:
    """Whether a sentence of a message says it, and neither denies it in that clause nor asks."""
    for sentence in sentences_in(message):
        for match in () if sentence.rstrip().endswith("?") else pattern.finditer(sentence):
            clause = _CLAUSES.split(sentence[: match.start()])[-1] + match[0]
            if not _DENIED.search(clause):
                return True
    return False


def _phrases(message: str, most: int = 6) -> list[str]:
    """The message and its longest sentences: one of them may name the case."""
    longer = [s for s in re.split(r"(?<=[.!?])\s+", message) if len(s.split()) >= 4]
    return list(dict.fromkeys([message[:2000], *sorted(longer, key=len, reverse=True)[:most]]))


def applying(found: list[Ruled], situation: Situation) -> list[Ruled]:
    """The rules without those for whoever threatens or abuses: they are said only where the card shows it."""
    if situation.at_risk("threat or abuse"):
        return found
    return [rule for rule in found if not _THREAT.search(rule[1])]


def stances(found: list[Ruled], situation: Situation, shape: Shape) -> tuple[Stance, ...]:
    """The stances that would differ in substance from what a shape gives."""
    open_to: dict[Stance, bool] = {
        "accept": any(GRANT.match(rule) for _, rule in found),
        "decline kindly": any(REFUSED.search(rule) for _, rule in found),
        "ask for information": bool(situation.missing),
    }
    here = fitting(found, shape)
    return tuple(
        stance
        for stance, there in open_to.items()
        if there
        and (stance == "ask for information" or fitting(found, shape.model_copy(update={"stance": stance})) != here)
    )


def fitting(found: list[Ruled], shape: Shape) -> list[Ruled]:
    """The rules that fit the stance: at most one refusal with its reason, and two grants (one where it is short)."""
    if not found or shape.stance == "ask for information":
        return []
    most = 1 if shape.length == "short" else 2
    home = found[0][0].id
    grants = [rule for rule in found if GRANT.match(rule[1]) and rule[0].id == home][:most]
    refusals = [rule for rule in found if REFUSED.search(rule[1])]
    offered = [rule for rule in found if OFFERED.match(rule[1])][:1]
    if shape.stance == "accept":
        return grants
    if shape.stance == "decline kindly":
        return [*refusals[:1], *(offered or grants[:1])] if refusals else []
    if REFUSED.search(found[0][1]):  # what else is granted there is for whom it is not refused
        return [*refusals[:1], *(offered or grants)]
    return grants or offered
