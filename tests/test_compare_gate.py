from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evals.__main__ import main
from evals.compare import compare, side_by_side
from evals.errors import EvalError
from evals.gate import Rules, judge_run, junit, keep, load_rules
from evals.runner import Header, Record
from evals.runs import SUITES
from evals.suites.planted import load_faults
from prompts import names

HEADER = Header(suite="gate", prompts={"judge": "a"})
RULES = Rules(invariants={"leak": "Given away."}, most_errors=0.02, recorded_with={"judge.jsonl": ("judge",)})


def record(n: int, *, met: bool = True, leak: bool = True, error: str = "") -> Record:
    verdicts = {} if error else {"found": met, "leak": leak}
    practice = {"exchanges": [{"line": f"line {met}"}]}
    return Record(
        id=f"c{n:02}", epoch=0, cluster=f"s{n % 16}", seed="", verdicts=verdicts, error=error,
        notes={"leak": "turn 2: the race"}, output={"practice": practice},
    )  # fmt: skip


SOUND = [record(n) for n in range(100)]


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    keep(HEADER, SOUND, tmp_path / "baseline.jsonl")
    return tmp_path / "baseline.jsonl"


def alarms(records: Sequence[Record], baseline: Path, header: Header = HEADER) -> dict[str, str]:
    return {f.name: f.alarm for f in judge_run(records, header, baseline, RULES) if f.alarm}


def test_the_same_again_passes(baseline: Path) -> None:
    assert alarms(SOUND, baseline) == {}


def test_a_few_misses_are_luck_and_many_are_a_regression(baseline: Path) -> None:
    assert alarms([record(n, met=n > 1) for n in range(100)], baseline) == {}
    found = alarms([record(n, met=n > 20) for n in range(100)], baseline)
    assert list(found) == ["no regression of found"] and "1.000 → 0.790" in found["no regression of found"]


def test_one_broken_invariant_is_enough(baseline: Path) -> None:
    found = alarms([record(n, leak=n != 7) for n in range(100)], baseline)
    assert found["leak"] == "Given away. 1 of 100 cases, first c07: turn 2: the race"


def test_errors_missing_recordings_missing_cases_and_other_prompts_each_stop_it(baseline: Path) -> None:
    errors = [
        record(n) if n > 2 else record(n, error="There is none.").model_copy(update={"error_kind": "NotRecorded"})
        for n in range(100)
    ]
    assert {"errors", "replay finds its recordings"} <= alarms(errors, baseline).keys()
    assert "1 cases of the baseline" in alarms(SOUND[1:], baseline)["no case is gone"]
    other = HEADER.model_copy(update={"prompts": {"judge": "b"}})
    assert "prompts/judge.md is not what" in alarms(SOUND, baseline, other)["judge.jsonl fits its prompts"]


def test_an_invariant_that_nobody_asks_any_more_stops_it(baseline: Path) -> None:
    bare = [r.model_copy(update={"verdicts": {"found": True}}) for r in SOUND]
    assert "the battery is gone" in alarms(bare, baseline)["leak"]


def test_an_advisory_criterion_gates_nothing() -> None:
    worse = [record(n, met=n > 40) for n in range(100)]
    assert compare(SOUND, worse).regressions == ("found",)
    assert compare(SOUND, worse, advisory=["found"]).regressions == ()


def test_a_comparison_says_what_changed_where_and_shows_both() -> None:
    found = compare(SOUND, [record(n, met=n % 16 != 3) for n in range(100)])
    change = found.criteria["found"]
    assert change.worst == {"s3": -1.0} and not change.worse and change.detectable > 0
    text = side_by_side(found.changed[0])
    assert "c03" in text and "line True" in text and "line False" in text and "≠" in text
    assert text.index("A: met") < text.index("B: not met")
    assert "no difference shown" in found.result().as_text()


def test_runs_that_share_no_case_are_refused() -> None:
    with pytest.raises(EvalError, match="share no case"):
        compare(SOUND, [r.model_copy(update={"id": "x" + r.id}) for r in SOUND])


def test_junit_names_what_failed(baseline: Path) -> None:
    findings = judge_run([record(n, leak=n != 7) for n in range(100)], HEADER, baseline, RULES)
    root = ElementTree.fromstring(junit(findings, 1.5))
    failed = [c.get("name") for c in root if c.find("failure") is not None]
    assert root.get("failures") == str(len(failed)) and "leak" in failed


def test_the_rules_name_prompts_that_are_there() -> None:
    assert {t for templates in load_rules().recorded_with.values() for t in templates} <= set(names())


def test_a_gate_that_could_not_write_its_outcome_says_so_before_it_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", "--junit", str(tmp_path / "no" / "x.xml")]) == 2
    assert "x.xml cannot be written: there is no such folder." in capsys.readouterr().err


def test_twenty_planted_faults_fit_the_project() -> None:
    assert len(load_faults()) == 20


@pytest.mark.parametrize("limit", ["-3", "-1", "0"])
def test_a_limit_below_one_is_refused(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        ["run", "drafting", "--limit", limit],
        ["gate", "--limit", limit],
        ["calibrate", "--limit", limit],
    ):
        with pytest.raises(SystemExit):
            main(command)
        assert f"'{limit}' is no number from 1 on" in capsys.readouterr().err


def test_scoring_a_voice_run_without_running_needs_its_file_and_no_other_suite_can(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "voice", "--score"]) == 2
    assert "--score scores what --only FILE holds" in capsys.readouterr().err
    assert main(["run", "acts", "--score"]) == 2
    assert "only the suite 'voice'" in capsys.readouterr().err


def test_whoever_stops_a_run_is_told_what_is_kept_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(SUITES, "acts", stopped)
    assert main(["run", "acts"]) == 130
    assert capsys.readouterr().err.startswith("\nStopped. What was recorded is kept")
