from knowledge import Library
from knowledge.asked import unanswered
from knowledge.query import read_query
from knowledge.retrieve import FLOOR, Nearness, Words, fuse, relevant, shared_words
from knowledge.sections import Child


def piece(section: str, text: str, n: int = 0) -> Child:
    return Child(f"{section}/{n}", section, text)


def test_words_find_the_section_that_says_them_and_nothing_where_none_does() -> None:
    words = Words([piece("a#x", "refunds are paid in ten days"), piece("b#y", "guide dogs travel free of charge")])
    assert words.search("when is my refunds money paid", 5)[0][0] == "a#x"
    assert words.search("zebra", 5) == [] and words.search("the of", 5) == [] and Words([]).search("refund", 5) == []


def test_texts_without_a_word_of_two_letters_are_found_by_none() -> None:
    assert Words([piece("a#x", "5 £"), piece("b#y", "of the")]).search("5 pounds of it", 5) == []


def test_scores_that_agree_win_and_a_method_uses_its_own() -> None:
    scores = {
        "text words": {"a#x": 9.0, "b#y": 1.0, "c#z": 0.5},
        "text meaning": {"a#x": 0.2, "b#y": 0.6, "c#z": 0.3},
        "asked": {"a#x": 0.0, "b#y": 0.7, "c#z": 0.1},
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
        "asked": {"b#y": 0.3, "c#z": 0.2},
    }
    ranked = fuse(scores)
    assert max(ranked, key=lambda s: ranked[s]) == "mine#x"


def test_below_the_floor_nothing_is_relevant() -> None:
    assert relevant(Nearness(asked=FLOOR + 0.01, margin=0.0, meaning=0.0, own=-1.0))
    assert not relevant(Nearness(asked=FLOOR - 0.01, margin=0.0, meaning=0.0, own=0.4))
    assert relevant(Nearness(asked=FLOOR - 0.01, margin=0.0, meaning=0.0, own=0.6)), "a text of one's own is near"
    assert relevant(Nearness(asked=FLOOR - 0.1, margin=0.0, meaning=0.5, own=-1.0)), "so is a text with phrasings"
    assert relevant(Nearness(asked=None, margin=0.0, meaning=-1.0, own=0.3))
    assert not relevant(Nearness(asked=None, margin=0.0, meaning=-1.0, own=-1.0))


def test_likeness_to_what_nothing_answers_counts_against_a_message() -> None:
    assert relevant(Nearness(asked=FLOOR, margin=0.1, meaning=0.0, own=-1.0))
    assert not relevant(Nearness(asked=FLOOR, margin=-0.1, meaning=0.0, own=-1.0))


def test_a_long_messages_sentences_are_looked_at_one_by_one() -> None:
    asked = read_query("Hello there. I waited two hours for a parcel!  Nobody rang me at all. So?")
    assert asked.sentences == ("I waited two hours for a parcel!", "Nobody rang me at all.")
    assert read_query("Where is my parcel?").sentences == ()


def test_every_built_in_pool_knows_what_it_does_not_answer(library: Library) -> None:
    for pool in ("guide", *(f"policy-{name}" for name in library.policy_sets())):
        assert len(unanswered(pool)) >= 50
    towed = "they towed my van from the bay that I always use"
    assert library.search(towed, kind="policy", policy_set="gym") == []
    assert library.search("how do I bake bread without yeast?", kind="guide") == []
    both = f"{towed}. And you double-booked my session with my trainer, I want it back."
    assert library.search(both, kind="policy", policy_set="gym"), "one sentence of several may be answered"


def test_shared_words_are_the_longer_ones() -> None:
    assert shared_words("My session was double booked", "Sessions booked twice: double, session") == [
        "session", "booked", "double",
    ]  # fmt: skip
