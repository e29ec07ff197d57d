"""Checks of a trainee's practice in code: each gives the words that meet a criterion.

    CHECKS["owned"](practice, scenario)      # Evidence(turn=1, quote="That was our mistake", sure=0.81) or None

They see the trainee's turns and what came before each, never how the customer took them. An act
counts where it stood: in a turn that did no harm, and not in a pile of catchwords.
"""

import re
from collections.abc import Callable, Iterator

from pydantic import BaseModel, ConfigDict

from assistant.roleplay.acts import Act
from assistant.roleplay.patterns import gibberish, sentences
from assistant.roleplay.practice import Exchange, Practice
from assistant.roleplay.scenario import Scenario

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
    return _first(practice.exchanges[:2], "names_specific")


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
    return _first(practice.exchanges, "open_question") or _opener(practice)


def took_up(practice: Practice, scenario: Scenario) -> Evidence | None:
    """Every turn after something was let out answers to it."""
    after = list(_after_reveals(practice))
    if not after or not all(e.reading.takes_up for e in after):
        return None
    return Evidence(
        turn=after[0].turn, quote=sentences(after[0].text)[0] if sentences(after[0].text) else after[0].text
    )


def explained_limit(practice: Practice, scenario: Scenario) -> Evidence | None:
    """A limit with its reason."""
    return _first(practice.exchanges, "reasoned_policy")


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
        explained_limit,
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
        "baited": any(e.move == "bait" for e in exchanges),
    }[when]


def honest(act: Act, exchange: Exchange) -> bool:
    """Whether an act stands in a sentence that says something, in a turn that did no harm."""
    if exchange.reading.harms():
        return False
    home = next((s for s in sentences(exchange.text) if act.quote in s), act.quote)
    helping = [a for a in exchange.reading.acts if a.kind.polarity == "helping" and a.id != "names_specific"]
    crowd = sum(a.quote in home for a in helping)
    return not gibberish(home) and crowd <= CROWD and len(re.findall(r"\w+", home)) >= 3


def _first(exchanges: tuple[Exchange, ...], act_id: str) -> Evidence | None:
    for exchange in exchanges:
        for act in exchange.reading.acts:
            if act.id == act_id and (
                honest(act, exchange) or act_id == "names_specific" and not exchange.reading.harms()
            ):
                return Evidence(turn=exchange.turn, quote=act.quote, sure=act.sure)
    return None


def _opener(practice: Practice) -> Evidence | None:
    for exchange in practice.exchanges:
        if exchange.fact and exchange.move == "reveal" and exchange.fact in exchange.state.open_facts:
            question = next((s for s in sentences(exchange.text) if s.endswith("?")), exchange.text)
            return Evidence(turn=exchange.turn, quote=question)
    return None


def _after_reveals(practice: Practice) -> Iterator[Exchange]:
    """The trainee's turns that follow a telling of something hidden."""
    for before, after in zip(practice.exchanges, practice.exchanges[1:], strict=False):
        if before.move == "reveal" and before.fact in before.state.open_facts:
            yield after
