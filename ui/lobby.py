"""The lobby: a newcomer reads what this is and begins with one button; who has practised sees whom to face next."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from assistant.roleplay.coach import book
from assistant.roleplay.levels import AS_WRITTEN, HARDNESSES, LEVELS, hardness
from assistant.roleplay.practice import Practice
from assistant.roleplay.room import MOST_FELT, PracticeRoom
from assistant.roleplay.scenario import Scenario
from evals.history import History, history
from evals.rubric import Rubric
from ui.cards import cards
from ui.events import script
from ui.widgets import Changes, text

FIRST = "gym-double-booking"
"""The scenario a newcomer is offered."""
WHAT_THIS_IS = (
    "You talk with a simulated customer who is angry for a reason, and what you say is all that makes it better or "
    "worse. A coach helps when you ask, and at the end a scorecard shows which of your words worked."
)


class Lobby:
    """Lays out the lobby; ``begin`` starts the suggested scenario, ``chooser`` the one that was picked from it."""

    def __init__(self, room: PracticeRoom, rubric: Rubric) -> None:
        self._room = room
        self._rubric = rubric
        self.suggested = gr.State(self._first)
        self.left_off = gr.State("")
        with gr.Column(visible=False, elem_id="lobby") as self.place:
            with gr.Column(elem_id="welcome"):
                self._greeting = gr.HTML(self._welcome())
                self.begin = gr.Button("Start the practice", variant="primary", elem_id="start-practice")
                self.go_on = gr.Button("Go on", visible=False, elem_id="go-on")
                self.problem = gr.HTML(elem_id="lobby-problem")
                with gr.Accordion("How hard, exam, how you feel", open=False, elem_id="options"):
                    self.level = gr.Radio(list(LEVELS), value=AS_WRITTEN, label="How hard?", elem_id="level")
                    self.exam = gr.Checkbox(
                        label="Exam: no meters, no hints, nothing explained until the end", elem_id="exam"
                    )
                    self.before = gr.Textbox(
                        label=f"{book().self_awareness['before']} (only you see it)", lines=1, max_lines=4,
                        max_length=MOST_FELT,
                    )  # fmt: skip
            self.chooser = gr.HTML(
                cards(self._sorted({}), {}, folded=True),
                js_on_load=script("cards"),
                elem_id="scenarios",
                padding=False,
            )

    @property
    def outputs(self) -> list[Any]:
        """What the lobby changes."""
        return [
            self.place, self.suggested, self.left_off, self._greeting, self.go_on, self.chooser, self.problem,
            self.before, self.exam, self.level,
        ]  # fmt: skip

    @property
    def chosen(self) -> list[Any]:
        """What a practice is begun with beside its scenario: exam, feeling, level."""
        return [self.exam, self.before, self.level]

    def shown(self, owner: str) -> Changes:
        """The lobby as this owner sees it."""
        played = self._room.history(owner)
        past = history(played, [], self._room.scenarios, self._rubric, datetime.now(UTC))
        new = not past.rows
        chosen = self._first if new else past.next_scenario
        scores = {row.practice.scenario: row.card.total for row in reversed(past.rows)}  # the newest is last
        return {
            self.place: gr.Column(visible=True),
            self.suggested: chosen,
            **self._offered(played),
            self._greeting: self._welcome() if new else self._welcome_back(past),
            self.chooser: cards(self._sorted(scores), scores, folded=new),
            self.problem: "",
            self.before: "",  # how somebody felt before one practice is not how they feel before the next
            self.exam: False,  # nor is an exam begun by a button that says nothing of it
            self.level: AS_WRITTEN,
        }

    def offered(self, owner: str) -> Changes:
        """The way back to what was left, anew: a turn that was on its way then is stored by now."""
        return self._offered(self._room.history(owner))

    def _offered(self, played: list[tuple[datetime, Practice]]) -> Changes:
        unfinished = left_off([practice for _, practice in played], self._room.scenarios)
        return {self.left_off: unfinished.id if unfinished else "", self.go_on: self._going_on(unfinished)}

    def hidden(self) -> Changes:
        """The lobby while a practice is on the screen."""
        return {self.place: gr.Column(visible=False)}

    def _going_on(self, practice: Practice | None) -> gr.Button:
        """The button back to a practice; hidden where nothing was left off."""
        if practice is None:
            return gr.Button(visible=False)
        name, turns = self._room.scenarios[practice.scenario].persona.name, len(practice.exchanges)
        return gr.Button(f"Go on with {name}, after {turns} turn{'s' * (turns > 1)}", visible=True)

    @property
    def _first(self) -> str:
        return FIRST if FIRST in self._room.scenarios else next(iter(self._room.scenarios))

    def _welcome(self) -> str:
        return (
            f'<h2 tabindex="-1">Practise with an irate customer</h2><p>{WHAT_THIS_IS}</p>'
            f"{_next('First up', self._room.scenarios[self._first], 'Nothing to set up; stop whenever you like.')}"
        )

    def _welcome_back(self, past: History) -> str:
        scenario = self._room.scenarios[past.next_scenario]
        return f'<h2 tabindex="-1">Practise next</h2>{_next("", scenario, f"Why this one: {past.why}.")}'

    def _sorted(self, scores: dict[str, int]) -> list[Scenario]:
        """Those not yet practised first, the gentle before the hard; then those with the lowest last score."""
        scenarios = self._room.scenarios.values()
        return sorted(scenarios, key=lambda s: (scores.get(s.id, -1), HARDNESSES.index(hardness(s)), s.title))


def left_off(played: Sequence[Practice], scenarios: Mapping[str, Scenario]) -> Practice | None:
    """The newest practice that goes on: something was said in it, and no other way was taken from it."""
    branched = {p.parent for p in played}
    return next(
        (
            p
            for p in played
            if p.exchanges
            and not p.over
            and p.id not in branched
            and p.scenario in scenarios
            and p.plays(scenarios[p.scenario])
        ),
        None,
    )


def _next(head: str, scenario: Scenario, why: str) -> str:
    """Whom one faces with the button below."""
    lead = f"{head}: " if head else ""
    return (
        f'<p class="ek-next">{lead}<b>{text(scenario.title)}</b>. You face {text(scenario.persona.name)} '
        f'({text(scenario.industry)}, {text(scenario.channel)}).</p><p class="ek-small">{text(why)}</p>'
    )
