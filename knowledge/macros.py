"""Read a CSV table as Markdown, a section a row: help desks export their macros so.

    Name;Category;Reply
    Late parcel;Delivery;"We are sorry, it left us late."

becomes ``## Late parcel`` and its reply. A table without such columns keeps all of them, as
``column: value`` lines under the row's first cell. A row of more cells than the header is refused: a reply
with a comma and without quotes would lose what follows it.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import islice

from knowledge.formats import Limits, Refused, literal, read_html

TITLES = ("title", "name", "macro", "macro name", "macro title", "subject", "question", "topic", "shortcut", "label")
BODIES = ("text", "body", "reply", "response", "answer", "macro text", "content", "message", "comment", "template")
MAX_CELLS = 200
NONE = "\x1f"
"""A separator that no text holds."""
_MARKUP = re.compile(r"</?(?:p|br|div|ul|ol|li|a|b|i|strong|em|span)\b[^<>]*>", re.IGNORECASE)


def read_csv(data: bytes, limits: Limits) -> tuple[str, str]:
    """No title, and a section a row; the header's case and the separator (``, ; tab |``) do not matter.

    Raises:
        Refused: not UTF-8 or UTF-16 text, no table, too large a one, or a row longer than the header.
    """
    header, *rows = _table(_text(data), limits.rows) or [[]]
    section = _macro(header, limits) or _record(header)
    sections = [(_heading(section(row)[0], number), section(row)[1]) for number, row in enumerate(rows, start=2)]
    return "", "\n\n".join(f"## {heading}\n\n{literal(text)}" for heading, text in sections if text.strip())


Section = Callable[[list[str]], tuple[str, str]]
"""Takes a row, gives its heading (may be empty) and its text."""


def _macro(header: list[str], limits: Limits) -> Section | None:
    """How to read a row of macros, if the header names a title and a text."""
    names = [re.sub(r"[^a-z0-9]+", " ", cell.lower()).strip() for cell in header]
    title = next((names.index(name) for name in TITLES if name in names), None)
    body = next((names.index(name) for name in BODIES if name in names), None)
    if title is None or body is None:
        return None

    def section(row: list[str]) -> tuple[str, str]:
        text = row[body] if body < len(row) else ""
        if _MARKUP.search(text):
            text = read_html(f'<meta charset="utf-8"><body>{text}</body>'.encode(), limits)[1]
        return row[title] if title < len(row) else "", text

    return section


def _record(header: list[str]) -> Section:
    def section(row: list[str]) -> tuple[str, str]:
        cells = zip(header, row, strict=False)
        return row[0], "\n".join(f"{label.strip()}: {cell.strip()}" for label, cell in cells if cell.strip())

    return section


def _heading(title: str, number: int) -> str:
    return " ".join(title.split())[:120] or f"Row {number}"


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("is not UTF-8 text. Save it as 'CSV UTF-8'.") from error
    return re.sub(r"\A\s*sep=.(?=\r?\n)", "", text)  # Excel's own hint; its line is counted


def _table(text: str, most: int) -> list[list[str]]:
    """The rows that hold anything, cut by the separator that finds most columns in the first; by none for one column.

    Raises:
        Refused: as ``read_csv`` says.
    """

    def cut(separator: str) -> Iterator[tuple[int, list[str]]]:
        """Each row with its last line's number."""
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return ((reader.line_num, row) for row in reader if any(row))

    def columns(separator: str) -> int:
        return len(next(cut(separator), (0, []))[1])

    try:
        separator = max(",;\t|", key=columns)
        numbered = list(islice(cut(separator if columns(separator) > 1 else NONE), most + 2))
    except csv.Error as error:
        raise Refused(f"is no CSV table that can be read ({error}). Open it and save it as 'CSV UTF-8'.") from error
    rows = [row for _, row in numbered]
    if len(rows) > most + 1:
        raise Refused(f"has more than {most} rows. Split it.")
    if any(len(row) > MAX_CELLS for row in rows):
        raise Refused(f"has a row of more than {MAX_CELLS} cells. Take out the columns that are not needed.")
    longer = next((n for n, row in numbered if "".join(row[len(rows[0]) :]).strip()), None)
    if longer:
        raise Refused(
            f"has more cells in line {longer} than in its header. Put a text that holds '{separator}' in double "
            "quotes, or give each column a name."
        )
    return rows
