"""The gate: exit non-zero if a change broke an invariant or made a criterion significantly worse.

python -m evals gate                    # no network, no model: batteries and recordings
python -m evals gate --write-baseline   # keep this run as what later ones are held to

Invariants and the recordings' prompts stand in ``gate.yaml``. The baseline is a run's verdicts in
``cases/replay/baseline.jsonl``; criteria are compared pairwise, clustered and corrected (``compare``).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree  # nosec B405

from pydantic import BaseModel, ConfigDict

from assistant.roleplay.examples import ExampleReader
from assistant.roleplay.lines import ACTS
from assistant.roleplay.scenario import load_scenarios
from assistant.services import open_embedder
from assistant.settings import Settings, load_settings
from evals.case import FOLDER
from evals.compare import compare
from evals.errors import EvalError, NotRecorded
from evals.judge import Judge
from evals.players import Remembering
from evals.recordings import Recordings
from evals.runner import Header, Record, Run, commit, read_header, read_records
from evals.suites import batteries
from knowledge import Library, shipped
from prompts import digest

REPLAY = FOLDER / "replay"
BASELINE = REPLAY / "baseline.jsonl"
PASSED, STOPPED = 0, 1
SECONDS = 120


class Rules(BaseModel):
    """The file ``gate.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    invariants: dict[str, str]
    most_errors: float
    recorded_with: dict[str, tuple[str, ...]]


class Finding(BaseModel):
    """One thing that the gate looked at; ``alarm`` is why it stops, empty where it does not."""

    model_config = ConfigDict(frozen=True)

    name: str
    said: str
    alarm: str = ""


async def gate(options: argparse.Namespace) -> int:
    """Run the batteries, judge the outcome, print it; 1 if the change is to be stopped.

    Raises:
        EvalError: there is no baseline, or this run is none to hold others to, or there is no folder for the JUnit
            file; said before anything is run.
    """
    if options.junit and not options.junit.absolute().parent.is_dir():
        raise EvalError(f"{options.junit} cannot be written: there is no such folder.")
    if options.write_baseline and options.epoch:
        raise EvalError("--write-baseline keeps the seeds of epoch 0: leave --epoch out.")
    began, settings = time.monotonic(), load_settings()
    with tempfile.TemporaryDirectory() as folder:
        run = await batteries_run(settings, Path(folder) / "gate.jsonl", options.epoch)
        records = list(run.records())
    if options.write_baseline:
        wrong = [f for f in sound(records, load_rules()) if f.alarm]
        if wrong:
            raise EvalError(f"Not kept as a baseline. {wrong[0].name}: {wrong[0].alarm}")
        keep(run.header, records, BASELINE)
        print(f"baseline: {BASELINE}")
    findings = judge_run(records, run.header, options.baseline or BASELINE, load_rules())
    if options.live:
        findings += await live(settings, options.limit)
    for finding in findings:
        print(f"{'STOP' if finding.alarm else 'ok  '}  {finding.name}: {finding.alarm or finding.said}")
    seconds = time.monotonic() - began
    alarms = [f for f in findings if f.alarm]
    verdict = f"{len(alarms)} of {len(findings)} stop it" if alarms else f"all {len(findings)} passed"
    print(f"gate: {verdict} ({len(records)} cases, {seconds:.0f} s)", file=sys.stderr)
    if options.junit:
        options.junit.write_bytes(junit(findings, seconds))
    return STOPPED if alarms else PASSED


async def batteries_run(settings: Settings, out: Path, epoch: int) -> Run:
    """All batteries under the seeds of ``epoch`` (0: the baseline's)."""
    embedder = open_embedder(settings)
    reader = Remembering(ExampleReader(ACTS.learned(settings.cache_dir, embedder)))
    scenarios = load_scenarios()
    recordings = Recordings(REPLAY / "judge.jsonl")
    name = _recorded_judge(recordings)
    library = Library(batteries.library_folder(settings.cache_dir), embedder)
    try:
        library.sync()
        parts = batteries.Parts(scenarios, reader, library, Judge(None, name, recordings))
        header = Header(suite="gate", judge=name, commit=commit(), prompts=_prompts(load_rules()))
        run = Run.open(out, header)
        prefix = f"{epoch}:" if epoch else ""
        work = batteries.worker(parts, prefix)
        await run.all(batteries.cases(scenarios), work, at_once=1, report=lambda done, cost: None)
        return run
    finally:
        library.close()


def judge_run(records: Sequence[Record], header: Header, baseline: Path, rules: Rules) -> list[Finding]:
    """Every finding about a run: invariants, errors, recordings, then the comparison with the baseline.

    Raises:
        EvalError: there is no baseline, or it shares no case with the run.
    """
    if not baseline.is_file():
        raise EvalError(f"There is no baseline {baseline}. Make one of a state you trust: gate --write-baseline.")
    held = read_header(baseline)
    findings = [*sound(records, rules), _complete(records, baseline)]
    findings += _stale(rules, header.prompts, held.prompts)
    found = compare(read_records(baseline), records)
    for name, change in found.criteria.items():
        said = f"{change.a:.3f} → {change.b:.3f} (p {change.p:.3f})"
        alarm = f"got worse: {said}; most in {', '.join(list(change.worst)[:3])}" if name in found.regressions else ""
        findings.append(Finding(name=f"no regression of {name}", said=said, alarm=alarm))
    return findings


def sound(records: Sequence[Record], rules: Rules) -> list[Finding]:
    """What a run must be by itself: invariants that hold, few errors, every recording found."""
    invariants = [_invariant(name, why, records) for name, why in rules.invariants.items()]
    return [*invariants, _errors(records, rules.most_errors), _missed(records)]


async def live(settings: Settings, limit: int) -> list[Finding]:
    """Drafting cases (``limit`` of them, 0: all) with the model in force: nothing unbacked, every quote stands."""
    from evals.suites.live import drafted

    records = await drafted(settings, limit)
    graded = [r for r in records if not r.error]
    findings = []
    for name in ("nothing-unbacked", "quotes-stand"):
        missed = [r.id for r in graded if not r.verdicts[name]]
        alarm = f"missed in {', '.join(missed)}" if missed else ""
        findings.append(Finding(name=f"live {name}", said=f"met in {len(graded)} drafts", alarm=alarm))
    errors = [f"{r.id} ({r.error})" for r in records if r.error]
    too_many = len(errors) > load_rules().most_errors * len(records)
    alarm = f"{len(errors)} of {len(records)}: {'; '.join(errors[:3])}" if too_many else ""
    return [*findings, Finding(name="live errors", said=f"{len(errors)} of {len(records)}", alarm=alarm)]


def keep(header: Header, records: Sequence[Record], path: Path) -> None:
    """Write a run's verdicts, without what it said, sorted: a file that a diff can show."""
    lines = [header.model_dump_json()]
    for record in sorted(records, key=lambda r: (r.id, r.epoch)):
        bare = record.model_copy(update={"input": {}, "output": {}, "notes": {}, "seconds": 0.0})
        lines.append(bare.model_dump_json(exclude_defaults=True))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def load_rules() -> Rules:
    """The rules in force."""
    return shipped.read_as(Path(__file__).parent / "gate.yaml", Rules)


def junit(findings: Sequence[Finding], seconds: float) -> bytes:
    """The findings as JUnit XML."""
    failures = sum(bool(f.alarm) for f in findings)
    suite = ElementTree.Element(
        "testsuite", name="evals gate", tests=str(len(findings)), failures=str(failures), time=f"{seconds:.1f}"
    )
    for finding in findings:
        case = ElementTree.SubElement(suite, "testcase", classname="evals.gate", name=finding.name)
        if finding.alarm:
            ElementTree.SubElement(case, "failure", message=finding.alarm).text = finding.alarm
    text: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return text


def _invariant(name: str, why: str, records: Sequence[Record]) -> Finding:
    asked = [r for r in records if name in r.verdicts]
    broken = [r for r in asked if not r.verdicts[name]]
    if not asked:
        return Finding(name=name, said="", alarm="no case asked for it: the battery is gone or failed altogether")
    alarm = ""
    if broken:
        first = broken[0]
        alarm = f"{why} {len(broken)} of {len(asked)} cases, first {first.id}: {_why(first, name)}"
    return Finding(name=name, said=f"holds in {len(asked)} cases", alarm=alarm)


def _why(record: Record, name: str) -> str:
    failed = [c for c, met in record.verdicts.items() if not met]
    return next((record.notes[c] for c in (name, *failed) if c in record.notes), "")


def _errors(records: Sequence[Record], most: float) -> Finding:
    bad = [r for r in records if r.error]
    said = f"{len(bad)} of {len(records)} cases"
    alarm = f"{said} ended in an error, first {bad[0].id}: {bad[0].error}" if len(bad) > most * len(records) else ""
    return Finding(name="errors", said=said, alarm=alarm)


def _missed(records: Sequence[Record]) -> Finding:
    missed = [r for r in records if r.error_kind == NotRecorded.__name__]
    alarm = f"{len(missed)} questions have no recording, first {missed[0].id}: {missed[0].error}" if missed else ""
    return Finding(name="replay finds its recordings", said="every question was recorded", alarm=alarm)


def _complete(records: Sequence[Record], baseline: Path) -> Finding:
    wanted, there = {r.id for r in read_records(baseline)}, {r.id for r in records}
    gone = sorted(wanted - there)
    alarm = f"{len(gone)} cases of the baseline were not run, first {gone[0]}" if gone else ""
    new = f", {len(there - wanted)} new" if there - wanted else ""
    return Finding(name="no case is gone", said=f"{len(wanted & there)} cases{new}", alarm=alarm)


def _stale(rules: Rules, now: dict[str, str], then: dict[str, str]) -> list[Finding]:
    findings = []
    for file, templates in rules.recorded_with.items():
        other = [name for name in templates if now.get(name) != then.get(name)]
        alarm = (
            f"prompts/{other[0]}.md is not what {file} was recorded with: record anew, then write the baseline"
            if other
            else ""
        )
        findings.append(Finding(name=f"{file} fits its prompts", said="unchanged since", alarm=alarm))
    return findings


def _recorded_judge(recordings: Recordings) -> str:
    """The judge that is replayed: the baseline's, or the one recorded."""
    held = read_header(BASELINE).judge if BASELINE.is_file() else ""
    return held if held in recordings.models else next(iter(recordings.models), "none")


def _prompts(rules: Rules) -> dict[str, str]:
    return {name: digest(name) for templates in rules.recorded_with.values() for name in templates}
