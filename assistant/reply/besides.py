"""What a message asks besides what its draft answers.

    besides(asked, cited, search)      # (Beside("Also my locker was broken into.", <lost property>),)

A message is searched for as a whole and answered from one section. A sentence that, searched for alone, belongs to
another section is told to the agent with that section, never answered unasked: whether it is a second demand or an
aside is the agent's to see. Pure but for ``search``.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from assistant.conversation import one_line
from assistant.reply.figures import sentences_in
from knowledge import Passage

WORDS = 6
"""Fewest words of a sentence that is searched for alone: "I want it found" names nothing."""
CLEAR, AHEAD = 18.0, 10.0
"""The score that a section must reach for a sentence, and by how much it must pass each section that is cited and
found for it.

Chosen on the drafting cases' half to tune on: of 145 drafts that answer one demand, a handful are told of a second.
"""
MOST, LOOKED_AT = 2, 12
"""How many are told, and how many sentences are searched for."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A sentence of the customer's, and the public section that it belongs to."""

    words: str
    passage: Passage

    def __str__(self) -> str:
        return (
            f"They also write “{one_line(self.words, 160)}” “{self.passage.section.breadcrumb}” may answer it: "
            "this draft does not rest on it."
        )


def besides(asked: str, cited: Collection[str], search: Callable[[str], list[Passage]]) -> tuple[Beside, ...]:
    """What is asked besides.

    Args:
        asked: what the customer writes, without what is private.
        cited: ids of the sections that the draft rests on; a draft that rests on none has no second demand.
        search: the policies for a sentence, best first.
    """
    found: dict[str, Beside] = {}
    told = [s.strip() for s in sentences_in(asked) if len(s.split()) >= WORDS] if cited else []
    for words in told[:LOOKED_AT] if len(told) > 1 else []:
        sections = search(words)
        cited_too = [p.score for p in sections if p.id in cited]
        for best in sections[:1]:
            clear = best.score >= max([CLEAR, *(score + AHEAD for score in cited_too)])
            if clear and best.id not in cited and best.meta.audience == "public":
                found.setdefault(best.id, Beside(words, best))
    return tuple(found.values())[:MOST]
