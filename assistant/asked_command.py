"""``python -m assistant asked FILE``: draft how customers ask for each section of a policy, into its front matter."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from assistant.asking import LINES, asked
from assistant.errors import InputError, ModelNotReady
from assistant.llm import ChatModel
from assistant.services import standby
from assistant.settings import Settings, load_settings
from knowledge import front_matter
from knowledge.load import TEXT, Document, load
from knowledge.sections import MOST_ASKED, MOST_LINES, cut


def add_to(commands: Any) -> None:
    """Add the command to the terminal's parser."""
    asked_for = commands.add_parser("asked", help="draft how customers ask for a policy's sections (a capable model)")
    asked_for.add_argument(
        "file", type=Path, help="a policy in Markdown or plain text; its front matter gets the lines"
    )
    asked_for.add_argument("--lines", type=int, default=LINES, metavar="N", help=f"lines a section (default {LINES})")


def run(options: argparse.Namespace) -> int:
    """Run it; gives the exit status. What was drafted is in the file after each section.

    Raises:
        InputError: the file is not text, cannot be written, or too many lines are wanted.
        DocumentError: it cannot be read as a document, or its front matter would be too long.
        ModelError: the model that is to draft cannot.
    """
    path, settings = options.file, load_settings()
    if path.suffix.lower() not in TEXT:
        raise InputError(f"{path} is not Markdown or plain text. Write 'asked' into {path.name}.meta.yaml by hand.")
    if not 1 <= options.lines <= MOST_LINES:
        raise InputError(f"--lines is {options.lines}; give 1 to {MOST_LINES}.")
    document = load(path, path.parent)
    headings = [section.heading for section in cut(document)]
    if twice := sorted({heading for heading in headings if headings.count(heading) > 1}):
        raise InputError(
            f"{path}: the heading “{twice[0]}” stands more than once. Give each of them a name of its own."
        )
    if len(headings) * options.lines > MOST_ASKED:
        most = MOST_ASKED // len(headings)
        raise InputError(f"{path} has {len(headings)} sections: at most {most} lines a section. Give --lines {most}.")
    if not settings.remote:
        raise ModelNotReady(
            "Drafting how customers ask needs a capable model: set OPENAI_BASE_URL or OPENAI_API_KEY. "
            "Or write ten lines a section by hand (knowledge/load.py shows the form)."
        )
    asyncio.run(_drafted(path, document, options.lines, settings))
    print(
        f"{path}\nRead all of them, and add what your customers really wrote; then: python -m knowledge sync {path}"
    )
    return 0


async def _drafted(path: Path, document: Document, count: int, settings: Settings) -> None:
    model = ChatModel(standby(settings), timeout=settings.timeout, retries=settings.retries)
    text, every = path.read_text(encoding="utf-8-sig"), cut(document)
    there = {heading: list(lines) for heading, lines in document.meta.asked.items()}
    try:
        async for section, lines in asked(model, document, count):
            if lines:
                there[section.heading] = lines
                whole = front_matter.with_field(text, "asked", there)
                front_matter.parse(front_matter.split(whole)[0], path.name)  # one that is too long is not written
                _write(path, whole)
            print(f"{len(there)} of {len(every)}: {section.heading}, {len(lines)} lines", file=sys.stderr)
    finally:
        await model.close()


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
