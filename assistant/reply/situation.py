"""The card beside a draft: what the customer wants and feels, how urgent it is, what is at risk.

    card = read_situation(read_thread("Where is my parcel?! My lawyer will write to you."))
    card.risks          # (Sign(label="legal threat", words="lawyer"),)

Read without a model, by the patterns in ``situation.yaml``; every sign carries the words that show
it. Pure. Knows nothing of policies.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from assistant.conversation import one_line
from assistant.language import language
from assistant.reply.thanks import only_thanks
from assistant.reply.thread import Thread
from knowledge import shipped
from knowledge.shipped import Fields, Pattern

FILE = Path(__file__).parent / "situation.yaml"
_MOST_WORDS = 160
_CLOSE_BY = 80
"""Characters before the words of a wish in which it may be told that it is none: "I don't want"."""
THANKS = "nothing: they only thank us"
"""What somebody wants who thanks and neither complains nor asks."""
OWN_WISH = "something else"
"""What somebody wants who says so in words that no other label has."""
_TENDER = frozenset({"self-harm", "assault or harassment"})
"""Risks that are answered in words which somebody has weighed."""
_GRAVE = _TENDER | {"legal threat", "safety", "discrimination"}
"""Risks for somebody with more authority."""
Urgency = Literal["now", "soon", "ordinary"]


class Sign(BaseModel):
    """Something that the thread shows, with the words that show it."""

    model_config = ConfigDict(frozen=True)

    label: str
    words: str


class Situation(BaseModel):
    """The card. ``promised`` holds whole sentences; ``missing`` what an agent would have to ask for."""

    model_config = ConfigDict(frozen=True)

    wants: tuple[Sign, ...] = ()
    feels: tuple[Sign, ...] = ()
    urgency: Urgency = "ordinary"
    urgent: tuple[Sign, ...] = ()
    risks: tuple[Sign, ...] = ()
    promised: tuple[Sign, ...] = ()
    missing: tuple[str, ...] = ()
    language: str = "English"
    messages: int = 1

    @property
    def grave(self) -> bool:
        """Whether somebody with more authority should look before anything is sent."""
        return any(map(self.at_risk, _GRAVE))

    @property
    def tender(self) -> bool:
        """Whether code alone words the answer: what happened is not said back, and nothing is asked."""
        return any(map(self.at_risk, _TENDER))

    @property
    def thanked(self) -> bool:
        """Whether the customer's last message only thanks."""
        return any(sign.label == THANKS for sign in self.wants)

    def at_risk(self, what: str) -> bool:
        """Whether the thread shows this risk."""
        return any(sign.label == what for sign in self.risks)


def read_situation(thread: Thread) -> Situation:
    """What the thread shows."""
    customer = [_plain(m.text) for m in thread.messages if m.who == "customer"][::-1]
    data = _data()
    risks = _risks(customer)
    despair = [Sign(label="now", words=s.words) for s in risks if s.label == "self-harm"]
    danger = [Sign(label="soon", words=s.words) for s in risks if s.label in ("safety", "assault or harassment")]
    thanked = _GRAVE.isdisjoint(s.label for s in risks) and only_thanks(thread.customer)
    still = [] if thanked else customer  # thanks outdate what was wanted, felt and pressing before
    wants = _wishes(customer) or _own_wish(customer[0], risks)
    urgent = (*despair, *_signs(still, data.urgent), *danger)
    return Situation(
        wants=(Sign(label=THANKS, words=one_line(thread.customer, _MOST_WORDS)),) if thanked else wants,
        feels=_signs(still, data.feels),
        urgency="now" if any(s.label == "now" for s in urgent) else "soon" if urgent else "ordinary",
        urgent=urgent,
        risks=risks,
        promised=(
            *_sentences_with("by staff", [_plain(t) for t in thread.by_staff], data.promised["by staff"]),
            *_sentences_with("told by the customer", customer[::-1], data.promised["told by the customer"]),
        ),
        missing=_missing(still, "\n".join(m.text for m in thread.messages)),
        language=language(thread.customer),
        messages=len(thread.messages),
    )


def _missing(texts: list[str], whole: str) -> tuple[str, ...]:
    """What is spoken of in ``texts`` and given nowhere in the ``whole``, without what another fact tells besides."""
    spoken = {
        what: bool(fact.given.search(whole))
        for what, fact in _data().missing.items()
        if any(fact.when.search(t) for t in texts)
    }
    tells = {True: _data().tells.given, False: _data().tells.asked_for}
    told = {other for what, is_given in spoken.items() for other in tells[is_given].get(what, ())}
    return tuple(what for what, is_given in spoken.items() if not is_given and what not in told)


def shows(text: str, risk: str) -> bool:
    """Whether a text shows a risk, whoever wrote it."""
    return bool(_data().risks[risk].search(_unwrapped(text)))


def tells(text: str, what: str) -> bool:
    """Whether a text gives a fact that an agent would else ask for: "when it happened"."""
    return bool(_data().missing[what].given.search(text))


def claims_promise(sentence: str) -> bool:
    """Whether a customer's sentence says that staff promised something."""
    return bool(_data().promised["told by the customer"].search(_plain(sentence)))


def _signs(texts: list[str], patterns: dict[str, re.Pattern[str]]) -> tuple[Sign, ...]:
    """The first words that show each label, the latest message first."""
    found = ((label, next(filter(None, map(pattern.search, texts)), None)) for label, pattern in patterns.items())
    return tuple(_sign(label, match) for label, match in found if match)


def _risks(texts: list[str]) -> tuple[Sign, ...]:
    """As ``_signs``, without what its own sentence says to be no risk of ours: an injury elsewhere."""
    found = []
    for label, pattern in _data().risks.items():
        matches = (pattern.search(told) for text in texts for told in _ours(label, _unwrapped(text)))
        if match := next(filter(None, matches), None):
            found.append(_sign(label, match))
    return tuple(found)


def _ours(label: str, text: str) -> list[str]:
    """The sentences of a text in which a risk may be one of ours; the whole text where nothing could tell."""
    unless = _data().unless.get(label)
    if unless is None:
        return [text]
    return [told for told in re.split(r"(?<=[.!?])\s", text) if not any(none.holds(told) for none in unless)]


def _wishes(texts: list[str]) -> tuple[Sign, ...]:
    """As ``_signs``, but a message that names a wish, or says that it is none, outdates the older ones.

    A newer remedy outdates all older remedies: who wants their money back wants no other lamp any more.
    """
    newest: dict[str, tuple[int, re.Match[str] | None]] = {}
    for label, pattern in _data().wants.items():
        if named := next(((n, found) for n, text in enumerate(texts) if (found := [*pattern.finditer(text)])), None):
            newest[label] = named[0], next(filter(_is_wished, named[1]), None)
    remedies = _data().remedies
    latest = min((age for label, (age, wish) in newest.items() if wish and label in remedies), default=0)
    wished = ((label, wish) for label, (age, wish) in newest.items() if label not in remedies or age == latest)
    return tuple(_sign(label, wish) for label, wish in wished if wish)


def _own_wish(text: str, risks: tuple[Sign, ...]) -> tuple[Sign, ...]:
    """The first wish of a message in its own words, clipped; to do harm, to oneself or to others, is none."""
    if not _TENDER.isdisjoint(sign.label for sign in risks):
        return ()
    found = (match[0].strip() for match in _data().in_their_words.finditer(text))
    wish = next((words for words in found if not shows(words, "threat or abuse")), "")
    return (Sign(label=OWN_WISH, words=one_line(wish, _MOST_WORDS)),) if wish else ()


def _sign(label: str, match: re.Match[str]) -> Sign:
    return Sign(label=label, words=" ".join(match[0].split()))


def _is_wished(match: re.Match[str]) -> bool:
    """Whether the words of a wish do not stand after "I do not want" in their clause."""
    return not _data().unwanted.search(match.string[max(0, match.start() - _CLOSE_BY) : match.end()])


def _sentences_with(label: str, texts: list[str], pattern: re.Pattern[str]) -> list[Sign]:
    sentences = [s.strip() for text in texts for s in re.split(r"(?<=[.!?])\s+|\n+", text)]
    return [Sign(label=label, words=one_line(s, _MOST_WORDS)) for s in dict.fromkeys(sentences) if pattern.search(s)]


def _plain(text: str) -> str:
    return text.replace("’", "'")


def _unwrapped(text: str) -> str:
    """A text in one line: mail programs break lines anywhere."""
    return " ".join(_plain(text).split())


class _Unless(Fields):
    """A risk is none where a sentence ``says`` so, unless it is of what is ``ours``."""

    says: Pattern
    ours: Pattern

    def holds(self, sentence: str) -> bool:
        """Whether the sentence says so and has, besides the words that say it, nothing of ours."""
        return bool(self.says.search(sentence)) and not self.ours.search(self.says.sub("", sentence))


class _Missing(Fields):
    """What is needed ``when`` a message speaks of it, unless it is ``given``."""

    when: Pattern
    given: Pattern


class _Tells(Fields):
    """What needs not be asked for where something else is given, or asked for."""

    given: dict[str, tuple[str, ...]]
    asked_for: dict[str, tuple[str, ...]]


class _Signs(Fields):
    """``situation.yaml``; a pattern says ``<person>`` for what ``words`` has under that name."""

    words: dict[str, str]
    wants: dict[str, Pattern]
    in_their_words: Pattern
    unwanted: Pattern
    remedies: tuple[str, ...]
    feels: dict[str, Pattern]
    urgent: dict[str, Pattern]
    risks: dict[str, Pattern]
    unless: dict[str, tuple[_Unless, ...]]
    promised: dict[str, Pattern]
    missing: dict[str, _Missing]
    tells: _Tells

    @model_validator(mode="before")
    @classmethod
    def _spelt_out(cls, file: dict[str, Any]) -> dict[str, Any]:
        words: dict[str, str] = file.get("words", {})
        return {name: part if name == "words" else _filled(part, words) for name, part in file.items()}


def _filled(part: Any, words: Mapping[str, str]) -> Any:
    """A part of the file with its ``words``, which may hold each other, in place of their names."""
    if isinstance(part, dict):
        return {name: _filled(value, words) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, words) for value in part]
    if not isinstance(part, str) or not (named := [name for name in words if f"<{name}>" in part]):
        return part
    for name in named:
        part = part.replace(f"<{name}>", words[name])
    return _filled(part, words)


@cache
def _data() -> _Signs:
    return shipped.read_as(FILE, _Signs)
