"""How the suites on the customer and the coach are run from the terminal."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from assistant.__main__ import wait_with_bar
from assistant.anger import AngerReader
from assistant.llm import Call
from assistant.roleplay import patterns
from assistant.roleplay.examples import learn_or_load
from assistant.roleplay.reader import Reader
from assistant.roleplay.room import PracticeRoom
from assistant.roleplay.scenario import load_scenarios
from assistant.roleplay.voice import Voice
from assistant.services import Services, open_embedder
from assistant.settings import Settings, load_settings
from assistant.store import Store
from evals import customer
from evals.errors import EvalError
from evals.figures import result
from evals.options import Options, progress, progress_with_cost, run_file
from evals.players import Half, Remembering, load_attacks, load_gamers, load_scripts
from evals.process import CHECKS as PROCESS_CHECKS
from evals.result import Result
from evals.rubric import load_rubric
from evals.runner import Header, Run, commit
from evals.suites import (
    acts,
    coach,
    roleplay,
    simulator,
    trial,
    voice,
)
from knowledge import Embedder


def run_simulator(options: Options) -> Result:
    """Scripted trainees and gaming agents; ``--only tune`` or ``--only report`` takes one half of the scripts."""
    if options.only not in ("", "tune", "report"):
        raise EvalError(f"--only {options.only}: the simulator's parts are 'tune' and 'report'.")
    half: Half | None = options.only or None
    settings = load_settings()
    embedder = open_embedder(settings)
    reader = _reader(settings, embedder)
    with progress("Playing", "practice") as report:
        return simulator.run(
            load_scenarios(),
            load_scripts(),
            load_gamers(),
            reader,
            half,
            report,
            options.limit or simulator.PRACTICES,
        )


def run_coach(options: Options) -> Result:
    """The scorecard on scripted trainees: the ``report`` half, or ``--only tune``; ``--limit`` caps the scenarios."""
    if options.only not in ("", "tune", "report"):
        raise EvalError(f"--only {options.only}: the coach's parts are 'tune' and 'report' (the default).")
    half: Half = options.only or "report"
    settings = load_settings()
    embedder = open_embedder(settings)
    learned = learn_or_load(settings.cache_dir, embedder.embed, embedder.fingerprint)
    reader = Reader(None, lambda: learned)
    reader.warm_up(wait=True)
    scenarios = load_scenarios()
    scripts = [s for s in load_scripts() if s.half == half][: options.limit or None]
    graded = coach.Graded(scenarios, load_rubric("process", PROCESS_CHECKS), Remembering(learned))
    with tempfile.TemporaryDirectory(prefix="even-keel-coach-") as folder, progress("Scoring", "step") as report:
        store = Store(f"sqlite:///{Path(folder) / 'coach.db'}")
        try:
            room = PracticeRoom(scenarios, reader, Voice(None, embedder.embed), store)
            return coach.run(graded, scripts, coach.load_pairs(), room, half, report)
        finally:
            store.close()


def run_trial(options: Options) -> Result:
    """The learning trial's analysis: of ``--only FILE``, or of ``--limit`` simulated trainees."""
    settings = load_settings()
    file = Path(options.only) if options.only else None
    with progress("Playing", "trainee") as report:
        return trial.run(
            file,
            load_scenarios(),
            load_scripts(),
            load_rubric("process", PROCESS_CHECKS),
            Remembering(patterns) if file else _reader(settings, open_embedder(settings)),
            report,
            options.limit or trial.PEOPLE,
        )


def run_voice(options: Options) -> Result:
    """Long talks and attacks with the model in force; ``--only FILE`` takes up, or only scores, a run's records."""
    settings, calls = load_settings(), list[Call]()
    services = Services.build(settings, record=calls.append)
    out = Path(options.only) if options.only else options.out / f"voice-{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
    scenarios = services.room.scenarios
    embedder = open_embedder(settings)
    reader = _reader(settings, embedder)
    recorder = voice.Recorder(Voice(services.model, embedder.embed), calls, embedder.embed, out)
    try:
        if options.limit >= 0:
            if services.local:
                services.local.start()
                wait_with_bar(services.local)
            print(f"records: {out}", file=sys.stderr)
            with progress("Speaking", "line") as report:
                asyncio.run(
                    voice.run(
                        scenarios,
                        load_scripts(),
                        load_attacks(),
                        reader,
                        recorder,
                        options.limit or 40,
                        report,
                        options.at_once,
                    )
                )
        return voice.score(recorder.lines, scenarios, AngerReader.learn(scenarios.values(), embedder.embed))
    finally:
        services.stop()


def run_acts(options: Options) -> Result:
    """The reader (an endpoint's model where one is set) against labels; ``--only tune`` for the tuning turns."""
    if options.only not in ("", "tune", "report"):
        raise EvalError(f"--only {options.only}: the parts are 'tune' and 'report' (the default).")
    turns = acts.load_turns(part=options.only or "report")
    if options.limit:
        turns = turns[:: max(1, len(turns) // options.limit)][: options.limit]
    services = Services.build(load_settings())
    name = "examples" if services.local else "model"
    if services.local:
        services.reader.warm_up(wait=True)
    try:
        with progress("Reading", "turn") as report:
            return asyncio.run(acts.run(turns, services.reader.read, name, report, options.at_once))
    finally:
        services.stop()


def run_roleplay(options: Options) -> Result:
    """Scripted trainees and gaming agents, a record each; ``--out FILE.jsonl`` takes up a run that was broken off."""
    if options.only not in ("", "tune", "report"):
        raise EvalError(f"--only {options.only}: the parts of the scripts are 'tune' and 'report'.")
    rubric, scenarios = load_rubric("roleplay", customer.CHECKS), load_scenarios()
    settings = load_settings()
    reader = _reader(settings, open_embedder(settings))
    cases = list(roleplay.cases(load_scripts(), load_gamers(), scenarios, options.only or None))
    cases = cases[: options.limit or None]
    header = Header(
        suite="roleplay",
        rubric="roleplay",
        rubric_digest=rubric.digest,
        commit=commit(),
        epochs=options.epochs,
        options={"only": options.only, "limit": options.limit},
        started=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
    )
    run = Run.open(run_file(options, "roleplay"), header)
    with progress_with_cost("Playing", len(cases) * options.epochs) as report:
        asyncio.run(run.all(cases, roleplay.worker(scenarios, reader, rubric), options.at_once, report))
    print(f"records: {run.path}", file=sys.stderr)
    return result(run.header, run.records())


def _reader(settings: Settings, embedder: Embedder) -> Remembering:
    """The reader without a model, for scripts that are played many times."""
    return Remembering(learn_or_load(settings.cache_dir, embedder.embed, embedder.fingerprint))
