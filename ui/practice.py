"""The practice screen: pick a customer, talk, be coached, read the scorecard, try a turn again."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import gradio as gr

from assistant.errors import EvenKeelError, NotFound, PracticeOver
from assistant.line import Waiting
from assistant.roleplay.coach import book
from assistant.roleplay.levels import LEVELS, Level
from assistant.roleplay.practice import Practice
from assistant.roleplay.room import Felt, PracticeRoom, Read, Said
from assistant.roleplay.scenario import Scenario
from evals.process import CHECKS
from evals.rubric import load_rubric
from evals.scorecard import Scorecard, counterfactual, score
from ui import chat as bubbles
from ui import coaching, copies, widgets
from ui.curve import curve
from ui.gate import Gate
from ui.scorecard import First, scorecard

FIRST = "gym-double-booking"
"""The scenario a newcomer is offered."""
SHORT = 70
"""Characters of a turn that are shown where it is only named."""
Section = Callable[[str], str]
"""A guide section's text by its id; empty if there is none."""


class PracticeScreen:
    """Lays out the screen and wires it; make one inside a Blocks. ``gate`` tells whose practices they are."""

    def __init__(self, room: PracticeRoom, section: Section, gate: Gate) -> None:
        self._room = room
        self._gate = gate
        self._section = section
        self._rubric = load_rubric("process", CHECKS)
        self._layout()
        self._wire()

    def restore_on(self, load: Callable[..., Any]) -> None:
        """Bring back the practice that this browser had open when the page loads."""
        load(self._restore, self.practice, self._all(), show_progress="hidden", api_visibility="private")

    def _layout(self) -> None:
        scenarios = sorted(self._room.scenarios.values(), key=lambda s: (s.id != FIRST, s.title))
        self.practice = gr.BrowserState("", storage_key="even-keel-practice", secret="even-keel")
        self.retry = gr.State(0)
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=320):
                with gr.Column(visible=True) as self.lobby:
                    self.choice = gr.Radio(
                        [(_label(s), s.id) for s in scenarios],
                        value=scenarios[0].id,
                        label="Whom do you face?",
                        elem_id="scenarios",
                    )
                    self.before = gr.Textbox(
                        label=f"{book().self_awareness['before']} (only you see it)", lines=1, max_lines=4
                    )
                    self.level = gr.Radio(list(LEVELS), value="as written", label="How hard?", elem_id="level")
                    self.exam = gr.Checkbox(
                        label="Exam: no meters, no hints, nothing explained until the end", elem_id="exam"
                    )
                    self.begin = gr.Button("Start the practice", variant="primary", elem_id="start-practice")
                with gr.Column(visible=False) as self.talk:
                    self.chat = gr.Chatbot(
                        label="The conversation", show_label=False, height=380, elem_id="chat",
                        sanitize_html=True, layout="bubble", buttons=[],
                    )  # fmt: skip
                    self.said = gr.Textbox(
                        label="What you say", placeholder="Write your line and press Enter", lines=1, max_lines=6,
                        elem_id="said", submit_btn=True,
                    )  # fmt: skip
                    self.problem = gr.HTML(elem_id="practice-problem")
                    with gr.Row(elem_id="practice-actions"):
                        self.hint = gr.Button("Hint", size="sm", min_width=90, elem_id="hint")
                        self.check = gr.Button("Check my line", size="sm", min_width=120, elem_id="check")
                        self.undo = gr.Button("Take my last turn back", size="sm", min_width=150, elem_id="undo")
                        self.finish = gr.Button(
                            "End and score", size="sm", min_width=120, variant="primary", elem_id="finish"
                        )
                        self.leave = gr.Button("Another customer", size="sm", min_width=130, elem_id="leave")
                    with gr.Accordion("Go back and say something else", open=False, visible=False) as self.back:
                        self.turns = gr.Radio([], label="To which of your turns?", elem_id="turns")
                        with gr.Row():
                            self.rewind = gr.Button("Go back there", size="sm", min_width=130, elem_id="rewind")
                            self.other = gr.Button(
                                "See the first way again", size="sm", min_width=160, visible=False, elem_id="other"
                            )
                self.card = gr.HTML(elem_id="scorecard")
                with gr.Column(visible=False) as self.again:
                    with gr.Row():
                        self.after = gr.Textbox(label=book().self_awareness["after"], lines=1, max_lines=4, scale=3)
                        self.keep = gr.Button("Keep this", size="sm", scale=1, elem_id="keep-after")
                        self.try_again = gr.Button("Retry from there", size="sm", scale=1, elem_id="retry")
                    copies.build(self.practice, self._scored)
            with gr.Column(scale=1, min_width=260):
                self.story = gr.HTML(self._story(scenarios[0].id), elem_id="situation")
                self.rail = gr.HTML(elem_id="rail")
                self.coach = gr.HTML(elem_id="coach")

    def _wire(self) -> None:
        hidden: dict[str, Any] = {"api_visibility": "private"}
        shown = [self.chat, self.said, self.rail, self.coach, self.problem]
        self.choice.change(self._story, self.choice, self.story, show_progress="hidden", **hidden)
        begun = self.begin.click(
            self._start, [self.choice, self.exam, self.before, self.level], self._all(), **hidden
        )
        begun.then(self._warm, self.practice, None, show_progress="hidden", concurrency_limit=4, **hidden)
        sent = self.said.submit(self._send, [self.said, self.practice], shown, concurrency_limit=50, **hidden)
        sent.then(self._score_if_over, self.practice, self._end(), show_progress="hidden", **hidden)
        sent.then(self._list_turns, self.practice, self._branch(), show_progress="hidden", **hidden)
        self.rewind.click(self._retry, [self.practice, self.turns], self._all(), **hidden)
        self.other.click(self._first_way, self.practice, self._all(), **hidden)
        self.hint.click(self._hint, self.practice, [self.coach, self.problem], **hidden)
        self.check.click(self._check, [self.said, self.practice], [self.coach, self.problem], **hidden)
        self.undo.click(self._undo, self.practice, self._all(), **hidden)
        self.finish.click(self._finish, self.practice, self._end(), **hidden)
        self.try_again.click(self._retry, [self.practice, self.retry], self._all(), **hidden)
        self.keep.click(self._keep, [self.practice, self.after], self._end(), **hidden)
        self.leave.click(self._leave, None, self._all(), **hidden)

    def _all(self) -> list[Any]:
        """What a change of practice touches."""
        return [
            self.practice, self.lobby, self.talk, self.chat, self.said, self.story, self.rail, self.coach,
            self.problem, *self._end(), *self._branch(),
        ]  # fmt: skip

    def _end(self) -> list[Any]:
        """What the end of a practice touches."""
        return [self.card, self.again, self.retry, self.finish]

    def _branch(self) -> list[Any]:
        """What lists the turns to go back to."""
        return [self.back, self.turns, self.other]

    def _story(self, scenario_id: str) -> str:
        return widgets.situation(self._room.scenarios[scenario_id])

    def _start(self, scenario_id: str, exam: bool, before: str, level: Level, request: gr.Request) -> tuple[Any, ...]:
        owner = self._gate.owner(request)
        practice = self._room.start(scenario_id, owner, exam=exam, before=before or "", level=level)
        return self._show(practice, owner)

    async def _warm(self, practice_id: str, request: gr.Request) -> None:
        with suppress(EvenKeelError):  # a practice that went meanwhile needs no warming
            await self._room.warm(practice_id, self._gate.owner(request))

    def _show(self, practice: Practice, owner: str, said: str = "") -> tuple[Any, ...]:
        """The whole screen for a practice."""
        scenario = self._room.scenario(practice)
        return (
            practice.id,
            gr.Column(visible=False),
            gr.Column(visible=True),
            bubbles.history(practice, scenario),
            gr.update(value=said, interactive=not practice.over),
            widgets.situation(scenario),
            self._rail(practice, scenario, owner),
            "",
            "",
            "",
            gr.Column(visible=False),
            0,
            gr.Button(interactive=not practice.over),
            *self._turns_of(practice),
        )

    def _turns_of(self, practice: Practice) -> tuple[Any, ...]:
        """The turns to go back to, the last one first to be offered; an exam is not taken back while it lasts."""
        choices = [(f"{e.turn}: {_short(e.text)}", e.turn) for e in practice.exchanges]
        there = bool(choices or practice.parent) and (practice.over or not practice.exam)
        return (
            gr.Accordion(visible=there),
            gr.Radio(choices=choices, value=choices[-1][1] if choices else None),
            gr.Button(visible=bool(practice.parent)),
        )

    def _list_turns(self, practice_id: str, request: gr.Request) -> tuple[Any, ...]:
        return self._turns_of(self._room.get(practice_id, self._gate.owner(request)))

    def _leave(self) -> tuple[Any, ...]:
        """Back to the choice of customers."""
        empty: tuple[Any, ...] = (
            "",
            gr.Column(visible=True),
            gr.Column(visible=False),
            [],
            gr.update(value=""),
            gr.skip(),
            "",
            "",
            "",
        )
        end: tuple[Any, ...] = ("", gr.Column(visible=False), 0, gr.skip())
        return (*empty, *end, gr.Accordion(visible=False), gr.Radio(choices=[], value=None), gr.skip())

    async def _restore(self, practice_id: str, request: gr.Request) -> tuple[Any, ...]:
        try:
            if not practice_id:
                return self._leave()
            owner = self._gate.owner(request)
            return await self._open(self._room.get(practice_id, owner), owner)
        except NotFound:  # what fails for another reason leaves the browser its practice
            return self._leave()

    async def _open(self, practice: Practice, owner: str) -> tuple[Any, ...]:
        """The screen of a practice that was begun before, with its scorecard if it is over."""
        shown = self._show(practice, owner)
        return (*shown[:9], *await self._ended(practice, owner), *shown[13:]) if practice.over else shown

    async def _first_way(self, practice_id: str, request: gr.Request) -> tuple[Any, ...]:
        """The branch that this one left."""
        owner = self._gate.owner(request)
        practice = self._room.get(practice_id, owner)
        return await self._open(self._left(practice, owner) or practice, owner)

    def _left(self, practice: Practice, owner: str) -> Practice | None:
        """The branch that a practice left; None if it left none, or that was deleted."""
        with suppress(EvenKeelError):
            return self._room.get(practice.parent, owner) if practice.parent else None
        return None

    async def _send(self, text: str, practice_id: str, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        owner = self._gate.owner(request)
        try:
            async for step in self._turn(text, practice_id, owner):
                yield step
        except EvenKeelError as error:
            yield gr.skip(), text, gr.skip(), gr.skip(), widgets.problem(str(error))

    async def _turn(self, text: str, practice_id: str, owner: str) -> AsyncIterator[tuple[Any, ...]]:
        """The screen's changes while a turn is taken: (chat, box, rail, coach, problem)."""
        practice = self._room.get(practice_id, owner)
        scenario = self._room.scenario(practice)
        before = bubbles.history(practice, scenario)
        yield [*before, bubbles.agent(text)], gr.skip(), gr.skip(), "", ""
        async for event in self._room.turn(practice_id, text, owner):
            if isinstance(event, Waiting):
                yield [*before, bubbles.agent(text)], gr.skip(), gr.skip(), gr.skip(), widgets.problem(str(event))
            elif isinstance(event, Read):
                before = [*before, bubbles.agent(text)]
                yield before, "", gr.skip(), "", ""
            elif isinstance(event, Felt):
                now = self._room.get(practice_id, owner)
                typing = bubbles.typing(scenario)
                yield [*before, typing], gr.skip(), self._rail(now, scenario, owner), gr.skip(), gr.skip()
            elif isinstance(event, Said):
                line = bubbles.customer(event.spoken, final=event.final)
                yield [*before, line], gr.skip(), gr.skip(), gr.skip(), gr.skip()
        if self._room.get(practice_id, owner).over:
            yield gr.skip(), gr.update(interactive=False), gr.skip(), gr.skip(), gr.skip()

    def _rail(self, practice: Practice, scenario: Scenario, owner: str) -> str:
        if practice.exam and not practice.over:
            return '<div class="ek-rail"><p>Exam: what the customer feels is shown at the end.</p></div>'
        last = practice.exchanges[-1] if practice.exchanges else None
        return (
            widgets.rail(scenario, practice.state)
            + (coaching.turn(last) if last else "")
            + (curve(practice, self._left(practice, owner)) if len(practice.exchanges) > 1 or practice.parent else "")
        )

    def _hint(self, practice_id: str, request: gr.Request) -> tuple[Any, ...]:
        owner = self._gate.owner(request)
        try:
            found = self._room.hint(practice_id, owner)
            return coaching.hint(found, self._section(found.advice.guide)), ""
        except EvenKeelError as error:
            return gr.skip(), widgets.problem(str(error))

    async def _check(self, text: str, practice_id: str, request: gr.Request) -> tuple[Any, ...]:
        owner = self._gate.owner(request)
        try:
            found = await self._room.check(practice_id, text, owner)
            now = self._room.get(practice_id, owner).state
            return coaching.preview(found, text.strip(), (now.anger, now.trust)), ""
        except EvenKeelError as error:
            return gr.skip(), widgets.problem(str(error))

    def _undo(self, practice_id: str, request: gr.Request) -> tuple[Any, ...]:
        """A branch without the last turn, its words back in the box; the first branch stays stored."""
        owner = self._gate.owner(request)
        practice = self._room.get(practice_id, owner)
        return self._again(practice, len(practice.exchanges), owner)

    def _retry(self, practice_id: str, turn: int | None, request: gr.Request) -> tuple[Any, ...]:
        """A branch from before a turn, to say something else; its words are back in the box."""
        owner = self._gate.owner(request)
        return self._again(self._room.get(practice_id, owner), turn or 0, owner)

    def _again(self, practice: Practice, turn: int, owner: str) -> tuple[Any, ...]:
        """The branch that leaves a practice before one of its turns; the practice itself where it has none such."""
        if not 1 <= turn <= len(practice.exchanges):
            return self._show(practice, owner)
        try:
            branch = self._room.rewind(practice.id, turn - 1, owner)
        except PracticeOver as error:
            gr.Info(str(error))
            return self._show(practice, owner)
        return self._show(branch, owner, said=practice.exchanges[turn - 1].text)

    async def _finish(self, practice_id: str, request: gr.Request) -> tuple[Any, ...]:
        owner = self._gate.owner(request)
        return await self._ended(self._room.finish(practice_id, owner=owner), owner)

    async def _keep(self, practice_id: str, after: str, request: gr.Request) -> tuple[Any, ...]:
        owner = self._gate.owner(request)
        return await self._ended(self._room.finish(practice_id, after or "", owner), owner)

    async def _score_if_over(self, practice_id: str, request: gr.Request) -> tuple[Any, ...]:
        owner = self._gate.owner(request)
        if not practice_id or not (practice := self._room.get(practice_id, owner)).over:
            return tuple(gr.skip() for _ in self._end())
        return await self._ended(practice, owner)

    def _scored(self, practice_id: str, request: gr.Request) -> tuple[Practice, Scorecard, Scenario]:
        practice = self._room.scored(practice_id, self._gate.owner(request))
        scenario = self._room.scenario(practice)
        return practice, score(practice, scenario, self._rubric), scenario

    async def _ended(self, practice: Practice, owner: str) -> tuple[Any, ...]:
        """The scorecard; the turn to retry is the one that slipped."""
        scenario = self._room.scenario(practice)
        card = score(practice, scenario, self._rubric)
        better = None
        if card.worst:
            better = await counterfactual(practice, scenario, card.worst.turn, self._room.read)
            better = better if better.change > better.instead_of else None
        left = self._left(practice, owner)
        first = First(left, score(left, scenario, self._rubric)) if left else None
        shown = scorecard(card, practice, better, self._section, first)
        retry = card.worst.turn if card.worst else 0
        return shown, gr.Column(visible=True), retry, gr.Button(interactive=not practice.over)


def _short(said: str) -> str:
    return said if len(said) <= SHORT else f"{said[:SHORT].rstrip()} …"


def _label(scenario: Scenario) -> str:
    hard = scenario.difficulty.anger + 3 * len(scenario.hidden) - scenario.difficulty.patience
    level = "hard" if hard >= 88 or not scenario.winnable else "medium" if hard >= 74 else "gentle"
    return f"{scenario.title}: {scenario.persona.name} · {scenario.industry} · {scenario.channel} · {level}"
