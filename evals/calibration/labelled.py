"""A folder of people's labels (``evals.labels``): how far they agree with each other, and code or a judge with them.

    figures, records = labelled(labels, verdicts)

People's majority is what code and judge are held against; where people are split evenly an item counts for
people's agreement only. What does not apply or cannot be told is counted and not compared.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from evals.agreement import Against, against, alternative_annotator, human_record, kappa
from evals.labels import Label
from evals.rubric import HumanRecord
from evals.stats import Figure, bootstrap, share, single

FEWEST = 5
"""Items that two people, or people and a judge, must share for their kappa to be told."""
DATA = "own labels"
Verdicts = Mapping[str, bool]
"""Item id → what a judge or code says of it."""


@dataclass(frozen=True, slots=True)
class Voted:
    """An item and who said yes or no to it, by name."""

    id: str
    source: str
    key: str
    votes: dict[str, bool]

    @property
    def majority(self) -> bool | None:
        """What more than half said; None where they are split."""
        yes = sum(self.votes.values())
        return None if yes * 2 == len(self.votes) else yes * 2 > len(self.votes)


def labelled(
    labels: Sequence[Label], said: Mapping[str, Verdicts]
) -> tuple[dict[str, Figure], dict[str, HumanRecord]]:
    """The figures over all criteria and of each, and the human record of those with people and a verdict to compare.

    Args:
        labels: everybody's last words.
        said: verdicts by who gave them ("code", or a judge's name).
    """
    items = voted(labels)
    figures = {
        "labels: people": single(len({label.by for label in labels}), len(labels)),
        "labels: items with a yes or a no": single(len(items), len(items)),
        "labels: cannot tell": share([label.answer == "cannot tell" for label in labels]),
    }
    groups: dict[str, list[Voted]] = {"all criteria": items}
    for item in items:
        groups.setdefault(item.key, []).append(item)
    records: dict[str, HumanRecord] = {}
    for key, some in groups.items():
        people, shared = among_people(some)
        if shared:
            figures[f"people with each other, {key}: mean kappa"] = single(people, shared)
        for who, verdicts in said.items():
            told = [(verdicts[i.id], i.majority) for i in some if i.id in verdicts and i.majority is not None]
            if len(told) < FEWEST:
                continue
            found = against([v for v, _ in told], [bool(m) for _, m in told])
            figures |= _beside_people(who, key, some, verdicts, found)
            if shared and key != "all criteria":
                records[key] = human_record(found, who, people, data=DATA)
    return figures, records


def voted(labels: Sequence[Label]) -> list[Voted]:
    """The items to which anybody said yes or no, in the order of the labels."""
    votes: dict[str, dict[str, bool]] = defaultdict(dict)
    first: dict[str, Label] = {}
    for label in labels:
        if label.met is not None:
            votes[label.id][label.by] = label.met
            first.setdefault(label.id, label)
    return [Voted(i, x.source, f"{x.rubric}/{x.criterion}", votes[i]) for i, x in first.items()]


def by_code(labels: Sequence[Label]) -> dict[str, bool]:
    """What code said of the items, where it said yes or no."""
    return {x.id: x.code == "met" for x in labels if x.code in ("met", "not met")}


def among_people(items: Sequence[Voted]) -> tuple[float, int]:
    """Mean kappa over pairs of people who share items, and how many items were shared (0: too few to tell)."""
    people = sorted({name for item in items for name in item.votes})
    pairs = []
    for one, other in combinations(people, 2):
        both = [(float(i.votes[one]), float(i.votes[other])) for i in items if {one, other} <= i.votes.keys()]
        if len(both) >= FEWEST:
            pairs.append((kappa([a for a, _ in both], [b for _, b in both]), len(both)))
    return (float(np.mean([k for k, _ in pairs])), max(n for _, n in pairs)) if pairs else (0.0, 0)


def _beside_people(
    who: str, key: str, items: Sequence[Voted], verdicts: Verdicts, found: Against
) -> dict[str, Figure]:
    told = [
        (verdicts[i.id], bool(i.majority), i.source) for i in items if i.id in verdicts and i.majority is not None
    ]
    pairs = [(v, m) for v, m, _ in told]
    figures = {
        f"{who}, {key}: kappa with people's majority": bootstrap(
            pairs, lambda some: kappa([float(v) for v, _ in some], [float(m) for _, m in some]), [s for *_, s in told]
        ),
        f"{who}, {key}: yes more often than people": single(found.bias, found.n),
    }
    for name, rate in (("sensitivity", found.sensitivity), ("specificity", found.specificity)):
        if rate is not None:
            figures[f"{who}, {key}: {name}"] = single(rate, found.n)
    everybody = sorted({name for i in items for name in i.votes})
    full = [i for i in items if i.id in verdicts and len(i.votes) == len(everybody)]
    if len(everybody) > 2 and len(full) >= FEWEST:
        wins = alternative_annotator(
            [float(verdicts[i.id]) for i in full], [[float(i.votes[name]) for name in everybody] for i in full]
        )
        figures[f"{who}, {key}: people it could replace (alternative annotator)"] = single(wins.wins, wins.n)
    return figures
