"""The practice screen: pick a customer, talk, watch anger and trust."""

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from assistant.errors import EvenKeelError
from assistant.roleplay.practice import Practice
from assistant.roleplay.room import Felt, PracticeRoom, Read, Said
from assistant.roleplay.voice import Spoken
from ui import widgets

Bubble = dict[str, Any]
AUTHOR_MARK = "author's line"
FIRST = "gym-double-booking"
"""The scenario a newcomer is offered."""


def build(room: PracticeRoom) -> None:
    """Lay out the screen and wire it; call inside a Blocks."""
    names = [(f"{s.title}: {s.persona.name}, {s.channel}", s.id) for s in room.scenarios.values()]
    first = FIRST if FIRST in room.scenarios else names[0][1]
    names.sort(key=lambda name: name[1] != first)
    practice_id = gr.State("")
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=320):
            with gr.Accordion("Whom do you face?", open=True) as picker:
                choice = gr.Radio(names, value=first, show_label=False)
            begin = gr.Button("Start the practice", variant="primary", elem_id="start-practice")
            chat = gr.Chatbot(
                label="The conversation",
                height=340,
                elem_id="chat",
                sanitize_html=True,
                layout="bubble",
                buttons=[],
            )
            said = gr.Textbox(
                label="What you say", placeholder="Write your line and press Enter", lines=1, max_lines=6,
                elem_id="said", interactive=False, submit_btn=True,
            )  # fmt: skip
            problem = gr.HTML(elem_id="practice-problem")
        with gr.Column(scale=1, min_width=260):
            story = gr.HTML(elem_id="situation")
            rail = gr.HTML(elem_id="rail")
            ended = gr.HTML(elem_id="ended")

    def start(scenario_id: str) -> tuple[Any, ...]:
        practice = room.start(scenario_id)
        scenario = room.scenario(practice)
        return (
            practice.id,
            bubbles(practice, scenario.persona.name),
            gr.update(interactive=True, value=""),
            widgets.situation(scenario),
            widgets.rail(scenario, practice.state),
            "",
            "",
            gr.Accordion(open=False),
        )

    async def send(text: str, current: str) -> AsyncIterator[tuple[Any, ...]]:
        try:
            async for step in _turn(room, text, current):
                yield step
        except EvenKeelError as error:
            yield gr.skip(), text, gr.skip(), widgets.problem(str(error)), gr.skip()

    outputs = [practice_id, chat, said, story, rail, problem, ended, picker]
    begin.click(start, choice, outputs, api_visibility="private")
    said.submit(
        send,
        [said, practice_id],
        [chat, said, rail, problem, ended],
        concurrency_limit=50,
        api_visibility="private",
    )


async def _turn(room: PracticeRoom, text: str, practice_id: str) -> AsyncIterator[tuple[Any, ...]]:
    """The screen's changes while a turn is taken: (chat, box, rail, problem, ended)."""
    practice = room.get(practice_id)
    scenario = room.scenario(practice)
    name = scenario.persona.name
    before = bubbles(practice, name)
    reader = ""
    async for event in room.turn(practice_id, text):
        if isinstance(event, Read):
            reader = event.reading.reader
            before = [*before, _bubble("user", text.strip())]
            yield before, "", gr.skip(), "", gr.skip()
        elif isinstance(event, Felt):
            yield before, gr.skip(), widgets.rail(scenario, event.state, event.effects, reader), "", gr.skip()
        elif isinstance(event, Said):
            line = _customer(event.spoken, name) if event.final else _bubble("assistant", event.spoken.text)
            yield [*before, line], gr.skip(), gr.skip(), "", gr.skip()
    ending = room.get(practice_id).ending
    if ending:
        yield gr.skip(), gr.update(interactive=False), gr.skip(), "", widgets.ending(ending)


def bubbles(practice: Practice, name: str) -> list[Bubble]:
    """The conversation as the chat shows it, from what is stored."""
    shown = [_bubble("assistant", practice.opening)]
    for exchange in practice.exchanges:
        shown.append(_bubble("user", exchange.text))
        if exchange.line:
            spoken = Spoken(text=exchange.line, by=exchange.by or "author", note=exchange.note)
            shown.append(_customer(spoken, name))
    return shown


def _customer(spoken: Spoken, name: str) -> Bubble:
    bubble = _bubble("assistant", spoken.text)
    if spoken.by == "author":
        why = f": {widgets.speech(spoken.note)}" if spoken.note else ""
        bubble["content"] += f"\n\n<small>{AUTHOR_MARK}{why}</small>"
    return bubble


def _bubble(role: str, said: str) -> Bubble:
    return {"role": role, "content": widgets.speech(said)}
