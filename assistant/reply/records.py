"""What became of drafts: blocked parts an agent released, what was sent, thumbs, and the gaps in policy.

    records.release(draft.id, 2, "The team lead agreed by phone.")
    records.sent(draft.id, text)
    records.rates()        # accepted as drafted, or edited and how much, per kind of case
    records.gaps()         # what policy has no answer for, most frequent first

A row is written once and never changed; a draft is as it was stored, with its releases applied.
"""

import difflib
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine, select

from assistant.errors import InputError, NotFound
from assistant.reply.draft import Draft
from assistant.reply.figures import figures_in
from assistant.reply.redact import find_private
from assistant.store import LOCAL_OWNER
from assistant.tables import drafts as kept
from assistant.tables import feedback

NO_POLICY = "no policy"
MOST_FILLED = 80
"""Characters that an agent may fill in for a placeholder, in one line, without having changed the draft."""
_PLACEHOLDERS = re.compile(r"((?:\[[^\]\n]{2,60}\])+)")
"""One, or several side by side."""
LONG = 6_000
"""Characters from which texts are compared word by word: by characters it would take seconds."""
Kind = Literal["released", "sent", "thumb"]


class Rate(BaseModel):
    """How drafts of one kind of case fared. ``edited`` is the mean share of characters changed, 0–1."""

    model_config = ConfigDict(frozen=True)

    kind: str
    drafts: int
    sent: int
    accepted: int
    edited: float
    down: int
    reasons: tuple[str, ...] = ()


class Gap(BaseModel):
    """Something that policy has no answer for, with a customer's words for it."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["nothing relevant", "blocked for want of policy"]
    policy_set: str
    needs: str
    example: str
    count: int


class Records:
    """The drafts of the database that ``engine`` opens, and what became of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, draft: Draft, owner: str = LOCAL_OWNER) -> None:
        """Store a new draft."""
        row = {"id": draft.id, "owner": owner, "created": datetime.now(UTC), "data": draft.model_dump_json()}
        with self._engine.begin() as db:
            db.execute(kept.insert().values(row))

    def draft(self, draft_id: str, owner: str = LOCAL_OWNER) -> Draft:
        """A draft with the parts that were released.

        Raises:
            NotFound: there is none of that id for this owner.
        """
        with self._engine.connect() as db:
            mine = (kept.c.id == draft_id) & (kept.c.owner == owner)
            data = db.execute(select(kept.c.data).where(mine)).scalar()
        if data is None:
            raise NotFound("There is no such draft. It may have been deleted; draft it again.")
        released = {row["part"] for _, row in self._rows(draft_id, owner, "released")}
        return _with_released(Draft.model_validate_json(data), released)

    def drafts(self, owner: str = LOCAL_OWNER, most: int = 200) -> list[tuple[datetime, Draft]]:
        """When they were made, and this owner's drafts, newest first, as they were stored."""
        query = select(kept.c.created, kept.c.data).where(kept.c.owner == owner)
        with self._engine.connect() as db:
            rows = db.execute(query.order_by(kept.c.created.desc()).limit(most)).all()
        return [(created, Draft.model_validate_json(data)) for created, data in rows]

    def of(self, owner: str) -> list[Draft]:
        """This owner's drafts, newest first."""
        return [draft for _, draft in self.drafts(owner)]

    def release(self, draft_id: str, part: int, why: str, owner: str = LOCAL_OWNER) -> Draft:
        """Release a blocked part by the agent's own hand; gives the draft with it.

        Raises:
            NotFound: no such draft.
            InputError: there is no such part, it is not blocked, or no reason was given.
        """
        draft = self.draft(draft_id, owner)
        if not 0 <= part < len(draft.parts) or not draft.parts[part].blocked:
            raise InputError("That part of the draft is not blocked: there is nothing to release.")
        if not why.strip():
            raise InputError("Say why this may be sent (who allowed it, or which rule): it is kept with the draft.")
        words = [f.words for f in draft.parts[part].findings]
        self._add(draft_id, owner, "released", {"part": part, "why": why.strip(), "words": words})
        return _with_released(draft, {part})

    def sent(self, draft_id: str, text: str, owner: str = LOCAL_OWNER) -> float:
        """Keep what the agent sent; gives the share that was changed (0: as drafted).

        Raises:
            NotFound: no such draft.
            InputError: the text is empty.
        """
        if not text.strip():
            raise InputError("There is no text: paste what you sent.")
        share = changed(self.draft(draft_id, owner).text, text)
        self._add(draft_id, owner, "sent", {"text": text.strip(), "changed": share})
        return share

    def last_sent(self, draft_id: str, owner: str = LOCAL_OWNER) -> str:
        """What the agent marked as sent last; empty if nothing was."""
        return next((str(row["text"]) for _, row in reversed(self._rows(draft_id, owner, "sent"))), "")

    def was_sent(self, draft_id: str, text: str, owner: str = LOCAL_OWNER) -> bool:
        """Whether it was kept that the agent sent exactly this."""
        return any(row["text"] == text.strip() for _, row in self._rows(draft_id, owner, "sent"))

    def thumb(self, draft_id: str, up: bool, why: str = "", owner: str = LOCAL_OWNER) -> None:
        """Keep a thumb.

        Raises:
            NotFound: no such draft.
            InputError: it points down and no reason is given.
        """
        self.draft(draft_id, owner)
        if not up and not why.strip():
            raise InputError("Say what was wrong: it is the only way that the draft can get better.")
        self._add(draft_id, owner, "thumb", {"up": up, "why": why.strip()})

    def rates(self, owner: str = LOCAL_OWNER) -> list[Rate]:
        """How drafts fared, per kind of case, the most frequent kind first."""
        drafts = {d.id: d for _, d in self.drafts(owner, most=5000)}
        by_kind: dict[str, list[Draft]] = {}
        for draft in drafts.values():
            by_kind.setdefault(kind_of_case(draft), []).append(draft)
        rows = self._all(owner)
        found = []
        for kind, some in by_kind.items():
            ids = {d.id for d in some}
            sent = {draft: row for draft, what, row in rows if what == "sent" and draft in ids}
            down = [row for draft, what, row in rows if what == "thumb" and draft in ids and not row["up"]]
            edits = [row["changed"] for row in sent.values()]
            found.append(
                Rate(
                    kind=kind,
                    drafts=len(some),
                    sent=len(edits),
                    accepted=sum(e == 0 for e in edits),
                    edited=sum(edits) / len(edits) if edits else 0.0,
                    down=len(down),
                    reasons=tuple(row["why"] for row in down),
                )
            )
        return sorted(found, key=lambda r: -r.drafts)

    def gaps(self, owner: str = LOCAL_OWNER) -> list[Gap]:
        """What policy has no answer for, most frequent first; private details left out."""
        seen: Counter[tuple[str, str, str]] = Counter()
        examples: dict[tuple[str, str, str], str] = {}
        for _, draft in self.drafts(owner, most=5000):
            for kind, needs in _gaps_of(draft):
                key = (kind, draft.policy_set, needs)
                seen[key] += 1
                if key not in examples:
                    private = find_private([draft.customer], draft.names)
                    examples[key] = " ".join(private.without(draft.customer).split())[:200]
        return [
            Gap.model_validate(
                {"kind": key[0], "policy_set": key[1], "needs": key[2], "example": examples[key], "count": count}
            )
            for key, count in seen.most_common()
        ]

    def _add(self, draft_id: str, owner: str, kind: Kind, data: dict[str, Any]) -> None:
        row = {"id": uuid.uuid4().hex, "draft": draft_id, "owner": owner, "created": datetime.now(UTC), "kind": kind}
        with self._engine.begin() as db:
            db.execute(feedback.insert().values(**row, data=json.dumps(data)))

    def _rows(self, draft_id: str, owner: str, kind: Kind) -> list[tuple[datetime, dict[str, Any]]]:
        mine = (feedback.c.draft == draft_id) & (feedback.c.owner == owner) & (feedback.c.kind == kind)
        with self._engine.connect() as db:
            rows = db.execute(
                select(feedback.c.created, feedback.c.data).where(mine).order_by(feedback.c.created)
            ).all()
        return [(created, json.loads(data)) for created, data in rows]

    def _all(self, owner: str) -> list[tuple[str, str, dict[str, Any]]]:
        query = select(feedback.c.draft, feedback.c.kind, feedback.c.data).where(feedback.c.owner == owner)
        with self._engine.connect() as db:
            rows = db.execute(query.order_by(feedback.c.created)).all()
        return [(draft, kind, json.loads(data)) for draft, kind, data in rows]


def kind_of_case(draft: Draft) -> str:
    """The policy section that the draft rests on first, else that there was none."""
    policies = {c.id: c.title for c in draft.citations if c.kind == "policy"}
    return next((policies[s] for s in draft.cited if s in policies), NO_POLICY)


def changed(drafted: str, sent: str) -> float:
    """The share of characters (of words, where a text is long) that the agent changed; filling in is no change."""
    one, other = (" ".join(text.split()) for text in (drafted, sent))
    if _filled_in(one, _in_one_line(sent)):
        return 0.0
    long = max(len(one), len(other)) > LONG
    units = [text.split() if long else list(text) for text in (one, other)]
    return float(1 - difflib.SequenceMatcher(None, units[0], units[1], autojunk=False).ratio())


def _in_one_line(text: str) -> str:
    """A text with one space, or one line break, for what parts its words."""
    return re.sub(r"\s+", lambda gap: "\n" if "\n" in gap[0] else " ", text.strip())


def _filled_in(drafted: str, sent: str) -> bool:
    """Whether it is the draft with its placeholders filled in, each within a line and by no further sentence."""
    first, *others = _PLACEHOLDERS.split(drafted)
    plain = sent.replace("\n", " ")
    if not others:
        return first == plain
    if not plain.startswith(first) or not plain.endswith(others[-1]):
        return False
    here, end = len(first), len(plain) - len(others[-1])
    for blanks, piece in zip(others[::2], others[1::2], strict=True):
        most = MOST_FILLED * blanks.count("[")
        is_last = piece is others[-1]
        found = end if is_last else plain.find(piece, here, min(here + most + len(piece), end))
        if not (found >= here and found - here <= most and _is_filling(sent[here:found])):
            return False
        here = found + len(piece)
    return True


def _is_filling(text: str) -> bool:
    """Whether a text may stand for a placeholder: one line, and no end of a sentence in it."""
    return "\n" not in text and not re.search(r"\w\w[.!?]\s+\w+\s+\w+\s", text)


def _gaps_of(draft: Draft) -> Iterable[tuple[str, str]]:
    policies = {c.id for c in draft.citations if c.kind == "policy"}
    read = draft.model or draft.situation.language == "English"  # else it was held against no policy
    if read and draft.outcome in ("ask the agent", "escalate") and not policies & set(draft.cited):
        wants = ", ".join(s.label for s in draft.situation.wants) or "an answer"
        yield "nothing relevant", f"what to do when a customer wants {wants}"
    for part in draft.parts:
        for finding in part.findings:
            if finding.kind == "unbacked commitment" and not _is_of_dates(finding.needs):
                yield "blocked for want of policy", finding.needs


def _is_of_dates(needs: str) -> bool:
    """Whether a policy would be needed for dates and counts only, which an agent finds out: none would grant them."""
    return all(_is_date_or_count(value.strip()) for value in needs.partition(": ")[2].split(","))


def _is_date_or_count(value: str) -> bool:
    dates = [c.words for c in figures_in(value) if c.kind == "date"]
    return value in dates or bool(re.fullmatch(r"\d+(?:\.\d+)?", value))


def _with_released(draft: Draft, released: set[int]) -> Draft:
    parts = [p.model_copy(update={"released": True}) if n in released else p for n, p in enumerate(draft.parts)]
    return draft.model_copy(update={"parts": tuple(parts)})
