"""How each suite is run from the terminal: opens what it needs, shows progress, closes it again."""

import argparse
import asyncio
import hashlib
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from assistant.__main__ import wait_with_bar
from assistant.anger import AngerReader
from assistant.llm import Call, ChatModel
from assistant.llm import Endpoint as Where
from assistant.reply.drafting import ReplyDesk
from assistant.roleplay import patterns
from assistant.roleplay.examples import learn_or_load
from assistant.roleplay.reader import Reader
from assistant.roleplay.room import PracticeRoom
from assistant.roleplay.scenario import load_scenarios
from assistant.roleplay.voice import Voice
from assistant.services import Services, open_embedder, open_library
from assistant.settings import Settings, load_settings
from assistant.store import Store
from evals import customer, endpoint
from evals.case import FOLDER, JudgeCase, load_draft_cases, load_rows, load_verify_cases
from evals.checks import CHECKS
from evals.errors import EvalError
from evals.figures import result
from evals.judges import open_judge
from evals.players import Half, Remembering, load_attacks, load_gamers, load_scripts
from evals.process import CHECKS as PROCESS_CHECKS
from evals.recordings import Recordings
from evals.result import Result
from evals.rubric import load_rubric
from evals.runner import Cost, Header, Run, commit
from evals.suites import (
    acts,
    coach,
    commitments,
    complaints,
    draft_cost,
    drafting,
    faults,
    judging,
    pii,
    planted,
    public_retrieval,
    retrieval,
    roleplay,
    runner_load,
    simulator,
    speed,
    start,
    trial,
    verify,
    voice,
)
from knowledge import Embedder, MiniLM
from knowledge.__main__ import sync_with_bar
from prompts import digest, names

Options = argparse.Namespace


def run_start(options: Options) -> Result:
    """A fresh machine, timed."""
    return start.run(lambda name, value: print(f"{name:40} {value:.1f}", file=sys.stderr, flush=True))


def run_retrieval(options: Options) -> Result:
    """Graded queries."""
    settings = load_settings()
    library = open_library(settings, open_embedder(settings))
    try:
        sync_with_bar(library)
        return retrieval.run(library, retrieval.load_queries()[: options.limit or None])
    finally:
        library.close()


def run_drafting(options: Options) -> Result:
    """Drafts; ``--only cases`` (the default), ``commitments``, ``quotes``, ``pii``, ``cost`` or ``public``."""
    part = options.only or "cases"
    if part == "quotes":
        with progress("Quoting", "span") as report:
            return commitments.quotes(report, options.limit)
    if part == "pii":
        with progress("Hiding", "text") as report:
            return pii.run(report, options.limit)
    if part == "commitments":
        return _obeyed(options)
    if part == "cost":
        with progress("Drafting", "case") as report, tempfile.TemporaryDirectory() as folder:
            made = draft_cost.run(Path(folder), load_draft_cases(), MiniLM(), report, options.limit)
            return asyncio.run(made)
    if part in ("cases", "public"):
        return _drafted(options, part)
    raise EvalError(f"--only {part}: the parts are cases, commitments, quotes, pii, cost and public.")


def _obeyed(options: Options) -> Result:
    """The desk at an endpoint that obeys every injection."""
    settings = load_settings()
    embedder = open_embedder(settings)
    library = open_library(settings, embedder)
    sync_with_bar(library)
    with endpoint.Endpoint() as obedient, tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/drafts.db")
        model = ChatModel(lambda: Where(obedient.url, "key", "obedient"), retries=0)
        desk = ReplyDesk(library, model, embedder.embed, store)
        try:
            with progress("Obeying", "case") as report:
                return asyncio.run(commitments.run(desk, obedient, report, options.limit))
        finally:
            store.close()
            library.close()


def _drafted(options: Options, part: str) -> Result:
    """Cases or people's complaints with the model in force; a run that was broken off is taken up."""
    calls: list[Call] = []
    rubric = load_rubric("drafting", CHECKS)
    services = Services.build(load_settings(), record=calls.append)
    try:
        sync_with_bar(services.library)
        if services.local:
            services.local.start()
            wait_with_bar(services.local)
        model = services.model.endpoint.model
        prompts = hashlib.sha256("".join(digest(n) for n in names() if n.startswith("draft")).encode()).hexdigest()[
            :8
        ]
        out = options.out / f"drafting-{part}-{re.sub(r'[^A-Za-z0-9.]+', '-', model)}-{prompts}.jsonl"
        print(f"records: {out}", file=sys.stderr)
        with progress("Drafting", "case") as report:
            if part == "public":
                count = options.limit or complaints.COUNT
                cases = complaints.load_complaints(options.data, count)
                return asyncio.run(complaints.run(services, cases, rubric, out, report))
            cases = drafting.chosen(load_draft_cases(), services.local is not None, options.limit)
            records = asyncio.run(drafting.run(services, cases, rubric, out, report, calls))
            return drafting.result(records, rubric, model)
    finally:
        services.stop()


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


def run_faults(options: Options) -> Result:
    """Practices killed at random points; ``--limit`` says how many."""
    if options.only not in ("", "kill"):
        raise EvalError(f"--only {options.only}: the one part so far is 'kill'.")
    with progress("Killing", "practice") as report:
        return faults.kill(load_scripts(), report, options.limit or faults.PRACTICES)


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


def run_public(options: Options) -> Result:
    """Retrieval on people's sets in ``--data``."""
    with progress("Public sets", "step") as report:
        return public_retrieval.run(options.data, open_embedder(load_settings()), report)


def run_speed(options: Options) -> Result:
    """Cost against size; ``--limit`` caps the chunks of the largest library."""
    with progress("Timing", "step") as report:
        return speed.run(options.only, report, open_embedder(load_settings()), options.limit)


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


def run_verify(options: Options) -> Result:
    """Parts that verification must block, and parts that it must let pass."""
    return verify.run(load_verify_cases()[: options.limit or None])


def run_judge(options: Options) -> Result:
    """Written transcripts to the configured judge, recorded for the gate; ``--only replay`` asks nobody."""
    if options.only not in ("", "replay"):
        raise EvalError(f"--only {options.only}: the only part is 'replay'.")
    path = options.out if options.out.suffix == ".jsonl" else FOLDER / "replay" / "judge.jsonl"
    judge = open_judge(load_settings(), Recordings(path), replay=options.only == "replay")
    cases = load_rows(FOLDER / "judge" / "cases.jsonl", JudgeCase)
    return asyncio.run(judging.run(cases[: options.limit or None], judge, options.at_once))


def run_runner(options: Options) -> Result:
    """The runner itself: time and memory at a scripted endpoint, and kill −9; ``--only load`` or ``kills``."""
    return runner_load.run(options.only, lambda text: print(text, file=sys.stderr, flush=True))


def run_planted(options: Options) -> Result:
    """Twenty planted faults against the gate, and as many clean runs; ``--only faults`` or ``clean``."""
    return planted.run(options.only, options.limit, lambda text: print(text, file=sys.stderr, flush=True))


def run_file(options: Options, suite: str) -> Path:
    """The file of a run: the one that ``--out`` names, or a new one in that folder."""
    out: Path = options.out
    return out if out.suffix == ".jsonl" else out / f"{suite}-{time.strftime('%Y%m%d-%H%M%S')}.jsonl"


def _reader(settings: Settings, embedder: Embedder) -> Remembering:
    """The reader without a model, for scripts that are played many times."""
    return Remembering(learn_or_load(settings.cache_dir, embedder.embed, embedder.fingerprint))


@contextmanager
def progress(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the error stream; gives what is told (done, total)."""
    with tqdm(desc=what, unit=unit, disable=None, leave=False) as bar:

        def report(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield report


@contextmanager
def progress_with_cost(what: str, total: int) -> Iterator[Callable[[int, Cost], None]]:
    """A bar with time left and the tokens spent; gives what is told (done, cost of the last case)."""
    spent = Cost()
    with tqdm(desc=what, unit="case", total=total, disable=None, leave=False) as bar:

        def report(done: int, cost: Cost) -> None:
            nonlocal spent
            spent = spent + cost
            if spent.calls:
                bar.set_postfix_str(f"{spent.prompt_tokens + spent.completion_tokens:,} tokens", refresh=False)
            bar.update(done - bar.n)

        yield report


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
    "simulator": run_simulator,
    "speed": run_speed,
    "start": run_start,
    "trial": run_trial,
    "verify": run_verify,
    "voice": run_voice,
}
