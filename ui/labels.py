"""The labelling screen: one text and one yes/no question at a time, blind to what code or a judge said. For agents.

Each answer is on the disk before the next item is shown; who comes back goes on where they left.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.reply.draft import Draft
from assistant.roleplay.room import PracticeRoom
from evals.errors import EvalError
from evals.labelling import mixed, of_drafts, of_practices, of_turns, written
from evals.labels import ANSWERS, Answer, Item, Label, Labels
from evals.rubric import Criterion, load_rubric
from ui.events import script
from ui.gate import Gate
from ui.widgets import problem, text

KEYS: dict[Answer, str] = {"yes": "Y", "no": "N", "not applicable": "A", "cannot tell": "T"}
HELP = (
    '<p class="ek-small">Keys: <kbd>Y</kbd> yes, <kbd>N</kbd> no, <kbd>A</kbd> does not apply, <kbd>T</kbd> cannot '
    "tell, <kbd>B</kbd> back, <kbd>Q</kbd> takes the words that are selected as the quote.</p>"
)
DONE = (
    '<div class="ek-card" role="status"><h3>Nothing left to label</h3><p>Thank you. When somebody else has labelled '
    "the same texts too, <code>python -m evals calibrate --only labels</code> tells how far you agree with each "
    "other, and code and the judge with you. Practices that you end and drafts that you make come here as well.</p>"
    "</div>"
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What one person labels; kept by the server, and shown to its owner alone. ``at`` is the place of the item."""

    owner: str
    name: str
    items: tuple[Item, ...]
    at: int = 0


class LabelScreen:
    """Lays out the screen and wires it; make one inside a Blocks.

    Args:
        drafts: gives the drafts that are kept of an owner.
        folder: where labels are kept.
    """

    def __init__(self, room: PracticeRoom, drafts: Callable[[str], list[Draft]], folder: Path, gate: Gate) -> None:
        self._room = room
        self._drafts = drafts
        self._folder = folder
        self._gate = gate
        self._desk = gr.State(None)
        self._buttons: dict[Answer, gr.Button] = {}
        self._layout()
        self._wire()

    def refresh_on(self, event: Callable[..., Any]) -> None:
        """Collect what there is to label on an event."""
        event(self._start, self._name, self._all(), show_progress="hidden", api_visibility="private")

    def _layout(self) -> None:
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self._item = gr.HTML(elem_id="label-item", js_on_load=script("labels"))
            with gr.Column(scale=2, min_width=280):
                self._progress = gr.HTML(elem_id="label-progress")
                self._quote = gr.Textbox(
                    label="Words it rests on, if any",
                    lines=2,
                    elem_id="label-quote",
                )
                with gr.Row():
                    for answer in ANSWERS:
                        self._buttons[answer] = gr.Button(
                            f"{answer.capitalize()} ({KEYS[answer]})", min_width=120, size="sm", interactive=False,
                            elem_id=f"label-{answer.replace(' ', '-')}",
                        )  # fmt: skip
                self._back = gr.Button("Back (B)", size="sm", elem_id="label-back")
                self._problem = gr.HTML(elem_id="label-problem")
                self._name = gr.Textbox(
                    label="Your name: labels are kept apart by it", max_lines=1, elem_id="label-name"
                )
                gr.HTML(HELP)

    def _all(self) -> list[Any]:
        return [
            self._desk, self._item, self._progress, self._name, self._quote, *self._buttons.values(), self._problem
        ]  # fmt: skip

    def _wire(self) -> None:
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        for said in (self._name.submit, self._name.blur):
            said(self._renamed, [self._name, self._desk], self._all(), **quiet)
        for answer, button in self._buttons.items():
            button.click(self._keeps(answer), [self._desk, self._quote], self._all(), **quiet)
        self._back.click(self._step_back, self._desk, self._all(), **quiet)

    def _start(self, name: str, request: gr.Request) -> tuple[Any, ...]:
        """Everything that this person can label, at the first that they have not."""
        owner = self._gate.owner(request, "agent")
        chosen = owner if self._gate.accounts.any or not name.strip() else name
        own = [practice for _, practice in self._room.history(owner)]
        items = mixed(
            [*written(), *of_turns(), *of_practices(own, self._room.scenarios), *of_drafts(self._drafts(owner))]
        )
        try:
            labels = Labels(self._folder, chosen)
        except EvalError as error:
            return self._refused(str(error))
        return self._shown(Desk(owner, labels.name, tuple(items), _next(items, labels, 0)), labels)

    def _renamed(self, name: str, desk: Desk | None, request: gr.Request) -> tuple[Any, ...]:
        """Begin anew under another name; the same one leaves everything where it is."""
        mine = self._mine(desk, request)
        if mine and name.strip() == mine.name:
            return tuple(gr.skip() for _ in self._all())
        return self._start(name, request)

    def _keeps(self, answer: Answer) -> Callable[..., tuple[Any, ...]]:
        """What a button does."""

        def keep(desk: Desk | None, quote: str, request: gr.Request) -> tuple[Any, ...]:
            return self._answer(answer, desk, quote, request)

        return keep

    def _answer(self, answer: Answer, desk: Desk | None, quote: str, request: gr.Request) -> tuple[Any, ...]:
        """Keep the answer, and go on."""
        mine = self._mine(desk, request)
        if mine is None or mine.at >= len(mine.items):
            return self._refused("Open the tab again: there is no item to answer.")
        try:
            labels = Labels(self._folder, mine.name)
            labels.add(mine.items[mine.at], answer, quote)
        except (EvalError, OSError) as error:
            return self._refused(str(error))
        return self._shown(replace(mine, at=_next(mine.items, labels, mine.at + 1)), labels)

    def _step_back(self, desk: Desk | None, request: gr.Request) -> tuple[Any, ...]:
        mine = self._mine(desk, request)
        if mine is None or not mine.at:
            return self._refused("This is the first one.")
        return self._shown(replace(mine, at=mine.at - 1), Labels(self._folder, mine.name))

    def _mine(self, desk: Desk | None, request: gr.Request) -> Desk | None:
        """What is being labelled, if it is this person's."""
        owner = self._gate.owner(request, "agent")
        return desk if desk and desk.owner == owner else None

    def _shown(self, desk: Desk, labels: Labels) -> tuple[Any, ...]:
        item = desk.items[desk.at] if desk.at < len(desk.items) else None
        before = labels.said.get(item.id) if item else None
        fixed = self._gate.accounts.any
        return (
            desk,
            card(item, _rubric(item.rubric)[item.criterion], before) if item else DONE,
            progress(sum(i.id in labels.said for i in desk.items), len(desk.items)),
            gr.Textbox(value=desk.name, interactive=not fixed),
            before.quote if before else "",
            *(gr.Button(interactive=item is not None) for _ in self._buttons),
            "",
        )

    def _refused(self, why: str) -> tuple[Any, ...]:
        return tuple(problem(why) if part is self._problem else gr.skip() for part in self._all())


_rubric = cache(load_rubric)


def _next(items: list[Item] | tuple[Item, ...], labels: Labels, start: int) -> int:
    """The place of the first item without a label, from ``start`` on and then from the beginning; else the end."""
    order = [*range(start, len(items)), *range(start)]
    return next((i for i in order if items[i].id not in labels.said), len(items))


def card(item: Item, criterion: Criterion, before: Label | None) -> str:
    """The question with its anchors, and the text; nothing of what code or a judge said."""
    near = f"<dt>Nearly, but no</dt><dd>{text(criterion.near_miss)}</dd>" if criterion.near_miss else ""
    said = (
        f'<p class="ek-done">You said: <b>{text(before.answer)}</b>. Answer again to change it.</p>' if before else ""
    )
    background = f'<p class="ek-small">{text(item.background)}</p>' if item.background else ""
    return (
        f'<article class="ek-label"><h3 role="status">{text(criterion.asks)}</h3><dl><dt>Yes, for instance</dt>'
        f"<dd>{text(criterion.met)}</dd>{near}<dt>No, for instance</dt><dd>{text(criterion.not_met)}</dd></dl>{said}"
        f'{background}<div class="ek-judged" tabindex="0" role="region" aria-label="The text">{text(item.text)}</div>'
        "</article>"
    )


def progress(done: int, of: int) -> str:
    """How much is labelled."""
    share = 100 * done / of if of else 100
    return (
        f'<p><b>{done}</b> of {of} labelled</p><div class="ek-bar-track" role="progressbar" aria-label="Labelled" '
        f'aria-valuemin="0" aria-valuemax="{of}" aria-valuenow="{done}"><i style="width:{share:.0f}%"></i></div>'
    )
