import csv
import io
import json
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.roleplay.practice import Practice
from evals.export import COLUMNS, FORMULA, harmless, to_csv, to_json
from evals.pdf import find_fonts, marked, to_pdf
from evals.scorecard import score
from tests.test_history import GYM, RUBRIC, TALK, talk

HOSTILE = talk(
    "=cmd|' /C calc'!A0 and more", "+1 for you", "-2", "@SUM(A1)", "\t=1+1", "Anyone would be furious 😡 漢 \x07"
)
FONTS = [None, find_fonts()]


def text_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def test_json_holds_the_whole_practice_and_its_scorecard() -> None:
    card = score(TALK, GYM, RUBRIC)
    whole = json.loads(to_json(TALK, card))
    assert Practice.model_validate(whole["practice"]) == TALK and whole["scorecard"]["total"] == card.total


def test_no_cell_of_the_csv_is_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(HOSTILE, score(HOSTILE, GYM, RUBRIC), GYM), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert not any(cell.startswith(FORMULA) for row in rows for cell in row.values())
    said = [row["text"] for row in rows if row["who"] == "you"]
    assert [s.removeprefix("'") for s in said] == [e.text for e in HOSTILE.exchanges]


def test_the_csv_and_the_pdf_name_what_cost_points_with_the_points() -> None:
    card = score(TALK, GYM, RUBRIC)
    rows = [r for r in csv.DictReader(io.StringIO(to_csv(TALK, card, GYM), newline="")) if r["kind"] == "cost"]
    assert sum(float(r["points"]) for r in rows) == sum(lost for c in card.costs for lost in c.points.values())
    assert "how it ended: you ended it: −10.5 outcome" in " ".join(text_of(to_pdf(TALK, card, GYM)).split())


@given(st.text(max_size=20))
def test_a_cell_is_kept_or_made_harmless(cell: str) -> None:
    shown = harmless(cell)
    assert isinstance(shown, str) and not shown.startswith(FORMULA) and shown.removeprefix("'") in (cell, cell[1:])
    assert harmless(-3) == -3


@pytest.mark.parametrize("fonts", FONTS, ids=["helvetica", "installed"])
def test_the_pdf_shows_the_card_the_talk_and_what_it_could_not_draw(
    fonts: tuple[Path, Path] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evals.pdf.find_fonts", lambda: fonts)
    card = score(HOSTILE, GYM, RUBRIC)
    shown = text_of(to_pdf(HOSTILE, card, GYM))
    assert f"{card.total} of 100" in shown and "Anyone would be furious" in shown and "Kevin" in shown
    assert "U+6F22" in shown and "JSON" in shown
    assert "U+" not in text_of(to_pdf(talk("Hello there."), card, GYM))


@settings(max_examples=15)
@given(st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=3))
def test_any_text_can_be_drawn(turns: list[str]) -> None:
    practice = TALK.model_copy(
        update={"exchanges": tuple(TALK.exchanges[0].model_copy(update={"text": t, "line": t}) for t in turns)}
    )
    assert to_pdf(practice, score(practice, GYM, RUBRIC), GYM).startswith(b"%PDF")


def test_marked_words_and_the_rest_make_the_text_again() -> None:
    exchange = TALK.exchanges[0]
    pieces = list(marked(exchange.text, exchange.reading.acts))
    assert "".join(words for words, _ in pieces) == exchange.text
    assert any(polarity == "helping" for _, polarity in pieces)
