"""The roleplay suite: scripted trainees and gaming agents against the customer, one case each, through the runner.

    cases(scripts, gamers, scenarios)      # Case(id="gym-double-booking/expert", cluster="gym-double-booking")
    model_cases(trainees, scenarios)       # Case(id="gym-double-booking/model-expert", …)

The customer speaks in its author's lines. With scripts no model is asked, and the same case and seed always
give the same practice; trainees may also be played by the model in force. Graded by ``rubrics/roleplay.yaml``:
the criteria that code answers here, those of a judge where one is given.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence

from assistant.llm import ChatModel
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from evals.customer import CHECKS, LOST, applies
from evals.judge import Judge, Material, Panel
from evals.ledger import Ledger, spent
from evals.players import Gamer, Half, Reads, Scripts, play
from evals.rubric import CODE, Rubric
from evals.runner import Case, Outcome, Record, Work
from evals.stats import Figure, mean, share
from evals.trainees import Trainee, converse

EXPECTED = "expected-ending"
BY_MODEL = "model-"
"""Before the level of a trainee that a model plays."""


def cases(
    scripts: Sequence[Scripts], gamers: Sequence[Gamer], scenarios: Mapping[str, Scenario], half: Half | None = None
) -> Iterator[Case]:
    """A case a script and level, then one a gaming agent and scenario; ``half`` takes one half of the scripts."""
    for script in scripts:
        if half in (None, script.half):
            for level, turns in script.scripts.items():
                given = {"scenario": script.scenario, "player": level, "turns": list(turns)}
                yield Case(id=f"{script.scenario}/{level}", cluster=script.scenario, input=given)
    for scenario in scenarios:
        for gamer in gamers:
            given = {"scenario": scenario, "player": gamer.id, "turns": list(gamer.turns)}
            yield Case(id=f"{scenario}/{gamer.id}", cluster=scenario, input=given)


def model_cases(trainees: Sequence[Trainee], scenarios: Mapping[str, Scenario]) -> Iterator[Case]:
    """A case a scenario and trainee that a model plays."""
    for scenario in scenarios:
        for trainee in trainees:
            given = {"scenario": scenario, "player": f"{BY_MODEL}{trainee.id}"}
            yield Case(id=f"{scenario}/{given['player']}", cluster=scenario, input=given)


def model_worker(
    scenarios: Mapping[str, Scenario],
    trainees: Sequence[Trainee],
    reader: Reads,
    rubric: Rubric,
    model: ChatModel,
    ledger: Ledger,
) -> Work:
    """What runs a case whose trainee ``model`` plays. ``ledger`` notes the model's calls."""
    by_id = {f"{BY_MODEL}{t.id}": t for t in trainees}

    async def work(case: Case, seed: str) -> Outcome:
        scenario, player = scenarios[case.input["scenario"]], case.input["player"]
        with ledger.case() as calls:
            practice = await converse(model, by_id[player], scenario, reader, seed)
        practice = practice.model_copy(update={"id": seed})
        verdicts, notes = grade(practice, scenario, rubric, player)
        output = {"practice": practice.model_dump(mode="json")}
        return Outcome(output=output, verdicts=verdicts, notes=notes, cost=spent(calls))

    return work


def moods(records: Iterable[Record]) -> dict[str, Figure]:
    """Where a model's trainees left the customer: anger and trust at the end, and what was resolved, by level."""
    found: dict[str, Figure] = {}
    ended = [(r, Practice.model_validate(r.output["practice"])) for r in records if not r.error]
    for player in dict.fromkeys(r.input["player"] for r, _ in ended):
        some = [(p, r.cluster) for r, p in ended if r.input["player"] == player]
        where = [cluster for _, cluster in some]
        found[f"{player}: anger at the end"] = mean([float(p.state.anger) for p, _ in some], where)
        found[f"{player}: trust at the end"] = mean([float(p.state.trust) for p, _ in some], where)
        found[f"{player}: resolved"] = share([p.ending == "resolved" for p, _ in some])
    return found


def worker(
    scenarios: Mapping[str, Scenario], reader: Reads, rubric: Rubric, judge: Judge | Panel | None = None
) -> Work:
    """What runs a case: plays it, then grades it."""

    async def work(case: Case, seed: str) -> Outcome:
        await asyncio.sleep(0)  # playing is pure and quick; others may write meanwhile
        scenario = scenarios[case.input["scenario"]]
        practice = play(scenario, tuple(case.input["turns"]), reader, seed)
        practice = practice.model_copy(update={"id": seed})
        verdicts, notes = grade(practice, scenario, rubric, case.input["player"])
        if judge is not None:
            said = await judged(practice, scenario, rubric, judge)
            verdicts, notes = verdicts | said[0], notes | said[1]
        return Outcome(output={"practice": practice.model_dump(mode="json")}, verdicts=verdicts, notes=notes)

    return work


def grade(
    practice: Practice, scenario: Scenario, rubric: Rubric, player: str
) -> tuple[dict[str, bool], dict[str, str]]:
    """Criterion → met, for those that code answers and that apply; and why not, for those not met.

    Beside the rubric's: whether the ending is one this player should get (``expected-ending``).
    """
    verdicts, notes = {}, {}
    for criterion in rubric.criteria:
        if criterion.checked_by == CODE and applies(criterion.applies_when, practice, scenario):
            fault = CHECKS[criterion.check](practice, scenario)
            verdicts[criterion.id] = fault is None
            if fault:
                notes[criterion.id] = f"turn {fault.turn}: {fault.why}"
    wanted = _wanted(practice, scenario, player)
    if wanted is not None:
        verdicts[EXPECTED] = wanted
        if not wanted:
            notes[EXPECTED] = f"{player} got '{practice.ending or 'no ending'}'"
    return verdicts, notes


async def judged(
    practice: Practice, scenario: Scenario, rubric: Rubric, judge: Judge | Panel
) -> tuple[dict[str, bool], dict[str, str]]:
    """The same for the criteria that a judge answers."""
    verdicts, notes = {}, {}
    for criterion in rubric.criteria:
        if criterion.checked_by != CODE:
            judgement = await judge.ask(criterion, material(practice, scenario))
            if judgement.met is not None:
                verdicts[criterion.id] = judgement.met
            notes[criterion.id] = f"{judgement.reasons} {' '.join(f'“{q}”' for q in judgement.quotes)}".strip()
    return verdicts, notes


def material(practice: Practice, scenario: Scenario) -> Material:
    """What a judge sees of a practice: the lines with the anger stated beside each, and the story."""
    lines = [f"Customer ({practice.start.band}): {practice.opening}"]
    for exchange in practice.exchanges:
        lines += [f"Agent: {exchange.text}", f"Customer ({exchange.state.band}): {exchange.line}"]
    told = " ".join(scenario.fact(f).text for f in practice.state.open_facts)
    return Material("\n".join(lines), background=f"The story: {scenario.story} {told}".strip())


def rescore(record: Record, scenarios: Mapping[str, Scenario], rubric: Rubric) -> Record:
    """The record graded again by code from what it holds; verdicts of a judge stay as they were."""
    if record.error:
        return record
    practice = Practice.model_validate(record.output["practice"])
    verdicts, notes = grade(practice, scenarios[practice.scenario], rubric, record.input["player"])
    by_judge = {c.id for c in rubric.criteria if c.checked_by != CODE}
    kept = {c: met for c, met in record.verdicts.items() if c in by_judge}
    kept_notes = {c: note for c, note in record.notes.items() if c in by_judge}
    return record.model_copy(update={"verdicts": verdicts | kept, "notes": notes | kept_notes})


def _wanted(practice: Practice, scenario: Scenario, player: str) -> bool | None:
    """Experts do not lose and resolve what can be resolved; rude ones lose; gaming agents resolve nothing."""
    if player == "expert":
        return practice.ending == "resolved" if scenario.winnable else practice.ending not in LOST
    if player == "rude":
        return practice.ending in (*LOST, None)
    if player in ("careless", "average", "good") or player.startswith(BY_MODEL):
        return None
    return practice.ending not in ("resolved", "grudging acceptance")
