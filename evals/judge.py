r"""A judge: a capable model that answers one criterion about one transcript.

    judge = Judge(model, "name", Recordings(path))
    judgement = await judge.ask(criterion, Material("Seeker: …\nSupporter: …"))
    judgement.verdict, judgement.quotes        # "met", ("…",): each quote stands in the transcript

One criterion a call, at temperature 0: quotes, then reasons, then the verdict. The judge is told
neither what wrote the transcript nor which version it is. What is not a verdict is an error with a
name, never a score. Recorded answers are used again, so a replay (``model`` None) needs no model.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import AnswerCut, AnswerMalformed
from assistant.llm import ChatModel
from assistant.message import Message, system, user
from evals.errors import JudgeMalformed, NotRecorded, QuoteNotFound, WrongCriterion
from evals.recordings import Recording, Recordings, key_of
from evals.rubric import Criterion
from prompts import render

Verdict = Literal["met", "not met", "not applicable", "cannot tell"]
MOST_TOKENS = 700


@dataclass(frozen=True, slots=True)
class Material:
    """What is judged. ``background`` is what the judge may know beside it, such as the customer's story."""

    transcript: str
    background: str = ""


class Answer(BaseModel):
    """A judge's answer as it must come: these fields, this order, no other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    criterion: str = Field(description="the criterion's id")
    quotes: list[str] = Field(description="exact words of the transcript that bear on the question")
    reasons: str = Field(description="one or two sentences from the quotes to the verdict")
    verdict: Verdict


class Judgement(BaseModel):
    """A verdict with what it rests on. ``quotes`` are the transcript's own words; ``lost`` were not found there."""

    model_config = ConfigDict(frozen=True)

    criterion: str
    verdict: Verdict
    quotes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    reasons: str = ""
    by: str
    replayed: bool = False

    @property
    def met(self) -> bool | None:
        """Yes or no; None where it does not apply or cannot be told."""
        return {"met": True, "not met": False}.get(self.verdict)


class Judge:
    """Asks one model.

    Args:
        model: None replays: every question must have been recorded.
        name: the model's name, part of each recording's key.
        recordings: looked into first, and added to.
    """

    def __init__(self, model: ChatModel | None, name: str, recordings: Recordings) -> None:
        self._model = model
        self.name = name
        self._recordings = recordings

    async def ask(self, criterion: Criterion, material: Material) -> Judgement:
        """The judgement of one criterion.

        Raises:
            JudgeError: what came is no verdict (see ``evals.errors``); it is not recorded.
            NotRecorded: a replay has no recording of this question.
            ModelError: the model could not be asked.
        """
        messages = question(criterion, material)
        key = key_of(messages, Answer.model_json_schema(), self.name, criterion.version)
        known = self._recordings.find(key)
        answer = _recorded(known) if known else await self._fresh(messages, criterion, key)
        judgement = judgement_of(answer, criterion, material, self.name)
        if known is None:
            recording = Recording(
                key=key,
                model=self.name,
                criterion=criterion.id,
                version=criterion.version,
                answer=answer.model_dump(),
            )
            self._recordings.add(recording)
        return judgement.model_copy(update={"replayed": known is not None})

    async def close(self) -> None:
        """Close this event loop's connections."""
        if self._model is not None:
            await self._model.close()

    async def _fresh(self, messages: Sequence[Message], criterion: Criterion, key: str) -> Answer:
        if self._model is None:
            raise NotRecorded(
                f"No recording of '{criterion.id}' for this transcript (key {key}, model {self.name}): the prompt, "
                "the criterion or the transcript has changed. Judge again with a model, or restore what was changed."
            )
        try:
            return await self._model.parse(messages, Answer, max_tokens=MOST_TOKENS)
        except (AnswerMalformed, AnswerCut) as error:
            raise JudgeMalformed(f"The judge's answer on '{criterion.id}' is no verdict: {error}") from error


class Panel:
    """Several judges; the verdict is what more than half of them say, else "cannot tell"."""

    def __init__(self, judges: Sequence[Judge]) -> None:
        self.judges = tuple(judges)
        self.name = " + ".join(j.name for j in judges)

    async def ask(self, criterion: Criterion, material: Material) -> Judgement:
        """The panel's judgement; quotes and reasons are those of the judges that agree with it.

        Raises:
            JudgeError, NotRecorded, ModelError: one of the judges gave no verdict.
        """
        said = [await judge.ask(criterion, material) for judge in self.judges]
        verdict, votes = Counter(j.verdict for j in said).most_common(1)[0]
        if votes * 2 <= len(said):
            verdict = "cannot tell"
        agreeing = [j for j in said if j.verdict == verdict]
        return Judgement(
            criterion=criterion.id,
            verdict=verdict,
            quotes=tuple(dict.fromkeys(q for j in agreeing for q in j.quotes)),
            lost=tuple(q for j in said for q in j.lost),
            reasons=" / ".join(j.reasons for j in agreeing),
            by=self.name,
            replayed=all(j.replayed for j in said),
        )

    async def close(self) -> None:
        """Close this event loop's connections."""
        for judge in self.judges:
            await judge.close()


def question(criterion: Criterion, material: Material) -> list[Message]:
    """What a judge is asked: the rules, then the fenced transcript, then the one criterion."""
    demand = "A yes must rest on at least one quote." if criterion.quote else "A quote helps, and is not required."
    background = f"Background, not to be quoted:\n{neutral(material.background)}\n" if material.background else ""
    case = render(
        "judge-case",
        background=background,
        transcript=neutral(material.transcript),
        criterion=criterion.id,
        asks=criterion.asks,
        met=criterion.met,
        not_met=criterion.not_met,
        near_miss=criterion.near_miss or "(none given)",
        demand=demand,
    )
    return [system(render("judge")), user(case)]


def judgement_of(answer: Answer, criterion: Criterion, material: Material, by: str) -> Judgement:
    """The answer checked against the transcript.

    Raises:
        WrongCriterion: it answers another criterion.
        QuoteNotFound: a yes that needs a quote has none that stands.
    """
    if answer.criterion != criterion.id:
        raise WrongCriterion(f"The judge was asked '{criterion.id}' and answered '{answer.criterion}'.")
    found = [(quote, stands(quote, material.transcript)) for quote in answer.quotes if quote.strip()]
    quotes = tuple(dict.fromkeys(words for _, words in found if words))
    if answer.verdict == "met" and criterion.quote and not quotes:
        raise QuoteNotFound(
            f"The judge says '{criterion.id}' is met, and none of its quotes stands in the transcript: "
            f"{'; '.join(answer.quotes) or 'it gave none'}."
        )
    return Judgement(
        criterion=criterion.id,
        verdict=answer.verdict,
        quotes=quotes,
        lost=tuple(quote for quote, words in found if not words),
        reasons=answer.reasons,
        by=by,
    )


def neutral(text: str) -> str:
    """Text that cannot close its fence or open another: angle brackets become ‹ and ›, one for one."""
    return text.replace("<", "‹").replace(">", "›")


def stands(quote: str, text: str) -> str:
    """The words of ``text`` that ``quote`` copies (spaces, quote marks and case aside); empty if there are none."""
    words = _plain(neutral(quote)).strip(" \"'.…").split()
    if not words:
        return ""
    match = re.search(r"\s+".join(map(re.escape, words)), _plain(neutral(text)), re.IGNORECASE)
    return text[match.start() : match.end()] if match else ""


def _plain(text: str) -> str:
    """One for one, so that places stay the same."""
    return text.translate(str.maketrans("“”„‘’`–—\u00a0", "\"\"\"'''-- "))


def _recorded(recording: Recording) -> Answer:
    try:
        return Answer.model_validate(recording.answer)
    except ValidationError as error:
        raise JudgeMalformed(
            f"The recording {recording.key} holds no verdict: {error.errors()[0]['msg']}."
        ) from error
