"""How the suites that try to break the product are run from the terminal."""

import asyncio

from assistant.roleplay.examples import ExampleReader
from assistant.roleplay.lines import ACTS
from assistant.services import Services, open_embedder, open_library
from assistant.settings import load_settings
from assistant.terminal import prepare_desk
from evals.errors import EvalError
from evals.options import Options, progress, run_file
from evals.players import load_scripts
from evals.result import Result
from evals.suites import (
    cluster,
    embedded_injection,
    faults,
    injection,
    isolation,
    leaks,
    model_faults,
    stop_faults,
    store_faults,
    trainee,
)
from knowledge.terminal import sync_with_bar

FAULT_PARTS = ("kill", "model", "stop", "store")
WITH_NGINX = "cluster"
SECURITY_PARTS = ("isolation", "leaks", "injection", "trainee")
WITH_MODEL = "embedded"


def run_faults(options: Options) -> Result:
    """Faults; ``--only kill``, ``model``, ``stop`` or ``store``; ``--limit`` says how many kills or stops.

    ``--only stop --limit 100 --out FILE.jsonl`` takes up a file of stops again.

    ``--only cluster`` needs nginx, and is not among the parts that are run together.

    Where DATABASE_URL is set, what is killed, and what two processes share, is kept there.
    """
    if options.only not in ("", *FAULT_PARTS, WITH_NGINX):
        raise EvalError(f"--only {options.only}: the parts are {', '.join((*FAULT_PARTS, WITH_NGINX))}.")
    parts = [options.only] if options.only else FAULT_PARTS
    found = [_faults(part, options) for part in parts]
    return together("faults", found) if len(found) > 1 else found[0]


def _faults(part: str, options: Options) -> Result:
    settings = load_settings()
    with progress(f"Faults: {part}", "case") as report:
        if part == "kill":
            kills = options.limit or faults.PRACTICES
            return faults.kill(load_scripts(), report, kills, url=settings.database_url)
        if part == WITH_NGINX:
            return cluster.run(report, settings.database_url)
        if part == "stop":
            return stop_faults.run(report, options.limit or stop_faults.STOPS, run_file(options, "stop"))
        embedder = open_embedder(settings)
        if part == "store":
            return store_faults.run(embedder, report, settings.database_url)
        library = open_library(settings, embedder)
        try:
            sync_with_bar(library)
            return asyncio.run(model_faults.run(library, embedder, report, settings.timeout))
        finally:
            library.close()


def run_security(options: Options) -> Result:
    """Attacks; ``--only isolation``, ``leaks``, ``trainee`` (``--limit``) or ``injection``.

    ``--only injection`` takes people's rows (``--data``, ``--limit``); ``--out FILE.jsonl`` is taken up again.
    ``--only embedded`` has the model in force draft for some of them, and is not among the parts run together.
    """
    if options.only not in ("", *SECURITY_PARTS, WITH_MODEL):
        raise EvalError(f"--only {options.only}: the parts are {', '.join((*SECURITY_PARTS, WITH_MODEL))}.")
    if options.only == WITH_MODEL:
        return _drafted_with_attacks(options)
    found = [_security(part, options) for part in SECURITY_PARTS if options.only in ("", part)]
    return together("security", found) if len(found) > 1 else found[0]


def _security(part: str, options: Options) -> Result:
    with progress(f"Attacks: {part}", "case") as report:
        if part == "isolation":
            return isolation.run(report)
        settings = load_settings()
        embedder = open_embedder(settings)
        if part == "leaks":
            return leaks.run(embedder, report)
        if part == "injection":
            file = run_file(options, "injection")
            return asyncio.run(injection.run(embedder, options.data, file, report, options.limit))
        reader = ExampleReader(ACTS.learned(settings.cache_dir, embedder))
        return trainee.run(embedder, reader, report, options.limit)


def _drafted_with_attacks(options: Options) -> Result:
    services = Services.build(load_settings())
    try:
        prepare_desk(services)
        with progress("Attacks: drafted by the model in force", "case") as report:
            return asyncio.run(embedded_injection.run(services.desk, options.data, report, options.limit))
    finally:
        services.stop()


def together(suite: str, found: list[Result]) -> Result:
    """Several parts as one result, each figure named after its part."""
    parts = {str(r.about["part"]): r for r in found}
    return Result(
        suite=suite,
        about={f"{part}, {k}": v for part, r in parts.items() for k, v in r.about.items() if k != "part"},
        figures={f"{part}: {name}": figure for part, r in parts.items() for name, figure in r.figures.items()},
        targets={f"{part}: {name}": target for part, r in parts.items() for name, target in r.targets.items()},
        notes=tuple(note for r in found for note in r.notes),
    )
