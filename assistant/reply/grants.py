"""What quoted policies grant, and whether that backs a commitment. Pure code.

granted("An agent may, without asking anyone, refund up to £20.").backs(found)      # True or False
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.reply.commitments import is_grant, refuses
from assistant.reply.figures import (
    Commitment,
    Kind,
    counts_in,
    extents_in,
    figures_in,
    remedies_in,
    sentences_in,
    span_counts_in,
    stems,
)
from assistant.reply.vocabulary import vocabulary

_APPROVAL = re.compile(
    r"\bneeds? (?:[\w'’-]+ ){0,8}(?:approval|decision|evidence)|\bwith the [\w' -]+approval|\b(?:manager|lead|"
    r"supervisor|director|desk) may approve\b",
    re.IGNORECASE,
)
_POLICY_REFUSES = re.compile(
    r"\brefus\w+|\b(?:cannot|may not|does not|do not|never|are not|is not|(?:pays|gives|offers|makes|grants) no)\b",
    re.IGNORECASE,
)
_CHOICE = re.compile(r"\b(?:or|instead of|in place of)\b", re.IGNORECASE)
_ANY = re.compile(r"(?<!without )\bany (?!\d)", re.IGNORECASE)
"""A policy that grants any, grants every; "in any 12 months" counts months."""
_AGENT_MAY = re.compile(r"\bagent may, without asking anyone,", re.IGNORECASE)
ENOUGH = 0.5
"""The share of a granting clause's own words that the quoted policy (or the customer) must hold."""
REFUSED_ENOUGH = 0.6
"""The same, for an explanation that rests on a sentence which refuses."""
_UP_TO = re.compile(r"\b(?:up to|less than|at most)\b", re.IGNORECASE)
_CAPS = re.compile(r"\b(?:up to|less than|at most|above|over|more than)\b", re.IGNORECASE)
_NEXT_TO = 3
"""Words on either side of a sum that may say what it is for."""
TOLD_BACK = 0.6
"""The share of a clause's words that are the customer's, from which it only tells them back."""


@dataclass(frozen=True, slots=True)
class Grants:
    """What quoted policies grant: canonical values, and the stems of the sentences that grant them."""

    values: frozenset[tuple[Kind, str]] = frozenset()
    stems: frozenset[str] = frozenset()
    refusals: frozenset[str] = frozenset()
    """Stems of the sentences that refuse: they back an explanation, never a grant."""
    known: frozenset[str] = frozenset()
    """Stems of the customer's own words."""
    limits: tuple[tuple[str, float], ...] = ()
    """What "up to" names: a currency or ``count``, and the most of it."""
    told: frozenset[tuple[Kind, str]] = frozenset()
    """Figures that the customer wrote."""
    refused: frozenset[tuple[Kind, str]] = frozenset()
    """Figures of the sentences that refuse: an explanation may say them again."""
    choices: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()
    """Stems of what is granted one instead of the other."""
    caps: tuple[tuple[frozenset[str], str, float], ...] = ()
    """What the sections' other sentences grant or reserve up to a sum: stems of their own, currency, and the sum."""

    def backs(self, found: Commitment, beside: Sequence[Commitment] = ()) -> bool:
        """Whether a commitment is granted; ``beside`` are the others of the text.

        A clause whose remedies and figures are all granted needs fewer of the policy's own words.
        """
        if found.kind == "promise":
            if self._takes_both(found.value):
                return False
            same = [c for c in beside if c.clause == found.clause and c.kind not in ("promise", "person")]
            if any(c.kind in ("remedy", "money", "percent") for c in same) and all(self.backs(c) for c in same):
                rest = stems(found.value) - stems(" ".join(c.words for c in same))
                figure = any(c.kind in ("money", "percent") for c in same)
                about_refused = len(rest & (self.refusals - self.stems)) > len(rest & self.stems)
                if not rest or figure or (rest & (self.stems | self.refusals) and not about_refused):
                    return True
            own = stems(found.value)
            if self._explains(found.value) or (own & self.refusals and refuses(found.value)):
                return True
            share = len(own & (self.stems | self.known))
            return bool(self.stems) and share >= ENOUGH * len(own) and (not own or bool(own & self.stems))
        if (found.kind, found.value) in self.refused and self._explains(found.clause):
            return True
        return (found.kind, found.value) in self.values or self._within(found)

    def tells_back(self, clause: str) -> bool:
        """Whether most of a clause's words are the customer's own."""
        own = stems(clause)
        return bool(own) and len(own & self.known) >= TOLD_BACK * len(own)

    def _explains(self, clause: str) -> bool:
        """Whether a clause grants nothing by its form and says again what a refusing sentence says."""
        own = stems(clause)
        told = set() if is_grant(clause) else own & self.refusals
        return bool(told) and len(told) >= REFUSED_ENOUGH * len(own)

    def _takes_both(self, clause: str) -> bool:
        """Whether a clause joins by "and" what the policy grants one instead of the other."""
        if _CHOICE.search(clause):
            return False
        first, _, second = (stems(piece) for piece in clause.partition(" and "))
        return any(
            (first & one and second & other) or (first & other and second & one) for one, other in self.choices
        )

    def _within(self, found: Commitment) -> bool:
        """Whether it is below a limit: any count, and a sum that the customer named."""
        if found.kind == "count":
            return any(unit == "count" and float(found.value) <= most for unit, most in self.limits)
        if found.kind == "money" and (found.kind, found.value) in self.told:
            currency, amount = found.value.split()
            unlimited = any(k == "remedy" for k, _ in self.values) and not any(k == "money" for k, _ in self.values)
            return (unlimited and not self._capped(found, currency, float(amount))) or any(
                unit == currency and float(amount) <= most for unit, most in self.limits
            )
        return False

    def _capped(self, found: Commitment, currency: str, amount: float) -> bool:
        """Whether a sum is above what another sentence of the section allows for what stands next to it."""
        before, _, after = found.clause.partition(found.words)
        beside = stems(" ".join((*before.split()[-_NEXT_TO:], *after.split()[:_NEXT_TO])))
        return any(unit == currency and amount > most and beside & about for about, unit, most in self.caps)


def granted(policy: str, customer: str = "", sections: str = "") -> Grants:
    """What a policy's words grant: the figures and remedies of its clauses that neither refuse nor reserve.

    A clause that needs somebody's approval grants nothing but the time of the answer. What the ``sections`` that the
    words are from allow up to a sum, no other sentence of them grants beyond it.
    """
    values: set[tuple[Kind, str]] = set()
    words: set[str] = set()
    refusals: set[str] = set()
    refused: set[tuple[Kind, str]] = set()
    limits: list[tuple[str, float]] = []
    choices: list[tuple[frozenset[str], frozenset[str]]] = []
    for sentence in sentences_in(policy.replace("’", "'")):
        for clause in re.split(r";\s+", sentence):
            figures = figures_in(clause)
            if not _AGENT_MAY.search(clause):
                if _APPROVAL.search(clause):
                    values |= {(c.kind, c.value) for c in figures if c.kind == "span"}
                    continue
                if _POLICY_REFUSES.search(re.split(r",? because ", clause)[0]):
                    refusals |= stems(clause)
                    refused |= {(c.kind, c.value) for c in figures}
                    continue
            values |= {
                (c.kind, c.value) for c in (*figures, *remedies_in(clause, vocabulary().strong | vocabulary().weak))
            }
            values |= {("count", f"{number:g}") for number in span_counts_in(clause)}
            values |= {(c.kind, c.value) for c in (*counts_in(clause), *extents_in(_ANY.sub("every ", clause)))}
            choices += _choices(clause)
            words |= stems(clause)
            limits += _limits(clause)
    said = customer.replace("’", "'")
    told = frozenset((c.kind, c.value) for c in (*figures_in(said), *counts_in(said)))
    return Grants(
        values=frozenset(values),
        stems=frozenset(words),
        refusals=frozenset(refusals),
        known=frozenset(stems(customer)),
        limits=tuple(limits),
        told=told,
        refused=frozenset(refused),
        choices=tuple(choices),
        caps=_caps(sections, frozenset(words)),
    )


def _caps(sections: str, granting: frozenset[str]) -> tuple[tuple[frozenset[str], str, float], ...]:
    """What sentences allow or reserve up to a sum, by the words that the ``granting`` ones have not."""
    return tuple(
        (frozenset(stems(sentence)) - granting, currency, most)
        for sentence in sentences_in(sections.replace("’", "'"))
        if _AGENT_MAY.search(sentence) or _APPROVAL.search(sentence)
        for currency, most in _limits(sentence, _CAPS)
        if currency != "count"
    )


def _choices(clause: str) -> list[tuple[frozenset[str], frozenset[str]]]:
    """What stands on the two sides of "or" and "instead of", without the words that both sides share."""
    found = []
    for match in _CHOICE.finditer(clause):
        one, other = stems(clause[: match.start()]), stems(clause[match.end() :])
        found.append((frozenset(one - other), frozenset(other - one)))
    return found


def _limits(clause: str, limits: re.Pattern[str] = _UP_TO) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for after in limits.split(clause)[1:]:
        money = vocabulary().money.match(after.lstrip())
        if money:
            currency, amount = next(c.value for c in figures_in(money[0])).split()
            found.append((currency, float(amount)))
        elif counted := re.match(r"(\d+) (?!days|hours|weeks|months|years|minutes)", after.lstrip()):
            found.append(("count", float(counted[1])))
    return found
