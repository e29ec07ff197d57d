"""What an agent may do with a blocked part: send it all the same, by their own hand, and say why."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from assistant.conversation import one_line
from assistant.reply.draft import Draft
from ui.widgets import Changes

SHOWN = 60
"""Characters of a part that are shown where one chooses it."""


class Release:
    """The choice of a blocked part, the reason, and the button; put away while nothing is blocked."""

    def __init__(self, elem_id: str) -> None:
        with gr.Group(visible=False, elem_id=elem_id) as self._place:
            self._which = gr.Radio([], label="A blocked part is sent only if you release it")
            self._why = gr.Textbox(label="Why may it be sent? (who allowed it, or which rule)", max_lines=2)
            self._let = gr.Button("Release this part by my own hand", size="sm")

    @property
    def outputs(self) -> list[Any]:
        """What ``shown`` and ``hidden`` change."""
        return [self._place, self._which, self._why]

    def shown(self, draft: Draft) -> Changes:
        """Its blocked parts, if there are any; a reason is for one part of one draft."""
        parts = enumerate(draft.parts)
        blocked = [(f"Part {n + 1}: {one_line(p.part.text, SHOWN)}", n) for n, p in parts if p.blocked]
        return {
            self._place: gr.update(visible=bool(blocked)),
            self._which: gr.update(choices=blocked, value=blocked[0][1] if blocked else None),
            self._why: "",
        }

    def hidden(self) -> Changes:
        """There is no draft now."""
        return {self._place: gr.update(visible=False), self._why: ""}

    def wire(self, release: Callable[..., Any], drafted: gr.State, reply: gr.Textbox, outputs: list[Any]) -> None:
        """Let the button call ``release(draft_id, part, why, reply, request)``, which changes ``outputs``."""
        self._let.click(release, [drafted, self._which, self._why, reply], outputs, api_visibility="private")
