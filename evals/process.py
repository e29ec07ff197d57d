"""Checks of a trainee's practice in code: each gives the words that meet a criterion.

    CHECKS["owned"](practice, scenario)      # Evidence(turn=1, quote="That was our mistake", sure=0.81) or None

They see the trainee's turns and what came before each, never how the customer took them. An act
counts where it stood: in a turn that attacked nobody and was not cold (scoring.yaml says what spoils
a turn), in a sentence that says something and is no pile of catchwords.
"""

import re
from collections.abc import Callable, Iterator

from pydantic import BaseModel, ConfigDict

from assistant.roleplay.acts import Act
from assistant.roleplay.offers import find, offers
from assistant.roleplay.patterns import sentences
from assistant.roleplay.pile import piled
from assistant.roleplay.practice import Exchange, Practice
from assistant.roleplay.scenario import Scenario
from evals.scoring import points

EARLY = 2
"""Turns within which a detail of the case has to be named."""
CROWD = 4
"""Helping acts, details of the case aside, that one sentence can honestly show."""


class Evidence(BaseModel):
    """The words of the trainee that meet a criterion; ``sure`` is the reader's certainty, 0 to 1."""

    model_config = ConfigDict(frozen=True)

    turn: int
    quote: str
    sure: float = 1.0


Check = Callable[[Practice, Scenario], Evidence | None]


def named_early(practice: Practice, scenario: Scenario) -> Evidence | None:
    """A detail of the case in the first two turns."""
    return _first(practice.exchanges[:EARLY], "names_specific")


def named_late(practice: Practice) -> int:
    """The turn in which a detail of the case was named first, where that came too late; 0 if it did not."""
    found = _first(practice.exchanges, "names_specific")
    return found.turn if found and found.turn > EARLY else 0


def acknowledged(practice: Practice, scenario: Scenario) -> Evidence | None:
    """The feeling is recognised."""
    return _first(practice.exchanges, "acknowledges_feeling")


def owned(practice: Practice, scenario: Scenario) -> Evidence | None:
    """The fault is owned."""
    return _first(practice.exchanges, "owned_apology")


def said_back(practice: Practice, scenario: Scenario) -> Evidence | None:
    """What was told is said back."""
    return _first(practice.exchanges, "paraphrase")


def asked_openly(practice: Practice, scenario: Scenario) -> Evidence | None:
    """An open question, or any question that brought something hidden out."""
    return _first(practice.exchanges, "open_question") or _opener(practice, scenario)


def took_up(practice: Practice, scenario: Scenario) -> Evidence | None:
    """Every turn after something was let out answers to it."""
    after = list(_after_reveals(practice))
    if not after or not all(e.reading.takes_up and not spoiled(e) for e in after):
        return None
    return Evidence(
        turn=after[0].turn, quote=sentences(after[0].text)[0] if sentences(after[0].text) else after[0].text
    )


def explained_policy(practice: Practice, scenario: Scenario) -> Evidence | None:
    """What policy does not allow, with its reason."""
    return _first(practice.exchanges, "reasoned_policy")


def set_limit(practice: Practice, scenario: Scenario) -> Evidence | None:
    """A limit on insults, after one."""
    first = next((e.turn for e in practice.exchanges if e.move == "bait"), len(practice.exchanges))
    return _first(practice.exchanges[first:], "respectful_limit")


def gave_choice(practice: Practice, scenario: Scenario) -> Evidence | None:
    """A real choice."""
    return _first(practice.exchanges, "choice")


def committed(practice: Practice, scenario: Scenario) -> Evidence | None:
    """A commitment with a time."""
    return _first(practice.exchanges, "dated_commitment")


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        named_early,
        acknowledged,
        owned,
        said_back,
        asked_openly,
        took_up,
        explained_policy,
        set_limit,
        gave_choice,
        committed,
    )
}


def applies(when: str, practice: Practice, scenario: Scenario) -> bool:
    """Whether a criterion's ``applies_when`` holds for this practice."""
    exchanges = practice.exchanges
    return {
        "always": True,
        "let_out": any(_after_reveals(practice)),
        "limit_needed": not scenario.winnable
        or any(e.reading.has("bare_policy", "off_policy_promise") for e in exchanges),
        "baited": _baited(practice),
    }[when]


def _baited(practice: Practice) -> bool:
    """Whether a limit was called for: a first jab may be let pass, a second one that could be answered may not."""
    answered = sum(e.move == "bait" for e in practice.exchanges[:-1])
    return answered > 1 or practice.state.limit_at > 0


def honest(act: Act, exchange: Exchange) -> bool:
    """Whether an act stands in a sentence that says something and is no trick, in a turn that nothing spoils.

    A detail of the case says something only in a turn that helps otherwise: it can be named in a sneer as well.
    """
    home = home_of(act.quote, exchange)
    if not _says(home, exchange) or spoiled(exchange):
        return False
    if act.id == "names_specific":
        return any(_helps(a) and honest(a, exchange) for a in exchange.reading.acts)
    crowd = sum(a.quote in home for a in exchange.reading.acts if _helps(a))
    return crowd <= CROWD and len(re.findall(r"\w+", home)) >= 3


def used_policy(exchange: Exchange, scenario: Scenario) -> bool:
    """Whether a turn uses policy for the customer: a remedy granted, a reason given, a choice left."""
    said = " ".join(s for s in sentences(exchange.text) if _says(s, exchange))
    granted = offers(said, scenario).keys() & set(exchange.reading.remedies)
    acts = [a for a in exchange.reading.acts if a.id in points().uses]
    return not spoiled(exchange) and (bool(granted) or any(honest(a, exchange) for a in acts))


def spoiled(exchange: Exchange) -> bool:
    """Whether a turn surely holds a harm that takes back what else is in it."""
    return any(spoils(a, exchange) for a in exchange.reading.acts)


def spoils(act: Act, exchange: Exchange) -> bool:
    """Whether an act surely is such a harm, in a sentence that says something."""
    return points().spoils(act) and not piled(home_of(act.quote, exchange))


def home_of(quote: str, exchange: Exchange) -> str:
    """The sentence of a turn that some of its words stand in."""
    return next((s for s in sentences(exchange.text) if quote in s), quote)


def _says(sentence: str, exchange: Exchange) -> bool:
    """Whether a sentence says something to the customer: no pile of catchwords, and no trick in it."""
    trick = exchange.reading.quote("manipulation")
    return not piled(sentence) and not (trick and (trick in sentence or sentence in trick))


def _helps(act: Act) -> bool:
    return act.kind.polarity == "helping" and act.id != "names_specific"


def _first(exchanges: tuple[Exchange, ...], act_id: str) -> Evidence | None:
    for exchange in exchanges:
        for act in exchange.reading.acts:
            if act.id == act_id and honest(act, exchange):
                return Evidence(turn=exchange.turn, quote=act.quote, sure=act.sure)
    return None


def _opener(practice: Practice, scenario: Scenario) -> Evidence | None:
    for exchange in practice.exchanges:
        told = exchange.fact and exchange.move == "reveal" and exchange.fact in exchange.state.open_facts
        if told and not spoiled(exchange):
            asks = scenario.fact(exchange.fact).asks
            question = next((s for s in sentences(exchange.text) if s.endswith("?") and find(asks, s)), "")
            if question:
                return Evidence(turn=exchange.turn, quote=question)
    return None


def _after_reveals(practice: Practice) -> Iterator[Exchange]:
    """The trainee's turns that follow a telling of something hidden."""
    for before, after in zip(practice.exchanges, practice.exchanges[1:], strict=False):
        if before.move == "reveal" and before.fact in before.state.open_facts:
            yield after
