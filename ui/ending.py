"""How a practice ends on the screen: the banner where the box was, what to do next, and the scorecard."""

from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Literal

import gradio as gr
from pydantic import BaseModel, ConfigDict, model_validator

from assistant.roleplay.coach import book
from assistant.roleplay.practice import Practice
from assistant.roleplay.room import MOST_FELT, PracticeRoom
from assistant.roleplay.scenario import Channel, Scenario
from assistant.roleplay.state import State
from assistant.roleplay.weights import weights
from evals.rubric import Rubric
from evals.scorecard import Scorecard, counterfactual, score
from knowledge import shipped
from ui import copies
from ui.rail import NEEDS
from ui.scorecard import First, Passage, scorecard
from ui.widgets import Changes, text

FILE = Path(__file__).parent / "endings.yaml"
BY_TRAINEE = "you ended it"


Case = Literal["nothing owed", "all but that", "patience left", "patience out"]
"""What else can be true of an ending, so that it has words of its own."""


class Words(BaseModel):
    """What is said of one kind of ending; ``$name``, ``$left`` and ``$owed`` are filled in.

    ``where`` has other words for a case; the first that is true is said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tone: Literal["good", "mixed", "bad"]
    title: str
    said: str
    where: dict[Case, "Words"] = {}


class Endings(BaseModel):
    """``left``: how a customer goes, by channel; ``words`` by the kind of ending."""

    model_config = ConfigDict(frozen=True)

    left: dict[Channel, str]
    words: dict[str, Words]

    @model_validator(mode="before")
    @classmethod
    def _apart(cls, file: object) -> object:
        if not isinstance(file, dict) or "left" not in file:
            return file
        return {"left": file["left"], "words": {ending: words for ending, words in file.items() if ending != "left"}}


@cache
def endings() -> Endings:
    """The file ``endings.yaml``."""
    return shipped.read_as(FILE, Endings)


def banner(practice: Practice, scenario: Scenario) -> str:
    """How it ended, in words."""
    found = endings()
    words = _words(found.words[practice.ending or BY_TRAINEE], practice.state, scenario)
    owed = ", ".join(NEEDS[need] for need, met in practice.state.needs.items() if not met)
    fill = {"name": scenario.persona.name, "left": found.left[scenario.channel], "owed": owed}
    title, said = (text(Template(part).substitute(fill)) for part in (words.title, words.said))
    return (
        f'<div class="ek-ending {words.tone}" role="status"><h3 id="ending" tabindex="-1">{title}</h3>'
        f"<p>{said}</p></div>"
    )


def _words(words: Words, state: State, scenario: Scenario) -> Words:
    """The words that are true of how it ended."""
    given = all(state.needs.values())
    won = state.anger <= weights().resolve.anger and state.trust >= weights().resolve.trust
    true: dict[Case, bool] = {
        "all but that": given and won and not scenario.winnable,
        "nothing owed": given,
        "patience left": state.patience > 0,
        "patience out": state.patience <= 0 and not state.abused,  # an insult has its own consequence
    }
    return next((words.where[case] for case, holds in true.items() if holds and case in words.where), words)


class End:
    """Lays out the end: ``build_banner`` below the chat, ``build_card`` below that."""

    def __init__(self, room: PracticeRoom, rubric: Rubric, section: Passage) -> None:
        self._room = room
        self._rubric = rubric
        self._section = section
        self.slip = gr.State(0)

    def build_banner(self) -> None:
        """The banner and what can be done next."""
        with gr.Column(visible=False, elem_id="over") as self._over:
            self._banner = gr.HTML()
            with gr.Row(elem_classes="ek-actions"):
                self.see = gr.Button("See the scorecard", variant="primary", min_width=150, elem_id="see-card")
                self.retry = gr.Button("Retry from the slip", min_width=150, elem_id="retry")
                self.another = gr.Button("Another customer", min_width=150, elem_id="another")

    def build_card(self, practice_id: Any, scored: copies.Scored) -> None:
        """The scorecard, how one feels now, and saving; ``practice_id`` is the component that holds the id."""
        with gr.Column(visible=False, elem_id="after") as self._after:
            self._card = gr.HTML(elem_id="scorecard")
            with gr.Row(equal_height=False):
                self.feeling = gr.Textbox(
                    label=f"{book().self_awareness['after']} (only you see it)", lines=1, max_lines=4, scale=3,
                    max_length=MOST_FELT,
                )  # fmt: skip
                self.keep = gr.Button("Keep this", scale=1, min_width=110, elem_id="keep-after")
            self.kept = gr.HTML(elem_id="kept")
            copies.build(practice_id, scored)

    @property
    def outputs(self) -> list[Any]:
        """What the end changes."""
        return [self._over, self._banner, self._after, self._card, self.feeling, self.kept, self.slip, self.retry]

    def hidden(self) -> Changes:
        """While the practice goes on."""
        return {
            self._over: gr.Column(visible=False),
            self._banner: "",
            self._after: gr.Column(visible=False),
            self._card: "",
            self.feeling: "",
            self.kept: "",
            self.slip: 0,
        }

    async def shown(self, practice: Practice, left: Practice | None) -> Changes:
        """Banner and scorecard of a practice that is over; ``left`` is the branch that it left."""
        scenario = self._room.scenario(practice)
        card = score(practice, scenario, self._rubric)
        better = None
        if card.worst:
            better = await counterfactual(practice, scenario, card.worst.turn, self._room.read)
            better = better if better.change > better.instead_of else None
        first = First(left, score(left, scenario, self._rubric)) if left else None
        slip = card.worst.turn if card.worst else len(practice.exchanges)
        return {
            self._over: gr.Column(visible=True),
            self._banner: banner(practice, scenario),
            self._after: gr.Column(visible=True),
            self._card: scorecard(card, practice, better, self._section, first),
            self.feeling: practice.after,
            self.slip: slip,
            self.retry: gr.Button(f"Retry from turn {slip}", visible=slip > 0),
        }

    def scored(self, practice: Practice) -> tuple[Practice, Scorecard, Scenario]:
        """A practice with its scorecard and scenario."""
        scenario = self._room.scenario(practice)
        return practice, score(practice, scenario, self._rubric), scenario
