"""How much of a hidden fact a line gives away: one rule for the guard, for lint and for the measure in the evals.

    gives_away("I'd sent my crew home early for this.", fact, in_the_open(scenario))      # True

A fact's own words are those that it is written or told in, and that nothing else that is known is told in.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from assistant.roleplay.scenario import Fact, Scenario

SHARE, LEAST = 0.5, 2
"""A line that has this share of a fact's own words, and at least so many, gives it away."""
FEW = 3
"""So many are enough for whoever is wary, however many the fact has."""
_STOP = frozenset(
    "the and that this with have from they them their there been were what when your will would about into "
    "because which who him his her she for was are has had not but you all out can".split()
)


def gives_away(line: str, fact: Fact, known: Iterable[str], wary: bool = False) -> bool:
    """Whether a line carries half of a hidden fact's own words, as it is written or as it is told.

    Args:
        known: what the customer may speak of without the fact.
        wary: short words count as well, and ``FEW`` words are enough. The guard is: where it is wrong, another
            sample is said; where it lets a fact through, a trainee has it for nothing. Lint and the evals are not:
            such a line is seldom a leak, and its author would be told to mend what is fine.
    """
    known = tuple(known)
    if any(_half(beginnings(line), own) for own in _own(fact, known)):
        return True
    if not wary:
        return False
    own = content_words(f"{fact.text} {fact.reveal}").difference(*map(content_words, known))
    shared = len(content_words(line) & own)
    return shared >= FEW or (bool(own) and shared >= SHARE * len(own))


def in_the_open(scenario: Scenario) -> tuple[str, ...]:
    """What is known of a case before anything hidden is told."""
    return scenario.story, scenario.situation, scenario.grievance


@lru_cache(maxsize=4096)
def beginnings(text: str) -> frozenset[str]:
    """The longer words of a text, by their first six letters."""
    return frozenset(w[:6] for w in re.findall(r"[a-z']{5,}", text.lower().replace("’", "'")))


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """The words that say something; the same facts and lines are asked about for every line."""
    return frozenset(w for w in re.findall(r"[a-z]{3,}", text.lower()) if w not in _STOP)


def _own(fact: Fact, known: tuple[str, ...]) -> list[frozenset[str]]:
    """The own words of a fact as it is written, and as it is told."""
    return [beginnings(telling).difference(*map(beginnings, known)) for telling in (fact.text, fact.reveal)]


def _half(said: frozenset[str], own: frozenset[str]) -> bool:
    return bool(own) and len(said & own) >= max(LEAST, SHARE * len(own))
