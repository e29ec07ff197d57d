"""The card beside a draft: what the customer wants and feels, how urgent it is, what is at risk.

    card = read_situation(read_thread("Where is my parcel?! My lawyer will write to you."))
    card.risks          # (Sign(label="legal threat", words="lawyer"),)

Read without a model, by the patterns in ``situation.yaml``; every sign carries the words that show
it. Pure. Knows nothing of policies.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from assistant.conversation import one_line
from assistant.language import language
from assistant.reply.thread import Thread
from knowledge import shipped

_FILE = Path(__file__).parent / "situation.yaml"
_MOST_WORDS = 160
Urgency = Literal["now", "soon", "ordinary"]


class Sign(BaseModel):
    """Something that the thread shows, with the words that show it."""

    model_config = ConfigDict(frozen=True)

    label: str
    words: str


class Situation(BaseModel):
    """The card. ``promised`` holds whole sentences; ``missing`` what an agent would have to ask for."""

    model_config = ConfigDict(frozen=True)

    wants: tuple[Sign, ...] = ()
    feels: tuple[Sign, ...] = ()
    urgency: Urgency = "ordinary"
    urgent: tuple[Sign, ...] = ()
    risks: tuple[Sign, ...] = ()
    promised: tuple[Sign, ...] = ()
    missing: tuple[str, ...] = ()
    language: str = "English"
    messages: int = 1

    @property
    def grave(self) -> bool:
        """Whether somebody with more authority should look before anything is sent."""
        return any(map(self.at_risk, ("legal threat", "safety", "self-harm", "discrimination")))

    def at_risk(self, what: str) -> bool:
        """Whether the thread shows this risk."""
        return any(sign.label == what for sign in self.risks)


def read_situation(thread: Thread) -> Situation:
    """What the thread shows."""
    customer = [_plain(m.text) for m in thread.messages if m.who == "customer"][::-1]
    data = _data()
    risks = _signs(customer, data["risks"])
    despair = tuple(Sign(label="now", words=s.words) for s in risks if s.label == "self-harm")
    urgent = (*despair, *_signs(customer, data["urgent"]))
    whole = "\n".join(m.text for m in thread.messages)
    return Situation(
        wants=_signs(customer, data["wants"]),
        feels=_signs(customer, data["feels"]),
        urgency="now" if any(s.label == "now" for s in urgent) else "soon" if urgent else "ordinary",
        urgent=urgent,
        risks=risks,
        promised=(
            *_sentences_with("by staff", [_plain(t) for t in thread.by_staff], data["promised"]["by staff"]),
            *_sentences_with("told by the customer", customer[::-1], data["promised"]["told by the customer"]),
        ),
        missing=tuple(
            what
            for what, (when, given) in data["missing"].items()
            if any(when.search(t) for t in customer) and not given.search(whole)
        ),
        language=language(thread.customer),
        messages=len(thread.messages),
    )


def _signs(texts: list[str], patterns: dict[str, re.Pattern[str]]) -> tuple[Sign, ...]:
    """The first words that show each label, the latest message first."""
    found = []
    for label, pattern in patterns.items():
        match = next((m for text in texts if (m := pattern.search(text))), None)
        if match:
            found.append(Sign(label=label, words=" ".join(match[0].split())))
    return tuple(found)


def _sentences_with(label: str, texts: list[str], pattern: re.Pattern[str]) -> list[Sign]:
    sentences = [s.strip() for text in texts for s in re.split(r"(?<=[.!?])\s+|\n+", text)]
    return [Sign(label=label, words=one_line(s, _MOST_WORDS)) for s in dict.fromkeys(sentences) if pattern.search(s)]


def _plain(text: str) -> str:
    return text.replace("’", "'")


@cache
def _data() -> dict[str, Any]:
    raw = shipped.read(_FILE)

    def compiled(patterns: dict[str, str]) -> dict[str, re.Pattern[str]]:
        return {label: re.compile(p, re.IGNORECASE) for label, p in patterns.items()}

    return {
        **{key: compiled(raw[key]) for key in ("wants", "feels", "urgent", "risks", "promised")},
        "missing": {what: tuple(compiled(pair).values()) for what, pair in raw["missing"].items()},
    }
