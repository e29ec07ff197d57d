"""Words strung together are told from sentences by the small words between them."""

import pytest

from assistant.roleplay.pile import clipped, longest_run, piled, small_share


@pytest.mark.parametrize(
    "text",
    [
        "Empathy apology ownership question paraphrase choice deadline follow-up.",
        "Apology, compensation, goodwill, priority, free, complimentary, manager.",
        "sdkjfh wieruy qpwoei zmxncb",
    ],
)
def test_a_pile_of_catchwords_is_one(text: str) -> None:
    assert piled(text)


@pytest.mark.parametrize(
    "text",
    [
        "You booked Dana for six o'clock three weeks ago, and we sold it twice.",
        "Refund done, £55, by Friday.",
        "no export, books close tomorrow, your boss is breathing down your neck - got it",
        "",
    ],
)
def test_a_sentence_or_a_few_clipped_words_are_none(text: str) -> None:
    assert not piled(text)


def test_small_words_are_counted_and_break_a_run() -> None:
    assert small_share("That was our mistake.") == 0.75
    assert small_share("") == 0.0
    assert longest_run("Black kia round the corner") == 3
    assert longest_run("") == 0


@pytest.mark.parametrize(
    "text", ["sorry our mistake, fixed by Friday noon", "done by Thursday 10 am", "phone or email?"]
)
def test_a_sentence_without_a_word_that_a_clause_turns_on_is_clipped(text: str) -> None:
    assert clipped(text)


@pytest.mark.parametrize(
    "text",
    [
        "That's our mistake.",
        "it's fixed",
        "thats rough",
        "I am sorry, 10 am it is",
        "We fix it.",
        "at 6 pm a man comes.",
    ],
)
def test_a_sentence_with_one_is_not(text: str) -> None:
    assert not clipped(text)
