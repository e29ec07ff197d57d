"""A scenario: who the customer is, what happened, what they hide and what would mend it.

A scenario is one YAML file in ``scenarios/``; ``gym-double-booking.yaml`` shows those it needs.
Who (``persona``) stands apart from what (``situation``), and what is known apart from what is
hidden (``facts`` with a gate). The loader checks all of it and names file, line and field.
"""

import re
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from assistant.errors import ScenarioError, UnknownScenario
from assistant.roleplay.acts import codebook
from assistant.yaml_file import Fault, parsed
from knowledge.shipped import LOADER

FOLDER = Path(__file__).parent / "scenarios"

Band = Literal["furious", "angry", "annoyed", "calm"]
Channel = Literal["chat", "phone", "in person", "e-mail"]
BANDS: tuple[Band, ...] = ("furious", "angry", "annoyed", "calm")
Move = Literal[
    "vent",
    "redemand",
    "test",
    "bait",
    "reveal",
    "question",
    "answer",
    "soften",
    "accept",
    "threaten",
    "leave",
]
MOVES: tuple[Move, ...] = get_args(Move)
SPOKEN_BY_SCRIPT = ("reveal", "answer")
"""Moves whose lines come from the facts, not from ``lines``."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Persona(_Part):
    """Who the customer is. ``weights`` multiplies what an act does to this person (0 to 3)."""

    name: str = Field(min_length=1, max_length=40)
    about: str
    speech: str
    weights: dict[str, float] = {}

    @field_validator("weights")
    @classmethod
    def _known(cls, weights: dict[str, float]) -> dict[str, float]:
        for act, factor in weights.items():
            if act not in codebook():
                raise ValueError(f"'{act}' is no act; the acts are in acts.yaml")
            if not 0 <= factor <= 3:
                raise ValueError(f"'{act}' is {factor}; a weight is 0 to 3, 1 is like anybody")
        return weights


class Fact(_Part):
    """Something the customer knows. Told when trust reaches ``gate`` and a question meets ``asks``.

    ``gate`` 0 is a plain datum (an order number), told to whoever asks. A hidden one also has
    what the coach needs: a ``question`` that would open it, and how it is ``said_back`` by an
    agent who heard it ("you sent your crew home early for this").
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    gate: int = Field(ge=0, le=100)
    text: str
    asks: tuple[str, ...] = Field(min_length=1)
    approach: str = ""
    reveal: str
    question: str = ""
    said_back: str = ""

    @model_validator(mode="after")
    def _hidden_needs_approach(self) -> "Fact":
        if self.gate and not self.approach:
            raise ValueError("a hidden fact (gate above 0) needs 'approach', what is said when asked too early")
        return self


class Remedy(_Part):
    """Something that could be offered, and whether the company's policy lets an agent.

    ``worth`` is how much of the practical need it meets, 0 to 1. ``urgent`` help comes before any
    apology (an ambulance): from the start, or once the fact ``urgent_once`` is told. What is ``asked_for`` (an
    interviewer's "tell me of a conflict") comes never too early. ``offer`` is a good agent's words for one within
    their own authority.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    text: str
    words: tuple[str, ...] = Field(min_length=1)
    authority: Literal["alone", "approval", "refused"]
    policy: str = ""
    worth: float = Field(ge=0, le=1)
    urgent: bool = False
    urgent_once: str = ""
    asked_for: bool = False
    offer: str = ""


Situation = Literal[
    "danger",
    "crossed",
    "baited_again",
    "baited",
    "let_out",
    "unheard_facts",
    "unheard_feeling",
    "owned_only",
    "tested",
    "guarded",
    "guarded_still",
    "something_behind",
    "doubted",
    "refused_demand",
    "no_offer",
    "no_next_step",
    "closing",
]
"""What a trainee may be in, as the coach sees it (``coach.yaml``)."""
GAPS = ("owned", "offer", "question", "told", "urgent")
"""What a coach's turn may have filled in."""


def _fillable(rewrite: str) -> str:
    try:
        wrong = [gap for _, gap, _, _ in Formatter().parse(rewrite) if gap is not None and gap not in GAPS]
    except ValueError as error:
        raise ValueError(f"a brace stands alone ({error}); write {{{{ or }}}} for one") from error
    if wrong:
        raise ValueError(f"{{{wrong[0]}}} is nothing that can be filled in; there are {', '.join(GAPS)}")
    return rewrite


Rewrite = Annotated[str, AfterValidator(_fillable)]
"""A turn of the coach's, with gaps such as ``{offer}``."""


class Words(_Part):
    """What the coach says otherwise of a situation; None: as ``coach.yaml`` has it."""

    needs: str | None = None
    technique: str | None = None
    shape: str | None = None
    rewrite: Rewrite | None = None


class Coaching(_Part):
    """What the coach says otherwise in this scenario, since it is no talk with a customer.

    ``manner`` stands in place of the channel's lines; ``advice`` has a situation's words, field by field.
    """

    manner: tuple[str, ...] = ()
    advice: dict[Situation, Words] = {}


class Difficulty(_Part):
    """The scenario as numbers. ``clamp`` bounds what one turn can change."""

    anger: int = Field(ge=30, le=100)
    trust: int = Field(ge=0, le=60)
    patience: int = Field(ge=3, le=20)
    clamp: int = Field(ge=4, le=40)
    drift: int = Field(ge=0, le=5)
    bait: float = Field(ge=0, le=1)


def bounds(part: type[BaseModel], field: str) -> tuple[float, float]:
    """The least and the most that a number of a scenario may be, as its field says."""
    limits = part.model_fields[field].metadata
    return next(m.ge for m in limits if hasattr(m, "ge")), next(m.le for m in limits if hasattr(m, "le"))


class Scenario(_Part):
    """All of it. ``lines`` holds the author's lines by move and anger band; ``hung_up_on`` the last words of a
    customer whom the agent hangs up on (what is said on leaving, if there are none).
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    industry: str
    company: str
    channel: Channel
    policy: str
    winnable: bool = True
    root_cause: str
    trains: tuple[str, ...] = Field(min_length=1)
    you: str = Field(description="who the trainee is")
    situation: str = Field(description="what the trainee is told")
    persona: Persona
    story: str = Field(description="what happened, as the customer sees it; shown to the voice")
    grievance: str
    owned: str = Field("", description="the grievance as a good agent owns it, said to the customer")
    details: tuple[str, ...] = Field(min_length=3, description="words that show the case was heard")
    wants: str
    opening: str
    difficulty: Difficulty
    facts: tuple[Fact, ...]
    remedies: tuple[Remedy, ...] = Field(min_length=2)
    coach: Coaching = Coaching()
    lines: dict[Move, dict[Band, tuple[str, ...]]]
    hung_up_on: tuple[str, ...] = ()

    @field_validator("facts", "remedies")
    @classmethod
    def _unique(cls, parts: tuple[Any, ...]) -> tuple[Any, ...]:
        ids = [p.id for p in parts]
        twice = {i for i in ids if ids.count(i) > 1}
        if twice:
            raise ValueError(f"the id {sorted(twice)[0]!r} stands twice")
        return parts

    @model_validator(mode="after")
    def _complete(self) -> "Scenario":
        early = next((f for f in self.facts if f.gate and f.gate <= self.difficulty.trust), None)
        if early:
            raise ValueError(
                f"facts: '{early.id}' has the gate {early.gate}, which the starting trust {self.difficulty.trust} "
                "meets; raise the gate, or make it 0 if it is told to whoever asks"
            )
        for move in MOVES:
            if move not in SPOKEN_BY_SCRIPT and not any(self.lines.get(move, {}).values()):
                raise ValueError(f"lines: no line for the move '{move}'")
        if not any(r.authority == "alone" for r in self.remedies):
            raise ValueError("remedies: at least one must be within the agent's own authority ('alone')")
        patterns = {"facts": [f.asks for f in self.facts], "remedies": [r.words for r in self.remedies]}
        for field, lists in (*patterns.items(), ("details", [self.details])):
            for word in (word for words in lists for word in words):
                _check_pattern(field, word)
        return self

    @property
    def hidden(self) -> tuple[Fact, ...]:
        """The facts that must be earned."""
        return tuple(f for f in self.facts if f.gate)

    def fact(self, fact_id: str) -> Fact:
        """One fact by its id."""
        return next(f for f in self.facts if f.id == fact_id)

    def remedy(self, remedy_id: str) -> Remedy:
        """One remedy by its id."""
        return next(r for r in self.remedies if r.id == remedy_id)

    def lines_for(self, move: Move, band: Band) -> tuple[str, ...]:
        """The author's lines for a move, this band's first, then those of the nearest bands."""
        by_band = self.lines.get(move, {})
        here = BANDS.index(band)
        near = sorted(BANDS, key=lambda b: abs(BANDS.index(b) - here))
        return tuple(line for b in near for line in by_band.get(b, ()))


@lru_cache(maxsize=8192)
def from_a_word(pattern: str) -> re.Pattern[str]:
    """A scenario's pattern (``asks``, ``words``) as it is searched: from a word's start, whatever its case."""
    return re.compile(rf"\b(?:{pattern})", re.IGNORECASE)


def _check_pattern(field: str, pattern: str) -> None:
    try:
        re.compile(pattern)  # alone: what closes a bracket too many would pass within another
    except re.error as error:
        raise ValueError(f"{field}: {pattern!r} is not a regular expression: {error}") from error
    if pattern[:1] in "£€$":
        raise ValueError(f"{field}: {pattern!r} begins with a sign; it is searched from the start of a word")


def band_of(anger: int) -> Band:
    """The anger band: calm below 25, annoyed below 50, angry below 75, else furious."""
    return "furious" if anger >= 75 else "angry" if anger >= 50 else "annoyed" if anger >= 25 else "calm"


@lru_cache(maxsize=64)  # the built-in ones take a second, and every shelf reads them
def parse_scenario(text: str, loader: Any = yaml.SafeLoader) -> tuple[Scenario | None, tuple[Fault, ...]]:
    """The scenario that a file's text is, or None and the first things that break the schema."""
    return parsed(text, Scenario, loader)


def read_file(path: Path) -> str:
    """The text of a scenario's file.

    Raises:
        ScenarioError: it cannot be read, or is not UTF-8; names the line.
    """
    try:
        data = path.read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise ScenarioError(f"{path.name}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ScenarioError(f"{path.name}, line {line}: it is not UTF-8 text. Save the file as UTF-8.") from error


def load_scenario(path: Path) -> Scenario:
    """Read one file.

    Raises:
        ScenarioError: it cannot be read or breaks the schema; names file, line and field.
    """
    text = read_file(path)
    scenario, faults = parse_scenario(text, LOADER if path.parent == FOLDER else yaml.SafeLoader)
    if scenario is None:
        raise ScenarioError("\n".join(f"{path.name}, {fault}" for fault in faults))
    return scenario


def load_scenarios(*folders: Path) -> dict[str, Scenario]:
    """All scenarios of the folders (the built-in one by default), by id.

    Raises:
        ScenarioError: one breaks the schema, or two share an id.
    """
    found: dict[str, Scenario] = {}
    for folder in folders or (FOLDER,):
        for path in sorted(folder.glob("*.yaml")):
            scenario = load_scenario(path)
            if scenario.id in found:
                raise ScenarioError(f"{path.name}: the id '{scenario.id}' is taken by another scenario.")
            found[scenario.id] = scenario
    return found


def pick(scenarios: dict[str, Scenario], scenario_id: str) -> Scenario:
    """One scenario.

    Raises:
        UnknownScenario: none has that id; names those there are.
    """
    if scenario_id not in scenarios:
        raise UnknownScenario(f"No scenario '{scenario_id}'. There are: {', '.join(sorted(scenarios))}.")
    return scenarios[scenario_id]
