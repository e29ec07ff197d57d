"""Adapt a transcript, a complaint or a policy into a scenario, with a capable model.

    adapted = await adapt(model, text, "late-parcel-2", scenarios)
    adapted.scenario, adapted.problems       # a Scenario, and what lint still says of it

The model is asked three times: who and what, then facts and remedies, then lines. Code puts them
together, checks them as it checks a file, and asks once more for a part whose check failed. Difficulty is set by
numbers here; a trainer reads and edits the file before anybody practises with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel, Field, ValidationError

from assistant.conversation import clean
from assistant.errors import AnswerMalformed, ModelNotReady
from assistant.llm import ChatModel
from assistant.message import Message, assistant, system, user
from assistant.roleplay.authoring import Problem, lint
from assistant.roleplay.scenario import Band, Channel, Fact, Move, Persona, Remedy, Scenario
from prompts import render

MAX_CHARACTERS = 40_000
DIFFICULTY = {"trust": 22, "patience": 7, "clamp": 16, "drift": 1, "bait": 0.12}
"""What a drafted scenario begins with; the model only says how angry the customer arrives."""


class Who(BaseModel):
    """The customer and the case."""

    title: str
    industry: str
    company: str
    channel: Channel
    root_cause: str = Field(description="the company's process that failed, one to three words")
    winnable: bool
    anger: int = Field(ge=50, le=95)
    trains: list[str] = Field(min_length=1, description="ids from the list of guide sections")
    you: str
    situation: str
    persona: Persona
    story: str
    grievance: str
    owned: str
    details: list[str] = Field(min_length=3)
    wants: str
    opening: str


class Known(BaseModel):
    """What the customer knows, and what could be offered."""

    facts: list[Fact] = Field(min_length=2)
    remedies: list[Remedy] = Field(min_length=2)


class SampleLine(BaseModel):
    """One line of the customer."""

    move: Move
    band: Band
    text: str


class Said(BaseModel):
    """The customer's sample lines."""

    lines: list[SampleLine] = Field(min_length=20)


@dataclass(frozen=True, slots=True)
class Adapted:
    """A scenario made from a source, and what is still to be mended by hand (see ``authoring.lint``)."""

    scenario: Scenario
    problems: tuple[Problem, ...]
    model: str

    def as_yaml(self, source: str) -> str:
        """The text of its file, with where it came from on top."""
        body = yaml.safe_dump(self.scenario.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=110)
        todo = "".join(f"#   to mend: {p}\n" for p in self.problems)
        head = f"# Drafted by {self.model} from {source}: read all of it before anybody practises with it."
        return f"{head}\n{todo}\n{body}"


async def adapt(model: ChatModel, source: str, scenario_id: str, scenarios: Mapping[str, Scenario]) -> Adapted:
    """Draft a scenario from a text.

    Args:
        scenarios: those there are; the sections that they train are what a new one may train.

    Raises:
        InputError: the text is empty or longer than 40,000 characters.
        ModelNotReady: only the embedded model is there, which is too small for this.
        AnswerMalformed: what came does not make a scenario, nor does its repair; says why.
        ModelError: see ``assistant.errors``.
    """
    text = clean(source, MAX_CHARACTERS, "text to draft from")
    if model.endpoint.embedded:
        raise ModelNotReady(
            "Drafting a scenario needs a capable model. Set OPENAI_BASE_URL or OPENAI_API_KEY, or begin one by "
            "hand with: python -m assistant scenario new ID"
        )
    sections = sorted({t for s in scenarios.values() for t in s.trains})
    messages = [system(render("scenario", sections="\n".join(sections))), user(render("scenario-who", source=text))]
    who = await model.parse(messages, Who, max_tokens=2500)
    who = who.model_copy(update={"trains": [t for t in who.trains if t in sections] or sections[:1]})
    messages += [assistant(who.model_dump_json()), user(render("scenario-known"))]
    known = await model.parse(messages, Known, max_tokens=3500)
    messages += [assistant(known.model_dump_json()), user(render("scenario-said"))]
    said = await model.parse(messages, Said, max_tokens=4500)
    draft = _put_together(scenario_id, who, known, said)
    if not isinstance(draft, Scenario) or list(lint(draft)):
        draft = await _mended(model, messages, scenario_id, who, known, said)
    return Adapted(draft, tuple(lint(draft)), model.endpoint.model)


async def _mended(
    model: ChatModel, messages: list[Message], scenario_id: str, who: Who, known: Known, said: Said
) -> Scenario:
    """The scenario after one repair of the parts that the checks complain of; the better of both."""
    first = _put_together(scenario_id, who, known, said)
    problems = tuple(lint(first)) if isinstance(first, Scenario) else first
    parts = {p.steps[0] for p in problems}
    talk = [*messages, assistant(said.model_dump_json())]
    if parts & {"owned", "story", "opening", "situation", "grievance", "details"}:
        who = await model.parse([*talk, user(_mend("the first part", problems))], Who, max_tokens=2500)
    if parts & {"facts", "remedies"}:
        known = await model.parse([*talk, user(_mend("the second part", problems))], Known, max_tokens=3500)
    if "lines" in parts:
        said = await model.parse([*talk, user(_mend("the third part", problems))], Said, max_tokens=4500)
    second = _put_together(scenario_id, who, known, said)
    if isinstance(second, Scenario):
        return second if not isinstance(first, Scenario) or _count(second) <= _count(first) else first
    if isinstance(first, Scenario):
        return first
    wrong = "; ".join(map(str, second))
    raise AnswerMalformed(f"The model's draft does not make a scenario, nor does its repair: {wrong}")


def _put_together(scenario_id: str, who: Who, known: Known, said: Said) -> Scenario | tuple[Problem, ...]:
    """The scenario, or what is wrong with its parts."""
    lines: dict[str, dict[str, list[str]]] = {}
    for line in said.lines:
        lines.setdefault(line.move, {}).setdefault(line.band, []).append(line.text)
    data: dict[str, Any] = who.model_dump(exclude={"anger"}) | known.model_dump()
    data |= {"id": scenario_id, "policy": "none", "difficulty": DIFFICULTY | {"anger": who.anger}, "lines": lines}
    try:
        return Scenario.model_validate({name: data[name] for name in Scenario.model_fields if name in data})
    except ValidationError as error:
        return tuple(_problem(e) for e in error.errors()[:10])


def _problem(error: Any) -> Problem:
    message = error["msg"].removeprefix("Value error, ")
    if error["loc"]:
        return Problem(".".join(map(str, error["loc"])), message)
    field, _, about = message.partition(": ")  # what concerns the whole of it names its field first
    return Problem(field, about)


def _mend(part: str, problems: Iterable[Problem]) -> str:
    return render("scenario-mend", part=part, problems="\n".join(f"- {p}" for p in problems))


def _count(scenario: Scenario) -> int:
    return len(list(lint(scenario)))
