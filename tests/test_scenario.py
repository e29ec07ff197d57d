import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.errors import InputError, ScenarioError, UnknownScenario
from assistant.roleplay.acts import codebook
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import (
    BANDS,
    FOLDER,
    MOVES,
    SPOKEN_BY_SCRIPT,
    band_of,
    load_scenario,
    load_scenarios,
    parse_scenario,
    pick,
)

FILES = sorted(FOLDER.glob("*.yaml"))
TEXT = (FOLDER / "gym-double-booking.yaml").read_text(encoding="utf-8")


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def broken(folder: Path, text: str, name: str = "broken.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    return str(caught.value)


def edited(**changes: Any) -> str:
    return yaml.safe_dump(yaml.safe_load(TEXT) | changes, sort_keys=False)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_scenario_file_loads_and_is_named_by_its_id(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.id == path.stem
    assert scenario.hidden
    assert Practice.begin(scenario).state.anger == scenario.difficulty.anger


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_scenario_weighs_acts_there_are_and_has_gates_not_below_its_first_trust(path: Path) -> None:
    scenario = load_scenario(path)
    assert set(scenario.persona.weights) <= set(codebook())
    assert all(0 <= weight <= 3 for weight in scenario.persona.weights.values())
    assert all(fact.gate >= scenario.difficulty.trust for fact in scenario.hidden)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_scenario_has_a_line_for_each_move_in_each_mood(path: Path) -> None:
    scenario = load_scenario(path)
    for move in MOVES:
        if move not in SPOKEN_BY_SCRIPT:
            assert all(scenario.lines_for(move, band) for band in BANDS), move


def test_the_folder_loads_by_id() -> None:
    scenarios = load_scenarios()
    assert list(scenarios) == [path.stem for path in FILES]
    assert scenarios["gym-double-booking"].persona.name == "Kevin"


def test_an_unknown_scenario_lists_those_there_are() -> None:
    with pytest.raises(UnknownScenario) as caught:
        pick(load_scenarios(), "no-such-thing")
    assert isinstance(caught.value, InputError)
    assert "no-such-thing" in str(caught.value)
    assert all(path.stem in str(caught.value) for path in FILES)


def test_a_known_scenario_is_picked() -> None:
    assert pick(load_scenarios(), "gym-double-booking").id == "gym-double-booking"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("anger: 82", "anger: 820", "difficulty.anger"),
        ("drift: 1,", "drift: 1.5,", "difficulty.drift"),
        ("channel: in person", "channel: telegram", "channel"),
        ("    gate: 32", "    gate: high", "facts.1.gate"),
        ("    worth: 0.7", "    worth: 7", "remedies.0.worth"),
        ("    authority: refused", "    authority: maybe", "remedies.4.authority"),
        ("winnable: true", "winnable: true\nmood: sunny", "mood"),
        ("id: gym-double-booking", "id: Gym Double", "id"),
        ("  name: Kevin", '  name: ""', "persona.name"),
    ],
)
def test_a_wrong_value_is_named_by_file_line_and_field(tmp_path: Path, old: str, new: str, field: str) -> None:
    assert TEXT.count(old) >= 1
    text = TEXT.replace(old, new, 1)
    line = line_of(text, new.splitlines()[-1])
    assert broken(tmp_path, text).startswith(f"broken.yaml, line {line}, {field}: ")


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    assert "broken.yaml, line 1, grievance: Field required" in broken(tmp_path, TEXT.replace("grievance:", "#", 1))


@pytest.mark.parametrize("field", ["persona", "difficulty", "facts", "lines"])
def test_a_field_of_the_wrong_kind_is_named_with_its_own_line_not_its_value_s(tmp_path: Path, field: str) -> None:
    wrong = "{field}:\n  - {{}}\n" if field in ("persona", "difficulty", "lines") else "{field}:\n  a: b\n"
    kept = yaml.safe_load(TEXT)
    text = yaml.safe_dump({k: v for k, v in kept.items() if k != field}, sort_keys=False) + wrong.format(field=field)
    assert f"broken.yaml, line {line_of(text, f'{field}:')}, {field}: " in broken(tmp_path, text)


def test_a_missing_inner_field_is_named_with_the_line_of_its_part(tmp_path: Path) -> None:
    text = TEXT.replace("    authority: alone\n", "", 1)
    line = line_of(text, "id: priority-session")
    assert f"broken.yaml, line {line}, remedies.0.authority: Field required" in broken(tmp_path, text)


def test_several_faults_are_all_named(tmp_path: Path) -> None:
    text = TEXT.replace("anger: 82", "anger: x").replace("channel: in person", "channel: fax")
    message = broken(tmp_path, text)
    assert "channel" in message and "difficulty.anger" in message
    assert len(message.splitlines()) == 2


def test_a_hidden_fact_without_an_approach_is_refused(tmp_path: Path) -> None:
    text = "\n".join(line for line in TEXT.splitlines() if "You've no idea what I dropped" not in line)
    assert "facts.1: a hidden fact" in broken(tmp_path, text)


@pytest.mark.parametrize("part", ["facts", "remedies"])
def test_an_id_that_stands_twice_is_named(tmp_path: Path, part: str) -> None:
    entries = yaml.safe_load(TEXT)[part]
    message = broken(tmp_path, edited(**{part: [*entries, entries[0]]}))
    assert f"{part}: the id '{entries[0]['id']}' stands twice" in message


def test_a_move_without_a_line_is_named_with_the_line_of_lines(tmp_path: Path) -> None:
    text = edited(lines=yaml.safe_load(TEXT)["lines"] | {"threaten": {"furious": []}})
    message = broken(tmp_path, text)
    line = 1 + [row.startswith("lines:") for row in text.splitlines()].index(True)
    assert f"line {line}, lines: no line for the move 'threaten'" in message


def test_a_weight_for_no_act_is_named(tmp_path: Path) -> None:
    persona = yaml.safe_load(TEXT)["persona"] | {"weights": {"grovels": 2}}
    assert "'grovels' is no act" in broken(tmp_path, edited(persona=persona))


def test_a_gate_that_the_start_meets_already_is_refused(tmp_path: Path) -> None:
    numbers = yaml.safe_load(TEXT)["difficulty"] | {"trust": 40}
    assert "'site' has the gate 32, which the starting trust 40 meets" in broken(tmp_path, edited(difficulty=numbers))


def test_a_pattern_that_could_never_match_is_refused(tmp_path: Path) -> None:
    assert "begins with a sign" in broken(tmp_path, edited(details=["£40", "six", "Dana"]))


def test_an_unknown_move_or_mood_is_refused(tmp_path: Path) -> None:
    lines = yaml.safe_load(TEXT)["lines"]
    assert "lines.sing" in broken(tmp_path, edited(lines=lines | {"sing": {"calm": ["La."]}}))
    assert "lines.vent.merry" in broken(tmp_path, edited(lines=lines | {"vent": {"merry": ["Ha."]}}))


def test_a_scenario_needs_a_remedy_within_the_agents_authority(tmp_path: Path) -> None:
    assert "within the agent's own authority" in broken(
        tmp_path, TEXT.replace("authority: alone", "authority: refused")
    )


def test_what_is_no_regular_expression_is_named(tmp_path: Path) -> None:
    message = broken(tmp_path, edited(details=["(open", "b", "c"]))
    assert "broken.yaml" in message
    assert "'(open' is not a regular expression" in message


def test_broken_yaml_is_named_by_file_and_line(tmp_path: Path) -> None:
    text = TEXT.replace("title: The double-booked session", 'title: "unclosed', 1)
    assert broken(tmp_path, text).startswith("broken.yaml, line ")
    tabbed = TEXT.replace("  name: Kevin", "\tname: Kevin", 1)
    assert broken(tmp_path, tabbed).startswith(f"broken.yaml, line {line_of(tabbed, chr(9) + 'name')}: ")


@pytest.mark.parametrize("text", ["", "just words", "- a\n- list\n", "42"])
def test_a_file_without_fields_is_refused_by_name(tmp_path: Path, text: str) -> None:
    assert broken(tmp_path, text) == "broken.yaml, line 1: expected 'field: value' lines."


def test_a_file_that_is_no_text_or_not_there_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00id")
    for name in ("binary.yaml", "absent.yaml"):
        with pytest.raises(ScenarioError, match=f"^{name}(, line 1: it is not UTF-8|: cannot be read: No such file)"):
            load_scenario(tmp_path / name)


def test_two_files_with_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    with pytest.raises(ScenarioError, match="two.yaml: the id 'gym-double-booking' is taken"):
        load_scenarios(tmp_path)


def test_scenarios_load_from_several_folders(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(edited(id="my-own"), encoding="utf-8")
    assert set(load_scenarios(FOLDER, tmp_path)) == {path.stem for path in FILES} | {"my-own"}
    assert load_scenarios(tmp_path / "empty") == {}


@pytest.mark.parametrize(
    ("anger", "band"),
    [(0, "calm"), (24, "calm"), (25, "annoyed"), (49, "annoyed"), (50, "angry"), (74, "angry"), (75, "furious")],
)
def test_anger_falls_into_bands(anger: int, band: str) -> None:
    assert band_of(anger) == band


def test_lines_come_from_the_nearest_band_first() -> None:
    gym = load_scenarios()["gym-double-booking"]
    assert gym.lines_for("soften", "furious")[0] == gym.lines["soften"]["angry"][0]
    assert gym.lines_for("vent", "calm")[0] == gym.lines["vent"]["calm"][0]
    assert set(gym.lines_for("vent", "calm")) == {line for lines in gym.lines["vent"].values() for line in lines}


def test_a_copy_with_other_facts_has_its_own_hidden_ones() -> None:
    scenario = load_scenarios()["gym-double-booking"]
    assert scenario.hidden
    assert scenario.model_copy(update={"facts": ()}).hidden == ()


@pytest.mark.parametrize(
    ("coach", "says"),
    [
        (
            'coach: {advice: {something_behind: {rewrite: "Thanks, {name}."}}}',
            "{name} is nothing that can be filled in",
        ),
        ('coach: {advice: {closing: {rewrite: "Thanks, {offer."}}}', "a brace stands alone"),
        ("coach: {advice: {baitd: {needs: x}}}", "coach.advice.baitd"),
    ],
)
def test_what_the_coach_cannot_say_is_told_when_the_scenario_is_read(coach: str, says: str) -> None:
    scenario, faults = parse_scenario(f"{TEXT}\n{coach}\n")
    assert scenario is None and says in f"{faults[0]}"


def test_the_abusive_caller_insults_the_agent_in_baits_alone_which_is_what_a_limit_answers() -> None:
    names = re.compile(
        r"\byou (\w+ )*(liar|dummy|toad|muppet|clot|lump|halfwit|pillock)\b|\blike you can\b|\bshut up\b",
        re.IGNORECASE,
    )
    lines = load_scenario(FOLDER / "abusive-caller.yaml").lines
    insults = {move for move, by in lines.items() for of_band in by.values() if any(map(names.search, of_band))}
    assert insults == {"bait"}
