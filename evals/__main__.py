"""Evals in the terminal: ``python -m evals run SUITE [--json] [--limit N]``."""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from tqdm import tqdm

from assistant.__main__ import wait_with_bar
from assistant.errors import EvenKeelError
from assistant.services import Services, open_embedder
from assistant.settings import load_settings
from evals import drafting, retrieval, start
from evals.case import load_draft_cases
from evals.errors import EvalError
from evals.rubric import load_rubric
from knowledge import KnowledgeError, Library
from knowledge.__main__ import sync_with_bar

SUITES = ("drafting", "retrieval", "start")


def main(argv: list[str] | None = None) -> int:
    """Run a command; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals", description="Measure the assistant.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run a suite")
    run.add_argument("suite", choices=SUITES)
    run.add_argument("--json", action="store_true", help="print one object of named figures")
    run.add_argument("--limit", type=int, default=0, help="only the first N cases")
    run.add_argument("--out", type=Path, default=Path("runs"), help="folder for the records")
    options = parser.parse_args(argv)
    try:
        if options.suite == "start":
            return _run_start(options)
        return _run_retrieval(options) if options.suite == "retrieval" else _run_drafting(options)
    except (EvalError, EvenKeelError, KnowledgeError) as error:
        print(error, file=sys.stderr)
        return 1


def _run_start(options: argparse.Namespace) -> int:
    stream = sys.stderr if options.json else sys.stdout
    found = start.run(lambda name, value: print(f"{name:40} {value:.1f}", file=stream, flush=True))
    if options.json:
        print(start.as_json(found))
    return 0


def _run_retrieval(options: argparse.Namespace) -> int:
    settings = load_settings()
    library = Library(settings.data_dir / "knowledge", open_embedder(settings))
    sync_with_bar(library)
    queries = retrieval.load_queries()[: options.limit or None]
    found: dict[str, dict[str, retrieval.Figure]] = {}
    for half in ("tune", "report"):
        chosen = [q for q in queries if q.half == half]
        for method in retrieval.METHODS:
            found[f"{half}, {method}"] = retrieval.figures(retrieval.rank(library, chosen, method))
    library.close()
    if options.json:
        print(retrieval.as_json(found))
    else:
        for name, values in found.items():
            print(name)
            for figure, value in values.items():
                print(f"  {figure:20} {value}")
    return 0


def _run_drafting(options: argparse.Namespace) -> int:
    rubric = load_rubric("drafting")
    cases = load_draft_cases()[: options.limit or None]
    services = Services.build(load_settings())
    try:
        sync_with_bar(services.library)
        if services.local:
            services.local.start()
            wait_with_bar(services.local)
        model = services.model.endpoint.model
        out = options.out / f"drafting-{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
        with tqdm(total=len(cases), desc="Drafting", unit="case", disable=None, leave=False) as bar:

            def report(done: int, total: int) -> None:
                bar.update()

            records = asyncio.run(drafting.run(services, cases, rubric, out, report))
    finally:
        services.stop()
    found = drafting.figures(records, rubric)
    if options.json:
        print(drafting.as_json(found, records, model))
    else:
        print(f"drafting, {len(cases)} cases, {model}; share met with 95% interval")
        for name, figure in found.items():
            print(f"  {name:22} {figure}")
        for record in records:
            missed = [c for c, met in record.verdicts.items() if not met]
            if missed or record.error:
                print(f"  {record.case.id}: {record.error or 'missed ' + ', '.join(missed)}")
        print(f"records: {out}")
    return 1 if any(r.error for r in records) else 0


if __name__ == "__main__":
    sys.exit(main())
