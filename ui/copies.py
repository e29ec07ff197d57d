"""Save one practice from its scorecard, as PDF, JSON or CSV.

The file is made when it is asked for and handed to the browser; no copy of it stays on the server.
"""

import base64
from collections.abc import Callable
from typing import Any

import gradio as gr

from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from evals.export import KINDS, Kind, file
from evals.scorecard import Scorecard
from ui.events import SAVE

Scored = Callable[[str, gr.Request], tuple[Practice, Scorecard, Scenario]]
"""A practice by its id, if it belongs to who asks, with its scorecard and scenario."""


def build(practice_id: Any, scored: Scored) -> None:
    """A row of buttons; ``practice_id`` is the component that holds the id."""
    taken = gr.JSON(visible=False)
    with gr.Row(elem_id="copies"):
        for kind in KINDS:
            button = gr.Button(f"Save as {kind.upper()}", size="sm", min_width=110, elem_id=f"save-{kind}")
            made = button.click(_copier(kind, scored), practice_id, taken, api_visibility="private")
            made.success(None, taken, None, js=SAVE, api_visibility="private")


def _copier(kind: Kind, scored: Scored) -> Callable[[str, gr.Request], dict[str, str]]:
    def made(practice_id: str, request: gr.Request) -> dict[str, str]:
        return copy(kind, *scored(practice_id, request))

    return made


def copy(kind: Kind, practice: Practice, card: Scorecard, scenario: Scenario) -> dict[str, str]:
    """The file as the browser takes it: name, type, and data in base64."""
    made = file(kind, practice, card, scenario)
    return {"name": made.name, "type": made.media_type, "data": base64.b64encode(made.data).decode("ascii")}
