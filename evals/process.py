"""Checks of a trainee's practice in code: each gives the words that meet a criterion.

    CHECKS["owned"](practice, scenario)      # Evidence(turn=1, quote="That was our mistake", sure=0.81) or None

They see the trainee's turns and what came before each, never how the customer took them. An act
counts where it stood: in a turn that attacked nobody and was not cold (scoring.yaml says what spoils
a turn), in a sentence that says something and is no pile of catchwords.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from assistant.roleplay.acts import Act
from assistant.roleplay.offers import offers
from assistant.roleplay.patterns import gibberish, sentences
from assistant.roleplay.practice import Exchange, Practice
from assistant.roleplay.scenario import Scenario
from evals.scoring import points

CROWD = 4
"""Helping acts, details of the case aside, that one sentence can honestly show."""
LONG_ENOUGH, SMALL_SHARE = 7, 0.12
"""From so many words on, a sentence has at least this share of small words."""
SMALL = frozenset(
    "a about after all an and any are as at be because been before but by can could did do does for from had has "
    "have he her him his how i i'd i'll i'm i've if in is it it's its me my no nor not of off on or our out over "
    "she so than that that's the their them then there they this to until up us was we we'd we'll we're we've were "
    "what when where which while who why will with within without would you you'd you'll you're you've your "
    "yours".split()
)


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
    """Whether an act stands in a sentence that says something and is no trick, in a turn that nothing spoils."""
    home = home_of(act.quote, exchange)
    crowd = sum(a.quote in home for a in exchange.reading.acts if _helps(a))
    trick = exchange.reading.quote("manipulation")
    tricks = bool(trick) and (trick in home or home in trick)
    says = not piled(home) and crowd <= CROWD and len(re.findall(r"\w+", home)) >= 3
    return says and not tricks and not spoiled(exchange)


def used_policy(exchange: Exchange, scenario: Scenario) -> bool:
    """Whether a turn uses policy for the customer: a remedy granted, a reason given, a choice left."""
    said = " ".join(s for s in sentences(exchange.text) if not piled(s))
    granted = offers(said, scenario).keys() & set(exchange.reading.remedies)
    acts = [a for a in exchange.reading.acts if a.id in points().uses]
    return not spoiled(exchange) and (bool(granted) or any(honest(a, exchange) for a in acts))


def spoiled(exchange: Exchange) -> bool:
    """Whether a turn surely holds a harm that takes back what else is in it."""
    return any(points().spoils(a) and not piled(home_of(a.quote, exchange)) for a in exchange.reading.acts)


def home_of(quote: str, exchange: Exchange) -> str:
    """The sentence of a turn that some of its words stand in."""
    return next((s for s in sentences(exchange.text) if quote in s), quote)


@lru_cache(maxsize=4096)
def piled(sentence: str) -> bool:
    """Whether words are strung together without the small words that make them a sentence, or are none."""
    words = re.findall(r"[a-z']+", sentence.lower())
    small = sum(word in SMALL for word in words)
    return gibberish(sentence) or (len(words) >= LONG_ENOUGH and small / len(words) < SMALL_SHARE)


def _helps(act: Act) -> bool:
    return act.kind.polarity == "helping" and act.id != "names_specific"


def _first(exchanges: tuple[Exchange, ...], act_id: str) -> Evidence | None:
    for exchange in exchanges:
        for act in exchange.reading.acts:
            named = act.id == "names_specific" and not spoiled(exchange) and not piled(home_of(act.quote, exchange))
            if act.id == act_id and (named or honest(act, exchange)):
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
