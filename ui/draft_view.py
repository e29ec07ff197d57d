"""A draft as HTML: its parts, what it rests on, the card beside it, what changed. Every value escaped."""

import re

from assistant.reply.changes import Change
from assistant.reply.draft import Citation, Draft
from assistant.reply.records import Gap, Rate
from assistant.reply.redact import Replaced
from assistant.reply.rewrite import Remark
from assistant.reply.situation import Sign, Situation
from assistant.reply.verify import CheckedPart, locate
from ui.widgets import prose, text

BY = {"model": "", "code": "plain wording by code", "agent": "your own words"}
URGENCY = {"now": "today", "soon": "soon", "ordinary": "nothing presses"}


def draft_parts(parts: list[CheckedPart], writing: str = "") -> str:
    """The draft: verified parts black, one being written grey, blocked ones marked with the policy needed."""
    out = []
    for number, part in enumerate(parts, 1):
        cites = " ".join(f'<a href="#{_anchor(q.passage)}">{text(q.passage)}</a>' for q in part.part.quotes)
        by = BY[part.wording]
        small = " · ".join(filter(None, (cites, text(by))))
        kind = "ek-part blocked" if part.blocked else "ek-part"
        out.append(
            f'<div class="{kind}"><p>{text(part.part.text)}</p>{_blocked(part, number)}'
            f'<p class="ek-small">{small}</p></div>'
        )
    if writing:
        out.append(f'<div class="ek-part writing"><p>{text(writing)}</p></div>')
    return f'<div class="ek-draft" aria-live="polite">{"".join(out)}</div>' if out else ""


def _blocked(part: CheckedPart, number: int) -> str:
    if part.released:
        return '<p class="ek-small"><b>Released by you</b>, and kept with the draft.</p>'
    if not part.blocked:
        return ""
    why = "; ".join(f"“{f.words}”: {f.why}" for f in part.findings)
    needs = "; ".join(dict.fromkeys(f.needs for f in part.findings if f.needs))
    need = f'<p class="ek-small">Needed: {text(needs)}.</p>' if needs else ""
    return f'<p class="ek-problem">Part {number} is blocked. {text(why)}</p>{need}'


def card(situation: Situation, hidden: tuple[Replaced, ...] = ()) -> str:
    """What the customer wants and feels, how urgent it is, what is at risk, promised and missing."""
    urgent = situation.urgent[0].words if situation.urgent else ""
    rows = [
        ("Wants", _signs(situation.wants)),
        ("Feels", _signs(situation.feels)),
        ("Urgent", text(URGENCY[situation.urgency]) + (f" <q>{text(urgent)}</q>" if urgent else "")),
        ("At risk", _signs(situation.risks)),
        (
            "Promised",
            "<br>".join(f"<q>{text(s.words)}</q> <small>{text(s.label)}</small>" for s in situation.promised),
        ),
        ("Ask for", text(", ".join(situation.missing))),
        ("Language", text(situation.language) if situation.language != "English" else ""),
        ("Hidden from the model", text(", ".join(f"{r.original} ({r.kind})" for r in hidden))),
    ]
    body = "".join(f"<dt>{head}</dt><dd>{value}</dd>" for head, value in rows if value)
    grave = " grave" if situation.grave else ""
    turns = f' <span class="ek-small">{situation.messages} messages</span>' if situation.messages > 1 else ""
    return f'<div class="ek-card ek-situation{grave}"><h4>The message{turns}</h4><dl>{body}</dl></div>'


def _signs(signs: tuple[Sign, ...]) -> str:
    return ", ".join(f"{text(s.label)} <q>{text(s.words)}</q>" for s in signs)


def draft_notes(draft: Draft) -> str:
    """Outcome, what to make sure of, and who worded it."""
    checks = "".join(f"<li>{text(c)}</li>" for c in draft.checks)
    by = draft.model or "code alone"
    return (
        f'<div class="ek-card"><p><b>Outcome:</b> {text(draft.outcome)} · worded by {text(by)}</p>'
        + (f"<p>{text(draft.note)}</p>" if draft.note else "")
        + (f"<p><b>Before you send:</b></p><ul>{checks}</ul>" if checks else "")
        + "</div>"
    )


def internal_warning(draft: Draft) -> str:
    """A warning where the reply rests on text for staff only; empty if it does not."""
    if not draft.internal:
        return ""
    return (
        '<p class="ek-problem" role="alert">This reply rests on text that is for staff only. Before you copy it, '
        "make sure that it tells the customer nothing of that text.</p>"
    )


def passages(citations: tuple[Citation, ...], parts: list[CheckedPart]) -> str:
    """The passages found, each openable, with the quoted words marked."""
    quotes: dict[str, list[str]] = {}
    for part in parts:
        for quote in part.part.quotes:
            quotes.setdefault(quote.passage, []).append(quote.words)
    out = []
    for cited in sorted(citations, key=lambda c: c.id not in quotes):
        kind = f"{cited.kind}{', internal: do not copy to a customer' if cited.internal else ''}"
        used = " · cited" if cited.id in quotes else ""
        head = f'{text(cited.title)} <span class="ek-small">{text(kind)}{used}</span>'
        words = _marked(cited.text, quotes.get(cited.id, []))
        body = f'<div class="ek-passage" id="{_anchor(cited.id)}">{words}</div>'  # a link to what is inside opens it
        out.append(f"<details><summary>{head}</summary>{body}</details>")
    return f'<div class="ek-passages"><h4>What it rests on</h4>{"".join(out)}</div>' if out else ""


def diff(found: tuple[Change, ...]) -> str:
    """What was changed, word by word."""
    tags = {"same": "span", "removed": "del", "added": "ins"}
    body = "".join(f"<{tags[c.kind]}>{text(c.text)}</{tags[c.kind]}>" for c in found)
    return f'<div class="ek-diff" aria-label="What was changed">{body}</div>' if found else ""


def remarks(found: tuple[Remark, ...]) -> str:
    """The rubric held against a text: what is not met first, with what would meet it."""
    rows = []
    for remark in sorted(found, key=lambda r: r.met):
        sign, tone = ("✓", "met") if remark.met else ("✗", "not")
        advice = "" if remark.met else f"<br><small>{text(remark.advice)}</small>"
        rows.append(f'<li class="{tone}"><span>{sign}</span>{text(remark.asks)}{advice}</li>')
    return f'<ul class="ek-marks ek-card">{"".join(rows)}</ul>' if rows else ""


def gaps(found: list[Gap]) -> str:
    """What policy has no answer for, for whoever writes policy."""
    if not found:
        return "<p>No gap so far: every draft found a policy to rest on.</p>"
    rows = "".join(
        f"<tr><td>{g.count}</td><td>{text(g.policy_set or 'any')}</td><td>{text(g.kind)}: {text(g.needs)}</td>"
        f"<td><q>{text(g.example)}</q></td></tr>"
        for g in found[:30]
    )
    head = "<tr><th>Drafts</th><th>Set</th><th>What is missing</th><th>For example</th></tr>"
    return f'<div class="ek-scroll"><table class="ek-table">{head}{rows}</table></div>'


def rates(found: list[Rate]) -> str:
    """How drafts fared, per kind of case."""
    if not any(r.sent or r.down for r in found):
        return "<p>Nothing was marked as sent yet: press “I sent it like this” when you have.</p>"
    rows = "".join(
        f"<tr><td>{text(r.kind)}</td><td>{r.sent} of {r.drafts}</td><td>{r.accepted}</td><td>{r.edited:.0%}</td>"
        f"<td>{text('; '.join(r.reasons))}</td></tr>"
        for r in found
        if r.sent or r.down
    )
    head = "<tr><th>Rests on</th><th>Sent</th><th>As drafted</th><th>Changed</th><th>What was wrong</th></tr>"
    return f'<div class="ek-scroll"><table class="ek-table">{head}{rows}</table></div>'


def _marked(passage: str, quotes: list[str]) -> str:
    spans = sorted(span for q in quotes if (span := locate(q, passage)))
    out, here = [], 0
    for start, end in spans:
        if start >= here:
            out.append(prose(passage[here:start]) + f"<mark>{text(passage[start:end])}</mark>")
            here = end
    return "".join(out) + prose(passage[here:])


def _anchor(section: str) -> str:
    return "p-" + re.sub(r"[^a-z0-9]+", "-", section.lower())
