"""How customers ask for a policy's sections, drafted by a capable model: search finds a company's own policies by it.

    async for section, lines in asked(model, document, count=12): ...     # sections without lines, in order

A section is found by how people ask for it (``knowledge/asked.py``); the sample policies ship with such lines, a
company's own have what its ``asked`` says. Code leaves out what repeats the section's wording or another line.
"""

import re
from collections.abc import AsyncIterator, Iterable

from pydantic import BaseModel, Field

from assistant.conversation import clean, one_line
from assistant.llm import ChatModel
from assistant.message import system, user
from knowledge.load import Document
from knowledge.sections import LONGEST_LINE, Section, cut
from prompts import render

LINES = 12
"""Lines a section where nobody says otherwise: ten to twenty help most (``run retrieval --only own``)."""
WORDS = range(3, 46)
"""How long a line may be."""
WHO = {
    "public": "customers",
    "internal": "members of staff, who look up what they may do or must write down while a customer waits",
}
"""Who asks for a section, by its audience."""
COPIED = 6
"""Words in a row that a line may not have from its section: who asks has not read it."""


class Asked(BaseModel):
    """What the model answers."""

    lines: list[str] = Field(description="one customer's words each")


async def asked(model: ChatModel, document: Document, count: int = LINES) -> AsyncIterator[tuple[Section, list[str]]]:
    """Each section that has no lines yet, with its drafted ones; as many requests as there are sections.

    Raises:
        ModelError: it does not answer, or not in this form.
    """
    sections = cut(document)
    who = WHO[document.meta.audience]
    for section in sections:
        if section.asked:
            continue
        others = "; ".join(s.heading for s in sections if s.id != section.id) or "none"
        answer = await model.parse(
            [
                system(render("asked", who=who, count=count, others=others)),
                user(f"{section.breadcrumb}\n\n{section.text}"),
            ],
            Asked,
            max_tokens=80 * count,
        )
        yield section, fit(answer.lines, section.text)[:count]


def fit(lines: Iterable[str], text: str) -> list[str]:
    """Those of the lines that a customer could have said who never read ``text``; each once."""
    rule = _in_a_row(text)
    kept: dict[str, str] = {}
    for line in (one_line(clean(line).strip(' "“”-•'), LONGEST_LINE) for line in lines):
        if len(line.split()) in WORDS and not _in_a_row(line) & rule:
            kept.setdefault(line.casefold(), line)
    return list(kept.values())


def _in_a_row(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[\w'’]+", text.casefold())
    return {tuple(words[n : n + COPIED]) for n in range(len(words) - COPIED + 1)}
