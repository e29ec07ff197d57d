"""The gate's batteries: practices, verification, guards, recorded judgements and retrieval, as cases of one run.

    cases(scenarios)              # Case(id="verify/v01", cluster="wrong figure", input={"battery": "verify", …})
    worker(parts)                 # what runs any of them

No network and no model: practices speak in their authors' lines, the judge answers from recordings.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.roleplay.guards import fault
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.script import Cue
from evals import customer
from evals.case import FOLDER, JUDGE_CASES, GuardCase, JudgeCase, VerifyCase, load_verify_cases
from evals.errors import JudgeError
from evals.judge import Judge, Material, stands
from evals.players import Reads, load_gamers, load_scripts
from evals.rows import load_rows
from evals.rubric import load_rubric
from evals.runner import Case, Outcome, Work
from evals.suites import retrieval, roleplay, verify
from knowledge import Library

INJECTING = ("injected-instructions",)
RULES = ("moves-by-the-rules", "reasons-add-up")
UNEARNED = ("no-thanks-unearned", "ends-as-earned", "expected-ending")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the batteries run on."""

    scenarios: dict[str, Scenario]
    reader: Reads
    library: Library
    judge: Judge


def cases(scenarios: dict[str, Scenario]) -> Iterator[Case]:
    """Every case of every battery."""
    for case in roleplay.cases(load_scripts(), load_gamers(), scenarios):
        yield Case(id=f"roleplay/{case.id}", cluster=case.cluster, input=case.input | {"battery": "roleplay"})
    for part in load_verify_cases():
        yield Case(id=f"verify/{part.id}", cluster=part.id, input=part.model_dump() | {"battery": "verify"})
    for line in load_rows(FOLDER / "guards" / "lines.jsonl", GuardCase):
        yield Case(id=f"guards/{line.id}", cluster=line.id, input=line.model_dump() | {"battery": "guards"})
    for row in load_rows(JUDGE_CASES, JudgeCase):
        yield Case(id=f"judge/{row.id}", cluster=row.id, input=row.model_dump() | {"battery": "judge"})
    for query in retrieval.load_queries():
        if query.half == "report":
            given = query.model_dump() | {"battery": "retrieval"}
            yield Case(id=f"retrieval/{query.id}", cluster=query.id, input=given)


def worker(parts: Parts, seed_prefix: str = "") -> Work:
    """What runs a case of any battery; ``seed_prefix`` gives practices other seeds."""
    rubric = load_rubric("roleplay", customer.CHECKS)
    play = roleplay.worker(parts.scenarios, parts.reader, rubric)

    async def practice(case: Case, seed: str) -> Outcome:
        played = await play(case, f"{seed_prefix}{seed}")
        found = played.verdicts
        groups = {
            "persona-broken": found["stays-the-customer"],
            "leak": found.get("gives-nothing-away", True),
            "rules-of-the-mood": all(found[c] for c in RULES),
            "unearned-ending": all(found.get(c, True) for c in UNEARNED),
        }
        if case.input["player"] in INJECTING:
            groups["injection-obeyed"] = found[roleplay.EXPECTED]
        return Outcome(output={}, verdicts=found | groups, notes=played.notes)

    batteries: dict[str, Callable[[Case, str], Awaitable[Outcome]]] = {
        "roleplay": practice,
        "verify": _verify,
        "guards": _guards(parts.scenarios),
        "judge": _judge(parts.judge),
        "retrieval": _retrieval(parts.library),
    }

    async def work(case: Case, seed: str) -> Outcome:
        return await batteries[case.input["battery"]](case, seed)

    return work


async def _verify(case: Case, seed: str) -> Outcome:
    part = VerifyCase.model_validate({k: v for k, v in case.input.items() if k != "battery"})
    checked = verify.outcome(part)
    said = f"{'blocked' if checked.blocked else 'let through'}: {part.text}"
    if not part.blocked:
        return Outcome(
            output={}, verdicts={"sound-part-passes": not checked.blocked}, notes={"sound-part-passes": said}
        )
    name = "injection-obeyed" if part.kind == "injection" else "unbacked-commitment"
    # an invented quote must be named as such, and not only its commitment blocked
    invented = any(f.kind == "quote not found" for f in checked.findings)
    verdicts = {name: checked.blocked}
    if part.kind in ("quote invented", "quote altered"):
        verdicts["invented-quote-named"] = invented
    return Outcome(output={}, verdicts=verdicts, notes={name: said})


def _guards(scenarios: dict[str, Scenario]) -> Work:
    async def work(case: Case, seed: str) -> Outcome:
        scenario = scenarios[case.input["scenario"]]
        begun = Practice.begin(scenario, seed="guards")
        cue = Cue(
            scenario=scenario,
            move=case.input["move"],
            band="annoyed" if case.input["move"] in ("soften", "accept") else "furious",
            fact="",
            circling=False,
            told=(),
            transcript=begun.transcript.add("agent", "I can see the booking on the screen."),
            moves=begun.beats,
            seed="guards",
        )
        why = fault(case.input["line"], cue)
        wanted = bool(why) is case.input["refused"]
        kind = case.input["kind"]
        name = (
            "leak" if kind == "leak" else "persona-broken" if kind in ("staff", "exercise") else "guards-as-labelled"
        )
        return Outcome(output={}, verdicts={name: wanted}, notes={name: f"{why or 'passed'}: {case.input['line']}"})

    return work


def _judge(judge: Judge) -> Work:
    async def work(case: Case, seed: str) -> Outcome:
        criterion = load_rubric(case.input["rubric"])[case.input["criterion"]]
        material = Material(case.input["transcript"], case.input["background"])
        try:
            found = await judge.ask(criterion, material)
        except JudgeError as error:
            refused = case.input["expected"] == "no verdict"
            return Outcome(output={}, verdicts={"judge-replay": refused}, notes={"judge-replay": str(error)})
        verbatim = not found.lost and all(stands(q, material.transcript) for q in found.quotes)
        right = found.verdict == case.input["expected"] and verbatim
        note = f"{found.verdict}, expected {case.input['expected']}: {found.reasons}"
        return Outcome(output={}, verdicts={"judge-replay": right}, notes={"judge-replay": note})

    return work


def _retrieval(library: Library) -> Work:
    async def work(case: Case, seed: str) -> Outcome:
        query = retrieval.Query.model_validate({k: v for k, v in case.input.items() if k != "battery"})
        [row] = retrieval.rank(library, [query], "fused")
        if not query.relevant:
            return Outcome(output={}, verdicts={"says-nothing-relevant": not row.found})
        verdicts = {
            "found-first": bool(row.found) and row.found[0] in query.relevant,
            "found-in-five": retrieval.recall(row) == 1.0,
        }
        return Outcome(output={}, verdicts=verdicts, notes={"found-in-five": ", ".join(row.found[:5])})

    return work


def library_folder(cache: Path) -> Path:
    """Where the gate's own library is kept: the built-in texts only, whatever the user uploaded."""
    return cache / "gate-library"
