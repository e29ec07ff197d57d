"""The rubric for replies as a critic: what the reply desk tells an agent of their own text.

    critic = rubric_critic()
    critic(draft)            # a Remark a criterion that applies, with what would meet it

The same criteria and the same checks that grade drafts in an eval run.
"""

from collections.abc import Iterator
from functools import cache

from assistant.reply.draft import Draft
from assistant.reply.rewrite import Critic, Remark
from evals.case import DraftCase
from evals.checks import CHECKS, applying
from evals.rubric import Criterion, Rubric, load_rubric

KNOWN_ONLY_IN_EVALS = ("right_policy",)
"""Checks that need a case's own answer, which nobody has for a real message."""


def rubric_critic() -> Critic:
    """The critic.

    Raises:
        EvalError: the rubric cannot be read.
    """
    rubric = _rubric()

    def critic(draft: Draft) -> tuple[Remark, ...]:
        return tuple(
            Remark(criterion=c.title, asks=c.asks, met=met, advice=f"Rather: {c.met}")
            for c, met in judged(draft, rubric)
        )

    return critic


def judged(draft: Draft, rubric: Rubric) -> Iterator[tuple[Criterion, bool]]:
    """Each criterion that applies to one's own draft and needs no answer known beforehand, and whether it is met.

    Whether a policy covers the case is taken from what the draft cites.
    """
    covered = any(c.kind == "policy" for c in draft.citations)
    case = DraftCase(id="own", set=draft.policy_set, covered=covered, message=draft.customer)
    for criterion in applying(rubric, case):
        if criterion.check not in KNOWN_ONLY_IN_EVALS:
            yield criterion, CHECKS[criterion.check](draft, case)


@cache
def _rubric() -> Rubric:
    return load_rubric("drafting", CHECKS)
