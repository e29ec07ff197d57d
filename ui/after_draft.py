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

ESCALATION = "escalation note"
ASK_WHY = "() => evenKeel.show('#wrong textarea, #wrong input')"
Show = Callable[[Draft, str], tuple[Any, ...]]
"""The screen's values for a draft, and for what was made of the one before."""
Owner = Callable[[gr.Request], str]
"""Whose drafts they are."""


class AfterDraft:
    """The controls below a draft. ``outputs`` are what ``show`` fills; ``unchanged`` and ``cleared`` fit them."""

    def __init__(self, desk: ReplyDesk, rewriter: Rewriter, drafted: gr.State, owner: Owner) -> None:
        self._records, self._rewriter, self._drafted, self._owner = desk.records, rewriter, drafted, owner
        with gr.Group(elem_classes=widgets.AWAY, elem_id="release") as self._release:
            self._blocked = gr.Radio([], label="A blocked part is sent only if you release it")
            self._why = gr.Textbox(label="Why may it be sent? (who allowed it, or which rule)", max_lines=2)
            self._let = gr.Button("Release this part by my own hand", size="sm")
        self._warning = gr.HTML(elem_id="internal-warning")
        self.reply = gr.Textbox(
            label="The reply, to copy", lines=6, max_lines=18, buttons=["copy"], elem_id="reply-text",
            elem_classes=widgets.AWAY, interactive=True, info="Change what you like. Nothing is sent from here.",
        )  # fmt: skip
        self._edited = gr.Textbox(
            label="What you had made of the draft before", lines=3, max_lines=18, buttons=["copy"],
            elem_classes=widgets.AWAY, elem_id="edited-before", info="Take from it what you still need.",
        )  # fmt: skip
        self.rests_on = gr.State("")
        with gr.Column(elem_classes=widgets.AWAY, elem_id="after-draft") as self._more:
            self.other = gr.Radio([], label="About something else? Draft it anew from", elem_id="other-policy")
            with gr.Row():
                self._sent = gr.Button("I sent it like this", size="sm", elem_id="sent")
                self._up = gr.Button("It helped", size="sm", min_width=90)
                self._down = gr.Button("It did not help", size="sm", min_width=90)
            self._wrong = gr.Textbox(
                label="What was wrong with it?", placeholder="A few words, then Enter", max_lines=2, submit_btn=True,
                elem_classes=widgets.AWAY, elem_id="wrong",
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
                self._note = gr.Textbox(label="To copy", lines=4, max_lines=24, buttons=["copy"], elem_id="note")

    @property
    def outputs(self) -> list[Any]:
        """What ``show`` fills."""
        return [
            self._release, self._blocked, self._why, self._warning, self.reply, self._edited, self.rests_on,
            self._more, self.other, self.stance, self.variant, self._channel, self._tone, self._length, self._diff,
            self._note, self._wrong, self._heard,
        ]  # fmt: skip

    @property
    def unchanged(self) -> tuple[Any, ...]:
        """Nothing of it changes."""
        return tuple(gr.skip() for _ in self.outputs)

    def edited(self, draft_id: str, reply: str, owner: str) -> str:
        """The reply as the agent changed it, if they did and have not sent it; else empty."""
        if not draft_id or not reply.strip() or self._records.was_sent(draft_id, reply, owner):
            return ""
        with suppress(NotFound):  # one that was deleted left no text to hold it against
            return "" if reply.strip() == self._records.draft(draft_id, owner).text.strip() else reply
        return ""

    def cleared(self, edited: str) -> tuple[Any, ...]:
        """There is no draft now; ``edited`` was made of the one before, and if it is empty what was kept stays."""
        hide = widgets.shown(False)
        skip = gr.skip()
        return (
            hide, skip, "", "", hide, _kept(edited), "", hide, skip, skip, skip, skip, skip, skip, "", "", hide, ""
        )  # fmt: skip

    def show(self, draft: Draft, edited: str = "") -> tuple[Any, ...]:
        """A draft is there; ``edited`` as in ``cleared``."""
        blocked = blocked_parts(draft)
        stances = [s for s in ("best", *draft.variants) if s != draft.shape.stance]
        other = [(c.heading, c.id) for c in draft.others]
        return (
            widgets.shown(bool(blocked)),
            gr.update(choices=blocked, value=blocked[0][1] if blocked else None),
            "",  # a reason is for one part of one draft
            draft_view.internal_warning(draft),
            widgets.shown(value=draft.text),
            _kept(edited),
            draft.shape.section,
            widgets.shown(),
            widgets.shown(bool(other), choices=other, value=None),
            widgets.shown(bool(stances), choices=stances, value=stances[0] if stances else None),
            widgets.shown(bool(stances)),
            draft.shape.channel,
            draft.shape.tone,
            draft.shape.length,
            "",
            "",
            widgets.shown(False, value=""),
            "",
        )

    def wire(self, screen: list[Any], show: Show) -> None:
        """Wire the controls; ``show`` gives the values of ``screen`` for a draft."""
        heard: dict[str, Any] = {"outputs": [self._heard], "api_visibility": "private"}
        nothing = tuple(gr.skip() for _ in screen)

        owner = self._owner

        def release(draft_id: str, part: int, why: str, text: str, request: gr.Request) -> tuple[Any, ...]:
            try:
                edited = self.edited(draft_id, text, owner(request))
                return *show(self._records.release(draft_id, part, why, owner(request)), edited), ""
            except EvenKeelError as error:
                return *nothing, widgets.problem(str(error))

        async def reword(
            draft_id: str, channel: str, tone: str, length: str, text: str, request: gr.Request
        ) -> tuple[Any, ...]:
            try:
                edited = await asyncio.to_thread(self.edited, draft_id, text, owner(request))
                made = await self._rewriter.reshape(draft_id, shape(channel, tone, length), owner(request))
            except EvenKeelError as error:
                return *nothing, gr.skip(), widgets.problem(str(error))
            return *show(made.draft, edited), draft_view.diff(made.changes), ""

        def sent(draft_id: str, text: str, request: gr.Request) -> tuple[str, Any]:
            try:
                share = self._records.sent(draft_id, text, owner(request))
            except EvenKeelError as error:
                return widgets.problem(str(error)), gr.skip()
            how = "as it was drafted" if share == 0 else f"with {share:.0%} of it changed"
            done = f'<p class="ek-small" role="status">Kept: you sent it {how}.</p>'
            return done, widgets.shown(False, value="")

        def thumb(draft_id: str, up: bool, why: str, request: gr.Request) -> str:
            try:
                self._records.thumb(draft_id, up, why, owner(request))
            except EvenKeelError as error:
                return widgets.problem(str(error))
            return '<p class="ek-small" role="status">Kept. Thank you.</p>'

        def helped(draft_id: str, request: gr.Request) -> str:
            return thumb(draft_id, True, "", request)

        def failed(draft_id: str, why: str, request: gr.Request) -> str:
            return thumb(draft_id, False, why, request)

        def note(draft_id: str, kind: str, request: gr.Request) -> str:
            try:
                draft = self._records.draft(draft_id, owner(request))
                if kind == ESCALATION:
                    return escalation(draft).text
                return follow_up(draft, kind, self._records.last_sent(draft_id, owner(request)))
            except EvenKeelError as error:
                return str(error)

        self._let.click(
            release,
            [self._drafted, self._blocked, self._why, self.reply],
            [*screen, self._heard],
            api_visibility="private",
        )
        self._reword.click(
            reword,
            [self._drafted, self._channel, self._tone, self._length, self.reply],
            [*screen, self._diff, self._heard],
            concurrency_limit=20,
            api_visibility="private",
        )
        self._sent.click(sent, [self._drafted, self.reply], [self._heard, self._edited], api_visibility="private")
        self._up.click(helped, [self._drafted], **heard)
        asked = self._down.click(widgets.shown, None, [self._wrong], show_progress="hidden", api_visibility="private")
        asked.then(None, None, None, js=ASK_WHY, api_visibility="private")
        self._wrong.submit(failed, [self._drafted, self._wrong], **heard)
        self._note_go.click(note, [self._drafted, self._kind], [self._note], api_visibility="private")


def _kept(edited: str) -> Any:
    return widgets.shown(value=edited) if edited else gr.skip()


def blocked_parts(draft: Draft) -> list[tuple[str, int]]:
    """The parts that are blocked, to choose from: how one begins, and its place in the draft."""
    return [(_label(n + 1, p.part.text), n) for n, p in enumerate(draft.parts) if p.blocked]


def _label(number: int, words: str) -> str:
    return f"Part {number}: {words if len(words) <= 60 else words[:60].rsplit(' ', 1)[0] + ' …'}"
