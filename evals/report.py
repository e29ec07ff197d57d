"""One self-contained HTML file about a run, for somebody who has never seen the harness.

    write(run, other, rubric, advisory, out)

What ran, the headline with its interval, a bar a criterion with people's ceiling, the worst cases
first with their transcripts, plots by turn and by scenario, and the comparison with another run.
Everything that came from a model or a person is escaped.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from evals import plots
from evals.compare import Comparison, compare, outcome
from evals.figures import NO_ERROR, Tally, result
from evals.rubric import CODE, Criterion, Rubric
from evals.runner import Header, Record, read_header, read_records
from evals.stats import Figure, share

WORST = 12
"""Cases shown in full."""
LONG = 12
"""Characters from which a turn that stands in a note is what the note is about."""
OWN = {
    "expected-ending": "Did the practice end as it should for who played it? "
    "(An expert resolves it, a rude or gaming player does not.)"
}
"""Questions of verdicts that no rubric asks."""


def write(run: Path, other: Path | None, rubric: Rubric | None, advisory: Sequence[str], out: Path) -> None:
    """Write the report of ``run``, compared with the older run ``other`` where one is given.

    Raises:
        EvalError: a file is no run, or the two share no case.
    """
    header, tally = read_header(run), Tally(read_records(run))
    worst = _worst(read_records(run))
    comparison = compare(read_records(other), read_records(run), advisory) if other else None
    parts = [
        _head(header, tally),
        _criteria(header, tally, rubric, advisory),
        _compared(comparison, other) if comparison and other else "",
        _worst_cases(worst),
        _plots(run, tally),
        _about(header, tally),
    ]
    style = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
    title = f"Even Keel: {header.suite}, {header.started or 'no date'}"
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{style}</style><main>{''.join(parts)}</main></html>"
    )
    out.write_text(page, encoding="utf-8")


def _head(header: Header, tally: Tally) -> str:
    whole = share([all(p) for p in tally.passed.values()])
    fine = share([not e for e in tally.errors])
    n = len(tally.errors)
    cards = [
        _card(f"{whole.value:.0%}", "of cases met every criterion", _interval(whole)),
        _card(f"{fine.value:.0%}", "of cases ran without an error", _interval(fine)),
        _card(str(n), "records", f"{len(tally.passed)} cases, {header.epochs} time{'s' * (header.epochs > 1)} each"),
        _card(f"{sum(tally.seconds) / max(1, n):.2f} s", "a case", f"{tally.cost.calls} calls to a model in all"),
    ]
    judge = f", judged by {escape(header.judge)}" if header.judge else ""
    return (
        f"<h1>{escape(header.suite.capitalize())}</h1><p class=quiet>Run of "
        f"{escape(header.started or 'unknown date')} (UTC) with {_model(header)}{judge}, "
        f"commit {escape(header.commit or 'unknown')}.</p>"
        "<p>A <b>case</b> is one conversation or draft. Each is graded by <b>criteria</b>: yes/no questions, "
        "answered by code or by a judging model. Bars show how often the answer was the one wanted; the thin line is "
        "the range in which the true share lies 95 times in 100, given how few scenarios there are.</p>"
        f"<div class=cards>{''.join(cards)}</div>"
    )


def _criteria(header: Header, tally: Tally, rubric: Rubric | None, advisory: Sequence[str]) -> str:
    known = {c.id: c for c in rubric.criteria} if rubric else {}
    rows = []
    for name in sorted(tally.verdicts, key=lambda c: _wanted(tally, known, c).value):
        criterion = known.get(name)
        wanted = _wanted(tally, known, name)
        by = header.judge if criterion and criterion.checked_by != CODE else CODE
        record = next((r for r in criterion.records if r.by == by), None) if criterion else None
        tag = '<span class="tag quiet">advisory</span>' if name in advisory else ""
        ask = criterion.asks if criterion else OWN.get(name, "")
        why = criterion.standing(by).why if criterion else "decided by code"
        rows.append(
            f"<tr><td><b>{escape(name.replace('-', ' '))}</b>{tag}<small>{escape(ask)}</small></td>"
            f"<td>{plots.bar(wanted, record.people if record else None, wanted.value >= 0.9)}"
            f"<small>{wanted.value:.1%} {_interval(wanted)}, {wanted.n} cases</small></td>"
            f"<td><small>{escape(why)}</small></td></tr>"
        )
    return (
        "<h2>Criteria, weakest first</h2><p class=quiet>A dashed line shows how far people agree with each other on "
        "the question, where that was measured. An <b>advisory</b> criterion is one whose judge agrees with people "
        "less than people do with each other (or was not measured): it is shown and decides nothing.</p>"
        "<table class=criteria><tr class=head><th>question</th><th>answered as wanted</th><th>how far to trust</th>"
        f"</tr>{''.join(rows)}</table>"
    )


def _wanted(tally: Tally, known: dict[str, Criterion], name: str) -> Figure:
    """The share of wanted answers: of a harming criterion, the noes."""
    figure = tally.figure(name)
    if name in known and known[name].polarity == "harming":
        return Figure(value=1 - figure.value, n=figure.n, low=1 - figure.high, high=1 - figure.low)
    return figure


def _compared(found: Comparison, other: Path) -> str:
    rows = []
    for name, change in found.criteria.items():
        gap = change.difference.figure
        verdict = "worse" if change.worse else "better" if change.p < 0.05 else "no difference shown"
        where = ", ".join(f"{escape(c)} {g:+.0%}" for c, g in list(change.worst.items())[:3])
        tag = " (advisory)" if name in found.advisory else ""
        css = ' class="missed"' if change.worse else ""
        rows.append(
            f"<tr><td>{escape(name.replace('-', ' '))}{tag}</td><td>{change.a:.1%} → {change.b:.1%}</td>"
            f"<td>{gap.value:+.1%} [{gap.low:+.1%}, {gap.high:+.1%}]</td><td{css}>{verdict} (p {change.p:.3f})</td>"
            f"<td>{change.detectable:.0%}</td><td><small>{where}</small></td></tr>"
        )
    changed = "".join(
        f"<details><summary>{escape(c.a.id)}: <b>{escape(c.criterion.replace('-', ' '))}</b></summary>"
        f"<p>Before: {escape(outcome(c.a, c.criterion))}</p>"
        f"<p>Now: {escape(outcome(c.b, c.criterion))}</p></details>"
        for c in found.changed[:WORST]
    )
    return (
        f"<h2>Compared with {escape(other.stem)}</h2><p class=quiet>The same {found.shared} cases in both runs, case "
        "by case. p values are corrected for the number of criteria; below 0.05 the change is more than luck. “Would "
        "show” is the smallest change that so many cases would show.</p><div class=wide><table><tr class=head>"
        "<th>criterion</th><th>before → now</th><th>difference</th><th>verdict</th><th>would show</th>"
        "<th>most in</th></tr>"
        f"{''.join(rows)}</table></div>{'<h3>Cases that changed</h3>' + changed if changed else ''}"
    )


def _worst(records: Iterable[Record]) -> list[Record]:
    """The records with most missed, errors first; never more than ``WORST`` in memory."""
    kept: list[tuple[int, str, Record]] = []
    for record in records:
        missed = 99 if record.error else sum(not met for met in record.verdicts.values())
        if missed:
            kept.append((-missed, f"{record.id}/{record.epoch}", record))
            kept = sorted(kept, key=lambda k: k[:2])[:WORST]
    return [record for *_, record in kept]


def _worst_cases(worst: Sequence[Record]) -> str:
    if not worst:
        return "<h2>Worst cases</h2><p>No case missed anything.</p>"
    shown = "".join(_case(record, first=i == 0) for i, record in enumerate(worst))
    how = "Open one to read what was said; marked words are what a criterion points at."
    return f"<h2>Worst cases first</h2><p class=quiet>{how}</p>{shown}"


def _case(record: Record, first: bool) -> str:
    missed = [c for c, met in record.verdicts.items() if not met]
    what = escape(record.error) or ", ".join(escape(c.replace("-", " ")) for c in missed)
    notes = [
        f"<li><b>{escape(c.replace('-', ' '))}</b>: {escape(record.notes.get(c, 'not met'))}</li>" for c in missed
    ]
    if "practice" in record.output:
        said = _talk(record.output["practice"], [record.notes.get(c, "") for c in missed])
    else:
        said = f"<pre>{escape(str(record.output)[:4000])}</pre>" if record.output else ""
    summary = f"<summary><b>{escape(record.id)}</b> <span class=missed>{what}</span></summary>"
    return f"<details{' open' if first else ''}>{summary}<ul>{''.join(notes)}</ul>{said}</details>"


def _talk(practice: dict[str, Any], notes: Sequence[str]) -> str:
    rows = [_turn("customer", practice["opening"], notes, f"customer, {_mood(practice['start'])}")]
    for e in practice["exchanges"]:
        ending = f", {e['state']['ending']}" if e["state"]["ending"] else ""
        rows.append(_turn("agent", e["text"], notes, f"agent, turn {e['turn']}"))
        rows.append(_turn("customer", e["line"], notes, f"customer ({e['move']}), {_mood(e['state'])}{ending}"))
    return f"<ul class=talk>{''.join(rows)}</ul>"


def _turn(who: str, text: str, notes: Sequence[str], below: str) -> str:
    return f"<li class={who}>{_marked(text, notes)}<small>{escape(below)}</small></li>"


def _mood(state: dict[str, Any]) -> str:
    return f"anger {state['anger']}, trust {state['trust']}"


def _marked(text: str, notes: Sequence[str]) -> str:
    """The text with what the notes quote of it marked: the whole if a note holds it, else quoted pieces."""
    if len(text) >= LONG and any(text in note for note in notes):
        return f"<mark>{escape(text)}</mark>"
    shown = escape(text)
    for note in notes:
        for quote in re.findall(r"“([^”]+)”", note):
            if quote in text:
                shown = shown.replace(escape(quote), f"<mark>{escape(quote)}</mark>")
    return shown


def _plots(run: Path, tally: Tally) -> str:
    """Anger by turn, a line a player; then a share a criterion and scenario."""
    turns: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for record in read_records(run):
        practice = record.output.get("practice")
        if practice:
            by_turn = turns[record.input.get("player", "all")]
            by_turn[0].append(practice["start"]["anger"])
            for e in practice["exchanges"]:
                by_turn[e["turn"]].append(e["state"]["anger"])
    levels: list[str] = [p for p in ("rude", "careless", "average", "good", "expert") if p in turns]
    series = {p: [sum(v) / len(v) for _, v in sorted(turns[p].items())] for p in levels}
    curve = (
        plots.lines(series, 100, "Anger of the customer by turn, mean of the talks still going on") if series else ""
    )
    cells: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for criterion, rows in tally.verdicts.items():
        for _, _, cluster, met in rows:
            cells[cluster][criterion].append(met)
    columns = sorted(tally.verdicts)
    table = {
        cluster: {c: (sum(v) / len(v), len(v)) for c, v in row.items()} for cluster, row in sorted(cells.items())
    }
    return f"<h2>By turn and by scenario</h2>{curve}{plots.grid(table, columns)}"


def _about(header: Header, tally: Tally) -> str:
    found = result(header, [])
    rows = {**found.about, "records": len(tally.errors)} | {f"prompt {k}": v for k, v in header.prompts.items()}
    rows |= {"prompt tokens": tally.cost.prompt_tokens, "completion tokens": tally.cost.completion_tokens}
    rows |= {f"option {k}": v for k, v in header.options.items() if v}
    kinds = {f"errors of kind {k}": n for k, n in tally.kinds.items()}
    body = "".join(f"<tr><td>{escape(k)}</td><td>{escape(str(v))}</td></tr>" for k, v in (rows | kinds).items())
    return f"<h2>What ran</h2><table>{body}</table>"


def _card(value: str, what: str, more: str) -> str:
    return f"<div class=card><b>{escape(value)}</b>{escape(what)}<br><small>{escape(more)}</small></div>"


def _interval(figure: Figure) -> str:
    return f"[{figure.low:.0%} to {figure.high:.0%}]"


def _model(header: Header) -> str:
    return "no model (authors' lines)" if header.model == "none" else escape(header.model)


__all__ = ["NO_ERROR", "write"]
