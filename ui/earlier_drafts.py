"""The drafts that an agent made before: opened again, to be followed up once the case is solved."""

from typing import Any

import gradio as gr

from assistant.conversation import one_line
from assistant.reply.records import Records
from ui.after_draft import Owner
from ui.widgets import Changes

MOST = 30
"""Drafts in the list, the newest first."""
SHOWN = 70
"""Characters of a customer's message that are shown of it."""


class EarlierDrafts:
    """Lays out the list, which is made when it is unfolded; ``chosen`` holds the id of the draft that one picks."""

    def __init__(self, records: Records, owner: Owner) -> None:
        self._records, self._owner = records, owner
        with gr.Accordion("Drafts I made before", open=False, elem_id="earlier") as fold:
            self.chosen = gr.Radio([], label="Open one", elem_id="earlier-drafts")
        fold.expand(self._list, None, self.chosen, show_progress="hidden", api_visibility="private")

    def _list(self, request: gr.Request) -> Changes:
        drafts = self._records.drafts(self._owner(request), MOST)
        choices: list[tuple[str, Any]] = [
            (f"{made:%d %b %H:%M} UTC · {one_line(draft.customer, SHOWN)}", draft.id) for made, draft in drafts
        ]
        label = "Open one" if choices else "None yet"
        return {self.chosen: gr.Radio(choices=choices, value=None, label=label)}
