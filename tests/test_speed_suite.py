from pathlib import Path
from shutil import copy

import numpy as np
import pytest

from evals.errors import EvalError
from evals.stats import between
from evals.suites import speed
from evals.suites.speed import StandIn, run, write_documents
from knowledge.library import BUILTIN
from knowledge.load import files_under, load
from knowledge.sections import Child, children, cut
from tests.libraries import WordEmbedder


def nothing(done: int, total: int) -> None:
    pass


def chunks(folder: Path) -> list[Child]:
    return [c for path in files_under(folder) for s in cut(load(path, folder)) for c in children(s)]


def test_made_documents_have_so_many_chunks_all_unlike_and_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_documents(tmp_path / name, 45)
    made = [c.text for c in chunks(tmp_path / "one")]
    assert len(made) == len(set(made)) == 45
    assert made == [c.text for c in chunks(tmp_path / "other")]
    assert all(300 < len(text) < 750 for text in made)


def test_the_stand_in_gives_unit_vectors_by_text_that_all_clear_the_relevance_floor() -> None:
    texts = [f"text {n}" for n in range(30)]
    vectors = StandIn().embed(texts)
    assert vectors.shape == (30, 384) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.array_equal(StandIn().embed(texts[3:4])[0], vectors[3])
    assert (vectors @ vectors.T).min() > 0.3
    assert (vectors @ vectors.T - np.eye(30)).max() < 0.7


def test_the_stand_in_keeps_the_real_embedder_busy_only_when_told() -> None:
    stand_in, real = StandIn(), WordEmbedder()
    quiet = stand_in.embed(["refund"])
    stand_in.real = real
    assert np.array_equal(stand_in.embed(["refund"]), quiet)
    assert real.embedded == ["refund"]


def test_there_is_one_part() -> None:
    with pytest.raises(EvalError, match="'retrieval'"):
        run("drafting", nothing, WordEmbedder())


@pytest.mark.timeout(300)
def test_a_small_run_measures_every_way_and_syncs_only_what_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    guides = tmp_path / "guides"
    guides.mkdir()
    for guide in sorted(BUILTIN[0].glob("a*.md")):
        copy(guide, guides)
    small = {"QUERIES": 6, "ROUNDS": 2, "SYNCED": 25, "SYNCS": 2, "BUILTIN": (guides,)}
    for name, value in small.items():
        monkeypatch.setattr(speed, name, value)
    told: list[tuple[int, int]] = []
    real = WordEmbedder()
    result = run("retrieval", lambda done, total: told.append((done, total)), real, limit=300)
    figures = result.figures
    assert told == [(n, 5) for n in range(1, 6)]
    assert figures["sync again, nothing changed: chunks embedded"].value == 0
    assert figures["sync, one section edited: chunks embedded"].value == 1
    assert figures["sync, one section edited: other chunks embedded"].value == 0
    assert result.met("sync, one section edited: other chunks embedded")
    for way in (speed.WHOLE, speed.BEFORE, speed.CHROMA, speed.WORDS, "query embedding"):
        p50, p95 = (figures[f"{way} {p} at 300 chunks, ms"] for p in ("p50", "p95"))
        assert 0 < p50.low <= p50.value <= p50.high and p50.value <= p95.value and p50.n == 6
    ratio = figures[f"{speed.BEFORE}, in times a {speed.CHROMA} at 300 chunks, p50"]
    assert ratio.value > 0
    after = figures["memory after loading at 300 chunks, MB"].value
    assert after == 0 or after > figures["memory before at 300 chunks, MB"].value
    assert any(note.split()[-1] == "300" for note in result.notes)


def test_the_target_is_on_the_whole_search_at_ten_thousand_chunks() -> None:
    assert speed.TARGETS[f"{speed.WHOLE} p95 at 10k chunks, ms"] == "<= 10"


def test_the_table_has_a_line_a_cost_and_a_column_a_size() -> None:
    figures = {f"search p50 at {size} chunks, ms": between([cost], 1) for size, cost in (("1k", 2.0), ("10k", 3.5))}
    assert [line.split() for line in speed._table(figures)] == [
        ["cost", "against", "size,", "chunks", "1k", "10k"],
        ["search", "p50,", "ms", "2.00", "3.50"],
    ]
