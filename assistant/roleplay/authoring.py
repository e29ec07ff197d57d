"""For who writes scenarios: a scaffold to begin with, and what is still wrong with one.

    scaffold("lost-luggage")                 # the text of a file in which each field that is needed is explained
    for problem in lint(scenario): ...       # Problem("lines.vent.calm[0]", "41 words; keep a line under 36")
    rehearse(scenario, patterns.read)        # how a coached and a rude trainee end

Linting needs no model; rehearsing plays the scenario with two scripted trainees.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from assistant.roleplay.acts import Reading
from assistant.roleplay.coach import rewrite
from assistant.roleplay.demands import MATTERS, standing
from assistant.roleplay.likeness import NEAR, alike
from assistant.roleplay.offers import find, offers
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import FOLDER, Fact, Scenario, load_scenario
from assistant.roleplay.state import GOOD
from assistant.roleplay.telling import gives_away, in_the_open
from assistant.roleplay.voice import author_line
from assistant.roleplay.weights import weights
from knowledge import shipped

FILE = Path(__file__).parent / "authoring.yaml"
MODEL = FOLDER / "gym-double-booking.yaml"
OF_THE_CASE = (
    "title", "company", "situation", "persona", "story", "grievance", "owned", "details", "wants", "opening", "facts",
    "remedies", "lines",
)  # fmt: skip
"""The fields that no two cases share."""
MOST_WORDS = 36
TURNS = 14


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be mended, and where: ``field`` such as ``lines.vent.calm[0]`` or ``facts.site.question``."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"

    @property
    def steps(self) -> list[str | int]:
        """The way to the field, as ``line_of`` goes it."""
        return [int(s) if s.isdigit() else s for s in re.findall(r"[^.\[\]]+", self.field)]


class _Rehearsal(BaseModel):
    """What the rude trainee says, a line a turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rude: tuple[str, ...] = Field(min_length=1)


@cache
def _rude() -> tuple[str, ...]:
    return shipped.read_as(FILE, _Rehearsal).rude


def scaffold(scenario_id: str) -> str:
    """A new scenario to fill in: the model scenario under another id, with a line on top that says so."""
    text = MODEL.read_text(encoding="utf-8").partition("\nid: ")[2].partition("\n")[2]
    return (
        f"# Trains: (one sentence). Made from {MODEL.name}: change every field, then run\n"
        f"#   python -m assistant scenario check {scenario_id}\n\nid: {scenario_id}\n{text}"
    )


def unchanged(scenario: Scenario) -> Iterator[Problem]:
    """What a scenario still has of the scaffold: what tells the model scenario's case, under another id."""
    model = load_scenario(MODEL)
    for field in OF_THE_CASE if scenario.id != model.id else ():
        if getattr(scenario, field) == getattr(model, field):
            yield Problem(field, f"it is still that of {MODEL.name}, from which this was made")


def lint(scenario: Scenario) -> Iterator[Problem]:
    """What a reader of the file would want mended; nothing where it is fine."""
    yield from _lines(scenario)
    if not standing((line for band in scenario.lines["redemand"].values() for line in band), MATTERS):
        yield Problem(
            "lines.redemand",
            f"every line demands one of {', '.join(sorted(MATTERS))}; write one for who was given all of them",
        )
    for fact in scenario.hidden:
        yield from _fact(fact, scenario)
    if scenario.hidden and not scenario.owned:
        yield Problem("owned", "how a good agent owns the grievance is missing; the coach needs it")
    for remedy in scenario.remedies:
        if remedy.authority == "alone" and remedy.id not in offers(remedy.offer, scenario):
            yield Problem(f"remedies.{remedy.id}.offer", "it is missing, or 'words' does not read it as this remedy")
    enough = weights().accept.worth
    if scenario.winnable and not any(r.authority == "alone" and r.worth >= enough for r in scenario.remedies):
        yield Problem(
            "remedies", f"none within the agent's own authority is worth {enough:g}, which the customer settles for"
        )
    if find(scenario.details, scenario.owned) == "" and scenario.owned:
        yield Problem("owned", "it names none of 'details'")
    heard = {"owned": scenario.owned} | {f"facts.{f.id}.question": f.question for f in scenario.hidden}
    for field, text in (heard | {f"facts.{f.id}.said_back": f.said_back for f in scenario.hidden}).items():
        for offered, words in offers(text, scenario).items():
            yield Problem(field, f"'{words}' is read as the offer '{offered}'; reword one of them")


def rehearse(scenario: Scenario, read: Callable[[str], Reading]) -> dict[str, Practice]:
    """How a trainee who follows the coach, and a rude one, fare: ``{"coached": …, "rude": …}``."""
    coached = Practice.begin(scenario, "rehearsal")
    while not coached.over and len(coached.exchanges) < TURNS:
        coached = _played(coached, scenario, rewrite(coached, scenario), read)
    rude = Practice.begin(scenario, "rehearsal")
    for line in _rude():
        if not rude.over:
            rude = _played(rude, scenario, line, read)
    return {"coached": coached, "rude": rude}


def unfair(scenario: Scenario, fares: dict[str, Practice]) -> Iterator[str]:
    """What is wrong where the trainee who follows the coach does not get through; ``fares`` is what was rehearsed."""
    coached = fares["coached"]
    if scenario.winnable and coached.ending != "resolved":
        yield f"the trainee who follows the coach does not resolve it ({coached.ending or 'it stays open'})"
    if fares["rude"].ending in GOOD:
        yield f"the rude trainee gets through ({fares['rude'].ending})"
    untold = [f.id for f in scenario.hidden if f.id not in coached.state.open_facts]
    if len(untold) == len(scenario.hidden) > 0:
        yield f"nothing that is hidden comes out for the trainee who follows the coach ({', '.join(untold)})"


def _played(practice: Practice, scenario: Scenario, text: str, read: Callable[[str], Reading]) -> Practice:
    exchange = practice.respond(scenario, text, read(text))
    return practice.with_exchange(exchange.spoken(author_line(practice.cue(scenario, exchange))))


def _lines(scenario: Scenario) -> Iterator[Problem]:
    every = [
        (f"lines.{move}.{band}[{n}]", line)
        for move, by_band in scenario.lines.items()
        for band, lines in by_band.items()
        for n, line in enumerate(lines)
    ]
    every += [(f"hung_up_on[{n}]", line) for n, line in enumerate(scenario.hung_up_on)]
    known = in_the_open(scenario)
    for where, line in every:
        words = len(line.split())
        if words > MOST_WORDS:
            yield Problem(where, f"{words} words; keep a line under {MOST_WORDS}")
        told = next((f.id for f in scenario.hidden if gives_away(line, f, known)), "")
        if told:
            yield Problem(where, f"it gives the hidden fact '{told}' away")
    for (where, line), (other, twin) in combinations(every, 2):
        if alike(line, twin, NEAR):
            yield Problem(where, f"nearly the same as {other}")


def _fact(fact: Fact, scenario: Scenario) -> Iterator[Problem]:
    if not find(fact.asks, fact.question):
        yield Problem(f"facts.{fact.id}.question", "it is missing, or none of its 'asks' matches it")
    if not fact.said_back:
        yield Problem(f"facts.{fact.id}.said_back", "it is missing; the coach needs it")
    for field in ("opening", "story", "situation", "grievance"):
        if gives_away(getattr(scenario, field), fact, _beside(field, scenario)):
            yield Problem(field, f"it gives the hidden fact '{fact.id}' away")
    for remedy in scenario.remedies:  # what may be given stands beside the chat from the start
        shown = remedy.text if remedy.authority == "alone" else f"{remedy.text} {remedy.policy}"
        if gives_away(shown, fact, in_the_open(scenario)):
            yield Problem(f"remedies.{remedy.id}", f"it gives the hidden fact '{fact.id}' away")


def _beside(field: str, scenario: Scenario) -> tuple[str, ...]:
    """What is known beside one of the scenario's own texts."""
    situation = () if field == "situation" else (scenario.situation,)
    return (*situation, scenario.wants, scenario.persona.about)
