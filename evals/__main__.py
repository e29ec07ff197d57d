"""Evals in the terminal.

python -m evals run SUITE [--json] [--only PART] [--limit N]   measure a part of the product
python -m evals lint [FILE …]                                  what is wrong with rubrics and cases
python -m evals calibrate --data DIR [--only PART]             how far checks and judges agree with people
python -m evals score RUN                                      grade a run's records again, without running
python -m evals compare A B                                    two runs, case by case
python -m evals gate [--live] [--junit FILE]                   stop a change that made something worse
python -m evals report RUN [--compare OTHER]                   one HTML file
"""

import argparse
import sys
from pathlib import Path

from assistant.errors import EvenKeelError
from evals import commands
from evals.errors import EvalError
from evals.runs import SUITES
from knowledge import KnowledgeError

DATA = Path("public-sets")
"""Where people's labelled sets are looked for; docs/public-sets.md says where they come from."""

STOPPED = {
    "run": "What was recorded is kept: drafting and roleplay go on from their .jsonl file with --out, voice from its "
    "own with --only; the other suites begin anew.",
    "calibrate": "What a judge has answered is kept, and is not asked again.",
}
"""What stays of a command that somebody stops; the others change nothing before their end."""


def main(argv: list[str] | None = None) -> int:
    """Run a command; gives the exit status: 1 is the gate's no, 2 that it could not be done."""
    options = _parser().parse_args(argv)
    try:
        status: int = options.does(options)
        return status
    except (EvalError, EvenKeelError, KnowledgeError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        if error.filename is None:
            raise
        print(f"{error.filename} cannot be used: {error.strerror}. Name another file or folder.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\nStopped. {STOPPED.get(options.command, 'Nothing was changed.')}", file=sys.stderr)
        return 130


def _one_or_more(said: str) -> int:
    if not said.isdecimal() or int(said) < 1:
        raise argparse.ArgumentTypeError(f"'{said}' is no number from 1 on")
    return int(said)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals", description="Measure the assistant.")
    sub = parser.add_subparsers(dest="command", required=True)

    run = sub.add_parser("run", help="run a suite")
    run.set_defaults(does=commands.run)
    run.add_argument("suite", choices=sorted(SUITES))
    run.add_argument("--only", default="", metavar="PART", help="only this part of the suite")
    run.add_argument("--limit", type=_one_or_more, default=0, metavar="N", help="only the first N cases")
    run.add_argument("--at-once", type=_one_or_more, default=1, metavar="N", help="cases or requests at once")
    run.add_argument(
        "--epochs", type=_one_or_more, default=1, metavar="N", help="times a case is run, each under its own seed"
    )
    run.add_argument("--data", type=Path, default=DATA, help="folder of people's labelled sets")
    run.add_argument(
        "--out", type=Path, default=Path("runs"), help="folder for the records; a .jsonl file there is taken up again"
    )
    run.add_argument("--score", action="store_true", help="voice: run nothing, only score what --only FILE holds")
    run.add_argument("--keep", action="store_true", help="acts: keep the figures as what a scorecard shows")
    _json(run)

    lint = sub.add_parser("lint", help="say what is wrong with rubrics and cases")
    lint.set_defaults(does=commands.lint)
    lint.add_argument("files", nargs="*", type=Path)

    calibrate = sub.add_parser("calibrate", help="measure checks and judges against people's labels")
    calibrate.set_defaults(does=commands.calibrate)
    calibrate.add_argument("--data", type=Path, default=DATA, help="folder of people's labelled sets")
    calibrate.add_argument("--only", default="", help="only this part; 'judge' asks the configured judge")
    calibrate.add_argument(
        "--limit", type=_one_or_more, default=0, metavar="N", help="judge only N rows, spread over the criteria"
    )
    calibrate.add_argument("--at-once", type=_one_or_more, default=4, metavar="N", help="requests to a judge at once")
    calibrate.add_argument("--replay", action="store_true", help="ask no model: recorded answers only")
    calibrate.add_argument("--own", type=Path, help="folder of your own labels, in the same format")
    calibrate.add_argument(
        "--labels", type=Path, metavar="DIR", help="only what the labelling screen kept there (your data folder's)"
    )
    calibrate.add_argument(
        "--recordings", type=Path, default=Path("runs/judge.jsonl"), help="where the judge's answers are kept"
    )
    calibrate.add_argument("--keep", action="store_true", help="write the human record beside the rubrics")
    _json(calibrate)

    score = sub.add_parser("score", help="grade a run again")
    score.set_defaults(does=commands.score)
    score.add_argument("run", type=Path)
    _json(score)

    compare = sub.add_parser("compare", help="compare two runs of the same cases")
    compare.set_defaults(does=commands.compare)
    compare.add_argument("a", type=Path)
    compare.add_argument("b", type=Path)
    compare.add_argument(
        "--show", type=_one_or_more, default=0, metavar="N", help="print N cases that changed, side by side"
    )
    _json(compare)

    gate = sub.add_parser("gate", help="exit non-zero if something got worse or an invariant broke")
    gate.set_defaults(does=commands.gate)
    gate.add_argument(
        "--live", action="store_true", help="with the model in force as well, not from recordings alone"
    )
    gate.add_argument(
        "--limit", type=_one_or_more, default=0, metavar="N", help="with --live: only so many drafting cases"
    )
    gate.add_argument("--baseline", type=Path, help="the run to compare with (default: the one kept in cases/replay)")
    gate.add_argument("--epoch", type=int, default=0, metavar="N", help="other seeds than the baseline's")
    gate.add_argument("--junit", type=Path, help="write the outcome as JUnit XML")
    gate.add_argument("--write-baseline", action="store_true", help="keep this run as what later ones are held to")

    report = sub.add_parser("report", help="write one HTML file about a run")
    report.set_defaults(does=commands.report)
    report.add_argument("run", type=Path)
    report.add_argument("--compare", type=Path, metavar="OTHER")
    report.add_argument("--out", type=Path, help="the file (default: beside the run)")
    return parser


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one object of named figures")


if __name__ == "__main__":
    sys.exit(main())
