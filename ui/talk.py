"""The talk: the chat, the box, what can be done with a turn, and the way back to an earlier one."""

from typing import Any

import gradio as gr

from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from ui import chat as bubbles
from ui.widgets import Changes

SHORT = 70
"""Characters of a turn that are shown where it is only named."""


class Talk:
    """Lays out the talk: ``build_chat``, then what ends it, then ``build_back``."""

    def build_chat(self) -> None:
        """The chat, the box and its buttons."""
        self.chat = gr.Chatbot(
            label="The conversation", show_label=False, height=420, elem_id="chat", sanitize_html=True,
            layout="bubble", buttons=[],
        )  # fmt: skip
        with gr.Column(elem_id="composer") as self._composer:
            self.said = gr.Textbox(
                label="What you say", placeholder="Write your line, then Enter (Shift+Enter: new line)", lines=1,
                max_lines=8, elem_id="said", submit_btn=True, show_label=False,
            )  # fmt: skip
            self.problem = gr.HTML(elem_id="practice-problem")
            with gr.Row(elem_classes="ek-actions"):
                self.hint = gr.Button("Hint", min_width=90, elem_id="hint")
                self.check = gr.Button("Check my line", min_width=120, elem_id="check")
                self.undo = gr.Button("Take my last turn back", min_width=150, elem_id="undo")
                self.finish = gr.Button("End and score", min_width=120, elem_id="finish")
                self.leave = gr.Button("Another customer", min_width=130, elem_id="leave")

    def build_back(self) -> None:
        """The list of turns to go back to."""
        with gr.Accordion("Go back and say something else", open=False, visible=False, elem_id="back") as self._back:
            self.turns = gr.Radio([], label="To which of your turns?", elem_id="turns")
            with gr.Row(elem_classes="ek-actions"):
                self.rewind = gr.Button("Go back there", min_width=130, elem_id="rewind")
                self.other = gr.Button("See the first way again", min_width=160, visible=False, elem_id="other")
                self.later = gr.Button("See the later way again", min_width=160, visible=False, elem_id="later")

    @property
    def outputs(self) -> list[Any]:
        """What the talk changes."""
        return [
            self.chat, self._composer, self.said, self.problem, self.hint, self.check, self.undo, self._back,
            self.turns, self.other, self.later,
        ]  # fmt: skip

    def shown(self, practice: Practice, scenario: Scenario, said: str = "") -> Changes:
        """The whole talk; ``said`` is put into the box."""
        coached = gr.Button(visible=not practice.exam)
        return {
            self.chat: bubbles.history(practice, scenario),
            **self.composed(practice),
            self.said: said,
            self.problem: "",
            **dict.fromkeys((self.hint, self.check, self.undo), coached),
            **self.back(practice),
            **self.branched(False),
        }

    def branched(self, there: bool) -> Changes:
        """The way on to a branch that left this practice, where there is one."""
        return {self.later: gr.Button(visible=there)}

    def composed(self, practice: Practice) -> Changes:
        """The box and its buttons, as long as there is somebody to talk to."""
        return {self._composer: gr.Column(visible=not practice.over)}

    def back(self, practice: Practice) -> Changes:
        """The turns to go back to, the last one first to be offered; an exam is not taken back while it lasts."""
        choices = [(f"{e.turn}: {_short(e.text)}", e.turn) for e in practice.exchanges]
        there = bool(choices or practice.parent) and (practice.over or not practice.exam)
        return {
            self._back: gr.Accordion(visible=there),
            self.turns: gr.Radio(choices=choices, value=choices[-1][1] if choices else None),
            self.other: gr.Button(visible=bool(practice.parent)),
        }


def _short(said: str) -> str:
    return said if len(said) <= SHORT else f"{said[:SHORT].rstrip()} …"
