import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge import EmbedderError, KnowledgeError, UnknownPolicySet
from knowledge.__main__ import main
from knowledge.terminal import STOPPED
from tests.libraries import TOWELS, FailingEmbedder, Open, WordEmbedder, ids, names, policy


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


def test_a_file_that_is_refused_when_it_is_given_fails_once_and_is_not_kept(opened: Open, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    empty, good = own / "empty.txt", own / "good.txt"
    empty.write_text("")
    good.write_text("My own words on trampolines.")
    library = opened()
    assert library.sync((empty, good)).failed == {str(empty): "empty.txt has no text. It was not added."}
    assert library.sync().failed == {}
    good.write_text("")
    later = library.sync((good,))
    assert later.failed == {str(good): "good.txt has no text. What was read of it before stays in force."}
    assert library.sync().failed.keys() == {str(good)}


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


def test_the_terminal_says_how_each_file_was_read_and_which_were_passed_over(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "plain.md").write_text("## Pets\n\nAn agent may, without asking anyone, let a dog in.\n")
    (own / "later.md").write_text("---\nkind: policy\nset: zoo\neffective: 2999-01-01\n---\n## Cats\n\nNo cats.\n")
    for name in ("prices.xlsx", "old.doc", "README.md", ".hidden", "plain.md.meta.yaml"):
        (own / name).write_bytes(b"")
    monkeypatch.setattr("knowledge.__main__.open_embedder", lambda settings: WordEmbedder())
    monkeypatch.setattr("knowledge.__main__.open_library", lambda settings, embedder: opened(embedder))
    assert main(["sync", str(own)]) == 0
    out, err = capsys.readouterr()
    assert f"added: {own / 'plain.md'} (guide)" in out
    assert f"added: {own / 'later.md'} (policy of zoo, from 2999-01-01, not in force yet)" in out
    assert [line.split(" (")[0] for line in err.splitlines()] == [
        f"passed over: {own / 'old.doc'}",
        f"passed over: {own / 'prices.xlsx'}",
    ]


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


def test_stopping_a_command_says_what_is_kept_of_it(
    opened: Open, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("knowledge.__main__.open_embedder", stopped)
    assert main(["sync"]) == 130
    assert capsys.readouterr().err == f"\nStopped. {STOPPED['sync']}\n"
    assert main(["search", "towels"]) == 130
    assert capsys.readouterr().err == "\nStopped. Nothing was changed.\n"


def test_a_sync_says_what_it_is_doing(opened: Open) -> None:
    library = opened()
    told: list[tuple[tuple[int, int, str], str]] = []
    library.sync(report=lambda *step: told.append((step, library.syncing)))
    assert told == [((3, 3, "pieces indexed"), "3 of 3 pieces indexed")]


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


def test_a_document_that_changes_its_pool_leaves_the_old_one(opened: Open, files: Path) -> None:
    policy(files, "rule", "set: gym", "Trampolines are refunded.")
    library = opened()
    library.sync()
    policy(files, "rule", "set: shop", "Trampolines are refunded.")
    library.sync()
    with pytest.raises(UnknownPolicySet):
        ids(library, "trampolines are refunded", kind="policy", policy_set="gym")
    assert ids(library, "trampolines are refunded", kind="policy", policy_set="shop") == ["rule#rule"]


def test_one_odd_file_does_not_stop_the_others(opened: Open, files: Path) -> None:
    (files / "odd.md").write_text("---\nexpires: 2026-02-30\n---\ntext")
    (files / "steps.md").write_text("## Step\na\n## Step\nb\n## Step 2\nc")
    library = opened()
    assert "rules.md" in [Path(p).name for p in library.sync().added]


def test_two_files_of_another_script_do_not_share_an_id(opened: Open, files: Path) -> None:
    (files / "返品.md").write_text("あ")
    (files / "返金.md").write_text("い")
    assert opened().sync().failed == {}
