"""What an agent does with a draft: release, copy, another version, other words, hand on, say how it was."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gradio as gr

from assistant.errors import EvenKeelError, NotFound
from assistant.reply.channels import CHANNELS, LENGTHS, TONES, shape
from assistant.reply.draft import Draft
from assistant.reply.drafting import ReplyDesk
from assistant.reply.handoff import FOLLOW_UPS, escalation, follow_up
from assistant.reply.rewrite import Rewriter
from ui import draft_view, widgets
from ui.events import safely
from ui.release import Release
from ui.widgets import Changes

ESCALATION = "escalation note"
ASK_WHY = "() => evenKeel.show('#wrong textarea, #wrong input')"
Owner = Callable[[gr.Request], str]
"""Whose drafts they are."""
Show = Callable[[Draft, str], Changes]
"""The screen's changes for a draft, and for what was made of the one before."""


class AfterDraft:
    """The controls below a draft, in ``place``, which is away while there is none."""

    def __init__(self, desk: ReplyDesk, rewriter: Rewriter, drafted: gr.State, owner: Owner) -> None:
        self._records, self._rewriter, self._drafted, self._owner = desk.records, rewriter, drafted, owner
        self._shown = gr.State("")
        self.rests_on = gr.State("")
        self._edited = gr.Textbox(
            label="What you had made of the draft before", lines=3, max_lines=18, buttons=["copy"], visible=False,
            elem_id="edited-before", info="Take from it what you still need.",
        )  # fmt: skip
        with gr.Column(visible=False, elem_id="after-draft") as self.place:
            self._release = Release("release")
            self._warning = gr.HTML(elem_id="internal-warning")
            self._reply = gr.Textbox(
                label="The reply, to copy", lines=6, max_lines=18, buttons=["copy"], elem_id="reply-text",
                interactive=True, info="Change what you like. Nothing is sent from here.",
            )  # fmt: skip
            self.other = gr.Radio([], label="About something else? Draft it anew from", elem_id="other-policy")
            with gr.Row():
                self._sent = gr.Button("I sent it like this", size="sm", elem_id="sent")
                self._up = gr.Button("It helped", size="sm", min_width=90)
                self._down = gr.Button("It did not help", size="sm", min_width=90)
            self._wrong = gr.Textbox(
                label="What was wrong with it?", placeholder="A few words, then Enter", max_lines=2, visible=False,
                submit_btn=True, elem_id="wrong",
            )  # fmt: skip
            self._heard = gr.HTML()
            with gr.Accordion("Another version, or other words", open=False):
                self.stance = gr.Radio([], label="A version that differs in substance")
                self.variant = gr.Button("Draft this version", size="sm", elem_id="variant")
                self._channel = gr.Radio(list(CHANNELS), value=CHANNELS[0], label="The same in another channel")
                self._tone = gr.Radio(list(TONES), value=TONES[0], label="Tone", elem_id="tone-again")
                self._length = gr.Radio(list(LENGTHS), value="medium", label="Length")
                self._reword = gr.Button("Reword it", size="sm", elem_id="reword")
                self._diff = gr.HTML()
            with gr.Accordion("Hand it on, or follow it up", open=False):
                kinds = [ESCALATION, *FOLLOW_UPS]
                self._kind = gr.Radio(kinds, value=ESCALATION, label="What do you need?")
                self._note_go = gr.Button("Write it", size="sm", elem_id="hand-off")
                self._note_problem = gr.HTML()
                self._note = gr.Textbox(label="To copy", lines=4, max_lines=24, buttons=["copy"], elem_id="note")

    @property
    def standing(self) -> list[Any]:
        """The draft whose reply stands there, and the reply as it is now."""
        return [self._shown, self._reply]

    @property
    def outputs(self) -> list[Any]:
        """What ``show`` and ``settle`` change."""
        return [
            self._shown, self.place, *self._release.outputs, self._warning, self._reply, self._edited, self.rests_on,
            self.other, self.stance, self.variant, self._channel, self._tone, self._length, self._diff, self._note,
            self._note_problem, self._wrong, self._heard,
        ]  # fmt: skip

    def settle_on(self, drafted: Callable[..., Any]) -> None:
        """Show, when an event that drafts is over, what can be done with its draft.

        Not in the event's own steps: a browser that is behind takes the last of two steps for both, and would lose
        the reply where the last leaves alone what an agent may have changed by then.
        """
        given = [self._drafted, self._shown, self._reply]
        drafted(self._settle, given, self.outputs, show_progress="hidden", api_visibility="private")

    def _settle(self, draft_id: str, before: str, reply: str, request: gr.Request) -> Changes:
        """``before`` names the draft whose text stood in ``reply``."""
        if draft_id == before:  # none was begun
            return {self.place: gr.update(visible=bool(before))}
        owner = self._owner(request)
        edited = self._of_the_agent(before, reply, owner)
        with suppress(NotFound):
            return self.show(self._records.draft(draft_id, owner), edited)
        return {self._shown: "", self.place: gr.update(visible=False)} | self._kept(edited)

    def _of_the_agent(self, draft_id: str, reply: str, owner: str) -> str:
        """The reply as the agent changed it, if they did and have not sent it; else empty."""
        if not draft_id or not reply.strip() or self._records.was_sent(draft_id, reply, owner):
            return ""
        with suppress(NotFound):  # one that was deleted left no text to hold it against
            return "" if reply.strip() == self._records.draft(draft_id, owner).text.strip() else reply
        return ""

    def show(self, draft: Draft, edited: str) -> Changes:
        """The changes for a draft; ``edited`` was made of the one before, and if it is empty what was kept stays."""
        stances = [s for s in ("best", *draft.variants) if s != draft.shape.stance]
        other = [(c.heading, c.id) for c in draft.others]
        return {
            self._shown: draft.id,
            self.place: gr.update(visible=True),
            **self._release.shown(draft),
            self._warning: draft_view.internal_warning(draft),
            self._reply: draft.text,
            self.rests_on: draft.shape.section,
            self.other: gr.update(choices=other, value=None, visible=bool(other)),
            self.stance: gr.update(choices=stances, value=next(iter(stances), None), visible=bool(stances)),
            self.variant: gr.update(visible=bool(stances)),
            self._channel: draft.shape.channel,
            self._tone: draft.shape.tone,
            self._length: draft.shape.length,
            self._diff: "",
            self._note: "",
            self._note_problem: "",
            self._wrong: gr.update(value="", visible=False),
            self._heard: "",
            **self._kept(edited),
        }

    def reopen(self, draft: Draft, before: str, reply: str, owner: str) -> Changes:
        """The changes for a draft made before; ``before`` names the one whose text stands in ``reply``."""
        edited = self._of_the_agent(before, reply, owner)
        return {self._edited: gr.update(value="", visible=False)} | self.show(draft, edited)

    def _kept(self, edited: str) -> Changes:
        return {self._edited: gr.update(value=edited, visible=True)} if edited else {}

    def wire(self, screen: list[Any], show: Show) -> None:
        """Wire the controls; ``show`` gives the changes of ``screen``, which ``outputs`` are part of, for a draft."""
        owner = self._owner

        def release(draft_id: str, part: int, why: str, text: str, request: gr.Request) -> Changes:
            edited = self._of_the_agent(draft_id, text, owner(request))
            return show(self._records.release(draft_id, part, why, owner(request)), edited)

        async def reword(
            draft_id: str, channel: str, tone: str, length: str, text: str, request: gr.Request
        ) -> Changes:
            edited = await asyncio.to_thread(self._of_the_agent, draft_id, text, owner(request))
            made = await self._rewriter.reshape(draft_id, shape(channel, tone, length), owner(request))
            return show(made.draft, edited) | {self._diff: draft_view.diff(made.changes)}

        def sent(draft_id: str, text: str, request: gr.Request) -> Changes:
            share = self._records.sent(draft_id, text, owner(request))
            how = "as it was drafted" if share == 0 else f"with {share:.0%} of it changed"
            done = f'<p class="ek-small" role="status">Kept: you sent it {how}.</p>'
            return {self._heard: done, self._edited: gr.update(value="", visible=False)}

        def thumb(draft_id: str, up: bool, why: str, request: gr.Request) -> Changes:
            self._records.thumb(draft_id, up, why, owner(request))
            return {self._heard: '<p class="ek-small" role="status">Kept. Thank you.</p>'}

        def helped(draft_id: str, request: gr.Request) -> Changes:
            return thumb(draft_id, True, "", request)

        def failed(draft_id: str, why: str, request: gr.Request) -> Changes:
            return thumb(draft_id, False, why, request)

        def note(draft_id: str, kind: str, request: gr.Request) -> Changes:
            who = owner(request)
            try:
                draft, sent = self._records.draft(draft_id, who), self._records.last_sent(draft_id, who)
                written = escalation(draft, sent).text if kind == ESCALATION else follow_up(draft, kind, sent)
            except EvenKeelError as error:  # none is left standing that was made for another purpose
                return {self._note: "", self._note_problem: widgets.problem(str(error))}
            return {self._note: written, self._note_problem: ""}

        def on(event: Callable[..., Any], act: Callable[..., Any], given: list[Any], *changed: Any) -> None:
            outputs = list(dict.fromkeys([*changed, self._heard]))
            safe = safely(act, self._heard)
            event(safe, [self._drafted, *given], outputs, concurrency_limit=20, api_visibility="private")

        self._release.wire(safely(release, self._heard), self._drafted, self._reply, screen)
        on(self._reword.click, reword, [self._channel, self._tone, self._length, self._reply], *screen)
        on(self._sent.click, sent, [self._reply], self._edited)
        on(self._up.click, helped, [])
        asked = self._down.click(
            lambda: gr.update(visible=True), None, [self._wrong], show_progress="hidden", api_visibility="private"
        )
        asked.then(None, None, None, js=ASK_WHY, api_visibility="private")
        on(self._wrong.submit, failed, [self._wrong])
        on(self._note_go.click, note, [self._kind], self._note, self._note_problem)
