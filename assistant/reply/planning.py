"""What a draft is to say, part by part, where code plans it: which rules fit the case, in what order, and what the
agent must make sure of.

    plan(case, shaping, policies, embed).steps      # tell first → acknowledge → offer or explain → ask → next step
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from assistant.reply.case import Case
from assistant.reply.channels import Stance
from assistant.reply.draft import Outcome
from assistant.reply.duties import duties
from assistant.reply.echo import passed_on, product
from assistant.reply.offer import condition, offer
from assistant.reply.parts import Step, acknowledge, next_step, question
from assistant.reply.rules import ANY, Embed, Ruled, applying, fitting, rival, rules, stances
from assistant.reply.settled import accepted, still_open
from assistant.reply.verify import Purpose, Quote
from assistant.reply.wording import Then
from knowledge import Passage


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


def plan(case: Case, shaping: dict[Purpose, Passage | None], policies: list[Passage], embed: Embed) -> Plan:
    """What code drafts, part by part; ``shaping`` are the guides that the parts may cite."""
    if case.thanks:
        return Plan((acknowledge(case, None, embed),), (), (), (), "reply")
    if case.vague:
        wanted = Step(purpose="ask", quotes=(), plain=question(case, asks=False, covered=False))
        return Plan((acknowledge(case, None, embed), wanted), (), (), (), "ask the customer")
    if case.unread and not case.shape.section:
        policies = []  # an English sentence in it would be taken for all of the matter
    fit, open_to = _ruled(case, policies, embed)
    chosen = fitting(open_to, case.shape)
    first = [p for p in policies if p.meta.audience == "public"][:1]
    near = {p.id: p.section.text for p in (*first, *(p for p, _ in open_to))}
    steps = [*_told_first(case, near), acknowledge(case, shaping.get("acknowledge"), embed, bool(chosen))]
    given, conditions = _given(chosen)
    steps += given
    asks = case.shape.stance == "ask for information"
    if asked := question(case, asks, bool(chosen)):
        steps.append(Step(purpose="ask", quotes=(), plain=asked))
    if not asks:
        steps.append(next_step(shaping.get("next step"), _then(steps, case), case.shape.voice, embed))
    cited = {quote.passage for step in steps for quote in step.quotes}
    guides = {guide.id: guide for guide in shaping.values() if guide and guide.id in cited}
    checks = (*_urgent(case), *_doubted(case, chosen, policies, embed), *conditions, *_unruled(case, chosen, fit))
    return Plan(
        tuple(steps),
        tuple(guides.values()),
        checks,
        stances(open_to, case.situation, case.shape),
        _outcome(steps, case),
    )


def _ruled(case: Case, policies: list[Passage], embed: Embed) -> tuple[list[Ruled], list[Ruled]]:
    """The rules that fit a case, and those of them that are news to the customer, by whatever stance is asked for.

    Of a case that is withheld there are none.
    """
    if _withheld(case):
        return [], []
    named = (ANY, ANY) if case.shape.section else ()
    fit = applying(rules(case.asked, policies, embed, *named), case.situation)
    if case.shape.section or case.shape.stance not in ("accept", "decline kindly"):
        return fit, still_open(fit, case.message, case.by_staff)
    pressed = applying(rules(case.asked, policies, embed, ANY), case.situation)
    return fit, still_open(pressed, case.message, case.by_staff)


def _withheld(case: Case) -> bool:
    """Whether nothing is offered unasked: to somebody who was attacked a voucher for rude treatment is an insult.

    Who names a section or asks for a stance has read the case, and holds that a policy is for it.
    """
    return case.situation.at_risk("assault or harassment") and not case.chosen


def _given(chosen: list[Ruled]) -> tuple[list[Step], list[str]]:
    """A part for each condition that rules share, and what the agent must make sure of."""
    steps: list[Step] = []
    checks: dict[str, None] = {}
    for _, together in groupby(chosen, lambda found: condition(found[1]) or found[1]):
        quotes = tuple(Quote(passage=passage.id, words=rule) for passage, rule in together)
        given = offer([quote.words for quote in quotes])
        steps.append(Step(purpose=given.purpose, quotes=quotes, plain=given.plain, rule=quotes[0].words))
        checks |= dict.fromkeys(given.checks)
    return steps, list(checks)


def _urgent(case: Case) -> list[str]:
    if case.situation.urgency != "now":
        return []
    words = ", ".join(f"“{sign.words}”" for sign in case.situation.urgent if sign.label == "now")
    return [f"This may not wait for a letter ({words}): ring them if you can."]


def _doubted(case: Case, chosen: list[Ruled], policies: list[Passage], embed: Embed) -> list[str]:
    """Whether another section may be meant; whoever names one has decided it."""
    other = rival(chosen[0][0], policies, case.asked, embed) if chosen and not case.shape.section else None
    if other is None:
        return []
    here, there = (p.section.breadcrumb for p in (chosen[0][0], other))
    return [f"Is this about “{here}”? It may be about “{there}” as well."]


def _unruled(case: Case, chosen: list[Ruled], fit: list[Ruled]) -> list[str]:
    """What is left to the agent where no policy says anything."""
    if case.unread:
        unheld = "" if case.shape.section else " No policy was held against it."
        return [
            f"The message is mostly in {case.unread}, which only a capable model reads.{unheld} Have it translated, "
            "and draft from the translation."
        ]
    if chosen or case.shape.stance == "ask for information":
        return []
    if fit and accepted(case.message, case.by_staff):
        return ["They accept what was offered to them before: see that it is done, or say what is in its way."]
    if _withheld(case):
        return ["Nothing is offered before somebody has looked at this."]
    why = "What policy grants here was given, taken or declined already" if fit else "No policy covers this"
    if case.shape.stance == "decline kindly" and fit:
        why = "No policy that was found refuses this"
    return [f"{why}: decide what may be offered, or ask somebody who can."]


def _outcome(steps: list[Step], case: Case) -> Outcome:
    """What the draft is: a reply only where policy says something and nobody else must look first."""
    if case.shape.stance == "ask for information":
        return "ask the customer"
    if case.situation.grave:
        return "escalate"
    return "reply" if any(step.rule for step in steps) else "ask the agent"


def _told_first(case: Case, policies: Mapping[str, str]) -> list[Step]:
    """What policies (id → text) have the customer told before anything else, in the dangers that the card shows.

    "It" is called by the name that the customer has for it: nothing was spoken of before.
    """
    if case.situation.at_risk("self-harm"):
        return []  # what may keep them alive is said first
    thing = product(case.message)
    it = f"the {thing}" if thing else "it"
    return [
        Step(
            purpose="next step",
            quotes=(Quote(passage=duty.passage, words=duty.words),),
            plain=f"Please {re.sub(r'(?<=using )it$', it, duty.told)}.",
        )
        for duty in duties(case.situation, policies)
        if duty.told
    ]


def _then(steps: list[Step], case: Case) -> Then:
    """What follows from the parts before."""
    if case.situation.at_risk("self-harm"):
        return "staying"
    offers = any(step.purpose == "offer" for step in steps)
    if not (case.situation.grave or offers) and accepted(case.message, case.by_staff):
        return "accepted"
    if case.situation.grave or not any(step.rule for step in steps):
        return "taken up" if passed_on(case.message) else "passed on"
    return "offered" if offers else "explained"
