import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from knowledge import EmbedderError, KnowledgeError, Library, Meta, StoreError
from knowledge.__main__ import main
from tests.conftest import WordEmbedder

TODAY = date(2026, 11, 23)
TOWELS = (
    "# House rules\n\n## Towels\n\nBring a towel of your own.\n\n## Parking\n\nParking behind the club is free.\n"
)


class OtherEmbedder(WordEmbedder):
    fingerprint = "other-test"


class FailingEmbedder(WordEmbedder):
    """Breaks off once it has been asked ``good`` times."""

    def __init__(self, good: int) -> None:
        super().__init__()
        self.good = good

    def embed(self, texts: list[str]) -> np.ndarray:
        if self.good == 0:
            raise EmbedderError("The service fails.")
        self.good -= 1
        return super().embed(texts)


Open = Callable[..., Library]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "rules.md").write_text(TOWELS)
    (folder / "lockers.md").write_text("## Lockers\n\nA locker costs nothing for the day.\n")
    return folder


@pytest.fixture
def opened(tmp_path: Path, files: Path) -> Iterator[Open]:
    libraries: list[Library] = []

    def open_library(embedder: WordEmbedder | None = None) -> Library:
        libraries.append(Library(tmp_path / "library", embedder or WordEmbedder(), builtin=(files,)))
        return libraries[-1]

    yield open_library
    for library in libraries:
        library.close()


def policy(files: Path, name: str, front: str, text: str) -> None:
    (files / f"{name}.md").write_text(
        f"---\nid: {name}\ntitle: {name}\nkind: policy\n{front}\n---\n## Rule\n\n{text}\n"
    )


def ids(library: Library, query: str, **options: object) -> list[str]:
    return [p.id for p in library.search(query, today=TODAY, **options)]  # type: ignore[arg-type]


def names(paths: list[str]) -> list[str]:
    return sorted(Path(p).name for p in paths)


def test_a_first_sync_adds_every_file(opened: Open) -> None:
    library = opened()
    report = library.sync()
    assert names(report.added) == ["lockers.md", "rules.md"]
    assert (report.changed, report.deleted, report.unchanged, report.failed) == ([], [], 0, {})
    assert report.embedded == 3
    assert [m.id for m in library.documents()] == ["rules", "lockers"]
    assert [s.id for s in library.sections("rules")] == ["rules#towels", "rules#parking"]


def test_a_second_sync_of_the_same_files_embeds_nothing(opened: Open) -> None:
    opened().sync()
    embedder = WordEmbedder()
    report = opened(embedder).sync()
    assert (report.unchanged, report.embedded, embedder.embedded, report.note) == (2, 0, [], "")


def test_changes_are_told_file_by_file(opened: Open, files: Path) -> None:
    library = opened()
    library.sync()
    (files / "lockers.md").unlink()
    (files / "rules.md").write_text(TOWELS.replace("towel of", "big towel of"))
    (files / "sauna.md").write_text("## Sauna\n\nThe sauna opens at noon.\n")
    (files / "broken.md").write_bytes(b"\xff\xfe")
    report = library.sync()
    assert (names(report.added), names(report.changed), names(report.deleted)) == (
        ["sauna.md"],
        ["rules.md"],
        ["lockers.md"],
    )
    assert report.unchanged == 0
    assert {Path(p).name: "UTF-8" in why for p, why in report.failed.items()} == {"broken.md": True}
    assert str(report) == "1 added, 1 changed, 1 deleted, 0 unchanged, 1 failed; 2 pieces embedded"


def test_one_edited_section_embeds_only_its_own_children(opened: Open, files: Path) -> None:
    opened().sync()
    (files / "rules.md").write_text(TOWELS.replace("is free", "costs two pounds"))
    embedder = WordEmbedder()
    assert opened(embedder).sync().embedded == 1
    assert embedder.embedded == ["House rules > Parking\nParking behind the club costs two pounds."]


def test_deleted_and_edited_words_are_no_longer_found(opened: Open, files: Path) -> None:
    library = opened()
    library.sync()
    assert ids(library, "locker costs nothing")[0] == "lockers#lockers"
    (files / "lockers.md").unlink()
    (files / "rules.md").write_text("# House rules\n\n## Towels\n\nRent one from us.\n")
    library.sync()
    assert "lockers#lockers" not in ids(library, "locker costs nothing")
    assert library.section("lockers#lockers") is None and library.section("rules#parking") is None
    assert ids(library, "towels rent one from us") == ["rules#towels"]


def test_a_moved_file_keeps_its_vectors(opened: Open, files: Path) -> None:
    (files / "rules.md").write_text(f"---\nid: rules\n---\n{TOWELS}")
    library = opened()
    library.sync()
    (files / "deep").mkdir()
    (files / "rules.md").rename(files / "deep" / "renamed.md")
    report = library.sync()
    assert (names(report.added), names(report.deleted), report.embedded) == (["renamed.md"], ["rules.md"], 0)
    assert ids(library, "towels bring towel")[0] == "rules#towels"


def test_a_file_that_breaks_keeps_its_last_good_version(opened: Open, files: Path) -> None:
    library = opened()
    library.sync()
    (files / "rules.md").write_text("---\nowner: me\n---\n" + TOWELS)
    report = library.sync()
    assert names(list(report.failed)) == ["rules.md"] and report.deleted == []
    assert "rules#towels" in ids(library, "towels bring towel")


def test_a_duplicate_id_is_reported_and_the_first_file_stands(opened: Open, files: Path) -> None:
    (files / "rules.md").unlink()
    (files / "a.md").write_text("---\nid: same\n---\nfirst text")
    (files / "b.md").write_text("---\nid: same\n---\nsecond text")
    library = opened()
    report = library.sync()
    assert report.failed == {str(files / "b.md"): f"b.md: its id 'same' is taken by {files / 'a.md'}."}
    assert [s.text for s in library.sections("same")] == ["first text"]


def test_the_second_of_two_twins_takes_over_when_the_first_leaves(opened: Open, files: Path) -> None:
    (files / "a.md").write_text("---\nid: same\n---\nfirst text")
    (files / "b.md").write_text("---\nid: same\n---\nsecond text")
    library = opened()
    library.sync()
    (files / "a.md").unlink()
    assert library.sync().failed == {}
    assert [s.text for s in library.sections("same")] == ["second text"]


def test_two_files_may_swap_their_ids(opened: Open, files: Path) -> None:
    (files / "a.md").write_text("---\nid: one\n---\nfirst text")
    (files / "b.md").write_text("---\nid: two\n---\nsecond text")
    library = opened()
    library.sync()
    (files / "a.md").write_text("---\nid: two\n---\nfirst text")
    (files / "b.md").write_text("---\nid: one\n---\nsecond text")
    assert names(library.sync().changed) == ["a.md", "b.md"]
    assert {i: library.sections(i)[0].text for i in ("one", "two")} == {"two": "first text", "one": "second text"}


def test_added_paths_are_remembered(opened: Open, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.md").write_text("## Mine\n\nMy own words on trampolines.\n")
    opened().sync((own,))
    library = opened()
    assert library.sync().unchanged == 3
    assert ids(library, "my own words on trampolines.")[0] == "mine#mine"


def test_a_policy_that_breaks_says_that_what_was_read_before_stays_in_force(opened: Open, files: Path) -> None:
    policy(files, "rule", "set: gym\nexpires: 2026-12-31", "Trampolines are refunded.")
    library = opened()
    library.sync()
    for name in ("rule", "new"):
        policy(files, name, "set: gym\nexpires: 2026-13-31", "Nothing is refunded.")
    failed = {Path(path).stem: reason for path, reason in library.sync().failed.items()}
    assert failed["rule"].endswith("What was read of it before stays in force.")
    assert "in force" not in failed["new"]
    assert ids(library, "trampolines are refunded", kind="policy", policy_set="gym") == ["rule#rule"]


def test_of_two_copies_the_one_that_is_held_stays(opened: Open, files: Path) -> None:
    library = opened()
    library.sync()
    shutil.copy(files / "rules.md", files / "a.md")
    report = library.sync()
    assert report.failed == {str(files / "a.md"): f"a.md is a copy of {files / 'rules.md'}: it is kept once."}
    assert [m.id for m in library.documents()] == ["rules", "lockers"]


def test_a_file_edited_into_a_copy_is_kept_no_more(opened: Open, files: Path) -> None:
    library = opened()
    library.sync()
    shutil.copy(files / "rules.md", files / "lockers.md")
    report = library.sync()
    assert (names(report.deleted), names(list(report.failed))) == (["lockers.md"], ["lockers.md"])
    assert [m.id for m in library.documents()] == ["rules"]


def unmounted(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@pytest.mark.parametrize("leave", [shutil.rmtree, unmounted, lambda folder: folder.rename(f"{folder} moved")])
def test_what_was_added_and_is_not_there_is_said_and_kept_until_it_is_forgotten(
    opened: Open, tmp_path: Path, leave: Callable[[Path], object]
) -> None:
    own = tmp_path / "my own"
    own.mkdir()
    policy(own, "mine", "set: gym", "Trampolines are refunded.")
    library = opened()
    library.sync((own,))
    leave(own)
    report = library.sync()
    assert report.deleted == [] and list(report.failed) == [str(own)]
    assert f"python -m knowledge forget '{own}'" in report.failed[str(own)]
    assert ids(library, "trampolines are refunded", kind="policy", policy_set="gym") == ["mine#rule"]
    with pytest.raises(KnowledgeError, match=f"There are: {own}"):
        library.forget(tmp_path)
    library.forget(own)
    report = library.sync()
    assert (names(report.deleted), report.failed) == (["mine.md"], {})


def test_the_terminal_forgets_and_syncs_at_once(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.md").write_text("My own words.")
    library = opened()
    library.sync((own,))
    monkeypatch.setattr("knowledge.__main__.open_embedder", lambda settings: WordEmbedder())
    monkeypatch.setattr("knowledge.__main__.open_library", lambda settings, embedder: library)
    assert main(["forget", str(own)]) == 0
    assert f"deleted: {own / 'mine.md'}" in capsys.readouterr().out
    assert main(["forget", str(own)]) == 1


def test_a_folder_whose_name_is_not_utf8_does_not_stop_the_others(opened: Open, files: Path) -> None:
    odd = files / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    for path in (odd / "menu.md", files / os.fsdecode("😀".encode() + b"\xe9.md")):
        path.write_text("text of it")
    library = opened()
    report = library.sync()
    assert names(report.added) == ["lockers.md", "rules.md"]
    assert len(report.failed) == 2 and all("not UTF-8. Rename it." in reason for reason in report.failed.values())
    with pytest.raises(KnowledgeError, match="Rename it"):
        library.sync((odd,))


def test_a_failure_is_shown_until_a_sync_succeeds(opened: Open) -> None:
    broken = FailingEmbedder(good=0)
    library = opened(broken)
    library.failure = "The service fails."
    with pytest.raises(EmbedderError):
        library.sync()
    assert library.failure
    broken.good = 99
    library.sync()
    assert library.failure == ""


def test_a_path_that_does_not_exist_is_refused_by_name(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="nowhere does not exist"):
        opened().sync((tmp_path / "nowhere",))


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


def test_a_policy_is_found_only_while_it_holds(opened: Open, files: Path) -> None:
    policy(files, "old", "set: gym\neffective: 2025-01-01\nexpires: 2025-12-31", "Trampolines are refunded.")
    policy(files, "now", "set: gym\neffective: 2026-01-01\nexpires: 2026-12-31", "Trampolines are refunded.")
    policy(files, "next", "set: gym\neffective: 2027-01-01", "Trampolines are refunded.")
    library = opened()
    library.sync()

    def found(day: date) -> list[str]:
        passages = library.search("trampolines are refunded", kind="policy", today=day)
        return [p.meta.id for p in passages]

    assert found(date(2025, 12, 31)) == ["old"]
    assert found(date(2026, 1, 1)) == found(date(2026, 12, 31)) == ["now"]
    assert found(date(2027, 1, 1)) == ["next"]
    assert found(date(2024, 1, 1)) == []


def test_guides_and_policies_and_sets_never_mix(opened: Open, files: Path) -> None:
    text = "Trampolines are refunded."
    (files / "guide.md").write_text(f"## Guide\n\n{text}\n")
    for name, front in (("gym", "set: gym"), ("shop", "set: shop"), ("bank", "set: bank")):
        policy(files, name, front, text)
    library = opened()
    library.sync()
    assert {p.meta.kind for p in library.search(text, count=50)} == {"guide"}
    assert ids(library, text)[0] == "guide#guide"
    assert ids(library, text, kind="policy", policy_set="gym") == ["gym#rule"]
    assert ids(library, text, kind="policy", policy_set="gy") == []
    assert sorted(ids(library, text, kind="policy")) == ["bank#rule", "gym#rule", "shop#rule"]
    assert library.policy_sets() == ["bank", "gym", "shop"]


def test_a_document_that_changes_its_pool_leaves_the_old_one(opened: Open, files: Path) -> None:
    policy(files, "rule", "set: gym", "Trampolines are refunded.")
    library = opened()
    library.sync()
    policy(files, "rule", "set: shop", "Trampolines are refunded.")
    library.sync()
    assert ids(library, "trampolines are refunded", kind="policy", policy_set="gym") == []
    assert ids(library, "trampolines are refunded", kind="policy", policy_set="shop") == ["rule#rule"]


ELSEWHERE = """
import sys
from pathlib import Path
from knowledge import Library
from tests.conftest import WordEmbedder

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
        assert found.id == f"{name}#{name}" and found.similarity > 0.9


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
    assert found.id == "rules#rules" and found.similarity > 0.5


@pytest.mark.parametrize("query", ["", "  \n\t ", "xylophone zzz"])
def test_an_empty_or_unrelated_query_finds_nothing(opened: Open, query: str) -> None:
    library = opened()
    library.sync()
    assert ids(library, query) == []


def test_a_library_that_was_never_synced_says_what_to_run(opened: Open) -> None:
    library = opened()
    with pytest.raises(KnowledgeError, match="python -m knowledge sync"):
        library.search("towels")
    assert library.documents() == []


def test_a_found_passage_says_what_matched(opened: Open) -> None:
    library = opened()
    library.sync()
    passage = library.search("bring towels or a towel", today=TODAY)[0]
    assert passage.id == "rules#towels" and passage.meta.title == "House rules"
    assert passage.section.breadcrumb == "House rules > Towels"
    assert passage.why.startswith("words: towels, bring, towel") and passage.similarity > 0.3


def test_count_bounds_the_answer_and_the_best_comes_first(opened: Open, files: Path) -> None:
    (files / "long.md").write_text("\n".join(f"## Rule {n}\n\nRule number {n}.\n" for n in range(20)))
    library = opened()
    library.sync()
    found = library.search("rule number", count=3, today=TODAY)
    assert len(found) == 3
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_below_one_is_refused(
    opened: Open, count: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library = opened()
    library.sync()
    monkeypatch.setattr("knowledge.__main__.open_embedder", lambda settings: WordEmbedder())
    monkeypatch.setattr("knowledge.__main__.open_library", lambda settings, embedder: library)
    assert main(["search", "bring a towel", "--count", str(count)]) == 1
    assert capsys.readouterr().err == f"{count} sections cannot be found. Ask for 1 or more.\n"


def test_a_policy_set_without_a_word_leaves_every_search_alone(opened: Open, files: Path) -> None:
    (files / "x.md").write_text("---\ntitle: X\nkind: policy\nset: gym\n---\n5 £")
    library = opened()
    library.sync()
    assert ids(library, "towels bring towel")[0] == "rules#towels"
    assert ids(library, "towels", kind="policy", policy_set="gym") == []


IRATE = [
    ("Somebody else has my slot with Dana and I drove an hour for it. What a shambles!!",
     "gym", {"gym-bookings#sessions-we-cancel-or-double-book"}),
    ("the lamp arrived in forty pieces, it is SMASHED", "shop", {"shop-returns#goods-that-arrive-damaged"}),
    ("two weeks and my parcel is still 'on its way', where is it",
     "shop", {"shop-orders-and-delivery#late-deliveries", "shop-orders-and-delivery#missing-parcels"}),
    ("where the hell is my suitcase, three days now", "airline", {"airline-baggage#delayed-bags"}),
    ("flight cancelled at midnight and nobody told us",
     "airline", {"airline-delays-and-cancellations#cancelled-flights"}),
]  # fmt: skip


@pytest.mark.parametrize(("query", "policy_set", "wanted"), IRATE)
def test_irate_messages_find_the_policy_that_covers_them(
    library: Library, query: str, policy_set: str, wanted: set[str]
) -> None:
    assert wanted & set(ids(library, query, kind="policy", policy_set=policy_set, count=3))


def test_a_question_of_technique_finds_its_guide(library: Library) -> None:
    found = library.search("how do I apologise properly without excuses", today=TODAY, count=3)
    assert "apology" in [p.meta.id for p in found]
    assert {p.meta.kind for p in found} == {"guide"}


def test_the_expired_returns_policy_is_never_found(library: Library) -> None:
    query = "Returns and refunds (2025): return unused goods within 60 days, a £10 voucher"
    found = ids(library, query, kind="policy", policy_set="shop", count=50)
    assert found and not any(i.startswith("shop-returns-2025#") for i in found)


def test_what_no_policy_is_about_finds_nothing(library: Library) -> None:
    assert ids(library, "qwertzuiop asdfghjkl", kind="policy", policy_set="gym") == []


def test_one_odd_file_does_not_stop_the_others(opened: Open, files: Path) -> None:
    (files / "odd.md").write_text("---\nexpires: 2026-02-30\n---\ntext")
    (files / "steps.md").write_text("## Step\na\n## Step\nb\n## Step 2\nc")
    library = opened()
    assert "rules.md" in [Path(p).name for p in library.sync().added]


def test_two_files_of_another_script_do_not_share_an_id(opened: Open, files: Path) -> None:
    (files / "返品.md").write_text("あ")
    (files / "返金.md").write_text("い")
    assert opened().sync().failed == {}


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
