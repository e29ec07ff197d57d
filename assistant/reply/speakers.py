"""Who speaks in a pasted thread: the customer or staff, by role, by name, by what staff say.

cast([("Maria", "", "Where is it?!"), ("Tom", "support", "I see.")])      # Messages, each with its side
"""

import re
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from assistant.conversation import Speaker
from knowledge import shipped
from knowledge.shipped import Fields, Pattern

FILE = Path(__file__).parent / "thread.yaml"


class Message(BaseModel):
    """What one person wrote. ``name`` is empty where the thread gives none."""

    model_config = ConfigDict(frozen=True)

    who: Speaker
    text: str
    name: str = ""


def has_words(text: str) -> bool:
    """Whether there is anything to read: two letters in a row."""
    return bool(re.search(r"[^\W\d_]{2}", text))


def plain_name(name: str) -> str:
    """A name as it is told from others: ``" Tom"`` and ``"TOM"`` are one."""
    return name.strip().lower()


def side_of(name: str, role: str | None = "") -> Speaker | None:
    """Who a name or a role's name means, or None; of an address only what stands before the @ tells."""
    for words in filter(None, (plain_name(role or ""), plain_name(name))):
        tokens = {words, *re.split(r"[\s._-]+", re.sub(r"@\S*", "", words))}
        if tokens & known_words()["staff"]:
            return "agent"
        if tokens & known_words()["customer"] and words != "customer service":
            return "customer"
    return None


def cast(turns: list[tuple[str, str, str]]) -> list[Message]:
    """Give every speaker a side: by role, else by what staff say, else the first to speak is the customer."""
    sides: dict[str, Speaker] = {}
    for name, role, _ in turns:
        known = side_of(name, role)
        if known:
            sides[plain_name(name)] = known
    names = list(dict.fromkeys(plain_name(name) for name, _, _ in turns))
    unknown = [n for n in names if n not in sides]
    if unknown and "customer" in sides.values():
        sides |= dict.fromkeys(unknown, "agent")
    elif unknown:
        like_staff = {n: sum(staff_words(said) for name, _, said in turns if plain_name(name) == n) for n in unknown}
        staff = {n for n in unknown if like_staff[n]} if len(unknown) > 1 or sides else set()
        if staff == set(unknown) or (not staff and len(unknown) > 1):
            staff = set(unknown) - {min(unknown, key=lambda n: (like_staff[n], names.index(n)))}
        sides |= {n: "agent" if n in staff else "customer" for n in unknown}
    return [
        Message(who=sides[plain_name(name)], text=said, name="" if side_of(name) else name.strip())
        for name, _, said in turns
    ]


def staff_words(said: str) -> int:
    """How much of what staff say and customers hardly do is in a text."""
    return sum(bool(p.search(said)) for p in patterns()["staff_says"])


def is_greeted(name: str, said: str) -> bool:
    """Whether a text begins by speaking to somebody: “Hi Anna, …”, “Anna, …”, “Dear Ms Varga”."""
    first, last = (re.escape(part) for part in (name.split()[0], name.split()[-1]))
    cue, title = patterns()["greets"][0].pattern, r"(?:(?:Mrs?|Ms|Miss|Mx|Dr|Prof)\.? )"
    spoken_to = rf"(?:{cue})[ ,]+(?:{first}|{title}{last})(?!\w)|{first} ?[,!]"
    return bool(re.match(spoken_to, said, re.IGNORECASE))


class ThreadWords(Fields):
    """``thread.yaml``."""

    customer: list[str]
    staff: list[str]
    mailboxes: list[str]
    labels: list[str]
    staff_says: list[Pattern]
    greets: str
    wrote: list[str]
    original: str
    forwarded: str
    outlook: str
    header: Pattern
    from_header: Pattern
    to_header: str
    subject_header: Pattern
    closes: str
    no_names: frozenset[str]
    also_names: frozenset[str]


@cache
def thread_words() -> ThreadWords:
    """What tells who speaks and who signs."""
    return shipped.read_as(FILE, ThreadWords)


@cache
def known_words() -> dict[str, frozenset[str]]:
    """What customers and staff are called, and what stands before a colon without being a name."""
    data = thread_words()
    called = {"customer": data.customer, "staff": data.staff, "labels": data.labels, "mailboxes": data.mailboxes}
    return {who: frozenset(map(str.lower, words)) for who, words in called.items()}


@cache
def patterns() -> dict[str, list[re.Pattern[str]]]:
    """What staff say, what quoted mail begins with, header lines."""
    data = thread_words()
    lines = re.IGNORECASE | re.MULTILINE
    return {
        "greets": [re.compile(data.greets)],
        "staff_says": data.staff_says,
        "below": [re.compile(p, lines) for p in (*data.wrote, data.original, data.outlook)],
        "forwarded": [re.compile(data.forwarded, lines)],
        "outlook": [re.compile(data.outlook, lines)],
        "to_header": [re.compile(data.to_header, lines)],
        "header": [data.header],
        "from_header": [data.from_header],
        "subject_header": [data.subject_header],
    }
