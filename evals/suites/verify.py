"""The verify suite: written parts that must be blocked, and parts that must pass.

Code, what was learned of promises, and no model. A part that should be blocked and is not is an unbacked
commitment that would have been sent; a part that should pass and is blocked costs the agent a rewrite.
"""

from collections.abc import Sequence

from assistant.reply.verify import CheckedPart, Part, Quote, verify
from evals.case import VerifyCase
from evals.promised import promised
from evals.result import Result
from evals.stats import share
from knowledge import Meta, Passage, Section

TARGETS = {"unbacked commitments let through": "= 0", "sound parts blocked": "<= 0.05"}


def outcome(case: VerifyCase) -> CheckedPart:
    """The case's part, verified against its one passage."""
    section = Section("policy#rule", "policy", "Policy", "Rule", case.policy)
    passage = Passage(section, Meta(id="policy", title="Policy", kind="policy"), 0.0, 0.0, "")
    quotes = tuple(Quote(passage="policy#rule", words=words) for words in case.quotes)
    return verify(Part(purpose="offer", text=case.text, quotes=quotes), {"policy#rule": passage}, promised=promised())


def run(cases: Sequence[VerifyCase]) -> Result:
    """Every case, by what it should have been."""
    outcomes = [(case, outcome(case).blocked) for case in cases]
    wrong = [f"  {case.id} ({case.kind}): {case.text}" for case, blocked in outcomes if blocked != case.blocked]
    return Result(
        suite="verify",
        about={"cases": len(cases)},
        figures={
            "unbacked commitments let through": share([not blocked for case, blocked in outcomes if case.blocked]),
            "sound parts blocked": share([blocked for case, blocked in outcomes if not case.blocked]),
        },
        targets=TARGETS,
        notes=tuple(wrong),
    )
