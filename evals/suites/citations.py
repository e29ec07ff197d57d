"""The drafting suite, part "citations": whether what recorded drafts cite supports what they say.

    run(load_citations()).figures["citation precision"]      # share of citations that support their part

Labels stand in ``cases/drafting/citations.jsonl`` beside the parts as shown; nothing is drafted here. *Precision*
is the share of citations labelled "supported"; *recall* the share of statements that need a source
and are supported by what their part cites (ALCE, arXiv 2305.14627, there with a judge instead of labels).
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from assistant.reply.verify import Purpose
from evals.case import FOLDER
from evals.result import Result
from evals.rows import load_rows
from evals.stats import mean, share
from evals.suites.commitments import all_passages

Support = Literal["supported", "partly", "not"]
TARGETS = {"citation precision": ">= 0.95", "citation recall": ">= 0.9"}


class Read(BaseModel):
    """How far a quote supports something: as one reader labels it, as another does, and the stricter of the two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: Support
    second: Support
    label: Support


class LabelledCitation(Read):
    """A passage and the words quoted from it, for the part as a whole."""

    passage: str
    words: str


class Statement(BaseModel):
    """A sentence of a part; where it ``needs`` a source, its ``support`` by all that the part cites."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    needs: bool
    support: Read | None = None

    @model_validator(mode="after")
    def _labelled(self) -> "Statement":
        if self.needs and self.support is None:
            raise ValueError("a statement that needs a source must say how far it is supported")
        return self


class LabelledPart(BaseModel):
    """A part as it was shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: Purpose
    wording: Literal["model", "code"]
    statements: tuple[Statement, ...]
    citations: tuple[LabelledCitation, ...]


class LabelledDraft(BaseModel):
    """A recorded draft; ``id`` is its case in ``cases.jsonl``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    parts: tuple[LabelledPart, ...]


def load_citations(path: Path = FOLDER / "drafting" / "citations.jsonl") -> list[LabelledDraft]:
    """The labelled drafts.

    Raises:
        EvalError: a line breaks the schema; names file, line and field.
    """
    return load_rows(path, LabelledDraft)


def run(drafts: Sequence[LabelledDraft]) -> Result:
    """Precision and recall with intervals over whole drafts, and how often the readers agree."""
    kinds = {name: passage.meta.kind for name, passage in all_passages().items()}
    cited = [(d.id, p.purpose, c) for d in drafts for p in d.parts for c in p.citations]
    needing = [(d.id, s.support) for d in drafts for p in d.parts for s in p.statements if s.needs and s.support]

    def precision(kind: str = "", least: tuple[Support, ...] = ("supported",)) -> list[tuple[float, str]]:
        return [(float(c.label in least), d) for d, _, c in cited if not kind or kinds.get(c.passage) == kind]

    rows = {
        "citation precision": precision(),
        "citation precision, policies": precision("policy"),
        "citation precision, guides": precision("guide"),
        "citation precision, partly supported counted": precision(least=("supported", "partly")),
        "citation recall": [(float(s.label == "supported"), d) for d, s in needing],
    }
    figures = {name: mean([v for v, _ in some], [d for _, d in some]) for name, some in rows.items()}
    figures["the two readers agree"] = share([c.first == c.second for _, _, c in cited])
    missed = Counter((purpose, c.label) for _, purpose, c in cited if c.label != "supported")
    notes = tuple(
        f"  {n} citations of a part that is to {what}: {label}" for (what, label), n in missed.most_common()
    )
    about: dict[str, str | int | float] = {"drafts": len(drafts), "citations": len(cited), "statements": len(needing)}
    return Result(suite="drafting: citations", about=about, figures=figures, targets=TARGETS, notes=notes)
