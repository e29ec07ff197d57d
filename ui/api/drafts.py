"""The reply desk by REST: draft, look again, put in other words, release, say what became of it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field, model_validator

from assistant.reply.channels import Channel, Length, Stance, Tone
from assistant.reply.channels import Shape as Chosen
from assistant.reply.draft import Checked, Citation, Draft, Drafted, Event, Found, Writing
from assistant.reply.drafting import ReplyDesk
from assistant.reply.rewrite import Rewriter
from assistant.reply.situation import Situation
from assistant.waiting import Waiting
from evals.critique import rubric_critic
from ui.api import sse
from ui.api.problems import documented
from ui.api.schemas import Shape, WaitingEvent
from ui.gate import Agent


class NewDraft(Shape):
    """A customer's message or thread to answer."""

    message: str = Field(max_length=2_100_000)
    policy_set: str = Field("", max_length=64, pattern="^[a-z0-9-]*$")
    channel: Channel = "e-mail"
    tone: Tone = "warm"
    length: Length = "medium"
    stance: Stance = "best"
    section: str = Field("", max_length=200, description="The policy section to rest on; empty: what a search finds")


class Reshaped(Shape):
    """The same draft elsewhere, in another tone or length."""

    channel: Channel = "e-mail"
    tone: Tone = "warm"
    length: Length = "medium"


class Release(Shape):
    """Release a blocked part (0 is the first) by one's own hand, and why it may be sent."""

    part: int = Field(ge=0, le=100)
    why: str = Field(min_length=1, max_length=2000)


class Feedback(Shape):
    """What became of a draft: ``sent`` is the text as it went out, ``thumb`` whether it helped, and ``why`` not."""

    sent: str = Field("", max_length=100_000)
    thumb: Literal["up", "down", ""] = ""
    why: str = Field("", max_length=2000)

    @model_validator(mode="after")
    def _says_something(self) -> "Feedback":
        if not (self.sent or self.thumb):
            raise ValueError("Say what was sent, or 'up' or 'down' as thumb; 'why' alone tells neither.")
        return self


class DraftShown(Shape):
    """A draft with the text as it could be sent."""

    draft: Draft
    text: str
    internal: bool

    @classmethod
    def of(cls, draft: Draft) -> "DraftShown":
        """The draft as it is told."""
        return cls(draft=draft, text=draft.text, internal=draft.internal)


class FoundEvent(Shape):
    """``found``: what was read, and the passages that the draft may rest on."""

    situation: Situation
    citations: tuple[Citation, ...]


class WritingEvent(Shape):
    """``writing``: a part that grows and is not verified yet."""

    text: str


EVENTS: dict[int | str, dict[str, Any]] = {
    201: {"content": {sse.MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "The draft, whole or as events"}
}


def routes(desk: ReplyDesk) -> APIRouter:
    """The routes of a reply desk."""
    router = APIRouter(tags=["drafts"])
    rewriter = Rewriter(desk, rubric_critic())

    @router.post("/drafts", status_code=201, response_model=DraftShown, responses=documented(403, 422, 503) | EVENTS)
    async def draft(
        new: NewDraft, owner: Agent, response: Response, accept: Annotated[str | None, Header()] = None
    ) -> Any:
        """Draft a reply; with ``Accept: text/event-stream`` as events waiting, found, writing, checked, drafted."""
        chosen = Chosen(channel=new.channel, tone=new.tone, length=new.length, stance=new.stance, section=new.section)
        events = desk.draft(new.message, policy_set=new.policy_set, shape=chosen, owner=owner)
        if sse.wants_events(accept):
            return await sse.respond(_told(events), status=201)
        made = [event async for event in events if isinstance(event, Drafted)][-1]
        response.headers["Location"] = f"/api/v1/drafts/{made.draft.id}"
        return DraftShown.of(made.draft)

    @router.get("/drafts/{draft_id}", responses=documented(403, 404, 422))
    def read(draft_id: str, owner: Agent) -> DraftShown:
        """A draft of yours, with the parts that you released."""
        return DraftShown.of(desk.records.draft(draft_id, owner))

    @router.post("/drafts/{draft_id}/reshape", status_code=201, responses=documented(403, 404, 422, 503))
    async def reshape(draft_id: str, wanted: Reshaped, owner: Agent) -> DraftShown:
        """A new draft of the same parts in another channel, tone or length, verified again."""
        chosen = Chosen(channel=wanted.channel, tone=wanted.tone, length=wanted.length)
        return DraftShown.of((await rewriter.reshape(draft_id, chosen, owner)).draft)

    @router.post("/drafts/{draft_id}/release", responses=documented(403, 404, 422))
    def release(draft_id: str, chosen: Release, owner: Agent) -> DraftShown:
        """Release a blocked part; who, when and why are kept."""
        return DraftShown.of(desk.records.release(draft_id, chosen.part, chosen.why, owner))

    @router.post("/drafts/{draft_id}/feedback", status_code=204, responses=documented(403, 404, 422))
    def feedback(draft_id: str, given: Feedback, owner: Agent) -> None:
        """Say what became of a draft."""
        if given.thumb:  # first what may be refused, so that nothing is half kept
            desk.records.thumb(draft_id, given.thumb == "up", given.why, owner)
        if given.sent:
            desk.records.sent(draft_id, given.sent, owner)

    return router


async def _told(events: AsyncIterator[Event | Waiting]) -> AsyncIterator[tuple[str, BaseModel]]:
    async for event in events:
        if isinstance(event, Waiting):
            yield "waiting", WaitingEvent(ahead=event.ahead)
        elif isinstance(event, Found):
            yield "found", FoundEvent(situation=event.situation, citations=event.citations)
        elif isinstance(event, Writing):
            yield "writing", WritingEvent(text=event.text)
        elif isinstance(event, Checked):
            yield "checked", event.part
        elif isinstance(event, Drafted):
            yield "drafted", DraftShown.of(event.draft)
