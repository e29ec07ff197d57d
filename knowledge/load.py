"""Read a file into a Document: its front matter and its Markdown.

    ---
    id: gym-bookings
    title: Personal-training and class bookings
    kind: policy            # guide | policy
    set: gym                # whose policy; guides have none
    audience: public        # public | internal
    effective: 2026-01-01   # a policy holds from this day …
    expires:                # … through this one, or for good
    ---
    # Personal-training and class bookings
    ...

A file without front matter is a public guide named after its path. Knows nothing of
sections, vectors or searching.
"""

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from knowledge.errors import DocumentError

SUFFIXES = {".md", ".markdown", ".txt"}
MAX_BYTES = 20_000_000

Kind = Literal["guide", "policy"]
Audience = Literal["public", "internal"]


class Meta(BaseModel):
    """A document's front matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)
    title: str = Field(min_length=1, max_length=200)
    kind: Kind = "guide"
    set: str = Field("", pattern=r"^[a-z0-9-]*$")
    audience: Audience = "public"
    effective: date | None = None
    expires: date | None = None
    sources: tuple[str, ...] = ()
    summary: str = ""

    @field_validator("sources", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return [str(item) for item in value] if isinstance(value, list) else value

    @property
    def pool(self) -> str:
        """Where it is searched: ``guide``, or ``policy-SET``. Pools are searched apart."""
        return "guide" if self.kind == "guide" else f"policy-{self.set or 'general'}"

    def holds(self, today: date) -> bool:
        """Whether it is in force on ``today``."""
        return (self.effective is None or self.effective <= today) and (self.expires is None or today <= self.expires)


class Document(BaseModel):
    """A guide or a policy as read from ``path``; ``digest`` is the SHA-256 of the file."""

    model_config = ConfigDict(frozen=True)

    meta: Meta
    path: str
    digest: str
    text: str


def files_under(root: Path) -> list[Path]:
    """The readable files of a folder (or the file itself), sorted; READMEs and links out are left out."""
    if root.is_file():
        return [root]
    real = root.resolve()
    found = []
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or path.stem == "README" or not path.is_file():
            continue
        if path.resolve().is_relative_to(real):
            found.append(path)
    return found


def load(path: Path, root: Path) -> Document:
    """Read one file.

    Raises:
        DocumentError: not readable, not text, too large, or with front matter that breaks the schema.
    """
    try:
        data = _bytes(path)
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path.name} is not UTF-8 text. Save it as UTF-8 and sync again.") from error
    except OSError as error:
        raise DocumentError(f"{path.name} cannot be read: {error.strerror}.") from error
    if "\x00" in text:
        raise DocumentError(f"{path.name} is binary, not text.")
    front, body = _split(text)
    if not body.strip():
        raise DocumentError(f"{path.name} has no text.")
    default = {"id": slug(str(path.relative_to(root).with_suffix(""))), "title": _title(body) or path.stem}
    try:
        meta = Meta.model_validate(default | _front_matter(front, path.name))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DocumentError(f"{path.name}: front matter, field '{where}': {first['msg']}.") from error
    return Document(meta=meta, path=str(path), digest=hashlib.sha256(data).hexdigest(), text=body.strip())


def slug(text: str) -> str:
    """``What to do`` → ``what-to-do``: the form of ids and section anchors; another script becomes a digest."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain[:60].strip("-") or f"text-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _bytes(path: Path) -> bytes:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise DocumentError(f"{path.name} has {size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} are taken.")
    return path.read_bytes()


def _split(text: str) -> tuple[str, str]:
    match = re.match(r"---\r?\n(.*?)\r?\n---\r?\n?(.*)", text, re.DOTALL)
    return (match[1], match[2]) if match else ("", text)


def _front_matter(front: str, name: str) -> dict[str, object]:
    try:
        values = yaml.safe_load(front) or {}
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentError(f"{name}: its front matter is not YAML ({str(error).splitlines()[0]}).") from error
    if not isinstance(values, dict):
        raise DocumentError(f"{name}: its front matter is not 'key: value' lines.")
    return values


def _title(body: str) -> str:
    match = re.search(r"^#\s+(.+)$", body, re.MULTILINE)
    return match[1].strip() if match else ""
