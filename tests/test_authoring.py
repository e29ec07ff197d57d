from pathlib import Path

import pytest

from assistant.__main__ import main
from assistant.roleplay import patterns
from assistant.roleplay.acts import Reading
from assistant.roleplay.authoring import Problem, lint, rehearse, scaffold, unfair
from assistant.roleplay.levels import Level, at_level, shifts
from assistant.roleplay.practice import Practice
from assistant.roleplay.references import Referable, unknown
from assistant.roleplay.review import review
from assistant.roleplay.scenario import FOLDER, load_scenario, load_scenarios
from assistant.roleplay.voice import Spoken
from assistant.settings import load_settings
from evals.customer import gives_nothing_away
from knowledge import Library

SCENARIOS = load_scenarios()
GYM = SCENARIOS["gym-double-booking"]


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_every_built_in_scenario_is_fine(scenario: str) -> None:
    assert list(lint(SCENARIOS[scenario])) == []


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_who_follows_the_coach_settles_it_and_who_is_rude_does_not(scenario: str) -> None:
    fares = rehearse(SCENARIOS[scenario], patterns.read)
    wanted = ("resolved",) if SCENARIOS[scenario].winnable else ("resolved", "grudging acceptance")
    assert fares["coached"].ending in wanted
    assert fares["rude"].ending in ("hang-up", "complaint filed")


@pytest.mark.parametrize("level", list(shifts()))
@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_who_follows_the_coach_hears_nearly_all_at_every_level(scenario: str, level: Level) -> None:
    played = at_level(SCENARIOS[scenario], level)
    coached = rehearse(played, patterns.read)["coached"]
    heard = [f.id for f in played.hidden if f.id in coached.state.open_facts]
    assert len(heard) >= len(played.hidden) - 1, heard


def test_lines_that_all_demand_something_given_are_a_problem() -> None:
    lines = GYM.lines | {"redemand": {"angry": ("When, exactly?", "And who is leading this?")}}
    (problem,) = lint(GYM.model_copy(update={"lines": lines}))
    assert problem.field == "lines.redemand" and "name" in problem.message


def test_what_is_wrong_with_a_scenario_is_named() -> None:
    vent = GYM.lines["vent"] | {
        "calm": (GYM.facts[1].reveal + " crew home early half a day's work costs", "word " * 40)
    }
    poor = {"offer": "", "worth": 0.4}
    broken = GYM.model_copy(
        update={
            "lines": GYM.lines | {"vent": vent},
            "owned": "We are sorry about that.",
            "remedies": tuple(r.model_copy(update=poor if r.authority == "alone" else {}) for r in GYM.remedies),
            "facts": tuple(f.model_copy(update={"question": "Eh?"}) for f in GYM.facts),
        }
    )
    found = "\n".join(map(str, lint(broken)))
    for part in (
        "lines.vent.calm[1]: 40 words",
        "gives the hidden fact 'site' away",
        "owned: it names none",
        ".offer:",
        "none within the agent's own authority is worth 0.5",
    ):
        assert part in found
    assert "facts.site.question" in found


def test_a_problem_names_its_field_and_the_way_to_it() -> None:
    long = GYM.lines["vent"] | {"calm": ("Fine.", "word " * 40)}
    [problem] = lint(GYM.model_copy(update={"lines": GYM.lines | {"vent": long}}))
    assert (problem.field, problem.steps) == ("lines.vent.calm[1]", ["lines", "vent", "calm", 1])
    assert str(problem) == "lines.vent.calm[1]: 40 words; keep a line under 36"


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_a_line_that_the_evals_call_a_leak_is_named_to_its_author(scenario: str) -> None:
    fine = SCENARIOS[scenario]
    for fact in fine.hidden:
        told = {"calm": (*fine.lines["vent"].get("calm", ()), fact.reveal)}
        loose = fine.model_copy(update={"lines": fine.lines | {"vent": fine.lines["vent"] | told}})
        practice = Practice.begin(loose, "7")
        said = practice.respond(loose, "Hm, well.", Reading()).spoken(Spoken(text=fact.reveal, by="author"))
        assert gives_nothing_away(practice.with_exchange(said), loose)
        assert f"it gives the hidden fact '{fact.id}' away" in "\n".join(map(str, lint(loose)))


def test_a_situation_that_tells_the_trainee_what_is_hidden_is_named() -> None:
    told = GYM.model_copy(update={"situation": f"{GYM.situation} {GYM.fact('climb').text}"})
    assert Problem("situation", "it gives the hidden fact 'climb' away") in list(lint(told))


@pytest.mark.parametrize("field", ["text", "policy"])
def test_what_may_be_given_is_shown_from_the_start_and_tells_nothing_hidden(field: str) -> None:
    kept = GYM.remedies[0].model_copy(update={"authority": "approval", field: GYM.fact("climb").text})
    told = GYM.model_copy(update={"remedies": (kept, *GYM.remedies[1:])})
    assert Problem(f"remedies.{kept.id}", "it gives the hidden fact 'climb' away") in list(lint(told))


def test_empathy_that_is_read_as_an_offer_is_named() -> None:
    facts = tuple(f.model_copy(update={"said_back": "So I'll book you in with Dana."}) for f in GYM.facts)
    found = "\n".join(map(str, lint(GYM.model_copy(update={"facts": facts}))))
    assert "facts.climb.said_back: 'book you in' is read as the offer 'priority-session'" in found


def test_a_scenario_that_the_coach_does_not_win_is_not_fine() -> None:
    numbers = GYM.difficulty.model_copy(update={"anger": 100, "clamp": 4, "patience": 3})
    hopeless = GYM.model_copy(update={"difficulty": numbers})
    assert list(unfair(hopeless, rehearse(hopeless, patterns.read))) == [
        "the trainee who follows the coach does not resolve it (complaint filed)"
    ]
    assert list(unfair(GYM, rehearse(GYM, patterns.read))) == []


def test_a_scaffold_loads_and_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "id: lost-luggage" in scaffold("lost-luggage")
    assert main(["scenario", "new", "lost-luggage", "--folder", str(tmp_path)]) == 0
    assert load_scenario(tmp_path / "lost-luggage.yaml").id == "lost-luggage"
    assert main(["scenario", "new", "lost-luggage", "--folder", str(tmp_path)]) == 1
    assert "exists already" in capsys.readouterr().err
    assert main(["scenario", "new", "Lost Luggage", "--folder", str(tmp_path)]) == 1
    assert "is no id" in capsys.readouterr().err


def test_a_scaffold_that_nobody_filled_in_is_not_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", "new", "lost-luggage", "--folder", str(tmp_path)]) == 0
    path = tmp_path / "lost-luggage.yaml"
    assert main(["scenario", "check", str(path)]) == 1
    told = capsys.readouterr()
    assert "lost-luggage: opening: it is still that of gym-double-booking.yaml" in told.err
    opening = load_scenario(path).opening
    path.write_text(path.read_text().replace(opening[:20], "Where is my suitcase"))
    assert load_scenario(path).opening != opening and main(["scenario", "check", str(path)]) == 1
    told = capsys.readouterr()
    assert "opening:" not in told.err and "persona: it is still that" in told.err  # another customer has another name


def test_what_a_scenario_names_of_the_library_is_held_against_it(library: Library) -> None:
    there = Referable.of(library)
    assert [p for s in SCENARIOS.values() for p in unknown(s, there)] == []
    text = (FOLDER / "gym-double-booking.yaml").read_text()
    wrong = text.replace("policy: gym\n", "policy: gmy\n").replace("validation#what-to-do", "validation#what-to-doo")
    wrong = wrong.replace("policy: gym-bookings#sessions-we-cancel-or-double-book", "policy: gym-bookings#double", 1)
    said = [str(f) for f in review(wrong, there).findings]
    assert said[0].startswith("line 10, policy:")
    assert [s.split(" There")[0].split(" Did")[0].partition(", ")[2] for s in said] == [
        "policy: 'gmy' is no policy set.",
        "trains: 'validation#what-to-doo' is no section of the library.",
        "remedies.priority-session.policy: 'gym-bookings#double' is no section of the library.",
    ]
    assert "Did you mean 'gym'?" in said[0] and "Did you mean 'validation#what-to-do'?" in said[1]
    assert review(wrong).findings == ()  # while nothing is indexed nothing can be said


def test_faults_of_a_file_are_said_as_a_writer_understands_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (FOLDER / "late-parcel.yaml").read_text()
    path = tmp_path / "own.yaml"
    for wrong, said in (
        (text.replace("title:", "trains: validation#what-to-do\ntitle:", 1), "it stands twice"),
        (text.partition("trains:")[0] + "trains: one\n" + text.partition("trains:")[2].partition("\n")[2],
         "trains: a list is expected, such as [one, two]"),
    ):  # fmt: skip
        path.write_text(wrong)
        assert main(["scenario", "check", str(path)]) == 1
        assert said in capsys.readouterr().err
    path.write_bytes(b"id: own\n# G\xe4ste\n")
    assert main(["scenario", "check", str(path)]) == 1
    assert "own.yaml, line 2: it is not UTF-8 text. Save the file as UTF-8." in capsys.readouterr().err
    assert main(["scenario", "check", str(tmp_path / "none.yaml")]) == 1
    assert "none.yaml: cannot be read: No such file or directory." in capsys.readouterr().err


def test_a_folder_is_checked_file_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("late-parcel", "cancelled-flight"):
        (tmp_path / f"{name}.yaml").write_text((FOLDER / f"{name}.yaml").read_text())
    assert main(["scenario", "check", str(tmp_path)]) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "cancelled-flight",
        "late-parcel",
    ]
    (tmp_path / "none").mkdir()
    assert main(["scenario", "check", str(tmp_path / "none")]) == 1
    assert "holds no scenario" in capsys.readouterr().err


def test_a_scenario_that_cannot_be_written_is_said_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert main(["scenario", "new", "x", "--folder", str(file)]) == 1
    assert f"{file} is a file." in capsys.readouterr().err
    assert main(["scenario", "new", "x", "--folder", str(file / "deeper")]) == 1
    assert "cannot be written: Not a directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "runs", "kept"),
    [
        (["scenario", "check"], "scenario_command.run", "Nothing is kept but a file whose path was printed."),
        (["practice"], "Services.build", "Everything said so far is kept."),
        (["user", "list"], "user_command.run", "Nothing was changed."),
    ],
)
def test_whoever_stops_a_command_is_told_what_is_kept_of_it(
    command: list[str], runs: str, kept: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"assistant.__main__.{runs}", stopped)
    assert main(command) == 130
    assert capsys.readouterr().err == f"\nStopped. {kept}\n"


def test_checking_in_the_terminal_says_how_it_went(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", "check", "gym-double-booking"]) == 0
    assert "gym-double-booking: fine; coached resolved" in capsys.readouterr().out
    (tmp_path / "bad.yaml").write_text("id: bad\n")
    assert main(["scenario", "check", str(tmp_path / "bad.yaml")]) == 1
    assert "bad.yaml, line" in capsys.readouterr().err
    assert main(["scenario", "list"]) == 0


def test_a_broken_scenario_of_ones_own_is_named_and_stops_no_other_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = load_settings().scenarios
    folder.mkdir(parents=True)
    (folder / "broken.yaml").write_text("id: broken\n")
    assert main(["scenario", "list"]) == 0 and main(["scenario", "new", "lost-luggage"]) == 0
    told = capsys.readouterr()
    assert "gym-double-booking" in told.out and "passed over: broken" in told.err
    assert main(["scenario", "check"]) == 1
