"""The rail beside the chat: the situation, the customer's mood, what the coach says, what is known, the curve."""

from typing import Any

import gradio as gr

from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Remedy, Scenario
from assistant.roleplay.state import State
from ui import coaching
from ui.curve import curve
from ui.widgets import Changes, meter, text

NEEDS = {"emotional": "to be heard", "practical": "something that helps", "procedural": "to know what happens next"}

SCOPE = {
    "alone": "On your own authority:",
    "approval": "Only with leave, which you say that you will ask for:",
    "refused": "Not to be promised:",
}


class Rail:
    """Lays out the rail; call inside its column."""

    def __init__(self) -> None:
        self._situation = gr.HTML(elem_id="situation")
        self._mood = gr.HTML(elem_id="rail")
        self.coach = gr.HTML(elem_id="coach")
        self._known = gr.HTML(elem_id="known")

    @property
    def outputs(self) -> list[Any]:
        """What the rail changes."""
        return [self._situation, self._mood, self.coach, self._known]

    def shown(self, practice: Practice, scenario: Scenario, left: Practice | None) -> Changes:
        """The whole rail; ``left`` is the branch that this practice left."""
        return {self._situation: situation(scenario), self.coach: "", **self.moved(practice, scenario, left)}

    def moved(self, practice: Practice, scenario: Scenario, left: Practice | None) -> Changes:
        """What a turn changes in it."""
        if practice.exam and not practice.over:
            note = "Exam: what the customer feels, and what the coach would say, is shown at the end."
            return {self._mood: f'<div class="ek-card"><p>{note}</p></div>', self._known: ""}
        last = practice.exchanges[-1] if practice.exchanges else None
        there = len(practice.exchanges) > 1 or bool(practice.parent)
        below = (coaching.turn(last) if last else "") + (curve(practice, left) if there else "")
        return {self._mood: mood(scenario, practice.state), self._known: known(scenario, practice.state) + below}


def situation(scenario: Scenario) -> str:
    """What the trainee is told, in an exam too: the case, and what may be given."""
    return (
        f'<details class="ek-card" open><summary><h3>{text(scenario.title)}</h3></summary>'
        f"<p>{text(scenario.you)} {text(scenario.situation)}</p>"
        f'<p class="ek-small">{text(scenario.company)} · {text(scenario.channel)} · you face '
        f"{text(scenario.persona.name)}</p></details>{scope(scenario)}"
    )


def scope(scenario: Scenario) -> str:
    """What the trainee may offer, and what not, with the reason for a limit; closed until it is asked for."""
    lists = "".join(
        f'<p class="ek-small">{said}</p><ul>{rows}</ul>'
        for authority, said in SCOPE.items()
        if (rows := "".join(_remedy(r) for r in scenario.remedies if r.authority == authority))
    )
    head = "<summary><h3>What you may give, and what not</h3></summary>"
    return f'<details class="ek-card" id="scope">{head}{lists}</details>'


def _remedy(remedy: Remedy) -> str:
    """One remedy; of a limit the reason too, where policy is written out and not only referred to."""
    limit = remedy.authority != "alone" and " " in remedy.policy
    reason = f'<br><span class="ek-small">{text(remedy.policy)}</span>' if limit else ""
    return f"<li>{text(remedy.text)}{reason}</li>"


def mood(scenario: Scenario, state: State) -> str:
    """Anger and trust as meters, patience, and which needs are met."""
    left = state.patience
    patience = f"Patience for {left} more turn{'' if left == 1 else 's'} without progress · {state.stage}"
    needs = "".join(
        f'<li class="{"met" if met else "open"}">{text(NEEDS[need])}<span class="ek-hidden">'
        f": {'met' if met else 'not yet'}</span></li>"
        for need, met in state.needs.items()
    )
    return (
        f'<div class="ek-card ek-mood">{meter("Anger", state.anger, "anger")}{meter("Trust", state.trust, "trust")}'
        f'<p class="ek-small">{text(patience)}</p><ul class="ek-needs" '
        f'aria-label="What {text(scenario.persona.name)} needs">{needs}</ul></div>'
    )


def known(scenario: Scenario, state: State) -> str:
    """What the customer told so far, and how much is left to find out."""
    told = [scenario.fact(f).text for f in state.open_facts]
    hidden = sum(state.facts[f.id] in ("locked", "approached") for f in scenario.hidden)
    rows = "".join(f"<li>{text(fact)}</li>" for fact in told)
    listed = f"<ul>{rows}</ul>" if rows else "<p>Nothing beyond the opening. An open question may change that.</p>"
    left = f'<p class="ek-small">{hidden} thing{"" if hidden == 1 else "s"} still untold.</p>' if hidden else ""
    return f'<div class="ek-card"><h3>What you know</h3>{listed}{left}</div>'
