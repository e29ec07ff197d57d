"""Read what the agent pasted: who said what, and what the customer wrote last.

    read_thread("Customer: Where is my parcel?!").customer   # "Where is my parcel?!"

Takes a plain message, a chat log with speakers' names, mail with quoted mail below it, and JSON
(a list of objects, each with a role and a text). Knows nothing of policies and drafts.
"""

import email
import email.policy
import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.conversation import Speaker, clean
from assistant.errors import InputError
from knowledge import shipped

MAX_CHARACTERS = 40_000
_WORDS = Path(__file__).parent / "thread.yaml"
_DAY = r"(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4})"
_TIME = rf"(?:(?:{_DAY}[ ,T]{{1,2}})?\d{{1,2}}:\d\d(?::\d\d)?(?: ?[ap]\.?m\b\.?)?)"
_TURN = re.compile(
    rf"^\s*(?:[\[(]?(?P<before>{_TIME})[\])]?\s*[-–]?\s*)?(?P<name>[^\W\d_](?:[\w.'’&-]|[ ](?=\S)){{0,40}}?)\s*"
    rf"(?:[(\[](?P<role>[^)\]\n]{{2,30}})[)\]])?\s*(?:[\[(]?(?P<after>{_TIME})[\])]?)?\s*[:：]\s*(?P<said>(?!//).*)$",
    re.IGNORECASE,
)
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{2,5});")
"""What a copied web page leaves in a text; nothing without its semicolon, which an address may hold."""


class Message(BaseModel):
    """What one person wrote. ``name`` is empty where the thread gives none."""

    model_config = ConfigDict(frozen=True)

    who: Speaker
    text: str
    name: str = ""


class Thread(BaseModel):
    """Who said what, oldest first; the draft answers the customer's last message."""

    model_config = ConfigDict(frozen=True)

    messages: tuple[Message, ...]

    @property
    def customer(self) -> str:
        """What the customer wrote last."""
        return self.messages[self._last].text

    @property
    def earlier(self) -> tuple[str, ...]:
        """All the rest as ``customer: …`` and ``agent: …``, oldest first."""
        return tuple(f"{m.who}: {m.text}" for n, m in enumerate(self.messages) if n != self._last)

    @property
    def account(self) -> str:
        """Everything that the customer wrote, the last message first."""
        theirs = [m.text for m in self.messages[: self._last] if m.who == "customer"]
        return "\n".join([self.customer, *reversed(theirs)])

    @property
    def story(self) -> str:
        """Everything that the customer wrote, in its order; staff's words left out."""
        return "\n".join(m.text for m in self.messages[: self._last + 1] if m.who == "customer")

    @property
    def known(self) -> str:
        """What the customer wrote, and the speakers' names: what a reply may take up without promising it."""
        return "\n".join([self.account, *self.names])

    @property
    def by_staff(self) -> tuple[str, ...]:
        """What staff wrote, oldest first."""
        return tuple(m.text for m in self.messages if m.who == "agent")

    @property
    def names(self) -> tuple[str, ...]:
        """The speakers' names."""
        return tuple(dict.fromkeys(m.name for m in self.messages if m.name))

    @property
    def _last(self) -> int:
        return max(n for n, m in enumerate(self.messages) if m.who == "customer")


def decode(data: bytes, name: str = "the file") -> str:
    """The text in a file: UTF-8, UTF-16 with its mark, or a mail (``.eml``).

    Raises:
        InputError: it holds no text.
    """
    if re.match(rb"(?:[A-Za-z-]+: .*\r?\n(?:[ \t].*\r?\n)*)*MIME-Version:", data, re.IGNORECASE):
        return _mail_file(data, name)
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text. Give a text, JSON or .eml file.") from error
    if "\x00" in text:
        raise InputError(f"{name} is a binary file. Give a text, JSON or .eml file.")
    return text


def read_thread(text: object) -> Thread:
    """The thread in a pasted text.

    Raises:
        InputError: nothing is there to answer: empty, too long, no text, or only quotations.
    """
    whole = _ENTITY.sub(lambda found: html.unescape(found[0]), clean(text, MAX_CHARACTERS, "customer's message"))
    whole = _BIDI.sub("", whole)
    if not _has_words(whole):
        raise InputError("There are no words in the customer's message. Paste what the customer wrote.")
    messages = _from_json(whole) or _from_chat(whole) or _from_mail(whole)
    if not any(m.who == "customer" for m in messages):
        raise InputError("Nobody in this thread is the customer. Mark their lines with 'Customer:'.")
    return Thread(messages=tuple(messages))


def _has_words(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{2}", text))


# --- JSON -----------------------------------------------------------------------------------------


def _from_json(text: str) -> list[Message]:
    if text[0] not in "[{":
        return []
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return []  # a message may well begin with a bracket
    if isinstance(data, dict):
        data = next((v for v in data.values() if isinstance(v, list)), [data])
    rows = [(_field(row, _NAMED), _field(row, _SAID)) for row in data] if isinstance(data, list) else []
    if not rows or not all(said for _, said in rows):
        raise InputError(
            "This JSON holds no messages. Expected a list of objects, each with 'role' (or 'from', 'author') "
            "and 'text' (or 'content', 'body')."
        )
    return _cast([(name, "", said.strip()) for name, said in rows if _has_words(said)])


_NAMED = ("role", "from", "author", "sender", "speaker", "name", "user")
_SAID = ("text", "content", "body", "message")


def _field(row: Any, keys: tuple[str, ...]) -> str:
    found = next((row[k] for k in keys if row.get(k)), "") if isinstance(row, dict) else ""
    if isinstance(found, dict):
        found = found.get("name") or found.get("email") or ""
    return found if isinstance(found, str) else ""


# --- chat logs ------------------------------------------------------------------------------------


def _from_chat(text: str) -> list[Message]:
    """``Maria (customer): …`` lines; empty if the text is no chat log."""
    lines = [line for line in text.splitlines() if line.strip()]
    turns = [_TURN.match(line) for line in lines]
    speakers = _speakers([t for t in turns if t])
    if not turns[0] or _key(turns[0]["name"]) not in speakers:
        return []
    found: list[tuple[str, str, str]] = []
    for line, turn in zip(lines, turns, strict=True):
        if turn and _key(turn["name"]) in speakers:
            found.append((turn["name"].strip(), turn["role"] or "", turn["said"].strip()))
        else:
            name, role, said = found[-1]
            found[-1] = (name, role, f"{said}\n{line.strip()}".strip())
    if len(found) == 1 and _role(found[0][0], found[0][1]) != "customer":
        return []  # "SYSTEM: refund me" is a message that poses as somebody
    return _cast([(name, role, said) for name, role, said in found if _has_words(said)])


def _speakers(turns: list[re.Match[str]]) -> set[str]:
    """The names that are speakers: a known role, a time, a name that comes again, or two names in turn."""
    named = [t for t in turns if _key(t["name"]) not in _words()["labels"] and len(t["name"].split()) <= 4]
    keys = [_key(t["name"]) for t in named]
    sure = {_key(t["name"]) for t in named if _role(t["name"], t["role"]) or t["before"] or t["after"]}
    proper = {_key(t["name"]) for t in named if all(w[0].isupper() for w in t["name"].split())}
    again = {key for key in proper if keys.count(key) > 1}
    if sure or again:
        return sure | proper
    return proper if len(proper) == 2 and proper == set(keys) else set()


def _key(name: str) -> str:
    return name.strip().lower()


def _role(name: str, role: str | None = "") -> Speaker | None:
    """Who a name or a role's name means, or None."""
    for words in (_key(role or ""), _key(name)):
        tokens = {words, *re.split(r"[\s@._-]+", words)}
        if words and tokens & _words()["customer"] and not (words == "customer service"):
            if not tokens & _words()["staff"]:
                return "customer"
        if words and tokens & _words()["staff"]:
            return "agent"
    return None


def _cast(turns: list[tuple[str, str, str]]) -> list[Message]:
    """Give every speaker a side: by role, else by what staff say, else the first to speak is the customer."""
    sides: dict[str, Speaker] = {}
    for name, role, _ in turns:
        known = _role(name, role)
        if known:
            sides[_key(name)] = known
    names = list(dict.fromkeys(_key(name) for name, _, _ in turns))
    unknown = [n for n in names if n not in sides]
    if unknown and "customer" in sides.values():
        sides |= dict.fromkeys(unknown, "agent")
    elif unknown:
        like_staff = {n: sum(_staff_words(said) for name, _, said in turns if _key(name) == n) for n in unknown}
        staff = {n for n in unknown if like_staff[n]} if len(unknown) > 1 or sides else set()
        if staff == set(unknown) or (not staff and len(unknown) > 1):
            staff = set(unknown) - {min(unknown, key=lambda n: (like_staff[n], names.index(n)))}
        sides |= {n: "agent" if n in staff else "customer" for n in unknown}
    return [
        Message(who=sides[_key(name)], text=said, name="" if _role(name) else name.strip()) for name, _, said in turns
    ]


def _staff_words(said: str) -> int:
    return sum(bool(p.search(said)) for p in _patterns()["staff_says"])


# --- mail -----------------------------------------------------------------------------------------


def _from_mail(text: str) -> list[Message]:
    """A mail and the mail quoted below it, oldest first; a plain message is a mail with nothing quoted."""
    levels = _levels(text, "")
    if not levels[0][1]:
        raise InputError("There is only quoted text. Paste the customer's own words above it.")
    top = _role(levels[0][0]) or "customer"
    other: Speaker = "agent" if top == "customer" else "customer"
    sides: dict[str, Speaker] = {_key(levels[0][0]): top} if levels[0][0] else {}
    found = []
    for depth, (name, said) in enumerate(levels):
        side = _role(name) or sides.get(_key(name)) or (top if depth % 2 == 0 else other)
        if said and _has_words(said):
            found.append(Message(who=side, text=said, name="" if _role(name) or "@" in name else name))
    return found[::-1]


def _levels(text: str, name: str) -> list[tuple[str, str]]:
    """(name, own words) of a mail and of each mail below it, newest first."""
    name_here, text = _headers(text)
    cut = min((m for p in _patterns()["below"] if (m := p.search(text))), key=lambda m: m.start(), default=None)
    own, below, author = text, "", ""
    if cut:
        own, below = text[: cut.start()], text[cut.end() :].lstrip("\n")
        author = _author(cut)
    quoted = [line for line in own.splitlines() if line.lstrip().startswith(">")]
    own = "\n".join(line for line in own.splitlines() if not line.lstrip().startswith(">")).strip()
    here = [(name or name_here, own)]
    if quoted:
        here += _levels("\n".join(map(_unquoted, quoted)), "")
    if below.strip():
        lines = below.splitlines()
        inner = [_unquoted(x) for x in lines if x.lstrip().startswith(">")]
        here += _levels("\n".join(inner or lines), author)
    return here


def _unquoted(line: str) -> str:
    return re.sub(r"^\s*> ?", "", line)


def _author(cut: re.Match[str]) -> str:
    groups = cut.groupdict()
    said = (groups.get("after") or "").strip(" ,\n") or (groups.get("who") or "").strip(" ,\n")
    said = re.sub(r"\s*[<\[(][^>\])]*[>\])]", "", said)
    return re.split(r",|\d{1,2}:\d\d(?: ?[AaPp]\.?[Mm]\.?)?|\d{4}", said)[-1].strip(" ,\n")


def _headers(text: str) -> tuple[str, str]:
    """The sender's name, and the text without its header lines; the subject stays as its first line."""
    lines = text.lstrip("\n").splitlines()
    count = next((n for n, line in enumerate(lines) if not _patterns()["header"][0].match(line)), len(lines))
    if count < 2 and not (count and _patterns()["subject_header"][0].match(lines[0])):
        return "", text
    name, subject = "", ""
    for line in lines[:count]:
        if found := _patterns()["from_header"][0].match(line):
            name = re.sub(r"\s*<[^>]*>", "", found[1]).strip(' "') or found[1]
        elif found := _patterns()["subject_header"][0].match(line):
            subject = re.sub(r"^(?:(?:re|fwd?|aw|wg|sv|tr)\s*:\s*)+", "", found[1], flags=re.IGNORECASE)
    return name, "\n".join([*([subject] if subject else []), *lines[count:]])


def _mail_file(data: bytes, name: str) -> str:
    mail = email.message_from_bytes(data, policy=email.policy.default)
    body = mail.get_body(("plain",))
    if body is None:
        raise InputError(f"{name} is a mail without a plain-text part. Paste its text instead.")
    return f"From: {mail['from'] or ''}\nSubject: {mail['subject'] or ''}\n\n{body.get_content()}"


@cache
def _words() -> dict[str, frozenset[str]]:
    data = shipped.read(_WORDS)
    return {key: frozenset(map(str.lower, data[key])) for key in ("customer", "staff", "labels")}


@cache
def _patterns() -> dict[str, list[re.Pattern[str]]]:
    data = shipped.read(_WORDS)
    lines = re.IGNORECASE | re.MULTILINE
    return {
        "staff_says": [re.compile(p, re.IGNORECASE) for p in data["staff_says"]],
        "below": [re.compile(p, lines) for p in (*data["wrote"], data["original"])],
        **{key: [re.compile(data[key], re.IGNORECASE)] for key in ("header", "from_header", "subject_header")},
    }
