"""The whole draft in one answer of a capable model, verified, with one repair at most.

    async for event in drafted_whole(material, model):
        ...      # Writing (grey) while it comes, then the checked parts

The answer is JSON that streams; the text of the part under way is shown as it grows. Private
details are restored before anything is shown or verified.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError

from assistant.errors import AnswerMalformed, ModelError
from assistant.language import language
from assistant.llm import ChatModel
from assistant.message import Message, system, user
from assistant.reply.channels import Shape
from assistant.reply.commitments import Likely
from assistant.reply.draft import Outcome, Writing
from assistant.reply.redact import Private
from assistant.reply.verify import CheckedPart, Part, Purpose, Quote, verify
from assistant.structured import json_part
from knowledge import Passage
from prompts import render

MAX_TOKENS = 1200
EARLIER_CHARACTERS = 1500
MESSAGE_CHARACTERS = 6000
GUIDE_CHARACTERS = 420
"""How much of a guide the model is shown: guides shape wording, and a few sentences do that."""
_TEXT = re.compile(r'"text"\s*:\s*"((?:[^"\\]|\\.)*)')


class ModelPart(BaseModel):
    """A part as a model answers it."""

    quotes: list[Quote] = Field(default=[], description="exact words of passages that this part rests on")
    purpose: Purpose
    text: str
    english: str = Field(default="", description="the same in English, where text is in another language")


class ModelDraft(BaseModel):
    """A draft as a model answers it."""

    outcome: Outcome
    parts: list[ModelPart]


@dataclass(frozen=True, slots=True)
class Material:
    """What a draft is made of. ``known`` is all that the customer wrote; the found passages stand best first."""

    message: str
    known: str
    earlier: Sequence[str]
    guides: Sequence[Passage]
    policies: Sequence[Passage]
    shape: Shape
    private: Private

    @property
    def passages(self) -> dict[str, Passage]:
        """By id."""
        return {p.id: p for p in (*self.guides, *self.policies)}


@dataclass(frozen=True, slots=True)
class Answered:
    """What a capable model drafted, verified."""

    outcome: Outcome
    parts: list[CheckedPart]


async def drafted_whole(
    material: Material, model: ChatModel, promised: Likely | None = None
) -> AsyncIterator[Writing | Answered]:
    """Draft, verify (with ``promised``), and repair once if anything is not backed or the form was wrong.

    Raises:
        ModelError: the model could not answer, or answered with nothing that can be used.
    """

    async def verified(answered: Sequence[ModelPart]) -> list[CheckedPart]:
        # in a thread: sentences are embedded on the way
        return await asyncio.to_thread(
            verify_all, answered, material.passages, material.known, material.private, promised
        )

    messages = prompt(material)
    text, shown = "", ""
    async for piece in model.stream(messages, max_tokens=MAX_TOKENS, temperature=0):
        text += piece
        grey = material.private.restore(_growing(text))
        if grey != shown:
            shown = grey
            yield Writing(grey)
    answer = _read(text)
    repaired = answer is None
    if answer is None:
        answer = await model.parse(messages, ModelDraft, max_tokens=MAX_TOKENS)
    checked = await verified(answer.parts)
    if any(c.findings for c in checked) and not repaired:
        problems = "\n".join(f"- “{material.private.hide(f.words)}”: {f.why}" for c in checked for f in c.findings)
        mend = f"{messages[-1]['content']}\n\nA first draft failed verification:\n{problems}\nDraft it again."
        with suppress(ModelError):  # what was checked is better than code's plain wording
            again = await model.parse([messages[0], user(mend)], ModelDraft, max_tokens=MAX_TOKENS)
            second = await verified(again.parts)
            if second and sum(len(c.findings) for c in second) < sum(len(c.findings) for c in checked):
                answer, checked = again, second
    if not checked:
        raise AnswerMalformed("The model drafted nothing.")
    yield Answered(answer.outcome, checked)


def prompt(material: Material) -> list[Message]:
    """What the model is sent; nothing private is in it."""
    hide = material.private.hide
    return [
        system(
            render(
                "draft",
                guides=fenced(material.guides, GUIDE_CHARACTERS),
                policies=fenced(material.policies),
                **material.shape.asked(),
            )
        ),
        user(
            render(
                "draft-message",
                message=fence(hide(clip(material.message, MESSAGE_CHARACTERS)), "message"),
                earlier=earlier(material, hide),
            )
        ),
    ]


def earlier(material: Material, hide: Callable[[str], str]) -> str:
    """The latest of what was said before, fenced; empty if nothing was."""
    kept: list[str] = []
    for said in reversed(material.earlier):
        if sum(map(len, kept)) + len(said) > EARLIER_CHARACTERS:
            kept.append(clip(said, max(0, EARLIER_CHARACTERS - sum(map(len, kept)))))
            break
        kept.append(said)
    text = fence(hide("\n".join(reversed(kept))), "earlier")
    return f"<earlier>\n{text}\n</earlier>\n" if text else ""


def verify_all(
    parts: Sequence[ModelPart],
    passages: Mapping[str, Passage],
    customer: str,
    private: Private,
    promised: Likely | None = None,
) -> list[CheckedPart]:
    """The parts with their private details restored, each verified."""
    return [verify(_part(p, private), passages, customer, promised) for p in parts if p.text.strip()]


def _part(answered: ModelPart, private: Private) -> Part:
    """A part with its private details; its English counts only where the text itself is not English."""
    text = private.restore(answered.text.strip())
    english = private.restore(answered.english.strip()) if language(text) != "English" else ""
    return Part(purpose=answered.purpose, text=text, english=english, quotes=tuple(answered.quotes))


def fenced(passages: Sequence[Passage], most: int = 0) -> str:
    """Passages with their ids, fenced so that their text cannot pose as a rule."""
    if not passages:
        return "(none found)"
    texts = [(p.id, clip(p.section.text, most or len(p.section.text))) for p in passages]
    return "\n".join(f'<passage id="{id}">\n{fence(text, "passage")}\n</passage>' for id, text in texts)


def fence(text: str, name: str) -> str:
    """A text that cannot close its own fence."""
    return re.sub(rf"</\s*{name}", f"< /{name}", text, flags=re.IGNORECASE)


def clip(text: str, most: int) -> str:
    """The text, cut at a word where it is longer than ``most`` characters."""
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def _growing(text: str) -> str:
    """The text of the part that is being written, as far as it has come."""
    found = _TEXT.findall(text)
    if not found:
        return ""
    try:
        return str(json.loads(f'"{found[-1].rstrip(chr(92))}"', strict=False)).strip()
    except json.JSONDecodeError:  # an escape that is only half here
        return ""


def _read(text: str) -> ModelDraft | None:
    try:
        return ModelDraft.model_validate_json(json_part(text))
    except ValidationError:
        return None
