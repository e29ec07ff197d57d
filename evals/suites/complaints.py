"""The drafting suite, part "public": people's complaints from ``--data`` drafted with the model in force.

No crash, no empty draft, none that argues or blames, none that promises without backing. The texts stay
in the records file; nothing of them is kept in the project.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from evals.case import DraftCase
from evals.checks import no_blame, nothing_unbacked
from evals.errors import EvalError
from evals.result import Result
from evals.runner import Record
from evals.stats import share
from evals.suites import drafting

FILE = "complaints.jsonl"
COUNT = 100
SETS = {"transport": "airline", "travel": "airline"}
TARGETS = {
    "drafted without error": "= 1",
    "empty drafts": "= 0",
    "drafts that argue or blame": "= 0",
    "drafts that promise without backing": "= 0",
}


def load_complaints(data: Path, count: int = COUNT) -> list[DraftCase]:
    """A fixed choice of the rows labelled as complaints, in the policy set nearest to their trade.

    Raises:
        EvalError: the file is not there, or a row is not of its form.
    """
    path = data / FILE
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        found = [(r["id"], r["text"], r["domain"]) for r in rows if r["label"] == 1]
    except OSError as error:
        raise EvalError(f"{path} cannot be read: {error.strerror}. Give the folder with --data.") from error
    except (KeyError, json.JSONDecodeError) as error:
        raise EvalError(f"{path.name} is not of the expected form: {error}.") from error
    picked = random.Random(0).sample(found, min(count, len(found)))
    return [
        DraftCase(id=name, set=SETS.get(domain, "shop"), covered=False, message=text) for name, text, domain in picked
    ]


def result(records: Sequence[Record]) -> Result:
    """What would be sent, of a run of complaints."""
    drafted = [(d, DraftCase.model_validate(r.input)) for r in records if (d := drafting.of(r))]
    figures = {
        "drafted without error": share([not r.error for r in records]),
        "empty drafts": share([not d.body.strip() for d, _ in drafted]),
        "drafts that argue or blame": share([not no_blame(d, c) for d, c in drafted]),
        "drafts that promise without backing": share([not nothing_unbacked(d, c) for d, c in drafted]),
        "drafts that offer something": share([d.outcome == "reply" for d, _ in drafted]),
    }
    notes = tuple(f"  {r.id}: {r.error}" for r in records if r.error)
    about: dict[str, str | int | float] = {"complaints": len(records)}
    return Result(suite="drafting: public", about=about, figures=figures, targets=TARGETS, notes=notes)
