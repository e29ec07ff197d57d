"""Read what the agent pasted: who said what, and what the customer wrote last.

    read_thread("Customer: Where is my parcel?!").customer   # "Where is my parcel?!"

Knows nothing of policies and drafts.
"""

import re

from pydantic import BaseModel, ConfigDict

from assistant.conversation import clean
from assistant.errors import InputError

MAX_CHARACTERS = 40_000
_QUOTED = re.compile(r"^\s*(>|On .{4,80} wrote:\s*$|-{2,}\s*Original Message)", re.IGNORECASE)
_SPEAKER = re.compile(
    r"^\s*(customer|client|user|member|guest|agent|support|staff|us|you)\s*:\s*(.*)$", re.IGNORECASE
)
_STAFF = {"agent", "support", "staff", "us"}


class Thread(BaseModel):
    """``customer`` is what the draft answers; ``earlier`` is the rest, oldest first."""

    model_config = ConfigDict(frozen=True)

    customer: str
    earlier: tuple[str, ...] = ()


def read_thread(text: object) -> Thread:
    """The thread in a pasted text.

    Raises:
        InputError: nothing is there to answer: empty, too long, no text, or only quotations.
    """
    whole = clean(text, MAX_CHARACTERS, "customer's message")
    if not _has_words(whole):
        raise InputError("There are no words in the customer's message. Paste what the customer wrote.")
    spoken = _speakers(whole)
    if spoken:
        theirs = [n for n, (who, said) in enumerate(spoken) if who not in _STAFF and _has_words(said)]
        if not theirs:
            raise InputError("Nobody in this thread is the customer. Mark their lines with 'Customer:'.")
        rest = tuple(f"{who}: {said}" for n, (who, said) in enumerate(spoken) if n != theirs[-1])
        return Thread(customer=spoken[theirs[-1]][1], earlier=rest)
    fresh = "\n".join(line for line in whole.splitlines() if not _QUOTED.match(line)).strip()
    if not fresh:
        raise InputError("There is only quoted text. Paste the customer's own words above it.")
    return Thread(customer=fresh)


def _has_words(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{2}", text))


def _speakers(text: str) -> list[tuple[str, str]]:
    """``Customer: …`` / ``Agent: …`` lines as (who, said); empty if the text is no chat log."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        match = _SPEAKER.match(line)
        if match:
            found.append((match[1].lower(), match[2].strip()))
        elif found and line.strip():
            who, said = found[-1]
            found[-1] = (who, f"{said}\n{line.strip()}".strip())
        elif line.strip():
            return []
    return [(who, said) for who, said in found if said]
