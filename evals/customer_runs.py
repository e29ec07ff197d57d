"""How the suites on the customer and the coach are run from the terminal."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from assistant.roleplay import patterns
from assistant.roleplay.examples import ExampleReader
from assistant.roleplay.lines import ACTS
from assistant.roleplay.reader import Reader
from assistant.roleplay.room import PracticeRoom
from assistant.roleplay.scenario import load_scenarios
from assistant.roleplay.voice import Voice
from assistant.services import Services, open_embedder
from assistant.settings import Settings, load_settings
from assistant.store import Store
from assistant.terminal import start_model
from evals import customer
from evals.anger import AngerReader
from evals.errors import EvalError
from evals.figures import result
from evals.ledger import Ledger, Prices, prices
from evals.options import Options, progress, progress_with_cost, run_file
from evals.players import Half, Remembering, load_attacks, load_gamers, load_scripts
from evals.process import CHECKS as PROCESS_CHECKS
from evals.result import Result
from evals.rubric import load_rubric
from evals.runner import Case, Header, Run, Work, commit
from evals.suites import (
    acts,
    coach,
    roleplay,
    simulator,
    trial,
    voice,
)
from evals.trainees import load_trainees
from knowledge import Embedder
from prompts import digest


def run_simulator(options: Options) -> Result:
    """Scripted trainees and gaming agents: the ``report`` half of the scripts, ``--only tune``, or ``--only all``."""
    if options.only not in ("", "tune", "report", "all"):
        raise EvalError(f"--only {options.only}: the simulator's parts are 'report' (the default), 'tune' and 'all'.")
    half: Half | None = None if options.only == "all" else options.only or "report"
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
    learned = ExampleReader(ACTS.learned(settings.cache_dir, embedder))
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
    """Long talks and attacks with the model in force; ``--only FILE`` takes up a run, ``--score`` only scores it."""
    if options.only and not options.only.endswith(".jsonl"):
        raise EvalError(f"--only {options.only}: give the .jsonl file of a run's records.")
    if options.score and not Path(options.only).is_file():
        raise EvalError(f"--score scores what --only FILE holds, and there is no file '{options.only}'.")
    settings, ledger = load_settings(), Ledger()
    services = Services.build(settings, record=ledger.note)
    out = Path(options.only) if options.only else options.out / f"voice-{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
    scenarios = services.room.scenarios
    embedder = open_embedder(settings)
    reader = _reader(settings, embedder)
    recorder = voice.Recorder(Voice(services.model, embedder.embed), ledger, embedder.embed, out)
    try:
        if not options.score:
            start_model(services)
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
    """The reader (an endpoint's model where one is set) against labels; ``--only tune`` for the tuning turns.

    ``--keep`` writes what a scorecard shows beside a criterion that goes by the reader.
    """
    if options.only not in ("", "tune", "report"):
        raise EvalError(f"--only {options.only}: the parts are 'tune' and 'report' (the default).")
    if options.keep and (options.only == "tune" or options.limit):
        raise EvalError("--keep takes the figures of all turns kept apart: leave --only tune and --limit away.")
    turns = acts.load_turns(part=options.only or "report")
    if options.limit:
        turns = turns[:: max(1, len(turns) // options.limit)][: options.limit]
    services = Services.build(load_settings())
    name = "examples" if services.local else "model"
    if options.keep and not services.local:
        raise EvalError("--keep: a scorecard shows how the reader without a model does; unset OPENAI_BASE_URL.")
    if services.local:
        services.reader.warm_up(wait=True)
    try:
        with progress("Reading", "turn") as report:
            result = asyncio.run(acts.run(turns, services.reader.read, name, report, options.at_once))
    finally:
        services.stop()
    if options.keep:
        acts.heard_of(result).write()
    return result


def run_roleplay(options: Options) -> Result:
    """Scripted trainees and gaming agents; ``--only models``: trainees that the model in force plays.

    A record each; ``--out FILE.jsonl`` takes up a run that was broken off.
    """
    if options.only not in ("", "tune", "report", "models"):
        raise EvalError(f"--only {options.only}: the parts are 'tune' and 'report' (of the scripts) and 'models'.")
    if options.only == "models":
        return _played_by_model(options)
    scenarios, settings = load_scenarios(), load_settings()
    reader = _reader(settings, open_embedder(settings))
    cases = list(roleplay.cases(load_scripts(), load_gamers(), scenarios, options.only or None))
    work = roleplay.worker(scenarios, reader, load_rubric("roleplay", customer.CHECKS))
    run = _conversations(options, cases[: options.limit or None], work, "none", options.at_once, Prices())
    return result(run.header, run.records())


def _played_by_model(options: Options) -> Result:
    """Trainees of five levels of skill, played by the model in force, in every scenario."""
    settings, ledger, scenarios = load_settings(), Ledger(), load_scenarios()
    services = Services.build(settings, record=ledger.note)
    reader, rubric, trainees = _reader(settings, open_embedder(settings)), load_rubric("roleplay"), load_trainees()
    try:
        start_model(services)
        cases = list(roleplay.model_cases(trainees, scenarios))[: options.limit or None]
        work = roleplay.model_worker(scenarios, trainees, reader, rubric, services.model, ledger)
        at_once = 1 if services.local else options.at_once
        run = _conversations(options, cases, work, services.model.endpoint.model, at_once, prices(settings))
    finally:
        services.stop()
    found = result(run.header, run.records(), prices=prices(settings))
    return found.model_copy(update={"figures": found.figures | roleplay.moods(run.records())})


def _conversations(options: Options, cases: list[Case], work: Work, model: str, at_once: int, paid: Prices) -> Run:
    """Run the cases, or what is left of them."""
    header = Header(
        suite="roleplay",
        model=model,
        rubric="roleplay",
        rubric_digest=load_rubric("roleplay").digest,
        prompts={} if model == "none" else {"trainee": digest("trainee")},
        commit=commit(),
        epochs=options.epochs,
        options={"only": options.only, "limit": options.limit},
        started=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
    )
    run = Run.open(run_file(options, "roleplay"), header)
    print(f"records: {run.path}", file=sys.stderr)
    with progress_with_cost("Playing", len(cases) * options.epochs, paid) as report:
        asyncio.run(run.all(cases, work, at_once, report))
    return run


def _reader(settings: Settings, embedder: Embedder) -> Remembering:
    """The reader without a model, for scripts that are played many times."""
    return Remembering(ExampleReader(ACTS.learned(settings.cache_dir, embedder)))
