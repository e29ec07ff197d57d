"""Read a PDF, a Word document or a web page: bytes to Markdown, through markitdown.

Only for the confined child process (``convert_child``): the bytes are untrusted and their
parsers raise anything, run long and take much memory. Imports only what one format needs.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

WITH_TABLES = 60
"""Up to so many pages a PDF is read with its tables (0.1 s a page); a longer one as plain text."""
_AS_IT_STANDS = {"escape_asterisks": False, "escape_underscores": False}  # a quote must be found word for word


class Refused(Exception):
    """The file cannot be taken; the words follow its name."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take: seconds, bytes of memory, characters of text, PDF pages, CSV rows, unpacked bytes."""

    seconds: int = 20
    memory: int = 1_500_000_000
    characters: int = 5_000_000
    pages: int = 300
    rows: int = 5_000
    unpacked: int = 100_000_000


def read_pdf(data: bytes, limits: Limits) -> tuple[str, str]:
    """No title, and a section a page.

    Raises:
        Refused: protected, damaged, without text or with too many pages.
    """
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Refused("is protected by a password. Save it without one.") from error
        raise Refused("is damaged: no page of it can be read. Open it and save it anew.") from error
    if len(pdf) > limits.pages:
        raise Refused(f"has {len(pdf)} pages; at most {limits.pages} are taken. Split it.")
    read = _page_with_tables if len(pdf) <= WITH_TABLES else _page_as_text
    pages = [(n + 1, literal(read(pdf, n))) for n in range(len(pdf))]
    text = "\n\n".join(f"## Page {n}\n\n{page}" for n, page in pages if page)
    if not text:
        raise Refused("has no text (a scan?). Run text recognition (OCR) on it first.")
    return "", text


def _page_with_tables(pdf: Any, number: int) -> str:
    import pypdfium2
    from markitdown import StreamInfo
    from markitdown.converters import PdfConverter

    one = pypdfium2.PdfDocument.new()
    one.import_pages(pdf, [number])
    stream = io.BytesIO()
    one.save(stream)
    one.close()
    stream.seek(0)
    return PdfConverter().convert(stream, StreamInfo(extension=".pdf")).markdown


def _page_as_text(pdf: Any, number: int) -> str:
    page = pdf[number]
    text = str(page.get_textpage().get_text_bounded())
    page.close()
    return text.replace("\ufffe", "-").replace("\r\n", "\n")


def read_docx(data: bytes, limits: Limits) -> tuple[str, str]:
    """No title; headings, lists and tables as Markdown, pictures left out.

    Raises:
        Refused: damaged, or unpacking to too much.
    """
    from markitdown import StreamInfo
    from markitdown.converters import DocxConverter

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            size = sum(part.file_size for part in parts.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Refused("is damaged: it cannot be unpacked. Open it and save it anew.") from error
    if size > limits.unpacked:
        most = limits.unpacked / 1e6
        raise Refused(
            f"needs too much memory: it unpacks to {size / 1e6:,.0f} MB, at most {most:,.0f} are taken. "
            "Take out its pictures, or split it."
        )
    converter: Any = DocxConverter
    result = converter().convert(io.BytesIO(data), StreamInfo(extension=".docx"), **_AS_IT_STANDS)
    return "", str(result.markdown)


def read_html(data: bytes, limits: Limits) -> tuple[str, str]:
    """The title and the body as Markdown, without scripts and styles; a declared encoding is kept to."""
    from markitdown import StreamInfo
    from markitdown.converters import HtmlConverter

    result = HtmlConverter().convert(io.BytesIO(data), StreamInfo(extension=".html"), **_AS_IT_STANDS)
    title = str(result.title or "")
    bodiless = b"<body" not in data.lower()  # a legal page, whose title would be taken for text
    return title, result.markdown.removeprefix(title).lstrip() if bodiless else result.markdown


def literal(text: str) -> str:
    """Text none of whose lines is a heading or a fence: it stays in the section it is put in."""
    text = re.sub(r"^(?:```|~~~).*$", "", text.strip(), flags=re.MULTILINE)
    return re.sub(r"^(?=#)", " ", text, flags=re.MULTILINE)


def tidy(markdown: str) -> str:
    """Without pictures (an address is no text, and nobody should fetch it), NULs and runs of empty lines."""
    text = re.sub(r"!\[([^\]\n]*)\]\([^)\n]*\)", r"\1", markdown).replace("\x00", "")
    return re.sub(r"\n\s*\n", "\n\n", text).strip()
