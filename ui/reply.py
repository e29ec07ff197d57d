"""The reply desk's screen: paste a message, watch the draft being verified, open what it cites."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.errors import EvenKeelError, InputError
from assistant.reply.channels import CHANNELS, LENGTHS, TONES, Shape, shape
from assistant.reply.draft import Checked, Citation, Draft, Drafted, Found, Writing
from assistant.reply.drafting import ReplyDesk
from assistant.reply.rewrite import Rewriter
from assistant.reply.thread import Thread, decode
from assistant.reply.verify import CheckedPart
from assistant.waiting import Waiting
from evals.critique import rubric_critic
from knowledge import KnowledgeError
from ui import draft_view, own_draft, widgets
from ui.after_draft import AfterDraft
from ui.earlier_drafts import EarlierDrafts
from ui.events import safely
from ui.gate import Gate
from ui.widgets import Changes

DRAFT, DRAFTING = "Draft a reply", "Drafting …"
"""What the button says."""
FILES = [".txt", ".json", ".eml", ".md"]
Given = dict[Any, Any]
"""What stands in the components when one presses a button."""


class ReplyScreen:
    """Lays out the screen and wires it; create it inside a Blocks.

    Args:
        policy_sets: lists those there are now.
        gate: tells whose drafts they are; drafting needs an agent.
    """

    def __init__(self, desk: ReplyDesk, policy_sets: Callable[[], list[str]], gate: Gate) -> None:
        self._desk, self._policy_sets, self._gate = desk, policy_sets, gate
        known = policy_sets()
        rewriter = Rewriter(desk, rubric_critic())
        self._drafted, self._listed = gr.State(""), gr.State(known)
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=320):
                self._build_question(known)
            with gr.Column(scale=1, min_width=320):
                self._shown = gr.HTML(elem_id="draft-shown")
                self._notes = gr.HTML()
                self._after = AfterDraft(desk, rewriter, self._drafted, self._owner)
                self._cited = gr.HTML(elem_id="passages")
        self._earlier = EarlierDrafts(desk.records, self._owner)
        own_draft.build(rewriter, self._message, self._policies, self._owner)
        self._wire()

    def _build_question(self, known: list[str]) -> None:
        self._message = gr.Textbox(
            label="The customer's message", lines=9, max_lines=20, elem_id="message",
            placeholder="Paste what the customer wrote, or the whole thread: mail, chat log, JSON",
        )  # fmt: skip
        self._file = gr.UploadButton("Take it from a file", file_types=FILES, size="sm", elem_id="message-file")
        self._policies = gr.Radio(
            known, value=known[0] if known else None, label="Whose policies say what may be offered?"
        )
        with gr.Accordion("Where it goes and how it sounds", open=False):
            self._channel = gr.Radio(list(CHANNELS), value=CHANNELS[0], label="Channel", elem_id="channel")
            self._tone = gr.Radio(list(TONES), value=TONES[0], label="Tone")
            self._length = gr.Radio(list(LENGTHS), value="medium", label="Length")
        self._go = gr.Button(DRAFT, variant="primary", elem_id="draft")
        self._problem = gr.HTML(elem_id="draft-problem")
        self._card = gr.HTML(elem_id="draft-card")

    def list_sets_on(self, event: Any, waiting: bool = False) -> None:
        """List the policy sets anew on an event; ``waiting``: only until there are some."""
        act, both = self._fill if waiting else self._refresh, [self._policies, self._listed]
        event(act, both, both, show_progress="hidden", api_visibility="private")

    def _owner(self, request: gr.Request) -> str:
        return self._gate.owner(request, "agent")

    def _wire(self) -> None:
        after = self._after
        screen = [self._drafted, self._shown, self._notes, self._cited, self._problem, self._card]
        read = {self._message, self._policies, self._channel, self._tone, self._length}
        drafting: tuple[tuple[Any, Any, Any], ...] = (
            (self._go.click, None, None),
            (after.variant.click, after.stance, after.rests_on),
            (after.other.input, None, after.other),
        )
        for press, stance, section in drafting:
            given = read | ({stance, section} - {None})
            drafted = press(
                self._draft_as(stance, section), given, [*screen, self._go, after.place],
                concurrency_limit=20, api_visibility="private",
            )  # fmt: skip
            after.settle_on(drafted.then)
            drafted.then(self._ready, None, self._go, show_progress="hidden", api_visibility="private")
        after.wire([*screen, *after.outputs], self._show)
        self._earlier.chosen.input(
            safely(self._reopen, self._problem), [self._earlier.chosen, *after.standing],
            [*screen, *after.outputs, self._message, self._policies, self._channel, self._tone, self._length],
            api_visibility="private",
        )  # fmt: skip
        self._file.upload(self._read_file, self._file, [self._message, self._problem], api_visibility="private")

    @property
    def _meanwhile(self) -> Changes:
        """While a draft is made no other is begun, and nothing is done with the one before; said at every step, since
        of what a step leaves out a browser that is behind loses what the step before said.
        """
        return {self._after.place: gr.update(visible=False), self._go: gr.update(value=DRAFTING, interactive=False)}

    def _draft_as(self, stance: Any, section: Any) -> Callable[..., AsyncIterator[Changes]]:
        """What drafts as the screen says; ``stance`` and ``section`` are components that choose another version."""

        async def drafted(given: Given, request: gr.Request) -> AsyncIterator[Changes]:
            how = given[self._channel], given[self._tone], given[self._length]
            wanted = shape(*how, given.get(stance, "best"), given.get(section) or "")
            half: Changes = {}
            try:
                async for changes in self._draft(given, wanted, self._owner(request)):
                    if self._drafted in changes:
                        half = {self._shown: "", self._cited: ""}
                    yield changes
            except (EvenKeelError, KnowledgeError) as error:
                told = {self._problem: widgets.problem(str(error))}
                yield self._meanwhile | half | told  # half a draft is not left standing

        return drafted

    async def _draft(self, given: Given, wanted: Shape, owner: str) -> AsyncIterator[Changes]:
        """The screen's changes while a draft is made."""
        made = self._desk.draft(
            given[self._message], policy_set=given[self._policies] or "", shape=wanted, owner=owner
        )
        parts: list[CheckedPart] = []
        citations: tuple[Citation, ...] = ()
        async for event in made:
            if isinstance(event, Waiting):
                yield self._meanwhile | {self._problem: widgets.problem(str(event))}
            elif isinstance(event, Found):
                citations = event.citations
                yield self._meanwhile | {
                    self._drafted: "",
                    self._shown: draft_view.draft_parts([], "Reading the message and the passages …"),
                    self._notes: "",
                    self._cited: draft_view.passages(citations, []),
                    self._problem: "",
                    self._card: draft_view.card(event.situation, event.hidden),
                }
            elif isinstance(event, Writing):
                yield self._meanwhile | {self._shown: draft_view.draft_parts(parts, event.text)}
            elif isinstance(event, Checked):
                parts.append(event.part)
                black = draft_view.draft_parts(parts, "…")
                yield self._meanwhile | {self._shown: black, self._cited: draft_view.passages(citations, parts)}
            elif isinstance(event, Drafted):
                yield self._meanwhile | self._drawn(event.draft)

    def _ready(self) -> Any:
        return gr.Button(DRAFT, interactive=True)

    def _drawn(self, draft: Draft) -> Changes:
        """A finished draft."""
        parts = list(draft.parts)
        return {
            self._drafted: draft.id,
            self._shown: draft_view.draft_parts(parts),
            self._notes: draft_view.draft_notes(draft),
            self._cited: draft_view.passages(draft.citations, parts),
            self._problem: "",
            self._card: draft_view.card(draft.situation, draft.hidden),
        }

    def _show(self, draft: Draft, edited: str) -> Changes:
        """A draft that was released or reworded; ``edited`` is what the agent had made of the one before."""
        return self._drawn(draft) | self._after.show(draft, edited)

    def _reopen(self, draft_id: str, before: str, reply: str, request: gr.Request) -> Changes:
        """A draft made before, and all it was drafted from, so that another version of it can be."""
        owner = self._owner(request)
        draft = self._desk.records.draft(draft_id, owner)
        asked = {
            self._message: Thread(messages=draft.thread).log if len(draft.thread) > 1 else draft.customer,
            self._policies: draft.policy_set if draft.policy_set in self._policy_sets() else gr.skip(),
            self._channel: draft.shape.channel,
            self._tone: draft.shape.tone,
            self._length: draft.shape.length,
        }
        return self._drawn(draft) | asked | self._after.reopen(draft, before, reply, owner)

    def _read_file(self, path: str) -> Changes:
        try:
            return {self._message: decode(Path(path).read_bytes(), Path(path).name), self._problem: ""}
        except InputError as error:
            return {self._problem: widgets.problem(str(error))}
        finally:
            Path(path).unlink(missing_ok=True)  # a copy that "Delete my data" would not reach

    def _refresh(self, chosen: str | None, listed: list[str]) -> Changes:
        """The list anew where it is another: while it is drawn a click on it is lost."""
        there = self._policy_sets()
        if there == listed:
            return {self._listed: listed}
        if chosen in there:  # the choice itself is left alone: another may be made meanwhile
            return {self._policies: gr.Radio(choices=there), self._listed: there}
        return {self._policies: gr.Radio(choices=there, value=there[0] if there else None), self._listed: there}

    def _fill(self, chosen: str | None, listed: list[str]) -> Changes:
        """Only while nothing can be chosen yet."""
        return {self._listed: listed} if chosen else self._refresh(chosen, listed)
