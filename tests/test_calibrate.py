import json
from pathlib import Path
from typing import Any

import pytest

from evals import rubric as rubrics
from evals.__main__ import main
from evals.calibration import empathy, grounded, reading
from evals.public import ClaimRow, EmpathyRow, EvidenceRow
from evals.rubric import load_records
from tests.libraries import WordEmbedder
from tests.scripted import ScriptedServer

TALK = "Seeker: I lost my job.\nSupporter: Anyone would be shaken. What happened?\nSeeker: They cut us all."
CRITERIA = ("self_oriented", "validating_emotions")


def row(i: int, criterion: str, experts: list[float], llm: list[float]) -> dict[str, Any]:
    return {
        "id": f"own:{i}:{criterion}", "framework": "own", "criterion": criterion, "text": f"{TALK} ({i})",
        "label": sorted(experts)[1], "experts": experts, "llm": dict(zip("abc", llm, strict=True)),
    }  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [row(i, c, [1 + i % 5] * 3, [3 + i % 5] * 3) for i in range(20) for c in CRITERIA]
    folder = tmp_path / "sets"
    folder.mkdir()
    (folder / "empathy_judge.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def answer(criterion: str, verdict: str) -> str:
    return json.dumps({"criterion": criterion, "quotes": ["Anyone would be"], "reasons": "So.", "verdict": verdict})


def test_a_judge_is_measured_recorded_and_replayed_without_a_model(
    data: Path,
    tmp_path: Path,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(rubrics, "FOLDER", _rubrics_copy(tmp_path))
    monkeypatch.setenv("EVEN_KEEL_JUDGE_BASE_URL", server.url)
    monkeypatch.setenv("EVEN_KEEL_JUDGE_MODEL", "hand")
    recordings = tmp_path / "judge.jsonl"
    command = ["calibrate", "--data", str(data), "--only", "judge", "--limit", "6", "--json", "--at-once", "1"]
    command += ["--recordings", str(recordings)]
    for i in range(3):  # experts rate 1, 2, 3: only the third is a yes
        for criterion in ("self-oriented", "validating-emotions"):
            last = i == 2 and criterion == "validating-emotions"
            server.say(*["I'd rather not."] * 2 if last else [answer(criterion, "met" if i == 2 else "not met")])
    assert main([*command, "--keep"]) == 0
    out, told = capsys.readouterr()
    figures = json.loads(out)["figures"]
    assert "not scored: own:2:validating_emotions: The judge's answer on 'validating-emotions' is no verdict" in told
    assert figures["judge: rows that gave a verdict"]["value"] == pytest.approx(5 / 6)
    assert figures["judge, all criteria: kappa with the experts' majority"] == pytest.approx(
        {"value": 1.0, "n": 5, "low": 1.0, "high": 1.0, "target": None, "met": None}
    )
    assert figures["judge: quotes that stand word for word"]["value"] == 1.0
    assert load_records()["empathy/self-oriented"][0].by == "hand"
    asked = json.dumps(server.requests)
    assert '"experts"' not in asked and '"label"' not in asked and "claude" not in asked

    monkeypatch.delenv("EVEN_KEEL_JUDGE_BASE_URL")
    rows = (data / "empathy_judge.jsonl").read_text().splitlines()
    (data / "empathy_judge.jsonl").write_text("\n".join(rows[:5]))
    assert main([*command, "--replay"]) == 0
    again = json.loads(capsys.readouterr().out)["figures"]
    assert again["judge, all criteria: kappa with the experts' majority"]["value"] == 1.0


def test_without_a_judge_it_says_what_to_set(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "--data", str(data), "--only", "judge"]) == 2
    assert "EVEN_KEEL_JUDGE_MODEL" in capsys.readouterr().err


def test_a_panel_that_is_always_two_too_high_is_mended(data: Path) -> None:
    rows = [EmpathyRow.model_validate_json(x) for x in (data / "empathy_judge.jsonl").read_text().splitlines()]
    figures, records = empathy.panel(empathy.by_criterion(rows))
    assert figures["panel of recorded models, corrected: mean quadratic kappa"].value > 0.95
    assert figures["panel, uncorrected median: mean quadratic kappa"].value < 0.6
    assert records["empathy/self-oriented"].bias == pytest.approx(2.0)


def test_rows_are_spread_over_the_criteria(data: Path) -> None:
    rows = [EmpathyRow.model_validate_json(x) for x in (data / "empathy_judge.jsonl").read_text().splitlines()]
    chosen = empathy.spread(empathy.by_criterion(rows), 5)
    assert [r.criterion for r in chosen] == ["self_oriented", "validating_emotions"] * 2 + ["self_oriented"]


def test_overlap_is_of_the_shorter_one() -> None:
    assert reading.overlap("Anyone would be shaken", "I think anyone would be shaken by that") == 1.0
    assert reading.overlap("Anyone would", "nobody would") == 0.5
    assert reading.overlap("", "words") == 0.0


def test_only_the_supporter_is_read() -> None:
    assert empathy.supporter_sentences(TALK) == ["Anyone would be shaken.", "What happened?"]


def test_quotes_of_the_scorer_stand_in_the_conversation() -> None:
    class Sees:
        def probabilities(self, parts: list[str]) -> Any:
            import numpy as np

            from assistant.roleplay.features import word_acts

            return np.array([[float("shaken" in p)] * len(word_acts()) for p in parts])

    rows = [EvidenceRow(id="a:1", criterion="validating_emotions", label=4, text=TALK, evidence="would be shaken")]
    found = reading.evidence(rows, Sees())  # type: ignore[arg-type]
    assert found["scorer's quotes that stand word for word"].value == 1.0
    assert found["scorer's quotes: share of words in people's"].value == 1.0


def test_what_a_source_says_is_told_from_what_it_does_not() -> None:
    source = ["The hotel closed in 1994 after a fire.", "It had forty rooms and a garden by the river."]
    true = ["The hotel closed in 1994.", "It had forty rooms.", "There was a garden by the river."] * 6
    false = ["The hotel reopened in 2003 under Marta.", "A pool was built in Lisbon.", "Guests paid 90 euros."] * 6
    rows = [
        ClaimRow(id=str(i), text=t, context=(f"Chapter {i // 2}.", *source), label=label)  # type: ignore[arg-type]
        for i, (t, label) in enumerate([(t, "supported") for t in true] + [(t, "not_supported") for t in false])
    ]
    rows.append(ClaimRow(id="none", text="The hotel closed.", context=(), label="not_supported"))
    found = grounded.claims(rows, WordEmbedder().embed)
    assert found["wice, words, numbers and meaning: balanced accuracy"].value > 0.9


def _rubrics_copy(tmp_path: Path) -> Path:
    folder = tmp_path / "rubrics"
    folder.mkdir()
    (folder / "empathy.yaml").write_text((rubrics.FOLDER / "empathy.yaml").read_text())
    return folder
