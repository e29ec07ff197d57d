"""The draft part by part, for a model too small to draft it whole.

A small model loses the conditions of a rule: code words all of it. What such a model does better is to say back what
the customer told. ``settle`` keeps that only if it passes the checks (``retold``); else the customer is quoted, and
the part says that code worded it. Which parts there are is told by ``planning``.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assistant.reply.case import Case
from assistant.reply.channels import Voice
from assistant.reply.echo import (
    Own,
    account,
    bereaved,
    commands,
    own_words,
    recounts,
    sentences,
)
from assistant.reply.retold import fits, spoken, tidied
from assistant.reply.rules import Embed
from assistant.reply.settled import accepted
from assistant.reply.situation import tells
from assistant.reply.stock import is_account
from assistant.reply.verify import CheckedPart, Part, Purpose, Quote, verify
from assistant.reply.wording import (
    Then,
    amends,
    asking,
    believed,
    beside,
    close_of,
    closing,
    condolence,
    despair,
    in_voice,
    matter,
    quoted,
    received,
    welcome,
)
from knowledge import Passage

SHAPED_BY: dict[Purpose, str] = {
    "acknowledge": "open a written reply with the case, own it or recognise it in one sentence",
    "next step": "a written reply: say what happens next, who, until when",
}
"""What the guides are asked for each part that they shape."""
WORTH_RETELLING = 6
"""Words from which an account is said back rather than quoted."""
GUIDE_NEAR = 0.5
"""Cosine from which a guide's sentence is cited for what a part does."""


class Step(BaseModel):
    """One part: what it rests on, and code's wording.

    ``retells`` is what a model is asked to say back, in place of all of ``plain`` but ``beside``.
    """

    model_config = ConfigDict(frozen=True)

    purpose: Purpose
    quotes: tuple[Quote, ...]
    plain: str
    retells: str = ""
    beside: str = ""
    rule: str = ""


def settle(step: Step, words: str, passages: dict[str, Passage], customer: str) -> CheckedPart:
    """The model's wording if it passes, else code's.

    Patterns alone judge both: code's sentences are known, and every word of an account is the customer's.
    """
    said = tidied(words)
    if step.retells and fits(said, step.retells) and is_account(said):
        text = f"{spoken(said)} {step.beside}".strip()
        checked = verify(Part(purpose=step.purpose, text=text, quotes=step.quotes), passages, customer)
        if not checked.findings:
            return checked
    checked = verify(Part(purpose=step.purpose, text=step.plain, quotes=step.quotes), passages, customer)
    return checked.model_copy(update={"wording": "code"})


def anew(checked: CheckedPart, case: Case, covered: bool, embed: Embed, passages: dict[str, Passage]) -> CheckedPart:
    """A part of code's worded for another channel: a question, the close, and in public what is said back.

    What a model said back is put into code's words there; what the agent wrote stays as it is.
    """
    said, purpose = checked.part.text, checked.part.purpose
    if checked.wording == "agent":
        return checked
    if purpose == "acknowledge" and case.shape.public:
        said = acknowledge(case, None, embed).plain
    elif checked.wording != "code":
        return checked
    elif purpose == "acknowledge":
        said = in_voice(said, case.shape.voice)
    elif purpose == "ask":
        said = question(case, case.shape.stance == "ask for information", covered) or said
    elif purpose == "next step":
        then = close_of(said)
        said = closing(then, case.shape.voice) if then else said
    step = Step(purpose=purpose, quotes=checked.part.quotes, plain=said)
    return checked if said == checked.part.text else settle(step, "", passages, case.message)


def acknowledge(case: Case, guide: Passage | None, embed: Embed, answered: bool = True) -> Step:
    """The first part: the customer's own words, and that we are sorry. It cites ``guide`` where it owns something.

    ``answered`` is whether policy says something to it.
    """
    if case.situation.at_risk("self-harm"):
        return Step(purpose="acknowledge", quotes=(), plain=despair())
    if case.situation.tender:
        return Step(purpose="acknowledge", quotes=(), plain=believed())
    if bereaved(case.message):
        return Step(purpose="acknowledge", quotes=(), plain=condolence())
    if case.thanks or case.vague or case.unread:
        return Step(purpose="acknowledge", quotes=(), plain=welcome() if case.thanks else received())
    public = case.shape.public
    message, own = case.message, _own(case.message, case, embed)
    if own.kind != "told" and case.story:  # "Well?" is no account; what came before it is
        earlier = _own(case.story, case, embed)
        message, own = (case.story, earlier) if earlier.kind == "told" else (message, own)
    if public and not own.text:  # what may be said back to nobody else was told all the same
        own = Own("", own_words(message, public=False).kind)
    said = beside(own, [sign.label for sign in case.situation.feels], answered)
    told = own.kind == "told"
    quote = _nearest_quote(SHAPED_BY["acknowledge"], guide, embed) if told else ()
    # In public nothing of the case is repeated; a few words are better quoted.
    said_back = "" if public or not told or commands(message) else account(message)
    retells = said_back if len(said_back.split()) >= WORTH_RETELLING else ""
    return Step(
        purpose="acknowledge",
        quotes=quote,
        plain=f"{quoted(own, case.shape.voice)} {said}".strip(),
        retells=retells,
        beside=said,
    )


def _own(message: str, case: Case, embed: Embed) -> Own:
    hide = case.private.hide

    def near(some: list[str]) -> NDArray[np.float32]:
        vectors = embed([hide(message)[:2000], *map(hide, some)])
        return np.asarray(vectors[1:] @ vectors[0], dtype=np.float32)

    return own_words(message, case.shape.public, near)


def question(case: Case, asks: bool, covered: bool) -> str:
    """What the customer is asked, if anything; where no policy covers it, at least what would put it right."""
    if case.vague:
        return matter()
    spared = case.situation.tender or bereaved(case.message)
    if (spared or case.unread or accepted(case.message, case.by_staff)) and not asks:
        return ""
    told = own_words(case.message, public=False).kind
    open_end = not (covered or told in ("asked", "wants"))
    open_end = open_end and not case.shape.public  # there the close asks them to write privately
    if not asks and not case.situation.missing:
        happened = recounts(case.message) and not tells(case.message, "when it happened")
        return asking(told, bool(case.situation.wants), happened) if open_end else ""
    wanted = _asked_for(case.situation.missing[:2], case.shape.voice)
    privately = " by private message" if case.shape.public else ""
    further = f" {amends()}" if open_end and not asks and not case.situation.wants else ""
    return f"Could you {wanted}{privately}, so that I can look into it?{further}"


def _asked_for(missing: Sequence[str], voice: Voice) -> str:
    """What is asked for: things are sent (on the telephone given), "when it happened" is told."""
    told = [what for what in missing if re.match(r"(?:when|where|which|what|how)\b", what)]
    things = [re.sub(r"^(?!(?:a|an|the) )", "the ", what) for what in missing if what not in told]
    if not missing:
        things = ["[what you need to know]"]
    send = f"{'give' if voice == 'spoken' else 'send'} me {' and '.join(things)}" if things else ""
    return " and ".join(filter(None, (send, f"tell me {' and '.join(told)}" if told else "")))


def next_step(guide: Passage | None, then: Then, voice: Voice, embed: Embed) -> Step:
    """The last part; it cites ``guide`` where that says what the part does."""
    quote = _nearest_quote(SHAPED_BY["next step"], guide, embed)
    return Step(purpose="next step", quotes=quote, plain=closing(then, voice))


def _nearest_quote(query: str, guide: Passage | None, embed: Embed) -> tuple[Quote, ...]:
    """The guide's sentence nearest to what the part does; none if none is near."""
    found = [s for s in sentences(guide.section.text) if 5 <= len(s.split()) <= 40] if guide else []
    if guide is None or not found:
        return ()
    vectors = embed([query, *found])
    alike = vectors[1:] @ vectors[0]
    return (Quote(passage=guide.id, words=found[int(alike.argmax())]),) if alike.max() >= GUIDE_NEAR else ()
