import re
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from assistant.roleplay.scenario import load_scenarios
from evals import report
from evals.__main__ import main
from evals.browser import FLAGS
from evals.players import play
from evals.pytest_plugin import PatternReader
from evals.rubric import Rubric, load_rubric
from evals.runner import Header, Record
from tests.browser import find_browser

SCENARIO = load_scenarios()["gym-double-booking"]
ATTACK = "<script>alert(1)</script> Calm down, mate."


def write_run(path: Path, *, missed: int, judge: str = "") -> Path:
    played = play(SCENARIO, [ATTACK, "We sold your slot twice."], PatternReader(), "1")
    practice = played.model_dump(mode="json")
    records = [
        Record(
            id=f"gym/{i}", epoch=0, cluster=f"s{i % 4}", seed="1", input={"player": "rude"}, seconds=0.1,
            output={"practice": practice},
            verdicts={"stays-the-customer": i >= missed, "leak": True, "sounds-as-angry-as-said": i > 2},
            notes={"stays-the-customer": f"turn 1: speaks as staff: {practice['exchanges'][0]['line']}"},
        )
        for i in range(12)
    ]  # fmt: skip
    records.append(Record(id="gym/broken", epoch=0, cluster="s0", seed="1", error="EndpointDown: <gone>"))
    header = Header(suite="roleplay", rubric="roleplay", judge=judge, commit="abc", started="2026-11-26 10:00:00")
    path.write_text("\n".join(r.model_dump_json() for r in (header, *records)) + "\n")
    return path


@pytest.fixture
def rubric() -> Rubric:
    return load_rubric("roleplay")


def test_a_report_is_one_file_that_says_what_a_stranger_needs(tmp_path: Path, rubric: Rubric) -> None:
    new, old = write_run(tmp_path / "new.jsonl", missed=5, judge="m"), write_run(tmp_path / "old.jsonl", missed=0)
    report.write(new, old, rubric, ["sounds-as-angry-as-said"], tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert not re.search(r"(src|href)=|https?://", page) and "<script" not in page
    assert "&lt;script&gt;alert(1)" in page and "EndpointDown: &lt;gone&gt;" in page
    for text in ("of cases met every criterion", "Compared with old", "Worst cases first", "advisory", "What ran"):
        assert text in page
    worst = page[page.index("Worst cases first") :]
    assert worst.index("gym/broken") < worst.index("gym/0"), "an error is the worst"
    assert "<mark>" in page and "agreement with people was not measured" in page
    assert "100.0% → 58.3%" in page


def test_the_commands_report_compare_and_score_work_on_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, old = write_run(tmp_path / "new.jsonl", missed=5), write_run(tmp_path / "old.jsonl", missed=0)
    assert main(["report", str(new), "--compare", str(old)]) == 0
    assert (tmp_path / "new.html").is_file()
    assert main(["compare", str(old), str(new), "--show", "1"]) == 0
    assert main(["score", str(new)]) == 0
    out = capsys.readouterr().out
    assert "stays-the-customer: 1.000 → 0.583" in out and "gym/0 (epoch 0), stays-the-customer:" in out
    scored = out[out.index("roleplay: model") :]
    assert "stays-the-customer" in scored and re.search(r"stays-the-customer +1\.000", scored), "code grades it anew"
    assert main(["score", str(tmp_path / "none.jsonl")]) == 2
    (tmp_path / "garbage.jsonl").write_text("hello\n")
    assert main(["compare", str(tmp_path / "garbage.jsonl"), str(new)]) == 2
    assert "garbage.jsonl" in capsys.readouterr().err
    assert main(["report", str(new), "--out", str(tmp_path / "no" / "x.html")]) == 2
    assert "x.html cannot be used: No such file or directory" in capsys.readouterr().err


@pytest.mark.browser
def test_a_browser_shows_it_without_a_fault_and_a_phone_needs_no_sideways_scroll(
    tmp_path: Path, rubric: Rubric
) -> None:
    report.write(write_run(tmp_path / "r.jsonl", missed=5), None, rubric, [], tmp_path / "r.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = browser.new_page(viewport={"width": 400, "height": 800})
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        page.goto(f"file://{tmp_path / 'r.html'}")
        assert page.get_by_text("Worst cases first").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        browser.close()
    assert told == []
