"""The practice screen: pick a customer, talk, be coached, read the scorecard, try a turn again."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import gradio as gr

from assistant.errors import EvenKeelError, NotFound
from assistant.roleplay.levels import Level
from assistant.roleplay.practice import Practice
from assistant.roleplay.room import Felt, PracticeRoom, Said
from assistant.roleplay.scenario import Scenario
from assistant.waiting import Waiting
from evals.process import CHECKS
from evals.rubric import load_rubric
from evals.scorecard import Scorecard
from ui import chat as bubbles
from ui import coaching, widgets
from ui.ending import End
from ui.events import ANSWERED, ARRIVE, PRESSED, SETTLE, SHOW_CARD, SHOW_COACH, TO_PRACTICE, browser, quietly, safely
from ui.gate import Gate
from ui.lobby import Lobby
from ui.rail import Rail
from ui.scorecard import Passage
from ui.talk import Talk
from ui.widgets import Changes

OPENING = '<p class="ek-opening">Opening … If this stays, reload the page.</p>'
"""Shown until the server has told what this browser had open: nothing can be pressed that it would undo."""
KEPT = '<p class="ek-small" role="status">Kept. An empty box takes it back.</p>'
TAKEN_BACK = '<p class="ek-small" role="status">Taken back.</p>'
MOST_PAGES = 5_000
"""Open pages whose place is kept."""
LOBBY = "none"
"""Kept by the browser in place of a practice's id while it is in the lobby: Gradio does not store an empty value."""


class PracticeScreen:
    """Lays out the screen and wires it; make one inside a Blocks. ``gate`` tells whose practices they are.

    Every handler gives a dict of the components it changes; the rest stays as it is.
    """

    def __init__(self, room: PracticeRoom, section: Passage, gate: Gate) -> None:
        self._room = room
        self._gate = gate
        self._section = section
        self._places: dict[str, str] = {}
        rubric = load_rubric("process", CHECKS)
        self.practice = gr.BrowserState(LOBBY, storage_key="even-keel-practice", secret="even-keel")
        self._opening = gr.HTML(OPENING)
        self._lobby = Lobby(room, rubric)
        self._talk = Talk()
        self._end = End(room, rubric, section)
        with gr.Row(visible=False, equal_height=False, elem_id="stage") as self._stage:
            with gr.Column(scale=2, min_width=320, elem_id="talk"):
                self._talk.build_chat()
                self._end.build_banner()
                self._talk.build_back()
                self._end.build_card(self.practice, self._scored)
            with gr.Column(scale=1, min_width=240, elem_id="beside"):
                self._rail = Rail()
        self._wire()

    def restore_on(self, load: Callable[..., Any]) -> None:
        """Bring back the practice that this browser had open when the page loads."""
        restored = load(self._ended(self._restore), self.practice, self._all, **quietly())
        browser(restored.then, ARRIVE)

    def reopen_on(self, chosen: Callable[..., Any]) -> None:
        """Open a past practice on an event that names it, and turn to this screen."""
        browser(self._on(chosen, self._reopen, None).then, TO_PRACTICE)

    def after_turn(self, refresh: Callable[..., Any]) -> None:
        """Wire what is to be looked at anew when a turn was taken: ``refresh`` takes the event."""
        refresh(self._sent.then)

    @property
    def _all(self) -> list[Any]:
        parts = (self._lobby, self._talk, self._end, self._rail)
        return [
            self.practice,
            self._opening,
            self._stage,
            *(component for part in parts for component in part.outputs),
        ]

    def _wire(self) -> None:
        talk, end, lobby = self._talk, self._end, self._lobby
        for begun in (
            self._on(lobby.begin.click, self._start, [lobby.suggested, *lobby.chosen]),
            self._on(lobby.chooser.select, self._start_chosen, lobby.chosen),
        ):
            begun.then(self._warm, self.practice, None, **quietly())
        self._on(lobby.go_on.click, self._go_on, lobby.left_off)
        browser(talk.said.submit, PRESSED)  # before the event: the page tells the listeners one after the other
        self._sent = talk.said.submit(self._ended(self._send), [talk.said, self.practice], self._all, **quietly())
        browser(self._sent.then, ANSWERED)
        self._on(self._sent.then, self._score_if_over, self.practice)
        self._on(talk.undo.click, self._undo, self.practice)
        self._on(talk.rewind.click, self._retry, [self.practice, talk.turns])
        self._on(end.retry.click, self._retry, [self.practice, end.slip])
        self._on(talk.other.click, self._first_way, self.practice)
        self._on(talk.later.click, self._later_way, self.practice)
        self._on(talk.finish.click, self._finish, self.practice)
        end.keep.click(self._safe(self._keep), [self.practice, end.feeling], self._all, **quietly())
        self._on(talk.leave.click, self._leave, None)
        self._on(end.another.click, self._leave, None)
        browser(self._on(talk.hint.click, self._hint, self.practice).then, SHOW_COACH)
        browser(self._on(talk.check.click, self._check, [talk.said, self.practice]).then, SHOW_COACH)
        browser(end.see.click, SHOW_CARD)

    def _on(self, event: Callable[..., Any], handler: Callable[..., Any], inputs: Any) -> Any:
        """Wire a handler whose errors are shown beside what caused them."""
        done = event(self._safe(handler), inputs, self._all, **quietly())
        browser(done.then, SETTLE)
        return done

    def _safe(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Its errors stand in the lobby and below the box: only one of them is visible."""
        return safely(handler, self._talk.problem, self._lobby.problem)

    def _ended(self, handler: Callable[..., AsyncIterator[Changes]]) -> Callable[..., AsyncIterator[Changes]]:
        """The handler, with a last step that leaves alone what may be typed in by then.

        The last that a handler gives is set once more when it ends. It is needed: what is hidden and shown again
        within a moment may stay hidden in a browser that is told once.
        """
        typed = (*self._lobby.chosen, self._talk.said, self._end.feeling)

        @functools.wraps(handler)
        async def whole(*inputs: Any) -> AsyncIterator[Changes]:
            last: Changes = {}
            async for last in handler(*inputs):
                yield last
            if any(c in typed for c in last):  # until an event has ended Enter is not heard: no step for nothing
                yield {c: change for c, change in last.items() if c not in typed}

        return whole

    def _start(self, scenario_id: str, exam: bool, before: str, level: Level, request: gr.Request) -> Changes:
        owner = self._gate.owner(request)
        practice = self._room.start(scenario_id, owner, exam=exam, before=before or "", level=level)
        return self._show(practice, request)

    def _start_chosen(
        self, exam: bool, before: str, level: Level, chosen: gr.EventData, request: gr.Request
    ) -> Changes:
        return self._start(str(chosen.scenario), exam, before, level, request)

    async def _warm(self, practice_id: str, request: gr.Request) -> None:
        with suppress(EvenKeelError):  # a practice that went meanwhile needs no warming
            await self._room.warm(practice_id, self._gate.owner(request))

    def _show(self, practice: Practice, request: gr.Request, said: str = "") -> Changes:
        """The whole screen for a practice that goes on."""
        scenario, owner = self._room.scenario(practice), self._gate.owner(request)
        self._moves_to(practice.id, request)
        return {
            self.practice: practice.id,
            self._opening: "",
            self._stage: gr.Row(visible=True),
            **self._lobby.hidden(),
            **self._talk.shown(practice, scenario, said),
            **self._rail.shown(practice, scenario, self._room.left(practice, owner)),
            **self._end.hidden(),
        }

    async def _open(self, practice: Practice, request: gr.Request) -> Changes:
        """The screen of a practice that was begun before, with its end if it is over."""
        owner = self._gate.owner(request)
        shown = self._show(practice, request)
        later = await asyncio.to_thread(self._room.later, practice, owner)
        shown |= self._talk.branched(later is not None)
        if not practice.over:
            return shown
        return shown | await self._end.shown(practice, self._room.left(practice, owner))

    def _moves_to(self, place: str, request: gr.Request) -> None:
        """Keep which practice a page shows, or that it is in the lobby."""
        self._places[str(request.session_hash)] = place
        while len(self._places) > MOST_PAGES:
            self._places.pop(next(iter(self._places)))

    @property
    def _nothing(self) -> Changes:
        """No change."""
        return {self.practice: gr.skip()}

    def _shows(self, practice_id: str, request: gr.Request) -> bool:
        """Whether a page still shows a practice: an answer that comes late is stored, and shown nowhere else."""
        return self._places.get(str(request.session_hash), practice_id) == practice_id

    def _leave(self, request: gr.Request) -> Changes:
        """Back to the choice of customers."""
        self._moves_to(LOBBY, request)
        return {
            self.practice: LOBBY,
            self._opening: "",
            self._stage: gr.Row(visible=False),
            **self._lobby.shown(self._gate.owner(request)),
        }

    async def _restore(self, practice_id: str, request: gr.Request) -> AsyncIterator[Changes]:
        """What this browser had open; a turn whose answer was lost when it closed gets it now."""
        owner = self._gate.owner(request)
        try:
            if practice_id == LOBBY:
                raise NotFound("Nothing was open.")
            practice = self._room.get(practice_id, owner)
            yield await self._open(practice, request)
            if practice.exchanges and not practice.exchanges[-1].line:
                whole = await self._room.answered(practice_id, owner)
                shown = self._shows(practice_id, request)
                yield await self._open(whole, request) if shown else self._nothing
        except NotFound:  # what fails for another reason leaves the browser its practice
            yield await asyncio.to_thread(self._leave, request)

    async def _go_on(self, practice_id: str, request: gr.Request) -> Changes:
        """A practice that was left before its end, with an answer that was on its way then."""
        owner = self._gate.owner(request)
        self._moves_to(practice_id, request)
        whole = await self._room.answered(practice_id, owner)
        return await self._open(whole, request) if self._shows(practice_id, request) else self._nothing

    async def _reopen(self, chosen: gr.EventData, request: gr.Request) -> Changes:
        """A practice of the past, if it is theirs and can still be read."""
        practice = self._room.get(str(chosen.practice), self._gate.owner(request))
        self._room.scenario(practice)
        return await self._go_on(practice.id, request)

    async def _first_way(self, practice_id: str, request: gr.Request) -> Changes:
        """The branch that this one left."""
        owner = self._gate.owner(request)
        practice = self._room.get(practice_id, owner)
        return await self._open(self._room.left(practice, owner) or practice, request)

    async def _later_way(self, practice_id: str, request: gr.Request) -> Changes:
        """The branch that left this one last."""
        owner = self._gate.owner(request)
        practice = self._room.get(practice_id, owner)
        later = await asyncio.to_thread(self._room.later, practice, owner)
        return await self._open(later or practice, request)

    async def _send(self, text: str, practice_id: str, request: gr.Request) -> AsyncIterator[Changes]:
        owner = self._gate.owner(request)
        try:
            async for step in self._turn(text, practice_id, owner):
                yield step if self._shows(practice_id, request) else self._nothing
        except EvenKeelError as error:
            if not self._shows(practice_id, request):
                yield self._nothing
                return
            typed = {self._talk.said: text} if text.strip() else {}  # else the box was not emptied: leave it alone
            told = {self._talk.problem: widgets.problem(str(error))}
            yield typed | told | self._stored(practice_id, owner)
        if self._places.get(str(request.session_hash)) == LOBBY:
            yield await asyncio.to_thread(self._lobby.offered, owner)

    def _stored(self, practice_id: str, owner: str) -> Changes:
        """The chat as it is stored, whatever was shown meanwhile."""
        with suppress(EvenKeelError):
            practice = self._room.get(practice_id, owner)
            return {self._talk.chat: bubbles.history(practice, self._room.scenario(practice))}
        return {}

    async def _turn(self, text: str, practice_id: str, owner: str) -> AsyncIterator[Changes]:
        """The screen's changes while a turn is taken."""
        talk = self._talk
        practice = self._room.get(practice_id, owner)
        scenario = self._room.scenario(practice)
        before = [*bubbles.history(practice, scenario), bubbles.agent(text), bubbles.typing(scenario)]
        if text.strip():
            yield {talk.chat: before, talk.said: "", talk.problem: "", self._rail.coach: ""}
        async for event in self._room.turn(practice_id, text, owner):
            if isinstance(event, Waiting):
                yield {talk.problem: widgets.problem(str(event))}
            elif isinstance(event, Felt):
                now = self._room.get(practice_id, owner)
                before = bubbles.history(now, scenario)  # with the answer to the turn before, if it had been lost
                felt = self._rail.moved(now, scenario, self._room.left(now, owner))
                yield {talk.chat: before, talk.problem: ""} | felt
            elif isinstance(event, Said):
                yield {talk.chat: [*before[:-1], bubbles.customer(event.spoken, final=event.final)]}
        now = self._room.get(practice_id, owner)
        yield talk.back(now) | talk.composed(now)

    def _hint(self, practice_id: str, request: gr.Request) -> Changes:
        found = self._room.hint(practice_id, self._gate.owner(request))
        shown = coaching.hint(found, self._section(found.advice.guide))
        return {self._rail.coach: shown, self._talk.problem: ""}

    async def _check(self, text: str, practice_id: str, request: gr.Request) -> Changes:
        owner = self._gate.owner(request)
        found = await self._room.check(practice_id, text, owner)
        if not self._shows(practice_id, request):
            return self._nothing
        now = self._room.get(practice_id, owner).state
        shown = coaching.preview(found, text.strip(), (now.anger, now.trust))
        return {self._rail.coach: shown, self._talk.problem: ""}

    def _undo(self, practice_id: str, request: gr.Request) -> Changes:
        """A branch without the last turn, its words back in the box; the first branch stays stored."""
        owner = self._gate.owner(request)
        practice = self._room.get(practice_id, owner)
        return self._again(practice, len(practice.exchanges), request)

    def _retry(self, practice_id: str, turn: int | None, request: gr.Request) -> Changes:
        """A branch from before a turn, to say something else; its words are back in the box."""
        return self._again(self._room.get(practice_id, self._gate.owner(request)), turn or 0, request)

    def _again(self, practice: Practice, turn: int, request: gr.Request) -> Changes:
        """The branch that leaves a practice before one of its turns."""
        if not 1 <= turn <= len(practice.exchanges):
            return {self._talk.problem: widgets.problem("There is no turn of yours to take back yet.")}
        branch = self._room.rewind(practice.id, turn - 1, self._gate.owner(request))
        return self._show(branch, request, said=practice.exchanges[turn - 1].text)

    async def _finish(self, practice_id: str, request: gr.Request) -> Changes:
        return await self._open(self._room.finish(practice_id, owner=self._gate.owner(request)), request)

    async def _keep(self, practice_id: str, after: str, request: gr.Request) -> Changes:
        owner = self._gate.owner(request)
        practice = self._room.finish(practice_id, after or "", owner)
        shown = await self._end.shown(practice, self._room.left(practice, owner))
        return shown | {self._end.feeling: gr.skip(), self._end.kept: KEPT if practice.after.strip() else TAKEN_BACK}

    async def _score_if_over(self, practice_id: str, request: gr.Request) -> Changes:
        if practice_id == LOBBY:  # they left while the customer was answering
            return self._nothing
        practice = self._room.get(practice_id, self._gate.owner(request))
        if not practice.over or not self._shows(practice_id, request):
            return self._nothing
        return await self._open(practice, request) | {self._end.feeling: gr.skip()}  # it may be written in by now

    def _scored(self, practice_id: str, request: gr.Request) -> tuple[Practice, Scorecard, Scenario]:
        return self._end.scored(self._room.scored(practice_id, self._gate.owner(request)))
