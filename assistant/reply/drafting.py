"""Draft a reply: retrieve from two pools, word it, verify it.

    async for event in desk.draft("Where is my parcel?!", policy_set="shop"):
        ...      # Found → Writing (grey) / Checked (black) per part → Drafted

A capable model drafts all parts in one answer, with one repair. The embedded one words part by
part what code selected, and where its wording fails a check, code's plain wording stands: a weak
answer is mended rather than shown. Nothing is ever sent.
"""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import AnswerMalformed, ModelError
from assistant.llm import ChatModel, system, user
from assistant.reply import parts
from assistant.reply.thread import read_thread
from assistant.reply.verify import CheckedPart, Part, Quote, verify
from assistant.store import LOCAL_OWNER, Store
from knowledge import Library, Passage
from prompts import render

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


class Draft(BaseModel):
    """A drafted reply. ``checks`` is what the agent must fill in or make sure of before sending."""

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

    @property
    def text(self) -> str:
        """The reply as it could be sent: the parts that are not blocked."""
        return "\n\n".join(p.part.text for p in self.parts if not p.blocked)

    @property
    def cited(self) -> list[str]:
        """The passages quoted by some part, in order."""
        return list(dict.fromkeys(q.passage for p in self.parts for q in p.part.quotes))


@dataclass(frozen=True, slots=True)
class Found:
    """What was found to rest on."""

    citations: tuple[Citation, ...]


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


class _ModelPart(BaseModel):
    quotes: list[Quote] = Field(description="exact words of passages that this part rests on")
    purpose: Literal["acknowledge", "explain", "offer", "ask", "next step"]
    text: str


class _ModelDraft(BaseModel):
    outcome: Outcome
    parts: list[_ModelPart]


class ReplyDesk:
    """Drafts replies from a library with a model, and stores them."""

    def __init__(self, library: Library, model: ChatModel, embed: parts.Embed, store: Store) -> None:
        self._library = library
        self._model = model
        self._embed = embed
        self._store = store

    async def draft(
        self, text: object, *, policy_set: str = "", channel: str = "e-mail", owner: str = LOCAL_OWNER
    ) -> AsyncIterator[Event]:
        """Draft a reply to a customer's message.

        Raises:
            InputError: there is nothing to answer; says why.
            KnowledgeError: the library cannot be searched.
        """
        thread = read_thread(text)
        shaping = {purpose: self._guide_for(query) for purpose, query in parts.SHAPED_BY.items()}
        guides = self._library.search(thread.customer, kind="guide", count=3)
        guides += [g for g in shaping.values() if g and g.id not in {x.id for x in guides}]
        policies = self._library.search(thread.customer, kind="policy", policy_set=policy_set, count=4)
        passages = {p.id: p for p in (*guides, *policies)}
        citations = tuple(_citation(p) for p in passages.values())
        yield Found(citations)
        try:
            embedded = self._model.endpoint.embedded
        except ModelError as error:
            embedded, note = True, f"{error} The draft is in code's plain wording."
        else:
            note = ""
        checked: list[CheckedPart] = []
        checks: list[str] = []
        outcome: Outcome = "reply"
        if not embedded:
            try:
                outcome, checked = await self._whole(thread.customer, guides, policies, passages, channel)
                for part in checked:
                    yield Checked(part)
            except ModelError as error:
                checked, note = [], f"{error} The draft is in code's plain wording."
        if not checked:
            plan, checks = parts.plan(thread.customer, shaping, policies, self._embed)
            covered = any(step.rule for step in plan)
            outcome = "reply" if covered else "ask the agent"
            for step in plan:
                words = ""
                if not note:
                    async for words in parts.worded(step, self._model):
                        yield Writing(words)
                part = parts.settle(step, words, passages, thread.customer)
                checked.append(part)
                yield Checked(part)
        if outcome != "reply" and not any(_offers(p, passages) for p in checked):
            note = f"No policy was found that covers this: nothing is promised. {note}".strip()
        model = self._model.endpoint.model if any(p.wording == "model" for p in checked) else ""
        draft = Draft(
            id=uuid.uuid4().hex,
            customer=thread.customer,
            policy_set=policy_set,
            outcome=outcome,
            parts=tuple(checked),
            citations=citations,
            checks=(*checks, *parts.placeholders(checked)),
            model=model,
            note=note,
        )
        self._store.save_draft(draft, owner)
        yield Drafted(draft)

    def _guide_for(self, query: str) -> Passage | None:
        found = self._library.search(query, kind="guide", count=1)
        return found[0] if found else None

    async def _whole(
        self,
        message: str,
        guides: list[Passage],
        policies: list[Passage],
        passages: dict[str, Passage],
        channel: str,
    ) -> tuple[Outcome, list[CheckedPart]]:
        """One answer of a capable model, verified; one repair if anything in it is not backed."""
        messages = [
            system(render("draft", channel=channel, guides=_fenced(guides), policies=_fenced(policies))),
            user(render("draft-message", message=message)),
        ]
        answer = await self._model.parse(messages, _ModelDraft, max_tokens=1200)
        checked = _verify_all(answer, passages, message)
        if any(c.findings for c in checked):
            problems = "\n".join(f"- “{f.words}”: {f.why}" for c in checked for f in c.findings)
            mend = f"{messages[-1]['content']}\n\nA first draft failed verification:\n{problems}\nDraft it again."
            again = await self._model.parse([messages[0], user(mend)], _ModelDraft, max_tokens=1200)
            second = _verify_all(again, passages, message)
            if sum(len(c.findings) for c in second) < sum(len(c.findings) for c in checked):
                answer, checked = again, second
        if not checked:
            raise AnswerMalformed("The model drafted nothing.")
        return answer.outcome, checked


def _offers(part: CheckedPart, passages: dict[str, Passage]) -> bool:
    quoted = (passages.get(q.passage) for q in part.part.quotes)
    return not part.blocked and any(p is not None and p.meta.kind == "policy" for p in quoted)


def _verify_all(answer: _ModelDraft, passages: dict[str, Passage], customer: str) -> list[CheckedPart]:
    return [
        verify(Part(purpose=p.purpose, text=p.text.strip(), quotes=tuple(p.quotes)), passages, customer)
        for p in answer.parts
        if p.text.strip()
    ]


def _citation(passage: Passage) -> Citation:
    return Citation(
        id=passage.id,
        title=passage.section.breadcrumb,
        kind=passage.meta.kind,
        internal=passage.meta.audience == "internal",
        text=passage.section.text,
        why=passage.why,
    )


def _fenced(passages: list[Passage]) -> str:
    """Passages with their ids, fenced so that their text cannot pose as a rule."""
    if not passages:
        return "(none found)"
    return "\n".join(
        f'<passage id="{p.id}">\n{p.section.text.replace("</passage", "< /passage")}\n</passage>' for p in passages
    )
