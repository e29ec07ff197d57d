"""The documents that users uploaded: kept in one folder, with what the upload form said of them.

    folder = data_dir / "uploads"
    path = save_upload(folder, "Refunds 2026.pdf", data, Form(kind="policy", set="shop"))
    library.sync((folder,))
    list_uploads(folder)                # [Upload(path=…/Refunds 2026.pdf, size=81234, form=Form(…))]
    remove_upload(folder, path.name)

In Markdown and text the form's fields become front matter; beside any other format they stand in
``Refunds 2026.pdf.meta.yaml``, which is never itself a document.
"""

import hashlib
import os
import re
import tempfile
import threading
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import ConfigDict, Field, ValidationError

from knowledge import front_matter
from knowledge.compare import STAYS, SyncReport
from knowledge.errors import DocumentError
from knowledge.load import MAX_BYTES, SIDE, SUFFIXES, TEXT, Audience, InForce, Kind, files_under, load, slug
from knowledge.sections import check_asked

MOST_NAME = 100
_one_at_a_time = threading.Lock()


class Form(InForce):
    """What the upload form asks; only the fields that were given replace a document's own front matter."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Kind = "guide"
    set: str = Field("", pattern=r"^[a-z0-9-]*$")
    audience: Audience = "public"

    def fields(self) -> dict[str, object]:
        """The fields that were given, for front matter."""
        return {name: value for name, value in self.model_dump(exclude_unset=True).items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class Upload:
    """A kept document; ``size`` in bytes."""

    path: Path
    size: int
    form: Form


def save_upload(folder: Path, name: str, data: bytes, meta: Form, *, replace: bool = False) -> Path:
    """Keep a document if it can be taken; gives where. The same one again changes nothing.

    Args:
        folder: where uploads are kept (made if missing).
        name: as the user's browser sends it; made safe, its ending tells the format.
        data: the document's bytes.
        meta: what the form said.
        replace: whether to put it in the place of another document of that name.

    Raises:
        DocumentError: it cannot be taken, or another document has that name and ``replace`` is off.
    """
    safe = safe_name(name)
    if len(data) > MAX_BYTES:
        raise DocumentError(f"{safe} has {len(data) / 1e6:.4g} MB; at most {MAX_BYTES / 1e6:g} are taken.")
    document, side = _with_form(safe, data, {"id": _id(safe)}, meta.fields())
    _try(safe, document, side)
    folder.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time:
        path = next((p for p in files_under(folder) if _id(p.name) == _id(safe)), folder / safe)
        if path.exists() and not replace:
            if (path.read_bytes(), _read_side(path)) == (document, side):
                return path
            raise DocumentError(f"There is another document named {path.name}. Choose another, or remove that one.")
        _write(_side_of(path), side)  # first: a document never stands without what was said of it
        _write(path, document)
    return path


def take_back(folder: Path, kept: Path, report: SyncReport) -> str:
    """Delete a document just kept that the library would not take, such as one whose id is another's; gives why.

    Empty if it took it. One that replaced another stays, as what was read of that does.
    """
    why = report.failed.get(str(kept), "")
    if not why or why.endswith(STAYS):
        return why
    remove_upload(folder, kept.name)
    return f"{why} It was not kept."


def list_uploads(folder: Path) -> list[Upload]:
    """The uploaded documents by name; nothing is converted."""
    return [Upload(path, path.stat().st_size, _form(path)) for path in files_under(folder) if path.is_file()]


def remove_upload(folder: Path, name: str) -> None:
    """Delete an uploaded document by its name in ``list_uploads``; the next sync takes it out of the library.

    Raises:
        DocumentError: there is none of that name.
    """
    with _one_at_a_time:
        path = next((p for p in files_under(folder) if p.name == name), None)
        if path is None:
            raise DocumentError(f"There is no uploaded document named {name!r}. See the list of those there are.")
        path.unlink()
        _side_of(path).unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """``../Our/Refunds? 2026.PDF`` → ``Refunds- 2026.pdf``: one visible file, of a format that is read.

    Raises:
        DocumentError: its ending is none of the formats.
    """
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    stem, dot, ending = last.rpartition(".")
    suffix = f".{ending.lower()}"
    if not dot or suffix not in SUFFIXES:
        raise DocumentError(f"{last[:80]!r} cannot be taken: its ending is none of {', '.join(sorted(SUFFIXES))}.")
    stem = re.sub(r"[^\w \-.()&+,']", "-", stem).strip(" .-")[:MOST_NAME]
    while len(stem.encode()) > 2 * MOST_NAME:  # file systems count bytes
        stem = stem[:-1]
    if not stem or stem.lower() == "readme":  # the library leaves READMEs out
        stem = f"{stem} document".strip()
    return stem.strip() + suffix


def _id(name: str) -> str:
    """An id that no built-in document and no other name has, but for its case, and spaces for hyphens.

    A name of which the slug leaves letters or signs out adds its digest: "Возврат 2026" is not "Доставка 2026".
    """
    path = Path(name.casefold())
    plain = slug(path.stem)
    if plain != path.stem.replace(" ", "-") and re.search(r"[a-z0-9]", path.stem):  # else the slug is a digest
        plain = f"{plain[:50].strip('-')}-{hashlib.sha256(path.stem.encode()).hexdigest()[:8]}"
    return f"upload-{plain}-{path.suffix[1:]}"


def _with_form(name: str, data: bytes, before: dict[str, object], after: dict[str, object]) -> tuple[bytes, bytes]:
    """The document and its side file (may be empty); ``before`` yields to its own fields, ``after`` prevails."""
    if Path(name).suffix not in TEXT:
        return data, front_matter.write(before | after).encode()
    try:
        front, body = front_matter.split(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, DocumentError):
        return data, b""  # the trial says what is wrong with it
    return front_matter.join(before | front_matter.parse(front, name) | after, body).encode(), b""


def _try(name: str, document: bytes, side: bytes) -> None:
    """Read it as the library will, so that what cannot be taken is told now and not kept."""
    with tempfile.TemporaryDirectory() as trial:
        path = Path(trial) / name
        path.write_bytes(document)
        if side:
            _side_of(path).write_bytes(side)
        check_asked(load(path, Path(trial)))


def _side_of(path: Path) -> Path:
    return path.with_name(path.name + SIDE)


def _read_side(path: Path) -> bytes:
    with suppress(OSError):
        return _side_of(path).read_bytes()
    return b""


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all; no side file where there is nothing to say."""
    if not data:
        path.unlink(missing_ok=True)
        return
    draft = path.with_name(f".{path.name[:50]}.part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _form(path: Path) -> Form:
    """What is said of a document; the defaults where that cannot be read."""
    with suppress(OSError, DocumentError, ValidationError):
        if path.suffix.lower() not in TEXT:
            return Form.model_validate(front_matter.parse(_read_side(path).decode("utf-8", "replace"), path.name))
        text = path.read_bytes().decode("utf-8-sig", "replace")
        return Form.model_validate(front_matter.parse(front_matter.split(text)[0], path.name))
    return Form()
