"""A scenario's text reviewed: what breaks the schema, what a reader would want mended, and on which line.

    found = review(text)
    found.scenario          # None while something breaks the schema
    found.findings[0]       # Finding(line=47, field="facts.site.question", message="it is missing, …", grave=False)

Needs no model and no file; quick enough to be run while somebody types.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from assistant.roleplay.authoring import lint
from assistant.roleplay.references import Referable, unknown
from assistant.roleplay.scenario import Scenario, parse_scenario
from assistant.yaml_file import Fault, line_of

NOTHING = Referable()
MOST_CHARACTERS = 200_000
"""Ten times the longest scenario there is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend. ``line`` counts from 1; ``grave``: it breaks the schema, so nothing can be kept."""

    line: int
    field: str
    message: str
    grave: bool

    def __str__(self) -> str:
        return str(Fault(self.line, self.field, self.message))


@dataclass(frozen=True, slots=True)
class Review:
    """The scenario, if the text is one, and what is to be mended, by line."""

    scenario: Scenario | None
    findings: tuple[Finding, ...]

    @property
    def grave(self) -> tuple[Finding, ...]:
        """What stands in the way of keeping it."""
        return tuple(f for f in self.findings if f.grave)


def review(text: str, there: Referable = NOTHING) -> Review:
    """Look a scenario's text through; what it names of guides and policies is held against what is ``there``."""
    if len(text) > MOST_CHARACTERS:
        message = f"{len(text):,} characters; at most {MOST_CHARACTERS:,} are taken"
        return Review(None, (Finding(1, "", message, grave=True),))
    scenario, faults = parse_scenario(text)
    if scenario is None:
        found = [Finding(f.line, f.field, f.message, grave=True) for f in faults]
        return Review(None, tuple(sorted(found, key=lambda f: f.line)))
    node = yaml.compose(text)
    problems = [*lint(scenario), *unknown(scenario, there)]
    found = [*_twice(node), *(Finding(line_of(node, p.steps), p.field, p.message, grave=False) for p in problems)]
    return Review(scenario, tuple(sorted(found, key=lambda f: f.line)))


def _twice(node: yaml.Node | None) -> Iterator[Finding]:
    """Fields that stand twice: YAML takes the last and says nothing."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                message = "it stands twice; only the last counts"
                yield Finding(key.start_mark.line + 1, key.value, message, grave=False)
            seen.add(key.value)
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for part in node.value:
            yield from _twice(part)
