"""The scenario editor: any scenario to be read, one's own to be written, checked while one types. For admins.

What is typed is kept in the browser at every stroke, a draft for each scenario, until it is saved or discarded.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import gradio as gr

from assistant.errors import EvenKeelError, ScenarioError, UnknownScenario
from assistant.roleplay import patterns
from assistant.roleplay.authoring import rehearse, scaffold
from assistant.roleplay.references import Referable
from assistant.roleplay.review import Review, review
from assistant.roleplay.room import PracticeRoom
from assistant.roleplay.shelf import Shelf
from knowledge import Library
from ui import scenario_view as view
from ui.events import AFTER_A_PAUSE, KEEP_DRAFT, READ_BY_KEYBOARD, TO_PRACTICE
from ui.gate import Gate

Desk = dict[str, Any]
"""What the browser keeps: ``open`` (a name), ``seen`` (its file as opened), ``drafts`` (name → text and seen),
``whose`` it is, and what is put ``aside`` of others who signed in here (account → the first three)."""
EMPTY: Desk = {"open": "", "seen": "", "drafts": {}}
NOTHING: Desk = {**EMPTY, "whose": "", "aside": {}}
MINE = "yours"


class ScenarioScreen:
    """Lays out the editor and wires it; make one inside a Blocks. Every handler asks for an admin."""

    def __init__(self, shelf: Shelf, room: PracticeRoom, gate: Gate, library: Library) -> None:
        self._shelf = shelf
        self._library = library
        self._room = room
        self._gate = gate
        self._layout()
        self._wire()

    def refresh_on(self, event: Callable[..., Any]) -> None:
        """List the scenarios anew, and bring back what this browser had open, on an event."""
        event(self._restore, self._desk, self._all(), show_progress="hidden", api_visibility="private")

    def practise_in(self, practice: Any) -> Callable[..., Any]:
        """Have the button start a practice whose id goes to ``practice``; gives the event that follows."""
        begun = self._practise.click(
            self._begin_practice, self._desk, [practice, self._note], api_visibility="private"
        )
        begun.success(None, None, None, js=TO_PRACTICE)
        event: Callable[..., Any] = begun.success
        return event

    def _layout(self) -> None:
        self._desk = gr.BrowserState(NOTHING, storage_key="even-keel-scenarios", secret="even-keel")
        with gr.Row(equal_height=False, elem_id="scenario-editor"):
            with gr.Column(scale=2, min_width=250):
                self._names = gr.Radio([], label="Scenarios", elem_id="scenario-names")
                self._new_id = gr.Textbox(
                    label="Id of a new one", placeholder="lost-luggage", max_lines=1, elem_id="scenario-id"
                )
                with gr.Row():
                    self._new = gr.Button("Begin a new one", size="sm", min_width=130, elem_id="scenario-new")
                    self._copy = gr.Button("Copy as my own", size="sm", min_width=130, elem_id="scenario-copy")
            with gr.Column(scale=5, min_width=320):
                self._note = gr.HTML(elem_id="scenario-note")
                self._code = gr.Code(
                    language="yaml", label="The scenario's file (YAML)", lines=22, max_lines=30, interactive=False,
                    wrap_lines=True, elem_id="scenario-text", buttons=[],
                )  # fmt: skip
                with gr.Row(elem_id="scenario-actions"):
                    small: dict[str, Any] = {"size": "sm", "min_width": 110}
                    self._save = gr.Button(
                        "Save", variant="primary", interactive=False, elem_id="scenario-save", **small
                    )
                    self._play = gr.Button("Play it with scripted agents", elem_id="scenario-play", **small)
                    self._practise = gr.Button("Practise it", interactive=False, elem_id="scenario-practise", **small)
                    self._discard = gr.Button(
                        "Discard my changes", visible=False, elem_id="scenario-discard", **small
                    )
                self._played = gr.HTML(elem_id="scenario-played")
                with gr.Accordion("Remove this scenario", open=False, visible=False) as self._gone:
                    self._sure = gr.Checkbox(
                        label="Delete it for good; practices of it can no longer be opened", elem_id="scenario-sure"
                    )
                    self._remove = gr.Button("Remove it", size="sm", variant="stop", elem_id="scenario-remove")
            with gr.Column(scale=4, min_width=300):
                self._review = gr.HTML(view.EMPTY, elem_id="scenario-review")

    def _all(self) -> list[Any]:
        """What opening a scenario touches."""
        return [
            self._desk, self._names, self._code, self._note, self._review, self._played, self._save, self._discard,
            self._practise, self._gone, self._sure,
        ]  # fmt: skip

    def _wire(self) -> None:
        hidden: dict[str, Any] = {"api_visibility": "private"}
        self._code.input(None, [self._code, self._desk], self._desk, js=KEEP_DRAFT, **hidden)
        # An event reads its inputs when it begins, at times before the last stroke is in them: the pause comes first.
        paused = self._code.input(None, None, None, js=AFTER_A_PAUSE, **hidden)
        whole = paused.then(None, [self._code, self._desk], self._desk, js=KEEP_DRAFT, **hidden)
        whole.then(
            self._look, [self._code, self._desk], [self._review, self._save, self._discard, self._practise],
            trigger_mode="always_last", show_progress="hidden", **hidden,
        )  # fmt: skip
        picked = self._names.input(self._pick, [self._names, self._desk], self._all(), **hidden)
        picked.then(None, None, None, js=READ_BY_KEYBOARD)
        self._new.click(self._begin, [self._new_id, self._desk], self._all(), **hidden)
        self._copy.click(self._copied, [self._new_id, self._desk], self._all(), **hidden)
        self._save.click(self._saved, [self._code, self._desk], self._all(), **hidden)
        self._discard.click(self._discarded, self._desk, self._all(), **hidden)
        self._remove.click(self._removed, [self._sure, self._desk], self._all(), **hidden)
        self._play.click(self._rehearsed, self._code, self._played, concurrency_limit=2, **hidden)

    def _look(self, text: str, desk: Desk, request: gr.Request) -> tuple[Any, ...]:
        """While somebody types: what is to be mended, and the preview."""
        self._gate.owner(request, "admin")
        found = self._look_through(text or "")
        changed = text != desk["seen"]
        shown = self._reviewed(found, text), self._may_save(found, desk)
        return *shown, gr.Button(visible=changed), self._may_practise(desk)

    def _restore(self, desk: Desk, request: gr.Request) -> tuple[Any, ...]:
        user = self._gate.screen_user(request)
        if not (user and user.may("admin")):
            return tuple(gr.skip() for _ in self._all())
        mine = desk_of(user.name, desk)
        return self._shown(mine, mine["open"])

    def _pick(self, name: str, desk: Desk, request: gr.Request) -> tuple[Any, ...]:
        self._gate.owner(request, "admin")
        return self._shown(desk, name)

    def _begin(self, new_id: str, desk: Desk, request: gr.Request) -> tuple[Any, ...]:
        return self._drafted(new_id.strip(), desk, request, scaffold)

    def _copied(self, new_id: str, desk: Desk, request: gr.Request) -> tuple[Any, ...]:
        if not desk["open"]:
            self._gate.owner(request, "admin")
            return self._said(view.refused("Pick the one to copy first."))
        return self._drafted(new_id.strip(), desk, request, lambda new: self._shelf.copy(desk["open"], new))

    def _drafted(self, new_id: str, desk: Desk, request: gr.Request, made: Callable[[str], str]) -> tuple[Any, ...]:
        """Open a new text that is not kept yet."""
        self._gate.owner(request, "admin")
        try:
            self._shelf.check_free(new_id)
            if new_id in desk["drafts"]:
                raise ScenarioError(f"You have begun '{new_id}' already: it is in the list.")
            draft = {"text": made(new_id), "seen": ""}
        except EvenKeelError as error:
            return self._said(view.refused(str(error)))
        return self._shown({**desk, "drafts": {**desk["drafts"], new_id: draft}}, new_id)

    def _saved(self, text: str, desk: Desk, request: gr.Request) -> tuple[Any, ...]:
        self._gate.owner(request, "admin")
        try:
            scenario = self._shelf.save(text, desk["seen"])
        except ScenarioError as error:
            return self._said(view.refused(str(error)))
        said = f"'{scenario.id}' is kept. Trainees can practise it from now on."
        return self._shown(_without(desk, desk["open"], scenario.id), scenario.id, view.done(said))

    def _discarded(self, desk: Desk, request: gr.Request) -> tuple[Any, ...]:
        self._gate.owner(request, "admin")
        return self._shown(_without(desk, desk["open"]), desk["open"], view.done("Your changes were discarded."))

    def _removed(self, sure: bool, desk: Desk, request: gr.Request) -> tuple[Any, ...]:
        self._gate.owner(request, "admin")
        if not sure:
            return self._said(view.refused("Tick the box first: this cannot be undone."))
        try:
            self._shelf.remove(desk["open"])
        except UnknownScenario as error:
            return self._said(view.refused(str(error)))
        return self._shown(_without(desk, desk["open"]), "", view.done(f"'{desk['open']}' was removed."))

    async def _rehearsed(self, text: str, request: gr.Request) -> str:
        self._gate.owner(request, "admin")
        if not (text or "").strip():
            return view.refused("Pick a scenario first, or begin a new one.")
        scenario = review(text).scenario
        if scenario is None:
            return view.refused("It cannot be played yet: mend what is named first.")
        return view.played(await asyncio.to_thread(rehearse, scenario, patterns.read), scenario)

    def _begin_practice(self, desk: Desk, request: gr.Request) -> tuple[str, str]:
        owner = self._gate.owner(request, "admin")
        if desk["open"] not in self._room.scenarios:
            raise gr.Error("Open a scenario that is kept first: what is not saved cannot be practised.")
        if _unsaved(desk):
            raise gr.Error("Save your changes first, or discard them: a practice plays what is kept.")
        return self._room.start(desk["open"], owner).id, ""

    def _shown(self, desk: Desk, name: str, note: str = "") -> tuple[Any, ...]:
        """The whole screen with a scenario open, as its draft where there is one."""
        draft = desk["drafts"].get(name)
        try:
            text = draft["text"] if draft else self._shelf.text(name) if name else ""
        except UnknownScenario as error:
            name, text, note = "", "", note or view.refused(str(error))
        seen = draft["seen"] if draft else text
        own = bool(draft) or name in self._shelf.own
        if draft and not note:
            note = view.done("You have not saved this yet; it is kept in this browser. Save it to practise it.")
        elif name and not own and not note:
            note = view.done("Built in, to be read. To change it, copy it under an id of your own.")
        now: Desk = {**desk, "open": name, "seen": seen}
        found = self._look_through(text)
        return (
            now,
            gr.Radio(choices=self._choices(now), value=name or None),
            gr.Code(value=text, interactive=own),
            note,
            self._reviewed(found, text) if name else view.EMPTY,
            "",
            self._may_save(found, now),
            gr.Button(visible=bool(draft)),
            self._may_practise(now),
            gr.Accordion(visible=name in self._shelf.own, open=False),
            False,
        )

    def _look_through(self, text: str) -> Review:
        return review(text, Referable.of(self._library))

    def _said(self, note: str) -> tuple[Any, ...]:
        """Nothing changes but the note."""
        return tuple(note if part is self._note else gr.skip() for part in self._all())

    def _reviewed(self, found: Review, text: str) -> str:
        orphans = found.scenario is not None and self._shelf.orphans(found.scenario)
        return view.review_shown(found, text, orphans)

    def _may_save(self, found: Review, desk: Desk) -> Any:
        own = desk["open"] in self._shelf.own or desk["open"] in desk["drafts"]
        return gr.Button(interactive=found.scenario is not None and own)

    def _may_practise(self, desk: Desk) -> Any:
        """Only what is kept can be practised: a button that fails when it is pressed helps nobody."""
        return gr.Button(interactive=desk["open"] in self._room.scenarios and not _unsaved(desk))

    def _choices(self, desk: Desk) -> list[tuple[str, str]]:
        """One's own first, then the built-in ones."""
        mine = {name: "not saved" for name in desk["drafts"]} | {name: MINE for name in self._shelf.own}
        mine |= {name: f"{MINE}, changes not saved" for name in desk["drafts"] if name in self._shelf.own}
        mine |= {name: f"{MINE}, to mend" for name in self._shelf.broken}
        built_in = [s for s in self._shelf.scenarios.values() if s.id not in mine]
        return [(f"{name} ({how})", name) for name, how in sorted(mine.items())] + [
            (s.title, s.id) for s in sorted(built_in, key=lambda s: s.title)
        ]


def desk_of(account: str, desk: Desk) -> Desk:
    """The desk of who is signed in: what another left unsaved in this browser is put aside until they come back."""
    if desk["whose"] == account:
        return desk
    aside = dict(desk["aside"])
    if desk["whose"]:
        aside[desk["whose"]] = {part: desk[part] for part in EMPTY}
    return {**aside.pop(account, EMPTY), "whose": account, "aside": aside}


def _unsaved(desk: Desk) -> bool:
    """Whether what is open was changed and not kept."""
    draft = desk["drafts"].get(desk["open"])
    return bool(draft) and draft["text"] != draft["seen"]


def _without(desk: Desk, *names: str) -> Desk:
    return {**desk, "drafts": {name: draft for name, draft in desk["drafts"].items() if name not in names}}
