"""Verify a drafted part against the passages it names. Pure code, no model.

    checked = verify(Part(text="I can refund you £20.", quotes=(…)), passages)
    checked.findings       # (Finding("commitment", "£20", "no quoted policy grants it"),)

Guides shape how; only policies may authorise what. Every quote must stand in its section word
for word. Every commitment in the text (money, percentages, spans of time and dates, promises of
a remedy, admissions of liability) must be backed by a quoted policy that says the same figure
and the same thing; one that is not is blocked, and so is what may never leave (``outward``).
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assistant.reply.commitments import Likely, commitments, is_grant, names_remedy, unmatched
from assistant.reply.echo import without_handles
from assistant.reply.figures import Commitment
from assistant.reply.grants import Grants, granted
from assistant.reply.outward import unsafe
from knowledge import Passage

WORD = r"[£$€]?\d[\d.,]*\d%?|[\w£$€%]+"
"""What counts as a word of a quote; a figure is one, whatever points are in it."""
_NAMED = "the name must stand in the thread or in a passage"
Purpose = Literal["acknowledge", "explain", "offer", "ask", "next step"]


class Quote(BaseModel):
    """Words of a passage, by the section's id."""

    model_config = ConfigDict(frozen=True)

    passage: str
    words: str


class Part(BaseModel):
    """A piece of the draft with what it rests on; ``english`` is the same in English where ``text`` is not."""

    model_config = ConfigDict(frozen=True)

    purpose: Purpose
    text: str
    english: str = ""
    quotes: tuple[Quote, ...] = ()


class Finding(BaseModel):
    """What is wrong with a part: the words, why, and what would be needed: a policy, if it commits, or a source."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["quote not found", "unbacked commitment", "invented name", "unsafe"]
    words: str
    why: str
    needs: str = ""


class CheckedPart(BaseModel):
    """A part after verification; ``blocked`` if anything in it is not backed and no agent ``released`` it."""

    model_config = ConfigDict(frozen=True)

    part: Part
    findings: tuple[Finding, ...] = ()
    wording: Literal["model", "code", "agent"] = "model"
    released: bool = False

    @property
    def blocked(self) -> bool:
        """Whether it may not be sent as it stands."""
        return not self.released and any(f.kind != "quote not found" for f in self.findings)


def verify(
    part: Part, passages: Mapping[str, Passage], customer: str = "", promised: Likely | None = None, people: str = ""
) -> CheckedPart:
    """Check one part against the passages that were found for the draft.

    ``customer`` is the message answered: its own words, quoted back in “…”, commit nobody. ``promised`` tells how
    likely a sentence commits; without it patterns alone tell. Who is named in ``people`` was not invented.
    """
    findings, backing = _quotes(part, passages)
    sections = "\n".join(passages[p].section.text for p in {q.passage for q in part.quotes} & passages.keys())
    known = f"{customer} {people} {' '.join(p.section.text for p in passages.values())}"
    bare = _bare(part, granted(backing, customer, sections), customer, known, promised)
    findings += _commitments(bare, "no quoted policy grants it" if backing else "it rests on no policy")
    for words, why in unsafe(f"{part.text}\n{part.english}", passages, customer):
        findings.append(Finding(kind="unsafe", words=words, why=why))
    return CheckedPart(part=part, findings=tuple(findings))


def _quotes(part: Part, passages: Mapping[str, Passage]) -> tuple[list[Finding], str]:
    """The quotes that stand nowhere, and the whole sentences of policies that the others are from."""
    findings: list[Finding] = []
    backing: list[str] = []
    for quote in part.quotes:
        passage = passages.get(quote.passage)
        place = locate(quote.words, passage.section.text) if passage else None
        if passage is None or place is None:
            why = f"these words do not stand in {quote.passage}"
            findings.append(Finding(kind="quote not found", words=quote.words, why=why))
        elif passage.meta.kind == "policy":
            backing.append(_whole_sentences(passage.section.text, *place))
    return findings, "\n".join(backing)


def _bare(part: Part, grants: Grants, customer: str, known: str, promised: Likely | None) -> list[Commitment]:
    """What a part commits to that no grant backs, and whom it names that are not ``known``."""
    found = commitments(_without_customer(part.english or part.text, customer), promised)
    if part.english:
        found += unmatched(_without_customer(part.text, customer), part.english)
    if part.purpose == "acknowledge":
        found = tuple(c for c in found if not _recounts(c, grants))
    return [c for c in found if not (_is_named(c, known) if c.kind == "person" else grants.backs(c, found))]


def _commitments(bare: list[Commitment], why: str) -> list[Finding]:
    """One finding for whom nobody knows, and one for what no policy grants."""
    names, ungranted = _by_want(bare)
    findings = []
    if names:
        findings.append(Finding(kind="invented name", words=_words(names), why=why, needs=_NAMED))
    if ungranted:
        needs = _policy_for(ungranted)
        findings.append(Finding(kind="unbacked commitment", words=_words(ungranted), why=why, needs=needs))
    return findings


def _by_want(bare: list[Commitment]) -> tuple[list[Commitment], list[Commitment]]:
    """What wants a name that is known, and what wants a policy.

    The day on which somebody unknown will act goes with the name ("Olga will ring you tomorrow"); what they would
    give does not.
    """
    names = [c.words for c in bare if c.kind == "person"]
    giving = {c.clause for c in bare if c.kind not in ("person", "date", "promise")}

    def wants_name(found: Commitment) -> bool:
        acts = found.kind in ("date", "promise") and found.clause not in giving
        return found.kind == "person" or (acts and any(name in found.clause for name in names))

    return [c for c in bare if wants_name(c)], [c for c in bare if not wants_name(c)]


def _words(bare: list[Commitment]) -> str:
    return ", ".join(dict.fromkeys(c.words for c in _telling(bare)))


def locate(words: str, text: str) -> tuple[int, int] | None:
    """Where three or more quoted words stand in a text (start, end), whatever the spaces and quote marks; or None."""
    pieces = list(re.finditer(WORD, words))
    if len(pieces) < 3:
        return None
    inner = re.escape(pieces[0][0])
    for before, piece in pairwise(pieces):
        gap = r"[^\w£$€%]+" if piece.start() > before.end() else ""
        inner += gap + re.escape(piece[0])
    match = re.search(rf"(?<![\w£$€%]){inner}(?![\w%]|[.,]\d)", text, re.IGNORECASE)
    return match.span() if match else None


def _recounts(found: Commitment, grants: Grants) -> bool:
    """Whether an acknowledgement only tells the customer's figures or words back, in a clause that grants nothing."""
    told = (found.kind, found.value) in grants.told or (found.kind == "promise" and grants.tells_back(found.value))
    return told and not is_grant(found.clause) and not names_remedy(found.clause)


def _policy_for(bare: list[Commitment]) -> str:
    """The policy that would have to say so."""
    named = [c.value for c in bare if c.kind in ("remedy", "money", "percent", "span", "date", "count", "extent")]
    if any(c.kind == "liability" for c in bare):
        named.append("an admission of liability")
    what = ", ".join(dict.fromkeys(named)) or " ".join(bare[0].words.split()).rstrip(".!")
    return f"a policy that lets an agent grant this without asking anyone: {what}"


def _whole_sentences(text: str, start: int, end: int) -> str:
    """The sentences that a quote stands in: a quote cut short must not lose "needs approval"."""
    before = [m.end() for m in re.finditer(r"[.!?]\s+|\n+", text[:start])]
    after = re.search(r"[.!?](?=\s|$)|\n", text[max(start, end - 1) :])
    return text[before[-1] if before else 0 : max(start, end - 1) + after.end() if after else len(text)]


def _telling(bare: list[Commitment]) -> list[Commitment]:
    """Without the clauses that a shorter finding names already."""
    short = [c.words for c in bare if c.kind != "promise"]
    return [c for c in bare if c.kind != "promise" or not any(words in c.value for words in short)]


def _is_named(found: Commitment, known: str) -> bool:
    """Whether a person stands in the thread or in a passage, and so was not invented."""
    return all(re.search(rf"\b{re.escape(name)}\b", known) for name in found.words.split())


def _without_customer(text: str, customer: str) -> str:
    """The text without quotations of the customer; a quotation of anybody else stays in."""

    def theirs(match: re.Match[str]) -> str:
        quoted = match[1].rstrip(" …")
        return "“…”" if locate(quoted, customer) or locate(quoted, without_handles(customer)) else match[0]

    return re.sub(r"“([^”]*)”", theirs, text)
