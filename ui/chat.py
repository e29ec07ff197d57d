"""The conversation as chat bubbles, always from what is stored."""

from typing import Any

from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.voice import Spoken
from ui.widgets import speech

Bubble = dict[str, Any]
AUTHOR_MARK = "author's line"
VERBS = {"chat": "is typing", "e-mail": "writes back"}
"""What somebody does who is about to answer, where they do not speak."""
FAILED = "the model could not"
"""How the voice begins its note on a model that failed; what follows is the error, for who runs the app."""


def history(practice: Practice, scenario: Scenario) -> list[Bubble]:
    """Everything said so far; who still owes an answer is about to."""
    shown = [_bubble("assistant", practice.opening)]
    for exchange in practice.exchanges:
        shown.append(agent(exchange.text))
        if exchange.line:
            shown.append(customer(Spoken(text=exchange.line, by=exchange.by or "author", note=exchange.note)))
        else:
            shown.append(typing(scenario))
    return shown


def agent(said: str) -> Bubble:
    """What the trainee said."""
    return _bubble("user", said.strip())


def customer(spoken: Spoken, final: bool = True) -> Bubble:
    """What the customer says; a finished author's line is marked as one."""
    bubble = _bubble("assistant", spoken.text)
    if final and spoken.by == "author":
        why = f": {speech(_plain(spoken.note))}" if spoken.note else ""
        bubble["content"] += f"\n\n<small>{AUTHOR_MARK}{why}</small>"
    return bubble


def _plain(note: str) -> str:
    """Why the model did not speak, for who is in a talk: what to set or to try stands in the log and the export."""
    if not note.startswith(FAILED):
        return note
    what = "took too long" if " in time" in note else "could not answer"
    return f"the model {what}, and this stands in its place"


def typing(scenario: Scenario) -> Bubble:
    """Stands where the customer's line will be."""
    verb = VERBS.get(scenario.channel, "draws breath")
    return {"role": "assistant", "content": f"<small>{speech(scenario.persona.name)} {verb} …</small>"}


def _bubble(role: str, said: str) -> Bubble:
    return {"role": role, "content": speech(said)}
