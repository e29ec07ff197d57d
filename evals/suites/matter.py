"""The drafting suite, part "matter": does code tell what no policy covers from what one does? No model is asked.

    run(desk, load_draft_cases(), report)     # F1 of saying so, covered cases lost, right sections; tune and report

A case is thought covered if the plan of its draft holds a rule of a policy. Only what the embedded model can do.
The one number that the cases chose is ``matter.LEAST``: its worth is told by choosing it anew for each tenth of the
``tune`` half on the other nine. Misses of the ``tune`` half only are named.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.reply import planning
from assistant.reply.channels import Shape
from assistant.reply.drafting import ReplyDesk
from assistant.reply.rules import rival, rules
from evals.case import DraftCase
from evals.result import Result
from evals.stats import Figure, bootstrap, f1, share

SAYS_SO = "no-policy cases that say so (F1)"
TARGETS = {f"{SAYS_SO}, report": ">= 0.9"}
LEASTS = tuple(n / 40 for n in range(-8, 5))
"""What LEAST is chosen from, in cosine."""
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Told:
    """A case, the sections whose rules the plan rests on, whether any rule is left at each of LEASTS.

    ``doubted`` is whether the agent is asked if another section is meant.
    """

    case: DraftCase
    sections: frozenset[str]
    left: tuple[bool, ...] = ()
    doubted: bool = False

    @property
    def right(self) -> bool:
        """Whether one of the sections would do."""
        return bool(self.sections & set(self.case.policy))


def run(desk: ReplyDesk, cases: Sequence[DraftCase], report: Callable[[int, int], None]) -> Result:
    """Plan each case's draft, and count."""
    fit = [case for case in cases if not case.needs]
    told = []
    for number, case in enumerate(fit, 1):
        told.append(tell(desk, case))
        report(number, len(fit))
    return result(told)


def tell(desk: ReplyDesk, case: DraftCase) -> Told:
    """What code makes of a case."""
    work = desk.read(case.message, case.set, Shape())
    steps = planning.plan(work.case, {}, work.policies, desk.embed).steps
    left = (
        tuple(bool(rules(work.asked, work.policies, desk.embed, least)) for least in LEASTS)
        if case.half == "tune"
        else ()
    )
    sections = [q.passage for step in steps if step.rule for q in step.quotes]
    doubted = any(rival(work.passages[s], work.policies, work.asked, desk.embed) for s in sections[:1])
    return Told(case, frozenset(sections), left, doubted)


def result(told: Sequence[Told]) -> Result:
    """The figures of each half, and the misses of the one that may be looked at."""
    figures: dict[str, Figure] = {}
    for half in ("tune", "report"):
        some = [t for t in told if t.case.half == half]
        covered = [t for t in some if t.case.covered]
        figures[f"{SAYS_SO}, {half}"] = bootstrap([(not t.case.covered, not t.sections) for t in some], f1)
        figures[f"no-policy cases that say so, {half}"] = share([not t.sections for t in some if not t.case.covered])
        figures[f"covered cases that say so, {half}"] = share([not t.sections for t in covered])
        figures[f"covered cases that rest on a right section, {half}"] = share([t.right for t in covered])
        for kind, right in (("wrong", False), ("right", True)):
            resting = [t.doubted for t in some if t.sections and t.right == right]
            figures[f"{kind} sections that the agent is asked about, {half}"] = share(resting)
    tune = [t for t in told if t.left]
    figures[f"{SAYS_SO}, tune, least chosen on the other nine tenths"] = bootstrap(chosen_elsewhere(tune), f1)
    missed = tuple(
        f"  {t.case.id}: {', '.join(sorted(t.sections)) or 'nothing offered'}"
        for t in tune
        if t.case.covered != bool(t.sections)
    )
    return Result(
        suite="drafting: matter", about={"cases": len(told)}, figures=figures, targets=TARGETS, notes=missed
    )


def chosen_elsewhere(told: Sequence[Told]) -> list[tuple[bool, bool]]:
    """(not covered, said so) of each case, at the least that does best on the nine tenths it is not in."""
    order = list(told)
    random.Random(6).shuffle(order)
    found = []
    for tenth in range(TENTHS):
        others = [t for n, t in enumerate(order) if n % TENTHS != tenth]
        best = max(range(len(LEASTS)), key=lambda i: f1([(not t.case.covered, not t.left[i]) for t in others]))
        found += [(not t.case.covered, not t.left[best]) for t in order[tenth::TENTHS]]
    return found
