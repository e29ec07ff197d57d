from pathlib import Path

import pytest

from assistant.errors import ScenarioError, UnknownScenario
from assistant.roleplay.authoring import scaffold
from assistant.roleplay.reader import Reader
from assistant.roleplay.review import MOST_CHARACTERS, review
from assistant.roleplay.room import PracticeRoom
from assistant.roleplay.scenario import FOLDER
from assistant.roleplay.shelf import Shelf
from assistant.roleplay.voice import Voice
from assistant.store import Store
from tests.libraries import WordEmbedder

GYM = (FOLDER / "gym-double-booking.yaml").read_text(encoding="utf-8")
OWN = scaffold("own-gym")


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "scenarios")


def test_a_fine_scenario_has_nothing_to_mend() -> None:
    found = review(GYM)
    assert found.scenario and found.scenario.id == "gym-double-booking" and found.findings == ()


def test_what_breaks_the_schema_is_named_by_line_and_field() -> None:
    text = GYM.replace("anger: 82", "anger: 820").replace("channel: in person", "channel: telegram")
    found = review(text)
    assert found.scenario is None and found.grave == found.findings
    assert [(f.line, f.field) for f in found.findings] == [
        (line_of(text, "channel: telegram"), "channel"),
        (line_of(text, "difficulty:"), "difficulty.anger"),
    ]
    assert "less than or equal to 100" in found.findings[1].message


def test_half_a_file_names_the_line_where_it_breaks_off() -> None:
    text = GYM[: GYM.index("    said_back: You sent")] + '    said_back: "You sent'
    (only,) = review(text).findings
    assert only.grave and only.line == text.count("\n") + 1


def test_what_a_reader_would_mend_stands_at_its_line() -> None:
    text = GYM.replace("    question: How did this change your day, and what did you give up to get here?\n", "")
    text = text.replace(
        "      - It's the not telling me. That's what gets my goat. How hard is a text?", f"      - {'word ' * 40}"
    )
    found = review(text)
    assert found.scenario and not found.grave
    assert [(f.line, f.field) for f in found.findings] == [
        (line_of(text, "id: site"), "facts.site.question"),
        (line_of(text, "word word"), "lines.vent.annoyed[0]"),
    ]


def test_a_field_that_stands_twice_is_named_at_the_second() -> None:
    text = GYM.replace("wants: a real", "wants: nothing\nwants: a real")
    (only,) = review(text).findings
    assert (only.line, only.field) == (line_of(text, "wants: a real"), "wants") and "only the last counts" in str(
        only
    )


def test_a_book_is_no_scenario() -> None:
    (only,) = review("a" * (MOST_CHARACTERS + 1)).findings
    assert only.grave and "at most 200,000" in only.message


def test_what_is_saved_is_there_at_once_and_after_a_restart(shelf: Shelf, tmp_path: Path) -> None:
    told: list[set[str]] = []
    shelf.on_change(lambda scenarios: told.append(set(scenarios)))
    before = shelf.scenarios
    assert shelf.save(OWN).id == "own-gym"
    assert "own-gym" in told[0] and "own-gym" not in before  # whoever reads the old ones is not disturbed
    assert shelf.own == ("own-gym",) and shelf.text("own-gym") == OWN
    again = Shelf(tmp_path / "scenarios")
    assert again.scenarios["own-gym"] == shelf.scenarios["own-gym"]


def test_what_breaks_the_schema_is_not_saved(shelf: Shelf, tmp_path: Path) -> None:
    text = OWN.replace("id: own-gym", "id: Own Gym")
    with pytest.raises(ScenarioError, match=f"line {line_of(text, 'id: Own')}, id"):
        shelf.save(text)
    assert not (tmp_path / "scenarios").exists()


def test_a_built_in_scenario_is_copied_and_never_changed(shelf: Shelf) -> None:
    with pytest.raises(ScenarioError, match="built in"):
        shelf.save(GYM)
    copy = shelf.copy("late-parcel", "late-piano")
    assert shelf.save(copy).title == shelf.scenarios["late-parcel"].title
    for taken in ("late-parcel", "late-piano", "Late Piano", "../piano", ""):
        with pytest.raises(ScenarioError):
            shelf.copy("late-parcel", taken)


def test_nobody_overwrites_what_they_have_not_seen(shelf: Shelf) -> None:
    shelf.save(OWN)
    with pytest.raises(ScenarioError, match="exists already"):
        shelf.save(OWN)
    mine, theirs = OWN.replace("Harbour", "Hill"), OWN.replace("Harbour", "Bay")
    shelf.save(theirs, seen=OWN)
    with pytest.raises(ScenarioError, match="by somebody else"):
        shelf.save(mine, seen=OWN)
    assert shelf.text("own-gym") == theirs


def test_a_broken_file_stops_nobody_and_can_be_mended(tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "own-gym.yaml").write_text(OWN.replace("anger: 82", "anger: x"), encoding="utf-8")
    (folder / "twin.yaml").write_text(GYM, encoding="utf-8")
    shelf = Shelf(folder)
    assert "own-gym" not in shelf.scenarios and "difficulty.anger" in shelf.broken["own-gym"]
    assert "taken by another" in shelf.broken["twin"] and shelf.text("twin") == GYM
    shelf.save(OWN, seen=shelf.text("own-gym"))
    assert "own-gym" in shelf.scenarios and list(shelf.broken) == ["twin"]
    shelf.remove("twin")
    assert shelf.own == ("own-gym",) and shelf.broken == {}


def test_only_ones_own_are_removed(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("id: x", encoding="utf-8")
    shelf.save(OWN)
    for name in ("gym-double-booking", "../secret", "none"):
        with pytest.raises(UnknownScenario):
            shelf.remove(name)
    with pytest.raises(UnknownScenario):
        shelf.text("../secret")
    shelf.remove("own-gym")
    assert "own-gym" not in shelf.scenarios and (tmp_path / "secret.yaml").exists()


def test_a_saved_scenario_is_practised_at_once_and_old_practices_know_when_it_became_another(
    shelf: Shelf, tmp_path: Path
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'store.db'}")
    room = PracticeRoom(shelf.scenarios, Reader(None, None), Voice(None, WordEmbedder().embed), store)
    shelf.on_change(room.offer)
    with pytest.raises(UnknownScenario):
        room.start("own-gym")
    shelf.save(OWN)
    practice = room.start("own-gym")
    assert room.scenario(practice).persona.name == "Kevin"
    reworded = OWN.replace("The double-booked session", "The hour that was sold twice")
    shelf.save(reworded, seen=OWN)
    assert room.scenario(practice).title == "The hour that was sold twice"
    other = reworded.replace("id: climb", "id: ben-nevis")
    found = review(other).scenario
    assert found and shelf.orphans(found)
    shelf.save(other, seen=reworded)
    with pytest.raises(UnknownScenario, match="its facts are others"):
        room.scenario(practice)
    assert room.scenario(room.start("own-gym")) == found
    store.close()


def test_what_another_process_keeps_is_taken_up(tmp_path: Path) -> None:
    mine, theirs = Shelf(tmp_path), Shelf(tmp_path)
    offered: list[set[str]] = []
    mine.on_change(lambda scenarios: offered.append(set(scenarios)))
    theirs.save(theirs.copy("late-parcel", "late-piano"))
    assert "late-piano" not in mine.scenarios
    mine.look()
    mine.look()
    assert "late-piano" in mine.scenarios and [("late-piano" in o) for o in offered] == [True]
