import json
from pathlib import Path

import pytest

from assistant.llm import ChatModel
from evals.errors import EvalError, NotRecorded
from evals.judge import Judge, Material
from evals.pytest_plugin import AssertPractice, judge_text
from evals.recordings import Recordings
from tests.scripted import ScriptedServer

NOTE = Material("Coach: Say what he lost before you offer anything.")


def answer(criterion: str, verdict: str, *quotes: str) -> str:
    return json.dumps({"criterion": criterion, "quotes": quotes, "reasons": "Because.", "verdict": verdict})


def test_a_practice_is_an_eval_in_one_line(assert_practice: AssertPractice) -> None:
    practice = assert_practice("gym-double-booking", ["We sold your six o'clock twice. That is our mistake, Kevin."])
    assert practice.exchanges[0].by == "author"


def test_a_practice_that_goes_wrong_fails_with_the_reason(assert_practice: AssertPractice) -> None:
    with pytest.raises(pytest.fail.Exception, match="expected-ending: expert got"):
        assert_practice("gym-double-booking", ["ok"] * 9, player="expert")


async def test_a_text_is_judged_by_a_rubric_and_misses_are_told(
    model: ChatModel, server: ScriptedServer, tmp_path: Path
) -> None:
    judge = Judge(model, "m", Recordings(tmp_path / "r.jsonl"))
    server.say(answer("says-what-to-do", "met", "Say what he lost"), answer("shames-nobody", "not met"))
    good = await judge_text(judge, NOTE, "coaching", ["says-what-to-do", "shames-nobody"])
    assert [j.verdict for j in good] == ["met", "not met"]
    server.say(answer("gives-the-reason", "not met"))
    with pytest.raises(pytest.fail.Exception, match="gives-the-reason is not met: Because"):
        await judge_text(judge, NOTE, "coaching", ["gives-the-reason"])
    replayed = Judge(None, "m", Recordings(tmp_path / "r.jsonl"))
    assert (await judge_text(replayed, NOTE, "coaching", ["says-what-to-do"]))[0].replayed
    with pytest.raises(NotRecorded):
        await judge_text(replayed, NOTE, "coaching", ["points-at-their-words"])


async def test_a_criterion_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no judged criterion 'kind'"):
        await judge_text(Judge(None, "m", Recordings(tmp_path / "r")), NOTE, "coaching", ["kind"])
