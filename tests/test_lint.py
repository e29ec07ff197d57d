import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.roleplay.scenario import load_scenarios
from evals import customer, process
from evals.errors import EvalError
from evals.lint import lint
from evals.players import play
from evals.pytest_plugin import PatternReader
from evals.rubric import WHEN, Criterion, HumanRecord, load_records, load_rubric, write_records

CRITERION: dict[str, Any] = {
    "id": "polite",
    "asks": "Is it polite?",
    "applies_when": "always",
    "points": 1,
    "checked_by": "judge",
    "met": "a thank-you",
    "not_met": "an insult",
    "near_miss": "a curt yes",
    "human": "",
}


def rubric(folder: Path, *criteria: dict[str, Any], name: str = "mine") -> Path:
    path = folder / "rubrics" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump({"criteria": [dict(c) for c in criteria]}, sort_keys=False))
    return path


def found(path: Path) -> list[tuple[int, str, str]]:
    return [(f.line, f.field, f.what) for f in lint([path])]


def test_the_project_s_own_rubrics_and_cases_are_clean() -> None:
    assert [str(f) for f in lint()] == []


def test_a_sound_rubric_has_no_finding(tmp_path: Path) -> None:
    assert found(rubric(tmp_path, CRITERION)) == []


def test_a_wrong_key_is_named_with_its_line(tmp_path: Path) -> None:
    [(line, field, what)] = found(rubric(tmp_path, CRITERION, CRITERION | {"id": "kind", "weight": 3}))
    assert (line, field) == (20, "criteria.1.weight") and "Extra inputs" in what


def test_two_criteria_of_one_id_are_named(tmp_path: Path) -> None:
    assert found(rubric(tmp_path, CRITERION, CRITERION)) == [(11, "criteria.1.id", "the id 'polite' stands twice")]


def test_an_unknown_check_is_named(tmp_path: Path) -> None:
    wrong = {k: v for k, v in CRITERION.items() if k != "checked_by"} | {"check": "no_such_check"}
    [(line, field, what)] = found(rubric(tmp_path, wrong, name="roleplay"))
    assert field == "criteria.0.check" and "no check 'no_such_check'" in what and "no_line_twice" in what


def test_when_a_criterion_applies_is_what_its_rubrics_code_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = rubric(tmp_path, CRITERION | {"applies_when": "policy"}, name="process")
    [(line, field, what)] = found(path)
    assert (line, field) == (4, "criteria.0.applies_when") and "let_out" in what
    monkeypatch.setattr("evals.rubric.FOLDER", path.parent)
    with pytest.raises(EvalError, match="cannot apply when 'policy'"):
        load_rubric("process")


def test_every_word_for_when_is_one_that_the_code_answers() -> None:
    played = play(load_scenarios()["gym-double-booking"], ["Hello."], PatternReader(), "1")
    scenario = load_scenarios()["gym-double-booking"]
    for name, applies in (("process", process.applies), ("roleplay", customer.applies)):
        assert all(isinstance(applies(when, played, scenario), bool) for when in WHEN[name])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"near_miss": ""}, "near_miss: a criterion that a judge answers needs"),
        ({"check": "short_enough"}, "check: a criterion that a judge answers has no check"),
        ({"checked_by": "code"}, "check: a criterion that code answers names its check"),
        ({"polarity": "bad"}, "Input should be 'helping' or 'harming'"),
    ],
)
def test_who_answers_must_be_able_to(tmp_path: Path, change: dict[str, str], says: str) -> None:
    [(_, _, what)] = found(rubric(tmp_path, CRITERION | change))
    assert what.startswith(says)


def test_yaml_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    path = rubric(tmp_path, CRITERION)
    path.write_text("criteria:\n  - id: [\n")
    assert found(path)[0][0] == 3


def test_case_rows_with_a_wrong_key_or_an_id_twice_are_named(tmp_path: Path) -> None:
    row = {"id": "a", "kind": "k", "text": "t", "policy": "p", "blocked": True}
    path = tmp_path / "verify" / "cases.jsonl"
    path.parent.mkdir()
    path.write_text("\n".join(json.dumps(r) for r in (row, row, row | {"id": "b", "mood": 1}, {"id": "c"})))
    lines = [(line, field) for line, field, _ in found(path)]
    assert lines[:2] == [(2, "id"), (3, "mood")] and (4, "text") in lines


RECORD = HumanRecord(
    by="m", people=0.5, judge=0.4, bias=0.2, n=27, measure="kappa", data="set", date=date(2026, 1, 2)
)


def test_a_criterion_whose_judge_is_below_its_ceiling_says_that_it_is_advisory() -> None:
    criterion = Criterion.model_validate(CRITERION)
    assert criterion.standing("m").advisory and "was not measured" in criterion.standing("m").why
    low = criterion.model_copy(update={"records": (RECORD,)})
    assert low.standing("m").advisory and "m agrees with people at 0.40" in low.standing("m").why
    high = criterion.model_copy(update={"records": (RECORD.model_copy(update={"judge": 0.5}),)})
    assert not high.standing("m").advisory and high.standing("other").advisory


def test_records_replace_only_the_same_judge_s(tmp_path: Path) -> None:
    path = tmp_path / "human.yaml"
    write_records({"mine/polite": RECORD, "mine/kind": RECORD}, path)
    other = RECORD.model_copy(update={"by": "n"})
    better = RECORD.model_copy(update={"judge": 0.9})
    write_records({"mine/polite": other}, path)
    write_records({"mine/polite": better}, path)
    assert load_records(path) == {"mine/polite": (better, other), "mine/kind": (RECORD,)}
    assert "do not edit by hand" in path.read_text()


def test_a_version_changes_with_the_question_and_not_with_its_points() -> None:
    criterion = Criterion.model_validate(CRITERION)
    assert criterion.model_copy(update={"points": 9}).version == criterion.version
    assert criterion.model_copy(update={"near_miss": "x"}).version != criterion.version
