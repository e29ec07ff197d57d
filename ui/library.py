"""The library screen: guides and policies to read, one at a time, and to search; documents of one's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from knowledge import KnowledgeError, Library
from knowledge.load import Kind
from ui import reading
from ui.events import REACH, script
from ui.gate import Gate
from ui.uploading import Uploading
from ui.widgets import problem

POOLS: dict[str, Kind] = {"guides": "guide", "policies": "policy"}
FOUND = 5
"""Sections that are shown of each pool."""


class LibraryScreen:
    """Lays out the screen and wires it; make one inside a Blocks.

    Args:
        uploads: where added documents are kept.
        gate: adding and removing needs an admin.
    """

    def __init__(self, library: Library, uploads: Path, gate: Gate) -> None:
        self._library = library
        self._uploads = uploads
        self._gate = gate
        self._open_now = gr.State("")
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=280):
                self._query = gr.Textbox(
                    label="Search", placeholder="In your own words: they sold my slot twice", elem_id="library-query",
                    submit_btn=True, max_lines=4,
                )  # fmt: skip
                self._where = gr.Radio(
                    [*POOLS, "everything"], value="everything", label="In", elem_id="library-where"
                )
                self._contents = gr.HTML(elem_id="library-contents", js_on_load=script("reading"))
                self._own = Uploading(library, uploads, gate)
            with gr.Column(scale=5, min_width=320):
                self._shown = gr.HTML(reading.WELCOME, elem_id="library-shown", js_on_load=script("reading"))
        self._wire()

    @property
    def adding(self) -> Any:
        """What only an admin is shown."""
        return self._own.shown

    def refresh_on(self, event: Callable[..., Any]) -> None:
        """List the documents anew on an event."""
        event(self._list, self._open_now, self._contents, show_progress="hidden", api_visibility="private")
        self._own.refresh_on(event)

    def _wire(self) -> None:
        hidden: dict[str, Any] = {"api_visibility": "private"}
        opened = [self._shown, self._contents, self._open_now]
        asked = self._query.submit(self._search, [self._query, self._where], self._shown, **hidden)
        asked.then(None, None, None, js=REACH)
        for part in (self._contents, self._shown):
            part.select(self._open, None, opened, show_progress="hidden", **hidden).then(None, None, None, js=REACH)
        self._own.refresh_after(self.refresh_on)

    def _list(self, now: str) -> str:
        return reading.contents(self._library.documents(), self._library.under(self._uploads), now)

    def _search(self, query: str, where: str) -> str:
        if not query.strip():
            return problem("Write what you look for, in your own words.")
        pools: tuple[Kind, ...] = (POOLS[where],) if where in POOLS else ("policy", "guide")
        try:
            found = [p for kind in pools for p in self._library.search(query, kind=kind, count=FOUND)]
            spots = [(p, self._library.spot(query, p)) for p in found]
            return reading.found(spots, self._library.section_ids())
        except KnowledgeError as error:
            return problem(str(error))

    def _open(self, event: gr.EventData) -> tuple[str, str, str]:
        """A document, at one of its sections if the target names one (``validation#why``)."""
        target = str(event.open)
        name = target.partition("#")[0]
        meta = next((m for m in self._library.documents() if m.id == name), None)
        if meta is None:
            return problem("That document is not in the library any more."), self._list(""), ""
        sections = self._library.sections(meta.id)
        at = target if target in {s.id for s in sections} else ""
        return reading.document(meta, sections, self._library.section_ids(), at), self._list(meta.id), meta.id
