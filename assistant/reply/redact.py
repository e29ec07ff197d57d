r"""What identifies a person is replaced before a remote model sees a text, and put back afterwards.

    private = find_private(["I am at ann@x.example. Regards,\nAnn Lee"])
    private.hide("Write to ann@x.example")       # "Write to EMAIL_1"
    private.restore("I wrote to EMAIL_1.")       # "I wrote to ann@x.example."

E-mail addresses, phone numbers, cards, IBANs, national numbers (each by its check digits), account numbers and
sort codes that are called so, postal addresses by their form, and the names that the thread itself gives
(``redact.yaml``), however they are written. Rather too much than too little: what is hidden by mistake comes back all
the same. Pure.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import phonenumbers
from pydantic import BaseModel, ConfigDict
from stdnum import iban, luhn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.us import ssn

from knowledge import shipped
from knowledge.shipped import Fields

Kind = Literal["e-mail", "phone", "card", "IBAN", "account", "address", "national number", "name"]
_TOKEN: dict[Kind, str] = {
    "e-mail": "EMAIL", "phone": "PHONE", "card": "CARD", "IBAN": "IBAN", "account": "ACCOUNT", "address": "ADDRESS",
    "national number": "ID", "name": "PERSON",
}  # fmt: skip
_USED = re.compile(rf"(?:{'|'.join(_TOKEN.values())})_\d+")
FILE = Path(__file__).parent / "redact.yaml"
_EMAIL = re.compile(r"(?<![\w.+'’-])[\w.+'’-]*[\w+-]@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}\w*")
_IBAN = re.compile(r"\b[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w.,£$€])\d(?:[ -]?\d){12,18}(?!\w)")
_DIGITS = re.compile(r"(?<![\w£$€])(?:\+|\(\+?)?\d(?:[ \t./()\u2010-\u2013-]{0,3}\d){6,14}(?!\w)")
_REGIONS = ("GB", "US", "DE", "FR", "ES", "IT", "NL", "AU", "IN", "JP", "BR", "PL", "IE", "AT", "CH", "BE", "MX")
_NATIONAL: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (r"\d{3}[- ]\d\d[- ]\d{4}", ssn.is_valid),
    (r"\d{9}", lambda text: ssn.is_valid(text) or bsn.is_valid(text) or sin.is_valid(text)),
    (r"\d{3}[ -]\d{3}[ -]\d{3}", lambda text: sin.is_valid(text) or bsn.is_valid(text)),
    (r"\d{4}[ .]\d{2}[ .]\d{3}|\d{4}[ .]\d{3}[ .]\d{2}", bsn.is_valid),
    (r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]", lambda text: True),  # UK: no check digit
    (r"\d{2} ?\d{3} ?\d{3} ?\d{3}", lambda text: idnr.is_valid(text) or pesel.is_valid(text)),
    (r"[12] ?\d\d ?\d\d ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d", nir.is_valid),
    (r"\d{8}[- ]?[A-Z]", dni.is_valid),
    (r"[XYZ][- ]?\d{7}[- ]?[A-Z]", nie.is_valid),
    (r"[A-Z]{6} ?\d\d ?[A-Z] ?\d\d ?[A-Z] ?\d{3} ?[A-Z]", codicefiscale.is_valid),
    (r"\d{4} ?\d{4} ?\d{4}", aadhaar.is_valid),
    (r"\d{3}\.?\d{3}\.?\d{3}-?\d\d", cpf.is_valid),
)
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
_SEMITIC = re.compile(r"[\u0590-\u06ff]")
_PREFIXES = "وفبلكוהבלכמש"
"""“And”, “to” and the like, which Arabic and Hebrew write together with the name."""
_BETWEEN = r"(?:(?:van|von|de|der|den|da|di|del|la|le|du|dos) )*"
_NAME = rf"(?P<name>{_CAPITAL}[\w'’.-]*(?:[ ]{_BETWEEN}{_CAPITAL}[\w'’-]*){{0,2}})"


class Replaced(BaseModel):
    """One thing that was replaced."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    token: str
    original: str


class Private(BaseModel):
    """What was found in a thread; hides it in any text, and restores it."""

    model_config = ConfigDict(frozen=True)

    replaced: tuple[Replaced, ...] = ()

    def hide(self, text: str) -> str:
        """The text with every original replaced by its token."""
        return self._out(text, {r.original: r.token for r in self.replaced})

    def without(self, text: str) -> str:
        """The text with every original left out: what a search may be asked."""
        return re.sub(r"[ \t]{2,}", " ", self._out(text, {r.original: "" for r in self.replaced}))

    def restore(self, text: str) -> str:
        """The text with every token replaced by its original."""
        originals = {r.token: r.original for r in self.replaced}
        return _USED.sub(lambda m: originals.get(m[0], m[0]), text)

    @staticmethod
    def _out(text: str, by: dict[str, str]) -> str:
        if not by:
            return text
        pattern = "|".join(map(_standing, sorted(by, key=len, reverse=True)))
        return re.sub(pattern, lambda m: by[m[0]], text)


def find_private(texts: Sequence[str], names: Iterable[str] = ()) -> Private:
    """Everything in the texts that identifies a person; ``names`` are those known from the thread's form."""
    found: dict[str, Kind] = {}
    for text in texts:
        for kind, original in _numbers(text):
            found.setdefault(original, kind)
    whole = "\n".join(texts)
    told = (n for text in texts for n in _names(text))
    given = (part for name in names for part in _given(name))
    parts = dict.fromkeys((*given, *(part for name in told for part in (name, *name.split()) if _is_name(part))))
    left = _data().words_too
    for name in (*(p for p in parts if p not in left), *(form for part in parts for form in _forms(part, whole))):
        found.setdefault(name, "name")
    taken = set(_USED.findall(whole))
    replaced: list[Replaced] = []
    numbers: dict[str, int] = {}
    for original, kind in found.items():
        stem = _TOKEN[kind]
        number = numbers.get(stem, 0) + 1
        while f"{stem}_{number}" in taken:
            number += 1
        numbers[stem] = number
        replaced.append(Replaced(kind=kind, token=f"{stem}_{number}", original=original))
    return Private(replaced=tuple(replaced))


def _numbers(text: str) -> list[tuple[Kind, str]]:
    """Everything but names, the longest and surest first; no two overlap."""
    spans: list[tuple[int, int, Kind]] = [(*m.span(), "e-mail") for m in _EMAIL.finditer(text)]
    for m in _IBAN.finditer(text):
        words = m[0].split(" ")
        good = next((n for n in range(len(words), 0, -1) if iban.is_valid(" ".join(words[:n]))), 0)
        if good:
            spans.append((m.start(), m.start() + len(" ".join(words[:good])), "IBAN"))
    spans += [(*m.span(), "card") for m in _CARD.finditer(text) if luhn.is_valid(re.sub(r"\D", "", m[0]))]
    spans += [(*m.span("number"), "account") for p in _patterns()["account"] for m in p.finditer(text)]
    spans += [(*m.span(), "address") for p in _patterns()["address"] for m in p.finditer(text)]
    for pattern, valid in _NATIONAL:
        for m in re.finditer(rf"(?<![\w£$€.,-])(?:{pattern})(?![\w-])", text, re.IGNORECASE):
            if valid(m[0]):
                spans.append((*m.span(), "national number"))
    spans += [(*m.span(), "phone") for m in _DIGITS.finditer(text) if _is_phone(m[0])]
    kept: list[tuple[int, int, Kind]] = []
    for start, end, kind in spans:
        if not any(start < e and s < end for s, e, _ in kept):
            kept.append((start, end, kind))
    return [(kind, text[start:end]) for start, end, kind in sorted(kept)]


def _is_phone(digits: str) -> bool:
    if re.fullmatch(r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d)(?: +\d.*)?", digits):
        return False  # a date
    for region in (None, *_REGIONS) if digits.lstrip("(").startswith("+") else _REGIONS:
        try:
            number = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) or (region is None and phonenumbers.is_possible_number(number)):
            return True
    return False


def _names(text: str) -> list[str]:
    found = [m["name"] for p in (*_patterns()["said"], *_patterns()["closing"]) for m in p.finditer(text)]
    return [_trimmed(name) for name in found if _trimmed(name)]


def _trimmed(name: str) -> str:
    """The name up to the first word that is nobody's."""
    kept: list[str] = []
    for word in name.split():
        if word.strip(".,'’").title() in _nobody():
            break
        kept.append(word)
    return " ".join(kept).rstrip(".,'’-")


def _is_name(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and word.title() not in _nobody()


def _given(name: str) -> list[str]:
    """A name from the thread's form and its parts, whatever their case; “the gym” is nobody's."""
    name = name.strip()
    if name.islower():
        name = _trimmed(name)
    parts = (part.strip(".,'’") for part in (name, *name.split()))
    return [p for p in parts if len(p) > 1 and any(map(str.isalpha, p)) and p.title() not in _nobody()]


def _is_uncased(name: str) -> bool:
    """Whether a name is in a script without capitals."""
    return len(name) > 1 and any(map(str.isalpha, name)) and name.lower() == name.upper()


def _forms(name: str, text: str) -> list[str]:
    """A name as it stands in a text otherwise, but for a word that means something else in small letters."""
    forms = dict.fromkeys(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE))
    return [form for form in forms if form != name and form not in _data().words_too]


def _standing(original: str) -> str:
    """The pattern of what is to be hidden: a number or a word of its own, where its script parts words."""
    bare = re.escape(original)
    if _SEMITIC.search(original):
        return rf"(?:(?<!\w)|(?<=\b[{_PREFIXES}])){bare}(?!\w)"
    if _is_uncased(original):
        return rf"{bare}(?!\d)"
    return _edge(original[0], "(?<!{})") + bare + _edge(original[-1], "(?!{})")


def _edge(character: str, pattern: str) -> str:
    """What may not go on at an end: digits after a digit, a word after a letter; anything after a sign."""
    return pattern.format(r"\d" if character.isdigit() else r"\w") if re.match(r"\w", character) else ""


class _Private(Fields):
    """Patterns of what is private, in which the names of ``pieces`` stand for them."""

    said: list[str]
    closing: list[str]
    account: list[str]
    address: list[str]
    pieces: dict[str, str]
    words_too: frozenset[str]
    nobody: frozenset[str]


@cache
def _data() -> _Private:
    return shipped.read_as(FILE, _Private)


@cache
def _nobody() -> frozenset[str]:
    return frozenset(w.title() for w in _data().nobody)


@cache
def _patterns() -> dict[str, list[re.Pattern[str]]]:
    data = _data()
    stands_for = {"NAME": _NAME, **data.pieces}

    def compiled(pattern: str) -> re.Pattern[str]:
        for name, piece in stands_for.items():
            pattern = pattern.replace(name, piece)
        return re.compile(pattern, re.MULTILINE)

    written = {"said": data.said, "closing": data.closing, "account": data.account, "address": data.address}
    return {kind: [compiled(p) for p in some] for kind, some in written.items()}
