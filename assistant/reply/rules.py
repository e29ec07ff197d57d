"""Which policy sentences fit a case: what they grant, refuse with a reason, or have offered.

    rules("You double-booked me.", passages, embed)     # [(passage, "When Harbour Fitness cancels …")]

Likeness ranks them; whether a section is about the customer's matter at all is told by ``matter``.
"""

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from assistant.reply.channels import Shape, Stance
from assistant.reply.conditions import GRANT, is_beside, is_elsewhere, measured, tells_of, too_dear
from assistant.reply.echo import bereaved, content, sentences
from assistant.reply.figures import sentences_in, stems
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
AHEAD = 0.001
"""How far above a grant that is hardly wanted first another of its section is put."""
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
_AFTER_DEATH = re.compile(
    r"\bmay, without asking anyone, [^.]*\bbereave|\bdies\b[^.]*\bmay, without asking anyone", re.IGNORECASE
)
_OWED = re.compile(
    r"^(?:Leaving|Abandoning|Ignoring|Turning away) (?:an?|any|the) (?:member|customer|passenger|guest)\b"
    r"|\bbecause (?:nobody|no one) (?:may|must|should) be\b",
    re.IGNORECASE,
)
"""What staff may not do to a customer: that it is refused is nothing to tell who asks for something."""
_THREAT = re.compile(r"\b(?:threat|abus)\w*", re.IGNORECASE)
_CAUSE = re.compile(r"\b(?:because of|due to|owing to|on account of|thanks to) ([^.!?,;]{3,60})", re.IGNORECASE)
REFUSED = re.compile(r"\brefuse[sd]?\b.*\bbecause\b", re.IGNORECASE)


def rules(
    message: str, policies: list[Passage], embed: Embed, least: float = LEAST, near: float = NEAR
) -> list[Ruled]:
    """The policy sentences that fit the case, best first: what is granted, refused with its reason, or offered.

    Only sections whose matter the message is about count (``matter.concerned``, at ``least``), and sentences that are
    ``near`` it. Where a section grants something, a further grant must fit nearly as well, and a refusal must be of
    what the message asks for.
    """
    public = [p for p in policies if p.meta.audience == "public"]
    phrases = _phrases(message)
    told_of = _after_death(message, public)
    about = {p.id for p in (*concerned(phrases, public, embed, least), *(p for p, _ in told_of))}
    sections = [p for p in public if p.id in about]
    if near > ANY:
        sections = [p for p in sections if not _belies(message, p)]
    found = [(p, s) for p in sections for s in measured(message, _statements(p)) if _is_rule(s, message)]
    if near > ANY:
        found = [(p, s) for p, s in found if not is_elsewhere(s, phrases, embed)]
    if not found:
        return []
    scored = _in_turn(_scored(found, told_of, message, public, embed), message)
    grants = sorted((score, p.id) for score, (p, s) in scored if GRANT.match(s))
    best = {section: score for score, section in grants}

    def asked(passage: Passage, rule: str) -> bool:
        return _asked_for(passage, rule, phrases, embed)

    ranked = sorted((x for x in scored if _stands(x[0], *x[1], best, asked)), key=lambda x: -x[0])
    if bereaved(message):  # "your account" would be the account of who has died
        ranked = [x for x in ranked if x[0] >= best.get(x[1][0].id, x[0]) or not _TO_SOMEBODY.search(x[1][1])]
    fit = [rule for score, rule in ranked if score >= max(near, ranked[0][0] - SECOND_BEST)]
    return sorted(fit, key=lambda rule: rule[0].id != _surely(public))


def _scored(
    found: list[Ruled], told_of: list[Ruled], message: str, public: list[Passage], embed: Embed
) -> list[tuple[float, Ruled]]:
    """Each rule with its likeness to the message, and what its section's rank and a case ``told_of`` add."""
    phrases = _phrases(message)
    vectors = embed([*phrases, *(s for _, s in found)])
    alike = (vectors[len(phrases) :] @ vectors[: len(phrases)].T).max(axis=1)
    arrived = _says(_ARRIVED, message)
    in_order = sorted(public, key=lambda p: not (arrived and _ARRIVED.search(p.section.text)))
    pull = {p.id: SECTION_PULL * NEXT_SECTION**rank for rank, p in enumerate(in_order)}
    return [
        (float(n) + pull[rule[0].id] + SECOND_BEST * (rule in told_of), rule)
        for n, rule in zip(alike, found, strict=True)
    ]


def _is_rule(sentence: str, message: str) -> bool:
    """Whether a policy's sentence says what a customer gets or does not get, and covers theirs."""
    grants = GRANT.match(sentence) and not _STAFF_ONLY.search(sentence)
    refuses = REFUSED.search(sentence) and not _OWED.search(sentence)
    return bool(grants or refuses or OFFERED.match(sentence)) and not too_dear(message, sentence)


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


def _after_death(message: str, policies: list[Passage]) -> list[Ruled]:
    """What the best section found grants after a death, where the message tells of one, whatever else it says."""
    best = max(policies, key=lambda p: p.score, default=None)
    if best is None or not bereaved(message):
        return []
    return [(best, s) for s in sentences(best.section.text) if _AFTER_DEATH.search(s)]


def _in_turn(scored: list[tuple[float, Ruled]], message: str) -> list[tuple[float, Ruled]]:
    """The rules with their scores; before a section's nearest grant comes another that is wanted before it."""
    raised: dict[tuple[str, str], float] = {}
    grants = sorted((x for x in scored if GRANT.match(x[1][1])), key=lambda x: -x[0])
    for section in {passage.id for _, (passage, _) in grants}:
        (nearest, (_, rule)), *others = [x for x in grants if x[1][0].id == section]
        reach = is_beside(message, rule)
        wanted = [s for score, (_, s) in others if nearest - score <= reach and not is_beside(message, s)]
        if tells_of(message, rule) is False:
            wanted = wanted or [s for score, (_, s) in others if nearest - score <= FURTHER and tells_of(message, s)]
        raised |= {(section, s): nearest + AHEAD for s in wanted[:1]}
    return [(raised.get((p.id, s), score), (p, s)) for score, (p, s) in scored]


def _surely(policies: list[Passage]) -> str:
    """The id of the section that search holds to be meant by far; empty if there is none."""
    best, *others = sorted(policies, key=lambda p: -p.score)
    return best.id if not others or best.score - others[0].score >= BY_FAR else ""


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
        "decline kindly": any(REFUSED.search(rule) for p, rule in found if p.id == found[0][0].id),
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
    refusals = [rule for rule in found if REFUSED.search(rule[1]) and rule[0].id == home]
    offered = [rule for rule in found if OFFERED.match(rule[1])][:1]
    if shape.stance == "accept":
        return grants
    if shape.stance == "decline kindly":
        return [*refusals[:1], *(offered or grants[:1])] if refusals else []
    if REFUSED.search(found[0][1]):  # what else is granted there is for whom it is not refused
        return [*refusals[:1], *(offered or grants)]
    return grants or offered
