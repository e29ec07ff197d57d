from pathlib import Path

import numpy as np
import pytest

from assistant.roleplay import patterns
from assistant.roleplay.scenario import load_scenarios
from evals.errors import EvalError
from evals.players import Remembering, load_scripts
from evals.process import CHECKS
from evals.rubric import load_rubric
from evals.suites import trial
from evals.suites.trial import ARMS, Person, analyse

DOC = Path(__file__).parent.parent / "docs" / "learning-trial.md"


def people(effect: float, pairs: int = 40, felt: float = 0.5) -> list[Person]:
    """Pairs of twins, one in each arm, alike but for ``effect`` on the process and ``felt`` on rated empathy."""
    dice = np.random.default_rng(0)
    made = []
    for n in range(pairs):
        skill = float(np.clip(dice.normal(18, 4), 10, 25))
        pre, post = skill + dice.uniform(-4, 4), skill + dice.uniform(0, 8)
        for arm in ARMS:
            made.append(
                Person(
                    person=f"{arm}-{n}",
                    arm=arm,
                    pre_scenario="a",
                    pre=pre,
                    post_scenario="b" if n % 3 else "c",
                    post=post + effect * (arm == "practice"),
                    empathy=(3.0, 3.5 + felt * (arm == "practice")),
                )  # fmt: skip
            )
    return made


def test_the_protocol_names_as_many_people_as_the_power_asks_for() -> None:
    assert f"**{trial.needed()} an arm**" in DOC.read_text() and trial.PEOPLE == 2 * trial.needed()
    assert trial.needed(difference=0.25) > 3 * trial.needed()


def test_an_effect_is_found_and_none_is_not() -> None:
    found = analyse(people(effect=6))
    assert found["adjusted difference in process points"].low > 0
    assert found["adjusted difference in process points"].value == pytest.approx(6)
    assert found["p by permutation"].value < 0.01
    nothing = analyse(people(effect=0))
    none = nothing["standardised difference"]
    assert none.low < 0 < none.high and none.value == pytest.approx(0, abs=1e-9)
    assert nothing["p by permutation"].value > 0.9
    assert found["difference in rated empathy"].value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("effect", "felt", "said"),
    [
        (6, 0.5, "helped"),
        (6, -0.5, "does harm"),
        (-6, 0.5, "Not shown"),
        (0, 0.5, "Not shown"),
        (6, 0.0, "please the scorecard"),
    ],
)
def test_the_verdict_is_the_protocols_and_empathy_comes_first(effect: float, felt: float, said: str) -> None:
    assert said in trial.verdict(analyse(people(effect, felt=felt)))


def test_without_rated_empathy_nothing_is_claimed() -> None:
    unrated = [p.model_copy(update={"empathy": None}) for p in people(effect=6)]
    assert "nothing is claimed" in trial.verdict(analyse(unrated))


def test_dropouts_are_counted_and_where_they_are_unequal_count_as_having_learned_nothing() -> None:
    def without(arms: tuple[str, ...], effect: float = 6, each: int = 10) -> list[Person]:
        everybody = people(effect)
        gone = {p.person for arm in arms for p in [p for p in everybody if p.arm == arm][:each]}
        return [p.model_copy(update={"post": None}) if p.person in gone else p for p in everybody]

    even, uneven = analyse(without(("practice", "guides"))), analyse(without(("practice",)))
    assert even["practice: dropped out"].value == even["guides: dropped out"].value == pytest.approx(10 / 40)
    assert even[trial.ADJUSTED].value == pytest.approx(6) and even[trial.ADJUSTED].n == 60
    assert uneven[trial.ADJUSTED].value < 5 and uneven[trial.ADJUSTED].n == 80
    worse = analyse(without(("practice",), effect=1, each=20))[trial.ADJUSTED]
    assert worse.value < -1 and worse.n == 80, "the smaller difference, and not the one nearer to none"
    with pytest.raises(EvalError, match="nothing can be compared"):
        analyse(people(effect=0, pairs=2))


def test_simulated_trainees_are_played_for_real_and_claim_nothing() -> None:
    scripts = [s for s in load_scripts() if s.scenario in ("gym-double-booking", "late-parcel")]
    told: list[tuple[int, int]] = []
    result = trial.run(
        None,
        load_scenarios(),
        scripts,
        load_rubric("process", CHECKS),
        Remembering(patterns),
        lambda done, total: told.append((done, total)),
        people=6,
    )
    assert told[-1] == (12, 12) and "nothing about people" in result.as_text()
    assert {name.partition(":")[0] for name in result.figures} == set(trial.LEARNT)


def test_a_file_is_checked_and_analysed(tmp_path: Path) -> None:
    file = tmp_path / "trial.jsonl"
    rows = people(effect=6, pairs=20)
    file.write_text("\n".join(p.model_dump_json() for p in rows))
    result = trial.run(file, {}, [], load_rubric("process", CHECKS), Remembering(patterns), lambda a, b: None)
    assert result.about["people"] == 40 and "helped" in result.notes[0]
    file.write_text("\n".join(p.model_dump_json() for p in [*rows, rows[0]]))
    with pytest.raises(EvalError, match="stands twice"):
        trial.load_people(file)
    file.write_text(rows[0].model_copy(update={"post_scenario": "a"}).model_dump_json())
    with pytest.raises(EvalError, match="unseen"):
        trial.load_people(file)
    with pytest.raises(EvalError, match="There is no file"):
        trial.load_people(tmp_path / "none.jsonl")
