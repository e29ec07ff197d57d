"""Below the desk: an agent's own text improved, and what drafts tell about policy."""

from collections.abc import AsyncIterator

import gradio as gr

from assistant.errors import EvenKeelError
from assistant.reply.draft import Draft
from assistant.reply.rewrite import Critiqued, Rewriter
from knowledge import KnowledgeError
from ui import draft_view, widgets
from ui.after_draft import Owner
from ui.events import safely
from ui.release import Release
from ui.widgets import Changes


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
                withheld = Release("own-release")
                better = gr.Textbox(
                    label="The improved reply, to copy", lines=6, max_lines=18, buttons=["copy"],
                    interactive=True, visible=False, elem_id="own-better",
                )  # fmt: skip
                edited = gr.Textbox(
                    label="What you had made of it before", lines=3, max_lines=18, buttons=["copy"], visible=False,
                    elem_id="own-edited", info="Take from it what you still need.",
                )  # fmt: skip
    made = gr.State("")
    with gr.Accordion("What policy has no answer for, and how drafts fared", open=False, elem_id="gaps") as gaps:
        lacking, fared = gr.HTML(), gr.HTML()
    screen = [said, changed, parts, better, edited, problem, made, *withheld.outputs]

    async def improve(reply: str, text: str, policy_set: str | None, request: gr.Request) -> AsyncIterator[Changes]:
        try:
            async for event in rewriter.own_text(reply, text, policy_set=policy_set or "", owner=owner(request)):
                yield (
                    critiqued(event)
                    if isinstance(event, Critiqued)
                    else mended(event.draft) | {changed: draft_view.diff(event.changes)}
                )
        except (EvenKeelError, KnowledgeError) as error:
            yield {problem: widgets.problem(str(error))}

    def critiqued(event: Critiqued) -> Changes:
        shown = {said: draft_view.remarks(event.remarks), parts: draft_view.draft_parts(list(event.draft.parts))}
        away = {better: gr.update(visible=False), edited: gr.update(value="", visible=False)}
        return shown | {changed: "", problem: ""} | away | withheld.hidden()

    def mended(draft: Draft) -> Changes:
        shown = draft_view.draft_parts(list(draft.parts)) + draft_view.draft_notes(draft)
        told = {parts: shown, better: gr.update(value=draft.text, visible=True), problem: "", made: draft.id}
        return told | withheld.shown(draft)

    def release(draft_id: str, part: int, why: str, text: str, request: gr.Request) -> Changes:
        before = rewriter.records.draft(draft_id, owner(request)).text
        shown = mended(rewriter.records.release(draft_id, part, why, owner(request))) | {changed: ""}
        kept = text if text.strip() and text.strip() != before.strip() else ""
        return shown | ({edited: gr.update(value=kept, visible=True)} if kept else {})

    def look(request: gr.Request) -> Changes:
        records, who = rewriter.records, owner(request)
        return {lacking: draft_view.gaps(records.gaps(who)), fared: draft_view.rates(records.rates(who))}

    go.click(improve, [own, message, policies], screen, concurrency_limit=20, api_visibility="private")
    withheld.wire(safely(release, problem), made, better, screen)
    gaps.expand(look, None, [lacking, fared], api_visibility="private")
