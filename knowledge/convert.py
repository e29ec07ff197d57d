"""Convert a user's file to Markdown, in a child process that cannot do harm.

    convert("refunds.pdf", path.read_bytes())     # Converted(title="", text="## Page 1 …")

A document from outside may be broken, a bomb, or not what its name says. It is looked at here,
by its first bytes, and parsed in ``convert_child``: fresh interpreter, no environment, limits on
time, memory and output, no network, killed with its process group when its time is up.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from knowledge.errors import DocumentError
from knowledge.formats import Limits

FORMATS = {
    ".pdf": "a PDF", ".docx": "a Word document", ".html": "a web page", ".htm": "a web page", ".csv": "a CSV table",
}  # fmt: skip
LIMITS = Limits()
VERSION = "2"
"""Grows when the same file gives another text: it is then converted anew."""
_CHILD = Path(__file__).with_name("convert_child.py")
_SIGNATURES = {
    b"\x89PNG\r\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"{\\rtf": "an RTF document",
    b"\x7fELF": "a program",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
}
_PACKED = {
    b"word/document": "a Word document",
    b"xl/workbook": "an Excel workbook",
    b"ppt/presentation": "a PowerPoint presentation",
    b"application/vnd.oasis.opendocument": "an OpenDocument file",
}
_PROTECTED = "protected by a password"
_OFFICE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Converted:
    """Markdown, and the title that the file gives itself (may be empty)."""

    title: str
    text: str


def convert(name: str, data: bytes) -> Converted:
    """The Markdown of a file in one of ``FORMATS``; ``name`` tells which and is used in messages.

    Raises:
        DocumentError: not what its name says, protected, damaged, without text, or beyond ``LIMITS``.
    """
    suffix = Path(name).suffix.lower()
    check(name, data, FORMATS[suffix])
    told = _ask(suffix, data)
    if "refused" in told:
        raise DocumentError(f"{name} {told['refused']}")
    if not told.get("text"):
        raise DocumentError(f"{name} has no text.")
    return Converted(told.get("title", ""), told["text"])


def kind(data: bytes) -> str:
    """What the bytes are, in words: one of ``FORMATS``, another known thing, ``text``, or ``binary``."""
    if not data.strip(b"\x00 \t\r\n"):
        return "empty"
    if re.search(rb"^[\s\xef\xbb\xbf]{0,9}%PDF-\d", data[:1024], re.MULTILINE):  # lines may stand before it
        return "a PDF"
    if data.startswith(b"PK\x03\x04"):
        return next((what for part, what in _PACKED.items() if part in data), "a ZIP archive")
    if data.startswith(_OFFICE):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        return _PROTECTED if locked else "an Office file of the old kind (.doc, .xls, .ppt)"
    known = next((what for start, what in _SIGNATURES.items() if data.startswith(start)), "")
    if known or (b"\x00" in data and data[:2] not in (b"\xff\xfe", b"\xfe\xff")):
        return known or "binary"
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return "a web page" if start.startswith((b"<!doctype html", b"<html")) else "text"


def check(name: str, data: bytes, wanted: str) -> None:
    """Refuse bytes that are not what is ``wanted`` (one of ``FORMATS``, or ``text``); text may hold HTML or CSV.

    Raises:
        DocumentError: says what they are, and what to do.
    """
    found = kind(data)
    if found == "empty":
        raise DocumentError(f"{name} has no text.")
    if found == _PROTECTED:
        raise DocumentError(f"{name} is {_PROTECTED}. Save it without one and sync again.")
    texts = ("text", FORMATS[".html"], FORMATS[".csv"])
    if found == wanted or (found == "text" and wanted in texts) or (found == FORMATS[".html"] and wanted == "text"):
        return
    ending = next((suffix for suffix, what in FORMATS.items() if what == found), "")
    advice = f"Give it the ending {ending}" if ending else "Save it as PDF, Word (.docx), web page, CSV or text"
    raise DocumentError(f"{name} is {found}, not {wanted}. {advice} and sync again.")


def _ask(suffix: str, data: bytes) -> dict[str, str]:
    """The child's answer, or in its place why there is none."""
    command = [sys.executable, "-P", "-X", "utf8", str(_CHILD), suffix, json.dumps(asdict(LIMITS))]
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        source.write(data)
        source.seek(0)
        status = _run(command, source, answer)
        answer.seek(0)
        text = answer.read()
    if status in (None, -signal.SIGXCPU, -signal.SIGALRM):
        return {"refused": f"needs too much time (more than {LIMITS.seconds} s). Split it, or save it as plain text."}
    if status == 0:
        with suppress(ValueError, TypeError):
            told = json.loads(text)
            return {key: str(told[key]) for key in ("title", "text", "refused") if key in told}
    how = f"signal {-status}" if status and status < 0 else f"status {status}"
    return {"refused": f"broke off its reader ({how}): too much memory, or damaged. Open it and save it anew."}


def _run(command: list[str], source: IO[bytes], answer: IO[bytes]) -> int | None:
    """The child's status, or None if its time ran out and it was killed with all it started."""
    child = subprocess.Popen(
        command,
        stdin=source,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},  # each thread would reserve memory
        start_new_session=True,
    )
    try:
        return child.wait(LIMITS.seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
