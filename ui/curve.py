"""The curve of anger and trust over a practice's turns, as an SVG that needs no script."""

from html import escape

from assistant.roleplay.practice import Practice

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 190, 34, 26, 14
MARKS = {"reveal": "◆", "accept": "✓", "bait": "!", "threaten": "▲", "leave": "✕"}
"""Moves that are marked on the curve."""


def curve(practice: Practice, other: Practice | None = None) -> str:
    """Anger and trust by turn; ``other``, the branch this one left, is drawn dashed to compare the two."""
    turns = max(1, len(practice.exchanges), len(other.exchanges) if other else 0)
    grid = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{_y(v)}" y2="{_y(v)}" class="grid"/>'
        f'<text x="{LEFT - 6}" y="{_y(v) + 4}" text-anchor="end">{v}</text>'
        for v in (0, 50, 100)
    )
    step = max(1, turns // 10)
    ticks = "".join(
        f'<text x="{_x(t, turns)}" y="{HEIGHT - 6}" text-anchor="middle">{t}</text>'
        for t in range(0, turns + 1, step)
    )
    lines = "".join(_line(p, turns, dashed) for p, dashed in ((other, True), (practice, False)) if p is not None)
    marks = "".join(
        f'<text x="{_x(e.turn, turns)}" y="{_y(e.state.anger) - 7}" text-anchor="middle" class="mark">'
        f"{MARKS[e.move]}<title>{escape(f'turn {e.turn}: {e.move}')}</title></text>"
        for e in practice.exchanges
        if e.move in MARKS and (e.move != "reveal" or e.fact in e.state.open_facts)  # not what was circled round
    )
    return (
        f'<figure class="ek-curve"><svg viewBox="0 0 {WIDTH + 8} {HEIGHT}" role="img" '
        f'aria-label="{escape(_said(practice, other))}">{grid}{ticks}{lines}{marks}</svg>'
        '<figcaption><i class="anger"></i>anger <i class="trust"></i>trust'
        f"{' · dashed: the first way' if other else ''} · ◆ lets something out "
        "· ! provokes · ✓ accepts</figcaption></figure>"
    )


def _line(practice: Practice, turns: int, dashed: bool) -> str:
    states = [practice.start, *(e.state for e in practice.exchanges)]
    out = []
    for name in ("anger", "trust"):
        points = " ".join(f"{_x(t, turns)},{_y(getattr(state, name))}" for t, state in enumerate(states))
        out.append(f'<polyline points="{points}" class="{name}{" dashed" if dashed else ""}"/>')
    return "".join(out)


def _x(turn: int, turns: int) -> float:
    return round(LEFT + 8 + (WIDTH - LEFT - 16) * turn / turns, 1)


def _y(value: int) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / 100), 1)


def _said(practice: Practice, other: Practice | None) -> str:
    """The curve in words, for who cannot see it."""
    state = practice.state
    said = (
        f"Over {len(practice.exchanges)} turns anger went from {practice.start.anger} to {state.anger}, "
        f"trust from {practice.start.trust} to {state.trust}."
    )
    if other is None:
        return said
    first = other.state
    stood = "ended" if other.over else "stood"
    return f"{said} The first way {stood} after {len(other.exchanges)} turns at {first.anger} and {first.trust}."
