"""The draft part by part, for a model too small to draft it whole.

Code plans which words of which passage a part rests on, and words all of it: a small model loses the conditions of a
rule. What such a model does better is to say back what the customer told. ``settle`` keeps that only if it passes the
checks (``retold``); else the customer is quoted, and the part says that code worded it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assistant.language import language
from assistant.reply.channels import Shape, Stance, Voice
from assistant.reply.draft import Outcome
from assistant.reply.duties import duties
from assistant.reply.echo import (
    Own,
    account,
    bereaved,
    commands,
    goes_nowhere,
    own_words,
    passed_on,
    recounts,
    sentences,
)
from assistant.reply.offer import condition, offer
from assistant.reply.redact import Private
from assistant.reply.retold import fits, spoken, tidied
from assistant.reply.rules import ANY, Embed, applying, fitting, rival, rules, stances
from assistant.reply.settled import still_open
from assistant.reply.situation import Situation
from assistant.reply.stock import is_account
from assistant.reply.verify import CheckedPart, Part, Purpose, Quote, verify
from assistant.reply.wording import (
    Then,
    amends,
    asking,
    beside,
    close_of,
    closing,
    condolence,
    despair,
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


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts in order, the guides they cite, what the agent must make sure of, and which stances would differ."""

    steps: tuple[Step, ...]
    guides: tuple[Passage, ...]
    checks: tuple[str, ...]
    stances: tuple[Stance, ...]
    outcome: Outcome

    @property
    def covered(self) -> bool:
        """Whether policy says anything for the case."""
        return any(step.rule for step in self.steps)


@dataclass(frozen=True, slots=True)
class Case:
    """What a plan is made for.

    ``asked`` is what is compared with policy: nothing private is in it. ``story`` is all that the customer wrote so
    far, where that is more than the ``message``. What ``private`` hides is in no text that is embedded: a service may
    do that.
    """

    message: str
    asked: str
    situation: Situation
    shape: Shape
    story: str = ""
    private: Private = Private()
    by_staff: tuple[str, ...] = ()

    @property
    def vague(self) -> bool:
        """Whether nothing says what it is about: neither the customer's words, nor the agent who chose.

        What stands in a language that is not read here may say it.
        """
        shows = self.situation
        told = shows.wants or shows.feels or shows.urgent or shows.risks or shows.missing
        return not (told or self._chosen or self.unread) and goes_nowhere(self.story or self.message)

    @property
    def thanks(self) -> bool:
        """Whether thanks are to be answered, and the agent has not chosen something else."""
        return self.situation.thanked and not self._chosen

    @property
    def unread(self) -> str:
        """The language of what is compared with policy, which is in English; empty where that is English too."""
        spoken = language(self.asked)
        return "" if spoken == "English" else spoken

    @property
    def _chosen(self) -> bool:
        return bool(self.shape.section) or self.shape.stance != "best"


def plan(case: Case, shaping: dict[Purpose, Passage | None], policies: list[Passage], embed: Embed) -> Plan:
    """What code drafts, part by part; ``shaping`` are the guides that the parts may cite."""
    if case.thanks:
        return Plan((acknowledge(case, None, embed),), (), (), (), "reply")
    if case.vague:
        wanted = Step(purpose="ask", quotes=(), plain=question(case, asks=False, covered=False))
        return Plan((acknowledge(case, None, embed), wanted), (), (), (), "ask the customer")
    if case.unread and not case.shape.section:
        policies = []  # an English sentence in it would be taken for all of the matter
    # Who names a section or asks for a stance has read the case, and holds that a policy is for it.
    named = case.shape.section
    found = rules(case.asked, policies, embed, ANY, ANY) if named else rules(case.asked, policies, embed)
    fit = applying(found, case.situation)
    found = still_open(fit, case.message, case.by_staff)
    pressed = not named and case.shape.stance in ("accept", "decline kindly")
    all_found = found
    if pressed:
        all_found = applying(rules(case.asked, policies, embed, ANY), case.situation)
        all_found = still_open(all_found, case.message, case.by_staff)
    chosen = fitting(all_found, case.shape)
    first = [p for p in policies if p.meta.audience == "public"][:1]
    near = {p.id: p.section.text for p in (*first, *(p for p, _ in found))}
    steps = [*_told_first(case.situation, near), acknowledge(case, shaping.get("acknowledge"), embed, bool(chosen))]
    checks: list[str] = []
    for _, together in groupby(chosen, lambda found: condition(found[1]) or found[1]):
        quotes = tuple(Quote(passage=passage.id, words=rule) for passage, rule in together)
        given = offer([quote.words for quote in quotes])
        steps.append(Step(purpose=given.purpose, quotes=quotes, plain=given.plain, rule=quotes[0].words))
        checks += [check for check in given.checks if check not in checks]
    if chosen and not named and (other := rival(chosen[0][0], policies, case.asked, embed)):
        titles = [p.section.breadcrumb for p in (chosen[0][0], other)]
        checks.insert(0, f"Is this about “{titles[0]}”? It may be about “{titles[1]}” as well.")
    if case.situation.urgency == "now":
        words = ", ".join(f"“{sign.words}”" for sign in case.situation.urgent if sign.label == "now")
        checks.insert(0, f"This may not wait for a letter ({words}): ring them if you can.")
    asks = case.shape.stance == "ask for information"
    if asked := question(case, asks, bool(chosen)):
        steps.append(Step(purpose="ask", quotes=(), plain=asked))
    if not asks:
        steps.append(_next_step(shaping.get("next step"), _then(steps, case), case.shape.voice, embed))
    if case.unread:
        unheld = "" if named else " No policy was held against it."
        checks.append(
            f"The message is mostly in {case.unread}, which only a capable model reads.{unheld} Have it translated, "
            "and draft from the translation."
        )
    elif not chosen and not asks:
        why = "What policy grants here was given, taken or declined already" if fit else "No policy covers this"
        checks.append(f"{why}: decide what may be offered, or ask somebody who can.")
    cited = {quote.passage for step in steps for quote in step.quotes}
    guides = {guide.id: guide for guide in shaping.values() if guide and guide.id in cited}
    others = stances(all_found, case.situation, case.shape)
    return Plan(tuple(steps), tuple(guides.values()), tuple(checks), others, _outcome(steps, case))


def _outcome(steps: list[Step], case: Case) -> Outcome:
    """What the draft is: a reply only where policy says something and nobody else must look first."""
    if case.shape.stance == "ask for information":
        return "ask the customer"
    if case.situation.grave:
        return "escalate"
    return "reply" if any(step.rule for step in steps) else "ask the agent"


def _told_first(situation: Situation, policies: Mapping[str, str]) -> list[Step]:
    """What policies (id → text) have the customer told before anything else, in the dangers that the card shows."""
    if situation.at_risk("self-harm"):
        return []  # what may keep them alive is said first
    return [
        Step(
            purpose="next step", quotes=(Quote(passage=duty.passage, words=duty.words),), plain=f"Please {duty.told}."
        )
        for duty in duties(situation, policies)
        if duty.told
    ]


def _then(steps: list[Step], case: Case) -> Then:
    """What follows from the parts before."""
    if case.situation.at_risk("self-harm"):
        return "staying"
    if case.situation.grave or not any(step.rule for step in steps):
        return "taken up" if passed_on(case.message) else "passed on"
    return "offered" if any(step.purpose == "offer" for step in steps) else "explained"


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
    if bereaved(case.message):
        return Step(purpose="acknowledge", quotes=(), plain=condolence())
    if case.thanks or case.vague or case.unread:
        return Step(purpose="acknowledge", quotes=(), plain=welcome() if case.thanks else received())
    public = case.shape.public
    message, own = case.message, _own(case.message, case, embed)
    if own.kind != "told" and case.story:  # "Well?" is no account; what came before it is
        earlier = _own(case.story, case, embed)
        message, own = (case.story, earlier) if earlier.kind == "told" else (message, own)
    said = beside(own, [sign.label for sign in case.situation.feels], answered)
    told = own.kind == "told"
    quote = _nearest_quote(SHAPED_BY["acknowledge"], guide, embed) if told else ()
    # In public nothing of the case is repeated; a few words are better quoted.
    said_back = "" if public or not told or commands(message) else account(message)
    retells = said_back if len(said_back.split()) >= WORTH_RETELLING else ""
    return Step(
        purpose="acknowledge", quotes=quote, plain=f"{quoted(own)} {said}".strip(), retells=retells, beside=said
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
    told = own_words(case.message, public=False).kind
    open_end = not (covered or bereaved(case.message) or told in ("asked", "wants"))
    if (case.situation.at_risk("self-harm") or case.unread) and not asks:
        return ""
    open_end = open_end and not case.shape.public  # there the close asks them to write privately
    if not asks and not case.situation.missing:
        return asking(told, bool(case.situation.wants), recounts(case.message)) if open_end else ""
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


def _next_step(guide: Passage | None, then: Then, voice: Voice, embed: Embed) -> Step:
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
