"""Read what the agent pasted: who said what, and what the customer wrote last.

    read_thread("Customer: Where is my parcel?!").customer   # "Where is my parcel?!"

Takes a plain message, a chat log with speakers' names, mail with quoted mail below it, and JSON
(a list of objects, each with a role and a text). Knows nothing of policies and drafts.
"""

import html
import json
import re
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.conversation import clean
from assistant.errors import InputError
from assistant.reply.chat_log import from_chat
from assistant.reply.quoted_mail import from_mail, mail_file
from assistant.reply.signature import signed
from assistant.reply.speakers import Message, cast, has_words

MAX_CHARACTERS = 40_000
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MAIL = re.compile(rb"(?:[!-9;-~]+:.*\r?\n(?:[ \t].*\r?\n)*)*?MIME-Version:", re.IGNORECASE)
"""Header lines (RFC 5322) down to the one that every mail has."""
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{2,5});")
"""What a copied web page leaves in a text; nothing without its semicolon, which an address may hold."""


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
    def log(self) -> str:
        """All of it as a chat log, which ``read_thread`` reads again."""
        return "\n".join(f"{f'{m.name} ({m.who})' if m.name else m.who.title()}: {m.text}" for m in self.messages)

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
    if _MAIL.match(data):
        return mail_file(data, name)
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
    if not has_words(whole):
        raise InputError("There are no words in the customer's message. Paste what the customer wrote.")
    messages = _from_json(whole) or from_chat(whole) or from_mail(whole)
    if not any(m.who == "customer" for m in messages):
        raise InputError("Nobody in this thread is the customer. Mark their lines with 'Customer:'.")
    return Thread(messages=tuple(map(_named, messages)))


def _named(message: Message) -> Message:
    """A customer's message whose form gives no name has the one that it is signed with."""
    if message.name or message.who != "customer":
        return message
    return message.model_copy(update={"name": signed(message.text)})


def _from_json(text: str) -> list[Message]:
    if text[0] not in "[{":
        return []
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return []  # a message may well begin with a bracket
    lists = [*(v for v in data.values() if isinstance(v, list)), [data]] if isinstance(data, dict) else [data]
    rows = next(filter(None, map(_rows, lists)), [])
    if not rows:
        raise InputError(
            "This JSON holds no messages. Expected a list of objects, each with 'role' (or 'from', 'author') "
            "and 'text' (or 'content', 'body')."
        )
    return cast([(name, "", said.strip()) for name, said in rows])


def _rows(some: list[Any]) -> list[tuple[str, str]]:
    """(name, words) of each object that says anything; empty if there is none."""
    rows = [(_field(row, _NAMED), _field(row, _SAID)) for row in some]
    return [(name, said) for name, said in rows if has_words(said)]


_NAMED = ("role", "from", "author", "sender", "speaker", "name", "user")
_SAID = ("text", "content", "body", "message")


def _field(row: Any, keys: tuple[str, ...]) -> str:
    found = next((row[k] for k in keys if row.get(k)), "") if isinstance(row, dict) else ""
    if isinstance(found, dict):
        found = found.get("name") or found.get("email") or ""
    if isinstance(found, list):  # as OpenAI's chats have it: pieces, those of text among them
        found = "\n".join(filter(None, (_field(piece, ("text",)) for piece in found)))
    return found if isinstance(found, str) else ""
