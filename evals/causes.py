"""What the business could fix: the root causes of practised and drafted conflicts, summed.

causes(practised_scenarios, drafts)       # {"booking system": Count(practised=3, drafted=5), …}, most first
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from assistant.reply.draft import Draft
from assistant.roleplay.scenario import Scenario
from knowledge import shipped


class Count(BaseModel):
    """How many conflicts had a cause."""

    model_config = ConfigDict(frozen=True)

    practised: int
    drafted: int


class _Causes(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    causes: dict[str, tuple[str, ...]]


@cache
def table() -> dict[str, tuple[str, ...]]:
    """Cause → patterns of section ids, in the file's order."""
    return shipped.read_as(Path(__file__).parent / "causes.yaml", _Causes).causes


def cause_of(draft: Draft) -> str:
    """What caused the conflict, by the policy that the reply cites most; empty if it cites none that tells."""
    policies = {c.id for c in draft.citations if c.kind == "policy"}
    cited = [q.passage for part in draft.parts for q in part.part.quotes if q.passage in policies]
    found = Counter(cause for cause in map(_cause_of_section, cited) if cause)
    return found.most_common(1)[0][0] if found else ""


def causes(practised: Sequence[Scenario], drafts: Sequence[Draft]) -> dict[str, Count]:
    """Each cause with its counts, most first; drafts whose cause is not known are left out."""
    one = Counter(s.root_cause for s in practised)
    other = Counter(cause for cause in map(cause_of, drafts) if cause)
    return {name: Count(practised=one[name], drafted=other[name]) for name, _ in (one + other).most_common()}


def _cause_of_section(section: str) -> str:
    return next((cause for cause, patterns in table().items() if re.search("|".join(patterns), section)), "")
