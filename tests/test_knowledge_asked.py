import numpy as np

from knowledge.asked import Asked
from knowledge.embed import unit
from knowledge.sections import Child


def test_contrast_looks_past_what_phrasings_of_one_section_differ_in() -> None:
    """Direction 0 is how people say it (loud), direction 1 what they ask for (faint)."""
    dice = np.random.default_rng(7)
    rows, pieces = [], []
    for section, topic in (("late", 1.0), ("lost", -1.0)):
        for n in range(12):
            rows.append([*(5 * dice.normal(size=1)), topic, *dice.normal(scale=0.1, size=4), 3.0])
            pieces.append(Child(f"{section}-{n}", section, f"{section} parcel {n}"))
    asked = Asked(pieces, unit(np.array(rows)))
    found = {"meaning": 0, "contrast": 0}
    for _ in range(40):
        query = unit(np.array([[5 * dice.normal(), 1.0, 0, 0, 0, 0, 3.0]]))[0]
        for name, scores in (("meaning", asked.by_meaning(query)), ("contrast", asked.by_contrast(query))):
            found[name] += asked.sections[int(scores.argmax())] == "late"
    assert found["contrast"] == 40
    assert found["meaning"] <= found["contrast"]
