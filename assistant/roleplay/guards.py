"""Guards: why a generated line may not be said. Pure code.

fault("How can I help you today?", cue)     # "speaks as staff"
"""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant import hidden
from assistant.roleplay.demands import DEMANDING, asks
from assistant.roleplay.likeness import COPY, alike
from assistant.roleplay.telling import content_words, gives_away
from knowledge import shipped

if TYPE_CHECKING:
    from assistant.roleplay.script import Cue

FILE = Path(__file__).parent / "guards.yaml"
MOST_WORDS = 60
RECITED = 6
"""So many words in a row, of the brief or of what the agent just said, are recited, not said."""

_Kind = Literal["staff", "exercise", "violence", "warm", "refuses"]
_NUMBER = re.compile(
    r"\b\w*\d[\w:.,]*\w|\b\d\b|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred|thousand"
    r"|dozen)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?…\"“] )(?<!^)\b[A-Z][a-z]{2,}\b")


def fault(line: str, cue: "Cue") -> str:
    """Why the line may not be said, in a few words; empty if it may."""
    words = line.split()
    if len(words) < 3 or not re.search(r"[a-z]", line):
        return "too short"
    if len(words) > MOST_WORDS:
        return "too long"
    if not re.search(r"[.!?…]$", line) and not (cue.scenario.channel == "chat" and re.search(r"\w$", line)):
        return "not a whole sentence"  # in a chat people leave the full stop out
    if re.search(r"https?://|www\.|\w\.[a-z]{2,}/|[<>{}#_|]|\b(AGENT|CUSTOMER)\b", line):
        return "not speech"
    if _banned("staff").search(line):
        return "speaks as staff"
    if _banned("exercise").search(line):
        return "speaks of the exercise"
    if _banned("violence").search(line):
        return "threatens violence"
    if cue.move not in ("accept", "soften") and _banned("warm").search(line):
        return "forgives too soon"
    if cue.move in ("accept", "soften") and _banned("refuses").search(line):
        return "does not do the move"
    if cue.move == "question" and "?" not in line:
        return "does not do the move"
    if cue.fact and not cue.circling and not _tells(line, cue):
        return "does not tell the fact"
    if cue.move in DEMANDING and asks(line) & cue.given:
        return "demands what was given"
    if _repeats(line, cue):
        return "repeats a line"
    if _runs(line) & _runs(cue.transcript.last("agent")):
        return "says the agent's words"
    if _asks_back(line, cue):
        return "asks the agent's question"
    if _leaks(line, cue):
        return "gives a locked fact away"
    if _hides(line, cue):
        return "hides something"
    invented = _invented(line, cue)
    return f"invents a fact: {invented}" if invented else ""


@cache
def _banned(kind: _Kind) -> re.Pattern[str]:
    patterns = shipped.read_as(FILE, dict[_Kind, list[str]])[kind]
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


def _hides(line: str, cue: "Cue") -> bool:
    """Whether a line is coded, or carries, plainly or in a usual code, what stands in the customer's brief alone."""
    public = _heard(cue)
    if hidden.coded(line, " ".join(public)):
        return True
    scenario = cue.scenario
    brief = f"{scenario.persona.about} {scenario.persona.speech} "
    brief += " ".join(f"{f.text} {f.reveal} {f.approach}" for f in scenario.hidden)
    if hidden.carries(line, hidden.codes(brief).difference(*map(hidden.codes, public))):
        return True
    ours = _runs(brief).difference(*map(_runs, public))
    return any(_runs(view) & ours for view in hidden.views(line))


@lru_cache(maxsize=256)
def _runs(text: str) -> frozenset[tuple[str, ...]]:
    """Every run of ``RECITED`` words; a brief stays as it is for a whole talk."""
    words = re.findall(r"\w+", text.lower())
    return frozenset(zip(*(words[n:] for n in range(RECITED)), strict=False))


def _repeats(line: str, cue: "Cue") -> bool:
    said = [t.text for t in cue.transcript.turns]
    written = (w for by_band in cue.scenario.lines.values() for lines in by_band.values() for w in lines)
    if any(alike(line, w, COPY) for w in written):
        return True  # the script's own examples, said back
    if any(alike(line, s, 0.7) for s in said):
        return True
    plain = content_words(line)
    return any(len(plain & content_words(s)) >= 0.75 * len(plain) for s in said if plain)


def _asks_back(line: str, cue: "Cue") -> bool:
    """Whether a question in the line is the agent's own, turned round: a small model answers a question so."""
    heard = content_words(cue.transcript.last("agent"))
    questions = [content_words(q) for q in re.findall(r"[^.!?]+\?", line)]
    return any(len(q) >= 3 and len(q & heard) >= 0.75 * len(q) for q in questions)


def _tells(line: str, cue: "Cue") -> bool:
    """Whether a revealing line carries at least two fifths of the fact's own words."""
    fact = cue.scenario.fact(cue.fact)
    own = {w[:5] for w in content_words(fact.text)}
    return len({w[:5] for w in content_words(line)} & own) >= 0.4 * len(own)


def _leaks(line: str, cue: "Cue") -> bool:
    known = _known(cue)
    hidden_still = [f for f in cue.scenario.hidden if f.id not in cue.told and (f.id != cue.fact or cue.circling)]
    return any(gives_away(line, fact, known, wary=True) for fact in hidden_still)


def _invented(line: str, cue: "Cue") -> str:
    """A number, a name or a day that stands nowhere in what the customer knows or heard; empty if none."""
    parts = _known(cue)
    numbers = set[str]().union(*map(_numbers, parts))
    new = next((n for n in _NUMBER.findall(line) if _bare(n.lower()) not in numbers), "")
    exclaimed = ("God", "Christ", "Jesus")
    names = [n.lower() for n in _NAME.findall(line) if n not in exclaimed]
    low = " ".join(parts).lower() if names else ""
    return new or next((n.capitalize() for n in names if n not in low), "")


@lru_cache(maxsize=4096)
def _numbers(text: str) -> frozenset[str]:
    return frozenset(_bare(n) for n in _NUMBER.findall(text.lower()))


def _bare(number: str) -> str:
    """A number without its ordinal ending: the 17th is 17."""
    return re.sub(r"(?<=\d)(st|nd|rd|th)$", "", number.strip(".,:"))


def _known(cue: "Cue") -> tuple[str, ...]:
    """All that the customer knows and may speak of, in parts: most are the same from line to line."""
    return (*_heard(cue), cue.scenario.persona.about)


def _heard(cue: "Cue") -> tuple[str, ...]:
    """What the customer knows, without who they are: that is their brief."""
    scenario = cue.scenario
    facts = [scenario.fact(f) for f in cue.told]
    if cue.fact and not cue.circling:
        facts.append(scenario.fact(cue.fact))
    parts = [scenario.story, scenario.grievance, scenario.wants, scenario.opening, scenario.company]
    parts += [scenario.persona.name, scenario.situation]
    parts += [f"{f.text} {f.reveal}" for f in facts]
    parts += [turn.text for turn in cue.transcript.turns]
    parts += [line for by_band in scenario.lines.values() for lines in by_band.values() for line in lines]
    return tuple(parts)
