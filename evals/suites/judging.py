"""The judge suite: written transcripts with the verdict that is right, put to the configured judge.

Its answers are recorded, and the gate replays them: run it again when the judge's prompt or a criterion
has changed. The verdicts are the project's own, so the figure says whether a judge follows the anchors,
not how far it agrees with people (that is ``calibrate``).
"""

from collections.abc import Sequence

from evals.case import JudgeCase
from evals.errors import JudgeError
from evals.judge import Judge, Judgement, Material, Panel, stands
from evals.judges import ask_many
from evals.result import Result
from evals.rubric import load_rubric
from evals.stats import share

TARGETS = {"verdicts as written": ">= 0.9", "quotes that stand word for word": "= 1"}
REFUSED = "no verdict"


async def run(cases: Sequence[JudgeCase], judge: Judge | Panel, at_once: int) -> Result:
    """Ask every case whose answer a model can give; those that must be refused are for the gate alone."""
    asked = [c for c in cases if c.expected != REFUSED]
    questions = [(load_rubric(c.rubric)[c.criterion], Material(c.transcript, c.background)) for c in asked]
    answers = await ask_many(judge, questions, at_once)
    said = [(c, a) for c, a in zip(asked, answers, strict=True) if isinstance(a, Judgement)]
    wrong = [
        f"  {c.id} {c.criterion}: {a.verdict}, expected {c.expected}" for c, a in said if a.verdict != c.expected
    ]
    errors = [
        f"  {c.id} {c.criterion}: {a}" for c, a in zip(asked, answers, strict=True) if isinstance(a, JudgeError)
    ]
    quotes = [bool(stands(q, c.transcript)) for c, a in said for q in (*a.quotes, *a.lost)]
    return Result(
        suite="judge",
        about={"judge": judge.name, "cases": len(asked), "replayed": sum(a.replayed for _, a in said)},
        figures={
            "cases with a verdict": share([isinstance(a, Judgement) for a in answers]),
            "verdicts as written": share([a.verdict == c.expected for c, a in said]),
            "quotes that stand word for word": share(quotes),
        },
        targets=TARGETS,
        notes=(*wrong, *errors),
    )
