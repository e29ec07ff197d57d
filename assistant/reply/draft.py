"""A draft, and what happens while one is made. Data only.

draft.text       # the reply as it could be sent: what is blocked is not in it
draft.internal   # whether it rests on text that customers must not see
"""

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assistant.reply.channels import Shape, Stance
from assistant.reply.redact import Replaced
from assistant.reply.situation import Situation
from assistant.reply.speakers import Message
from assistant.reply.thread import Thread
from assistant.reply.verify import CheckedPart
from knowledge import Meta, Passage, Section

Outcome = Literal["reply", "ask the customer", "ask the agent", "escalate"]


class Citation(BaseModel):
    """A passage that was found for the draft, as the agent reads it."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    kind: Literal["guide", "policy"]
    internal: bool
    text: str
    why: str

    @property
    def heading(self) -> str:
        """The section's own heading, without its document's."""
        return self.title.rpartition(" > ")[2]


class Draft(BaseModel):
    """A drafted reply. ``checks`` is what the agent must fill in or make sure of before sending.

    ``variants`` are the other stances that would differ in substance; ``hidden`` is what a remote
    model was not shown; ``parent`` is the draft that this one rewrites.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    customer: str
    policy_set: str
    outcome: Outcome
    parts: tuple[CheckedPart, ...]
    citations: tuple[Citation, ...]
    checks: tuple[str, ...] = ()
    model: str = ""
    note: str = ""
    thread: tuple[Message, ...] = ()
    situation: Situation = Situation()
    shape: Shape = Shape()
    variants: tuple[Stance, ...] = ()
    hidden: tuple[Replaced, ...] = ()
    parent: str = ""

    @property
    def shown(self) -> tuple[CheckedPart, ...]:
        """The parts that would be sent: not blocked, or released by the agent."""
        return tuple(p for p in self.parts if not p.blocked)

    @property
    def body(self) -> str:
        """The text of the parts that would be sent."""
        return "\n\n".join(p.part.text for p in self.shown)

    @property
    def text(self) -> str:
        """The reply as it could be sent, framed for its channel; empty if everything is blocked."""
        if not self.body or self.situation.language != "English":
            return self.body
        return self.shape.frame(self.body, self.customer_name)

    @property
    def names(self) -> tuple[str, ...]:
        """The speakers' names."""
        return Thread(messages=self.thread).names

    @property
    def customer_name(self) -> str:
        """What the customer is called, by what they wrote last under a name; empty if nobody knows."""
        return next((m.name for m in reversed(self.thread) if m.who == "customer" and m.name), "")

    @property
    def known(self) -> str:
        """What the customer wrote, and the speakers' names."""
        return Thread(messages=self.thread).known if self.thread else self.customer

    @property
    def cited(self) -> list[str]:
        """The passages quoted by some part, blocked or not, in order."""
        return list(dict.fromkeys(q.passage for p in self.parts for q in p.part.quotes))

    @property
    def rests_on(self) -> list[str]:
        """The passages quoted by the parts that would be sent, in order."""
        return list(dict.fromkeys(q.passage for p in self.shown for q in p.part.quotes))

    @property
    def others(self) -> list[Citation]:
        """Policies found that a customer may be told of and no part rests on: a blocked part has tried its own."""
        return [c for c in self.citations if c.kind == "policy" and not c.internal and c.id not in self.cited]

    @property
    def internal(self) -> bool:
        """Whether a part that would be sent rests on text meant for staff only."""
        inside = {c.id for c in self.citations if c.internal}
        return bool(inside & set(self.rests_on))


@dataclass(frozen=True, slots=True)
class Found:
    """What was read, and what was found to rest on."""

    citations: tuple[Citation, ...]
    situation: Situation
    hidden: tuple[Replaced, ...] = ()


@dataclass(frozen=True, slots=True)
class Writing:
    """A part as it is being worded: not verified yet, to be shown grey."""

    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A part that was verified."""

    part: CheckedPart


@dataclass(frozen=True, slots=True)
class Drafted:
    """The whole draft, stored."""

    draft: Draft


Event = Found | Writing | Checked | Drafted


def passage_of(citation: Citation) -> Passage:
    """The passage again, to verify against."""
    section = Section(citation.id, citation.id.split("#")[0], citation.title, citation.title, citation.text)
    audience: Literal["public", "internal"] = "internal" if citation.internal else "public"
    return Passage(section, Meta(id="x", title=citation.title, kind=citation.kind, audience=audience), 0.0, 0.0, "")


def placeholders(text: str) -> tuple[str, ...]:
    """What stands in square brackets and must be filled in, as things to do."""
    return tuple(f"Fill in {m}." for m in dict.fromkeys(re.findall(r"\[[^\]\n]{2,60}\]", text)))
