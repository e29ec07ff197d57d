"""The words that commit, compiled from ``commitments.yaml``.

vocabulary().money.search("I can refund £20")["after"]      # "20"
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from knowledge import shipped

_FILE = Path(__file__).parent / "commitments.yaml"
_AMOUNT = r"(?:(?<!\d)\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3}(?!\d))+|\d+)(?:[.,'’]\d+)*"


class Vocabulary:
    """``commitments.yaml``, compiled."""

    def __init__(self, data: dict[str, Any]) -> None:
        def one(pattern: str) -> re.Pattern[str]:
            return re.compile(pattern, re.IGNORECASE)

        self._numbers: dict[str, float] = data["numbers"]
        self._currencies, self._units = data["currencies"], data["units"]
        self._scales: dict[str, float] = data["scales"]
        self._points = frozenset(data["grouped_by_points"])
        self._mil_millions = frozenset(data["mil_is_million"])
        spelt = "|".join(sorted(map(re.escape, self._numbers), key=len, reverse=True))
        money = "|".join(f"(?:{p})" for p in self._currencies.values())
        units = "|".join(f"(?:{p})" for p in self._units.values())
        codes = "|".join(name for name in self._currencies if name.isupper())
        scales = rf"\s?(?:{'|'.join(self._scales)})(?![\w&])"
        self.money = one(
            rf"(?P<sign>[£$€¥]|\b(?:{codes})\s?)\s?(?P<after>{_AMOUNT}(?:{scales})?)"
            rf"|(?P<before>{_AMOUNT}(?:{scales}(?: of| de)?)?)\s?(?P<unit>{money})(?!\w)"
        )
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
        self.extents = {name: one(rf"\b(?:{p})\b") for name, p in data["extents"].items()}
        self.liability = [one(p) for p in data["liability"]]
        self.ahead = [one(p) for p in data["ahead"]]
        self.grants = [one(p) for p in data["grants"]]
        self.harmless = [one(p) for p in data["harmless"].values()]
        self.past, self.present = one(data["past"]), one(data["present"])
        self.person = [re.compile(p) for p in data["person"]]
        self.refuses, self.not_a_refusal = one(data["refuses"]), one(data["not_a_refusal"])
        self.asks, self.recounts, self.own_action = one(data["asks"]), one(data["recounts"]), one(data["own_action"])
        self.clause, self.subordinate = one(data["clause"]), one(data["subordinate"])
        self.relative, self.adjunct, self.attributive, self.offering = (
            one(data["relative"]),
            one(data["adjunct"]),
            one(data["attributive"]),
            one(data["offering"]),
        )
        self.nobody, self.neutral = frozenset(data["nobody"]), frozenset(data["neutral"]) | self._numbers.keys()

    def number(self, text: str) -> float:
        """A number in digits or in words."""
        return float(self._numbers.get(text.lower(), 0)) or _number(text, False)

    def amount(self, text: str, currency: str) -> float:
        """A sum as it is written in a currency: "1,250.50", "1.250,50" and "1 250" in euros, "20k", "2 million"."""
        digits = re.match(_AMOUNT, text)
        assert digits is not None
        scale = text[digits.end() :].lower().split()[:1]
        points = currency in self._points
        if scale == ["mil"] and currency in self._mil_millions:
            scale = ["million"]
        return _number(digits[0], points) * (self._scales[scale[0]] if scale else 1)

    def currency(self, unit: str) -> str:
        """The canonical name of a currency's sign or word."""
        return next(str(n) for n, p in self._currencies.items() if re.fullmatch(p, unit, re.IGNORECASE))

    def unit(self, text: str) -> str:
        """The canonical name of a unit of time."""
        return next(str(n) for n, p in self._units.items() if re.fullmatch(p, text, re.IGNORECASE))


@cache
def vocabulary() -> Vocabulary:
    """The words, read once."""
    return Vocabulary(shipped.read(_FILE))


def _number(text: str, points: bool) -> float:
    """A number in digits: three after a comma are thousands, two or one are decimals.

    After a single point they are decimals, however many; but three are thousands where ``points`` group.
    Nothing is grouped after a leading 0: "0.500" is a half.
    """
    found = re.fullmatch(r"(?:(.*)([.,]))?(\d+)", re.sub(r"[^\d.,]", "", text))
    assert found is not None
    whole, mark, last = found.groups("")
    if len(last) == 3 and not re.search(r"[.,]", whole):
        grouped = (mark == "," or points) and not whole.startswith("0")
    else:
        grouped = bool(mark) and mark in whole
    decimals = "" if grouped else "."
    return float(re.sub(r"\D", "", whole) + decimals * bool(mark) + last)
