"""What each command of ``python -m evals`` does; gives the exit status."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from assistant.roleplay.scenario import load_scenarios
from evals import compare as comparing
from evals import gate as gating
from evals import lint as linting
from evals import report as reporting
from evals.calibrate import calibrate as calibrated
from evals.checks import CHECKS as DRAFT_CHECKS
from evals.customer import CHECKS
from evals.errors import EvalError
from evals.figures import result
from evals.rubric import CODE, load_rubric
from evals.runner import Header, Record, read_header, read_records
from evals.runs import REPEATED, SUITES, WHOLE
from evals.suites import drafting, roleplay

Options = argparse.Namespace


def run(options: Options) -> int:
    """Run a suite.

    Raises:
        EvalError: it has no such part.
    """
    if options.only and options.suite in WHOLE:
        raise EvalError(f"--only {options.only}: the suite '{options.suite}' has no parts; leave it away.")
    if options.keep and options.suite != "acts":
        raise EvalError("--keep: only the suite 'acts' has figures that scorecards show; leave it away.")
    if options.score and options.suite != "voice":
        raise EvalError("--score: only the suite 'voice' can score records without running; see 'score RUN'.")
    if options.epochs > 1 and options.suite not in REPEATED:
        raise EvalError(f"--epochs: only {' and '.join(REPEATED)} run cases several times; leave it away.")
    found = SUITES[options.suite](options)
    print(found.as_json() if options.json else found.as_text())
    return 0


def lint(options: Options) -> int:
    """Say what is wrong with rubrics and cases; 1 if anything is."""
    found = linting.lint(options.files)
    for finding in found:
        print(finding)
    print(f"{len(found)} found." if found else "Nothing is wrong.", file=sys.stderr)
    return 1 if found else 0


def calibrate(options: Options) -> int:
    """Measure checks and judges against people's labels."""
    found = asyncio.run(calibrated(options))
    print(found.as_json() if options.json else found.as_text())
    return 0


def score(options: Options) -> int:
    """Grade a run's records again; the file is left as it was."""
    header = read_header(options.run)
    again = rescorer(header)
    found = result(header, map(again, read_records(options.run)))
    print(found.as_json() if options.json else found.as_text())
    return 0


def compare(options: Options) -> int:
    """Compare two runs; B is the newer."""
    older, header = read_header(options.a), read_header(options.b)
    if older.suite != header.suite:
        raise EvalError(
            f"{options.a} is of the suite '{older.suite}', {options.b} of '{header.suite}': compare alike."
        )
    found = comparing.compare(read_records(options.a), read_records(options.b), advisory(header))
    print(found.result().as_json() if options.json else found.result().as_text())
    for changed in found.changed[: options.show]:
        print(comparing.side_by_side(changed))
    return 0


def gate(options: Options) -> int:
    """Stop a change that made something worse: 1 if it did."""
    return asyncio.run(gating.gate(options))


def report(options: Options) -> int:
    """Write one HTML file about a run."""
    out: Path = options.out or options.run.with_suffix(".html")
    header = read_header(options.run)
    rubric = load_rubric(header.rubric) if header.rubric else None
    reporting.write(options.run, options.compare, rubric, advisory(header), out)
    print(out)
    return 0


def rescorer(header: Header) -> Callable[[Record], Record]:
    """How records of this suite are graded again.

    Raises:
        EvalError: its verdicts cannot be had from the records alone.
    """
    if header.suite == "drafting":
        replies = load_rubric("drafting", DRAFT_CHECKS)
        return lambda record: drafting.rescore(record, replies)
    if header.suite == "roleplay":
        scenarios, rubric = load_scenarios(), load_rubric("roleplay", CHECKS)
        return lambda record: roleplay.rescore(record, scenarios, rubric)
    raise EvalError(f"Records of '{header.suite}' hold their verdicts; only 'drafting' and 'roleplay' grade again.")


def advisory(header: Header) -> tuple[str, ...]:
    """The criteria of a run whose verdicts gate nothing."""
    if not header.rubric:
        return ()
    criteria = load_rubric(header.rubric).criteria
    return tuple(c.id for c in criteria if c.standing(header.judge if c.checked_by != CODE else CODE).advisory)
