"""What a text commits the company to. Pure code; denies by default.

    commitments("I can refund you £20 by Friday.")
    # (Commitment("remedy", "refund", …), Commitment("money", "GBP 20", "£20"), Commitment("date", "friday", …), …)

A clause that names a remedy, money, a percentage, a span or a date, or that grants anything in other
words ("the fee is gone"), commits, unless it refuses it, asks somebody else for it, or tells what the
customer said or paid. Values are canonical, so that "£55", "£55.00" and "55 pounds" are one, and
"7 days" is neither "£7" nor "7 weeks". The words are in ``commitments.yaml``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

_FILE = Path(__file__).parent / "commitments.yaml"
_AMOUNT = r"\d[\d,]*(?:\.\d+)?"
_DATE = re.compile(
    r"\b((?:next |this )?(?:today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"|morgen|demain|mañana|domani"
    r"|(?:end of|this|next) (?:the )?(?:day|week|month|afternoon|morning|evening)|within the (?:hour|day|week)"
    r"|by (?:noon|midnight)|at once|immediately|this minute|(?:on|of) the same day|on the spot"
    r"|on the day it is asked for"
    r"|\d{1,2}(?:st|nd|rd|th)? (?:of )?(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december))\b"
    r"|(?<![\d.,£$€])(\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}\.\d{1,2}\.(?:\d{2,4})?|\d{1,2}:\d\d)(?![\d%])",
    re.IGNORECASE,
)
_SAME_DAY = {
    "today", "on the same day", "of the same day", "at once", "immediately", "this day", "this minute", "on the spot",
    "on the day it is asked for",
}  # fmt: skip
_APPROVAL = re.compile(
    r"\bneeds? (?:[\w'’-]+ ){0,8}(?:approval|decision|evidence)|\bwith the [\w' -]+approval|\b(?:manager|lead|"
    r"supervisor|director|desk) may approve\b",
    re.IGNORECASE,
)
_POLICY_REFUSES = re.compile(r"\brefus\w+|\b(?:cannot|may not|does not|do not|never|are not|is not)\b", re.IGNORECASE)
_AGENT_MAY = re.compile(r"\bagent may, without asking anyone,", re.IGNORECASE)
ENOUGH = 0.5
"""The share of a granting clause's own words that the quoted policy (or the customer) must hold."""

REFUSED_ENOUGH = 0.6
"""The same, for an explanation that rests on a sentence which refuses."""

Kind = Literal["money", "percent", "span", "date", "remedy", "liability", "promise", "count", "person"]


@dataclass(frozen=True, slots=True)
class Commitment:
    """``value`` is canonical and compares; ``words`` are as written. A promise's value is its whole clause."""

    kind: Kind
    value: str
    words: str
    clause: str = ""
    """The whole clause that it stands in."""


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

    def backs(self, found: Commitment, beside: Sequence[Commitment] = ()) -> bool:
        """Whether a commitment is granted; ``beside`` are the others of the text.

        A clause whose remedies and figures are all granted needs fewer of the policy's own words.
        """
        if found.kind == "promise":
            same = [c for c in beside if c.clause == found.clause and c.kind not in ("promise", "person")]
            if any(c.kind in ("remedy", "money", "percent") for c in same) and all(self.backs(c) for c in same):
                rest = stems(found.value) - stems(" ".join(c.words for c in same))
                figure = any(c.kind in ("money", "percent") for c in same)
                if not rest or figure or rest & (self.stems | self.refusals):
                    return True
            own = stems(found.value)
            told = set() if is_grant(found.value) else own & self.refusals
            if len(told) >= REFUSED_ENOUGH * len(own) and told:
                return True
            share = len(own & (self.stems | self.known))
            return bool(self.stems) and share >= ENOUGH * len(own) and (not own or bool(own & self.stems))
        return (found.kind, found.value) in self.values or self._within(found)

    def _within(self, found: Commitment) -> bool:
        """Whether it is below a limit: any count, and a sum that the customer named."""
        if found.kind == "count":
            return any(unit == "count" and float(found.value) <= most for unit, most in self.limits)
        if found.kind == "money" and (found.kind, found.value) in self.told:
            currency, amount = found.value.split()
            unlimited = any(k == "remedy" for k, _ in self.values) and not any(k == "money" for k, _ in self.values)
            return unlimited or any(unit == currency and float(amount) <= most for unit, most in self.limits)
        return False


def is_grant(clause: str) -> bool:
    """Whether a clause grants or announces something by its form, whatever it names."""
    return any(p.search(clause) for p in _words().grants)


def names_remedy(clause: str) -> bool:
    """Whether a clause names a remedy, whatever it says of it."""
    return bool(_remedies(clause, _words().strong | _words().weak))


def commitments(text: str) -> tuple[Commitment, ...]:
    """Everything in a text that commits the company, clause by clause."""
    words = _words()
    found: list[Commitment] = []
    for sentence in _sentences(text.replace("’", "'")):
        found += [Commitment("person", m["name"], m["name"]) for m in _people(sentence)]
        for clause in filter(None, words.clause.split(sentence)):
            found += [Commitment("liability", "liability", m[0]) for p in words.liability for m in p.finditer(clause)]
            found += _committed(clause, sentence)
    return tuple(dict.fromkeys(found))


def unmatched(text: str, english: str) -> tuple[Commitment, ...]:
    """Remedies, figures, liability and people that a text in another language names and its English does not.

    The English is scanned as any text is; this keeps it honest.
    """
    words = _words()
    plain = english.replace("’", "'")
    named = {(c.kind, c.value) for c in (*_figures(plain), *_remedies(plain, words.strong | words.weak))}
    found: list[Commitment] = []
    for sentence in _sentences(text.replace("’", "'")):
        own = [*_figures(sentence), *_remedies(sentence, words.strong)]
        own += [Commitment("liability", "liability", m[0]) for p in words.liability for m in p.finditer(sentence)]
        own += [Commitment("person", m["name"], m["name"]) for m in _people(sentence)]
        found += [replace(c, clause=sentence) for c in own if (c.kind, c.value) not in named]
    return tuple(dict.fromkeys(found))


def granted(policy: str, customer: str = "") -> Grants:
    """What a policy's words grant: the figures and remedies of its clauses that neither refuse nor reserve.

    A clause that needs somebody's approval grants nothing but the time of the answer.
    """
    values: set[tuple[Kind, str]] = set()
    words: set[str] = set()
    told_stems: set[str] = set()
    limits: list[tuple[str, float]] = []
    for sentence in _sentences(policy.replace("’", "'")):
        for clause in re.split(r";\s+", sentence):
            figures = _figures(clause)
            if not _AGENT_MAY.search(clause):
                if _APPROVAL.search(clause):
                    values |= {(c.kind, c.value) for c in figures if c.kind == "span"}
                    continue
                if _POLICY_REFUSES.search(re.split(r",? because ", clause)[0]):
                    told_stems |= stems(clause)
                    continue
            values |= {(c.kind, c.value) for c in (*figures, *_remedies(clause, _words().strong | _words().weak))}
            values |= {("count", c.value.split()[0]) for c in figures if c.kind == "span"}
            values |= {("count", c.value) for c in _counts(clause)}
            words |= stems(clause)
            limits += _limits(clause)
    said = customer.replace("’", "'")
    told = frozenset((c.kind, c.value) for c in (*_figures(said), *_counts(said)))
    known = frozenset(stems(customer))
    return Grants(frozenset(values), frozenset(words), frozenset(told_stems), known, tuple(limits), told)


def _limits(clause: str) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for after in re.split(r"\b(?:up to|less than|at most)\b", clause, flags=re.IGNORECASE)[1:]:
        money = _words().money.match(after.lstrip())
        if money:
            currency, amount = next(c.value for c in _figures(money[0])).split()
            found.append((currency, float(amount)))
        elif counted := re.match(r"(\d+) (?!days|hours|weeks|months|years|minutes)", after.lstrip()):
            found.append(("count", float(counted[1])))
    return found


def stems(text: str) -> set[str]:
    """The first five letters of the words that weigh something."""
    found = {w for w in re.findall(r"[^\W\d_]{4,}", text.lower())}
    return {w.removesuffix("s")[:5] for w in found - _words().neutral}


def _committed(clause: str, sentence: str) -> list[Commitment]:
    words = _words()
    grants = next((m for p in words.grants if (m := p.search(clause))), None)
    if sentence.rstrip().endswith("?") or (words.subordinate.search(clause) and not _goes_on(clause, grants)):
        grants = None
    if (words.refuses.search(clause) and not words.not_a_refusal.search(clause)) or words.asks.search(clause):
        return []
    ours = re.search(r"\b(?:i|we)(?:'ll| will| can| am| are|'m|'re)\b", clause, re.IGNORECASE)
    if words.recounts.search(clause) and not ours and not grants:
        return []
    ahead = bool(grants) or any(p.search(clause) for p in words.ahead)
    remedies = _remedies(clause, words.strong | words.weak if ahead else words.strong)
    own = bool(words.own_action.search(clause)) and not any(r.value in words.strong for r in remedies)
    if own:
        remedies = [r for r in remedies if not r.words.lower().endswith("ed")]  # "who cancelled it"
    own = own and not remedies
    figures = _figures(clause)
    promised = bool(grants) or bool(remedies) or not _harmless(clause, sentence)
    if not (ahead or promised) or own:
        figures = [f for f in figures if f.kind in ("money", "percent")]  # a time that is told, or the agent's own
    promised = promised or bool(figures)
    more: list[Commitment] = []
    if promised and not own:
        more = [*_counts(clause), Commitment("promise", clause, " ".join(clause.split()[:12]))]
    return [replace(c, clause=clause) for c in (*remedies, *figures, *more)]


def _goes_on(clause: str, grants: re.Match[str] | None) -> bool:
    """Whether a clause that begins with a reason ends with a grant: "as the bag is lost you choose a new one"."""
    return grants is not None and len(clause[: grants.start()].split()) >= 3


def _harmless(clause: str, sentence: str) -> bool:
    """Whether a clause without a remedy or a sum speaks of feelings, of what went wrong, or asks for something."""
    words = _words()
    if not re.search(r"[^\W\d_]", clause) or sentence.rstrip().endswith("?") or words.own_action.search(clause):
        return True
    if any(p.search(clause) for p in words.harmless) or words.subordinate.search(clause):
        return True
    return bool(words.past.search(clause)) and not words.present.search(clause)


def _figures(text: str) -> list[Commitment]:
    words, found = _words(), list[Commitment]()
    for m in words.money.finditer(text):
        unit, amount = (m["sign"], m["after"]) if m["sign"] else (m["unit"], m["before"])
        found.append(Commitment("money", f"{words.currency(unit)} {_number(amount)}", m[0]))
    for m in words.percent.finditer(text):
        found.append(Commitment("percent", f"{words.number(m[1]) if m[1] else 50:g}", m[0]))
    for m in words.span.finditer(text):
        working = "working " if m["working"] or m["working_after"] else ""
        found.append(Commitment("span", f"{words.number(m['count']):g} {working}{words.unit(m['unit'])}", m[0]))
    for m in _DATE.finditer(text):
        day = _day(m[0])
        found.append(Commitment("span" if day.startswith("1 ") else "date", day, m[0]))
    return found


def _counts(text: str) -> list[Commitment]:
    """Numbers above one that count things: "three sessions", "both charges"."""
    words = _words()
    bare = words.span.sub(" ", words.money.sub(" ", words.percent.sub(" ", _DATE.sub(" ", text))))
    found = []
    for m in words.count.finditer(bare):
        number = words.number(m[1])
        if number >= 2:
            found.append(Commitment("count", f"{number:g}", m[0]))
    return found


def _remedies(text: str, kinds: dict[str, re.Pattern[str]]) -> list[Commitment]:
    return [Commitment("remedy", name, m[0]) for name, pattern in kinds.items() for m in pattern.finditer(text)]


def _people(sentence: str) -> list[re.Match[str]]:
    words = _words()
    found = [m for p in words.person for m in p.finditer(sentence)]
    return [m for m in found if m["name"].split()[0] not in words.nobody]


def _day(text: str) -> str:
    text = text.lower()
    if text.startswith("within the"):
        return f"1 {text.split()[-1]}"
    return "today" if text in _SAME_DAY else text.removeprefix("next ") if "day" in text else text


def _number(text: str) -> str:
    return f"{float(text.replace(',', '')):g}"


def _sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<=[.!?])\s+|\n+", text) if s.strip()]


class _Words:
    """``commitments.yaml``, compiled."""

    def __init__(self, data: dict[str, Any]) -> None:
        def one(pattern: str) -> re.Pattern[str]:
            return re.compile(pattern, re.IGNORECASE)

        self._numbers: dict[str, float] = data["numbers"]
        self._currencies, self._units = data["currencies"], data["units"]
        spelt = "|".join(sorted(map(re.escape, self._numbers), key=len, reverse=True))
        money = "|".join(f"(?:{p})" for p in self._currencies.values())
        units = "|".join(f"(?:{p})" for p in self._units.values())
        self.money = one(rf"(?P<sign>[£$€])\s?(?P<after>{_AMOUNT})|(?P<before>{_AMOUNT})\s?(?P<unit>{money})(?!\w)")
        self.percent = one(
            rf"({_AMOUNT}|{spelt})\s?(?:%|per ?cent\b|prozent\b|pour ?cent\b|por ciento\b)"
            r"|\bhalf (?:of )?(?:the|your|its) (?:\w+ )?(?:price|fare|fee|cost)"
        )
        self.span = one(
            rf"\b(?P<count>\d+|(?:{spelt})(?=[- ]))[- ]?(?P<working>(?:{data['working']})[- ]?)?(?:calendar |full )?"
            rf"(?P<unit>{units})\b(?P<working_after> (?:{data['working']}))?"
        )
        self.count = one(rf"(?<![\w.,])(\d+|{spelt})(?= +[^\W\d_]|[-,]|\W*$)")
        self.strong = {name: one(rf"(?<!\w)(?:{p})") for name, p in data["strong"].items()}
        self.weak = {name: one(rf"\b(?:{p})") for name, p in data["weak"].items()}
        self.liability = [one(p) for p in data["liability"]]
        self.ahead = [one(p) for p in data["ahead"]]
        self.grants = [one(p) for p in data["grants"]]
        self.harmless = [one(p) for p in data["harmless"].values()]
        self.past, self.present = one(data["past"]), one(data["present"])
        self.person = [re.compile(p) for p in data["person"]]
        self.refuses, self.not_a_refusal = one(data["refuses"]), one(data["not_a_refusal"])
        self.asks, self.recounts, self.own_action = one(data["asks"]), one(data["recounts"]), one(data["own_action"])
        self.clause, self.subordinate = one(data["clause"]), one(data["subordinate"])
        self.nobody, self.neutral = frozenset(data["nobody"]), frozenset(data["neutral"])

    def number(self, text: str) -> float:
        return float(self._numbers.get(text.lower(), 0) or text.replace(",", ""))

    def currency(self, unit: str) -> str:
        return next(str(n) for n, p in self._currencies.items() if re.fullmatch(p, unit, re.IGNORECASE))

    def unit(self, text: str) -> str:
        return next(str(n) for n, p in self._units.items() if re.fullmatch(p, text, re.IGNORECASE))


@cache
def _words() -> _Words:
    return _Words(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
