"""Empathy, criterion by criterion: experts, three recorded models as a panel, the embedded scorer, a judge.

Every figure stands beside the experts' agreement with each other on the same conversations. Scores
are mended per criterion on other conversations (``agreement.corrected``) before they are compared.
"""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from assistant.roleplay.examples import ExampleReader
from assistant.roleplay.features import word_acts
from assistant.roleplay.patterns import sentences
from evals.agreement import Against, against, alternative_annotator, among, corrected, human_record, kappa
from evals.judge import Judgement, Material
from evals.public import EmpathyRow
from evals.rubric import Criterion, HumanRecord, Rubric
from evals.stats import Figure, bootstrap, single
from knowledge import shipped

DATA = "empathy_judge"
SCORER = "embedded scorer"
PANEL = "panel of recorded models"
DISMISSING = "dismissing_emotions"
By = Mapping[str, Sequence[EmpathyRow]]
Ask = Callable[[Criterion, Material], Awaitable[Judgement]]


class Reads(BaseModel):
    """One criterion's entry in ``calibration.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_: float = Field(alias="from")
    acts: tuple[str, ...]
    pattern: str = ""


class _Table(BaseModel):
    criteria: dict[str, Reads]


@cache
def table() -> dict[str, Reads]:
    """The entries in force, by the set's criterion."""
    path = Path(__file__).parents[1] / "calibration.yaml"
    return shipped.read_as(path, _Table).criteria


def by_criterion(rows: Sequence[EmpathyRow]) -> dict[str, list[EmpathyRow]]:
    """The rows of each criterion, sorted by name."""
    found: dict[str, list[EmpathyRow]] = defaultdict(list)
    for row in rows:
        found[row.criterion].append(row)
    return dict(sorted(found.items()))


def panel(by: By) -> tuple[dict[str, Figure], dict[str, HumanRecord]]:
    """The recorded models: raw median, then the corrected panel; beside the experts, by criterion and overall."""
    scores = {c: np.array([list(r.llm.values()) for r in rows]) for c, rows in by.items()}
    raw = {c: kappa(list(np.median(s, axis=1)), [r.label for r in by[c]], quadratic=True) for c, s in scores.items()}
    figures, records = _scored(by, scores, PANEL)
    by_model = [
        [kappa(list(s[:, i]), [r.label for r in by[c]], quadratic=True) for c, s in scores.items()]
        for i in range(len(next(iter(by.values()))[0].llm))
    ]
    figures["panel, uncorrected median: mean quadratic kappa"] = single(float(np.mean(list(raw.values()))), len(by))
    figures["best single recorded model: mean quadratic kappa"] = single(
        max(float(np.mean(s)) for s in by_model), len(by)
    )
    return figures, records


def scorer(by: By, reader: ExampleReader) -> tuple[dict[str, Figure], dict[str, HumanRecord]]:
    """The embedded scorer: certainty of acts and words in the supporter's sentences; no model is asked."""
    chosen = {c: rows for c, rows in by.items() if table()[c].acts or table()[c].pattern}
    scores = {c: np.array([[score(r.text, table()[c], reader)] for r in rows]) for c, rows in chosen.items()}
    return _scored(chosen, scores, SCORER)


def score(text: str, reads: Reads, reader: ExampleReader) -> float:
    """The sum of certainties over the supporter's sentences, growing ever more slowly (log of 1 + sum)."""
    parts = supporter_sentences(text)
    if not parts:
        return 0.0
    columns = [word_acts().index(a) for a in reads.acts]
    sure = reader.probabilities(parts)[:, columns].sum() if columns else 0.0
    seen = sum(bool(re.search(reads.pattern, p, re.IGNORECASE)) for p in parts) if reads.pattern else 0
    return float(np.log1p(sure + seen))


def supporter_sentences(text: str) -> list[str]:
    """What the supporter says, sentence by sentence."""
    said = re.findall(r"Supporter:\s*(.*?)(?=\n\s*Seeker:|\Z)", text, re.DOTALL)
    return [s for turn in said for s in sentences(" ".join(turn.split()))]


def spread(by: By, limit: int) -> list[EmpathyRow]:
    """``limit`` rows, the same number of each criterion where there are as many, in the set's order."""
    queues = [list(rows) for rows in by.values()]
    chosen: list[EmpathyRow] = []
    while any(queues) and (not limit or len(chosen) < limit):
        for queue in queues:
            if queue and (not limit or len(chosen) < limit):
                chosen.append(queue.pop(0))
    return chosen


MEASURES: dict[str, Callable[[Against], float]] = {
    "kappa with the experts' majority": lambda found: found.kappa,
    "balanced accuracy": lambda found: found.balanced,
    "yes more often than experts": lambda found: found.bias,
}


async def judged(
    rows: Sequence[EmpathyRow], rubric: Rubric, ask: Ask, name: str
) -> tuple[dict[str, Figure], dict[str, HumanRecord], list[Judgement]]:
    """A judge's yes and no against the experts' majority, beside each expert's; ``ask`` must not see the labels."""
    said = [(r, await ask(rubric[r.criterion.replace("_", "-")], Material(r.text))) for r in rows]
    told = [(r, j) for r, j in said if j.met is not None]
    figures: dict[str, Figure] = {}
    records: dict[str, HumanRecord] = {}
    groups: dict[str, list[tuple[EmpathyRow, Judgement]]] = {"all criteria": told}
    for row, judgement in told:
        groups.setdefault(row.criterion, []).append((row, judgement))
    for criterion, pairs in groups.items():
        found, people = _yes_no(pairs)
        for what, of in MEASURES.items():
            figures[f"judge, {criterion}: {what}"] = single(of(found), found.n)
        figures[f"experts with each other, {criterion}: kappa"] = single(people, found.n)
        if criterion != "all criteria":
            records[f"empathy/{criterion.replace('_', '-')}"] = human_record(found, name, people, data=DATA)
    conversations = [r.conversation for r, _ in told]
    figures["judge, all criteria: kappa with the experts' majority"] = bootstrap(
        told, lambda some: _yes_no(some)[0].kappa, conversations
    )
    quotes = sum(len(j.quotes) + len(j.lost) for _, j in said)
    figures["judge: quotes that stand word for word"] = single(
        sum(len(j.quotes) for _, j in said) / max(1, quotes), quotes
    )
    figures["judge: rows with a yes or a no"] = single(len(told) / max(1, len(said)), len(said))
    alternative = alternative_annotator(
        [float(j.met) for _, j in told if j.met is not None],
        [[float(e >= table()[r.criterion].from_) for e in r.experts] for r, _ in told],
    )
    figures["judge: experts it could replace (alternative annotator)"] = single(alternative.wins, alternative.n)
    return figures, records, [j for _, j in said]


def _yes_no(pairs: Sequence[tuple[EmpathyRow, Judgement]]) -> tuple[Against, float]:
    """The judge against the majority, and the experts among each other, all cut at the same place."""
    votes = [[float(e >= table()[r.criterion].from_) for e in r.experts] for r, _ in pairs]
    majority = [sum(v) * 2 > len(v) for v in votes]
    return against([bool(j.met) for _, j in pairs], majority), among(votes)


def _scored(by: By, scores: Mapping[str, np.ndarray], name: str) -> tuple[dict[str, Figure], dict[str, HumanRecord]]:
    """Mended scores against the median; a record a criterion."""
    figures: dict[str, Figure] = {}
    records: dict[str, HumanRecord] = {}
    kappas, ceilings = [], []
    for criterion, rows in by.items():
        labels, raw = [r.label for r in rows], scores[criterion]
        mended = corrected(raw, labels, [r.conversation for r in rows])
        agreement = kappa(list(mended), labels, quadratic=True)
        people = among([r.experts for r in rows], quadratic=True)
        kappas.append(agreement)
        ceilings.append(people)
        wins = alternative_annotator(list(mended), [r.experts for r in rows])
        figures[f"{name}, {criterion}: quadratic kappa"] = single(agreement, len(rows))
        figures[f"experts with each other, {criterion}: quadratic kappa"] = single(people, len(rows))
        figures[f"{name}, {criterion}: experts it could replace"] = single(wins.wins, len(rows))
        yes = table()[criterion].from_
        found = against([m >= yes for m in mended], [x >= yes for x in labels])
        bias = float(np.mean(raw) - np.mean(labels)) if name == PANEL else 0.0
        found = found.model_copy(update={"bias": bias})
        records[f"empathy/{criterion.replace('_', '-')}"] = human_record(
            found, name, people, data=DATA, judge=agreement, measure="quadratic kappa"
        )
    rest = [k for c, k in zip(by, kappas, strict=True) if c != DISMISSING]
    figures = {
        f"{name}, corrected: mean quadratic kappa": single(float(np.mean(kappas)), len(by)),
        f"{name}, corrected, without dismissing: mean quadratic kappa": single(float(np.mean(rest)), len(rest)),
        f"experts, the criteria of {name}: mean quadratic kappa": single(float(np.mean(ceilings)), len(by)),
    } | figures
    return figures, records
