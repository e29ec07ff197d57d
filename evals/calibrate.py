"""``python -m evals calibrate --data DIR``: how far checks, scorer and judges agree with people, part by part.

Nothing of the sets is kept; what is kept, with ``--keep``, is the human record of each criterion
(``rubrics/human.yaml``). The part "judge" asks the configured judge and keeps its answers in
``--recordings``, so that ``--replay`` gives the same figures without a model.
"""

import argparse
import sys
from collections.abc import Awaitable, Callable, Sequence

from assistant.roleplay.examples import ExampleReader
from assistant.roleplay.lines import ACTS
from assistant.roleplay.scenario import load_scenarios
from assistant.services import open_embedder
from assistant.settings import load_settings
from evals import public
from evals.anger import AngerReader
from evals.calibration import empathy, grounded, reading
from evals.calibration.labelled import by_code, labelled
from evals.errors import EvalError, JudgeError
from evals.judge import Judgement, Material
from evals.judges import ask_many, open_judge
from evals.labelling import TURN, by_reader
from evals.labels import read_labels
from evals.public import load_public
from evals.recordings import Recordings
from evals.result import Result
from evals.rubric import Criterion, HumanRecord, load_rubric, write_records
from evals.stats import Figure, single
from knowledge import Embedder

Options = argparse.Namespace
Found = tuple[dict[str, Figure], dict[str, HumanRecord]]
TARGETS = {
    "panel of recorded models, corrected: mean quadratic kappa": ">= 0.56",
    "scorer's quotes that stand word for word": "= 1",
    "judge: quotes that stand word for word": "= 1",
    "anger reader: correlation with people's scores": ">= 0.65",
}


async def calibrate(options: Options) -> Result:
    """Run the parts asked for and give all figures; with ``--keep`` the human record is written.

    Raises:
        EvalError: there is no such part, a set is missing, or no judge is configured for "judge".
    """
    if options.only and options.only not in PARTS:
        raise EvalError(f"--only {options.only}: the parts are {', '.join(PARTS)}.")
    chosen = [options.only] if options.only else [p for p in PARTS if p not in ("judge", "own", "labels")]
    if options.labels and not options.only:
        chosen = ["labels"]
    figures: dict[str, Figure] = {}
    records: dict[str, list[HumanRecord]] = {}
    tools = _Tools()
    for part in chosen:
        print(f"calibrating: {part}", file=sys.stderr, flush=True)
        more, kept = await PARTS[part](options, tools)
        figures |= more
        for name, record in kept.items():
            records.setdefault(name, []).append(record)
    if options.keep:
        for i in range(max(map(len, records.values()), default=0)):
            write_records({name: of[i] for name, of in records.items() if i < len(of)})
    about: dict[str, str | int | float] = {
        "data": (options.labels or (options.own if options.only == "own" else options.data)).name,
        "parts": ", ".join(chosen),
    }
    notes = tuple(f"  {name}: advisory, {r}" for name, of in sorted(records.items()) for r in of if r.below)
    return Result(suite="calibrate", about=about, figures=figures, targets=TARGETS, notes=notes)


class _Tools:
    """The embedder and the readers, each built when first needed."""

    def __init__(self) -> None:
        self._settings = load_settings()
        self._embedder: Embedder | None = None
        self._reader: ExampleReader | None = None

    @property
    def embedder(self) -> Embedder:
        if self._embedder is None:
            self._embedder = open_embedder(self._settings)
        return self._embedder

    @property
    def reader(self) -> ExampleReader:
        if self._reader is None:
            self._reader = ExampleReader(ACTS.learned(self._settings.cache_dir, self.embedder))
        return self._reader


async def _panel(options: Options, tools: _Tools) -> Found:
    return empathy.panel(empathy.by_criterion(load_public(options.data, empathy.DATA, public.EmpathyRow)))


async def _scorer(options: Options, tools: _Tools) -> Found:
    by = empathy.by_criterion(load_public(options.data, empathy.DATA, public.EmpathyRow))
    return empathy.scorer(by, tools.reader)


async def _evidence(options: Options, tools: _Tools) -> Found:
    return reading.evidence(load_public(options.data, "empathy_evidence", public.EvidenceRow), tools.reader), {}


async def _techniques(options: Options, tools: _Tools) -> Found:
    return reading.techniques(load_public(options.data, "annomi_multi", public.TechniqueRow), tools.reader)


async def _abuse(options: Options, tools: _Tools) -> Found:
    return reading.abuse(load_public(options.data, "convabuse", public.AbuseRow), tools.reader), {}


async def _anger(options: Options, tools: _Tools) -> Found:
    reader = AngerReader.learn(load_scenarios().values(), tools.embedder.embed)
    return reading.anger(load_public(options.data, "anger_intensity", public.AngerRow), reader), {}


async def _grounded(options: Options, tools: _Tools) -> Found:
    faith = load_public(options.data, "faithbench", public.FaithRow)
    wice = load_public(options.data, "wice_claims", public.ClaimRow)
    return grounded.faithbench(faith, tools.embedder.embed) | grounded.claims(wice, tools.embedder.embed), {}


async def _judge(options: Options, tools: _Tools) -> Found:
    rows = load_public(options.data, empathy.DATA, public.EmpathyRow)
    chosen = empathy.spread(empathy.by_criterion(rows), options.limit)
    return await _judged(options, chosen)


async def _own(options: Options, tools: _Tools) -> Found:
    if options.own is None:
        raise EvalError("--only own needs --own DIR: a folder with empathy_judge.jsonl, your labels in that format.")
    rows = load_public(options.own, empathy.DATA, public.EmpathyRow)
    unknown = sorted({r.criterion for r in rows} - empathy.table().keys())
    if unknown:
        there = ", ".join(empathy.table())
        raise EvalError(f"No criterion '{unknown[0]}' in calibration.yaml. There are: {there}.")
    return await _judged(options, empathy.spread(empathy.by_criterion(rows), options.limit))


async def _judged(options: Options, rows: Sequence[public.EmpathyRow]) -> Found:
    """Ask all at once as far as allowed, then compare; rows that gave no verdict are named and not scored."""
    rubric = load_rubric("empathy")
    judge = open_judge(load_settings(), Recordings(options.recordings), replay=options.replay)
    wanted = [(rubric[r.criterion.replace("_", "-")], Material(r.text)) for r in rows]
    answers = await ask_many(judge, wanted, options.at_once)
    failed = [(r, a) for r, a in zip(rows, answers, strict=True) if isinstance(a, JudgeError)]
    for row, error in failed:
        print(f"not scored: {row.id}: {error}", file=sys.stderr)
    told = {(c.id, m.transcript): a for (c, m), a in zip(wanted, answers, strict=True) if isinstance(a, Judgement)}
    kept = [r for r, a in zip(rows, answers, strict=True) if isinstance(a, Judgement)]
    if not kept:
        raise EvalError("The judge gave no verdict at all, so there is nothing to compare.")

    async def ask(criterion: Criterion, material: Material) -> Judgement:
        return told[criterion.id, material.transcript]

    figures, records, _ = await empathy.judged(kept, rubric, ask, judge.name)
    share = len(kept) / len(rows)
    figures["judge: rows that gave a verdict"] = single(share, len(rows))
    return figures, records


async def _labels(options: Options, tools: _Tools) -> Found:
    """The folder of the labelling screen; a judge is asked where one is configured or its answers were recorded."""
    settings = load_settings()
    labels = read_labels(options.labels or settings.labels)
    said: dict[str, dict[str, bool]] = {"code": by_code(labels)}
    if any(label.id.startswith(TURN) for label in labels):
        said[reading.READER] = by_reader(labels, tools.reader)
    read = said.get(reading.READER, {})
    open_ones = {label.id: label for label in labels if not label.code and label.id not in read}
    rows = list(open_ones.values())[: options.limit or None]
    if rows and (options.replay or settings.remote or settings.judge_model or settings.judge_base_url):
        judge = open_judge(settings, Recordings(options.recordings), replay=options.replay)
        wanted = [(load_rubric(r.rubric)[r.criterion], Material(r.text, r.background)) for r in rows]
        answers = await ask_many(judge, wanted, options.at_once)
        for row, answer in zip(rows, answers, strict=True):
            if isinstance(answer, JudgeError):
                print(f"not scored: {row.id}: {answer}", file=sys.stderr)
        told = {r.id: a.met for r, a in zip(rows, answers, strict=True) if isinstance(a, Judgement)}
        said[judge.name] = {i: met for i, met in told.items() if met is not None}
    elif rows:
        print(f"{len(rows)} labelled items are for a judge, and none is configured: not compared.", file=sys.stderr)
    return labelled(labels, said)


PARTS: dict[str, Callable[[Options, _Tools], Awaitable[Found]]] = {
    "panel": _panel,
    "scorer": _scorer,
    "evidence": _evidence,
    "grounded": _grounded,
    "techniques": _techniques,
    "abuse": _abuse,
    "anger": _anger,
    "judge": _judge,
    "own": _own,
    "labels": _labels,
}

__all__ = ["PARTS", "calibrate"]
