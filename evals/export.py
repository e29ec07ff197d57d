"""One practice with its scorecard, to keep outside the app: PDF to read, JSON for programs, CSV for spreadsheets.

    file("csv", practice, card, scenario)      # File(name="even-keel-late-parcel-1a2b3c4d.csv", …)

A spreadsheet runs a cell that begins like a formula: such cells get an apostrophe before them.
"""

import csv
import io
import json
from collections.abc import Iterator
from typing import Literal, NamedTuple

from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.state import State
from evals.scorecard import Scorecard

COLUMNS = ("kind", "turn", "who", "text", "acts", "anger", "trust", "points", "of")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet takes for a formula."""

Cell = str | int | float
Kind = Literal["pdf", "json", "csv"]
KINDS: dict[Kind, str] = {"pdf": "application/pdf", "json": "application/json", "csv": "text/csv"}
"""What a practice can be saved as, and the media type of that."""


class File(NamedTuple):
    """A file as it is handed over."""

    name: str
    media_type: str
    data: bytes


def file(kind: Kind, practice: Practice, card: Scorecard, scenario: Scenario) -> File:
    """The practice as a file of that kind."""
    if kind == "pdf":
        from evals.pdf import to_pdf  # a second that a start need not wait for

        data = to_pdf(practice, card, scenario)
    elif kind == "json":
        data = to_json(practice, card).encode()
    else:
        data = to_csv(practice, card, scenario).encode("utf-8-sig")  # the mark tells spreadsheets that it is UTF-8
    return File(f"even-keel-{practice.scenario}-{practice.id[:8]}.{kind}", KINDS[kind], data)


def to_json(practice: Practice, card: Scorecard) -> str:
    """Everything that is kept of the practice, and its scorecard: ``{"practice": …, "scorecard": …}``."""
    whole = {"practice": practice.model_dump(mode="json"), "scorecard": card.model_dump(mode="json")}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def to_csv(practice: Practice, card: Scorecard, scenario: Scenario) -> str:
    """A row a part, a criterion, a cost (the points it took), and a turn of either side, as ``kind`` says.

    Blank cells do not apply.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in _rows(practice, card, scenario):
        writer.writerow([harmless(row.get(column, "")) for column in COLUMNS])
    return out.getvalue()


def harmless(cell: Cell) -> Cell:
    """A cell that no spreadsheet runs; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _rows(practice: Practice, card: Scorecard, scenario: Scenario) -> Iterator[dict[str, Cell]]:
    yield {"kind": "total", "text": card.ending or "you ended it", "points": card.total, "of": 100}
    for part, (points, of) in card.parts.items():
        yield {"kind": "part", "text": part, "points": points, "of": of}
    for mark in card.marks:
        row: dict[str, Cell] = {"kind": "criterion", "text": mark.criterion.asks}
        if mark.met is not None:
            row |= {"points": round(mark.points, 1), "of": round(mark.of, 1)}
        if mark.evidence:
            row |= {"turn": mark.evidence.turn, "acts": mark.evidence.quote}
        yield row
    for cost in card.costs:
        for part, lost in cost.points.items():
            row = {"kind": "cost", "text": f"{part}: {cost.why}", "points": lost}
            if cost.evidence:
                row |= {"turn": cost.evidence.turn, "acts": cost.evidence.quote}
            yield row
    name = scenario.persona.name
    yield {"kind": "said", "turn": 0, "who": name, "text": practice.opening, **_mood(practice.start)}
    for e in practice.exchanges:
        acts = "; ".join(f"{a.kind.label}: {a.quote}" for a in e.reading.acts)
        yield {"kind": "said", "turn": e.turn, "who": "you", "text": e.text, "acts": acts}
        yield {"kind": "said", "turn": e.turn, "who": name, "text": e.line, **_mood(e.state)}


def _mood(state: State) -> dict[str, Cell]:
    return {"anger": state.anger, "trust": state.trust}
