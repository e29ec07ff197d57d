"""A scenario drafted by a capable model: the wire is scripted, everything above it is real."""

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.__main__ import main
from assistant.errors import AnswerMalformed, InputError
from assistant.llm import ChatModel
from assistant.roleplay import patterns
from assistant.roleplay.adaptation import adapt
from assistant.roleplay.authoring import rehearse
from assistant.roleplay.scenario import load_scenario, load_scenarios
from evals.case import FOLDER
from tests.scripted import ScriptedServer

SCENARIOS = load_scenarios()
BY_HAND = FOLDER / "replay" / "scenario_by_hand.jsonl"
GYM = SCENARIOS["gym-double-booking"]
WHO = GYM.model_dump(
    mode="json",
    include={
        "title", "industry", "company", "channel", "root_cause", "winnable", "you", "situation", "persona", "story",
        "grievance", "owned", "details", "wants", "opening",
    },
) | {"anger": 82, "trains": list(GYM.trains)}  # fmt: skip
KNOWN = GYM.model_dump(mode="json", include={"facts", "remedies"})
SAID = {
    "lines": [
        {"move": move, "band": band, "text": line}
        for move, by_band in GYM.lines.items()
        for band, lines in by_band.items()
        for line in lines
    ]
}
SOURCE = "Customer: You sold my slot twice!\nAgent: Calm down."


def say(server: ScriptedServer, *answers: object) -> None:
    server.say(*(json.dumps(answer) for answer in answers))


async def test_three_answers_make_a_scenario(server: ScriptedServer, model: ChatModel) -> None:
    say(server, WHO, KNOWN, SAID)
    adapted = await adapt(model, SOURCE, "slot-sold-twice", SCENARIOS)
    assert adapted.problems == ()
    assert adapted.scenario.id == "slot-sold-twice"
    assert adapted.scenario.facts == GYM.facts
    assert adapted.scenario.difficulty.anger == 82
    assert SOURCE in server.requests[0]["messages"][1]["content"]


async def test_what_the_checks_complain_of_is_asked_for_again(server: ScriptedServer, model: ChatModel) -> None:
    mute = {"facts": [f | {"question": ""} for f in KNOWN["facts"]], "remedies": KNOWN["remedies"]}
    say(server, WHO, mute, SAID, KNOWN)
    adapted = await adapt(model, SOURCE, "slot-sold-twice", SCENARIOS)
    assert adapted.problems == ()
    assert "facts.site.question" in server.requests[-1]["messages"][-1]["content"]


async def test_a_draft_that_stays_broken_is_no_scenario(server: ScriptedServer, model: ChatModel) -> None:
    early = [f | {"gate": 5} if f["gate"] else f for f in KNOWN["facts"]]
    broken = {"facts": early, "remedies": KNOWN["remedies"]}
    say(server, WHO, broken, SAID, broken)
    with pytest.raises(AnswerMalformed, match="has the gate 5"):
        await adapt(model, SOURCE, "slot-sold-twice", SCENARIOS)


async def test_a_section_that_is_none_is_not_trained(server: ScriptedServer, model: ChatModel) -> None:
    say(server, WHO | {"trains": ["no-such#guide", GYM.trains[0]]}, KNOWN, SAID)
    adapted = await adapt(model, SOURCE, "slot-sold-twice", SCENARIOS)
    assert adapted.scenario.trains == (GYM.trains[0],)


async def test_an_empty_source_is_refused(model: ChatModel) -> None:
    with pytest.raises(InputError, match="text to draft from is empty"):
        await adapt(model, "  ", "x", SCENARIOS)


def test_the_command_writes_a_file_that_loads_and_is_offered(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "talk.txt"
    source.write_text(SOURCE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    say(server, WHO, KNOWN, SAID)
    assert main(["scenario", "from", str(source), "--id", "slot-sold-twice"]) == 0
    path = tmp_path / "data" / "scenarios" / "slot-sold-twice.yaml"
    assert path.read_text(encoding="utf-8").startswith("# Drafted by gpt-4.1-mini from talk.txt: read all of it")
    assert load_scenario(path).persona == GYM.persona
    assert "slot-sold-twice: fine; coached resolved" in capsys.readouterr().out
    assert main(["scenario", "list"]) == 0
    assert "slot-sold-twice" in capsys.readouterr().out
    assert main(["scenario", "from", str(source), "--id", "slot-sold-twice"]) == 1
    assert "exists already" in capsys.readouterr().err


def test_while_the_endpoint_is_down_the_command_asks_the_one_that_stands_in(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "talk.txt").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("EVEN_KEEL_FALLBACK_URL", server.url)
    say(server, WHO, KNOWN, SAID)
    assert main(["scenario", "from", str(tmp_path / "talk.txt"), "--id", "slot-sold-twice"]) == 0
    assert "slot-sold-twice: fine" in capsys.readouterr().out


def test_without_a_capable_model_the_command_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "talk.txt").write_text(SOURCE, encoding="utf-8")
    assert main(["scenario", "from", str(tmp_path / "talk.txt"), "--id", "x"]) == 1
    assert "set OPENAI_BASE_URL" in capsys.readouterr().err


@pytest.mark.parametrize("row", [json.loads(line) for line in BY_HAND.read_text(encoding="utf-8").splitlines()])
async def test_what_was_drafted_by_hand_makes_scenarios_that_can_be_won(
    server: ScriptedServer, model: ChatModel, row: dict[str, Any]
) -> None:
    server.say(*row["answers"])
    adapted = await adapt(model, row["source"], row["scenario"], SCENARIOS)
    assert adapted.problems == ()
    fares = rehearse(adapted.scenario, patterns.read)
    assert fares["coached"].ending == "resolved"
    assert fares["rude"].ending in ("hang-up", "complaint filed")
