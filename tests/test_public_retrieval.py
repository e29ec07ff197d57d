import json
from pathlib import Path
from typing import Any

import pytest

from evals.errors import EvalError
from evals.public import BankDocument, BankTask, RatedPassage, load_public
from evals.suites.public_retrieval import passage_scores, recall, run
from knowledge import MiniLM
from tests.libraries import WordEmbedder

SUBJECTS = (
    "parcels", "haircuts", "gardens", "violins", "bicycles", "kettles", "passports", "umbrellas",
    "candles", "harbours", "pillows", "tractors", "saddles", "lanterns", "mittens",
)  # fmt: skip
SPOKEN = (
    'You are Ada.\n1. **Opening:** "Hello there, I ordered two brass lanterns and they came without any glass '
    'in them."\n2. If asked (by \'the agent\'): "I would like my money back for the lanterns, please."\n'
    'Your card is called "Gold".'
)
RATED = (
    ("Where do I return a kettle?", "Return a kettle at the desk by the door.", ["Excellent", "Acceptable"]),
    ("Where do I return a kettle?", "Violins are tuned on Mondays.", ["Bad", "Bad"]),
    ("When are violins tuned?", "Violins are tuned on Mondays.", ["Excellent", "Excellent", "Could be Improved"]),
    ("When are violins tuned?", "Return a kettle at the desk by the door.", ["Bad", "Could be Improved"]),
)


def nothing(done: int, total: int) -> None:
    pass


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Small made-up sets in the form of the public ones."""
    place = tmp_path / "public"
    documents = [
        {"id": f"doc_{s}", "title": f"About {s}", "text": f"## Rules\n\nOnly {s} count.\n\n## More\n\nStill {s}."}
        for s in SUBJECTS
    ]
    tasks: list[dict[str, Any]] = [
        {"id": "t1", "text": SPOKEN, "label": ["doc_lanterns"], "criteria": {"actions": ["refund_mittens"]}},
        {"id": "t2", "text": "You want to know about mittens and kettles.", "label": ["doc_mittens", "doc_kettles"]},
    ]
    write(place, "tau_bank_docs", documents)
    write(place, "tau_bank_tasks", tasks)
    write(
        place,
        "feedbackqa",
        [{"id": str(i), "question": q, "text": t, "label": r} for i, (q, t, r) in enumerate(RATED)],
    )
    return place


def test_a_missing_folder_or_file_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no folder.*not part of the project.*public-sets.*--data"):
        run(tmp_path / "nowhere", WordEmbedder(), nothing)
    write(tmp_path, "tau_bank_docs", [{"id": "a", "title": "A", "text": "a"}])
    with pytest.raises(EvalError, match="lacks tau_bank_tasks.jsonl"):
        run(tmp_path, WordEmbedder(), nothing)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"id": "a", "title": "A"}, "line 2, text: Field required. Expected a BankDocument"),
        ({"id": "a", "title": "A", "text": ""}, "line 2, text: String should have at least 1"),
    ],
)
def test_a_line_that_breaks_the_schema_is_named(tmp_path: Path, row: dict[str, str], says: str) -> None:
    write(tmp_path, "tau_bank_docs", [{"id": "b", "title": "B", "text": "b"}, row])
    with pytest.raises(EvalError, match=says):
        load_public(tmp_path, "tau_bank_docs", BankDocument)


def test_a_line_that_is_no_json_and_an_empty_file_are_told(tmp_path: Path) -> None:
    (tmp_path / "feedbackqa.jsonl").write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(EvalError, match="feedbackqa.jsonl, line 1, the line: Invalid JSON"):
        load_public(tmp_path, "feedbackqa", RatedPassage)
    (tmp_path / "feedbackqa.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(EvalError, match="is empty"):
        load_public(tmp_path, "feedbackqa", RatedPassage)


def test_a_rating_is_a_place_from_bad_to_excellent() -> None:
    row = RatedPassage(id="1", question="q", text="t", label=("Bad", "Excellent", "Acceptable"))
    assert row.ratings == (0, 3, 2) and row.rating == pytest.approx(5 / 3)


def test_queries_come_from_what_the_player_is_told_and_from_nothing_else() -> None:
    task = BankTask(id="t", text=SPOKEN, label=frozenset({"doc_lanterns"}))
    assert set(BankTask.model_fields) == {"id", "text", "label"}  # what the agent should do is not even read
    opening = "Hello there, I ordered two brass lanterns and they came without any glass in them."
    assert task.queries == {
        "script": SPOKEN,
        "said": f"{opening} I would like my money back for the lanterns, please.",
        "opening": opening,
    }
    assert all("doc_" not in query for query in task.queries.values())


def test_a_script_with_hardly_a_spoken_line_is_taken_whole() -> None:
    text = 'You want to close an account. Say "this is false advertising, I tell you" when refused.'
    assert set(BankTask(id="t", text=text, label=frozenset({"d"})).queries.values()) == {text}


def test_an_opening_stands_though_quotation_marks_before_it_do_not_pair() -> None:
    text = f'Say "thanks " at the end.\n\n{SPOKEN}'
    assert BankTask(id="t", text=text, label=frozenset({"d"})).queries["opening"].startswith("Hello there")


def test_recall_counts_the_needed_among_the_first_ten() -> None:
    found = [f"d{n}" for n in range(20)]
    assert recall(found, frozenset({"d0", "d9", "d10", "absent"})) == 0.5
    assert recall([], frozenset({"d0"})) == 0


def test_a_run_on_small_sets_finds_what_is_asked_for(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    result = run(folder, WordEmbedder(), lambda done, total: told.append((done, total)))
    figures = result.figures
    for form in ("script", "said", "opening"):
        for way in ("fused", "words", "vectors", "TF-IDF", "TF-IDF damped"):
            assert 0 <= figures[f"bank, {form}, {way}: recall@10"].value <= 1
            assert figures[f"bank, {form}, {way}: recall@10"].n == 2
        assert -1 <= figures[f"bank, {form}: fused less TF-IDF"].value <= 1
    assert figures["bank, said, words: recall@10"].value == 1
    assert figures["bank, said, TF-IDF: recall@10"].value == 1
    assert figures["bank, best possible: recall@10"].value == 1
    for name in ("fused", "words", "vectors", "TF-IDF"):
        assert figures[f"rated, {name}: same question in order"].value == 1
        assert figures[f"rated, {name}: rank correlation"].value > 0.5
    assert result.about["documents"] == len(SUBJECTS) and result.about["rated pairs"] == 4
    assert (2, 2) in told and (4, 4) in told
    assert result.met("bank, said, fused: recall@10") is not None


def test_the_better_passage_scores_higher_by_every_score(minilm: MiniLM) -> None:
    rated = [RatedPassage.model_validate({"id": "x", "question": q, "text": t, "label": r}) for q, t, r in RATED]
    for name, scores in passage_scores(rated, minilm, nothing).items():
        assert len(scores) == 4, name
        assert scores[0] > scores[1] and scores[2] > scores[3], name
