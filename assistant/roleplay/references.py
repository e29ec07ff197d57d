"""What a scenario names of the library: the sections it trains, the policy set, the sections its remedies rest on.

    there = Referable.of(library)
    for problem in unknown(scenario, there): ...      # Problem("trains", "'validation#what-to-doo' is no section …")

Knows nothing of searching; reads the library's list of what it holds.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from assistant.roleplay.authoring import Problem
from assistant.roleplay.scenario import Scenario
from knowledge import Library

OF_NONE = "none"
"""The policy of a scenario whose company has none in the library; its remedies say theirs in words."""
_SECTION = re.compile(r"\S+#\S+")


@dataclass(frozen=True, slots=True)
class Referable:
    """The ids of all sections, and the policy sets; both empty while nothing was indexed."""

    sections: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()

    @classmethod
    def of(cls, library: Library) -> "Referable":
        """What a library holds now."""
        return cls(library.section_ids(), frozenset(library.policy_sets()))


def unknown(scenario: Scenario, there: Referable) -> Iterator[Problem]:
    """What a scenario names and the library does not hold; nothing while that holds nothing."""
    if not there.sections:
        return
    if scenario.policy not in (*there.sets, OF_NONE):
        yield Problem("policy", f"'{scenario.policy}' is no policy set. {_near(scenario.policy, there.sets)}")
    for section in scenario.trains:
        if section not in there.sections:
            yield Problem("trains", _no_section(section, there))
    for remedy in scenario.remedies:
        if _SECTION.fullmatch(remedy.policy) and remedy.policy not in there.sections:
            yield Problem(f"remedies.{remedy.id}.policy", _no_section(remedy.policy, there))


def _no_section(section: str, there: Referable) -> str:
    return f"'{section}' is no section of the library. {_near(section, there.sections)}"


def _near(name: str, there: Collection[str]) -> str:
    near = get_close_matches(name, sorted(there), 1)
    return f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(sorted(there)[:8])} …"
