"""Documents of one's own: added with the state of each file, listed, removed. For admins."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import gradio as gr
from pydantic import ValidationError

from assistant.reply.authority import told
from knowledge import KnowledgeError, Library, SyncReport
from knowledge.load import SUFFIXES
from knowledge.uploads import Form, Upload, list_uploads, remove_upload, save_upload, take_back
from ui.gate import Gate
from ui.widgets import problem, text

WRONG = {
    "set": "a short name of small letters, figures and hyphens, such as shop",
    "effective": "a date like 2026-01-01",
}
TICK = 0.5
"""Seconds between two looks at what takes long."""
State = Literal["waiting", "reading", "kept", "refused", "indexing", "done"]
SIGNS: dict[State, str] = {
    "waiting": "·", "reading": "…", "kept": "✓", "refused": "✕", "indexing": "…", "done": "✓"
}  # fmt: skip


class Uploading:
    """The form and the list; make one inside a Blocks.

    Args:
        uploads: where added documents are kept.
    """

    def __init__(self, library: Library, uploads: Path, gate: Gate) -> None:
        self._library = library
        self._uploads = uploads
        self._gate = gate
        with gr.Accordion("Documents of your own", open=False) as self.shown:
            self._layout()

    def refresh_on(self, event: Callable[..., Any]) -> None:
        """List what was added anew on an event."""
        event(self._list, None, [self._gone, self._remove], show_progress="hidden", api_visibility="private")

    def refresh_after(self, refresh: Callable[[Callable[..., Any]], None]) -> None:
        """Wire the form; ``refresh`` is given the event after which the library is another."""
        hidden: dict[str, Any] = {"api_visibility": "private"}
        form = [self._files, self._kind, self._set, self._audience, self._from, self._to]
        added = self._add.click(self._take, form, [self._report, self._files], show_progress="hidden", **hidden)
        refresh(added.then)
        removed = self._remove.click(
            self._drop, self._gone, [self._report, self._gone], show_progress="hidden", **hidden
        )
        refresh(removed.then)

    def _layout(self) -> None:
        self._files = gr.File(
            label="Files", file_count="multiple", file_types=sorted(SUFFIXES), elem_id="library-files", height=170,
        )  # fmt: skip
        gr.HTML('<p class="ek-small">Markdown, text, HTML, PDF, DOCX, or a CSV of macros; at most 20 MB each.</p>')
        self._kind = gr.Radio(
            [
                ("Policy: may authorise offers", "policy"),
                ("Guide: says how to word things", "guide"),
                ("As the document says", ""),
            ],
            value="policy",
            label="What they are",
        )
        self._set = gr.Textbox(label="Whose policy (a short name)", placeholder="shop", max_lines=1)
        self._audience = gr.Radio(
            [
                ("As the document says, else anybody", ""),
                ("Public", "public"),
                ("Internal: warn before it is copied to a customer", "internal"),
            ],
            value="",
            label="Who may read them",
        )
        with gr.Row():
            self._from = gr.Textbox(label="In force from", placeholder="2026-01-01", max_lines=1, min_width=110)
            self._to = gr.Textbox(label="Through", placeholder="2026-12-31", max_lines=1, min_width=110)
        self._add = gr.Button("Add to the library", variant="primary", elem_id="library-add")
        self._report = gr.HTML(elem_id="library-report")
        self._gone = gr.Radio([], label="What you added", elem_id="library-own")
        self._remove = gr.Button("Remove it", size="sm", elem_id="library-remove")

    def _list(self) -> tuple[Any, Any]:
        """What there is to choose from. What is chosen stays: the list may come after somebody has chosen."""
        mine = list_uploads(self._uploads)
        said = "What you added: choose one to remove it" if mine else "Nothing of your own yet: add files above"
        choices = [(_label(u), u.path.name) for u in mine]
        return gr.Radio(choices=choices, label=said), gr.Button(visible=bool(mine))

    async def _take(
        self, files: list[str] | None, kind: str, policy_set: str, audience: str, start: str, end: str,
        request: gr.Request,
    ) -> AsyncIterator[tuple[Any, Any]]:  # fmt: skip
        """Keep each file, then index; says of each, while it lasts, what becomes of it."""
        self._gate.owner(request, "admin")
        if not files:
            yield problem("Choose one or more files first."), gr.skip()
            return
        form = _form(kind, policy_set, audience, start, end)
        if isinstance(form, str):
            yield problem(form), gr.skip()
            return
        paths = [Path(f) for f in files]
        kept: dict[int, Path] = {}
        states: list[tuple[State, str]] = [("waiting", "waits")] * len(paths)
        for i, path in enumerate(paths):
            task = asyncio.create_task(asyncio.to_thread(self._keep, path, form))
            async for seconds in _while(task):
                states[i] = ("reading", f"being read, {seconds:.0f} s; you can go on working meanwhile")
                yield _report(paths, states), gr.skip()
            found = task.result()
            if isinstance(found, Path):
                kept[i] = found
            states[i] = ("kept", "kept") if i in kept else ("refused", str(found))
            yield _report(paths, states), gr.skip()
        if kept:
            async for whole in self._indexed(kept, states):
                yield _report(paths, states, whole), gr.skip()
        # What was refused stays chosen: it may only want a box of the form filled in.
        yield gr.skip(), [str(path) for path in paths if path.exists()] or None

    def _keep(self, path: Path, form: Form) -> Path | str:
        """Where a file is kept, or why it cannot be taken; that does not stop the others."""
        try:
            kept = save_upload(self._uploads, path.name, path.read_bytes(), form, replace=True)
        except KnowledgeError as error:
            return str(error).removeprefix(path.name).lstrip(": ").strip()
        except OSError as error:
            return f"It cannot be kept: {error.strerror}."
        path.unlink(missing_ok=True)  # the copy that the upload left
        return kept

    async def _indexed(
        self, kept: Mapping[int, Path], states: list[tuple[State, str]]
    ) -> AsyncIterator[tuple[State, str]]:
        """The states of bringing the search in step; at its end each file's own is set in ``states``."""
        task = asyncio.create_task(asyncio.to_thread(self._library.sync))
        async for seconds in _while(task):
            yield "indexing", f"being indexed, {seconds:.0f} s: {self._library.syncing or 'it begins soon'}"
        try:
            result = task.result()
        except KnowledgeError as error:
            yield "refused", str(error)
            return
        for i, path in kept.items():
            why = await asyncio.to_thread(take_back, self._uploads, path, result)
            states[i] = ("refused", why) if why else ("done", await asyncio.to_thread(self._said, path, result))
        yield "done", f"The library is in step ({result})."

    def _said(self, path: Path, result: SyncReport) -> str:
        """What may be done with a file that was taken, how it was read, and what a policy authorises."""
        meta = result.read.get(str(path))
        if meta is None:
            return "as it was: nothing to read anew"
        today = date.today()
        marks = ", ".join(meta.marks(today))
        if not meta.holds(today):
            return f"kept, and not cited ({marks})"
        said = f"can be read, searched and cited now ({marks})"
        if meta.kind == "guide":
            return said
        return f"{said}. {told(section.text for section in self._library.sections(meta.id))}"

    def _drop(self, name: str | None, request: gr.Request) -> tuple[str, Any]:
        """What became of removing a document, and what is chosen after it."""
        self._gate.owner(request, "admin")
        if not name:
            return problem("Choose which one first."), gr.skip()
        try:
            remove_upload(self._uploads, name)
            result = self._library.sync()
        except KnowledgeError as error:
            return problem(str(error)), gr.skip()
        return f'<p class="ek-done" role="status">{text(name)} was removed ({text(result)}).</p>', None


async def _while(task: "asyncio.Task[Any]") -> AsyncIterator[float]:
    """The seconds since now, every half second, until the task has ended, well or not."""
    began = time.monotonic()
    while not task.done():
        yield time.monotonic() - began
        await asyncio.wait([task], timeout=TICK)


def _form(kind: str, policy_set: str, audience: str, start: str, end: str) -> Form | str:
    """What the form says, or what is wrong with it."""
    given = {"kind": kind, "audience": audience, "effective": start.strip(), "expires": end.strip()}
    given |= {"set": policy_set.strip().lower()} if kind != "guide" else {}
    try:
        return Form.model_validate({name: value for name, value in given.items() if value})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        if first["type"] == "period":
            return f"That document would never be in force: {first['msg']}."
        return f"'{given[field]}' is not {WRONG.get(field, 'a date like 2026-12-31')}."


def _report(
    paths: Sequence[Path], states: Sequence[tuple[State, str]], whole: tuple[State, str] | None = None
) -> str:
    """The state of each file, and of indexing them all."""
    rows = [_row(path.name, *state) for path, state in zip(paths, states, strict=True)]
    rows += [_row("All", *whole)] if whole else []
    busy = any(state in ("reading", "indexing") for state, _ in (*states, *([whole] if whole else [])))
    bar = '<div class="ek-busy" role="progressbar" aria-label="Being read"><i></i></div>' if busy else ""
    return f'<ul class="ek-files" role="status" aria-live="polite">{"".join(rows)}</ul>{bar}'


def _row(name: str, state: State, said: str) -> str:
    return f'<li class="{state}"><span aria-hidden="true">{SIGNS[state]}</span> <b>{text(name)}</b> {text(said)}</li>'


def _label(upload: Upload) -> str:
    kind = f"policy of {upload.form.set}" if upload.form.kind == "policy" else "guide"
    today = date.today()
    when = [] if upload.form.holds(today) else upload.form.period(today)[-1:]
    return " · ".join([upload.path.name, kind, *when, _size(upload.size)])


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.0f} kB"
