"""What the REST routes take and give."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.conversation import MAX_CHARACTERS
from assistant.roleplay.acts import Act
from assistant.roleplay.coach import Advice, Hint, Preview
from assistant.roleplay.effects import Effect
from assistant.roleplay.levels import Level
from assistant.roleplay.practice import Exchange, Practice
from assistant.roleplay.room import MOST_FELT
from assistant.roleplay.scenario import Channel, Scenario
from assistant.roleplay.state import Ending, Stage, State
from knowledge import Passage


class Shape(BaseModel):
    """Base of all bodies: a key that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ScenarioCard(Shape):
    """A scenario as a trainee may see it before the talk."""

    id: str
    title: str
    customer: str
    industry: str
    company: str
    channel: Channel
    winnable: bool
    you: str
    situation: str
    trains: tuple[str, ...]

    @classmethod
    def of(cls, scenario: Scenario) -> "ScenarioCard":
        """The card of a scenario."""
        same = scenario.model_dump(
            include={"id", "title", "industry", "company", "channel", "winnable", "you", "trains"}
        )
        return cls(**same, customer=scenario.persona.name, situation=" ".join(scenario.situation.split()))


class NewPractice(Shape):
    """Begin a practice; ``seed`` fixes every chance, ``mode`` exam hides coaching until the end."""

    scenario: str = Field(max_length=80, examples=["gym-double-booking"])
    difficulty: Level = "as written"
    seed: str = Field("", max_length=80)
    channel: Channel | Literal[""] = ""
    mode: Literal["coached", "exam"] = "coached"
    before: str = Field("", max_length=MOST_FELT, description="how you feel, and what would trigger you here")


class Line(Shape):
    """Something that is said."""

    text: str = Field(max_length=4 * MAX_CHARACTERS)


class Back(Shape):
    """Go back to after ``turn`` turns (0 is the beginning) on a new branch."""

    turn: int = Field(ge=0, le=1000)


class Finish(Shape):
    """End a practice; ``after`` is how you feel now."""

    after: str | None = Field(None, max_length=MOST_FELT)


class SeenAct(Shape):
    """An act with the words that show it."""

    act: str
    label: str
    polarity: Literal["helping", "harming", "neutral"]
    quote: str
    sure: float

    @classmethod
    def of(cls, act: Act) -> "SeenAct":
        """The act as it is told."""
        kind = act.kind
        return cls(act=act.id, label=kind.label, polarity=kind.polarity, quote=act.quote, sure=act.sure)


class Mood(Shape):
    """What the customer feels: anger and trust 0 to 100, patience in turns."""

    anger: int
    trust: int
    patience: int
    stage: Stage

    @classmethod
    def of(cls, state: State) -> "Mood":
        """The mood of a state."""
        return cls(anger=state.anger, trust=state.trust, patience=state.patience, stage=state.stage)


class TurnShown(Shape):
    """One turn: what was said, how it was read and felt, and the customer's line (empty while it is missing).

    In an exam ``acts``, ``effects`` and ``mood`` are null until its end.
    """

    turn: int
    text: str
    acts: tuple[SeenAct, ...] | None
    effects: tuple[Effect, ...] | None
    mood: Mood | None
    reader: str
    line: str
    by: str
    model: str
    note: str

    @classmethod
    def of(cls, exchange: Exchange, hide: bool) -> "TurnShown":
        """The turn of an exchange; ``hide`` what an exam hides."""
        same = exchange.model_dump(include={"turn", "text", "line", "by", "model", "note"})
        return cls(
            **same,
            acts=None if hide else tuple(map(SeenAct.of, exchange.reading.acts)),
            effects=None if hide else exchange.effects,
            mood=None if hide else Mood.of(exchange.state),
            reader=exchange.reading.reader,
        )


class PracticeShown(Shape):
    """A practice so far."""

    id: str
    parent: str
    scenario: ScenarioCard
    difficulty: Level
    seed: str
    mode: Literal["coached", "exam"]
    opening: str
    turns: tuple[TurnShown, ...]
    mood: Mood | None
    known: tuple[str, ...]
    ending: Ending | None
    over: bool

    @classmethod
    def of(cls, practice: Practice, scenario: Scenario) -> "PracticeShown":
        """The practice as its owner may see it."""
        hide = practice.exam and not practice.over
        return cls(
            id=practice.id,
            parent=practice.parent,
            scenario=ScenarioCard.of(scenario),
            difficulty=practice.level,
            seed=practice.seed,
            mode="exam" if practice.exam else "coached",
            opening=practice.opening,
            turns=tuple(TurnShown.of(e, hide) for e in practice.exchanges),
            mood=None if hide else Mood.of(practice.state),
            known=tuple(scenario.fact(f).text for f in practice.state.open_facts),
            ending=practice.ending,
            over=practice.over,
        )


class HintShown(Shape):
    """What the customer needs now."""

    needs: str
    technique: str
    shape: str
    guide: str
    manner: tuple[str, ...]

    @classmethod
    def of(cls, hint: Hint) -> "HintShown":
        """The hint as it is told."""
        return cls(
            needs=hint.advice.needs,
            technique=hint.advice.technique,
            shape=hint.advice.shape,
            guide=hint.advice.guide,
            manner=hint.manner,
        )


class PreviewShown(Shape):
    """What an unsent line shows and would earn; nothing was spent."""

    acts: tuple[SeenAct, ...]
    effects: tuple[Effect, ...]
    mood: Mood
    misses: Advice | None
    reader: str

    @classmethod
    def of(cls, preview: Preview) -> "PreviewShown":
        """The preview as it is told."""
        return cls(
            acts=tuple(map(SeenAct.of, preview.acts)),
            effects=preview.effects,
            mood=Mood.of(preview.state),
            misses=preview.misses,
            reader=preview.reader,
        )


class WaitingEvent(Shape):
    """``waiting``: busy; so many are ahead, and then it is this one's turn."""

    ahead: int


class PassageShown(Shape):
    """A section that was found."""

    id: str
    title: str
    kind: Literal["guide", "policy"]
    policy_set: str
    audience: Literal["public", "internal"]
    text: str
    score: float
    why: str

    @classmethod
    def of(cls, passage: Passage) -> "PassageShown":
        """The passage as it is told."""
        meta = passage.meta
        return cls(
            id=passage.id,
            title=passage.section.breadcrumb,
            kind=meta.kind,
            policy_set=meta.set,
            audience=meta.audience,
            text=passage.section.text,
            score=passage.score,
            why=passage.why,
        )
