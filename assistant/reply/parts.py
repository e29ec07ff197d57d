"""The draft part by part, for a model too small to draft it whole.

Code plans: which words of which passage a part rests on. The model words one part at a time
from a short prompt. ``settle`` keeps its wording only if it passes the checks; else code's own
plain wording stands, and the part says so.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assistant.errors import ModelError
from assistant.llm import ChatModel
from assistant.message import system, user
from assistant.reply.channels import Shape, Stance
from assistant.reply.commitments import Likely, commitments
from assistant.reply.echo import bereaved, clip, content, own_words, sentences
from assistant.reply.redact import Private
from assistant.reply.rules import ANY, GRANT, OFFERED, Embed, fitting, rules, stances
from assistant.reply.situation import Situation
from assistant.reply.verify import CheckedPart, Part, Purpose, Quote, verify
from assistant.reply.wording import Then, asking, closing, condolence, opening
from knowledge import Passage
from prompts import render

SHAPED_BY: dict[Purpose, str] = {
    "acknowledge": "open a written reply with the case, own it or recognise it in one sentence",
    "next step": "a written reply: say what happens next, who, until when",
}
"""What the guides are asked for each part that they shape."""
GUIDE_NEAR = 0.5
"""Cosine from which a guide's sentence is cited for what a part does."""
_SORRY = re.compile(r"\b(?:sorry|apologi[sz]e)\b", re.IGNORECASE)
_CLAIMS = re.compile(
    r"\b(?:I|my|misunderstanding|but|cover\w*|refus\w*|warranty)\b"
    r"|\bwe (?!(?:are |do )?(?:so |very |truly |deeply |sincerely )*(?:sorry|apologi|understand|hear|see|regret))",
    re.IGNORECASE,
)
"""An apology speaks for the company, decides nothing, and says nothing of what it did: nobody here knows that."""
_CONDITION = re.compile(r"\b(?:if|when|unless|once|until)\b", re.IGNORECASE)
_NO_CUSTOMER = re.compile(r"\b(?:agent|per you|each you|you who|a you)\b", re.IGNORECASE)
"""What a reworded rule says where the customer's place in it was lost."""
_AMONG_STAFF = re.compile(r",? without asking (?:anyone|anybody),?", re.IGNORECASE)
"""What a policy says to staff and a customer need not hear."""
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
class Plan:
    """The parts in order, the guides they cite, what the agent must make sure of, and which stances would differ."""

    steps: tuple[Step, ...]
    guides: tuple[Passage, ...]
    checks: tuple[str, ...]
    stances: tuple[Stance, ...]

    @property
    def covered(self) -> bool:
        """Whether policy says anything for the case."""
        return any(step.rule for step in self.steps)


@dataclass(frozen=True, slots=True)
class Case:
    """What a plan is made for. ``asked`` is what is compared with policy: nothing private is in it."""

    message: str
    asked: str
    situation: Situation
    shape: Shape


def plan(case: Case, shaping: dict[Purpose, Passage | None], policies: list[Passage], embed: Embed) -> Plan:
    """What code drafts, part by part; ``shaping`` are the guides that the parts may cite."""
    found = rules(case.asked, policies, embed)
    # Who asks for a stance has read the case, and holds that a policy is for it.
    pressed = case.shape.stance in ("accept", "decline kindly")
    chosen = fitting(rules(case.asked, policies, embed, ANY) if pressed else found, case.shape)
    steps = [acknowledge(case, shaping.get("acknowledge"), embed, bool(chosen))]
    checks: list[str] = []
    for passage, rule in chosen:
        quote = Quote(passage=passage.id, words=rule)
        grant = GRANT.match(rule)
        if offered := OFFERED.match(rule):
            whom = f" to somebody{offered['who']}" if offered["who"] else ""
            plain = f"What I can offer{whom} is {_to_customer(offered['what'])}."
            steps.append(Step(purpose="offer", quotes=(quote,), plain=plain, rule=rule))
        elif grant:
            checks.append(f"Make sure that this is the case: {_condition(grant['when'] or '', grant['what'])}.")
            plain = _granting(grant["when"] or "", grant["what"])
            material = _to_customer(rule)
            steps.append(
                Step(purpose="offer", quotes=(quote,), plain=plain, task="offer", material=material, rule=rule)
            )
        else:
            steps.append(Step(purpose="explain", quotes=(quote,), plain=_to_customer(rule), rule=rule))
    if case.situation.urgency == "now":
        words = ", ".join(f"“{sign.words}”" for sign in case.situation.urgent if sign.label == "now")
        checks.insert(0, f"This may not wait for a letter ({words}): ring them if you can.")
    asks = case.shape.stance == "ask for information"
    if asks or case.situation.missing:
        steps.append(_ask(case))
    elif not chosen and not own_words(case.message, public=False).text:
        steps.append(Step(purpose="ask", quotes=(), plain=asking()))
    if not asks:
        steps.append(_next_step(shaping.get("next step"), _then(steps, case.situation.grave), embed))
    if not chosen and not asks:
        checks.append("No policy covers this: decide what may be offered, or ask somebody who can.")
    cited = {quote.passage for step in steps for quote in step.quotes}
    guides = {guide.id: guide for guide in shaping.values() if guide and guide.id in cited}
    return Plan(tuple(steps), tuple(guides.values()), tuple(checks), stances(found, case.situation))


def _then(steps: list[Step], grave: bool) -> Then:
    """What follows from the parts before."""
    if grave or not any(step.rule for step in steps):
        return "passed on"
    return "offered" if any(step.purpose == "offer" for step in steps) else "explained"


def _granting(when: str, what: str) -> str:
    """Code's wording of a grant: the condition stays, because what is quoted holds under it only."""
    condition = re.sub(r"^When\b", "If", _to_customer(when))
    return f"{condition}, I can {_to_customer(what)}." if when else f"I can {_to_customer(what)}."


def _condition(when: str, what: str) -> str:
    """What must be so for a grant to hold; where no clause says it, the grant itself names it."""
    clause = re.search(r"\b(?:when|if|once|unless|while|after|before|within)\b.*", what)
    return _to_customer(when or (clause[0] if clause else f"it is about this: {what}"))


async def worded(step: Step, model: ChatModel, private: Private) -> AsyncIterator[str]:
    """The model's wording of a part, growing; nothing if the model cannot or has no task here.

    The model is not shown what ``private`` hides.
    """
    if not step.task:
        return
    if step.task == "acknowledge":
        messages = [
            system(render("draft-acknowledge")),
            user(render("draft-acknowledge-message", message=private.hide(clip(step.material)))),
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


def settle(
    step: Step, words: str, passages: dict[str, Passage], customer: str, promised: Likely | None = None
) -> CheckedPart:
    """The model's wording if it passes, else code's, whose sentences are known: ``promised`` has no say of them."""
    words = _AMONG_STAFF.sub("", words).strip().strip('"“”').strip()
    if words and _fit(step, words):
        checked = verify(Part(purpose=step.purpose, text=words, quotes=step.quotes), passages, customer, promised)
        if not checked.findings:
            return checked
    checked = verify(Part(purpose=step.purpose, text=step.plain, quotes=step.quotes), passages, customer)
    return checked.model_copy(update={"wording": "code"})


def _fit(step: Step, words: str) -> bool:
    if not re.search(r"[.!?]$", words) or len(words.split()) > 70 or STOCK.search(words):
        return False
    if step.task == "acknowledge":
        shared = content(words) & content(step.material)
        return (
            len(shared) >= 2 and not commitments(words) and not _CLAIMS.search(words) and bool(_SORRY.search(words))
        )
    return words.lower().startswith("i can") and _figures(words) == _figures(step.material) and _keeps(step, words)


def _keeps(step: Step, words: str) -> bool:
    """Whether the rewording keeps all of a rule's words, the condition's after its "if", and adds none of weight."""
    grant = GRANT.match(step.rule)
    what, when = (grant["what"], grant["when"] or "") if grant else (step.rule, "")
    kept = _CONDITION.split(words, maxsplit=1)
    if _CONDITION.search(step.material) and len(kept) < 2:
        return False
    said = content(words)
    return (
        not _NO_CUSTOMER.search(words)
        and content(_to_customer(what)) <= said
        and content(_CONDITION.sub("", _to_customer(when))) <= content(kept[-1])
        and len(said - content(step.material)) <= 3
    )


def acknowledge(case: Case, guide: Passage | None, embed: Embed, answered: bool = True) -> Step:
    """The first part: the customer's own words, and that we are sorry. It cites ``guide`` where it owns something.

    ``answered`` is whether policy says something to it.
    """
    if bereaved(case.message):
        return Step(purpose="acknowledge", quotes=(), plain=condolence())
    public = case.shape.channel == "review reply"

    def near(some: list[str]) -> NDArray[np.float32]:
        vectors = embed([case.message[:2000], *some])
        return np.asarray(vectors[1:] @ vectors[0], dtype=np.float32)

    own = own_words(case.message, public, near)
    plain = opening(own, [sign.label for sign in case.situation.feels], answered)
    told = own.kind == "told"
    quote = _nearest_quote(SHAPED_BY["acknowledge"], guide, embed) if told else ()
    # A model always says sorry: it is asked only where something happened.
    task: Literal["acknowledge", ""] = "acknowledge" if told and not public else ""
    return Step(purpose="acknowledge", quotes=quote, plain=plain, task=task, material=case.message)


def _ask(case: Case) -> Step:
    wanted = [_asked_for(m) for m in case.situation.missing[:2]] or ["[what you need to know]"]
    privately = " by private message" if case.shape.channel == "review reply" else ""
    plain = f"Could you send me {' and '.join(wanted)}{privately}, so that I can look into it?"
    return Step(purpose="ask", quotes=(), plain=plain)


def _asked_for(missing: str) -> str:
    return (
        missing
        if re.match(r"(?:when|where|which|what|how)\b", missing)
        else re.sub(r"^(?!(?:a|an|the) )", "the ", missing)
    )


def _next_step(guide: Passage | None, then: Then, embed: Embed) -> Step:
    quote = _nearest_quote(SHAPED_BY["next step"], guide, embed)
    return Step(purpose="next step", quotes=quote, plain=closing(then))


def _nearest_quote(query: str, guide: Passage | None, embed: Embed) -> tuple[Quote, ...]:
    """The guide's sentence nearest to what the part does; none if none is near."""
    found = [s for s in sentences(guide.section.text) if 5 <= len(s.split()) <= 40] if guide else []
    if guide is None or not found:
        return ()
    vectors = embed([query, *found])
    alike = vectors[1:] @ vectors[0]
    return (Quote(passage=guide.id, words=found[int(alike.argmax())]),) if alike.max() >= GUIDE_NEAR else ()


def _to_customer(text: str) -> str:
    """A rule's words turned to the customer: the member becomes you, and "shows" becomes "show"."""
    text = _AMONG_STAFF.sub("", text)
    person = r"(?<!same )(?<!injured )(?:member|customer|passenger|guest)(?! pass|-)"
    for old, new in (
        (rf"\ban? {person} who\b", "somebody who"),
        (rf"\bno {person}\b", "nobody"),
        (rf"((?<=\d) a|\bper) {person}\b", r"\1 person"),
        (rf"\beach {person}\b", "each of you"),
        (rf"\b(?:the |an? )?{person}'s\b", "your"),
        (rf"\b(?:the |an? )?{person}\b", "you"),
        (r"\b(if|when|once|because|that|unless) you has\b", r"\1 you have"),
        (r"\b(if|when|once|because|that|unless) you is\b", r"\1 you are"),
        (r"\b(if|when|once|because|that|unless) you (\w+(?:ss|sh|ch|x))es\b", r"\1 you \2"),
        (r"\b(if|when|once|because|that|unless) you (\w+[^s\W])s\b", r"\1 you \2"),
    ):
        text = re.sub(old, new, text, flags=re.IGNORECASE)
    return text


def _figures(text: str) -> list[str]:
    return sorted(re.findall(r"\d[\d,.]*\d|\d", text))
