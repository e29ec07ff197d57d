from assistant.roleplay.scenario import load_scenarios
from evals.suites.line_labels import LabelledLine, figures, load_labels


def label(text: str, by: str, band: str, *heard: str, flips: tuple[bool, bool] = (False, False)) -> LabelledLine:
    return LabelledLine.model_validate(
        {"scenario": "gym-double-booking", "by": by, "band": band, "text": text, "heard": heard, "flips": flips}
    )


LABELS = [
    label("Out!", "model", "furious", "furious", "furious"),
    label("Well?", "model", "annoyed", "annoyed", "angry", flips=(True, False)),
    label("Thanks.", "model", "calm", "calm", "calm"),
    label("Liars!", "author", "furious", "angry", "angry"),
    label("Fine.", "author", "calm", "annoyed", "annoyed"),
]


def test_agreement_is_with_the_band_meant_and_flips_are_of_the_model_s_lines() -> None:
    found = figures(LABELS, model={"Out!", "Well?", "Thanks."}, author={"Liars!", "Fine."})
    assert 0.8 < found["band heard by two readers in lines of the model (kappa)"].value < 1
    assert found["band heard by two readers in lines of the author (kappa)"].value < 0.7
    assert found["role flips that both readers hear"].value == 0
    assert found["role flips that one of them hears"].value == 1 / 3
    assert found["the two readers with each other (kappa)"].n == 5


def test_a_line_that_is_no_longer_said_counts_no_longer() -> None:
    found = figures(LABELS, model=(), author={"Fine."})
    assert "band heard by two readers in lines of the model (kappa)" not in found
    assert found["band heard by two readers in lines of the author (kappa)"].n == 1
    assert not figures(LABELS, model=(), author=())


def test_two_readers_hear_the_authors_lines_as_they_are_meant() -> None:
    written = {
        line for s in load_scenarios().values() for by in s.lines.values() for of in by.values() for line in of
    }
    found = figures(load_labels(), model=(), author=written)
    assert found["band heard by two readers in lines of the author (kappa)"].value >= 0.9
    assert found["band heard by two readers in lines of the author (kappa)"].n >= 190
