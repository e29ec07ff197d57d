"""What a policy's text authorises, as drafts read it: who writes one sees at once whether it was understood.

told(["An agent may, without asking anyone, refund it.", "A bill above £60 can be halved once."])
# Told(grants=1, refuses=0, unread=("A bill above £60 can be halved once.",))

What is read as neither may still be quoted: it backs what it says. But no draft offers it unasked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.reply.conditions import GRANT
from assistant.reply.echo import sentences
from assistant.reply.rules import OFFERED, REFUSED

FORM = "“An agent may, without asking anyone, …”"
"""How a grant begins, or goes on after its condition."""
_NO_GRANT = re.compile(r"\bneeds?\b.*\b(?:approval|decision)\b|\bagents? (?:may|does|do|must) not\b", re.IGNORECASE)
_PERMITS = re.compile(r"\bwithout (?:asking|approval)\b|\bagents? (?:may|can)\b|\bfree of charge\b", re.IGNORECASE)
_SUM = re.compile(r"[£€$]\s?\d")
_GIVES = re.compile(r"\b(?:paid|repaid|refunded|given|sent|credited|halved|waived)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """How many sentences grant and refuse something, and those that sound so and are read as neither."""

    grants: int = 0
    refuses: int = 0
    unread: tuple[str, ...] = ()

    def __str__(self) -> str:
        grants = f"{self.grants} sentence{'s' * (self.grants != 1)} grant{'s' * (self.grants == 1)} something"
        said = f"{grants}, {self.refuses} refuse{'s' * (self.refuses == 1)}"
        if not self.unread:
            return f"{said}."
        more = f" and {len(self.unread) - 1} more" if len(self.unread) > 1 else ""
        return f"{said}. “{self.unread[0]}”{more}: no draft offers that by itself; a grant reads {FORM}."


def told(sections: Iterable[str]) -> Told:
    """What the texts of a policy's sections authorise."""
    found = [sentence for section in sections for sentence in sentences(section)]
    grants = [s for s in found if GRANT.match(s) or OFFERED.match(s)]
    refuses = [s for s in found if REFUSED.search(s) and s not in grants]
    others = (s for s in found if s not in grants and s not in refuses and not _NO_GRANT.search(s))
    return Told(len(grants), len(refuses), tuple(filter(_sounds_so, others)))


def _sounds_so(sentence: str) -> bool:
    """Whether a sentence sounds as if it gave something, or permitted it."""
    return bool(_PERMITS.search(sentence) or (_SUM.search(sentence) and _GIVES.search(sentence)))
