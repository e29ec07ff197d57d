"""The same cases and criteria as an Inspect AI task, for its viewer, resume and rescoring (extra ``inspect``).

    inspect eval evals/inspect_task.py@roleplay --model none -T half=report
    inspect view

The solver plays the practice as the app does and puts the whole of it into the sample's metadata; the
scorer grades every criterion from there, so that ``inspect score`` needs no second run. Inspect's own
model bridge is not used: the product is what is measured, not a model.
"""

import math
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ModelOutput
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from assistant.roleplay.examples import ExampleReader
from assistant.roleplay.lines import ACTS
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import load_scenarios
from assistant.services import open_embedder
from assistant.settings import load_settings
from evals import customer
from evals.players import Half, Reads, Remembering, load_gamers, load_scripts, play
from evals.rubric import CODE, load_rubric
from evals.suites import roleplay as suite


@task
def roleplay(half: Half | None = None, limit: int = 0) -> Task:
    """Scripted trainees and gaming agents against the customer, a sample each.

    Args:
        half: of the scripts, "tune" or "report"; None takes both.
        limit: only the first so many cases; 0 takes all.
    """
    settings = load_settings()
    embedder = open_embedder(settings)
    reader = Remembering(ExampleReader(ACTS.learned(settings.cache_dir, embedder)))
    return task_of(reader, half, limit)


def task_of(reader: Reads, half: Half | None = None, limit: int = 0) -> Task:
    """The task with this reader of the trainee's turns."""
    cases = list(suite.cases(load_scripts(), load_gamers(), load_scenarios(), half))[: limit or None]
    samples = [
        Sample(
            id=case.id,
            input=" / ".join(case.input["turns"])[:400],
            target="met",
            metadata={"case": case.input, "scenario": case.cluster, "player": case.input["player"]},
        )
        for case in cases
    ]
    return Task(
        name="even_keel_roleplay",
        dataset=MemoryDataset(samples),
        solver=plays(reader),
        scorer=criteria(),
        version=load_rubric("roleplay").digest,
    )


@solver
def plays(reader: Reads) -> Solver:
    """Plays the sample's practice; the talk becomes its messages, the practice its metadata."""
    scenarios = load_scenarios()

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        given: dict[str, Any] = state.metadata["case"]
        seed = f"{state.sample_id}/{state.epoch - 1}"
        practice = play(scenarios[given["scenario"]], tuple(given["turns"]), reader, seed)
        state.metadata["practice"] = practice.model_dump(mode="json")
        state.messages = [
            ChatMessageAssistant(content=t.text) if t.speaker == "customer" else ChatMessageUser(content=t.text)
            for t in practice.transcript.turns
        ]
        state.output = ModelOutput.from_content("none", practice.transcript.last("customer"))
        return state

    return solve


@scorer(metrics={"*": [accuracy(), stderr(cluster="scenario")]})
def criteria() -> Scorer:
    """A value a criterion: 1 met, 0 not met, NaN (which Inspect leaves out) where it does not apply."""
    scenarios, rubric = load_scenarios(), load_rubric("roleplay", customer.CHECKS)
    names = [*(c.id for c in rubric.criteria if c.checked_by == CODE), suite.EXPECTED]

    async def score(state: TaskState, target: Target) -> Score:
        practice = Practice.model_validate(state.metadata["practice"])
        verdicts, notes = suite.grade(practice, scenarios[practice.scenario], rubric, state.metadata["player"])
        return Score(
            value={name: float(verdicts[name]) if name in verdicts else math.nan for name in names},
            answer=practice.ending or "no ending",
            explanation="; ".join(f"{name}: {note}" for name, note in notes.items()) or "every criterion is met",
        )

    return score
