import json
from pathlib import Path

import pytest

from assistant.__main__ import main
from assistant.asking import asked, fit
from assistant.llm import ChatModel
from knowledge.load import load
from tests.scripted import ScriptedServer

TOWELS = """---
# whose it is
id: house
title: House rules
kind: policy
set: club
---
## Towels

A member who brings no towel is lent one against a deposit of £5.

## Parking

Parking behind the club is free for two hours.
"""
LENT = ["forgot my towel again do i have to go home", "five quid for a towel, are you serious"]
PARKED = ["can i leave the car there all day", "got a ticket behind your place"]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.md"
    path.write_text(TOWELS, encoding="utf-8")
    return path


def said(*lines: str) -> str:
    return json.dumps({"lines": lines})


async def test_each_section_is_asked_for_beside_the_others_headings(
    model: ChatModel, server: ScriptedServer, house: Path
) -> None:
    server.say(said(*LENT), said(*PARKED))
    found = [(s.heading, lines) async for s, lines in asked(model, load(house, house.parent), 2)]
    assert found == [("Towels", LENT), ("Parking", PARKED)]
    system, user = (m["content"] for m in server.requests[0]["messages"])
    assert "They are: Parking" in system and "written by customers" in system and "lent one against a deposit" in user


async def test_what_is_for_staff_is_asked_for_by_staff(model: ChatModel, server: ScriptedServer, house: Path) -> None:
    house.write_text(TOWELS.replace("set: club", "set: club\naudience: internal"), encoding="utf-8")
    server.say(said(*LENT), said(*PARKED))
    assert [lines async for _, lines in asked(model, load(house, house.parent), 2)] == [LENT, PARKED]
    assert "written by members of staff" in server.requests[0]["messages"][0]["content"]


def test_more_lines_than_a_document_may_have_are_refused_before_any_is_drafted(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = "".join(f"\n## Rule {n}\n\nTowels.\n" for n in range(20))
    house.write_text(TOWELS + many, encoding="utf-8")
    assert main(["asked", str(house), "--lines", "60"]) == 1
    assert "22 sections: at most 45 lines" in capsys.readouterr().err


def test_a_line_that_a_customer_could_not_have_said_is_left_out() -> None:
    rule = "A member who brings no towel is lent one against a deposit of £5."
    copied = "so a member who brings no towel is lent one?"
    lines = [*LENT, LENT[0].upper(), "towel", copied, "- “why must I pay for it”"]
    assert fit(lines, rule) == [*LENT, "why must I pay for it"]


def test_what_is_drafted_stands_in_the_file_section_by_section_and_only_what_lacks_is_drafted(
    server: ScriptedServer, house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_MODEL", "scripted")
    server.say(said(*LENT), "no", "no")  # the second section fails, and so does its repair
    assert main(["asked", str(house), "--lines", "2"]) == 1
    assert load(house, house.parent).meta.asked == {"Towels": tuple(LENT)}
    server.say(said(*PARKED))
    assert main(["asked", str(house), "--lines", "2"]) == 0
    assert load(house, house.parent).meta.asked == {"Towels": tuple(LENT), "Parking": tuple(PARKED)}
    text = house.read_text(encoding="utf-8")
    assert text.startswith("---\n# whose it is\nid: house\n") and text.endswith(TOWELS.partition("---\n## ")[2])
    assert "Read all of them" in capsys.readouterr().out


def test_without_a_capable_model_it_says_what_to_do_instead(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["asked", str(house)]) == 1
    assert "by hand" in capsys.readouterr().err
    assert house.read_text(encoding="utf-8") == TOWELS


def test_a_heading_that_stands_twice_is_named(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    house.write_text(TOWELS.replace("## Parking", "## Towels"), encoding="utf-8")
    assert main(["asked", str(house)]) == 1
    assert "“Towels” stands more than once" in capsys.readouterr().err
