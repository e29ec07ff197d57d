import json
from pathlib import Path

import pytest

from assistant.conversation import Transcript
from assistant.llm import ChatModel
from assistant.roleplay.acts import Act, Reading
from assistant.roleplay.reader import Reader, addresses_a_model
from evals.case import FOLDER
from evals.errors import EvalError
from evals.suites.acts import LabelledTurn, Seen, f1, figures, load_second, load_turns, run
from tests.scripted import ScriptedServer

REPLAY = FOLDER / "replay" / "acts_by_hand.jsonl"


def turn(number: int, *acts: str) -> LabelledTurn:
    return LabelledTurn(
        id=f"x{number}", set="report", dialogue=f"d{number // 2}", customer="Well?", agent="Words.",
        acts=dict.fromkeys(acts, "Words"),
    )  # fmt: skip


def test_the_halves_share_no_turn_and_every_quote_stands_in_its_turn() -> None:
    tune, report = load_turns(part="tune"), load_turns(part="report")
    assert len(report) >= 600 and not {t.dialogue for t in tune} & {t.dialogue for t in report}
    assert all(quote in t.agent for t in [*tune, *report] for quote in t.acts.values())
    assert {t.id for t in [*tune, *report]} == set(load_second())


def test_f1_counts_what_was_seen_against_what_is_shown() -> None:
    seen = [
        Seen(turn=turn(1, "blame"), acts=frozenset({"blame"})),
        Seen(turn=turn(2, "blame"), acts=frozenset()),
        Seen(turn=turn(3), acts=frozenset({"blame"})),
    ]
    assert f1(seen, "blame") == 0.5 and f1(seen, "choice") == 1.0


def test_rare_acts_do_not_count_in_the_mean() -> None:
    seen = [Seen(turn=turn(n, "choice"), acts=frozenset({"choice"})) for n in range(6)]
    seen.append(Seen(turn=turn(9, "insult"), acts=frozenset()))
    assert figures(seen)["macro-F1"].value == 1.0


async def test_every_turn_is_read_and_held_against_its_labels() -> None:
    async def read(text: str, transcript: Transcript) -> Reading:
        return Reading(acts=(Act(id="choice", quote=text),), reader="fake")

    told: list[tuple[int, int]] = []
    result = await run([turn(n, "choice") for n in range(6)], read, "examples", lambda a, b: told.append((a, b)), 3)
    assert result.figures["macro-F1"].value == 1.0 and result.about["reader"] == "fake"
    assert sorted(told) == [(n, 6) for n in range(1, 7)]


async def test_what_was_answered_by_hand_is_read_again_as_it_was(model: ChatModel, server: ScriptedServer) -> None:
    """The capable path on recorded answers: prompts, parsing, verbatim quotes, grading."""
    rows = [json.loads(line) for line in REPLAY.read_text(encoding="utf-8").splitlines()]
    turns = {t.id: t for t in load_turns()}
    heard = {t.id: Transcript().add("customer", t.customer) for t in turns.values()}
    asked = [r for r in rows if not addresses_a_model(turns[r["turn"]].agent, heard[r["turn"]])]
    server.say(*(row["answer"] for row in asked))
    result = await run([turns[row["turn"]] for row in rows], Reader(model, None).read, "model", lambda a, b: None)
    await model.close()
    assert not server.exhausted and len(server.requests) == len(asked) == 107
    assert result.figures["macro-F1"].value == pytest.approx(0.92, abs=0.005)
    assert result.met("macro-F1")


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "turns.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(EvalError, match="turns.jsonl, line 1"):
        load_turns(tmp_path / "turns.jsonl")
