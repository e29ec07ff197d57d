"""What the coach shows, as HTML: the hint, the check of an unsent line, a turn's acts and reasons."""

from assistant.roleplay.acts import Act, marked
from assistant.roleplay.coach import Hint, Preview
from assistant.roleplay.effects import Effect
from assistant.roleplay.practice import Exchange
from assistant.roleplay.weights import weights
from ui.widgets import prose, text

UNMOVED = ("word_list",)
"""Acts that change nothing by themselves, so that no reason for a change would tell of them."""


def hint(found: Hint, passage: str) -> str:
    """A hint; ``passage`` is the text of its guide section."""
    advice = found.advice
    manner = "".join(f"<li>{text(line)}</li>" for line in found.manner)
    return (
        '<div class="ek-card ek-hint" role="status"><h4>What they need now</h4>'
        f"<p>{text(advice.needs)}</p><p><b>Try this:</b> {text(advice.technique)}</p>"
        f'<p class="ek-shape">{text(advice.shape)}</p>'
        + (f'<ul class="ek-small">{manner}</ul>' if manner else "")
        + section(advice.guide, passage)
        + "</div>"
    )


def preview(found: Preview, line: str, before: tuple[int, int]) -> str:
    """What an unsent line would do. ``before`` is (anger, trust) now."""
    anger, trust = found.state.anger - before[0], found.state.trust - before[1]
    misses = f"<p><b>Not in it yet:</b> {text(found.misses.technique)}</p>" if found.misses else ""
    return (
        '<div class="ek-card ek-hint" role="status"><h4>Your line, before you send it</h4>'
        f'<p class="ek-said">{underlined(line, found.acts)}</p>{chips(found.acts)}'
        f"<p>It would earn <b>{trust:+d} trust</b> and <b>{anger:+d} anger</b>.</p>{reasons(found.effects)}{misses}"
        f'<p class="ek-small">Read by {text(found.reader)}. Nothing was sent.</p></div>'
    )


def turn(exchange: Exchange) -> str:
    """The last turn, folded: its acts with their words, and why the customer changed."""
    reading = exchange.reading
    return (
        '<details class="ek-turn"><summary>What your last turn did</summary>'
        f'<p class="ek-said">{underlined(exchange.text, reading.acts)}</p>{chips(reading.acts)}'
        f'{reasons(exchange.effects)}<p class="ek-small">Read by: {text(reading.reader)}</p></details>'
    )


def chips(acts: tuple[Act, ...]) -> str:
    """The acts seen, helping and harming apart by more than colour; what moved nothing is explained."""
    if not acts:
        return '<p class="ek-small">No act was seen in these words.</p>'
    signs = {"helping": "+", "harming": "−", "neutral": "·"}
    out = "".join(
        f'<span class="ek-chip {a.kind.polarity}" title="{text(a.kind.means)}">'
        f"{signs[a.kind.polarity]} {text(a.kind.label)}{'' if weights().sure_of(a) else ' ?'}</span>"
        for a in acts
    )
    notes = "".join(f'<p class="ek-small">{text(a.kind.means)}</p>' for a in acts if a.id in UNMOVED)
    return f'<p class="ek-chips">{out}</p>{notes}'


def reasons(effects: tuple[Effect, ...]) -> str:
    """Every change with its reason; what one reason did to anger, trust and patience stands in one line, and what did
    nothing is told without a number.
    """
    grouped: dict[tuple[str, str], list[str]] = {}
    for e in effects:
        changes = grouped.setdefault((e.why, e.quote), [])
        changes += [f"{e.amount:+d} {e.on}"] if e.amount else []
    rows = "".join(
        f"<li><b>{text(', '.join(changes) or 'no change')}</b>: {text(why)}"
        f"{f' (<q>{text(quote)}</q>)' if quote else ''}</li>"
        for (why, quote), changes in grouped.items()
    )
    return f"<ul>{rows}</ul>" if rows else ""


def underlined(line: str, acts: tuple[Act, ...]) -> str:
    """The line with the words of its acts marked."""
    return "".join(
        f'<u class="{polarity}">{text(words)}</u>' if polarity else text(words)
        for words, polarity in marked(line, acts)
    )


def section(section_id: str, passage: str) -> str:
    """A guide section, openable."""
    title = section_id.replace("#", " › ").replace("-", " ")
    if not passage:
        return f'<p class="ek-small">Guide: {text(title)}</p>'
    head = f'<details class="ek-guide"><summary>Read: {text(title)}</summary>'
    return f'{head}<div class="ek-passage">{prose(passage)}</div></details>'
