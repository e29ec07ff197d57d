"""Cut a document into sections, and sections into children.

A section (by heading) is what a reader sees and a draft cites; a child (some 700
characters, with its breadcrumb) is what is searched.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.errors import DocumentError
from knowledge.load import Document, slug

CHILD_CHARACTERS = 700
MOST_LINES, MOST_ASKED, LONGEST_LINE = 100, 1000, 300
"""Lines that ask for one section and for all of a document, and characters of a line: each is embedded, and what is
learned of them grows with their square."""
_HEADING = re.compile(r"^(#{1,3})\s+(.+?)\s*#*$")
_FENCE = re.compile(r"^\s*(?:```[^`]*|~~~.*)$")


@dataclass(frozen=True, slots=True)
class Section:
    """``id`` is ``document#heading-slug``; ``breadcrumb`` is ``Title > Heading``.

    ``asked`` is how people ask for it, as its document says.
    """

    id: str
    document: str
    heading: str
    breadcrumb: str
    text: str
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Child:
    """A searched piece of a section; ``text`` starts with the breadcrumb."""

    id: str
    section: str
    text: str

    @property
    def digest(self) -> str:
        """Names its vector: same text, same vector."""
        return text_digest(self.text)


def text_digest(text: str) -> str:
    """The name of a text's vector."""
    return hashlib.sha256(text.encode()).hexdigest()


def cut(document: Document) -> list[Section]:
    """The sections in order. Text before the first ``##`` belongs to a section of the title's name.

    A title alone, that of the front matter or another at the head of the text, is no section.
    """
    title = document.meta.title
    sections: list[Section] = []
    used: set[str] = set()
    heading, lines, is_title = title, list[str](), True

    def close() -> None:
        text = "\n".join(lines).strip()
        if not text and (heading == title or (is_title and not sections)):
            return
        anchor = base = slug(heading)
        number = 1
        while anchor in used:
            number += 1
            anchor = f"{base}-{number}"
        used.add(anchor)
        crumb = title if heading == title else f"{title} > {heading}"
        body = text or heading
        asked = document.meta.asked.get(heading, ())
        sections.append(Section(f"{document.meta.id}#{anchor}", document.meta.id, heading, crumb, body, asked))

    fenced = False
    for line in document.text.splitlines():
        fenced ^= bool(_FENCE.match(line))
        match = None if fenced else _HEADING.match(line)
        if match and len(match[1]) <= 2:
            close()
            heading, lines, is_title = match[2], [], len(match[1]) == 1
        else:
            lines.append(line)
    close()
    return sections


def check_asked(document: Document) -> None:
    """See that what people ask for is a section of the document, and no more lines than help.

    Raises:
        DocumentError: ``asked`` names a heading that there is not, or one that stands twice, or has too many or too
            long lines; says what to do.
    """
    if wrong := _unfit_heading(document) or _unfit_lines(document.meta.asked):
        raise DocumentError(f"{Path(document.path).name}: front matter, 'asked' {wrong}")


def _unfit_heading(document: Document) -> str:
    """What is wrong with the headings that ``asked`` names; empty if nothing is."""
    headings = [section.heading for section in cut(document)]
    for heading in document.meta.asked:
        if heading not in headings:
            return f"names “{heading}”, which is no heading. There are: {', '.join(headings)}."
        if headings.count(heading) > 1:
            return f"names “{heading}”, a heading that stands more than once. Give each of them a name of its own."
    return ""


def _unfit_lines(asked: dict[str, tuple[str, ...]]) -> str:
    """What is wrong with how many and how long its lines are; empty if nothing is."""
    total = sum(map(len, asked.values()))
    for heading, lines in asked.items():
        if len(lines) > MOST_LINES:
            return f"has {len(lines)} lines for “{heading}”; at most {MOST_LINES} are taken. Ten help most."
        if long := next((line for line in lines if len(line) > LONGEST_LINE), ""):
            return f"has a line of {len(long)} characters (“{long[:40]}…”); at most {LONGEST_LINE} are taken."
    return f"has {total} lines; at most {MOST_ASKED} a document are taken." if total > MOST_ASKED else ""


def children(section: Section) -> list[Child]:
    """The section's children, each with the breadcrumb before it."""
    pieces = _splitter().split_text(section.text)
    return [
        Child(f"{section.id}/{n}", section.id, f"{section.breadcrumb}\n{piece}") for n, piece in enumerate(pieces)
    ]


@cache
def _splitter() -> Any:
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # a start with nothing new splits nothing

    return RecursiveCharacterTextSplitter(
        chunk_size=CHILD_CHARACTERS, chunk_overlap=80, separators=["\n\n", "\n", ". ", " ", ""]
    )
