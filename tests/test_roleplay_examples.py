"""The reader by examples: what it makes of what the learned model finds likely."""

import numpy as np
import pytest

from assistant.ridge import Floats
from assistant.roleplay.examples import CHARGED, ExampleReader
from assistant.roleplay.features import word_acts


class Likely:
    """A model that finds given acts likely in given sentences, and all else unlikely."""

    thresholds = np.full(len(word_acts()), 0.3, dtype=np.float32)

    def __init__(self, **sentences: dict[str, float]) -> None:
        self._sentences = {text.replace("_", " "): acts for text, acts in sentences.items()}

    def probabilities(self, pieces: list[str]) -> Floats:
        rows = [[self._acts(piece).get(act, 0.01) for act in word_acts()] for piece in pieces]
        return np.array(rows, dtype=np.float32)

    def _acts(self, piece: str) -> dict[str, float]:
        return next((acts for text, acts in self._sentences.items() if text in piece), {})


def test_how_sure_a_question_is_says_how_much_likelier_its_kind_is() -> None:
    model = Likely(Which_gate={"closed_question": 0.2, "open_question": 0.05})
    (asked,) = ExampleReader(model).read("Which gate was it?").acts  # type: ignore[arg-type]
    assert (asked.id, asked.sure) == ("closed_question", 0.8)


def _seen(model: Likely, text: str) -> dict[str, str]:
    return {a.id: a.quote for a in ExampleReader(model).read(text).acts}  # type: ignore[arg-type]


def test_an_act_is_reported_with_the_sentence_that_shows_it_best() -> None:
    model = Likely(We_sold_it={"owned_apology": 0.6}, That_is_ours={"owned_apology": 0.9})
    assert _seen(model, "We sold it twice. That is ours to mend.") == {"owned_apology": "That is ours to mend."}


@pytest.mark.parametrize(("sure", "charged"), [(CHARGED - 0.05, False), (CHARGED + 0.05, True)])
def test_a_harm_is_charged_where_it_is_likelier_than_not(sure: float, charged: bool) -> None:
    assert bool(_seen(Likely(You_misread={"blame": sure}), "You misread the letter.")) is charged


@pytest.mark.parametrize(
    ("text", "likely", "asked"),
    [
        ("Which gate was it?", {"closed_question": 0.2, "open_question": 0.1}, {"closed_question"}),
        ("What went through your mind?", {"closed_question": 0.05, "open_question": 0.1}, {"open_question"}),
        ("Yeah?", {"closed_question": 0.2}, set()),
        ("Which gate was it.", {"closed_question": 0.2}, set()),
        ("Are you this dense always?", {"closed_question": 0.2, "insult": 0.9}, {"insult"}),
        ("Have you your number there?", {"closed_question": 0.8, "choice": 0.1}, {"closed_question"}),
    ],
)
def test_a_question_mark_asks_unless_it_sneers(text: str, likely: dict[str, float], asked: set[str]) -> None:
    assert set(_seen(Likely(**{text.split(" ")[0].rstrip("?"): likely}), text)) == asked


@pytest.mark.parametrize(
    ("likely", "shown"),
    [
        ({"insult": 0.4, "brush_off": 0.45}, {"brush_off"}),  # one of the two: 0.67
        ({"insult": 0.3, "brush_off": 0.35}, set()),
        ({"insult": 0.4, "brush_off": 0.45, "owned_apology": 0.9}, {"owned_apology"}),
        ({"insult": 0.4, "brush_off": 0.45, "manipulation": 0.9}, {"brush_off", "manipulation"}),
    ],
)
def test_a_turn_that_helps_in_nothing_is_charged_with_a_harm_of_whichever_kind(
    likely: dict[str, float], shown: set[str]
) -> None:
    text = "Three whole days, how ever will you cope."
    assert set(_seen(Likely(Three_whole=likely), text)) == shown
