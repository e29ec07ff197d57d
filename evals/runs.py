"""How each suite is run from the terminal: opens what it needs, shows progress, closes it again."""

import asyncio
import sys
from collections.abc import Callable

from assistant.services import open_embedder, open_library
from assistant.settings import load_settings
from evals.case import FOLDER, JUDGE_CASES, JudgeCase
from evals.customer_runs import run_acts, run_coach, run_roleplay, run_simulator, run_trial, run_voice
from evals.desk_runs import run_drafting, run_verify
from evals.errors import EvalError
from evals.hard_runs import run_faults, run_security
from evals.judges import open_judge
from evals.options import Options, progress
from evals.recordings import Recordings
from evals.result import Result
from evals.rows import load_rows
from evals.suites import (
    judging,
    load,
    own_policies,
    page,
    planted,
    public_retrieval,
    retrieval,
    runner_load,
    speed,
    start,
)
from knowledge.terminal import sync_with_bar


def run_start(options: Options) -> Result:
    """A fresh machine, timed."""
    return start.run(lambda name, value: print(f"{name:40} {value:.1f}", file=sys.stderr, flush=True))


def run_retrieval(options: Options) -> Result:
    """Graded queries; ``--only own``: the sample policies as if they were a company's own."""
    if options.only not in ("", "own"):
        raise EvalError(f"--only {options.only}: the only part is 'own'.")
    settings = load_settings()
    if options.only:
        with progress("Own policies", "library") as report:
            return own_policies.run(open_embedder(settings), report, options.limit)
    library = open_library(settings, open_embedder(settings))
    try:
        sync_with_bar(library)
        return retrieval.run(library, retrieval.load_queries()[: options.limit or None])
    finally:
        library.close()


def run_public(options: Options) -> Result:
    """Retrieval on people's sets in ``--data``."""
    with progress("Public sets", "step") as report:
        return public_retrieval.run(options.data, open_embedder(load_settings()), report)


def run_speed(options: Options) -> Result:
    """Cost against size; ``--limit`` caps the chunks of the largest library.

    ``--only load`` (``--limit``: minutes of its soak, 60 for the hour), ``overhead`` or ``start`` ask the whole app,
    ``page`` a browser.
    """
    if options.only == "page":
        return page.run(lambda text: print(text, file=sys.stderr, flush=True))
    if options.only in ("load", "overhead", "start"):
        return load.run(options.only, lambda text: print(text, file=sys.stderr, flush=True), options.limit)
    with progress("Timing", "step") as report:
        return speed.run(options.only, report, open_embedder(load_settings()), options.limit)


def run_judge(options: Options) -> Result:
    """Written transcripts to the configured judge, recorded for the gate; ``--only replay`` asks nobody."""
    if options.only not in ("", "replay"):
        raise EvalError(f"--only {options.only}: the only part is 'replay'.")
    path = options.out if options.out.suffix == ".jsonl" else FOLDER / "replay" / "judge.jsonl"
    judge = open_judge(load_settings(), Recordings(path), replay=options.only == "replay")
    cases = load_rows(JUDGE_CASES, JudgeCase)
    return asyncio.run(judging.run(cases[: options.limit or None], judge, options.at_once))


def run_runner(options: Options) -> Result:
    """The runner itself: time and memory at a scripted endpoint, and kill −9; ``--only load`` or ``kills``."""
    return runner_load.run(options.only, lambda text: print(text, file=sys.stderr, flush=True))


def run_planted(options: Options) -> Result:
    """Twenty planted faults against the gate, and as many clean runs; ``--only faults`` or ``clean``."""
    return planted.run(options.only, options.limit, lambda text: print(text, file=sys.stderr, flush=True))


WHOLE = ("public", "start", "verify")
"""Suites without parts."""
REPEATED = ("drafting", "roleplay")
"""Suites whose cases can be run several times, each under its own seed."""
SUITES: dict[str, Callable[[Options], Result]] = {
    "acts": run_acts,
    "coach": run_coach,
    "drafting": run_drafting,
    "faults": run_faults,
    "public": run_public,
    "judge": run_judge,
    "planted": run_planted,
    "retrieval": run_retrieval,
    "roleplay": run_roleplay,
    "runner": run_runner,
    "security": run_security,
    "simulator": run_simulator,
    "speed": run_speed,
    "start": run_start,
    "trial": run_trial,
    "verify": run_verify,
    "voice": run_voice,
}
