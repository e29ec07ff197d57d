"""Read a file into a Document: its front matter and its Markdown.

    ---
    id: gym-bookings
    title: Personal-training and class bookings
    kind: policy            # guide | policy
    set: gym                # whose policy, which a policy must say; guides have none
    audience: public        # public | internal
    effective: 2026-01-01   # a policy holds from this day …
    expires:                # … through this one, or for good
    asked:                  # how people ask for a section, by its heading: ten lines each help search most
      Sessions we cancel: [my trainer never turned up, somebody else was in my slot]
    ---
    # Personal-training and class bookings
    ...

A file without front matter is a public guide named after its path. PDF, Word, web pages and
CSV are converted to Markdown first; what front matter would say of them (or of any file) may stand
in a file beside it, ``refunds.pdf.meta.yaml``. Knows nothing of sections, vectors or searching.
"""

import hashlib
import os
import re
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from knowledge import convert, front_matter
from knowledge.errors import DocumentError

TEXT = {".md", ".markdown", ".txt"}
SUFFIXES = TEXT | convert.FORMATS.keys()
SIDE = ".meta.yaml"
"""What the name of a side file adds to that of its document."""
MAX_BYTES = 20_000_000

Kind = Literal["guide", "policy"]
Audience = Literal["public", "internal"]


class InForce(BaseModel):
    """From when until when a document holds; no day means for good."""

    effective: date | None = None
    expires: date | None = None

    @field_validator("expires")
    @classmethod
    def _in_order(cls, expires: date | None, info: ValidationInfo) -> date | None:
        effective = info.data.get("effective")
        if expires and effective and expires < effective:
            why = "it ends on {expires}, before it begins on {effective}"
            raise PydanticCustomError("period", why, {"expires": str(expires), "effective": str(effective)})
        return expires

    def holds(self, today: date) -> bool:
        """Whether it is in force on ``today``."""
        return (self.effective is None or self.effective <= today) and (self.expires is None or today <= self.expires)

    def period(self, today: date) -> list[str]:
        """When it holds, in words, and whether it does not on ``today``."""
        said = [f"from {self.effective}"] if self.effective else []
        said += [f"through {self.expires}"] if self.expires else []
        if not self.holds(today):
            said.append("no longer in force" if self.expires and self.expires < today else "not in force yet")
        return said


class Meta(InForce):
    """A document's front matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)
    title: str = Field(min_length=1, max_length=200)
    kind: Kind = "guide"
    set: str = Field("", pattern=r"^[a-z0-9-]*$")
    audience: Audience = "public"
    sources: tuple[str, ...] = ()
    summary: str = ""
    asked: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Heading → how people ask for that section, in their own words; searched beside its text, never shown."""

    @field_validator("sources", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        if not isinstance(value, list) or not all(isinstance(item, str | int | float | date) for item in value):
            return value
        return [str(item) for item in value]

    @field_validator("asked", mode="before")
    @classmethod
    def _as_lines(cls, value: object) -> object:
        return {str(h): _lines(str(h), some) for h, some in value.items()} if isinstance(value, dict) else value

    @property
    def pool(self) -> str:
        """Where it is searched: ``guide``, or ``policy-SET``. Pools are searched apart."""
        return "guide" if self.kind == "guide" else f"policy-{self.set}"

    def marks(self, today: date) -> list[str]:
        """What it is, whom it is for, and when it holds."""
        said = ["guide" if self.kind == "guide" else f"policy of {self.set or 'all'}"]
        said += ["internal: not for customers"] if self.audience == "internal" else []
        return said + self.period(today)


class Document(BaseModel):
    """A guide or a policy as read from ``path``; ``digest`` is of the file and of how it was read."""

    model_config = ConfigDict(frozen=True)

    meta: Meta
    path: str
    digest: str
    text: str


def files_under(root: Path) -> list[Path]:
    """The documents of a folder (or the file itself), sorted; READMEs and hidden or lock files are left out.

    Links that lead out of the folder are among them: ``load`` refuses them, so that they are told.
    """
    if root.is_file():
        return [root]
    return [path for path in sorted(root.rglob("*")) if _candidate(path, root)]


def passed_over(root: Path) -> list[Path]:
    """The files of a folder that are no documents by their ending, sorted; hidden ones, READMEs and side files are
    no news.
    """
    return [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith(SIDE) and _is_shown(path, root) and not _candidate(path, root)
    ]


def digest(path: Path, root: Path) -> str:
    """The SHA-256 of what ``load`` would read, and how: another digest, another document. Converts nothing.

    Raises:
        DocumentError: not readable, too large, or a link out of ``root``.
    """
    data, side = _read(path, root)
    return _digest(path, data, side)


def load(path: Path, root: Path) -> Document:
    """Read one file; ``root`` is the folder it belongs to.

    Raises:
        DocumentError: not readable, not what its name says, too large, without text, a link out of
            ``root``, with front matter that breaks the schema, or a policy of no ``set``.
    """
    data, side = _read(path, root)
    front, title, body = _content(path.name, data)
    if not body.strip():
        raise DocumentError(f"{path.name} has no text.")
    defaults = {"id": slug(str(path.relative_to(root).with_suffix("")))}
    defaults["title"] = (title or _title(body) or path.stem)[:200]
    given = front_matter.parse(side.decode("utf-8-sig", "replace"), path.name + SIDE)
    given |= front_matter.parse(front, path.name)
    try:
        meta = Meta.model_validate(defaults | given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        wrong = "is no date like 2026-12-31" if first["type"].startswith("date") else first["msg"]
        raise DocumentError(f"{path.name}: front matter, field '{where}': {wrong}.") from error
    if meta.kind == "policy" and not meta.set:  # no reply would ever rest on it
        raise DocumentError(
            f"{path.name} is a policy. Say whose policy it is, in a short name such as shop ('set' in front matter)."
        )
    return Document(meta=meta, path=str(path), digest=_digest(path, data, side), text=body.strip())


def check_name(path: Path) -> None:
    """Refuse a path that cannot be written down.

    Raises:
        DocumentError: a part of it is not UTF-8.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise DocumentError(f"{str(path)!a} has a name that is not UTF-8. Rename it.") from error


def slug(text: str) -> str:
    """``What to do`` → ``what-to-do``: the form of ids and section anchors; another script becomes a digest."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain[:60].strip("-") or f"text-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _lines(heading: str, given: object) -> list[str]:
    """What stands under a heading of ``asked`` as lines: YAML reads yes, 24 and 2026-01-01 as no text.

    Raises:
        PydanticCustomError: one is a list or a mapping, as YAML reads what holds a colon.
    """
    lines = given if isinstance(given, list | tuple) else [given]
    if not all(isinstance(line, str | int | float | date | None) for line in lines):
        why = "a line under “{heading}” is no plain text: put a line with a colon in quotes"
        raise PydanticCustomError("asked", why, {"heading": heading[:80]})
    said = ("yes" if line is True else "no" if line is False else str(line) for line in lines if line is not None)
    return [line.strip() for line in said if re.search(r"\w", line)]


def _candidate(path: Path, root: Path) -> bool:
    if not _is_shown(path, root):
        return False
    if path.is_symlink() and not _within(path, root):
        return path.suffix.lower() in SUFFIXES or path.is_dir()
    return path.suffix.lower() in SUFFIXES and (path.is_file() or path.is_symlink())


def _is_shown(path: Path, root: Path) -> bool:
    inner = path.relative_to(root).parts
    return not any(part.startswith((".", "~$")) for part in inner) and path.stem.lower() != "readme"


def _within(path: Path, root: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def _read(path: Path, root: Path) -> tuple[bytes, bytes]:
    """The bytes of the file and of its side file (empty if it has none)."""
    check_name(path)
    if not _within(path, root):
        raise DocumentError(f"{path.name} is a link out of its folder. Put a copy of the file there instead.")
    side = path.with_name(path.name + SIDE)
    beside = side.is_file() and _within(side, root)
    try:
        return _bytes(path, MAX_BYTES), _bytes(side, 4 * front_matter.MAX_CHARACTERS) if beside else b""
    except OSError as error:
        raise DocumentError(f"{path.name} cannot be read: {error.strerror}.") from error


def _bytes(path: Path, most: int) -> bytes:
    size = path.stat().st_size
    if size > most:
        raise DocumentError(f"{path.name} has {size / 1e6:.4g} MB; at most {most / 1e6:g} are taken.")
    return path.read_bytes()


def _digest(path: Path, data: bytes, side: bytes) -> str:
    parts = [side] if side else []
    text = path.suffix.lower() in TEXT
    parts.append((f"front matter {front_matter.VERSION}" if text else f"conversion {convert.VERSION}").encode())
    return hashlib.sha256(b"\x00".join([data, *parts])).hexdigest()


def _content(name: str, data: bytes) -> tuple[str, str, str]:
    """Front matter, the title that the file gives itself (each may be empty), and Markdown."""
    if Path(name).suffix.lower() in convert.FORMATS:
        converted = convert.convert(name, data)
        return "", converted.title, converted.text
    convert.check(name, data, "text")
    try:
        front, body = front_matter.split(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name} is not UTF-8 text. Save it as UTF-8 and sync again.") from error
    except DocumentError as error:
        raise DocumentError(f"{name}: {error}") from error
    return front, "", body


def _title(body: str) -> str:
    match = re.search(r"^#\s+(.+)$", body, re.MULTILINE)
    return match[1].strip() if match else ""
