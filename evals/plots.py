"""Plots as inline SVG, without scripts: bars with intervals, lines by turn, a table of shares."""

from collections.abc import Mapping, Sequence
from html import escape

from evals.stats import Figure

WIDTH = 340
COLOURS = ("#9b2226", "#bb6b00", "#6b7280", "#2a6f97", "#1b7f4d", "#6a4c93", "#0f766e", "#b45309")


def bar(figure: Figure, ceiling: float | None = None, good: bool = True) -> str:
    """A share from 0 to 1 with its interval; a dashed line where people agree with each other."""
    if not figure.n:
        return "<span class=quiet>no case</span>"
    value, low, high = (round(max(0.0, min(1.0, v)) * WIDTH, 1) for v in (figure.value, figure.low, figure.high))
    people = ""
    if ceiling is not None:
        x = round(max(0.0, min(1.0, ceiling)) * WIDTH, 1)
        people = f'<line x1="{x}" x2="{x}" y1="0" y2="20" class="people"><title>people: {ceiling:.2f}</title></line>'
    return (
        f'<svg viewBox="0 0 {WIDTH} 20" width="{WIDTH}" height="20" role="img" aria-label="{figure}">'
        f'<rect width="{WIDTH}" height="12" y="4" class="track"/>'
        f'<rect width="{value}" height="12" y="4" class="{"share" if good else "share bad"}"/>'
        f'<line x1="{low}" x2="{high}" y1="10" y2="10" class="interval"/>'
        f'<line x1="{low}" x2="{low}" y1="6" y2="14" class="interval"/>'
        f'<line x1="{high}" x2="{high}" y1="6" y2="14" class="interval"/>{people}</svg>'
    )


def lines(series: Mapping[str, Sequence[float]], top: float, label: str) -> str:
    """Values by turn, a line a name; ``top`` is the highest value."""
    longest = max((len(v) for v in series.values()), default=0)
    if longest < 2:
        return ""
    wide, high, left, foot = 560, 200, 34, 24

    def x(i: int) -> float:
        return round(left + i * (wide - left - 10) / (longest - 1), 1)

    def y(value: float) -> float:
        return round(8 + (high - 8 - foot) * (1 - value / top), 1)

    drawn = [f'<text x="0" y="{y(v) + 4}" class="axis">{v:g}</text>' for v in (0, top / 2, top)]
    drawn += [f'<line x1="{left}" x2="{wide - 10}" y1="{y(v)}" y2="{y(v)}" class="grid"/>' for v in (0, top / 2, top)]
    step = max(1, longest // 8)
    drawn += [f'<text x="{x(i) - 3}" y="{high - 4}" class="axis">{i}</text>' for i in range(0, longest, step)]
    legend = []
    for colour, (name, values) in zip(COLOURS, series.items(), strict=False):
        points = " ".join(f"{x(i)},{y(v)}" for i, v in enumerate(values))
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        legend.append(f'<span><i style="background:{colour}"></i>{escape(name)}</span>')
    picture = (
        f'<svg viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img" aria-label="{escape(label)}">'
    )
    head, foot_line = f"<figcaption>{escape(label)}</figcaption>", f"<p class=legend>{''.join(legend)}</p>"
    return f"<figure>{head}{picture}{''.join(drawn)}</svg>{foot_line}</figure>"


def grid(cells: Mapping[str, Mapping[str, tuple[float, int]]], columns: Sequence[str]) -> str:
    """A table of (share, n): rows by name; the paler, the lower."""
    head = "".join(f"<th><span>{escape(c)}</span></th>" for c in columns)
    body = []
    for name, row in cells.items():
        tds = []
        for column in columns:
            if column not in row:
                tds.append("<td class=none>·</td>")
                continue
            value, n = row[column]
            shade = "ok" if value == 1 else "mid" if value >= 0.8 else "low"
            tds.append(f'<td class="{shade}" title="n={n}">{value:.0%}</td>')
        body.append(f"<tr><th>{escape(name)}</th>{''.join(tds)}</tr>")
    return f"<div class=wide><table class=grid><tr><th></th>{head}</tr>{''.join(body)}</table></div>"
