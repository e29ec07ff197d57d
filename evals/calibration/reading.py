"""The readers without a model against people's labels: techniques, abuse, anger, and the words that show it."""

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.stats import pearsonr

from assistant.roleplay.examples import ExampleReader
from assistant.roleplay.features import word_acts
from evals.agreement import against, human_record, kappa
from evals.anger import AngerReader
from evals.calibration.empathy import supporter_sentences, table
from evals.judge import stands
from evals.public import AbuseRow, AngerRow, EvidenceRow, TechniqueRow
from evals.rubric import HumanRecord
from evals.stats import Figure, bootstrap, mean, share, single

READER = "examples"
TECHNIQUES = {
    "question": (("open_question", "closed_question"), "process/asked-openly"),
    "reflection": (("paraphrase",), "process/said-it-back"),
}
"""What ten experts marked → the acts that are the same, and the criterion that rests on them."""
FEWEST_SHARED = 30


def techniques(
    rows: Sequence[TechniqueRow], reader: ExampleReader
) -> tuple[dict[str, Figure], dict[str, HumanRecord]]:
    """Question and reflection: the reader against the experts' majority, beside the experts' mean pairwise kappa."""
    figures: dict[str, Figure] = {}
    records: dict[str, HumanRecord] = {}
    said = [r for r in rows if r.role == "therapist" and r.annotations]
    read = [{a.id for a in reader.read(r.text).acts} for r in said]
    for name, (acts, criterion) in TECHNIQUES.items():
        votes = [[float(a[name] != "none") for _, a in sorted(r.annotations.items())] for r in said]
        majority = [sum(v) * 2 > len(v) for v in votes]
        seen = [bool(r & set(acts)) for r in read]
        people = float(np.mean([kappa(a, b) for a, b in combinations(list(zip(*votes, strict=True)), 2)]))
        found = against(seen, majority)
        pairs = list(zip(seen, majority, strict=True))
        figures[f"reader, {name}: kappa with the experts' majority"] = bootstrap(
            pairs, lambda some: kappa([float(a) for a, _ in some], [float(b) for _, b in some])
        )
        figures[f"experts with each other, {name}: kappa"] = single(people, len(said))
        records[criterion] = human_record(found, READER, people, data="annomi_multi (counselling, not service)")
    return figures, records


def abuse(rows: Sequence[AbuseRow], reader: ExampleReader) -> dict[str, Figure]:
    """Insults: the reader's against the mean label below 0; beside people who labelled the same lines."""
    seen = [any(a.id == "insult" for a in reader.read(r.text).acts) for r in rows]
    labels = [r.label < 0 for r in rows]
    found = against(seen, labels)
    by_person: dict[str, dict[int, float]] = {}
    for i, row in enumerate(rows):
        for person, label in row.annotators.items():
            by_person.setdefault(person, {})[i] = float(label < 0)
    among_people = [
        kappa([a[i] for i in both], [b[i] for i in both])
        for a, b in combinations(by_person.values(), 2)
        if len(both := sorted(a.keys() & b.keys())) >= FEWEST_SHARED
    ]
    pairs = list(zip(seen, labels, strict=True))
    return {
        "reader, insult: kappa with people's mean": bootstrap(
            pairs, lambda some: kappa([float(a) for a, _ in some], [float(b) for _, b in some])
        ),
        "people with each other, abuse: mean kappa": mean(among_people),
        "reader, insult: sensitivity": share([s for s, p in pairs if p]),
        "reader, insult: specificity": share([not s for s, p in pairs if not p]),
        "reader, insult: yes more often than people": single(found.bias, found.n),
    }


def anger(rows: Sequence[AngerRow], reader: AngerReader) -> dict[str, Figure]:
    """Correlation of the anger reader with best-worst scores of tweets; it was learned from none of them."""
    read = reader.read([r.text for r in rows])
    pairs = [(a, r.label) for a, r in zip(read, rows, strict=True)]
    return {
        "anger reader: correlation with people's scores": bootstrap(
            pairs, lambda some: float(pearsonr([a for a, _ in some], [b for _, b in some]).statistic)
        )
    }


def evidence(rows: Sequence[EvidenceRow], reader: ExampleReader) -> dict[str, Figure]:
    """The sentence that the embedded scorer points at, and a random one, beside the words that people chose."""
    dice = np.random.default_rng(0)
    mine, floor, verbatim, conversations = [], [], [], []
    for row in rows:
        reads = table()[row.criterion]
        parts = supporter_sentences(row.text)
        if not row.evidence or not parts or row.label < reads.from_:
            continue
        sure = np.zeros(len(parts))
        if reads.acts:
            sure += reader.probabilities(parts)[:, [word_acts().index(a) for a in reads.acts]].max(axis=1)
        if reads.pattern:
            sure += [float(bool(re.search(reads.pattern, p, re.IGNORECASE))) for p in parts]
        quote = parts[int(sure.argmax())]
        mine.append(overlap(quote, row.evidence))
        floor.append(overlap(parts[dice.integers(len(parts))], row.evidence))
        verbatim.append(bool(stands(quote, row.text)))
        conversations.append(row.id.partition(":")[0])
    return {
        "scorer's quotes that stand word for word": share(verbatim),
        "scorer's quotes: share of words in people's": mean(mine, conversations),
        "random sentences: share of words in people's": mean(floor, conversations),
        "scorer's quotes: half or more in people's": mean([float(o >= 0.5) for o in mine], conversations),
        "random sentences: half or more in people's": mean([float(o >= 0.5) for o in floor], conversations),
    }


def overlap(quote: str, other: str) -> float:
    """The share of the shorter one's words that stand in the longer one, 0 to 1."""
    a, b = (re.findall(r"[a-z']+", t.lower()) for t in (quote, other))
    short, long = sorted((a, b), key=len)
    rest = set(long)
    return sum(w in rest for w in short) / len(short) if short else 0.0
