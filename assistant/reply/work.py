"""A draft under way: what was read and found for it, and the draft that it comes to.

work = Work(thread, situation, private, shape, asked, guides, policies)
look_again(work)                                       # what the agent is told beside it
finished(work, "gym", model="", hidden=Private())      # the draft, not stored yet
"""

import uuid
from dataclasses import dataclass, field

from assistant.reply.case import Case
from assistant.reply.channels import Shape, Stance
from assistant.reply.draft import Citation, Draft, Outcome, placeholders
from assistant.reply.duties import duties
from assistant.reply.planning import Plan
from assistant.reply.public import fit_for_public, left_out_note
from assistant.reply.redact import Private
from assistant.reply.situation import Situation
from assistant.reply.thread import Thread
from assistant.reply.verify import CheckedPart
from knowledge import Passage

DESPAIR = (
    "A sign of self-harm: stay in contact with this person, tell whoever is on duty at once, and have the emergency "
    "services called where danger is near."
)
_SHOWN = {"assault or harassment", "legal threat", "safety", "discrimination", "press or public"}
"""Risks of which the agent is told that somebody else should see the draft."""


@dataclass(slots=True)
class Work:
    """A draft under way."""

    thread: Thread
    situation: Situation
    private: Private
    shape: Shape
    asked: str
    guides: list[Passage]
    policies: list[Passage]
    plan: Plan | None = None
    checked: list[CheckedPart] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    outcome: Outcome = "reply"
    variants: tuple[Stance, ...] = ()
    note: str = ""
    gave_up: bool = False

    def give_up(self, why: str) -> None:
        """No model is asked any more; the note says why."""
        self.note, self.gave_up = f"{why} The draft is in code's plain wording.", True

    @property
    def passages(self) -> dict[str, Passage]:
        """All that were found, by id."""
        return {p.id: p for p in (*self.guides, *self.policies)}

    @property
    def rests_on(self) -> set[str]:
        """The policies' sections that the parts quote."""
        policies = {p.id for p in self.policies}
        return {q.passage for part in self.checked for q in part.part.quotes} & policies

    @property
    def case(self) -> Case:
        """What code plans the draft for."""
        story = self.thread.story if self.thread.story != self.thread.customer else ""
        thread = self.thread
        return Case(thread.customer, self.asked, self.situation, self.shape, story, self.private, thread.by_staff)

    @property
    def grounds(self) -> list[Passage]:
        """The policies to rest on: the one that the agent names, else all that were found."""
        return [p for p in self.policies if p.id == self.shape.section] or self.policies


def finished(work: Work, policy_set: str, model: str, hidden: Private) -> Draft:
    """The draft that the work has come to, not stored yet."""
    draft = Draft(
        id=uuid.uuid4().hex,
        customer=work.thread.customer,
        policy_set=policy_set,
        outcome=work.outcome,
        parts=tuple(work.checked),
        citations=tuple(citation(p) for p in work.passages.values()),
        model=model,
        note=work.note,
        thread=work.thread.messages,
        situation=work.situation,
        shape=work.shape,
        variants=work.variants,
        hidden=hidden.replaced,
    )
    return draft.model_copy(update={"checks": (*work.checks, *placeholders(draft.text))})


def look_again(work: Work) -> None:
    """What the agent is told beside the draft: risks, what stays open, that nothing is promised."""
    if work.situation.tender:
        work.outcome = "escalate"
    if work.shape.public:
        work.checked, left_out = fit_for_public(work.checked, work.thread.known, work.thread.names)
        work.note = f"{work.note} {left_out_note(left_out)}".strip()
    asks = work.outcome == "ask the customer"
    offers = any(_offers(p, work.passages) for p in work.checked)
    if work.outcome != "reply" and not asks and not offers and not work.case.unread:
        work.note = f"No policy was found that covers this: nothing is promised. {work.note}".strip()
    policies = {p.id: p.section.text for p in work.policies}
    work.checks[:0] = [f"Policy asks of you: “{d.words}” ({d.passage})" for d in duties(work.situation, policies)]
    for risk in work.situation.risks:
        if risk.label == "self-harm":
            work.checks.append(DESPAIR)
        elif risk.label in _SHOWN:
            seen = f"{risk.label.capitalize()} (“{risk.words}”)"
            work.checks.append(f"{seen}: show this to somebody who may decide it, before sending.")
    if work.shape.warning:
        work.checks.append(work.shape.warning)
    for promise in work.situation.promised[:2]:
        if promise.label == "by staff":
            work.checks.append(f"Staff promised before: “{promise.words}” Find out whether it was kept.")
        else:
            said = f"The customer says that staff promised before: “{promise.words}”"
            work.checks.append(f"{said} Find out whether it was promised, and whether it was kept.")


def _offers(part: CheckedPart, passages: dict[str, Passage]) -> bool:
    quoted = (passages.get(q.passage) for q in part.part.quotes)
    return not part.blocked and any(p is not None and p.meta.kind == "policy" for p in quoted)


def citation(passage: Passage) -> Citation:
    """A passage as it is shown beside a draft."""
    return Citation(
        id=passage.id,
        title=passage.section.breadcrumb,
        kind=passage.meta.kind,
        internal=passage.meta.audience == "internal",
        text=passage.section.text,
        why=passage.why,
    )
