"""The reply desk's screen: paste a message, watch the draft being verified, open what it cites."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.errors import EvenKeelError, InputError
from assistant.reply.channels import CHANNELS, LENGTHS, TONES, shape
from assistant.reply.draft import Checked, Citation, Draft, Drafted, Found, Writing
from assistant.reply.drafting import ReplyDesk
from assistant.reply.rewrite import Rewriter
from assistant.reply.thread import decode
from assistant.reply.verify import CheckedPart
from assistant.waiting import Waiting
from evals.critique import rubric_critic
from knowledge import KnowledgeError
from ui import draft_view, own_draft, widgets
from ui.after_draft import AfterDraft
from ui.gate import Gate

FILES = [".txt", ".json", ".eml", ".md"]


def build(desk: ReplyDesk, policy_sets: Callable[[], list[str]], gate: Gate) -> Callable[..., None]:
    """Lay out the screen and wire it; call inside a Blocks. Gives what lists the policy sets anew on an event.

    It takes the event, and ``waiting`` where they are listed only until there are some.
    ``gate`` tells whose drafts they are; drafting needs an agent.
    """

    def owner(request: gr.Request) -> str:
        return gate.owner(request, "agent")

    known = policy_sets()
    rewriter = Rewriter(desk, rubric_critic())
    drafted, listed = gr.State(""), gr.State(known)
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=320):
            message = gr.Textbox(
                label="The customer's message", lines=9, max_lines=20, elem_id="message",
                placeholder="Paste what the customer wrote, or the whole thread: mail, chat log, JSON",
            )  # fmt: skip
            file = gr.UploadButton("Take it from a file", file_types=FILES, size="sm", elem_id="message-file")
            policies = gr.Radio(
                known, value=known[0] if known else None, label="Whose policies say what may be offered?"
            )
            with gr.Accordion("Where it goes and how it sounds", open=False):
                channel = gr.Radio(list(CHANNELS), value=CHANNELS[0], label="Channel", elem_id="channel")
                tone = gr.Radio(list(TONES), value=TONES[0], label="Tone")
                length = gr.Radio(list(LENGTHS), value="medium", label="Length")
            go = gr.Button("Draft a reply", variant="primary", elem_id="draft")
            problem = gr.HTML(elem_id="draft-problem")
            card = gr.HTML(elem_id="draft-card")
        with gr.Column(scale=1, min_width=320):
            shown = gr.HTML(elem_id="draft-shown")
            notes = gr.HTML()
            after = AfterDraft(desk, rewriter, drafted, owner)
            cited = gr.HTML(elem_id="passages")
    own_draft.build(rewriter, message, policies, owner)
    screen = [drafted, shown, notes, cited, problem, card, *after.outputs]

    async def drafted_as(
        text: str,
        policy_set: str | None,
        channel: str,
        tone: str,
        length: str,
        stance: str,
        section: str,
        before: str,
        reply: str,
        request: gr.Request,
    ) -> AsyncIterator[tuple[Any, ...]]:
        edited, begun = "", False
        step: tuple[Any, ...] = ()
        try:
            edited = await asyncio.to_thread(after.edited, before, reply, owner(request))
            chosen = shape(channel, tone, length, stance, section or "")
            made = desk.draft(text, policy_set=policy_set or "", shape=chosen, owner=owner(request))
            async for step in _draft(made, after, edited):
                begun = begun or step[0] == ""
                yield step
        except (EvenKeelError, KnowledgeError) as error:
            half = "" if begun else gr.skip()  # half a draft is not left standing
            step = gr.skip(), half, gr.skip(), half, widgets.problem(str(error)), gr.skip(), *after.unchanged
            yield step
        yield tuple(map(widgets.without_value, step))  # the last is set once more, over what is edited by then

    best, any_section = gr.State("best"), gr.State("")

    def read_file(path: str) -> tuple[Any, str]:
        try:
            return decode(Path(path).read_bytes(), Path(path).name), ""
        except InputError as error:
            return gr.skip(), widgets.problem(str(error))
        finally:
            Path(path).unlink(missing_ok=True)  # a copy that "Delete my data" would not reach

    def show(draft: Draft, edited: str) -> tuple[Any, ...]:
        parts = list(draft.parts)
        return (
            draft.id,
            draft_view.draft_parts(parts),
            draft_view.draft_notes(draft),
            draft_view.passages(draft.citations, parts),
            "",
            draft_view.card(draft.situation, draft.hidden),
            *after.show(draft, edited),
        )

    chosen = [message, policies, channel, tone, length]
    options: dict[str, Any] = {"concurrency_limit": 20, "api_visibility": "private"}
    there = [drafted, after.reply]
    go.click(drafted_as, [*chosen, best, any_section, *there], screen, **options)
    after.variant.click(drafted_as, [*chosen, after.stance, after.rests_on, *there], screen, **options)
    after.other.input(drafted_as, [*chosen, best, after.other, *there], screen, **options)
    after.wire(screen, show)
    file.upload(read_file, file, [message, problem], api_visibility="private")

    def refresh(chosen: str | None, listed: list[str]) -> tuple[Any, list[str]]:
        """The list anew where it is another: while it is drawn a click on it is lost."""
        there = policy_sets()
        if there == listed:
            return gr.skip(), listed
        if chosen in there:  # the choice itself is left alone: another may be made meanwhile
            return gr.Radio(choices=there), there
        return gr.Radio(choices=there, value=there[0] if there else None), there

    def fill(chosen: str | None, listed: list[str]) -> tuple[Any, list[str]]:
        """Only while nothing can be chosen yet."""
        return (gr.skip(), listed) if chosen else refresh(chosen, listed)

    def on(event: Any, waiting: bool = False) -> None:
        act, both = fill if waiting else refresh, [policies, listed]
        event(act, both, both, show_progress="hidden", api_visibility="private")

    return on


async def _draft(made: AsyncIterator[Any], after: AfterDraft, edited: str) -> AsyncIterator[tuple[Any, ...]]:
    """The screen's changes while a draft is made: (id, draft, notes, passages, problem, card, what comes after).

    ``edited`` is what the agent had made of the draft before.
    """
    parts: list[CheckedPart] = []
    citations: tuple[Citation, ...] = ()
    async for event in made:
        if isinstance(event, Waiting):
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip(), widgets.problem(str(event)), gr.skip(), *after.unchanged
        elif isinstance(event, Found):
            citations = event.citations
            waiting = draft_view.draft_parts([], "Reading the message and the passages …")
            card = draft_view.card(event.situation, event.hidden)
            yield "", waiting, "", draft_view.passages(citations, []), "", card, *after.cleared(edited)
        elif isinstance(event, Writing):
            grey = draft_view.draft_parts(parts, event.text)
            yield gr.skip(), grey, gr.skip(), gr.skip(), "", gr.skip(), *after.unchanged
        elif isinstance(event, Checked):
            parts.append(event.part)
            cited = draft_view.passages(citations, parts)
            black = draft_view.draft_parts(parts, "…")
            yield gr.skip(), black, gr.skip(), cited, "", gr.skip(), *after.unchanged
        elif isinstance(event, Drafted):
            draft, parts = event.draft, list(event.draft.parts)
            cited = draft_view.passages(draft.citations, parts)
            final = draft_view.draft_parts(parts)
            yield draft.id, final, draft_view.draft_notes(draft), cited, "", gr.skip(), *after.show(draft)
