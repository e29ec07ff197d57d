from datetime import date
from pathlib import Path

import pytest

from knowledge import KnowledgeError, Library, Section, UnknownPolicySet
from knowledge.__main__ import main
from knowledge.retrieve import explain
from knowledge.retriever import LibraryRetriever
from tests.libraries import TODAY, Open, WordEmbedder, ids, policy
from ui import reading


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
    assert sorted(ids(library, text, kind="policy")) == ["bank#rule", "gym#rule", "shop#rule"]
    assert library.policy_sets() == ["bank", "gym", "shop"]


def test_a_policy_set_that_there_is_not_is_refused_by_every_search_of_policies(opened: Open, files: Path) -> None:
    policy(files, "gym", "set: gym", "Trampolines are refunded.")
    library = opened()
    library.sync()
    with pytest.raises(UnknownPolicySet, match=r"^There is no policy set 'gy'\. There are: gym\.$"):
        library.search("trampolines", kind="policy", policy_set="gy")
    with pytest.raises(UnknownPolicySet):
        LibraryRetriever(library=library, kind="policy", policy_set="gy").invoke("trampolines")


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
    assert passage.why.startswith("words: towels, bring, towel") and (passage.similarity or 0) > 0.3


def test_a_nearness_in_meaning_that_was_not_measured_is_not_told(library: Library) -> None:
    found = library.search("they sold my slot twice", today=TODAY)[0]
    assert found.similarity is None, "this one is found by how people ask for it, not by its text"
    assert "meaning" not in found.why
    assert "Nearness" not in reading.found([(found, library.spot("they sold my slot twice", found))], frozenset())
    section = Section("a#b", "a", "B", "A > B", "Bring a towel.")
    assert explain("parking", section, None) == "how people ask for it"
    assert explain("towel", section, 0.5) == "words: towel; meaning 0.50"


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
]  # fmt: skip  # fmt: skip


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
