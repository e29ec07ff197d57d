"""A practice: a trainee and a customer, turn by turn. Pure: the same inputs give the same practice.

    practice = Practice.begin(scenario, seed="7")
    exchange = practice.respond(scenario, "We double-booked you. I'm sorry.", reading)
    practice = practice.with_exchange(exchange.spoken("Sorry for what, exactly?", by="author"))

``rewind(n)`` goes back to after turn n, where something else may be said. Nothing here waits, stores
or speaks to a model.
"""

import uuid
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assistant.conversation import Transcript
from assistant.errors import PracticeOver
from assistant.roleplay.acts import Reading
from assistant.roleplay.context import complete
from assistant.roleplay.demands import Matter, given_by, met
from assistant.roleplay.effects import Effect
from assistant.roleplay.levels import Level, at_level
from assistant.roleplay.moves import choose
from assistant.roleplay.scenario import Band, Channel, Move, Scenario
from assistant.roleplay.script import Cue
from assistant.roleplay.state import BY_AGENT, Ending, State, begin, update
from assistant.roleplay.voice import Spoken


class Exchange(BaseModel):
    """One turn: what the trainee said, how it was read and felt, the move, and the customer's line.

    ``line`` is empty while the line is still being said (or was lost in a crash).
    """

    model_config = ConfigDict(frozen=True)

    turn: int
    text: str
    reading: Reading
    effects: tuple[Effect, ...]
    state: State
    move: Move
    fact: str = ""
    line: str = ""
    by: Literal["", "model", "author"] = ""
    model: str = ""
    rejected: tuple[str, ...] = ()
    note: str = ""

    def spoken(self, spoken: Spoken) -> "Exchange":
        """The exchange with the customer's line."""
        return self.model_copy(
            update={
                "line": spoken.text,
                "by": spoken.by,
                "model": spoken.model,
                "rejected": spoken.rejected,
                "note": spoken.note,
            }
        )

    @property
    def as_spoken(self) -> Spoken:
        """The customer's line as it was said."""
        by = self.by or "author"
        return Spoken(text=self.line, by=by, model=self.model, rejected=self.rejected, note=self.note)


class Practice(BaseModel):
    """A practice so far. ``parent`` is the practice it branched from, ``seed`` fixes every chance.

    ``level`` and ``channel`` say how the scenario is played ("" is its own channel). ``exam`` hides
    coaching until the end; ``closed`` says that the trainee ended it; ``before`` and ``after`` are the
    trainee's own words on how they feel.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    scenario: str
    seed: str
    start: State
    opening: str
    parent: str = ""
    level: Level = "as written"
    channel: Channel | Literal[""] = ""
    exam: bool = False
    closed: bool = False
    before: str = ""
    after: str = ""
    exchanges: tuple[Exchange, ...] = ()

    @classmethod
    def begin(
        cls,
        scenario: Scenario,
        seed: str = "",
        exam: bool = False,
        before: str = "",
        level: Level = "as written",
        channel: Channel | Literal[""] = "",
    ) -> "Practice":
        """A new practice of a scenario as its author wrote it; an empty seed draws one."""
        identity = uuid.uuid4().hex
        scenario = at_level(scenario, level, channel)
        return cls(
            id=identity,
            scenario=scenario.id,
            seed=seed or identity[:8],
            start=begin(scenario),
            opening=" ".join(scenario.opening.split()),
            level=level,
            channel=channel,
            exam=exam,
            before=before,
        )

    @property
    def state(self) -> State:
        """The state now."""
        return self.exchanges[-1].state if self.exchanges else self.start

    @property
    def ending(self) -> Ending | None:
        """How it ended; None while it goes on."""
        return self.state.ending

    @property
    def over(self) -> bool:
        """Whether nothing more is said: the customer ended it, or the trainee did."""
        return self.closed or self.ending is not None

    @property
    def transcript(self) -> Transcript:
        """What was said so far."""
        transcript = Transcript().add("customer", self.opening)
        for exchange in self.exchanges:
            transcript = transcript.add("agent", exchange.text)
            if exchange.line:
                transcript = transcript.add("customer", exchange.line)
        return transcript

    @property
    def beats(self) -> tuple[tuple[Band, Move], ...]:
        """The band and move of each thing the customer said, the opening first."""
        return ((self.start.band, "vent"), *((e.state.band, e.move) for e in self.exchanges))

    def _given(self, customer: str, text: str, reading: Reading) -> frozenset[Matter]:
        """What the trainee's turns, and this one after them, have given of what the customer may demand."""
        turns = ((e.text, e.reading) for e in self.exchanges)
        return frozenset().union(*(given_by(*turn, customer) for turn in (*turns, (text, reading))))

    def plays(self, scenario: Scenario) -> bool:
        """Whether the scenario is still the one it began with: of the same id, with the same facts."""
        return scenario.id == self.scenario and {f.id for f in scenario.facts} == self.start.facts.keys()

    def check_open(self) -> None:
        """Make sure that it goes on.

        Raises:
            PracticeOver: it has ended.
        """
        if self.over:
            raise PracticeOver(
                f"This practice is over ({self.ending or 'you ended it'}). Rewind it, or start another."
            )

    def respond(self, scenario: Scenario, text: str, words: Reading) -> Exchange:
        """What the trainee's turn does, still without the customer's line.

        Args:
            scenario: the practice's scenario.
            text: the trainee's turn.
            words: the reading of its words; what needs context is added here.

        Raises:
            PracticeOver: the practice has ended.
        """
        self.check_open()
        before = self.state
        reading = complete(words, text, self.transcript, scenario, before)
        felt = update(before, reading, scenario)
        given = self._given(scenario.persona.name, text, reading)
        step = choose(before, felt.state, reading, scenario, self.seed, given)
        return Exchange(
            turn=len(self.exchanges) + 1,
            text=text,
            reading=reading,
            effects=felt.effects,
            state=step.state,
            move=step.move,
            fact=step.fact,
        )

    def cue(self, scenario: Scenario, exchange: Exchange) -> Cue:
        """What the voice is to say in this exchange."""
        state = exchange.state
        circling = bool(exchange.fact) and state.facts[exchange.fact] == "approached"
        told = tuple(f for f in state.open_facts if f != exchange.fact)
        return Cue(
            scenario=scenario,
            move=exchange.move,
            band=state.band,
            fact=exchange.fact,
            circling=circling,
            told=told,
            transcript=self.transcript.add("agent", exchange.text),
            moves=self.beats,
            seed=self.seed,
            given=self._given(scenario.persona.name, exchange.text, exchange.reading) | met(state),
            hung_up_on=state.ending in BY_AGENT,
        )

    def ahead(self, scenario: Scenario) -> Cue:
        """The scene so far with an agent's turn still to come, for a voice that reads ahead."""
        return Cue(
            scenario=scenario,
            move="vent",
            band=self.state.band,
            transcript=self.transcript.add("agent", ""),
            moves=self.beats,
            seed=self.seed,
        )

    def with_exchange(self, exchange: Exchange) -> "Practice":
        """The practice with one more exchange, or with the last one replaced by its spoken form."""
        kept = self.exchanges[: exchange.turn - 1]
        return self.model_copy(update={"exchanges": (*kept, exchange)})

    def rewind(self, turn: int) -> "Practice":
        """A branch as it stood after ``turn`` turns (0 is the beginning)."""
        return self.model_copy(
            update={
                "id": uuid.uuid4().hex,
                "parent": self.id,
                "closed": False,
                "after": "",
                "exchanges": self.exchanges[: max(0, turn)],
            }
        )

    def parts_from(self, other: "Practice") -> int:
        """The first turn (1-based) that differs from another practice's; the one after the last shared one."""
        pairs = zip(self.exchanges, other.exchanges, strict=False)
        return next((e.turn for e, o in pairs if e != o), min(len(self.exchanges), len(other.exchanges)) + 1)


def replay(practice: Practice, scenario: Scenario) -> list[State]:
    """The states that the stored readings give when played again; equal to the stored ones."""
    again = practice.rewind(0)
    for exchange in practice.exchanges:
        words = Reading(
            acts=tuple(a for a in exchange.reading.acts if a.kind.judged_by == "words"),
            reader=exchange.reading.reader,
        )
        played = again.respond(scenario, exchange.text, words)
        again = again.with_exchange(played.model_copy(update={"line": exchange.line, "by": exchange.by}))
    return [e.state for e in again.exchanges]
