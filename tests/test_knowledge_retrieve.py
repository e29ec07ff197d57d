import numpy as np

from knowledge.asked import Asked
from knowledge.retrieve import FLOOR, Words, fuse, relevant, shared_words
from knowledge.sections import Child


def piece(section: str, text: str, n: int = 0) -> Child:
    return Child(f"{section}/{n}", section, text)


def test_words_find_the_section_that_says_them_and_nothing_where_none_does() -> None:
    words = Words([piece("a#x", "refunds are paid in ten days"), piece("b#y", "guide dogs travel free of charge")])
    assert words.search("when is my refunds money paid", 5)[0][0] == "a#x"
    assert words.search("zebra", 5) == [] and words.search("the of", 5) == [] and Words([]).search("refund", 5) == []


def test_a_section_counts_by_its_best_three_phrasings() -> None:
    vectors = np.eye(5, dtype=np.float32)[[0, 0, 0, 1, 2]]
    pieces = [*(piece("a#x", f"where is my parcel {n}", n) for n in range(4)), piece("b#y", "cancel it", 4)]
    asked = Asked(pieces, vectors)
    scores = dict(zip(asked.sections, asked.by_meaning(vectors[0]), strict=True))
    assert scores == {"a#x": 1.0, "b#y": 0.0}
    assert asked.by_words("parcel")[0] > asked.by_words("parcel")[1] == 0
    letters = asked.by_letters("wheres my parcle")
    assert letters[0] > letters[1]


def test_scores_that_agree_win_and_a_method_uses_its_own() -> None:
    scores = {
        "text words": {"a#x": 9.0, "b#y": 1.0, "c#z": 0.5},
        "text meaning": {"a#x": 0.2, "b#y": 0.6, "c#z": 0.3},
        "asked words": {"a#x": 0.0, "b#y": 2.0, "c#z": 0.1},
        "asked letters": {"a#x": 0.1, "b#y": 0.4, "c#z": 0.1},
        "asked meaning": {"a#x": 0.1, "b#y": 0.7, "c#z": 0.2},
    }
    ranked = fuse(scores)
    assert max(ranked, key=lambda s: ranked[s]) == "b#y"
    only = fuse({"text words": scores["text words"]}, "words")
    assert max(only, key=lambda s: only[s]) == "a#x"
    assert fuse({}) == {}


def test_a_section_without_phrasings_is_judged_by_its_own_text() -> None:
    scores = {
        "text words": {"mine#x": 9.0, "b#y": 1.0, "c#z": 0.5},
        "text meaning": {"mine#x": 0.8, "b#y": 0.2, "c#z": 0.1},
        "asked words": {"b#y": 1.0, "c#z": 0.5},
        "asked letters": {"b#y": 0.2, "c#z": 0.1},
        "asked meaning": {"b#y": 0.3, "c#z": 0.2},
    }
    ranked = fuse(scores)
    assert max(ranked, key=lambda s: ranked[s]) == "mine#x"


def test_below_the_floor_nothing_is_relevant() -> None:
    low, high = FLOOR["policy"] - 0.01, FLOOR["policy"] + 0.01
    assert not relevant({"asked meaning": {"a#x": low}, "text meaning": {"a#x": 0.4}}, "policy")
    assert relevant({"asked meaning": {"a#x": high}}, "policy")
    assert relevant({"asked meaning": {"a#x": low}, "text meaning": {"mine#y": 0.6}}, "policy")
    assert relevant({"text meaning": {"mine#y": 0.3}}, "policy") and not relevant({}, "policy")


def test_shared_words_are_the_longer_ones() -> None:
    assert shared_words("My session was double booked", "Sessions booked twice: double, session") == [
        "session", "booked", "double",
    ]  # fmt: skip
