"""Whom a turn greets: a name that is nobody's in the scenario is told. Pure code.

wrong_name("Dear Mr Whitlock, ...", scenario)       # "Dear Mr Whitlock"
"""

import re

from assistant.roleplay.scenario import Scenario

_GREETS = re.compile(
    r"^\W*(?i:dear|(?:hello|hi|hey|good (?:morning|afternoon|evening)),? (?=(?:mr|mrs|ms|miss|dr|herr|frau)\b))"
    r"\s*(?i:(?:mr|mrs|ms|miss|dr|herr|frau)\b\.?\s*)?([A-Z][\w'-]+)(?: ([A-Z][\w'-]+))?"
)
_NO_NAME = frozenset(
    "sir sirs madam customer customers client clients guest guests passenger passengers member members tenant "
    "tenants patient patients friend friends colleague colleagues neighbour neighbours all both team panel "
    "interviewer interviewers valued god lord mr mrs ms miss thank thanks i we you".split()
)
SHORTENED = 3
"""Letters from which on the beginning of the customer's name is a short form of it: "Kev" for Kevin."""


def wrong_name(text: str, scenario: Scenario) -> str:
    """The greeting of a turn if it has a name that stands nowhere in the scenario; empty if it has none or theirs."""
    found = _GREETS.search(text)
    if not found or found[1].lower() in _NO_NAME:
        return ""
    spoken = (line for by_band in scenario.lines.values() for lines in by_band.values() for line in lines)
    told = (f"{f.text} {f.reveal}" for f in scenario.facts)
    known = " ".join((scenario.persona.name, scenario.situation, scenario.story, scenario.opening, *told, *spoken))
    names = set(re.findall(r"\w+", known.lower()))
    said = {part for name in found.groups() if name for part in re.findall(r"\w+", name.lower())}
    own = re.findall(r"\w+", scenario.persona.name.lower())
    short = any(name.startswith(part) for name in own for part in said if len(part) >= SHORTENED)
    return "" if said & names or short else found[0].strip()
