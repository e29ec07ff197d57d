"""Read mail: what was written, and the mail quoted below it; a mail's file."""

import email
import email.policy
import re

from assistant.conversation import Speaker
from assistant.errors import InputError
from assistant.reply.speakers import Message, has_words, is_greeted, known_words, patterns, plain_name, side_of

_DAY = r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
_Level = tuple[str, str, bool]
"""(name, own words, whether its header block shows that it is the customer's)."""


def from_mail(text: str) -> list[Message]:
    """A mail and the mail quoted below it, oldest first; a plain message is a mail with nothing quoted.

    Where every name sounds like staff's ("Anna Care", "info@bakery.example"), whoever wrote last is the customer.
    """
    levels = _levels(text, "")
    if not levels[0][1]:
        raise InputError("There is only quoted text. Paste the customer's own words above it.")
    ours = _is_passed_on(levels) or _is_answer(levels)
    top = side_of(levels[0][0]) or ("agent" if ours else "customer")
    turn: Speaker = top
    sides: dict[str, Speaker] = {plain_name(levels[0][0]): top} if levels[0][0] else {}
    found: list[tuple[Speaker, str, str]] = []
    for depth, (name, said, by_customer) in enumerate(levels):
        if depth:
            turn = "customer" if by_customer or turn == "agent" else "agent"
        if said and has_words(said):
            found.append((side_of(name) or sides.get(plain_name(name)) or turn, name, said))
    if not any(side == "customer" for side, _, _ in found):
        last = plain_name(levels[0][0])
        found = [("customer" if plain_name(name) == last else side, name, said) for side, name, said in found]
    return [
        Message(who=side, text=said, name="" if side_of(name) == side or "@" in name else name)
        for side, name, said in reversed(found)
    ]


def _is_passed_on(levels: list[_Level]) -> bool:
    """Whether the newest mail is staff's short note, or a contact form's, above the customer's."""
    return len(levels) > 1 and levels[1][2] and _is_note(levels[0][1])


def _is_answer(levels: list[_Level]) -> bool:
    """Whether the newest mail is staff's answer: it speaks to whoever wrote to them below it."""
    return len(levels) > 1 and levels[1][2] and bool(levels[1][0]) and is_greeted(levels[1][0], levels[0][1])


def _is_note(own: str) -> bool:
    return len(own.split()) <= 25 and bool(patterns()["forwarded"][0].search(own))


def _levels(text: str, name: str, by_customer: bool = False) -> list[_Level]:
    """A mail and each mail below it, newest first."""
    name_here, text = _headers(text)
    cuts = (m for p in patterns()["below"] if (m := p.search(text)) and m.end())  # at 0 nothing would be cut off
    cut = min(cuts, key=lambda m: m.start(), default=None)
    own, below, author, theirs = text, "", "", False
    if cut:
        own, below = text[: cut.start()], text[cut.end() :].lstrip("\n")
        author = _author(cut)
        theirs = cut.re in patterns()["outlook"] and _is_to_staff(own, below)
    quoted = [line for line in own.splitlines() if line.lstrip().startswith(">")]
    own = "\n".join(line for line in own.splitlines() if not line.lstrip().startswith(">")).strip()
    here = [(name or name_here, own, by_customer)]
    if quoted:
        here += _levels("\n".join(map(_unquoted, quoted)), "")
    if below.strip():
        lines = below.splitlines()
        if lines[0].lstrip().startswith(">"):
            lines = [_unquoted(x) for x in lines if x.lstrip().startswith(">")]
        here += _levels("\n".join(lines), author, theirs)
    return here


def _is_to_staff(note: str, mail: str) -> bool:
    """Whether a mail with a header block is the customer's: to staff, or below a note that passes it on."""
    if side_of(_headers(mail)[0]) == "agent":
        return False
    to = m[1].lower() if (m := patterns()["to_header"][0].search(mail)) else ""
    boxes = set(re.findall(r"[\w-]+(?=@)", to))
    return bool(
        side_of(re.sub(r"[<>\"]", " ", to).strip()) == "agent"
        or boxes & (known_words()["mailboxes"] | known_words()["staff"])
        or _is_note(note)
    )


def _unquoted(line: str) -> str:
    return re.sub(r"^\s*> ?", "", line)


def _author(cut: re.Match[str]) -> str:
    groups = cut.groupdict()
    said = (groups.get("after") or "").strip(" ,\n") or (groups.get("who") or "").strip(" ,\n")
    said = re.sub(r"\s*[<\[(][^>\])]*[>\])]", "", said)
    return re.split(rf",|\d{{1,2}}:\d\d(?: ?[AaPp]\.?[Mm]\.?)?|\d{{4}}|{_DAY}", said)[-1].strip(" ,\n")


def _headers(text: str) -> tuple[str, str]:
    """The sender's name, and the text without its header lines; the subject stays as its first line."""
    lines = text.lstrip("\n").splitlines()
    count = next((n for n, line in enumerate(lines) if not patterns()["header"][0].match(line)), len(lines))
    if count < 2 and not (count and patterns()["subject_header"][0].match(lines[0])):
        return "", text
    name, subject = "", ""
    for line in lines[:count]:
        if found := patterns()["from_header"][0].match(line):
            name = re.sub(r"\s*<[^>]*>", "", found[1]).strip(' "') or found[1]
        elif found := patterns()["subject_header"][0].match(line):
            subject = re.sub(r"^(?:(?:re|fwd?|aw|wg|sv|tr)\s*:\s*)+", "", found[1], flags=re.IGNORECASE)
    return name, "\n".join([*([subject] if subject else []), *lines[count:]])


def mail_file(data: bytes, name: str) -> str:
    """The text of a mail's file, with its sender and its subject.

    Raises:
        InputError: it has no plain text, or in an encoding that is unknown.
    """
    mail = email.message_from_bytes(data, policy=email.policy.default)
    body = mail.get_body(("plain",))
    if body is None:
        raise InputError(f"{name} is a mail without a plain-text part. Paste its text instead.")
    try:
        text = body.get_content()
    except LookupError as error:
        raise InputError(
            f"{name} is in an encoding that is unknown here ({error}). Paste its text instead."
        ) from error
    return f"From: {mail['from'] or ''}\nSubject: {mail['subject'] or ''}\n\n{text}"
