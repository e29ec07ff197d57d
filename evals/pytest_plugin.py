"""An eval as a test.

    pytest -p evals.pytest_plugin          # or addopts = "-p evals.pytest_plugin" in the settings

    async def test_the_note_is_useful(assert_rubric):
        await assert_rubric("Coach: Say what he lost first.", "coaching", only=["says-what-to-do"])

    def test_kevin_stays_kevin(assert_practice):
        assert_practice("gym-double-booking", ["That was our mistake.", "What did it cost you?"])

The coroutine needs pytest-asyncio in its automatic mode (``asyncio_mode = "auto"``), or the mark
``@pytest.mark.asyncio``. Judged criteria are answered from recordings; ``pytest --eval-live`` asks the
configured judge for what is not recorded and keeps its answers (``--eval-recordings FILE``).
Nothing else asks a model.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from assistant.roleplay import patterns
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import load_scenarios
from assistant.settings import load_settings
from evals.customer import CHECKS
from evals.errors import EvalError
from evals.judge import Judge, Judgement, Material, Panel
from evals.judges import open_judge
from evals.players import Reads, play
from evals.recordings import Recordings
from evals.rubric import CODE, load_rubric
from evals.suites.roleplay import grade

AssertRubric = Callable[..., Awaitable[list[Judgement]]]
AssertPractice = Callable[..., Practice]


class PatternReader:
    """Reads by patterns alone: quick, and the same on every machine."""

    read = staticmethod(patterns.read)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--eval-live`` and ``--eval-recordings``."""
    group = parser.getgroup("evals")
    group.addoption("--eval-live", action="store_true", help="ask the configured judge for what is not recorded")
    group.addoption("--eval-recordings", type=Path, default=Path("evals-recordings.jsonl"), metavar="FILE")


@pytest.fixture
def eval_judge(request: pytest.FixtureRequest) -> Judge | Panel:
    """The judge of this session: recordings, and with ``--eval-live`` the configured model behind them."""
    recordings = Recordings(request.config.getoption("--eval-recordings"))
    return open_judge(load_settings(), recordings, replay=not request.config.getoption("--eval-live"))


@pytest.fixture
def assert_rubric(request: pytest.FixtureRequest) -> AssertRubric:
    """Judges a text and asserts every criterion; awaited with a transcript and a rubric."""

    async def check(
        transcript: str, rubric: str, *, only: Sequence[str] = (), background: str = ""
    ) -> list[Judgement]:
        judge: Judge | Panel = request.getfixturevalue("eval_judge")
        return await judge_text(judge, Material(transcript, background), rubric, only)

    return check


@pytest.fixture
def assert_practice() -> AssertPractice:
    """Plays a practice without a model and asserts the customer's criteria; called with a scenario and turns."""

    def check(
        scenario: str, turns: Sequence[str], *, player: str = "good", reader: Reads | None = None, seed: str = "0"
    ) -> Practice:
        chosen = load_scenarios()[scenario]
        practice = play(chosen, tuple(turns), reader or PatternReader(), seed)
        verdicts, notes = grade(practice, chosen, load_rubric("roleplay", CHECKS), player)
        _fail([f"{c}: {notes.get(c, 'not met')}" for c, met in verdicts.items() if not met])
        return practice

    return check


async def judge_text(
    judge: Judge | Panel, material: Material, rubric: str, only: Sequence[str] = ()
) -> list[Judgement]:
    """Judge a text by a rubric's judged criteria and fail the test where one is not as wanted.

    Raises:
        EvalError: ``only`` names a criterion that is not there or is answered by code.
    """
    criteria = [c for c in load_rubric(rubric).criteria if c.checked_by != CODE]
    unknown = sorted(set(only) - {c.id for c in criteria})
    if unknown:
        there = ", ".join(c.id for c in criteria) or "none"
        raise EvalError(f"The rubric '{rubric}' has no judged criterion '{unknown[0]}'. There are: {there}.")
    chosen = [c for c in criteria if not only or c.id in only]
    try:
        said = [await judge.ask(c, material) for c in chosen]
    finally:
        await judge.close()
    _fail(
        [
            f"{c.id} is {j.verdict}: {j.reasons} {' '.join(f'“{q}”' for q in j.quotes)} ({c.standing(j.by).why})"
            for c, j in zip(chosen, said, strict=True)
            if j.met is not None and not c.good(j.met)
        ]
    )
    return said


def _fail(missed: Sequence[str]) -> None:
    if missed:
        pytest.fail("Not as wanted:\n" + "\n".join(f"  {m}" for m in missed), pytrace=False)
