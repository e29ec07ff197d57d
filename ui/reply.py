"""The reply desk's screen: paste a message, watch the draft being verified, open what it cites."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import gradio as gr

from assistant.errors import EvenKeelError
from assistant.reply.drafting import Checked, Citation, Drafted, Found, ReplyDesk, Writing
from assistant.reply.verify import CheckedPart
from knowledge import KnowledgeError
from ui import widgets


def build(desk: ReplyDesk, policy_sets: Callable[[], list[str]]) -> Callable[[Any], None]:
    """Lay out the screen and wire it; call inside a Blocks. Gives what refreshes the policy sets on an event."""
    known = policy_sets()
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=320):
            message = gr.Textbox(
                label="The customer's message", lines=9, max_lines=20, elem_id="message",
                placeholder="Paste what the customer wrote, or the whole thread",
            )  # fmt: skip
            policies = gr.Radio(known, value=known[0] if known else None, label="Whose policies authorise?")
            go = gr.Button("Draft a reply", variant="primary", elem_id="draft")
            problem = gr.HTML(elem_id="draft-problem")
        with gr.Column(scale=1, min_width=320):
            shown = gr.HTML(elem_id="draft-shown")
            notes = gr.HTML()
            copy = gr.Textbox(
                label="The reply, to copy",
                lines=6,
                max_lines=18,
                buttons=["copy"],
                visible=False,
                elem_id="reply-text",
            )
            cited = gr.HTML(elem_id="passages")

    async def draft(text: str, policy_set: str | None) -> AsyncIterator[tuple[Any, ...]]:
        try:
            async for step in _draft(desk, text, policy_set or ""):
                yield step
        except (EvenKeelError, KnowledgeError) as error:
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip(), widgets.problem(str(error))

    go.click(
        draft,
        [message, policies],
        [shown, notes, copy, cited, problem],
        concurrency_limit=20,
        api_visibility="private",
    )

    def refresh(chosen: str | None) -> Any:
        there = policy_sets()
        return gr.Radio(choices=there, value=chosen or (there[0] if there else None))

    def on(event: Any) -> None:
        event(refresh, policies, policies, show_progress="hidden", api_visibility="private")

    return on


async def _draft(desk: ReplyDesk, text: str, policy_set: str) -> AsyncIterator[tuple[Any, ...]]:
    """The screen's changes while a draft is made: (draft, notes, reply, passages, problem)."""
    parts: list[CheckedPart] = []
    citations: tuple[Citation, ...] = ()
    async for event in desk.draft(text, policy_set=policy_set):
        if isinstance(event, Found):
            citations = event.citations
            waiting = widgets.draft_parts([], "Reading the message and the passages …")
            yield waiting, "", gr.update(visible=False), widgets.passages(citations, []), ""
        elif isinstance(event, Writing):
            yield widgets.draft_parts(parts, event.text), gr.skip(), gr.skip(), gr.skip(), ""
        elif isinstance(event, Checked):
            parts.append(event.part)
            yield (
                widgets.draft_parts(parts, "…"),
                gr.skip(),
                gr.skip(),
                widgets.passages(citations, parts),
                "",
            )
        elif isinstance(event, Drafted):
            reply = gr.update(value=event.draft.text, visible=True)
            yield widgets.draft_parts(parts), widgets.draft_notes(event.draft), reply, gr.skip(), ""
