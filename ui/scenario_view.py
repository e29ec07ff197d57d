"""A scenario as its author sees it: what is to be mended, who the customer is, and how scripted agents fare."""

from collections.abc import Mapping

from assistant.roleplay.practice import Exchange, Practice
from assistant.roleplay.review import Finding, Review
from assistant.roleplay.scenario import Fact, Remedy, Scenario
from assistant.roleplay.weights import weights
from ui.widgets import problem, text

EMPTY = (
    '<div class="ek-card"><h3>Scenarios</h3><p>Pick one to read it. A built-in one stays as it is: copy it '
    "under an id of your own. Or begin a new one, in which every field is filled in to be replaced.</p>"
    "<p>While you write, this side says what is still to be mended, and shows the customer you are making.</p></div>"
)
AUTHORITY = {"alone": "the agent may", "approval": "needs approval", "refused": "policy forbids it"}
AGENTS = {"coached": "An agent who follows the coach", "rude": "A rude agent"}


def review_shown(found: Review, source: str, orphans: bool = False) -> str:
    """What a review found, and the scenario if it is one.

    Args:
        source: the reviewed text.
        orphans: whether keeping it would leave practices that cannot be opened any more.
    """
    return (
        f'<div role="region" aria-label="What it is">{_verdict(found, source, orphans)}{_card(found.scenario)}</div>'
    )


def _verdict(found: Review, source: str, orphans: bool) -> str:
    lines = source.splitlines()
    rows = "".join(_finding(f, lines) for f in found.findings)
    if orphans:
        rows += (
            '<li class="warn"><b>Its facts are others than before.</b> Practices of the earlier text can no longer '
            "be opened. To keep them, give this one another id.</li>"
        )
    if found.scenario is None:
        n = len(found.grave)
        head = f"{n} thing{'' if n == 1 else 's'} to mend before it can be kept"
        return f'<div class="ek-review bad"><h3 role="status">{head}</h3><ol>{rows}</ol></div>'
    if rows:
        head = "It can be kept. Better mend this first:"
        return f'<div class="ek-review"><h3 role="status">{head}</h3><ol>{rows}</ol></div>'
    return '<div class="ek-review ok"><h3 role="status">Nothing to mend.</h3></div>'


def _finding(finding: Finding, lines: list[str]) -> str:
    at = lines[finding.line - 1].strip() if finding.line <= len(lines) else ""
    shown = f"{at[:70]} …" if len(at) > 70 else at
    where = f"line {finding.line}" + (f" · {finding.field}" if finding.field else "")
    return (
        f'<li class="{"grave" if finding.grave else "warn"}"><b>{text(where)}</b> {text(finding.message)}'
        + (f"<code>{text(shown)}</code>" if shown else "")
        + "</li>"
    )


def _card(scenario: Scenario | None) -> str:
    """The customer as they will be met."""
    if scenario is None:
        return ""
    who, numbers = scenario.persona, scenario.difficulty
    settles = (
        f"They settle once they were heard and accept an offer worth {weights().accept.worth:g} or more."
        if scenario.winnable
        else "It cannot be won: policy forbids what they want. The agent is scored on how they handle it."
    )
    return (
        f'<div class="ek-card ek-preview"><h3>{text(scenario.title)}</h3>'
        f'<p class="ek-small">{text(scenario.company)} · {text(scenario.industry)} · {text(scenario.channel)}</p>'
        f"<p>{text(scenario.you)} {text(scenario.situation)}</p>"
        f"<h4>{text(who.name)}</h4><p>{text(who.about)}. Speaks: {text(who.speech)}.</p>"
        f"<blockquote>{text(' '.join(scenario.opening.split()))}</blockquote>"
        f'<p class="ek-small">anger {numbers.anger} · trust {numbers.trust} · patience {numbers.patience} turns · '
        f"at most {numbers.clamp} a turn</p>"
        f"<h4>Needs</h4><ul><li>to be heard: {text(scenario.grievance)}</li>"
        f"<li>wants: {text(scenario.wants)}</li></ul>"
        f'<p class="ek-small">{settles}</p>'
        f"<h4>Knows</h4><ul>{''.join(map(_fact, scenario.facts))}</ul>"
        f"<h4>Could be offered</h4><ul>{''.join(map(_remedy, scenario.remedies))}</ul></div>"
    )


def _fact(fact: Fact) -> str:
    gate = f"from trust {fact.gate}" if fact.gate else "told to whoever asks"
    opens = f" <span class='ek-small'>Opens it: {text(fact.question)}</span>" if fact.question else ""
    return f"<li>{text(fact.text)} <b>({gate})</b>{opens}</li>"


def _remedy(remedy: Remedy) -> str:
    return f"<li>{text(remedy.text)} <b>({AUTHORITY[remedy.authority]}, worth {remedy.worth:g})</b></li>"


def played(fares: Mapping[str, Practice], scenario: Scenario) -> str:
    """How scripted agents fare, and what was said."""
    return '<div class="ek-played">' + "".join(_fared(who, p, scenario) for who, p in fares.items()) + "</div>"


def _fared(who: str, practice: Practice, scenario: Scenario) -> str:
    state, turns = practice.state, len(practice.exchanges)
    ending = practice.ending or "not settled"
    said = "".join(_turn(e, scenario.persona.name) for e in practice.exchanges)
    return (
        f'<details class="ek-guide"><summary>{AGENTS[who]}: <b>{text(ending)}</b> after {turns} turns '
        f'<span class="ek-small">anger {state.anger}, trust {state.trust}</span></summary>'
        f"<p><b>{text(scenario.persona.name)}:</b> {text(practice.opening)}</p>{said}</details>"
    )


def _turn(exchange: Exchange, name: str) -> str:
    state = exchange.state
    return (
        f"<p><b>Agent:</b> {text(exchange.text)}</p><p><b>{text(name)}:</b> {text(exchange.line)} "
        f'<span class="ek-small">anger {state.anger}, trust {state.trust}</span></p>'
    )


def refused(message: str) -> str:
    """Why something could not be done, line by line."""
    return "".join(map(problem, message.splitlines()))


def done(message: str) -> str:
    """What was done."""
    return f'<p class="ek-done" role="status">{text(message)}</p>'
