"""The rubric for replies as a critic: what the reply desk tells an agent of their own text.

    critic = rubric_critic()
    critic(draft)            # a Remark a criterion that applies, with what would meet it

The same criteria and the same checks that grade drafts in an eval run.
"""

from functools import cache

from assistant.reply.draft import Draft
from assistant.reply.rewrite import Critic, Remark
from evals.case import DraftCase
from evals.checks import CHECKS
from evals.rubric import Rubric, load_rubric

KNOWN_ONLY_IN_EVALS = ("right_policy",)
"""Checks that need a case's own answer, which nobody has for a real message."""


def rubric_critic() -> Critic:
    """The critic.

    Raises:
        EvalError: the rubric cannot be read.
    """
    rubric = _rubric()

    def critic(draft: Draft) -> tuple[Remark, ...]:
        covered = any(c.kind == "policy" for c in draft.citations)
        case = DraftCase(id="own", set=draft.policy_set, covered=covered, message=draft.customer)
        applies = {"always": True, "policy": covered, "no_policy": not covered}
        return tuple(
            Remark(criterion=c.title, asks=c.asks, met=CHECKS[c.check](draft, case), advice=f"Rather: {c.met}")
            for c in rubric.criteria
            if applies.get(c.applies_when) and c.check not in KNOWN_ONLY_IN_EVALS
        )

    return critic


@cache
def _rubric() -> Rubric:
    return load_rubric("drafting", CHECKS)
