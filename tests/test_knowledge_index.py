import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge import EmbedderError, Meta, StoreError
from tests.libraries import TODAY, TOWELS, FailingEmbedder, Open, OtherEmbedder, WordEmbedder, ids, names


def test_an_interrupted_sync_leaves_the_old_revision_and_the_next_completes(opened: Open, files: Path) -> None:
    opened().sync()
    (files / "lockers.md").unlink()
    (files / "rules.md").write_text(TOWELS.replace("is free", "costs two pounds"))
    broken = FailingEmbedder(good=0)
    library = opened(broken)
    with pytest.raises(EmbedderError):
        library.sync()
    broken.good = 99
    assert ids(library, "locker costs nothing day")[0] == "lockers#lockers"
    parking = library.section("rules#parking")
    assert parking is not None and parking.text.endswith("is free.")
    report = library.sync()
    assert (names(report.changed), names(report.deleted)) == (["rules.md"], ["lockers.md"])
    assert "lockers#lockers" not in ids(library, "locker costs nothing day")
    parking = library.section("rules#parking")
    assert parking is not None and parking.text.endswith("costs two pounds.")


def test_what_an_interrupted_sync_embedded_is_not_embedded_again(opened: Open, files: Path) -> None:
    (files / "long.md").write_text("\n".join(f"## Rule {n}\n\nIt is rule number {n}.\n" for n in range(150)))
    broken = FailingEmbedder(good=2)
    with pytest.raises(EmbedderError):
        opened(broken).sync()
    whole = WordEmbedder()
    library = opened(whole)
    told: list[tuple[int, int, str]] = []
    report = library.sync(report=lambda *step: told.append(step))
    assert report.embedded == len(whole.embedded) == 153 - len(broken.embedded)
    assert 0 < len(broken.embedded) < 153
    assert told[-1][:2] == (report.embedded, report.embedded)
    assert ids(library, "Rule 77 it is rule number 77.")[0] == "long#rule-77"


def test_a_deleted_index_is_rebuilt_from_the_manifest_without_embedding(opened: Open, tmp_path: Path) -> None:
    library = opened()
    library.sync()
    before = ids(library, "towels bring towel")
    shutil.rmtree(tmp_path / "library" / "chroma")
    embedder = WordEmbedder()
    again = opened(embedder)
    report = again.sync()
    assert (report.unchanged, report.embedded, embedder.embedded) == (2, 0, [])
    assert ids(again, "towels bring towel") == before and before[0] == "rules#towels"


@pytest.mark.parametrize("spoil", [shutil.rmtree, lambda p: [f.write_bytes(b"no" * 999) for f in p.rglob("*.*")]])
def test_an_index_lost_while_the_app_runs_is_built_anew_aloud_and_searches_find_the_same(
    opened: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], object]
) -> None:
    library = opened()
    library.sync()
    before = ids(library, "towels bring towel")
    spoil(tmp_path / "library" / "chroma")
    assert ids(library, "towels bring towel") == before
    note = library.sync().note
    assert "built anew" in note + caplog.text and ids(library, "towels bring towel") == before


def test_warming_up_leaves_nothing_to_build_for_the_first_search(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = opened()
    library.sync()
    library.warm_up()
    monkeypatch.setattr("knowledge.library.Index", None)  # whoever builds one now fails
    assert ids(library, "towels bring towel")[0] == "rules#towels"


def test_a_damaged_manifest_is_refused_with_what_to_do(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "manifest.db").write_bytes(b"no database" * 200)
    with pytest.raises(StoreError, match="delete it"):
        opened()


def test_a_changed_embedder_embeds_everything_anew_and_says_so(opened: Open) -> None:
    opened().sync()
    other = OtherEmbedder()
    library = opened(other)
    report = library.sync()
    assert (report.unchanged, report.embedded, len(other.embedded)) == (2, 3, 3)
    assert report.note == ("The embedder changed from words-test to other-test: everything was embedded anew.")
    assert report.note in str(report)
    assert ids(library, "towels bring towel")[0] == "rules#towels"
    assert library.sync().note == ""


ELSEWHERE = """
import sys
from pathlib import Path
from knowledge import Library
from tests.libraries import WordEmbedder

print(Library(Path(sys.argv[1]), WordEmbedder(), builtin=(Path(sys.argv[2]),)).sync())
"""


def test_what_another_process_syncs_is_found_by_its_own_words(opened: Open, files: Path, tmp_path: Path) -> None:
    library = opened()
    library.sync()
    assert ids(library, "towels bring towel")[0] == "rules#towels"
    for name in ("trampolines", "saunas"):
        (files / f"{name}.md").write_text(f"{name} cost nothing extra on Sundays")
        command = [sys.executable, "-c", ELSEWHERE, str(tmp_path / "library"), str(files)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.startswith("1 added")
        found = library.search(f"{name} cost nothing extra on Sundays", today=TODAY)[0]
        assert found.id == f"{name}#{name}" and (found.similarity or 0) > 0.9


def test_a_sync_that_ends_while_the_index_is_read_is_not_half_seen(
    opened: Open, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, other = opened(), opened()
    library.sync()
    documents = library._manifest.documents

    def then_another_sync() -> list[Meta]:
        found = documents()
        (files / "trampolines.md").write_text("Trampolines cost nothing extra.")
        other.sync()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(library._manifest, "documents", then_another_sync)
        assert ids(library, "towels bring towel")[0] == "rules#towels"
    assert ids(library, "trampolines cost nothing extra")[0] == "trampolines#trampolines"


def test_a_manifest_made_anew_never_passes_for_what_the_index_mirrors(
    opened: Open, files: Path, tmp_path: Path
) -> None:
    library = opened()
    library.sync()
    library.close()
    for file in (tmp_path / "library").glob("manifest.db*"):
        file.unlink()
    (files / "rules.md").write_text("Trampolines cost nothing extra on Sundays.")
    again = opened()
    again.sync()
    found = again.search("trampolines cost nothing extra on sundays", today=TODAY)[0]
    assert found.id == "rules#rules" and (found.similarity or 0) > 0.5


def test_a_manifest_of_another_version_is_read_anew_and_keeps_its_vectors(opened: Open, tmp_path: Path) -> None:
    opened().sync()
    file = tmp_path / "library" / "manifest.db"
    with contextlib.closing(sqlite3.connect(file)) as old:
        old.executescript(
            "alter table documents add column root text not null default ''; pragma user_version=1;"
            "insert into roots values ('/nowhere')"
        )
    embedder = WordEmbedder()
    library = opened(embedder)
    report = library.sync()
    assert (len(report.added), report.embedded, embedder.embedded) == (2, 0, [])
    assert list(report.failed) == ["/nowhere"], "what was added by hand is still known"
    assert ids(library, "towels bring towel")[0] == "rules#towels"
    assert opened().sync().unchanged == 2


@pytest.mark.parametrize("damage", ["garbage", "file"])
def test_a_damaged_index_is_built_anew_and_said(
    opened: Open,
    files: Path,
    tmp_path: Path,
    damage: str,
) -> None:
    chroma = tmp_path / "library" / "chroma"
    if damage == "garbage":
        chroma.mkdir(parents=True)
        (chroma / "chroma.sqlite3").write_bytes(b"no database" * 500)
    else:
        chroma.parent.mkdir()
        chroma.write_text("x")
    library = opened()
    assert "damaged" in library.sync().note
    assert ids(library, "towels bring towel")[0] == "rules#towels"


def test_a_deleted_index_is_said(opened: Open, tmp_path: Path) -> None:
    import shutil

    opened().sync()
    shutil.rmtree(tmp_path / "library" / "chroma")
    assert opened().sync().note
