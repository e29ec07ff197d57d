"""The library by REST: search it, add documents to it."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, File, Query, UploadFile
from fastapi import Form as Field
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from knowledge import DocumentError, Library
from knowledge.load import MAX_BYTES, Audience, Kind
from knowledge.uploads import Form, save_upload, take_back
from ui.api.problems import documented
from ui.api.schemas import PassageShown, Shape
from ui.gate import Admin, Owner


class Added(Shape):
    """What became of an upload: how many pieces were indexed anew."""

    name: str
    embedded: int


def routes(library: Library, uploads: Path) -> APIRouter:
    """The routes of a library; ``uploads`` is where added documents are kept."""
    router = APIRouter(tags=["library"])

    @router.get("/search", responses=documented(422, 503))
    def search(
        _: Owner,
        q: Annotated[str, Query(min_length=1, max_length=2000)],
        kind: Literal["guide", "policy"] = "guide",
        policy_set: Annotated[str, Query(max_length=64, pattern="^[a-z0-9-]*$")] = "",
        count: Annotated[int, Query(ge=1, le=20)] = 5,
    ) -> list[PassageShown]:
        """The sections nearest to a question in plain words, best first; empty if nothing is relevant."""
        return [PassageShown.of(p) for p in library.search(q, kind=kind, policy_set=policy_set, count=count)]

    @router.post("/documents", status_code=201, responses=documented(403, 413, 422, 503))
    async def add(
        _: Admin,
        file: Annotated[UploadFile, File()],
        kind: Annotated[Kind | None, Field()] = None,
        policy_set: Annotated[str | None, Field(max_length=64, pattern="^[a-z0-9-]*$")] = None,
        audience: Annotated[Audience | None, Field()] = None,
        effective: Annotated[date | None, Field()] = None,
        expires: Annotated[date | None, Field()] = None,
    ) -> Added:
        """Keep a document (Markdown, text, HTML, PDF, DOCX, CSV of macros) and index it.

        What is not sent stays as the document's own front matter says, else it is a public guide; a policy needs a
        `policy_set`, here or there (`set`).
        """
        data = await file.read(MAX_BYTES + 1)
        said = {"kind": kind, "set": policy_set, "audience": audience, "effective": effective, "expires": expires}
        try:
            form = Form.model_validate({name: value for name, value in said.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            raise DocumentError(f"'{first['loc'][0]}': {first['msg']}.") from error
        return await run_in_threadpool(_add, library, uploads, file.filename or "", data, form)

    return router


def _add(library: Library, uploads: Path, name: str, data: bytes, form: Form) -> Added:
    path = save_upload(uploads, name, data, form)
    report = library.sync()
    if why := take_back(uploads, path, report):
        raise DocumentError(why)
    return Added(name=path.name, embedded=report.embedded)
