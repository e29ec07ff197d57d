"""What comes after a draft: a note for whoever decides, and a follow-up for when it is solved.

    note = escalation(draft)
    note.to          # "club manager", from the policy that needs their approval
    follow_up(draft, "check-in e-mail", sent="Hello Ann, …")

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
from assistant.reply.commitments import commitments, is_grant
from assistant.reply.draft import Citation, Draft
from assistant.reply.duties import Duty, duties
from assistant.reply.echo import bereaved, own_words
from assistant.reply.figures import sentences_in, stems
from assistant.reply.situation import OWN_WISH, Sign, shows
from assistant.reply.verify import CheckedPart, Purpose, Quote
from knowledge import shipped

FollowUp = Literal["thank-you note", "check-in e-mail", "call script"]
FOLLOW_UPS: tuple[FollowUp, ...] = get_args(FollowUp)
_FILE = Path(__file__).parent / "handoff.yaml"
_RESERVED = re.compile(
    r"\bneeds? (?:[\w -]+? and )?(?:the )?(?P<role>[\w -]+?)['’]s (?:approval|decision)", re.IGNORECASE
)
_OTHERWISE = "[whoever decides this]"
_DESPAIR = "[a sign of self-harm: read the message itself]"
_REGRET = re.compile(r"\b(?:sorry|regret|apolog\w+|afraid)\b.*?(?:[,;:]| and | but |$)", re.IGNORECASE)
"""What is only regretted, up to where something else is said."""
_DENIED = re.compile(
    r"\b(?:no|not|never|cannot|\w+n't|unable|unfortunately|late|delayed|refused|declined)\b", re.IGNORECASE
)
MATTER_CHARACTERS = 160
MOST_SENT = 1200
"""Characters of what was sent."""


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


def escalation(draft: Draft, sent: str = "") -> Note:
    """The note for a manager. Everything in it stands in the thread, the card, the draft, a passage or ``sent``.

    ``sent`` is what the agent marked as sent; while it is empty the draft's offers are told as not sent yet.

    Words of self-harm are not handed round: it says that there is a sign of it.
    """
    owed = duties(draft.situation, {c.id: c.text for c in draft.citations if c.kind == "policy"})
    reserved = _reserved(draft, {duty.passage for duty in owed})
    blocked = [f for p in draft.parts if p.blocked for f in p.findings]
    asked = [f"{rule} ({passage})" for _, passage, rule in reserved[:1]]
    asked += [f"Whether this may be said: “{f.words}”. It would need {f.needs or 'a policy'}." for f in blocked]
    if not asked:
        wants = ", ".join(map(_wish, draft.situation.wants)) or "an answer"
        asked = [f"The customer wants {wants}. {_why_asked(draft)}: please decide."]
    quotes = [q for p in draft.parts for q in p.part.quotes]
    who = {"customer": "Customer", "agent": "Staff"}
    roles = [*(duty.to for duty in owed if duty.to), *(role for role, _, _ in reserved)]
    return Note(
        to=roles[0] if roles else _OTHERWISE,
        account=tuple(f"{m.name or who[m.who]}: “{one_line(_spared(m.text), 400)}”" for m in draft.thread[-6:]),
        evidence=tuple(dict.fromkeys(f"{q.passage}: “{q.words}”" for q in quotes if _is_policy(draft, q))),
        tried=(
            *(f"Promised before ({s.label}): “{_spared(s.words)}”" for s in draft.situation.promised),
            *_offered(draft, sent),
        ),
        asked=(*(f"{duty.words} ({duty.passage})" for duty in owed if not _is_told(duty)), *asked),
        urgency=draft.situation.urgency
        + (f" (“{_spared(draft.situation.urgent[0].words)}”)" if draft.situation.urgent else ""),
        risks=tuple(f"{s.label}: “{_spared(s.words)}”" for s in draft.situation.risks),
    )


def _wish(sign: Sign) -> str:
    return f"{sign.label}: “{sign.words}”" if sign.label == OWN_WISH else sign.label


def _is_told(duty: Duty) -> bool:
    """Whether all of a duty is said to the customer: nobody is turned to, and nothing follows what they are told."""
    return bool(duty.told) and not duty.to and duty.words.rstrip(".").endswith(duty.told)


def _why_asked(draft: Draft) -> str:
    """Why somebody must decide though no rule is reserved and nothing blocked."""
    if any(_is_offer(draft, part) for part in draft.parts):
        return "What policy lets an agent grant is above"
    if draft.outcome == "ask the customer" and (found := [c for c in draft.citations if _is_public_policy(c)]):
        return f"Facts were asked for first; {found[0].id} may say whether that may be granted"
    return "No policy found says whether that may be granted"


def _offered(draft: Draft, sent: str) -> list[str]:
    """What the customer was told, in the words that were sent; before that, the draft's offers."""
    if sent.strip():
        return [f"Sent: “{one_line(_spared(sent), MOST_SENT)}”"]
    return [f"Drafted, not sent yet: {one_line(p.part.text, 240)}" for p in draft.parts if _is_offer(draft, p)]


def follow_up(draft: Draft, kind: str, sent: str = "") -> str:
    """A note to the customer for after it is solved; it promises nothing new.

    What was agreed is what ``sent``, which the agent marked as sent, grants in the draft's words or in others; where
    it grants nothing, it is left to fill in. Injuries and deaths are not told back.

    Raises:
        InputError: there is no such kind (names those there are), or the message shows a sign of self-harm, or
            tells of an assault or of harassment.
    """
    if kind not in FOLLOW_UPS:
        raise InputError(f"There is no follow-up '{kind}'. There are: {', '.join(FOLLOW_UPS)}.")
    if draft.situation.at_risk("self-harm"):
        raise InputError(
            "This message shows a sign of self-harm: no ready-made follow-up is fit for it. Speak with the person, "
            "or with whoever has taken it over."
        )
    if draft.situation.tender:
        raise InputError(
            "This message tells of an assault or of harassment: no ready-made follow-up is fit for it. Speak with "
            "the person, or with whoever has taken it over."
        )
    name = draft.customer_name or "[customer's name]"
    delicate = draft.situation.at_risk("safety") or bereaved(draft.known)
    matter = "" if delicate else one_line(own_words(draft.customer, public=False).text, MATTER_CHARACTERS)
    values = {"name": name, "matter": matter, "offer": _agreed(draft, sent)}
    values["about"] = f": “{matter}”" if matter else "."
    empty = [f"${place}" for place, value in values.items() if not value]
    kept = [line for line in _templates()[kind].splitlines() if not any(place in line for place in empty)]
    text = Template("\n".join(kept)).substitute(values).strip()
    return _renumbered(text) if kind == "call script" else text


def _agreed(draft: Draft, sent: str) -> str:
    """What was agreed in what was sent: the draft's offers in it, and what the agent granted in other words.

    A refusal was agreed by nobody.
    A blank where it holds neither, or nothing was sent; empty where nothing was offered at all.
    """
    offers = [" ".join(p.part.text.split()) for p in draft.parts if not p.blocked and _is_offer(draft, p, "offer")]
    whole = " ".join(sent.split())
    kept = [offer for offer in offers if offer in whole]
    paragraphs = (" ".join(text.split()) for text in re.split(r"\n\s*\n", sent))
    said_in = (said for text in paragraphs for said in sentences_in(text))
    own = [said for said in said_in if _gives(said) and not any(said in offer for offer in kept)]
    return " ".join([*kept, *own]) or ("[what was agreed]" if offers else "")


def _gives(sentence: str) -> bool:
    """Whether a sentence grants something, and does not only deny it or regret that it is not there."""
    said = _REGRET.sub("", sentence.replace("’", "'"))
    denied = _DENIED.search(said) and not is_grant(said)
    return not denied and any(c.kind in ("remedy", "money", "percent") for c in commitments(said))


def _spared(text: str) -> str:
    """A text without the sentences that speak of self-harm."""
    if not shows(text, "self-harm"):
        return text
    said = re.split(r"(?<=[.!?])\s+", " ".join(text.split()))
    kept = " ".join(s for s in said if not shows(s, "self-harm"))
    return f"{kept} {_DESPAIR}".strip() if kept and not shows(kept, "self-harm") else _DESPAIR


def _reserved(draft: Draft, pressing: set[str]) -> list[tuple[str, str, str]]:
    """(role, passage, sentence) of what needs somebody's approval, the nearest to the customer's words first.

    Only of sections that the draft rests on, or that press: others that were found may have nothing to do with it.
    """
    said = stems(" ".join(m.text for m in draft.thread) or draft.customer)
    found = []
    for rank, citation in enumerate(c for c in draft.citations if c.kind == "policy"):
        if citation.id not in pressing | set(draft.cited):
            continue
        for sentence in re.split(r"(?<=[.!?])\s+", citation.text):
            if match := _RESERVED.search(sentence):
                closeness = len(stems(sentence) & said) - 0.5 * rank
                found.append((closeness, (match["role"].strip(), citation.id, sentence.strip())))
    return [row for _, row in sorted(found, key=lambda x: -x[0])]


def _is_public_policy(citation: Citation) -> bool:
    return citation.kind == "policy" and not citation.internal


def _is_policy(draft: Draft, quote: Quote) -> bool:
    return any(c.id == quote.passage and c.kind == "policy" for c in draft.citations)


def _is_offer(draft: Draft, checked: CheckedPart, *purposes: Purpose) -> bool:
    part = checked.part
    return part.purpose in (purposes or ("offer", "explain")) and any(_is_policy(draft, q) for q in part.quotes)


def _renumbered(text: str) -> str:
    """A script's lines numbered anew after one was left out."""
    numbers = count(1)
    return re.sub(r"^\d\.", lambda _: f"{next(numbers)}.", text, flags=re.MULTILINE)


@cache
def _templates() -> dict[str, str]:
    return shipped.read_as(_FILE, dict[str, str])
