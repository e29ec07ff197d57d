"""The progress screen: past practices, skills over time, what to practise next, what causes the anger."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.reply.draft import Draft
from assistant.roleplay.room import PracticeRoom
from assistant.roleplay.scenario import Scenario
from assistant.store import Kept
from evals.causes import Count
from evals.history import FEWEST_TURNS, History, Row, history
from evals.labels import forget as forget_labels
from evals.process import CHECKS
from evals.rubric import load_rubric
from ui.events import script
from ui.gate import Gate
from ui.scorecard import played_as
from ui.widgets import problem, text

EMPTY = (
    '<div class="ek-card"><p>Nothing here yet. After your first practice of two turns or more you find its score '
    "here, your skills over time, and what to practise next.</p></div>"
)


def build(
    room: PracticeRoom, drafts: Callable[[str], list[Draft]], gate: Gate, labels: Path
) -> tuple[Callable[[Any], None], Callable[..., Any]]:
    """Lay out the screen; call inside a Blocks. Gives what refreshes it on an event, and the event of a past practice
    being chosen (``practice`` is its id).

    Args:
        drafts: gives the drafts that are kept of an owner.
        gate: tells who looks.
        labels: where labels are kept; they hold the texts they are about, and go with them.
    """
    rubric = load_rubric("process", CHECKS)
    shown = gr.HTML(elem_id="progress", js_on_load=script("progress"))
    with gr.Row():
        sure = gr.Checkbox(label="I want everything of mine deleted for good", elem_id="sure-delete")
        delete = gr.Button("Delete my data", size="sm", variant="stop", elem_id="delete")
        told = gr.HTML(elem_id="delete-said")

    def page_of(owner: str) -> str:
        now = datetime.now(UTC)
        past = history(room.history(owner), drafts(owner), room.scenarios, rubric, now)
        page = progress(past, room.scenarios, now)
        return page + f'<p class="ek-small">Kept on this machine: {said(room.kept(owner))}.</p>'

    def refreshed(request: gr.Request) -> tuple[str, str]:
        return page_of(gate.owner(request)), ""

    def forget(really: bool, request: gr.Request) -> tuple[str, Any, str]:
        owner = gate.owner(request)
        if not really:
            return page_of(owner), False, problem("Tick the box first: this cannot be undone.")
        forget_labels(labels, owner)
        gone = f'<p role="status">Deleted for good: {said(room.forget(owner))}.</p>'
        return page_of(owner), False, gone

    delete.click(forget, sure, [shown, sure, told], api_visibility="private")

    def on(event: Any) -> None:
        event(refreshed, None, [shown, told], show_progress="hidden", api_visibility="private")

    return on, shown.select


def said(kept: Kept) -> str:
    """What is kept, in words."""
    return (
        f"{_count(kept.practices, 'practice')} with {_count(kept.turns, 'turn')} of yours, scores and what you wrote "
        f"about how you felt; {_count(kept.drafts, 'draft')} with the messages answered"
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def progress(past: History, scenarios: Mapping[str, Scenario], now: datetime) -> str:
    """The whole page."""
    following = scenarios[past.next_scenario]
    advice = f"<b>{text(following.title)}</b> ({text(following.persona.name)}): {text(past.why)}."
    head = f'<div class="ek-card"><h3>Practise next</h3><p>{advice}</p></div>'
    if not past.rows:
        return EMPTY + head + _causes(past)
    return f"{head}{_scores(past)}{_skills(past, now)}{_causes(past)}{_feelings(past)}{_table(past)}"


def _scores(past: History) -> str:
    """Totals in the order they were earned, oldest first."""
    totals = [r.card.total for r in reversed(past.rows)][-30:]
    width = min(40.0, 560 / max(1, len(totals)))
    bars = "".join(
        f'<rect x="{i * width + 2:.1f}" y="{114 - t:.1f}" width="{max(3.0, width - 4):.1f}" height="{t:.1f}"/>'
        f'<text x="{(i + 0.5) * width:.1f}" y="{110 - t:.1f}" text-anchor="middle">{t}</text>'
        for i, t in enumerate(totals)
    )
    said = f"Scores of your last {len(totals)} practices, oldest first: {', '.join(map(str, totals))}"
    return (
        f'<h4>Your scores</h4><figure class="ek-curve"><svg viewBox="0 0 560 116" role="img" '
        f'aria-label="{text(said)}" class="bars">{bars}</svg></figure>'
    )


def _skills(past: History, now: datetime) -> str:
    rows = "".join(
        f"<tr><td>{text(s.criterion.title)}</td><td>{round(s.share.value * s.share.n)} of {s.share.n}</td>"
        f'<td><span class="ek-interval" style="--low:{s.share.low:.2f};--high:{s.share.high:.2f};'
        f'--at:{s.share.value:.2f}" role="img" aria-label="{s.share.value:.0%}, between {s.share.low:.0%} and '
        f'{s.share.high:.0%}"></span></td><td>{_when(s.due, now)}</td></tr>'
        for s in sorted(past.skills, key=lambda s: s.due or now)
        if s.share.n
    )
    head = "<tr><th>Skill</th><th>Met</th><th>How often</th><th>Due</th></tr>"
    return (
        "<h4>Your skills</h4><p class='ek-small'>How often you met each criterion where it came up; the bar is the "
        "95% interval: it is wide while you have few practices. A skill that you met is due again later each time, "
        f'one that slipped is due soon.</p><div class="ek-scroll"><table class="ek-table">'
        f"{head}{rows}</table></div>"
    )


def _when(moment: datetime | None, now: datetime) -> str:
    """When a skill is due, in days."""
    if moment is None:
        return ""
    days = (moment - now) / timedelta(days=1)
    return "<b>due now</b>" if days <= 0 else f"in {ceil(days)} day{'' if ceil(days) == 1 else 's'}"


def _causes(past: History) -> str:
    """Which process the anger came from, in practices and in drafted replies."""
    if not past.root_causes:
        return ""
    totals = {cause: c.practised + c.drafted for cause, c in past.root_causes.items()}
    rows = "".join(
        f"<tr><td>{text(cause)}</td><td>{_counted(count)}</td>"
        f'<td><span class="ek-bar" style="width:{100 * totals[cause] / max(totals.values()):.0f}%"></span></td></tr>'
        for cause, count in past.root_causes.items()
    )
    head = "<tr><th>Process</th><th>Conflicts</th><th>Beside the commonest</th></tr>"
    table = f'<div class="ek-scroll"><table class="ek-table">{head}{rows}</table></div>'
    return f"<h4>What the business could fix</h4>{table}"


def _at(began: datetime, shape: str) -> str:
    """A time, which the browser turns into its own (progress.js)."""
    return f'<time datetime="{began.isoformat()}">{began.strftime(shape)} UTC</time>'


def _counted(count: Count) -> str:
    counts = {"practised": count.practised, "drafted": count.drafted}
    return ", ".join(f"{n} {what}" for what, n in counts.items() if n)


def _feelings(past: History) -> str:
    """What was written before and after, side by side, newest first."""
    rows = "".join(
        f"<tr><td>{_at(r.began, '%d %b')}</td><td>{text(r.practice.before or '–')}</td>"
        f"<td>{text(r.practice.after or '–')}</td><td>{r.card.total}</td></tr>"
        for r in past.rows
        if r.practice.before or r.practice.after
    )
    head = "<tr><th>When</th><th>Before</th><th>After</th><th>Score</th></tr>"
    table = f'<div class="ek-scroll"><table class="ek-table">{head}{rows}</table></div>'
    return f"<h4>How you felt, before and after</h4>{table}" if rows else ""


def _table(past: History) -> str:
    rows = "".join(
        f"<tr><td>{_at(r.began, '%d %b %H:%M')}</td><td>{_opener(r)}</td><td>{r.card.total}</td>"
        f"<td>{text(r.card.ending or 'you ended it')}</td><td>{r.card.found} of {r.card.findable}</td></tr>"
        for r in past.rows
    )
    head = "<tr><th>When</th><th>Customer</th><th>Score</th><th>Ending</th><th>Found out</th></tr>"
    return (
        "<h4>All your practices</h4><p class='ek-small'>Pick one to read it again, with its scorecard, or to save it."
        f'</p><div class="ek-scroll"><table class="ek-table">{head}{rows}</table></div>'
        f'<p class="ek-small">Listed and counted are practices that ended with {FEWEST_TURNS} turns or more. '
        "Shorter ones, and those that go on, are kept all the same.</p>"
    )


def _opener(row: Row) -> str:
    """The practice's title, to open it again, and how it was played."""
    title = (
        f'<button type="button" class="ek-link" data-practice="{text(row.practice.id)}">{text(row.title)}</button>'
    )
    how = ", ".join(played_as(row.practice))
    return f'{title} <span class="ek-small">{text(how)}</span>' if how else title
