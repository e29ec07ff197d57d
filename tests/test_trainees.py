from pathlib import Path

import pytest

from assistant.llm import ChatModel, Endpoint
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import load_scenarios
from evals.errors import EvalError
from evals.ledger import Ledger
from evals.players import LEVELS
from evals.pytest_plugin import PatternReader
from evals.rubric import load_rubric
from evals.runner import Header, Run
from evals.suites import roleplay
from evals.trainees import converse, load_trainees
from tests.scripted import ScriptedServer

SCENARIOS = load_scenarios()
GYM = {"gym-double-booking": SCENARIOS["gym-double-booking"]}
TRAINEES = load_trainees()


def test_there_is_a_trainee_of_each_level_and_a_broken_file_is_named(tmp_path: Path) -> None:
    assert tuple(t.id for t in TRAINEES) == LEVELS
    broken = tmp_path / "trainees.yaml"
    broken.write_text("trainees:\n  - {id: expert, plays: well, mood: good}\n")
    with pytest.raises(EvalError, match=r"trainees.yaml, trainees.0.mood"):
        load_trainees(broken)


async def test_a_model_plays_the_trainee_until_it_says_nothing_more(model: ChatModel, server: ScriptedServer) -> None:
    server.say('"You booked Dana for six o\'clock, and we sold it twice."', "Which day suits you?", "  ")
    practice = await converse(model, TRAINEES[-1], GYM["gym-double-booking"], PatternReader(), "1")
    said = [e.text for e in practice.exchanges]
    assert said == ["You booked Dana for six o'clock, and we sold it twice.", "Which day suits you?"]
    asked = server.requests[1]["messages"]
    assert TRAINEES[-1].plays in asked[0]["content"] and [m["role"] for m in asked[1:]] == [
        "user", "assistant", "user",
    ]  # fmt: skip
    assert asked[1]["content"] == practice.opening and asked[3]["content"] == practice.exchanges[0].line


async def test_what_a_model_played_is_recorded_and_graded_again(server: ScriptedServer, tmp_path: Path) -> None:
    ledger, rubric = Ledger(), load_rubric("roleplay")
    server.always = "Calm down. It is your own fault, you should have read the terms."
    model = ChatModel(lambda: Endpoint(server.url, "key", "scripted"), timeout=5, retries=0, record=ledger.note)
    cases = list(roleplay.model_cases(TRAINEES[:1], GYM))
    work = roleplay.model_worker(GYM, TRAINEES, PatternReader(), rubric, model, ledger)
    run = Run.open(tmp_path / "played.jsonl", Header(suite="roleplay"))
    await run.all(cases, work, at_once=1, report=lambda done, cost: None)
    await model.close()
    (record,) = run.records()
    practice = Practice.model_validate(record.output["practice"])
    assert practice.ending in roleplay.LOST and record.cost.calls == len(practice.exchanges)
    assert roleplay.EXPECTED not in record.verdicts, "what a model plays may end in any way"
    again = roleplay.rescore(record.model_copy(update={"verdicts": {}}), GYM, rubric)
    assert again.verdicts == record.verdicts and all(record.verdicts.values())
    found = roleplay.moods([record])
    assert found["model-rude: anger at the end"].value == practice.state.anger
    assert found["model-rude: resolved"].value == 0
