import asyncio
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from assistant.errors import AnswerMalformed, EndpointBusy
from evals import runner
from evals.errors import EvalError
from evals.figures import result
from evals.runner import Case, Cost, Header, Outcome, Run, read_records

HEADER = Header(suite="x", model="m", epochs=2)
CASES = [Case(id=f"c{i}", cluster=str(i % 3)) for i in range(10)]


async def fine(case: Case, seed: str) -> Outcome:
    return Outcome(output={"seed": seed}, verdicts={"good": case.id != "c3"}, cost=Cost(calls=1, prompt_tokens=5))


def quiet(done: int, cost: Cost) -> None:
    return None


async def test_every_case_and_epoch_is_run_once_under_its_own_seed(tmp_path: Path) -> None:
    told: list[int] = []
    run = Run.open(tmp_path / "r.jsonl", HEADER)
    await run.all(iter(CASES), fine, 4, lambda done, cost: told.append(done))
    records = list(run.records())
    assert Counter((r.id, r.epoch) for r in records) == {(f"c{i}", e): 1 for i in range(10) for e in (0, 1)}
    assert {r.output["seed"] for r in records} == {f"c{i}/{e}" for i in range(10) for e in (0, 1)}
    assert told == list(range(21))
    found = result(run.header, records)
    assert (found.figures["good"].value, found.figures["good"].n) == (0.9, 20)
    assert found.figures["all criteria met in 2 of 2 tries (pass^2)"].value == 0.9
    assert found.about["calls"] == 20 and found.about["prompt tokens"] == 100


async def test_no_more_than_at_once_are_under_way(tmp_path: Path) -> None:
    now, most = 0, 0

    async def work(case: Case, seed: str) -> Outcome:
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(0.002)
        now -= 1
        return Outcome(output={})

    await Run.open(tmp_path / "r.jsonl", HEADER).all(CASES, work, 3, quiet)
    assert most == 3


async def test_a_passing_failure_is_tried_again_and_another_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "FIRST_WAIT", 0.001)
    tries: Counter[str] = Counter()

    async def work(case: Case, seed: str) -> Outcome:
        tries[case.id] += 1
        if case.id == "c0" and tries["c0"] < 3 or case.id == "c1":
            raise EndpointBusy("over its limit")
        if case.id == "c2":
            raise AnswerMalformed("prose")
        return Outcome(output={}, verdicts={"good": True})

    run = Run.open(tmp_path / "r.jsonl", Header(suite="x"))
    await run.all(CASES[:4], work, 2, quiet)
    records = {r.id: r for r in run.records()}
    assert (records["c0"].error, records["c0"].tries) == ("", 3)
    assert (records["c1"].error, records["c1"].tries) == ("EndpointBusy: over its limit", runner.TRIES)
    assert (records["c2"].error, records["c2"].verdicts, tries["c2"]) == ("AnswerMalformed: prose", {}, 1)
    assert result(run.header, run.records()).figures["good"].n == 2


async def test_a_fault_of_the_program_is_not_swallowed(tmp_path: Path) -> None:
    async def work(case: Case, seed: str) -> Outcome:
        raise KeyError("a bug")

    with pytest.raises(ExceptionGroup):
        await Run.open(tmp_path / "r.jsonl", HEADER).all(CASES, work, 2, quiet)


async def test_a_run_is_taken_up_where_it_stood_and_a_torn_line_is_run_again(tmp_path: Path) -> None:
    path, ran = tmp_path / "r.jsonl", list[str]()
    await Run.open(path, HEADER).all(CASES[:5], fine, 1, quiet)
    path.write_bytes(path.read_bytes()[:-20])

    async def work(case: Case, seed: str) -> Outcome:
        ran.append(seed)
        return await fine(case, seed)

    await Run.open(path, HEADER).all(CASES, work, 2, quiet)
    assert ran[0] == "c4/1" and len(ran) == 11
    assert len(list(read_records(path))) == 20


async def test_another_model_is_another_run(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    await Run.open(path, HEADER).all(CASES[:1], fine, 1, quiet)
    with pytest.raises(EvalError, match="was begun with model 'm', and this run has 'n'"):
        Run.open(path, HEADER.model_copy(update={"model": "n"}))
    assert Run.open(path, HEADER.model_copy(update={"started": "later"})).header == HEADER


def test_a_broken_record_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(HEADER.model_dump_json() + "\n{broken\n" + json.dumps({"id": "a"}) + "\n")
    with pytest.raises(EvalError, match=r"r\.jsonl, line 2, is no record"):
        list(read_records(path))


SCRIPT = """
import asyncio, sys
from pathlib import Path
from evals.runner import Case, Header, Outcome, Run

async def work(case, seed):
    await asyncio.sleep(0.004)
    return Outcome(output={"seed": seed}, verdicts={"good": int(case.id) % 7 != 0})

cases = (Case(id=f"{i:03}", cluster=str(i % 5)) for i in range(300))
asyncio.run(Run.open(Path(sys.argv[1]), Header(suite="kill")).all(cases, work, 4, lambda done, cost: None))
"""


def test_a_run_killed_and_taken_up_gives_the_report_of_one_that_nobody_killed(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    root = Path(__file__).parent.parent

    def start(path: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", SCRIPT, str(path)], cwd=root)

    assert start(whole).wait() == 0
    for point in (3, 90, 210):
        process = start(killed)
        while process.poll() is None and (not killed.exists() or killed.read_bytes().count(b"\n") < point):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start(killed).wait() == 0
    reports = [result(Header(suite="kill"), read_records(p), timed=False).as_json() for p in (whole, killed)]
    assert reports[0] == reports[1] and '"n":300' in reports[0]
    assert len(list(read_records(killed))) == 300
