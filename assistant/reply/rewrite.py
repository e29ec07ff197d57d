"""Rewrite: an agent's own text critiqued and mended; a draft in another tone, length or channel.

    async for event in rewriter.own_text("Sorry but thats policy.", "Where is my bag?!", policy_set="airline"):
        ...                                                  # Critiqued, then Rewritten
    reshaped = await rewriter.reshape(draft_id, shape(tone="formal"))

Both change wording, verify again and show what changed. Without a capable model the critique is the
same (code makes it), and code takes out what is safe to take out; a tone it cannot change, and says so.
"""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import groupby

from pydantic import BaseModel, ConfigDict

from assistant.act_words import hits
from assistant.conversation import clean, one_line
from assistant.errors import ModelError
from assistant.message import system, user
from assistant.reply import parts
from assistant.reply.backing import backing, denied
from assistant.reply.case import Case
from assistant.reply.changes import Change, changes
from assistant.reply.channels import Shape
from assistant.reply.draft import Draft, Outcome, passage_of, placeholders
from assistant.reply.drafting import ReplyDesk
from assistant.reply.public import fit_for_public, left_out_note
from assistant.reply.redact import Private, find_private
from assistant.reply.rules import refusals
from assistant.reply.signature import signed
from assistant.reply.stock import only_stock
from assistant.reply.verify import CheckedPart, Part, Purpose, Quote, verify
from assistant.reply.whole import MAX_TOKENS, ModelDraft, fence, fenced, verify_all
from assistant.reply.work import Work, finished
from assistant.store import LOCAL_OWNER
from knowledge import Passage
from prompts import render

MAX_CHARACTERS = 8_000
_CLEAN = {"blame", "arguing", "calm_down", "insult"}
REFUSAL_CHARACTERS = 160
SIGNATURE_WORDS = 10
"""Words that a closing and a name may have."""
_GREETING = re.compile(
    r"\W*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[^,!.?\n]{0,40}(?:[,!]\s*|\s*\n\s*|\s*$)",
    re.IGNORECASE,
)


_WEIGHED = "Code's words stay for what was told here: somebody has weighed them."


class Remark(BaseModel):
    """One criterion of the rubric, held against a text. ``advice`` is what would meet it."""

    model_config = ConfigDict(frozen=True)

    criterion: str
    asks: str
    met: bool
    advice: str = ""


Critic = Callable[[Draft], tuple[Remark, ...]]
"""Answers the rubric for replies; the rubric lives with the evals, so it is handed in."""


@dataclass(frozen=True, slots=True)
class Critiqued:
    """What the rubric says of the agent's own text."""

    draft: Draft
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The mended text, stored as a draft, and what changed; ``remarks`` are of the new text."""

    draft: Draft
    remarks: tuple[Remark, ...]
    changes: tuple[Change, ...]


class _Texts(BaseModel):
    texts: list[str]


class Rewriter:
    """Rewrites with the desk's library, model and store."""

    def __init__(self, desk: ReplyDesk, critic: Critic) -> None:
        self._desk, self._critic = desk, critic
        self._model, self._embed, self.records = desk.model, desk.embed, desk.records

    async def own_text(
        self,
        reply: object,
        message: object,
        *,
        policy_set: str = "",
        shape: Shape | None = None,
        owner: str = LOCAL_OWNER,
    ) -> AsyncIterator[Critiqued | Rewritten]:
        """Critique and mend what the agent wrote in answer to a message.

        Raises:
            InputError: either text is empty or too long; says which.
            KnowledgeError: the library cannot be searched.
        """
        own = clean(reply, MAX_CHARACTERS, "reply of your own")
        shape = shape or Shape()
        unframed = shape.model_copy(update={"framed": False})  # it greets and signs as its author does
        work = await asyncio.to_thread(self._desk.read, message, policy_set, unframed)
        texts = [own, *(m.text for m in work.thread.messages)]
        work.private = await asyncio.to_thread(find_private, texts, work.thread.names)
        paragraphs = [text for text in re.split(r"\n\s*\n", own) if text.strip()]
        work.checked = [p for text in paragraphs for p in await asyncio.to_thread(self._as_parts, text, own, work)]
        work.checks = await asyncio.to_thread(self._unfounded, work)
        first = finished(work, policy_set, "", Private())
        remarks = self._critic(_as_if_sent(first))
        yield Critiqued(first, remarks)
        by = ""
        embedded, why = self._desk.embedded()
        if not embedded and not work.situation.tender:
            try:
                work.outcome, work.checked = await self._mended(own, work, remarks)
                by, work.shape = self._model.endpoint.model, shape  # it is asked for no greeting and no signature
            except ModelError as error:
                why = str(error)
        if not by:
            work.checked, taken = await asyncio.to_thread(self._by_code, own, work)
            work.note = f"{why} Mended by code: {taken}.".strip()
        final = finished(work, policy_set, by, work.private if by else Private())
        remarks = self._critic(final)
        if not by:
            final = final.model_copy(update={"note": f"{final.note} {_still_open(remarks)}".strip()})
        await asyncio.to_thread(self._desk.save, final, owner)
        yield Rewritten(final, remarks, changes(own, final.body))

    async def reshape(self, draft_id: str, shape: Shape, owner: str = LOCAL_OWNER) -> Rewritten:
        """The draft in another channel, tone or length: same parts, same citations, verified again.

        A part whose new wording fails keeps its old one. Its stance and the section it rests on stay as they were.

        Raises:
            NotFound: no such draft.
        """
        old = self.records.draft(draft_id, owner)
        shape = shape.model_copy(update=old.shape.model_dump(include={"stance", "section", "framed"}))
        passages = {c.id: passage_of(c) for c in old.citations}
        old_in_channel = await asyncio.to_thread(self._anew, old, shape, passages)
        new, note = [*old_in_channel.parts], ""
        embedded, why = self._desk.embedded()
        if embedded or old.situation.tender:
            changed = "Opening and closing are changed." if shape.framed else "The text is as it was."
            unable = "The embedded model cannot change tone or length." if embedded else _WEIGHED
            note = f"{why or unable} {changed}"
        else:
            try:
                new, kept = await self._reworded(old_in_channel, shape, passages)
                note = (
                    f"{kept} of {len(new)} parts kept their wording: the new one failed verification." if kept else ""
                )
            except ModelError as error:
                note = f"{error} The wording is as it was."
        if shape.public:
            new, left_out = fit_for_public(new, old.known, old.names)
            note = f"{note} {left_out_note(left_out)}".strip()
        draft = old.model_copy(
            update={"id": uuid.uuid4().hex, "parent": old.id, "shape": shape, "parts": tuple(new), "note": note}
        )
        warned = (shape.warning,) if shape.warning and shape.warning not in old.checks else ()
        lasting = tuple(c for c in old.checks if c not in placeholders(old.text))
        draft = draft.model_copy(update={"checks": (*lasting, *warned, *placeholders(draft.text))})
        await asyncio.to_thread(self._desk.save, draft, owner)
        return Rewritten(draft, self._critic(draft), changes(old.text, draft.text))

    def _anew(self, old: Draft, shape: Shape, passages: dict[str, Passage]) -> Draft:
        """The draft with what code worded, worded for the channel."""
        private = find_private([old.known], old.names)
        case = Case(old.customer, old.customer, old.situation, shape, private=private)
        covered = any(p.part.purpose in ("offer", "explain") for p in old.parts)
        new = tuple(parts.anew(p, case, covered, self._embed, passages) for p in old.parts)
        return old.model_copy(update={"parts": new})

    def _verified(self, part: Part, passages: dict[str, Passage], known: str, people: str = "") -> CheckedPart:
        return verify(part, passages, known, self._desk.promised, people)

    def _as_parts(self, text: str, own: str, work: Work) -> list[CheckedPart]:
        """A paragraph of the agent's as a part; where something in it is blocked, its sentences, run by run."""
        whole = self._as_part(text, own, work)
        greeting, said = _greeted(text)
        each = [s for s in (greeting, *re.split(r"(?<=[.!?])\s+", said)) if s]
        if not whole.blocked or len(each) == 1:
            return [whole]
        runs = [
            (blocked, [*run]) for blocked, run in groupby(each, key=lambda s: self._as_part(s, own, work).blocked)
        ]
        return [part for blocked, run in runs for part in self._as_run(run, own, work, blocked)]

    def _as_run(self, run: list[str], own: str, work: Work, blocked: bool) -> list[CheckedPart]:
        """Sentences as one part; apart, where what backs the one does not back the other."""
        together = self._as_part(" ".join(run), own, work)
        apart = together.blocked and not blocked
        return [self._as_part(s, own, work) for s in run] if apart else [together]

    def _as_part(self, text: str, own: str, work: Work) -> CheckedPart:
        """Words of the agent's as a part, with the policy sentences they seem to rest on; whom they name is known."""

        def rests(words: str, quotes: tuple[Quote, ...]) -> bool:
            promising = Part(purpose="offer", text=words, quotes=quotes)
            return not self._verified(promising, work.passages, work.thread.known).findings

        quotes = backing(text, work, self._embed, rests)
        purpose: Purpose = "ask" if text.rstrip().endswith("?") else "offer" if quotes else "acknowledge"
        part = Part(purpose=purpose, text=text.strip(), quotes=quotes)
        checked = self._verified(part, work.passages, work.thread.known, own)
        return checked.model_copy(update={"wording": "agent"})

    def _unfounded(self, work: Work) -> list[str]:
        """What the agent is told of refusals that no policy makes."""
        checks = []
        for part in work.checked:
            quoted = [quote.words for quote in part.part.quotes]
            for sentence in denied(part.part.text):
                backing = refusals(sentence, work.asked, work.policies, self._embed)
                if not any(rule in quoted for _, rule in backing):
                    said = one_line(sentence, REFUSAL_CHARACTERS)
                    checks.append(f"No policy that was found refuses this: “{said}” Find the rule, or leave it out.")
        return checks

    async def _mended(self, own: str, work: Work, remarks: tuple[Remark, ...]) -> tuple[Outcome, list[CheckedPart]]:
        private = work.private
        findings = [f"- {r.asks} No. {r.advice}" for r in remarks if not r.met]
        findings += [f"- “{private.hide(f.words)}”: {f.why}" for p in work.checked for f in p.findings]
        prompt = render(
            "draft-rewrite",
            findings="\n".join(findings) or "(none: improve the wording only)",
            policies=fenced(work.policies),
            **work.shape.asked(),
        )
        message = fence(private.hide(work.thread.customer), "message")
        asked = user(render("draft-rewrite-message", message=message, reply=fence(private.hide(own), "agent")))
        answer = await self._model.parse([system(prompt), asked], ModelDraft, max_tokens=MAX_TOKENS)
        checked = await asyncio.to_thread(
            verify_all, answer.parts, work.passages, work.thread.known, private, self._desk.promised
        )
        return answer.outcome, checked or work.checked

    def _by_code(self, own: str, work: Work) -> tuple[list[CheckedPart], str]:
        """Stock phrases, blame and argument taken out, sentence by sentence; and how many sentences that were."""
        kept: list[CheckedPart] = []
        taken = 0
        for part in work.checked:
            pieces = [s for s in re.split(r"(\n+(?![a-z]))|(?<=[.!?][ \t])", part.part.text) if s]
            good = [s for s in pieces if not (_CLEAN & hits(_spelt(s)).keys() or only_stock(s))]
            taken += len(pieces) - len(good)
            text = "".join(good).strip()
            if text:
                mended = part.part.model_copy(update={"text": text})
                again = self._verified(mended, work.passages, work.thread.known, own)
                kept.append(again.model_copy(update={"wording": "agent"}))
        told = f"{taken} sentence{'' if taken == 1 else 's'} taken out"
        if not any(_acknowledges(p) for p in kept):
            step = parts.acknowledge(work.case, None, self._embed)
            kept = _put_first(parts.settle(step, "", work.passages, work.thread.known), kept)
            told += ", an acknowledgement put first"
        if any(p.blocked for p in kept):
            told += "; what is blocked is not in it"
        return kept, told

    async def _reworded(
        self, old: Draft, shape: Shape, passages: dict[str, Passage]
    ) -> tuple[list[CheckedPart], int]:
        texts = [m.text for m in old.thread] + [p.part.text for p in old.parts]
        private = find_private(texts, old.names)
        rules = {name: value for name, value in shape.asked().items() if name != "stance"}
        given = "\n".join(f"<part>\n{fence(private.hide(p.part.text), 'part')}\n</part>" for p in old.parts)
        asked = [system(render("draft-reshape", **rules)), user(given)]
        answer = await self._model.parse(asked, _Texts, max_tokens=MAX_TOKENS)
        new: list[CheckedPart] = []
        kept = 0
        whole = len(answer.texts) == len(old.parts)
        texts = answer.texts if whole else [p.part.text for p in old.parts]
        for part, text in zip(old.parts, texts, strict=True):
            reworded = part.part.model_copy(update={"text": private.restore(text.strip()) or part.part.text})
            again = await asyncio.to_thread(self._verified, reworded, passages, old.known)
            worse = len(again.findings) > len(part.findings) or _figures(reworded.text) != _figures(part.part.text)
            kept += worse or not whole
            new.append(part if worse else again.model_copy(update={"released": part.released and not again.findings}))
        return new, kept


def _still_open(remarks: tuple[Remark, ...]) -> str:
    """What code could not mend; empty if there is nothing."""
    unmet = ", ".join(remark.criterion for remark in remarks if not remark.met)
    return f"Still to be mended by you: {unmet}." if unmet else ""


def _spelt(sentence: str) -> str:
    """A sentence in one line, in which "should of" and "shouldve" are "should have"."""
    said = re.sub(r"\b(should|could|must|would)(?: of|['’]?ve)\b", r"\1 have", sentence, flags=re.IGNORECASE)
    return re.sub(r"\s*\n\s*", " ", said)


def _greeted(text: str) -> tuple[str, str]:
    """A text's greeting, empty if it has none, and what follows it."""
    greeting = _GREETING.match(text)
    return (greeting[0].strip(), text[greeting.end() :].strip()) if greeting else ("", text.strip())


def _acknowledges(checked: CheckedPart) -> bool:
    """Whether a part says something to the customer that would be sent, and is no mere greeting or signature."""
    said = _greeted(checked.part.text)[1]
    signs = len(said.split()) <= SIGNATURE_WORDS and signed(f"That is all I know.\n\n{said}")
    return checked.part.purpose == "acknowledge" and not checked.blocked and bool(said) and not signs


def _put_first(first: CheckedPart, others: list[CheckedPart]) -> list[CheckedPart]:
    """The parts with one more put first, behind the greeting that they begin with."""
    greeting, said = _greeted(others[0].part.text) if others else ("", "")
    if not greeting or others[0].blocked:  # of what is blocked nothing is sent, a greeting neither
        return [first, *others]
    alone = others[0].model_copy(update={"part": Part(purpose="acknowledge", text=greeting)})
    rest = others[0].part.model_copy(update={"text": said[:1].upper() + said[1:]})
    return [alone, first, *([others[0].model_copy(update={"part": rest})] if said else []), *others[1:]]


def _as_if_sent(draft: Draft) -> Draft:
    """The draft with nothing held back: an agent's own text is judged as it stands."""
    return draft.model_copy(update={"parts": tuple(p.model_copy(update={"released": True}) for p in draft.parts)})


def _figures(text: str) -> list[str]:
    return sorted(re.findall(r"[£$€]?\d[\d,.]*\d|[£$€]?\d", text))
