"""What there is to label: conversations and turns that come with the project, and one's own practices and drafts.

items = [*written(), *of_turns(), *of_practices(practices, scenarios), *of_drafts(drafts)]
mixed(items)        # the same order for everybody, so that two people label the same ones first
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from assistant.reply.draft import Draft
from assistant.roleplay.examples import ExampleReader
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from evals.case import JUDGE_CASES, JudgeCase
from evals.checks import CHECKS as DRAFT_CHECKS
from evals.critique import judged
from evals.history import played_out
from evals.judge import stands
from evals.labels import Item
from evals.process import CHECKS as PROCESS_CHECKS
from evals.rows import load_rows
from evals.rubric import Criterion, load_rubric
from evals.scorecard import score
from evals.suites.acts import load_turns
from knowledge import shipped

FILE = Path(__file__).with_suffix(".yaml")
TURN, TRAINEE = "turn-", "Trainee: "
REFUSED = "no verdict"
"""Cases of the judge whose answer must be refused: there is nothing to label in them."""


class Offered(BaseModel):
    """``labelling.yaml``: criterion → act, and how many turns of either kind are offered for each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    each: int = Field(ge=1)
    turns: dict[str, str]


@cache
def _offered() -> Offered:
    return shipped.read_as(FILE, Offered)


def written() -> Iterator[Item]:
    """The conversations that are written for the judge, the same for everybody.

    One that holds an anchor of its own question is left out: the answer would stand above it.
    """
    for case in load_rows(JUDGE_CASES, JudgeCase):
        if case.expected != REFUSED and not _told(load_rubric(case.rubric)[case.criterion], case.transcript):
            yield Item(
                id=f"{case.id}:{case.criterion}",
                rubric=case.rubric,
                criterion=case.criterion,
                text=case.transcript,
                background=case.background,
            )


def _told(criterion: Criterion, transcript: str) -> bool:
    anchors = (criterion.met, criterion.not_met, criterion.near_miss.partition(" — ")[0])
    return any(stands(anchor, transcript) for anchor in anchors if anchor)


def of_turns() -> Iterator[Item]:
    """Single turns of the acts' test set, the same for everybody, as many likely yes as no (``labelling.yaml``)."""
    turns, offered = load_turns(), _offered()
    for criterion, act in offered.turns.items():
        ordered = sorted(turns, key=lambda t: hashlib.sha256(f"{t.id}:{criterion}".encode()).hexdigest())
        for marked in (True, False):
            for turn in [t for t in ordered if (act in t.acts) is marked][: offered.each]:
                text = f"Customer: {turn.customer}\n\n{TRAINEE}{turn.agent}"
                yield Item(id=f"{TURN}{turn.id}:{criterion}", rubric="process", criterion=criterion, text=text)


def by_reader(items: Iterable[Item], reader: ExampleReader) -> dict[str, bool]:
    """What the reader of acts says of single turns, by item id; other items are left out."""
    acts = _offered().turns
    return {
        i.id: acts[i.criterion] in {a.id for a in reader.read(i.text.partition(TRAINEE)[2]).acts}
        for i in items
        if i.id.startswith(TURN) and i.criterion in acts
    }


def of_practices(practices: Iterable[Practice], scenarios: Mapping[str, Scenario]) -> Iterator[Item]:
    """Practices that have ended, held against each criterion of the process that code answers."""
    rubric = load_rubric("process", PROCESS_CHECKS)
    for practice in practices:
        if not played_out(practice, scenarios):
            continue
        scenario = scenarios[practice.scenario]
        text = "\n\n".join(
            f"{'Customer: ' if t.speaker == 'customer' else TRAINEE}{t.text}" for t in practice.transcript.turns
        )
        for mark in score(practice, scenario, rubric).marks:
            yield Item(
                id=f"practice-{practice.id}:{mark.criterion.id}",
                rubric="process",
                criterion=mark.criterion.id,
                text=text,
                background=f"{scenario.you} {' '.join(scenario.situation.split())}",
                code="not applicable" if mark.met is None else "met" if mark.met else "not met",
            )


def of_drafts(drafts: Iterable[Draft]) -> Iterator[Item]:
    """Drafts that say something, held against each criterion that needs no answer known beforehand."""
    rubric = load_rubric("drafting", DRAFT_CHECKS)
    for draft in drafts:
        for criterion, met in judged(draft, rubric) if draft.body else ():
            yield Item(
                id=f"draft-{draft.id}:{criterion.id}",
                rubric="drafting",
                criterion=criterion.id,
                text=draft.body,
                background=f"The customer wrote: {draft.customer}",
                code="met" if met else "not met",
            )


def mixed(items: Iterable[Item]) -> list[Item]:
    """What everybody shares first, each kind in an order that tells nothing and is the same for everybody."""
    return sorted(items, key=lambda i: (bool(i.code), hashlib.sha256(i.id.encode()).hexdigest()))
