"""The drafting suite, part "pii": private details of ten countries, generated, hidden and restored.

Each text holds known details; one counts as found if none of it is left in the hidden text. Numbers carry
valid check digits, phone numbers come in the national and international forms of their country.
"""

import random
import re
import string
from collections import defaultdict
from collections.abc import Callable

import phonenumbers
from pydantic import BaseModel, ConfigDict
from stdnum import iban, luhn
from stdnum.br import cpf
from stdnum.de import idnr
from stdnum.es import dni
from stdnum.fr import nir
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.us import ssn

from assistant.reply.redact import find_private
from assistant.reply.thread import read_thread
from evals.case import FOLDER
from evals.result import Result
from evals.stats import share
from knowledge import shipped

TEXTS = 400
TARGETS = {"private details hidden (recall)": ">= 0.98", "texts restored to the letter": "= 1"}
_BBAN = {
    "GB": "BUKB20201555######",
    "DE": "##################",
    "FR": "####################A##",
    "NL": "ABNA##########",
}
_BBAN |= {"ES": "####################", "IT": "X######################", "PL": "########################"}
_IDS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "ssn": ("###-##-####", ssn.is_valid),
    "idnr": ("###########", idnr.is_valid),
    "dni": ("########A", dni.is_valid),
    "bsn": ("#########", bsn.is_valid),
    "pesel": ("###########", pesel.is_valid),
    "aadhaar": ("############", aadhaar.is_valid),
    "cpf": ("###########", cpf.is_valid),
    "nir": ("1##0675######", lambda text: True),
    "codicefiscale": ("##", lambda text: True),
    "nino": ("AB######C", lambda text: True),
}


class Country(BaseModel):
    """A country's people; ``iban`` is its code, or empty where it has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[str, ...]
    iban: str
    id: str


class Planted(BaseModel):
    """A text and the details in it, each with its kind."""

    model_config = ConfigDict(frozen=True)

    country: str
    text: str
    details: tuple[tuple[str, str], ...]


def generate(count: int = TEXTS, seed: int = 0) -> list[Planted]:
    """So many texts, the same for the same seed."""
    data = shipped.read(FOLDER / "drafting" / "pii.yaml")
    countries = {code: Country.model_validate(c) for code, c in data["countries"].items()}
    dice = random.Random(seed)
    found = []
    for number in range(count):
        code = list(countries)[number % len(countries)]
        country = countries[code]
        fit = [s for s in data["sentences"] if country.iban or "{iban}" not in s]
        sentence = fit[(number // len(countries)) % len(fit)]
        name = dice.choice(country.names)
        values = {
            "name": name,
            "email": _email(name, dice),
            "phone": _phone(code, dice),
            "card": _card(dice),
            "iban": _iban(country.iban, dice) if country.iban else "",
            "id": _national(country.id, dice),
        }
        used = re.findall(r"\{(\w+)\}", sentence)
        details = tuple((kind, values[kind]) for kind in dict.fromkeys(used))
        found.append(Planted(country=code, text=sentence.format(**values), details=details))
    return found


def run(report: Callable[[int, int], None], limit: int = 0) -> Result:
    """Hide and restore every text, as the desk does."""
    hidden: dict[str, list[bool]] = defaultdict(list)
    restored: list[bool] = []
    missed: list[str] = []
    texts = generate(limit or TEXTS)
    for number, planted in enumerate(texts, 1):
        thread = read_thread(planted.text)
        private = find_private([planted.text, *(m.text for m in thread.messages)], thread.names)
        shown = private.hide(planted.text)
        restored.append(private.restore(shown) == planted.text)
        for kind, detail in planted.details:
            gone = not any(piece in shown for piece in _pieces(kind, detail))
            hidden[kind].append(gone)
            if not gone:
                missed.append(f"  {planted.country}, {kind}: {detail}")
        report(number, len(texts))
    figures = {"private details hidden (recall)": share([x for some in hidden.values() for x in some])}
    figures |= {f"hidden: {kind}": share(some) for kind, some in sorted(hidden.items())}
    figures["texts restored to the letter"] = share(restored)
    about: dict[str, str | int | float] = {"texts": len(texts), "countries": len({p.country for p in texts})}
    return Result(suite="drafting: pii", about=about, figures=figures, targets=TARGETS, notes=tuple(missed[:20]))


def _pieces(kind: str, detail: str) -> list[str]:
    """What must not be left: of a name its capitalised words ("da" and "van" name nobody)."""
    return [w for w in detail.split() if w[0].isupper()] if kind == "name" else [detail]


def _email(name: str, dice: random.Random) -> str:
    plain = re.sub(r"[^a-z]+", dice.choice([".", "_", "-", ""]), name.lower()).strip("._-")
    ending = dice.choice(["example.com", "mail.example.org", "web-post.example.net", "firma.example.co"])
    return f"{plain}{dice.choice(['', '+shop', str(dice.randint(1, 99))])}@{ending}"


def _phone(region: str, dice: random.Random) -> str:
    kind = dice.choice([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE])
    example = phonenumbers.example_number_for_type(region, kind)
    assert example is not None
    digits = str(example.national_number)
    for _ in range(200):
        made = int(digits[:-4] + f"{dice.randrange(10_000):04}")
        number = phonenumbers.PhoneNumber(country_code=example.country_code, national_number=made)
        if phonenumbers.is_valid_number(number):
            break
    form = dice.choice(
        [phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL,
         phonenumbers.PhoneNumberFormat.E164]
    )  # fmt: skip
    text = phonenumbers.format_number(number, form)
    return dice.choice([text, text.replace(" ", "-"), text.replace(" ", ".")]) if " " in text else text


def _card(dice: random.Random) -> str:
    body = dice.choice(["4", "51", "55", "37"]) + "".join(dice.choices(string.digits, k=13))
    body = body[:14] if body.startswith("37") else (body + "7")[:15]
    number = body + str(luhn.calc_check_digit(body))
    spaced = " ".join(number[n : n + 4] for n in range(0, len(number), 4))
    return dice.choice([number, spaced, spaced.replace(" ", "-")])


def _iban(code: str, dice: random.Random) -> str:
    while True:
        body = _filled(_BBAN[code], dice)
        made = f"{code}{iban.calc_check_digits(f'{code}00{body}')}{body}"
        if iban.is_valid(made):
            return dice.choice([made, " ".join(made[n : n + 4] for n in range(0, len(made), 4))])


def _national(kind: str, dice: random.Random) -> str:
    pattern, valid = _IDS[kind]
    while True:
        made = _filled(pattern, dice)
        if kind == "nir":
            return made + nir.calc_check_digits(made)
        if kind == "codicefiscale":
            made = f"RSSMRA{made}A{dice.randint(1, 28):02}H501"
            return made + codicefiscale.calc_check_digit(made)
        if valid(made):
            return made


def _filled(pattern: str, dice: random.Random) -> str:
    letters = {"#": string.digits, "A": string.ascii_uppercase, "X": string.ascii_uppercase}
    if pattern.startswith(("BUKB", "ABNA", "AB######")):
        letters = {"#": string.digits}
    return "".join(dice.choice(letters[c]) if c in letters else c for c in pattern)
