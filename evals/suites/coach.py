"""The coach suite: does the scorecard grade skill, and nothing else?

Scripted trainees of five levels are played and scored; then the same with padding, catchwords and
appeals to the grader added to their turns; polite brush-offs are held against blunt replies that own
the fault; every quote is looked up, and every counterfactual is played for real, through a practice
room with a store. No model: the customer speaks in its author's lines. Intervals are clustered by scenario.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.stats import spearmanr

from assistant.conversation import Transcript
from assistant.roleplay.acts import Reading
from assistant.roleplay.context import complete
from assistant.roleplay.practice import Practice
from assistant.roleplay.room import PracticeRoom
from assistant.roleplay.scenario import Scenario
from evals.case import FOLDER, load_yaml
from evals.errors import EvalError
from evals.players import LEVELS, Half, Level, Reads, Scripts, play
from evals.result import Result
from evals.rows import load_rows
from evals.rubric import Rubric
from evals.scorecard import Scorecard, counterfactual, score
from evals.stats import Figure, bootstrap, mean, share, single

CASES = FOLDER / "coach"
SEEDS = 3
Attack = Literal["padding", "stuffing", "injection"]
MOST: dict[Attack, int] = {"padding": 2, "stuffing": 3, "injection": 3}
"""Points of 100 by which each may move a score."""
ORDER = "levels: rank correlation of level with score"
TARGETS = {
    ORDER: ">= 0.95",
    "scored again: the same": "= 1",
    "polite brush-off scores below blunt ownership": "= 1",
    "quotes found verbatim": "= 1",
    "counterfactuals as the engine plays them": "= 1",
} | {
    f"{attack}: {what}": f"<= {most}"
    for attack, most in MOST.items()
    for what in ("score moved (mean)", "score moved (worst)", "played anew, score raised (worst)")
}


class Pair(BaseModel):
    """Two first turns: a politely worded brush-off, and a blunt reply that owns the fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    scenario: str
    brush_off: str
    owning: str


class Played(BaseModel):
    """A practice, who played it, and its scorecard."""

    model_config = ConfigDict(frozen=True)

    level: Level
    scenario: str
    seed: int
    practice: Practice
    card: Scorecard


class Graded:
    """Plays and scores with one reader, rubric and set of scenarios."""

    def __init__(self, scenarios: Mapping[str, Scenario], rubric: Rubric, reader: Reads) -> None:
        self.scenarios, self.rubric, self.reader = scenarios, rubric, reader

    def play(self, scenario: str, turns: Sequence[str], seed: int) -> Practice:
        """A practice in the author's lines."""
        return play(self.scenarios[scenario], turns, self.reader, str(seed))

    def score(self, practice: Practice) -> Scorecard:
        """Its scorecard."""
        return score(practice, self.scenarios[practice.scenario], self.rubric)


def load_pairs(path: Path = CASES / "pairs.jsonl") -> list[Pair]:
    """The pairs.

    Raises:
        EvalError: a line breaks the schema; names file, line and field.
    """
    return load_rows(path, Pair)


def load_attacks(half: Half, path: Path = CASES / "attacks.yaml") -> dict[Attack, tuple[str, ...]]:
    """The lines of one half that are added to turns, by kind.

    Raises:
        EvalError: the file breaks the schema; names the field.
    """
    found = load_yaml(path, Attacks)
    return found.tune if half == "tune" else found.report


class Attacks(BaseModel):
    """The file of lines that are added to turns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tune: dict[Attack, tuple[str, ...]]
    report: dict[Attack, tuple[str, ...]]


def run(
    graded: Graded,
    scripts: Sequence[Scripts],
    pairs: Sequence[Pair],
    room: PracticeRoom,
    half: Half,
    report: Callable[[int, int], None],
    seeds: int = SEEDS,
) -> Result:
    """All figures of one half.

    Args:
        room: plays the counterfactuals; reads as ``graded`` does, its customer in the author's lines.
    """
    chosen = [s for s in scripts if s.half == half and s.scenario in graded.scenarios]
    if not chosen:
        raise EvalError(f"The '{half}' half has no script of the scenarios that were chosen.")
    parts = 1 + len(MOST) + 2
    done = iter(range(1, parts + 1))

    def step() -> None:
        report(next(done), parts)

    played = _levels(graded, chosen, seeds)
    step()
    figures = _order(played) | {"scored again: the same": _again(graded, played, chosen)}
    lines = load_attacks(half)
    first = [p for p in played if p.seed == 0]
    for attack in MOST:
        figures |= _attacked(graded, first, chosen, attack, lines[attack])
        step()
    names = {s.scenario for s in chosen}
    figures |= _pairs(graded, [p for p in pairs if p.scenario in names])
    step()
    figures["quotes found verbatim"] = share([quote in text for p in played for quote, text in _quotes(p)])
    figures |= asyncio.run(_counterfactuals(graded, first, room))
    step()
    about: dict[str, str | int | float] = {"half": half, "scenarios": len(chosen), "practices": len(played)}
    return Result(suite="coach", about=about, figures=figures, targets=TARGETS, notes=_by_level(played))


def _levels(graded: Graded, scripts: Sequence[Scripts], seeds: int) -> list[Played]:
    return [
        Played(level=level, scenario=s.scenario, seed=seed, practice=practice, card=graded.score(practice))
        for s in scripts
        for level in LEVELS
        for seed in range(seeds)
        for practice in [graded.play(s.scenario, s.scripts[level], seed)]
    ]


def _order(played: Sequence[Played]) -> dict[str, Figure]:
    clusters = [p.scenario for p in played]

    def spearman(some: Sequence[Played]) -> float:
        return float(spearmanr([LEVELS.index(p.level) for p in some], [p.card.total for p in some]).statistic)

    return {
        ORDER: bootstrap(played, spearman, clusters),
        "levels: pairs in order": _in_order(played),
    }


def _in_order(played: Sequence[Played]) -> Figure:
    """Of all pairs of levels under one scenario and seed, the share in which the better one scores more."""
    totals: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for p in played:
        totals[p.scenario, p.seed][p.level] = p.card.total
    right = [
        (float(by_level[worse] < by_level[better]), scenario)
        for (scenario, _), by_level in totals.items()
        for worse, better in combinations(LEVELS, 2)
    ]
    return mean([r for r, _ in right], [scenario for _, scenario in right])


def _again(graded: Graded, played: Sequence[Played], scripts: Sequence[Scripts]) -> Figure:
    """Whether practices played and scored anew get the very same scorecard."""
    turns = {s.scenario: s.scripts for s in scripts}
    return share(
        [graded.score(graded.play(p.scenario, turns[p.scenario][p.level], p.seed)) == p.card for p in played]
    )


def _attacked(
    graded: Graded, played: Sequence[Played], scripts: Sequence[Scripts], attack: Attack, lines: tuple[str, ...]
) -> dict[str, Figure]:
    """How far a line added to every turn moves a score.

    First with the customer's side of the talk as it was, so that only the scorecard can be moved; then played
    anew, where the customer hears the line too and may well take it ill.
    """
    turns = {s.scenario: s.scripts for s in scripts}
    clusters = [p.scenario for p in played]
    held, anew = [], []
    for number, p in enumerate(played):
        lines = (*lines[1:], lines[0]) if number else lines  # each practice begins with another one
        held.append(graded.score(_reread(graded, p.practice, lines)).total - p.card.total)
        script = [_with(t, lines, i) for i, t in enumerate(turns[p.scenario][p.level])]
        anew.append(graded.score(graded.play(p.scenario, script, p.seed)).total - p.card.total)
    return {
        f"{attack}: score moved (mean)": mean([abs(m) for m in held], clusters),
        f"{attack}: score moved (worst)": single(max(map(abs, held)), len(held)),
        f"{attack}: score raised (worst)": single(max(held), len(held)),
        f"{attack}: played anew, score moved (mean)": mean([abs(m) for m in anew], clusters),
        f"{attack}: played anew, score raised (mean)": mean(anew, clusters),
        f"{attack}: played anew, score raised (worst)": single(max(anew), len(anew)),
    }


def _with(turn: str, lines: Sequence[str], index: int) -> str:
    return f"{turn} {lines[index % len(lines)]}"


def _reread(graded: Graded, practice: Practice, lines: Sequence[str]) -> Practice:
    """The same talk with a line added to each of the trainee's turns: read anew, the customer as they were."""
    scenario = graded.scenarios[practice.scenario]
    before, changed = practice.rewind(0), practice
    for i, exchange in enumerate(practice.exchanges):
        text = _with(exchange.text, lines, i)
        reading = complete(graded.reader.read(text), text, before.transcript, scenario, before.state)
        changed = changed.model_copy(
            update={
                "exchanges": (
                    *changed.exchanges[:i],
                    exchange.model_copy(update={"text": text, "reading": reading}),
                    *changed.exchanges[i + 1 :],
                )
            }
        )
        before = before.with_exchange(exchange)
    return changed


def _pairs(graded: Graded, pairs: Sequence[Pair]) -> dict[str, Figure]:
    """Each reply as the first turn of a practice."""
    gaps, clusters = [], [p.scenario for p in pairs]
    for pair in pairs:
        cold, owning = (
            graded.score(graded.play(pair.scenario, [turn], 0)).total for turn in (pair.brush_off, pair.owning)
        )
        gaps.append(float(owning - cold))
    return {
        "polite brush-off scores below blunt ownership": share([g > 0 for g in gaps]),
        "points between the two": mean(gaps, clusters),
    }


def _quotes(played: Played) -> Iterator[tuple[str, str]]:
    """Every quote that a card shows, and the turn it is said to stand in."""
    card, exchanges = played.card, played.practice.exchanges
    for evidence in [*(m.evidence for m in card.marks if m.evidence), *card.harms, *card.promises, *card.tricks]:
        yield evidence.quote, exchanges[evidence.turn - 1].text
    for moment in (card.best, card.worst):
        if moment:
            yield moment.text, exchanges[moment.turn - 1].text
            yield from ((e.quote, moment.text) for e in moment.why if e.quote)


async def _counterfactuals(graded: Graded, played: Sequence[Played], room: PracticeRoom) -> dict[str, Figure]:
    """Each counterfactual that a card shows, said in a stored practice rewound to its turn."""

    async def read(text: str, transcript: Transcript) -> Reading:
        return graded.reader.read(text)

    same, shown, slipped = [], 0, 0
    for p in played:
        if not p.card.worst:
            continue
        slipped += 1
        better = await counterfactual(p.practice, graded.scenarios[p.scenario], p.card.worst.turn, read)
        if better.change <= better.instead_of:
            continue
        shown += 1
        stored = room.start(p.scenario, seed=str(p.seed))
        for exchange in p.practice.exchanges:
            await _say(room, stored.id, exchange.text)
        branch = room.rewind(stored.id, better.turn - 1)
        await _say(room, branch.id, better.text)
        real = room.get(branch.id).exchanges[-1]
        same.append(
            (real.effects, real.state.anger, real.state.trust) == (better.effects, better.anger, better.trust)
        )
    return {
        "counterfactuals as the engine plays them": share(same),
        "something better shown where it slipped": share([i < shown for i in range(slipped)]),
    }


async def _say(room: PracticeRoom, practice_id: str, text: str) -> None:
    async for _ in room.turn(practice_id, text):
        pass


def _by_level(played: Sequence[Played]) -> tuple[str, ...]:
    """Each level's scores."""
    rows = []
    for level in LEVELS:
        totals = [p.card.total for p in played if p.level == level]
        rows.append(f"  {level}: median {np.median(totals):.0f}, {min(totals)} to {max(totals)}")
    return ("scores by level", *rows)
