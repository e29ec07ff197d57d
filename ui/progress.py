"""The progress screen: past practices, skills over time, what to practise next, what causes the anger."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from assistant.roleplay.room import PracticeRoom
from assistant.store import Kept
from evals.history import History, history
from evals.process import CHECKS
from evals.rubric import load_rubric
from ui.widgets import text

EMPTY = (
    '<div class="ek-card"><p>Nothing here yet. After your first practice you find its score here, your skills '
    "over time, and what to practise next.</p></div>"
)


def build(room: PracticeRoom) -> Callable[[Any], None]:
    """Lay out the screen; call inside a Blocks. Gives what refreshes it on an event."""
    rubric = load_rubric("process", CHECKS)
    shown = gr.HTML(elem_id="progress")
    with gr.Row():
        sure = gr.Checkbox(label="I want everything of mine deleted for good", elem_id="sure-delete")
        delete = gr.Button("Delete my data", size="sm", variant="stop", elem_id="delete")

    def show() -> str:
        page = progress(history(room.history(), room.scenarios, rubric), room.scenarios)
        return page + f'<p class="ek-small">Kept on this machine: {said(room.kept())}.</p>'

    def forget(really: bool) -> tuple[str, Any]:
        if not really:
            return '<p class="ek-problem" role="alert">Tick the box first: this cannot be undone.</p>' + show(), False
        return f'<p role="status">Deleted for good: {said(room.forget())}.</p>' + show(), False

    delete.click(forget, sure, [shown, sure], api_visibility="private")

    def on(event: Any) -> None:
        event(show, None, shown, show_progress="hidden", api_visibility="private")

    return on


def said(kept: Kept) -> str:
    """What is kept, in words."""
    return (
        f"{kept.practices} practices with {kept.turns} turns of yours, their scores and what you wrote about how you "
        f"felt; {kept.drafts} drafts with the messages they answer"
    )


def progress(past: History, scenarios: Any) -> str:
    """The whole page."""
    following = scenarios[past.next_scenario]
    advice = f"<b>{text(following.title)}</b> ({text(following.persona.name)}): {text(past.why)}."
    head = f'<div class="ek-card"><h3>Practise next</h3><p>{advice}</p></div>'
    if not past.rows:
        return EMPTY + head
    return f"{head}{_scores(past)}{_skills(past)}{_causes(past)}{_table(past)}"


def _scores(past: History) -> str:
    """Totals in the order they were earned, oldest first."""
    totals = [r.card.total for r in reversed(past.rows)][-30:]
    width = min(40.0, 560 / max(1, len(totals)))
    bars = "".join(
        f'<rect x="{i * width + 2:.1f}" y="{100 - 0.9 * t:.1f}" width="{max(3.0, width - 4):.1f}" '
        f'height="{0.9 * t:.1f}"><title>{t} of 100</title></rect>'
        for i, t in enumerate(totals)
    )
    said = f"Scores of your last {len(totals)} practices, oldest first: {', '.join(map(str, totals))}"
    return (
        f'<h4>Your scores</h4><figure class="ek-curve"><svg viewBox="0 0 560 102" role="img" '
        f'aria-label="{text(said)}" class="bars">{bars}</svg></figure>'
    )


def _skills(past: History) -> str:
    rows = "".join(
        f"<tr><td>{text(s.criterion.title)}</td><td>{round(s.share.value * s.share.n)} of {s.share.n}</td>"
        f'<td><span class="ek-interval" style="--low:{s.share.low:.2f};--high:{s.share.high:.2f};'
        f'--at:{s.share.value:.2f}" role="img" aria-label="{s.share.value:.0%}, between {s.share.low:.0%} and '
        f'{s.share.high:.0%}"></span></td></tr>'
        for s in past.skills
        if s.share.n
    )
    return (
        "<h4>Your skills</h4><p class='ek-small'>How often you met each criterion where it came up; the bar is the "
        f'95% interval: it is wide while you have few practices.</p><table class="ek-table">{rows}</table>'
    )


def _causes(past: History) -> str:
    most = max(past.root_causes.values())
    rows = "".join(
        f'<tr><td>{text(cause)}</td><td>{count}</td><td><span class="ek-bar" style="width:{100 * count / most:.0f}%">'
        "</span></td></tr>"
        for cause, count in past.root_causes.items()
    )
    return f'<h4>What caused the anger you practised with</h4><table class="ek-table">{rows}</table>'


def _table(past: History) -> str:
    rows = "".join(
        f"<tr><td>{r.began:%d %b %H:%M}</td><td>{text(r.title)}</td><td>{r.card.total}</td>"
        f"<td>{text(r.card.ending or 'you ended it')}</td><td>{r.card.found} of {r.card.findable}</td></tr>"
        for r in past.rows
    )
    head = "<tr><th>When</th><th>Customer</th><th>Score</th><th>Ending</th><th>Found out</th></tr>"
    return f'<h4>All your practices</h4><div class="ek-scroll"><table class="ek-table">{head}{rows}</table></div>'
