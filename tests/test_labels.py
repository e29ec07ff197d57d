import json
from pathlib import Path

import pytest

from assistant.roleplay import patterns
from assistant.roleplay.acts import Reading
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import load_scenarios
from assistant.roleplay.voice import author_line
from evals import rubric as rubrics
from evals.__main__ import main
from evals.calibration.labelled import by_code, labelled
from evals.errors import EvalError
from evals.labelling import by_reader, mixed, of_practices, of_turns, written
from evals.labels import Answer, Item, Labels, forget, read_labels
from evals.rubric import load_records
from tests.scripted import ScriptedServer

SCENARIOS = load_scenarios()
GYM = SCENARIOS["gym-double-booking"]
KEY = "process/owned-it"


def item(n: int, code: str = "met") -> Item:
    text = f"Customer: My hour is gone.\n\nTrainee: We sold your slot twice, and that is our mistake. ({n})"
    return Item(id=f"talk-{n}:owned-it", rubric="process", criterion="owned-it", text=text, code=code)  # type: ignore[arg-type]


def played(*turns: str, closed: bool = True) -> Practice:
    practice = Practice.begin(GYM, "7")
    for said in turns:
        exchange = practice.respond(GYM, said, patterns.read(said))
        practice = practice.with_exchange(exchange.spoken(author_line(practice.cue(GYM, exchange))))
    return practice.model_copy(update={"closed": closed})


def label(folder: Path, name: str, answers: str, codes: str = "") -> None:
    words: dict[str, Answer] = {"y": "yes", "n": "no", "-": "not applicable", "?": "cannot tell"}
    mine = Labels(folder, name)
    for n, answer in enumerate(answers):
        code = {"y": "met", "n": "not met"}.get((codes or answers)[n], "not applicable")
        mine.add(item(n, code), words[answer])


def test_an_answer_is_on_the_disk_and_the_last_one_counts(tmp_path: Path) -> None:
    mine = Labels(tmp_path / "labels", "Mira")
    mine.add(item(1), "no")
    mine.add(item(1), "yes", quote="we sold  your slot TWICE")
    assert len((tmp_path / "labels" / "mira.jsonl").read_text().splitlines()) == 2
    again = Labels(tmp_path / "labels", "mira")
    assert again.said["talk-1:owned-it"].answer == "yes"
    assert again.said["talk-1:owned-it"].quote == "We sold your slot twice"
    assert again.todo([item(1), item(2)]) == [item(2)]
    assert [(x.by, x.answer, x.met) for x in read_labels(tmp_path / "labels")] == [("mira", "yes", True)]


def test_a_quote_that_does_not_stand_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    mine = Labels(tmp_path, "mira")
    with pytest.raises(EvalError, match="do not stand in the text"):
        mine.add(item(1), "yes", quote="We gave it away")
    assert not (tmp_path / "mira.jsonl").exists() and mine.said == {}


@pytest.mark.parametrize("name", ["Ann Lee", "../mira", "a/b", ".hidden", "ann@x.example"])
def test_whoever_has_an_account_has_a_file_in_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "labels"
    Labels(folder, name).add(item(1), "yes")
    assert [label.by for label in read_labels(folder)] == [name.lower()]
    assert forget(folder, name) == 1 and not list(folder.iterdir()) and list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 65])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(EvalError, match="Give a name"):
        Labels(tmp_path, name)


def test_a_broken_line_is_named_by_file_and_line(tmp_path: Path) -> None:
    label(tmp_path, "mira", "y")
    with (tmp_path / "mira.jsonl").open("a") as file:
        file.write('{"id": "talk-2:owned-it"}\n')
    with pytest.raises(EvalError, match="mira.jsonl, line 2, rubric"):
        read_labels(tmp_path)
    with pytest.raises(EvalError, match="no labels"):
        read_labels(tmp_path / "none")


def test_what_is_shown_is_the_talk_and_what_code_said_stays_behind() -> None:
    good = played("You booked six with Dana. I'm sorry, that is our mistake.", "What did you give up to get here?")
    items = list(of_practices([good, played("Hi.", closed=False), played("Hi.")], SCENARIOS))
    assert {i.source for i in items} == {f"practice-{good.id}"}
    owned = next(i for i in items if i.criterion == "owned-it")
    assert owned.code == "met" and owned.text.startswith("Customer: Three weeks ago")
    assert {i.code for i in items} >= {"met", "not met"}
    there = list(written())
    assert len(there) >= 10 and all(not i.code for i in there)
    assert mixed([*items, *there])[: len(there)] == mixed(there) == mixed(there[::-1])


def test_single_turns_are_offered_likely_yes_and_no_and_held_against_the_reader(tmp_path: Path) -> None:
    class Sees:
        def read(self, text: str) -> Reading:
            return patterns.read(text)

    items = list(of_turns())
    assert len(items) == len({i.id for i in items}) == 4 * 2 * 10
    sorry = next(
        i for i in items if i.criterion == "owned-it" and "sorry" in i.text.partition("Trainee: ")[2].lower()
    )
    assert sorry.text.startswith("Customer: ") and not sorry.code
    verdicts = by_reader([*items, item(1)], Sees())  # type: ignore[arg-type]
    assert verdicts.keys() == {i.id for i in items} and {True, False} == set(verdicts.values())
    alone = Item(
        id="turn-x:owned-it", rubric="process", criterion="owned-it", text="Customer: Sorry?\n\nTrainee: Hi."
    )
    assert by_reader([alone], Sees()) == {"turn-x:owned-it": False}  # type: ignore[arg-type]


def test_people_are_compared_with_each_other_and_code_with_their_majority(tmp_path: Path) -> None:
    label(tmp_path, "mira", "yyyynnnn-?", codes="yyynnnnny-")
    label(tmp_path, "omar", "yyyynnny--", codes="yyynnnnny-")
    labels = read_labels(tmp_path)
    figures, records = labelled(labels, {"code": by_code(labels)})
    assert figures["labels: people"].value == 2
    assert figures[f"people with each other, {KEY}: mean kappa"].value == pytest.approx(0.75)
    assert figures[f"people with each other, {KEY}: mean kappa"].n == 8
    code = figures[f"code, {KEY}: kappa with people's majority"]
    assert code.n == 7 and code.value == pytest.approx(0.7200, abs=0.01)  # the split one is not held against code
    assert figures[f"code, {KEY}: sensitivity"].value == pytest.approx(0.75)
    assert figures[f"code, {KEY}: specificity"].value == 1.0
    assert figures[f"code, {KEY}: yes more often than people"].value == pytest.approx(-1 / 7)
    assert figures["labels: cannot tell"].value == pytest.approx(1 / 20)
    assert records[KEY].below and records[KEY].by == "code" and records[KEY].data == "own labels"


def test_one_person_gives_no_human_record(tmp_path: Path) -> None:
    label(tmp_path, "mira", "yyyynnnn")
    labels = read_labels(tmp_path)
    figures, records = labelled(labels, {"code": by_code(labels)})
    assert figures[f"code, {KEY}: kappa with people's majority"].value == 1.0
    assert records == {} and not any(name.startswith("people with each other") for name in figures)


def test_the_command_reads_the_screen_s_folder_and_asks_the_judge_what_code_cannot_answer(
    tmp_path: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "labels"
    criterion = "sounds-as-angry-as-said"
    angry = "Customer (furious): You sold my hour."
    kind = {"rubric": "roleplay", "criterion": criterion}
    some = [Item(id=f"j-{n}:{criterion}", text=angry + "!" * n, **kind) for n in range(6)]
    for name in ("mira", "omar"):
        mine = Labels(folder, name)
        for n, one in enumerate(some):
            mine.add(one, "yes" if n % 2 else "no")
    label(folder, "mira", "yyynnn")
    monkeypatch.setattr(rubrics, "FOLDER", _rubrics_copy(tmp_path))
    monkeypatch.setenv("EVEN_KEEL_JUDGE_BASE_URL", server.url)
    monkeypatch.setenv("EVEN_KEEL_JUDGE_MODEL", "hand")
    for n, one in enumerate(some):
        quote = one.text.splitlines()[-1].partition(": ")[2]
        verdict = "met" if n % 2 else "not met"
        server.say(json.dumps({"criterion": one.criterion, "quotes": [quote], "reasons": "So.", "verdict": verdict}))
    command = ["calibrate", "--labels", str(folder), "--json", "--at-once", "1", "--keep"]
    assert main([*command, "--recordings", str(tmp_path / "judge.jsonl")]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    key = "roleplay/sounds-as-angry-as-said"
    assert figures[f"hand, {key}: kappa with people's majority"]["value"] == 1.0
    assert figures[f"code, {KEY}: kappa with people's majority"]["n"] == 6
    assert load_records()[key][0].by == "hand" and KEY not in load_records()
    assert '"answer"' not in json.dumps(server.requests) and "mira" not in json.dumps(server.requests)


def test_labels_go_with_their_person(tmp_path: Path) -> None:
    for name in ("mira", "omar"):
        label(tmp_path, name, "y")
    assert forget(tmp_path, "mira") == 1 and [x.by for x in read_labels(tmp_path)] == ["omar"]
    assert forget(tmp_path, "local") == 1 and forget(tmp_path, "local") == 0


def _rubrics_copy(tmp_path: Path) -> Path:
    folder = tmp_path / "rubrics"
    folder.mkdir()
    for name in ("roleplay", "process", "drafting"):
        (folder / f"{name}.yaml").write_text((rubrics.FOLDER / f"{name}.yaml").read_text())
    return folder


def test_a_long_name_in_any_writing_keeps_its_labels(tmp_path: Path) -> None:
    for name in ("Я" * 60, "Я" * 59 + "Ю"):
        Labels(tmp_path, name).add(next(iter(written())), "yes")
    assert [len(Labels(tmp_path, "Я" * 60).said), len(list(tmp_path.glob("*.jsonl")))] == [1, 2]
