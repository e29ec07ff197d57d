"""The library screen: what can be cited, readable and searchable; documents of one's own, uploaded."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import gradio as gr
from pydantic import ValidationError

from knowledge import KnowledgeError, Library, Meta
from knowledge.load import SUFFIXES, Kind
from knowledge.uploads import Form, list_uploads, remove_upload, save_upload
from ui.gate import Gate
from ui.widgets import problem, prose, text

POOLS: dict[str, Kind] = {"guides": "guide", "policies": "policy"}


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
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=300):
                self._query = gr.Textbox(
                    label="Search", placeholder="In your own words: they sold my slot twice", elem_id="library-query",
                    submit_btn=True,
                )  # fmt: skip
                self._where = gr.Radio(
                    [*POOLS, "everything"], value="everything", label="In", elem_id="library-where"
                )
                self._document = gr.Dropdown([], label="Or read one", elem_id="library-document", filterable=True)
                self._upload_form()
            with gr.Column(scale=2, min_width=320):
                self._shown = gr.HTML(elem_id="library-shown")
        self._wire()

    def refresh_on(self, event: Callable[..., Any]) -> None:
        """List the documents anew on an event."""
        event(self._list, None, [self._document, self._gone], show_progress="hidden", api_visibility="private")

    def _upload_form(self) -> None:
        with gr.Accordion("Add documents of your own", open=False) as self.adding:
            self._files = gr.File(
                label="Markdown, text, HTML, PDF, DOCX, or a CSV of macros", file_count="multiple",
                file_types=sorted(SUFFIXES), elem_id="library-files",
            )  # fmt: skip
            self._kind = gr.Radio(
                [("Policy: may authorise offers", "policy"), ("Guide: says how to word things", "guide")],
                value="policy",
                label="What they are",
            )
            self._set = gr.Textbox(label="Whose policy (a short name)", placeholder="shop", max_lines=1)
            self._audience = gr.Radio(
                [("Public", "public"), ("Internal: warn before it is copied to a customer", "internal")],
                value="public",
                label="Who may read them",
            )
            with gr.Row():
                self._from = gr.Textbox(label="In force from", placeholder="2026-01-01", max_lines=1)
                self._to = gr.Textbox(label="Through", placeholder="2026-12-31", max_lines=1)
            self._add = gr.Button("Add to the library", variant="primary", elem_id="library-add")
            self._report = gr.HTML(elem_id="library-report")
            self._gone = gr.Dropdown([], label="Remove one that you added", filterable=False)
            self._remove = gr.Button("Remove it", size="sm")

    def _wire(self) -> None:
        hidden: dict[str, Any] = {"api_visibility": "private"}
        self._query.submit(self._search, [self._query, self._where], self._shown, **hidden)
        self._document.input(self._read, self._document, self._shown, **hidden)
        form = [self._files, self._kind, self._set, self._audience, self._from, self._to]
        lists = [self._document, self._gone]
        self._add.click(self._take, form, [self._report, self._files], **hidden).then(
            self._list, None, lists, **hidden
        )
        self._remove.click(self._drop, self._gone, self._report, **hidden).then(self._list, None, lists, **hidden)

    def _list(self) -> tuple[Any, Any]:
        documents = [(_label(m), m.id) for m in self._library.documents()]
        mine = [u.path.name for u in list_uploads(self._uploads)]
        return gr.Dropdown(choices=documents), gr.Dropdown(choices=mine, value=None)

    def _search(self, query: str, where: str) -> str:
        if not query.strip():
            return problem("Write what you look for, in your own words.")
        pools: tuple[Kind, ...] = (POOLS[where],) if where in POOLS else ("policy", "guide")
        try:
            found = [p for kind in pools for p in self._library.search(query, kind=kind, count=5)]
        except KnowledgeError as error:
            return problem(str(error))
        if not found:
            nothing = "Nothing relevant was found. Try other words, or read one on the left."
            return f'<div class="ek-card"><p>{nothing}</p></div>'
        rows = "".join(
            f'<details class="ek-guide"><summary>{text(p.section.breadcrumb)} <span class="ek-small">{text(p.why)}'
            f' · {_marks(p.meta)}</span></summary><div class="ek-passage">{prose(p.section.text)}</div></details>'
            for p in found
        )
        return f'<div role="region" aria-label="Found">{rows}</div>'

    def _read(self, document: str | None) -> str:
        meta = next((m for m in self._library.documents() if m.id == document), None)
        if meta is None:
            return ""
        sections = "".join(
            f"<h4>{text(s.heading)}</h4><div class='ek-passage'>{prose(s.text)}</div>"
            for s in self._library.sections(meta.id)
        )
        return (
            f'<div class="ek-card"><h3>{text(meta.title)}</h3><p class="ek-small">{_marks(meta)}</p>{sections}</div>'
        )

    async def _take(
        self,
        files: list[str] | None,
        kind: str,
        policy_set: str,
        audience: str,
        start: str,
        end: str,
        request: gr.Request,
    ) -> AsyncIterator[tuple[Any, Any]]:
        """Keep each file, then index; says of each what became of it."""
        self._gate.owner(request, "admin")
        if not files:
            yield problem("Choose one or more files first."), gr.skip()
            return
        try:
            form = Form.model_validate(
                {"kind": kind, "audience": audience}
                | ({"set": policy_set.strip().lower()} if policy_set.strip() and kind == "policy" else {})
                | ({"effective": start.strip()} if start.strip() else {})
                | ({"expires": end.strip()} if end.strip() else {})
            )
        except ValidationError as error:
            field = str(error.errors()[0]["loc"][0])
            wrong = {
                "set": "a short name of small letters, figures and hyphens",
                "effective": "a date like 2026-01-01",
            }
            yield problem(f"'{field}' is not {wrong.get(field, 'a date like 2026-12-31')}."), gr.skip()
            return
        rows: list[str] = []
        for path in map(Path, files):
            yield _status([*rows, f"<li>{text(path.name)}: reading …</li>"]), gr.skip()
            try:
                await asyncio.to_thread(save_upload, self._uploads, path.name, path.read_bytes(), form, replace=True)
                rows.append(f"<li>✓ {text(path.name)}: kept</li>")
            except KnowledgeError as error:
                rows.append(f'<li class="ek-problem">✕ {text(error)}</li>')
        yield _status([*rows, "<li>indexing …</li>"]), gr.skip()
        try:
            result = await asyncio.to_thread(self._library.sync)
        except KnowledgeError as error:
            yield _status([*rows, f'<li class="ek-problem">{text(error)}</li>']), gr.skip()
            return
        rows += [f'<li class="ek-problem">✕ {text(reason)}</li>' for reason in result.failed.values()]
        yield _status([*rows, f"<li>Indexed: {text(result)}</li>"]), None

    def _drop(self, name: str | None, request: gr.Request) -> str:
        if not name:
            return problem("Choose which one first.")
        self._gate.owner(request, "admin")
        try:
            remove_upload(self._uploads, name)
            result = self._library.sync()
        except KnowledgeError as error:
            return problem(str(error))
        return _status([f"<li>{text(name)} was removed. {text(result)}</li>"])


def _label(meta: Meta) -> str:
    return f"{'Guide' if meta.kind == 'guide' else f'Policy of {meta.set}'}: {meta.title}"


def _marks(meta: Meta) -> str:
    marks = ["guide" if meta.kind == "guide" else f"policy of {meta.set}"]
    marks += ["internal: not for customers"] if meta.audience == "internal" else []
    marks += [f"from {meta.effective}"] if meta.effective else []
    marks += [f"through {meta.expires}"] if meta.expires else []
    return text(" · ".join(marks))


def _status(rows: list[str]) -> str:
    return f'<ul class="ek-status" role="status" aria-live="polite">{"".join(rows)}</ul>'
