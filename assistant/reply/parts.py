"""The draft part by part, for a model too small to draft it whole.

Code plans: which words of which passage a part rests on. The model words one part at a time
from a short prompt. ``settle`` keeps its wording only if it passes the checks; else code's own
plain wording stands, and the part says so.
"""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assistant.errors import ModelError
from assistant.llm import ChatModel, system, user
from assistant.reply.channels import Shape, Stance
from assistant.reply.commitments import commitments
from assistant.reply.redact import Private
from assistant.reply.situation import Situation
from assistant.reply.verify import CheckedPart, Part, Purpose, Quote, verify
from knowledge import Passage
from prompts import render

Embed = Callable[[list[str]], NDArray[np.float32]]
SHAPED_BY: dict[Purpose, str] = {
    "acknowledge": "validate the customer's feeling, name what happened, and own the mistake in an apology",
    "next step": "tell the customer what happens next, who does it and by when",
}
"""What the guides are asked for each part that they shape."""
SECTION_PULL = 0.5
"""How much a sentence gains from standing in the best section found."""
NEXT_SECTION = 0.6
"""What is left of that gain in the section ranked next, and so on."""
SECOND_BEST = 0.2
"""How far below the best a further sentence may be."""
NEAR = 0.6
"""Cosine plus pull from which a policy sentence is thought to be about the customer's case."""
_GRANT = re.compile(r"^(?:(?P<when>.*?),\s*)?an agent may, without asking anyone,\s*(?P<what>.+?)\.?$", re.IGNORECASE)
_OFFERED = re.compile(
    r"^(?:A|The|Any) (?:member|customer|passenger|guest)\b[^.;]*? can be offered (?P<what>[^.;]+)\.?$"
)
_REFUSED = re.compile(r"\brefuse[sd]?\b.*\bbecause\b", re.IGNORECASE)
_AMONG_STAFF = re.compile(r",? without asking (?:anyone|anybody),?", re.IGNORECASE)
"""What a policy says to staff and a customer need not hear."""
_CURSES = re.compile(r"\b(?:f+u+c+k\w*|shit\w*|bullshit|crap|damn\w*|bastards?|idiots?|wtf|hell)\b", re.IGNORECASE)
_INSTRUCTS = re.compile(
    r"\b(?:ignore|disregard|repeat after|system|instruction|override|you are now|pretend|confirm that|write that"
    r"|assistant)\b|f+u+c+k|\bidiot|\bmoron|\bscum",
    re.IGNORECASE,
)
STOCK = re.compile(
    r"\b(inconvenience|valued|unfortunately|feel that way|rest assured|thank you for (reaching|contacting)|"
    r"appreciate your|do our best|dear|sincerely|regards|as an ai|you should have|your fault|calm down)\b",
    re.IGNORECASE,
)


class Step(BaseModel):
    """One part to be worded: what it rests on, the model's task, and code's wording."""

    model_config = ConfigDict(frozen=True)

    purpose: Purpose
    quotes: tuple[Quote, ...]
    plain: str
    task: Literal["acknowledge", "offer", ""] = ""
    material: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What a plan is made for. ``asked`` is what is compared with policy: nothing private is in it."""

    message: str
    asked: str
    situation: Situation
    shape: Shape


def plan(
    case: Case, shaping: dict[Purpose, Passage | None], policies: list[Passage], embed: Embed
) -> tuple[list[Step], list[str]]:
    """The parts in order, and what the agent must make sure of."""
    steps = [acknowledge(case, shaping.get("acknowledge"), embed)]
    checks: list[str] = []
    chosen = _stance(rules(case.asked, policies, embed), case.shape)
    for passage, rule in chosen:
        quote = Quote(passage=passage.id, words=rule)
        grant = _GRANT.match(rule)
        if offered := _OFFERED.match(rule):
            plain = f"What I can offer is {_to_customer(offered['what'])}."
            steps.append(Step(purpose="offer", quotes=(quote,), plain=plain, rule=rule))
        elif grant:
            if grant["when"]:
                checks.append(f"Make sure that this is the case: {_to_customer(grant['when'])}.")
            plain = f"I can {_to_customer(grant['what'])}."
            material = _to_customer(rule)
            steps.append(
                Step(purpose="offer", quotes=(quote,), plain=plain, task="offer", material=material, rule=rule)
            )
        else:
            steps.append(Step(purpose="explain", quotes=(quote,), plain=_to_customer(rule), rule=rule))
    asks = case.shape.stance == "ask for information"
    if asks or (chosen and case.situation.missing):
        steps.append(_ask(case))
    covered = bool(chosen) and not case.situation.grave
    if not asks:
        steps.append(_next_step(shaping.get("next step"), covered, embed))
    if not chosen and not asks:
        checks.append("No policy covers this: decide what may be offered, or ask somebody who can.")
    return steps, checks


def stances(found: list[tuple[Passage, str]], situation: Situation) -> tuple[Stance, ...]:
    """The stances that would differ in substance: what policy grants, what it refuses, what is missing."""
    open_to: dict[Stance, bool] = {
        "accept": any(_GRANT.match(rule) for _, rule in found),
        "decline kindly": any(_REFUSED.search(rule) for _, rule in found),
        "ask for information": bool(situation.missing),
    }
    return tuple(stance for stance, there in open_to.items() if there)


def _stance(found: list[tuple[Passage, str]], shape: Shape) -> list[tuple[Passage, str]]:
    """The rules that fit the stance: at most one refusal with its reason, and two grants (one where it is short)."""
    if not found or shape.stance == "ask for information":
        return []
    most = 1 if shape.length == "short" else 2
    home = found[0][0].id
    grants = [rule for rule in found if _GRANT.match(rule[1]) and rule[0].id == home][:most]
    refusals = [rule for rule in found if _REFUSED.search(rule[1])]
    offered = [rule for rule in found if _OFFERED.match(rule[1])][:1]
    if shape.stance == "accept":
        return grants
    if shape.stance == "decline kindly":
        return [*refusals[:1], *(offered or grants[:1])] if refusals else []
    first_refuses = bool(_REFUSED.search(found[0][1]))
    return [*(refusals[:1] if first_refuses else []), *(grants or (offered if first_refuses else []))]


async def worded(step: Step, model: ChatModel, private: Private) -> AsyncIterator[str]:
    """The model's wording of a part, growing; nothing if the model cannot or has no task here.

    The model is not shown what ``private`` hides.
    """
    if not step.task:
        return
    if step.task == "acknowledge":
        messages = [
            system(render("draft-acknowledge")),
            user(render("draft-acknowledge-message", message=private.hide(_clip(step.material)))),
        ]
    else:
        messages = [user(render("draft-offer", rule=step.material, opening="I can"))]
    text = ""
    try:
        async for piece in model.stream(messages, max_tokens=90, temperature=0.2, stop=["\n\n"]):
            text += piece
            yield private.restore(text.strip())
    except ModelError:
        return  # what came is judged by settle; an unfinished sentence does not pass


def settle(step: Step, words: str, passages: dict[str, Passage], customer: str) -> CheckedPart:
    """The model's wording if it passes, else code's."""
    words = _AMONG_STAFF.sub("", words).strip().strip('"“”').strip()
    if words and _fit(step, words):
        checked = verify(Part(purpose=step.purpose, text=words, quotes=step.quotes), passages, customer)
        if not checked.findings:
            return checked
    checked = verify(Part(purpose=step.purpose, text=step.plain, quotes=step.quotes), passages, customer)
    return checked.model_copy(update={"wording": "code"})


def _fit(step: Step, words: str) -> bool:
    if not re.search(r"[.!?]$", words) or len(words.split()) > 70 or STOCK.search(words):
        return False
    if step.task == "acknowledge":
        shared = _content(words) & _content(step.material)
        return len(shared) >= 2 and not commitments(words) and not re.search(r"\b(I|my)\b", words)
    return words.lower().startswith("i can") and _figures(words) == _figures(step.material) and _keeps(step, words)


def _keeps(step: Step, words: str) -> bool:
    """Whether the rewording keeps the rule's own words and adds none of weight."""
    grant = _GRANT.match(step.material)
    rule = _content(grant["what"] if grant else step.material)
    said = _content(words)
    return len(rule & said) >= 0.7 * len(rule) and len(said - _content(step.material)) <= 3


def acknowledge(case: Case, guide: Passage | None, embed: Embed) -> Step:
    """The first part: the customer's own words, and that we are sorry."""
    quote = _nearest_quote(SHAPED_BY["acknowledge"], guide, embed)
    public = case.shape.channel == "review reply"
    own = _own_words(case.message, public)
    said = f"You wrote: “{own}” " if own else ""
    plain = f"{said}I am sorry that we put you in this position; anybody would be upset."
    return Step(
        purpose="acknowledge", quotes=quote, plain=plain, task="" if public else "acknowledge", material=case.message
    )


def _ask(case: Case) -> Step:
    wanted = [_asked_for(m) for m in case.situation.missing[:2]] or ["[what you need to know]"]
    privately = " by private message" if case.shape.channel == "review reply" else ""
    plain = f"Could you send me {' and '.join(wanted)}{privately}, so that I can look into it?"
    return Step(purpose="ask", quotes=(), plain=plain)


def _asked_for(missing: str) -> str:
    return missing if re.match(r"(?:when|where|which|what|how)\b", missing) else f"the {missing.removeprefix('the ')}"


def _next_step(guide: Passage | None, covered: bool, embed: Embed) -> Step:
    quote = _nearest_quote(SHAPED_BY["next step"], guide, embed)
    plain = (
        "If that suits you, answer this message and I will put it in place and write to you when it is done."
        if covered
        else "I am passing your message on with the whole account, so that you need not explain it again, "
        "and I will write to you by [day and time] with an answer."
    )
    return Step(purpose="next step", quotes=quote, plain=plain)


def rules(message: str, policies: list[Passage], embed: Embed) -> list[tuple[Passage, str]]:
    """The policy sentences that fit the case, best first: what is granted, refused with its reason, or offered."""
    public = [p for p in policies if p.meta.audience == "public"]
    found = [
        (p, s)
        for p in public
        for s in sentences(p.section.text)
        if _GRANT.match(s) or _REFUSED.search(s) or _OFFERED.match(s)
    ]
    if not found:
        return []
    phrases = _phrases(message)
    vectors = embed([*phrases, *(s for _, s in found)])
    alike = (vectors[len(phrases) :] @ vectors[: len(phrases)].T).max(axis=1)
    pull = {p.id: SECTION_PULL * NEXT_SECTION**rank for rank, p in enumerate(public)}
    scores = [float(n) + pull[p.id] for n, (p, _) in zip(alike, found, strict=True)]
    ranked = sorted(zip(scores, found, strict=True), key=lambda x: -x[0])
    return [rule for score, rule in ranked if score >= max(NEAR, ranked[0][0] - SECOND_BEST)]


def _phrases(message: str, most: int = 6) -> list[str]:
    """The message and its longest sentences: one of them may name the case."""
    longer = [s for s in re.split(r"(?<=[.!?])\s+", message) if len(s.split()) >= 4]
    return list(dict.fromkeys([message[:2000], *sorted(longer, key=len, reverse=True)[:most]]))


def _nearest_quote(query: str, guide: Passage | None, embed: Embed) -> tuple[Quote, ...]:
    """The guide's sentence nearest to what the part does."""
    found = [s for s in sentences(guide.section.text) if 5 <= len(s.split()) <= 40] if guide else []
    if guide is None or not found:
        return ()
    vectors = embed([query, *found])
    return (Quote(passage=guide.id, words=found[int((vectors[1:] @ vectors[0]).argmax())]),)


def _own_words(message: str, public: bool) -> str:
    """The customer's sentence that says most, clipped; none that demands or instructs, and in public no figures."""
    said = [s for s in map(_without_handles, sentences(message)) if len(s.split()) >= 4]
    said = [s for s in said or [_without_handles(message)] if s and not _CURSES.search(s)]
    fit = [s for s in said if not _demands(s) and not _INSTRUCTS.search(s)]
    fit = [s for s in fit or said if not (public and re.search(r"\d", s))]
    if not fit:
        return ""
    best = max(fit, key=lambda s: (len(_content(s)), -len(s)))
    if best.isupper():
        best = best.capitalize()
    return _clip(best, 160)


def _without_handles(text: str) -> str:
    """A sentence without the addresses and handles that a post carries."""
    plain = re.sub(r"(?:https?://|pic\.twitter\.com/)\S+|[@#]\w+", " ", text)
    return re.sub(r"\s+", " ", plain).strip(" ,&").lstrip(".")


def _demands(sentence: str) -> bool:
    """Whether a customer's sentence names what they want to have."""
    return any(c.kind in ("remedy", "money", "percent") for c in commitments(sentence))


def _to_customer(text: str) -> str:
    """A rule's words turned to the customer: the member becomes you."""
    text = _AMONG_STAFF.sub("", text)
    who = r"(?:the |a |an )?(?:member|customer|passenger|guest)"
    text = re.sub(rf"\b{who}'s\b", "your", text, flags=re.IGNORECASE)
    return re.sub(rf"\b{who}\b", "you", text, flags=re.IGNORECASE)


def _clip(text: str, most: int = 600) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def sentences(text: str) -> list[str]:
    """A section's or a message's sentences, without the marks of Markdown."""
    plain = re.sub(r"[*_`|]+|^\s*(?:[-•]|\d+\.)\s+", "", text, flags=re.MULTILINE)
    return [s.strip() for s in re.split(r"(?<=[.!?])\s+|\n+", plain) if s.strip()]


def _content(text: str) -> set[str]:
    return {w[:6] for w in re.findall(r"[a-z]{4,}", text.lower())} - {
        "that",
        "this",
        "with",
        "have",
        "your",
        "withou",
    }


def _figures(text: str) -> list[str]:
    return sorted(re.findall(r"\d[\d,.]*\d|\d", text))
