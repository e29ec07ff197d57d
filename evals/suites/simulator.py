"""The simulator suite: does the customer answer to skill, and to nothing else?

Scripted trainees of five levels and eight gaming agents play every scenario under fixed seeds,
without a model (the customer speaks in its author's lines): what is measured is the engine and
the reader. Intervals are clustered by scenario.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import ceil

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.stats import spearmanr

from assistant.roleplay.likeness import NEAR, alike
from assistant.roleplay.practice import Practice, replay
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.state import GOOD
from evals.customer import LOST
from evals.players import LEVELS, Gamer, Half, Reads, Scripts, play
from evals.result import Result
from evals.stats import Figure, bootstrap, mean, share

PRACTICES = 200
"""Practices a level and a gaming agent, at least."""
ALIKE = "Seeds change what the customer says, seldom the course: intervals are of as many cases as scenarios."
TARGETS = {
    "skill: rank correlation of level with final mood": ">= 0.9",
    "skill: pairs of levels in order": ">= 0.95",
    "expert resolves winnable": ">= 0.9",
    "rude ends in hang-up or complaint": ">= 0.8",
    "expert ends in hang-up or complaint": "<= 0.02",
    "more than one fact in the first turn": "= 0",
    "near-repeats": "<= 0.02",
    "replays to the same states": "= 1",
}


class Played(BaseModel):
    """A practice and who played it."""

    model_config = ConfigDict(frozen=True)

    player: str
    scenario: str
    winnable: bool
    seed: int
    practice: Practice

    @property
    def mood(self) -> int:
        """Trust less anger at the end, -100 to 100."""
        return self.practice.state.trust - self.practice.state.anger


def run(
    scenarios: Mapping[str, Scenario],
    scripts: Sequence[Scripts],
    gamers: Sequence[Gamer],
    reader: Reads,
    half: Half | None,
    report: Callable[[int, int], None],
    practices: int = PRACTICES,
) -> Result:
    """Play all batteries; ``half`` None takes the scripts of both halves."""
    chosen = [s for s in scripts if half in (None, s.half)]
    script_seeds, gamer_seeds = ceil(practices / len(chosen)), ceil(practices / len(scenarios))
    total = len(chosen) * script_seeds * len(LEVELS) + len(scenarios) * gamer_seeds * len(gamers)
    skilled: list[Played] = []
    gaming: list[Played] = []

    def one(into: list[Played], player: str, scenario: Scenario, turns: Sequence[str], seed: int) -> None:
        practice = play(scenario, turns, reader, str(seed))
        into.append(
            Played(player=player, scenario=scenario.id, winnable=scenario.winnable, seed=seed, practice=practice)
        )
        report(len(skilled) + len(gaming), total)

    for script in chosen:
        for level in LEVELS:
            for seed in range(script_seeds):
                one(skilled, level, scenarios[script.scenario], script.scripts[level], seed)
    for gamer in gamers:
        for scenario in scenarios.values():
            for seed in range(gamer_seeds):
                one(gaming, gamer.id, scenario, gamer.turns, seed)
    figures = _skill(skilled) | _gaming(gaming) | _lines([*skilled, *gaming]) | _exact(skilled, scenarios)
    targets = TARGETS | {name: "= 0" for name in figures if name.startswith("unearned")}
    about: dict[str, str | int | float] = {"half": half or "both", "scenarios": len(chosen), "practices": total}
    return Result(suite="simulator", about=about, figures=figures, targets=targets, notes=(ALIKE, *_endings(skilled)))


def _skill(played: Sequence[Played]) -> dict[str, Figure]:
    clusters = [p.scenario for p in played]
    expert = [p for p in played if p.player == "expert"]
    winnable = [p for p in expert if p.winnable]
    rude = [p for p in played if p.player == "rude"]
    return {
        "skill: rank correlation of level with final mood": bootstrap(played, _spearman, clusters),
        "skill: pairs of levels in order": _pairs(played),
        "expert resolves winnable": _rate(winnable, ("resolved",)),
        "rude ends in hang-up or complaint": _rate(rude, LOST),
        "expert ends in hang-up or complaint": _rate(expert, LOST),
    }


def _spearman(played: Sequence[Played]) -> float:
    levels = [LEVELS.index(p.player) for p in played]
    return float(spearmanr(levels, [p.mood for p in played]).statistic)


def _pairs(played: Sequence[Played]) -> Figure:
    """Of all pairs of levels under one scenario and seed, the share in which the better one ends in a better mood."""
    moods: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for p in played:
        moods[p.scenario, p.seed][p.player] = p.mood
    right, clusters = [], []
    for (scenario, _), by_level in moods.items():
        for worse, better in combinations(LEVELS, 2):
            right.append(float(by_level[worse] < by_level[better]))
            clusters.append(scenario)
    return mean(right, clusters)


def _gaming(played: Sequence[Played]) -> dict[str, Figure]:
    """The share of each gaming agent's practices that end well for it."""
    by_agent: dict[str, list[Played]] = defaultdict(list)
    for p in played:
        by_agent[p.player].append(p)
    return {
        f"unearned: {agent}": share([p.practice.ending in GOOD for p in theirs], [p.scenario for p in theirs])
        for agent, theirs in by_agent.items()
    }


def _lines(played: Sequence[Played]) -> dict[str, Figure]:
    """What the author's lines alone do: repeats and lengths."""
    lines = [[e.line for e in p.practice.exchanges] for p in played if p.player in LEVELS]
    repeats = [
        float(any(alike(line, old, NEAR) for old in said[:i])) for said in lines for i, line in enumerate(said)
    ]
    lengths = [float(len(line.split())) for said in lines for line in said]
    return {
        "near-repeats": mean(repeats),
        "words a line (median)": bootstrap(lengths, lambda some: float(np.median(some))),
    }


def _exact(played: Sequence[Played], scenarios: Mapping[str, Scenario]) -> dict[str, Figure]:
    first = [
        sum(status in ("revealed", "acknowledged") for status in p.practice.exchanges[0].state.facts.values())
        for p in played
    ]
    same = [
        replay(p.practice, scenarios[p.scenario]) == [e.state for e in p.practice.exchanges]
        for p in played
        if p.seed == 0
    ]
    return {
        "more than one fact in the first turn": share([n > 1 for n in first], [p.scenario for p in played]),
        "replays to the same states": share(same),
    }


def _rate(played: Sequence[Played], endings: Sequence[str]) -> Figure:
    return share([p.practice.ending in endings for p in played], [p.scenario for p in played])


def _endings(played: Sequence[Played]) -> tuple[str, ...]:
    """How each level's practices ended."""
    rows = []
    for level in LEVELS:
        ends = [str(p.practice.ending or "open") for p in played if p.player == level]
        rows.append(f"  {level}: " + ", ".join(f"{e} {ends.count(e)}" for e in sorted(set(ends))))
    return ("endings by level", *rows)
