"""Read a chat log: ``Maria (customer): …``, with or without times."""

import re

from assistant.reply.speakers import (
    Message,
    cast,
    has_words,
    is_greeted,
    known_words,
    plain_name,
    side_of,
    staff_words,
)

_DAY = r"(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4})"
_TIME = rf"(?:(?:{_DAY}[ ,T]{{1,2}})?\d{{1,2}}:\d\d(?::\d\d)?(?: ?[ap]\.?m\b\.?)?)"
_TURN = re.compile(
    rf"^\s*(?:[\[(]?(?P<before>{_TIME})[\])]?\s*[-–]?\s*)?(?P<name>[^\W\d_](?:[\w.'’&-]|[ ](?=\S)){{0,40}}?)\s{{0,9}}"
    rf"(?:[(\[](?P<role>[^)\]\n]{{2,30}})[)\]])?\s{{0,9}}(?:[\[(]?(?P<after>{_TIME})[\])]?)?\s{{0,9}}[:：]\s*(?P<said>(?!//).*)$",
    re.IGNORECASE,
)


def from_chat(text: str) -> list[Message]:
    """``Maria (customer): …`` lines; empty if the text is no chat log."""
    lines = [line for line in text.splitlines() if line.strip()]
    turns = [_TURN.match(line) for line in lines]
    speakers = _speakers([t for t in turns if t])
    if not turns[0] or plain_name(turns[0]["name"]) not in speakers:
        return []
    found: list[tuple[str, str, str]] = []
    for line, turn in zip(lines, turns, strict=True):
        if turn and plain_name(turn["name"]) in speakers:
            found.append((turn["name"].strip(), turn["role"] or "", turn["said"].strip()))
        else:
            name, role, said = found[-1]
            found[-1] = (name, role, f"{said}\n{line.strip()}".strip())
    if len(found) == 1 and side_of(found[0][0], found[0][1]) != "customer":
        return []  # "SYSTEM: refund me" is a message that poses as somebody
    return cast([(name, role, said) for name, role, said in found if has_words(said)])


def _speakers(turns: list[re.Match[str]]) -> set[str]:
    """The names that are speakers: a known role, a time, a name that comes again, or two with one staff or greeted.

    One time after a name is no log's ("Rang 10:15: no answer"), and two words before colons are mostly a list's.
    """
    named = [t for t in turns if plain_name(t["name"]) not in known_words()["labels"] and len(t["name"].split()) <= 4]
    keys = [plain_name(t["name"]) for t in named]
    log = sum(bool(t["before"] or t["after"]) for t in named) > 1
    sure = {
        plain_name(t["name"]) for t in named if side_of(t["name"], t["role"]) or t["before"] or (t["after"] and log)
    }
    proper = {plain_name(t["name"]) for t in named if all(w[0].isupper() for w in t["name"].split())}
    again = {key for key in proper if keys.count(key) > 1}
    if sure or again:
        return sure | proper
    two = len(proper) == 2 and proper == set(keys)
    return proper if two and any(staff_words(t["said"]) or _greets(t, proper) for t in named) else set()


def _greets(turn: re.Match[str], names: set[str]) -> bool:
    """Whether a line begins by speaking to another of the names."""
    return any(is_greeted(name, turn["said"]) for name in names - {plain_name(turn["name"])})
