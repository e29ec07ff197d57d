"""Below the desk: an agent's own text improved, and what drafts tell about policy."""

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from assistant.errors import EvenKeelError
from assistant.reply.draft import Draft
from assistant.reply.rewrite import Critiqued, Rewriter
from knowledge import KnowledgeError
from ui import after_draft, draft_view, widgets
from ui.after_draft import Owner


def build(rewriter: Rewriter, message: gr.Textbox, policies: gr.Radio, owner: Owner) -> None:
    """Lay out and wire both; call inside a Blocks. They read the customer's message and policy set above."""
    with gr.Accordion("Improve a reply that I wrote", open=False, elem_id="own"):
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=320):
                own = gr.Textbox(
                    label="Your own reply", lines=7, max_lines=18, elem_id="own-text",
                    placeholder="Paste what you would send. The customer's message is taken from above.",
                )  # fmt: skip
                go = gr.Button("Look at it, and improve it", elem_id="own-go")
                problem = gr.HTML()
                said = gr.HTML(elem_id="own-remarks")
            with gr.Column(scale=1, min_width=320):
                changed = gr.HTML(elem_id="own-diff")
                parts = gr.HTML()
                with gr.Group(elem_classes=widgets.AWAY, elem_id="own-release") as withheld:
                    which = gr.Radio([], label="A blocked part is sent only if you release it")
                    why = gr.Textbox(label="Why may it be sent? (who allowed it, or which rule)", max_lines=2)
                    let = gr.Button("Release this part by my own hand", size="sm")
                better = gr.Textbox(
                    label="The improved reply, to copy",
                    lines=6,
                    max_lines=18,
                    buttons=["copy"],
                    elem_classes=widgets.AWAY,
                    elem_id="own-better",
                )
    made = gr.State("")
    with gr.Accordion("What policy has no answer for, and how drafts fared", open=False, elem_id="gaps") as gaps:
        lacking, fared = gr.HTML(), gr.HTML()

    async def improve(
        reply: str, text: str, policy_set: str | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        try:
            async for event in rewriter.own_text(reply, text, policy_set=policy_set or "", owner=owner(request)):
                if isinstance(event, Critiqued):
                    shown = draft_view.draft_parts(list(event.draft.parts))
                    hidden = widgets.shown(False)
                    yield draft_view.remarks(event.remarks), "", shown, hidden, "", hidden, gr.skip(), ""
                else:
                    yield gr.skip(), draft_view.diff(event.changes), *mended(event.draft)
        except (EvenKeelError, KnowledgeError) as error:
            yield *[gr.skip()] * 4, widgets.problem(str(error)), *[gr.skip()] * 3

    def mended(draft: Draft) -> tuple[Any, ...]:
        shown = draft_view.draft_parts(list(draft.parts)) + draft_view.draft_notes(draft)
        blocked = after_draft.blocked_parts(draft)
        choices = gr.update(choices=blocked, value=blocked[0][1] if blocked else None)
        final = widgets.shown(value=draft.text)
        return shown, final, "", widgets.shown(bool(blocked)), choices, draft.id

    def release(draft_id: str, part: int, reason: str, request: gr.Request) -> tuple[Any, ...]:
        try:
            return *mended(rewriter.records.release(draft_id, part, reason, owner(request))), ""
        except EvenKeelError as error:
            return gr.skip(), gr.skip(), widgets.problem(str(error)), gr.skip(), gr.skip(), gr.skip(), gr.skip()

    def look(request: gr.Request) -> tuple[str, str]:
        who = owner(request)
        return draft_view.gaps(rewriter.records.gaps(who)), draft_view.rates(rewriter.records.rates(who))

    go.click(
        improve,
        [own, message, policies],
        [said, changed, parts, better, problem, withheld, which, made],
        concurrency_limit=20,
        api_visibility="private",
    )
    let.click(
        release,
        [made, which, why],
        [parts, better, problem, withheld, which, made, why],
        api_visibility="private",
    )
    gaps.expand(look, None, [lacking, fared], api_visibility="private")
