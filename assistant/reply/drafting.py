"""Draft a reply: read, hide what is private, retrieve from two pools, word it, verify it, store it.

    async for event in desk.draft("Where is my parcel?!", policy_set="shop"):
        ...      # (Waiting →) Found → Writing (grey) / Checked (black) per part → Drafted

A capable model drafts all parts in one answer, with one repair. For the embedded one code selects and words the
parts; it says back what the customer told, and where that fails a check, the customer is quoted: a weak answer is
mended rather than shown. Nothing is ever sent. Reading, searching, planning and storing are done in threads: with
a long thread or a library that is just being loaded they take seconds, and others' turns must not wait for them.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Literal

from pydantic import BaseModel

from assistant.errors import EvenKeelError, InputError, ModelError
from assistant.llm import ChatModel
from assistant.message import user
from assistant.remembered import Remembered
from assistant.reply import parts, planning, retelling, rules
from assistant.reply.besides import Beside, besides
from assistant.reply.channels import Shape
from assistant.reply.draft import Checked, Draft, Drafted, Event, Found, Writing
from assistant.reply.echo import without_praise
from assistant.reply.promises import Promised
from assistant.reply.records import Records
from assistant.reply.redact import Private, find_private
from assistant.reply.retold import spoken
from assistant.reply.situation import read_situation
from assistant.reply.thread import read_thread
from assistant.reply.whole import MESSAGE_CHARACTERS, Answered, Material, clip, drafted_whole, fence
from assistant.reply.work import Work, citation, finished, look_again
from assistant.store import LOCAL_OWNER, Store
from assistant.waiting import Waiting, WaitingLine
from knowledge import KnowledgeError, Library, Passage
from prompts import render

Hide = Literal["remote", "always"]
"""Which models private details are hidden from: those elsewhere, or the embedded one as well."""
ASKED_CHARACTERS, SEARCH_TOKENS = 2000, 200
RECENT = 16
"""Accounts that are remembered, in memory only."""


class InEnglish(BaseModel):
    """What a message in another language is about."""

    english: str


class ReplyDesk:
    """Drafts replies from a library with a model, and stores them."""

    def __init__(
        self,
        library: Library,
        model: ChatModel,
        embed: rules.Embed,
        store: Store,
        hide: Hide = "remote",
        line: WaitingLine | None = None,
        promised: Promised | None = None,
    ) -> None:
        self._library = library
        self.promised = promised
        self._line = line or WaitingLine(1000)
        self._hide = hide
        self.model, self.embed = model, Remembered(embed)
        self.records = Records(store.engine)
        self._said_back: dict[str, str] = {}

    async def draft(
        self, text: object, *, policy_set: str = "", shape: Shape | None = None, owner: str = LOCAL_OWNER
    ) -> AsyncGenerator[Event | Waiting]:
        """Draft a reply to a customer's message or thread.

        Raises:
            InputError: there is nothing to answer; says why.
            KnowledgeError: the library cannot be searched, or has no such policy set.
            StoreFailed: the draft cannot be stored now.
            LineFull: too many wait already.
        """
        async with aclosing(self._line.through(self._draft(text, policy_set, shape, owner))) as events:
            async for event in events:
                yield event

    async def _draft(self, text: object, policy_set: str, shape: Shape | None, owner: str) -> AsyncGenerator[Event]:
        work = await asyncio.to_thread(self.read, text, policy_set, shape or Shape())
        embedded, why = self.embedded()
        if why:
            work.give_up(why)
        if not embedded and work.situation.language != "English":
            await self._search_in_english(work, policy_set)
        hidden = work.private if not embedded or self._hide == "always" else Private()
        citations = tuple(citation(p) for p in work.passages.values())
        yield Found(citations, work.situation, hidden.replaced)
        # Whoever may harm themselves, or was harmed, is met with code's words, which somebody has weighed.
        if not embedded and not work.situation.tender:
            async for event in self._by_capable(work):
                yield event
        if not work.checked:
            async for event in self._by_parts(work, hidden):
                yield event
        await asyncio.to_thread(self._look_beside, work, policy_set)
        look_again(work)
        draft = finished(work, policy_set, self._worded_by(work), hidden)
        await asyncio.to_thread(self.save, draft, owner)
        yield Drafted(draft)

    def warm_up(self) -> None:
        """Load what verification needs, before somebody waits for it; a failure is told with the first draft."""
        with suppress(EvenKeelError):
            if self.promised:
                self.promised.model()

    async def read_ahead(self) -> None:
        """Let the embedded model read what its part of a draft begins with; harmless where it cannot."""
        with suppress(ModelError):
            if self.model.endpoint.embedded:
                await retelling.read_ahead(self.model)

    def save(self, draft: Draft, owner: str) -> None:
        """Store a draft."""
        self.records.save(draft, owner)

    def _worded_by(self, work: Work) -> str:
        return self.model.endpoint.model if any(p.wording == "model" for p in work.checked) else ""

    def read(self, text: object, policy_set: str, shape: Shape) -> Work:
        """Everything that needs no model: the thread, the card, what is private, the passages.

        Raises:
            InputError: there is nothing to answer, or no such section to rest on; says why.
            KnowledgeError: the library cannot be searched, or has no such policy set.
        """
        thread = read_thread(text)
        private = find_private([m.text for m in thread.messages], thread.names)
        account = without_praise(thread.account)
        asked = private.without(account)[:ASKED_CHARACTERS].strip() or private.hide(thread.customer)
        guides, policies = self._searched(asked, policy_set, shape.section)
        return Work(thread, read_situation(thread), private, shape, asked, guides, policies)

    def besides(self, asked: str, cited: set[str], policy_set: str) -> tuple[Beside, ...]:
        """What a message asks besides, where a draft of it rests on these sections."""

        def search(words: str) -> list[Passage]:
            return self._library.search(words, kind="policy", policy_set=policy_set, count=3)

        return besides(asked, cited, search)

    def embedded(self) -> tuple[bool, str]:
        """Whether only the small model, or none, is there; and why none is, in words."""
        try:
            return self.model.endpoint.embedded, ""
        except ModelError as error:
            return True, str(error)

    async def _search_in_english(self, work: Work, policy_set: str) -> None:
        """Search again with a capable model's English account: guides and policies are in English."""
        message = fence(work.private.hide(clip(work.thread.customer, MESSAGE_CHARACTERS)), "message")
        try:
            found = await self.model.parse(
                [user(render("draft-search", message=message))], InEnglish, max_tokens=SEARCH_TOKENS
            )
        except ModelError as error:
            work.note = f"{error} The passages were searched for in the customer's own words."
            return
        work.asked = found.english[:ASKED_CHARACTERS] or work.asked
        section = work.shape.section
        work.guides, work.policies = await asyncio.to_thread(self._searched, work.asked, policy_set, section)

    def _searched(self, asked: str, policy_set: str, section: str) -> tuple[list[Passage], list[Passage]]:
        guides = self._library.search(asked, kind="guide", count=3)
        found = self._library.search(asked, kind="policy", policy_set=policy_set, count=4)
        if not section or section in [p.id for p in found if p.meta.audience == "public"]:
            return guides, found
        named = self._library.passage(section)
        if named is None or named.meta.kind != "policy" or named.meta.audience != "public":
            raise InputError(
                f"'{section}' is no section of a public policy in force. Name one, or leave it to the search."
            )
        return guides, [named, *found]

    async def _by_capable(self, work: Work) -> AsyncIterator[Event]:
        material = Material(
            work.thread.customer,
            work.thread.known,
            work.thread.earlier,
            work.guides,
            work.grounds,
            work.shape,
            work.private,
        )
        ahead = asyncio.ensure_future(asyncio.to_thread(self._plan_ahead, work))
        try:
            async for event in drafted_whole(material, self.model, self.promised):
                if isinstance(event, Answered):
                    work.outcome, work.checked = event.outcome, event.parts
                else:
                    yield event
        except ModelError as error:
            work.give_up(str(error))
            return
        finally:
            await ahead
        if work.outcome == "reply" and work.checked and all(p.blocked for p in work.checked):
            work.outcome = "ask the agent"  # there is nothing to send, whatever the model calls it
        for part in work.checked:
            yield Checked(part)
        work.variants = work.plan.stances if work.plan else ()

    def _plan_ahead(self, work: Work) -> None:
        """Weigh the passages while the model writes: should it fail, the plain draft comes at once."""
        with suppress(KnowledgeError):  # it is told where it is asked again
            work.plan = self._planned(work)

    def _planned(self, work: Work) -> planning.Plan:
        shaping = {purpose: self._guide_for(query) for purpose, query in parts.SHAPED_BY.items()}
        return planning.plan(work.case, shaping, work.grounds, self.embed)

    async def _by_parts(self, work: Work, hidden: Private) -> AsyncIterator[Event]:
        plan = work.plan
        if plan is None:
            plan = await asyncio.to_thread(self._planned, work)
        work.guides += [guide for guide in plan.guides if guide.id not in work.passages]
        work.checks, work.variants, work.outcome = list(plan.checks), plan.stances, plan.outcome
        if (work.shape.tone, work.shape.length) != (Shape().tone, Shape().length):
            work.note = f"{work.note} Without a capable model tone and length change little but opening and closing."
        if work.situation.language != "English":
            work.note = f"{work.note} The message seems to be {work.situation.language}; this draft is in English."
        for step in plan.steps:
            words = self._said_back.get(step.retells, "")
            if not words and not work.gave_up:
                async for words in retelling.worded(step, self.model, hidden):
                    yield Writing(spoken(words))
            part = await asyncio.to_thread(parts.settle, step, words, work.passages, work.thread.known)
            if part.wording == "model":
                self._remember(step.retells, words)
            work.checked.append(part)
            yield Checked(part)
        work.note = work.note.strip()

    def _remember(self, told: str, words: str) -> None:
        """Keep what a model said back: another version of the draft begins with it at once."""
        self._said_back[told] = words
        while len(self._said_back) > RECENT:
            self._said_back.pop(next(iter(self._said_back)))

    def _look_beside(self, work: Work, policy_set: str) -> None:
        """Note what is asked besides, with the sections that may answer it; whoever names a section has looked."""
        if work.shape.section:
            return
        with suppress(KnowledgeError):  # the draft stands without
            for beside in self.besides(work.asked, work.rests_on, policy_set):
                title = beside.passage.section.breadcrumb
                work.checks += [str(beside)] if not any(title in check for check in work.checks) else []
                work.policies += [beside.passage] if beside.passage.id not in work.passages else []

    def _guide_for(self, query: str) -> Passage | None:
        found = self._library.search(query, kind="guide", count=1)
        return found[0] if found else None
