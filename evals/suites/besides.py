"""The drafting suite, part "besides": of two demands in one message, is the second told to the agent?

    run(desk, load_two(), report)

No model is asked. A demand is met if the draft rests on its section, if the agent is told of it beside the draft, or
asked whether it is meant. Nothing was tuned on these messages: their writer knew the policies alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from assistant.reply import planning
from assistant.reply.channels import Shape
from assistant.reply.drafting import ReplyDesk
from assistant.reply.rules import rival
from evals.case import FOLDER
from evals.result import Result
from evals.rows import load_rows
from evals.stats import Figure, mean, share


class Demanding(BaseModel):
    """A message, and the sections that would answer what it demands: two, or one among asides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    set: str
    message: str
    policy: tuple[str, ...] = Field(min_length=1, max_length=2)


@dataclass(frozen=True, slots=True)
class Looked:
    """A message, the sections that its draft rests on, those told beside it, and the one that is asked about."""

    case: Demanding
    rests_on: frozenset[str]
    told: frozenset[str]
    asked: frozenset[str]

    @property
    def met(self) -> frozenset[str]:
        """The sections that an agent sees."""
        return self.rests_on | self.told | self.asked


def load_two(path: Path = FOLDER / "drafting" / "two.jsonl") -> list[Demanding]:
    """The messages.

    Raises:
        EvalError: a line breaks the schema; names file, line and field.
    """
    return load_rows(path, Demanding)


def run(desk: ReplyDesk, cases: Sequence[Demanding], report: Callable[[int, int], None]) -> Result:
    """Plan each message's draft, look beside it, and count."""
    looked: list[Looked] = []
    for number, case in enumerate(cases, 1):
        looked.append(_look(desk, case))
        report(number, len(cases))
    two = [r for r in looked if len(r.case.policy) == 2]
    one = [r for r in looked if len(r.case.policy) == 1]
    figures: dict[str, Figure] = {
        "demands of two that the draft rests on": mean([len(r.rests_on & set(r.case.policy)) / 2 for r in two]),
        "demands of two that are met": mean([len(r.met & set(r.case.policy)) / 2 for r in two]),
        "messages of two of which both are met": share([set(r.case.policy) <= r.met for r in two]),
        "told beside a message of two: right sections": share([s in r.case.policy for r in two for s in r.told]),
        "messages of one that are told of another": share([bool(r.told - set(r.case.policy)) for r in one]),
    }
    return Result(suite="drafting: besides", about={"two": len(two), "one": len(one)}, figures=figures)


def _look(desk: ReplyDesk, case: Demanding) -> Looked:
    work = desk.read(case.message, case.set, Shape())
    steps = planning.plan(work.case, {}, work.policies, desk.embed).steps
    cited = [q.passage for step in steps if step.rule for q in step.quotes]
    other = rival(work.passages[cited[0]], work.policies, work.asked, desk.embed) if cited else None
    told = {beside.passage.id for beside in desk.besides(work.asked, set(cited), case.set)}
    return Looked(case, frozenset(cited), frozenset(told), frozenset({other.id} if other else ()))
