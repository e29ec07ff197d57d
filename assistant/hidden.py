"""Words hidden in a text: what it carries when it is decoded, and whether it looks coded at all. Pure code.

    carries("TWFybGluLTc=", ["Marlin-7"])        # True: base64
    coded("Fine. 4d61726c696e2d37", known="")    # "4d61726c696e2d37": a run that is no language

A model that obeys an instruction in its material may smuggle out what it was shown. No list of codes is whole:
``carries`` undoes the usual ones, ``coded`` refuses what no customer and no agent would write.
"""

import base64
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from string import ascii_lowercase
from urllib.parse import unquote

SHORTEST = 6
"""A secret of fewer letters and figures is not looked for: it would be found everywhere."""
LONG_RUN, SPACED = 14, 6
"""Characters of a mixed run, and single letters in a row, that are no language."""
_LOOKALIKE = str.maketrans(
    "асеорхуіјѕһԁԛѡЅАВСЕНІЈКМОРТХαβεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aceopxyijshdqwSABCEHIJKMOPTXabeikvoptuxABEZHIKMNOPTYX"
)
_LEET = str.maketrans("0134578@$!|", "oieastbasii")
_SHIFTS = [ascii_lowercase[by:] + ascii_lowercase[:by] for by in range(1, 26)]
_ALPHABETS = [str.maketrans(ascii_lowercase, other) for other in (*_SHIFTS, ascii_lowercase[::-1])]
_MORSE = dict(
    zip(
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. "
        "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.".split(),
        "abcdefghijklmnopqrstuvwxyz0123456789",
        strict=True,
    )
)
_CODE = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{6,}")
_COMMON = frozenset(
    "the of and to in is it you that he was for on are as with his they be at one have this from or had by not but "
    "what all were we when your can said there use an each which she do how their if will up other about out many "
    "then them these so some her would make like him into time has look two more go see no way could my than been "
    "who its now did get come may me our any give should here just must every".split()
)
_COMMON_SHIFTED = [frozenset(word.translate(alphabet) for word in _COMMON) for alphabet in _ALPHABETS]
"""The common words in each alphabet: to look a text's words up there is quicker than to shift the text."""
_WORD = re.compile(r"[a-z]{2,}")
_FIGURES = "zero one two three four five six seven eight nine".split()


@lru_cache(maxsize=4096)
def codes(text: str) -> frozenset[str]:
    """The words of letters and figures in a text: codes, keys, references."""
    return frozenset(_CODE.findall(text))


def carries(text: str, secrets: Iterable[str]) -> bool:
    """Whether a text holds one of the secrets, plainly or in a usual code."""
    wanted = {folded for s in secrets if len(folded := fold(s)) >= SHORTEST}
    if not wanted:
        return False
    return any(secret in folded for view in views(text) for folded in _folds(view) for secret in wanted)


def coded(text: str, known: str) -> str:
    """The first run of a text that is no language and stands nowhere in ``known``; empty if there is none."""
    low = known.lower()
    plain = _visible(text)
    if len(text) - len(plain) > 2:
        return "invisible characters"
    for run in re.findall(r"[^\s,;()\"“”]{8,}", plain):
        word = str(run).strip(".!?:'’")
        if word.lower() not in low and _odd(word):
            return word
    single = rf"(?:(?<!\w)\w(?!\w)[\s.\-_/|*]+){{{SPACED},}}\w?"
    groups = r"(?:(?<!\w)(?:[01]{6,8}|0?x?[0-9a-fA-F]{2}|\d{2,3})(?!\w)[\s,:\-]+){5,}\w+"
    morse = r"(?:[.\-•–]{1,6}[\s/]+){4,}[.\-•–]{1,6}"
    for pattern in (single, groups, morse):
        for found in re.finditer(pattern, plain):
            if found[0].strip().lower() not in low and not _only_figures(found[0]):
                return found[0].strip()
    return ""


def scrambled(text: str) -> bool:
    """Whether a text reads as English only when its letters are shifted, mirrored or taken backwards."""
    low = unicodedata.normalize("NFKD", text).lower()
    words = _WORD.findall(low)
    enough = max(0.35, _english(words, _COMMON) + 0.3)
    if _english(_WORD.findall(low[::-1]), _COMMON) >= enough:
        return True
    return any(_english(words, common) >= enough for common in _COMMON_SHIFTED)


def views(text: str) -> Iterator[str]:
    """The text, and the text as the usual codes would have it decoded; twice over where a code yields text."""
    first = [text, *_undone(text)]
    yield from first
    for view in first[1:]:
        yield from _undone(view)


def fold(text: str) -> str:
    """Letters and figures only, look-alikes, accents and leet undone: what stays alike in every spelling."""
    plain = unicodedata.normalize("NFKD", text.translate(_LOOKALIKE)).casefold()
    return re.sub(r"[^a-z0-9]", "", plain).translate(_LEET)


def _folds(view: str) -> Iterator[str]:
    """One view folded: as it stands, backwards, by first letters, by every second one, each letter shifted."""
    folded = fold(view)
    yield folded
    yield folded[::-1]
    words = re.findall(r"\w+", view)
    yield fold("".join(w[0] for w in words))
    yield fold("".join(line.strip()[:1] for line in view.splitlines()))
    yield folded[::2]
    yield folded[1::2]
    yield from map(fold, _shifted(unicodedata.normalize("NFKD", view).lower()))


def _shifted(low: str) -> Iterator[str]:
    """A text of small letters with each letter shifted, by every distance, and mirrored in the alphabet."""
    for alphabet in _ALPHABETS:
        yield low.translate(alphabet)


def _english(words: list[str], common: frozenset[str]) -> float:
    """Share of the words that are common ones; 0 where there are not three of these, or four words."""
    found = [w for w in words if w in common]
    return len(found) / len(words) if len(words) >= 4 and len(set(found)) >= 3 else 0.0


def _undone(text: str) -> list[str]:
    """What the usual codes make of a text; those that make nothing of it are left out."""
    found = [html.unescape(text), unquote(text), _escapes(text), _morse(text), _spelt(text), _numbers(text)]
    runs = {*re.findall(r"[A-Za-z0-9+/_=-]{8,}", text), re.sub(r"\s+", "", text)}
    squeezed = re.sub(r"(?i)\\x|0x|[\s:,-]", "", text)
    runs |= set(re.findall(r"[0-9a-fA-F]{12,}", squeezed))
    for run in runs:
        found += [d for decode in (_base64, _base32, _hex, _base85) if (d := decode(run))]
    return [f for f in dict.fromkeys(found) if f and f != text]


def _base64(run: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9+/]", "", run.replace("-", "+").replace("_", "/"))
    return _text(lambda: base64.b64decode(plain + "=" * (-len(plain) % 4)))


def _base32(run: str) -> str:
    plain = re.sub(r"[^A-Z2-7]", "", run.upper())
    return _text(lambda: base64.b32decode(plain + "=" * (-len(plain) % 8)))


def _base85(run: str) -> str:
    return _text(lambda: base64.b85decode(run))


def _hex(run: str) -> str:
    return _text(lambda: bytes.fromhex(run[: len(run) // 2 * 2]))


def _text(decode: Callable[[], bytes]) -> str:
    """The bytes as text if most of them are."""
    try:
        data = decode()
    except ValueError:
        return ""
    text = data.decode("utf-8", "ignore")
    return text if sum(c.isprintable() for c in text) >= 0.8 * max(1, len(data)) else ""


def _escapes(text: str) -> str:
    if not re.search(r"\\[uxU0-7N]|U\+", text):
        return ""
    known = re.sub(r"U\+([0-9A-Fa-f]{4,6})\s?", lambda m: chr(int(m[1], 16) % 0x110000), text)
    return re.sub(
        r"\\u\{?([0-9A-Fa-f]{4})\}?|\\x([0-9A-Fa-f]{2})|\\([0-7]{3})",
        lambda m: chr(int(m[1] or m[2] or m[3], 8 if m[3] else 16)),
        known,
    )


def _morse(text: str) -> str:
    signs = re.findall(r"[.\-•–]{1,5}", text.replace("•", ".").replace("–", "-"))
    return "".join(_MORSE.get(s, "") for s in signs) if len(signs) >= SPACED else ""


def _spelt(text: str) -> str:
    """Figures that are written as words, as figures."""
    return re.sub(rf"\b({'|'.join(_FIGURES)})\b", lambda m: str(_FIGURES.index(m[1].lower())), text, flags=re.I)


def _numbers(text: str) -> str:
    """Groups of binary, octal or decimal as characters, or as places in the alphabet."""
    groups = re.findall(r"(?<!\w)\d{1,8}(?!\w)", text)
    if len(groups) < SPACED:
        return ""
    if all(re.fullmatch(r"[01]{6,8}", g) for g in groups):
        return "".join(chr(int(g, 2)) for g in groups)
    values = [int(g) for g in groups]
    places = "".join(chr(96 + v) for v in values if 1 <= v <= 26)
    return "".join(chr(v) for v in values if 32 <= v < 127) + " " + places


def _only_figures(run: str) -> bool:
    """Whether groups of two or three figures are what they look like, such as a telephone number or some times.

    They are a code where they decode to letters; numbers that rise one after the other are times or dates.
    """
    groups = re.findall(r"\w+", run)
    figures = [g for g in groups if re.fullmatch(r"\d{2,3}", g)]
    if not figures or len(figures) < len(groups) - 1:
        return False
    values = [int(g) for g in figures]
    as_places = all(1 <= v <= 26 for v in values) and not any(g.startswith("0") for g in figures)
    printed = [chr(v) for v in values if 32 <= v < 127]
    as_letters = len(printed) == len(values) and sum(map(str.isalpha, printed)) >= 0.7 * len(values)
    as_hex = all(0x41 <= int(g, 16) <= 0x7A or g == "20" for g in figures)
    octal = [int(g, 8) for g in figures if re.fullmatch("[0-7]{2,3}", g)]
    as_octal = len(octal) == len(figures) and all(0x41 <= v <= 0x7A or v == 32 for v in octal)
    return values == sorted(values) or not (as_places or as_letters or as_hex or as_octal)


def _visible(text: str) -> str:
    """Without characters that nobody sees."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Co", "Cn") or c in "\u200d\ufe0f")


def _odd(word: str) -> bool:
    """Whether a run of characters is no word, number, address or reference that a person would write."""
    if re.fullmatch(r"[\d\s.,:/+£$€%()-]+|[\w.+-]+@[\w.-]+|https?://\S+|[\w'’]+(?:[-–—/…][\w'’]+)+", word):
        return len(re.sub(r"\D", "", word)) > 20
    if re.search(r"\\[ux]|%[0-9A-Fa-f]{2}%|&#?\w+;", word) or any(ord(c) > 0x1D3FF and c.isalpha() for c in word):
        return True
    if len(word) < LONG_RUN:
        return False
    letters = re.sub(r"[^A-Za-z]", "", word)
    changes = len(re.findall(r"[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]", word))
    vowels = len(re.findall(r"[aeiouyAEIOUY]", letters))
    return (
        changes >= 3
        or (len(letters) >= LONG_RUN and vowels / len(letters) < 0.2)
        or len(word) > (60 if word.isalpha() else 32)
    )
