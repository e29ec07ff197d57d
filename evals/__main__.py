"""Evals in the terminal: ``python -m evals run SUITE [--json] [--only PART] [--limit N]``."""

import argparse
import sys
from pathlib import Path

from assistant.errors import EvenKeelError
from evals.errors import EvalError
from evals.runs import SUITES
from knowledge import KnowledgeError


def main(argv: list[str] | None = None) -> int:
    """Run a command; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals", description="Measure the assistant.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run a suite")
    run.add_argument("suite", choices=sorted(SUITES))
    run.add_argument("--json", action="store_true", help="print one object of named figures")
    run.add_argument("--only", default="", metavar="PART", help="only this part of the suite")
    run.add_argument("--limit", type=int, default=0, help="only the first N cases")
    run.add_argument("--at-once", type=int, default=1, metavar="N", help="requests to a model at once")
    run.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of people's labelled sets")
    run.add_argument("--out", type=Path, default=Path("runs"), help="folder for the records")
    options = parser.parse_args(argv)
    try:
        result = SUITES[options.suite](options)
    except (EvalError, EvenKeelError, KnowledgeError) as error:
        print(error, file=sys.stderr)
        return 1
    print(result.as_json() if options.json else result.as_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
