"""What cost points in a practice beside the criteria it missed and the facts it did not find.

    costs(practice, scenario, earned)       # (Cost(why="hurt", evidence=…, points={"process": 0.6, …}), …)

All in tenths of a point, so that what is shown adds up: a part is what it has, less what was missed, less these.
"""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from assistant.roleplay.pile import piled
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from evals.process import Evidence, home_of, used_policy
from evals.scoring import Part, points

UNUSED = "nothing that policy allows was used for the customer: a remedy, a choice, a reason, or who may decide"


class Cost(BaseModel):
    """What cost points, the words that did, and how many of which part."""

    model_config = ConfigDict(frozen=True)

    why: str
    evidence: Evidence | None = None
    points: dict[Part, float]

    @property
    def lost(self) -> str:
        """The points in words; what is told though nothing was left to take has none."""
        return ", ".join(f"−{lost:g} {part}" for part, lost in self.points.items()) or "nothing more"


def costs(practice: Practice, scenario: Scenario, earned: float) -> tuple[Cost, ...]:
    """Everything that cost something.

    Args:
        earned: the process points of the criteria; no harm can cost more of that part.
    """
    found = [*_hurts(practice), *_apart(practice), *_of_the_whole(practice, scenario)]
    most: dict[Part, float] = {**points().parts, "process": earned}
    columns = {part: tenths(within([c.points.get(part, 0.0) for c in found], most[part])) for part in most}
    exact = [{part: column[n] for part, column in columns.items() if column[n]} for n in range(len(found))]
    return tuple(
        c.model_copy(update={"points": lost}) for c, lost in zip(found, exact, strict=True) if lost or c.evidence
    )


def lost(found: Sequence[Cost], part: Part) -> float:
    """What these cost of one part."""
    return sum(cost.points.get(part, 0.0) for cost in found)


def within(amounts: Sequence[float], most: float) -> list[float]:
    """The amounts, made smaller in proportion where together they are more than ``most``."""
    whole = sum(amounts)
    return [a * most / whole for a in amounts] if whole > most else list(amounts)


def tenths(amounts: Sequence[float]) -> list[float]:
    """The amounts in tenths; rounding the running sum keeps the whole."""
    exact, told, out = 0.0, 0, []
    for amount in amounts:
        exact += amount
        out.append((round(10 * exact) - told) / 10)
        told = round(10 * exact)
    return out


def hurts(practice: Practice) -> list[tuple[Evidence, float]]:
    """The heaviest harm of each turn that has one, with its weight, 0 to 1; promises and tricks are apart."""
    found = []
    for exchange in practice.exchanges:
        acts = [a for a in exchange.reading.acts if points().weight(a) and not piled(home_of(a.quote, exchange))]
        if acts:
            worst = max(acts, key=points().weight)
            evidence = Evidence(turn=exchange.turn, quote=worst.quote, sure=worst.sure)
            found.append((evidence, points().weight(worst)))
    return found


def promises(practice: Practice) -> tuple[Evidence, ...]:
    """Promises against policy, made in a sentence that says something."""
    found = _seen(practice, "off_policy_promise")
    return tuple(e for e in found if not piled(home_of(e.quote, practice.exchanges[e.turn - 1])))


def tricks(practice: Practice) -> tuple[Evidence, ...]:
    """The first words that spoke to the grader, or were no language."""
    return _seen(practice, "manipulation")[:1]


def _hurts(practice: Practice) -> Iterator[Cost]:
    """Harms cost process points, and of policy and safety those for turns without harm."""
    table, found = points(), hurts(practice)
    process = within([table.harm_costs * weight for _, weight in found], table.harm_costs_most)
    conduct = within([2 * table.conduct * weight / len(practice.exchanges) for _, weight in found], table.conduct)
    for (evidence, _), a, b in zip(found, process, conduct, strict=True):
        yield Cost(why="hurt", evidence=evidence, points={"process": a, "policy and safety": b})


def _apart(practice: Practice) -> Iterator[Cost]:
    for evidence in promises(practice):
        cost: dict[Part, float] = {"policy and safety": points().promise_costs}
        yield Cost(why="promised against policy", evidence=evidence, points=cost)
    for evidence in tricks(practice):
        why = "spoke to the grader, or in no language"
        yield Cost(why=why, evidence=evidence, points={"process": points().trick_costs})


def _of_the_whole(practice: Practice, scenario: Scenario) -> Iterator[Cost]:
    """What no one turn cost: policy that nobody used, and how it ended."""
    table = points()
    policy, outcome = table.parts["policy and safety"], table.parts["outcome"]
    if not practice.exchanges:
        yield Cost(why="nothing was said", points={"policy and safety": policy, "outcome": outcome})
        return
    if not any(used_policy(e, scenario) for e in practice.exchanges):
        yield Cost(why=UNUSED, points={"policy and safety": policy - table.conduct})
    why = f"how it ended: {practice.ending or 'you ended it'}"
    yield Cost(why=why, points={"outcome": outcome * _short(practice, scenario)})


def _short(practice: Practice, scenario: Scenario) -> float:
    """How far the ending falls short of the best that there is, 0 to 1."""
    if not scenario.winnable and practice.ending == "grudging acceptance":
        return 0.0
    return 1 - points().endings[practice.ending or "you ended it"]


def _seen(practice: Practice, act_id: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(turn=e.turn, quote=a.quote, sure=a.sure)
        for e in practice.exchanges
        for a in e.reading.acts
        if a.id == act_id
    )
