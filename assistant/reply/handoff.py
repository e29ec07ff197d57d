"""What comes after a draft: a note for whoever decides, and a follow-up for when it is solved.

    note = escalation(draft)
    note.to          # "club manager", from the policy that needs their approval
    follow_up(draft, "check-in e-mail")

Put together by code from the thread, the card, the draft and its passages, so that nothing is in a
note that is not in one of them.
"""

import re
from functools import cache
from itertools import count
from pathlib import Path
from string import Template
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from assistant.conversation import one_line
from assistant.errors import InputError
from assistant.reply.draft import Draft
from assistant.reply.figures import stems
from assistant.reply.verify import CheckedPart, Quote
from knowledge import shipped

FollowUp = Literal["thank-you note", "check-in e-mail", "call script"]
FOLLOW_UPS: tuple[FollowUp, ...] = get_args(FollowUp)
_FILE = Path(__file__).parent / "handoff.yaml"
_RESERVED = re.compile(r"\bneeds? (?:the )?(?P<role>[\w -]+?)['’]s (?:approval|decision)", re.IGNORECASE)
_OTHERWISE = "[whoever decides this]"
MATTER_CHARACTERS = 160


class Note(BaseModel):
    """An escalation note: who decides, what happened, on what it rests, what was tried, what is asked."""

    model_config = ConfigDict(frozen=True)

    to: str
    account: tuple[str, ...]
    evidence: tuple[str, ...]
    tried: tuple[str, ...]
    asked: tuple[str, ...]
    urgency: str
    risks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As it is sent to a colleague."""
        blocks = [
            ("What happened", self.account),
            ("What it rests on", self.evidence),
            ("What was tried", self.tried),
            ("What is asked of you", self.asked),
            ("At risk", self.risks),
        ]
        lines = [f"To: {self.to}", f"Urgency: {self.urgency}"]
        for head, items in blocks:
            if items:
                lines += ["", head, *(f"- {item}" for item in items)]
        return "\n".join(lines)


def escalation(draft: Draft) -> Note:
    """The note for a manager. Everything in it stands in the thread, the card, the draft or a passage."""
    reserved = _reserved(draft)
    blocked = [f for p in draft.parts if p.blocked for f in p.findings]
    asked = [f"{rule} ({passage})" for _, passage, rule in reserved[:1]]
    asked += [f"Whether this may be said: “{f.words}”. It would need {f.needs or 'a policy'}." for f in blocked]
    if not asked:
        wants = ", ".join(s.label for s in draft.situation.wants) or "an answer"
        asked = [f"The customer wants {wants}. No policy found says whether that may be granted: please decide."]
    quotes = [q for p in draft.parts for q in p.part.quotes]
    who = {"customer": "Customer", "agent": "Staff"}
    return Note(
        to=reserved[0][0] if reserved else _OTHERWISE,
        account=tuple(f"{m.name or who[m.who]}: “{one_line(m.text, 400)}”" for m in draft.thread[-6:]),
        evidence=tuple(dict.fromkeys(f"{q.passage}: “{q.words}”" for q in quotes if _is_policy(draft, q))),
        tried=(
            *(f"Promised before ({s.label}): “{s.words}”" for s in draft.situation.promised),
            *(f"Drafted, not sent yet: {one_line(p.part.text, 240)}" for p in draft.parts if _is_offer(draft, p)),
        ),
        asked=tuple(asked),
        urgency=draft.situation.urgency
        + (f" (“{draft.situation.urgent[0].words}”)" if draft.situation.urgent else ""),
        risks=tuple(f"{s.label}: “{s.words}”" for s in draft.situation.risks),
    )


def follow_up(draft: Draft, kind: str) -> str:
    """A note to the customer for after it is solved; it repeats what was offered and promises nothing new.

    Raises:
        InputError: there is no such kind; names those there are.
    """
    if kind not in FOLLOW_UPS:
        raise InputError(f"There is no follow-up '{kind}'. There are: {', '.join(FOLLOW_UPS)}.")
    name = next((m.name for m in reversed(draft.thread) if m.who == "customer" and m.name), "[customer's name]")
    offer = " ".join(p.part.text for p in draft.parts if not p.blocked and _is_offer(draft, p))
    values = {"name": name, "matter": one_line(draft.customer, MATTER_CHARACTERS), "offer": offer}
    kept = [line for line in _templates()[kind].splitlines() if offer or "$offer" not in line]
    text = Template("\n".join(kept)).substitute(values).strip()
    return _renumbered(text) if kind == "call script" else text


def _reserved(draft: Draft) -> list[tuple[str, str, str]]:
    """(role, passage, sentence) of what needs somebody's approval, the nearest to the customer's words first."""
    said = stems(" ".join(m.text for m in draft.thread) or draft.customer)
    found = []
    for rank, citation in enumerate(c for c in draft.citations if c.kind == "policy"):
        for sentence in re.split(r"(?<=[.!?])\s+", citation.text):
            if match := _RESERVED.search(sentence):
                closeness = len(stems(sentence) & said) - 0.5 * rank
                found.append((closeness, (match["role"].strip(), citation.id, sentence.strip())))
    return [row for _, row in sorted(found, key=lambda x: -x[0])]


def _is_policy(draft: Draft, quote: Quote) -> bool:
    return any(c.id == quote.passage and c.kind == "policy" for c in draft.citations)


def _is_offer(draft: Draft, checked: CheckedPart) -> bool:
    part = checked.part
    return part.purpose in ("offer", "explain") and any(_is_policy(draft, q) for q in part.quotes)


def _renumbered(text: str) -> str:
    """A script's lines numbered anew after one was left out."""
    numbers = count(1)
    return re.sub(r"^\d\.", lambda _: f"{next(numbers)}.", text, flags=re.MULTILINE)


@cache
def _templates() -> dict[str, str]:
    return shipped.read_as(_FILE, dict[str, str])
