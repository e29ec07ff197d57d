"""The scorecard, as HTML: what was earned, shown by which words, and what else could have been said."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from assistant.roleplay.levels import AS_WRITTEN
from assistant.roleplay.practice import Practice
from evals.process import Evidence
from evals.scorecard import Counterfactual, Mark, Moment, Scorecard
from ui.coaching import reasons, section
from ui.curve import curve
from ui.widgets import text

Passage = Callable[[str], str]
"""A guide section's text by its id; empty if there is none."""


class First(NamedTuple):
    """The branch that a practice left, with its scorecard."""

    practice: Practice
    card: Scorecard


def scorecard(
    card: Scorecard,
    practice: Practice,
    better: Counterfactual | None,
    passage: Passage,
    first: First | None = None,
) -> str:
    """The whole card; ``first`` is the branch that this practice left, to compare the two."""
    bars = "".join(_bar(name, points, of) for name, (points, of) in card.parts.items())
    cap = f'<p class="ek-problem">Held down because {text(card.cap)}.</p>' if card.cap else ""
    marks = "".join(_mark(m) for m in card.marks)
    reading = "".join(section(s, passage(s)) for s in card.read_next)
    return (
        '<div class="ek-scorecard" role="region" aria-label="Scorecard" tabindex="-1">'
        f'<div class="ek-total"><b>{card.total}</b><span>of 100 · {text(card.ending or "you ended it")}'
        f"{''.join(f' · {text(how)}' for how in played_as(practice))}</span></div>"
        f"{cap}<div class='ek-bars'>{bars}</div>{curve(practice, first.practice if first else None)}"
        f"{_against(card, practice, first) if first else ''}"
        f"{_moments(card, better)}"
        f"<h4>Criterion by criterion</h4><ul class='ek-marks'>{marks}</ul>{_costs(card)}"
        f"{_discovery(card)}{_mode(card)}"
        f"<h4>Read next</h4>{reading or '<p>Nothing was missed: pick a harder customer.</p>'}"
        f"{_self(practice)}</div>"
    )


def played_as(practice: Practice) -> tuple[str, ...]:
    """How a practice was played other than as its author wrote it: as an exam, gentler, harder."""
    level = () if practice.level == AS_WRITTEN else (practice.level,)
    return (*(("exam",) if practice.exam else ()), *level)


def _against(card: Scorecard, practice: Practice, first: First) -> str:
    """This branch beside the one it left, a column each: a phone has no room for a column a figure."""
    ways = ((first.card, first.practice), (card, practice))
    shown: dict[str, Sequence[object]] = {
        "Score": [c.total for c, _ in ways],
        "Anger": [p.state.anger for _, p in ways],
        "Trust": [p.state.trust for _, p in ways],
        "Found out": [f"{c.found} of {c.findable}" for c, _ in ways],
        "Ending": [_ended(p) for _, p in ways],
    }
    rows = "".join(
        f"<tr><th>{what}</th>{''.join(f'<td>{text(value)}</td>' for value in values)}</tr>"
        for what, values in shown.items()
    )
    turn = practice.parts_from(first.practice)
    return (
        f"<h4>What it changed to go back to turn {turn}</h4><table class='ek-table ek-ways'>"
        f"<tr><th></th><th>The first way</th><th>This way</th></tr>{rows}</table>"
    )


def _ended(practice: Practice) -> str:
    """How a way ended; one that was only left for another goes on."""
    return practice.ending or ("you ended it" if practice.closed else "you went back from here")


def _bar(name: str, points: float, of: float) -> str:
    share = 100 * points / of if of else 0
    return (
        f'<div class="ek-meter"><span>{text(name)}</span><b>{points:g} of {of:g}</b>'
        f'<div role="meter" aria-label="{text(name)}" aria-valuemin="0" aria-valuemax="{of:g}" '
        f'aria-valuenow="{points:g}"><i class="trust" style="width:{share:.0f}%"></i></div></div>'
    )


def _mark(mark: Mark) -> str:
    if mark.met is None:
        return f'<li class="na"><span>–</span> {text(mark.criterion.title)} <small>did not come up</small></li>'
    sign, kind = ("✓", "met") if mark.met else ("✕", "not")
    example = f"such as: {mark.example}" if mark.example else mark.criterion.asks
    late = f"too late (turn {mark.late}); " if mark.late else ""
    shown = _quoted(mark.evidence) if mark.evidence else f"<small>{late}{text(example)}</small>"
    people = mark.criterion.human.removeprefix("by code; ") or "not measured"
    return (
        f'<li class="{kind}" title="{text(mark.criterion.asks)}"><span>{sign}</span> {text(mark.criterion.title)} '
        f"<small>{mark.points:g} of {mark.of:g}</small><br>{shown}"
        f'<details class="ek-quiet"><summary>How this is judged</summary>By {text(mark.judged_by)}. '
        f"Beside people: {text(people)}.</details></li>"
    )


def _quoted(evidence: Evidence) -> str:
    sure = "" if evidence.sure >= 0.995 else f", {evidence.sure:.0%} sure"
    return f"<q>{text(evidence.quote)}</q> <small>turn {evidence.turn}{sure}</small>"


def _costs(card: Scorecard) -> str:
    rows = "".join(
        f"<li class='not'><span>−</span> {text(c.why)}{f': {_quoted(c.evidence)}' if c.evidence else ''} "
        f"<small>{text(c.lost)}</small></li>"
        for c in card.costs
    )
    return f"<h4>What else cost points</h4><ul class='ek-marks'>{rows}</ul>" if rows else ""


def _moments(card: Scorecard, better: Counterfactual | None) -> str:
    out = ""
    if card.best:
        out += f"<h4>Your best moment</h4>{_moment(card.best)}"
    if card.worst:
        head = "Where it slipped" if card.worst.change <= 0 else "Where there was more to win"
        out += f"<h4>{head}</h4>{_moment(card.worst)}"
    if better:
        gain, was = f"{better.change:+d}", f"{better.instead_of:+d}"
        out += (
            f'<div class="ek-better"><p><b>What you could have said in turn {better.turn}:</b></p>'
            f"<blockquote>{text(better.text)}</blockquote>"
            f"<p>Played by the same engine it moves the customer by <b>{gain}</b> where your line moved them by "
            f"<b>{was}</b> (trust gained less anger gained).</p>{reasons(better.effects)}</div>"
        )
    return out


def _moment(moment: Moment) -> str:
    where = f"turn {moment.turn}, {moment.change:+d}"
    return f"<p><q>{text(moment.text)}</q> <small>{where}</small></p>{reasons(moment.why)}"


def _discovery(card: Scorecard) -> str:
    rows = "".join(f"<li>{text(m.fact)}<br><small>{text(m.advice)}</small></li>" for m in card.missed)
    points, of = card.parts["discovery"]
    head = f"<h4>What lay behind it: {card.found} of {card.findable} found ({points:g} of {of:g} points)</h4>"
    return head + (f"<ul>{rows}</ul>" if rows else "") if card.findable else ""


def _mode(card: Scorecard) -> str:
    if not card.mode:
        return ""
    path = " → ".join(text(mode or "none shown") for mode in card.modes)
    return (
        f"<h4>How you handled the conflict</h4><p>Mostly <b>{text(card.mode)}</b>; beginning, middle, end: {path}. "
        '<small class="ek-quiet">After Thomas and Kilmann; a reading of these turns, not of you.</small></p>'
    )


def _self(practice: Practice) -> str:
    if not (practice.before or practice.after):
        return ""
    return (
        f"<h4>You, before and after</h4><p><b>Before:</b> {text(practice.before or '–')}</p>"
        f"<p><b>After:</b> {text(practice.after or '–')}</p>"
    )
