import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import Library
from knowledge.spot import sentences, spot
from ui.markdown import html

TEXT = """Some lead. A **refund** is paid within 14 days.

1. **Name it.** Say what happened.
2. Ring the depot: "It left. It is late." Then wait.

| Case | What to do |
|---|---|
| Broken | Replace the bowl at once |
"""


def none(parts: list[str]) -> list[float]:
    raise AssertionError(parts)


def test_sentences_stand_word_for_word_without_what_makes_lists_and_tables() -> None:
    found = sentences(TEXT)
    assert all(part in TEXT for part in found)
    assert found[:3] == ["Some lead.", "A **refund** is paid within 14 days.", "**Name it.** Say what happened."]
    assert found[-4:] == ["Case", "What to do", "Broken", "Replace the bowl at once"]


def test_nothing_is_cut_within_bold_words() -> None:
    assert sentences("**Tie it. To the cause:** say so. Stop.") == ["**Tie it. To the cause:** say so.", "Stop."]


def test_the_sentence_that_shares_the_rarest_words_is_taken() -> None:
    found = spot("when do I get my refunds paid", TEXT, none)
    assert found.sentence == "A **refund** is paid within 14 days." and found.words == ("refund", "paid")
    assert found.why == "it says “refund”, “paid”"


def test_where_no_word_is_shared_the_meaning_decides() -> None:
    found = spot("smashed crockery", TEXT, lambda parts: [float("bowl" in part) for part in parts])
    assert found.sentence == "Replace the bowl at once" and found.words == ()
    assert found.why == "it is near in meaning, in other words"


@given(st.text(max_size=300), st.text(max_size=60))
def test_whatever_the_text_the_sentence_stands_in_it(text: str, query: str) -> None:
    assert spot(query, text, lambda parts: [0.0] * len(parts)).sentence in text


def test_of_the_library_a_sentence_is_found_by_word_and_by_meaning(library: Library) -> None:
    best = library.search("you gave my session to somebody else", kind="policy", policy_set="gym")[0]
    assert "rebook the member" in library.spot("double-booked session rebooked", best).sentence
    other = library.spot("qué van a hacer", best)
    assert other.words == () and other.sentence in best.section.text


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("![x](http://203.0.113.9/a.png)", '<a href="http://203.0.113.9/a.png" target="_blank"'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](../../etc.md)", "<a>x</a>"),
        ("[x](validation.md#why)", '<a href="#read-validation--why" data-open="validation#why">x</a>'),
        ("[x](nowhere.md#why)", "<a>x</a>"),
        ("| a |\n|---|\n| **b** |", "<td><strong>b</strong></td>"),
    ],
)
def test_markdown_becomes_safe_html(markdown: str, shown: str) -> None:
    made = html(markdown, known=["validation#why"])
    assert shown in made and "<img" not in made


@pytest.mark.parametrize("sentence", sentences(TEXT))
def test_each_sentence_can_be_marked_where_it_stands(sentence: str) -> None:
    made = html(TEXT, marked=sentence)
    assert made.count("<mark>") == made.count("</mark>") == 1
    assert made.replace("<mark>", "").replace("</mark>", "") == html(TEXT)
