"""Small pieces of HTML, every value escaped."""

import re
from html import escape

from assistant.accounts import User
from assistant.local_model import LocalModel, Progress
from assistant.reply.drafting import Citation, Draft
from assistant.reply.verify import CheckedPart, locate
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.state import State


def text(value: object) -> str:
    """Text as text: escaped."""
    return escape(str(value), quote=True)


def speech(value: str) -> str:
    """Text for a chat bubble, which renders Markdown: no tags, no images, no links."""
    return re.sub(r"([\\`*_\[\]!#|>~])", r"\\\1", escape(value, quote=False).replace("&gt;", ">"))


def prose(markdown: str) -> str:
    """A section's Markdown as plain, escaped text with its bold words bold."""
    return _bold(text(markdown))


def problem(message: str) -> str:
    """An error beside what caused it; empty for none."""
    return f'<p class="ek-problem" role="alert">{text(message)}</p>' if message else ""


def signed_in(user: User | None) -> str:
    """Who is signed in, and a button to sign out."""
    who = f"{text(user.name)} · {text(user.role)}" if user else "signed out"
    return f'<form class="ek-signed" method="post" action="/sign-out">{who} <button>Sign out</button></form>'


def meter(name: str, value: int, tone: str) -> str:
    """A meter from 0 to 100."""
    return (
        f'<div class="ek-meter"><span>{text(name)}</span><b>{value}</b>'
        f'<div role="meter" aria-label="{text(name)}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{value}"><i class="{tone}" style="width:{value}%"></i></div></div>'
    )


def model_status(local: LocalModel | None, model_name: str) -> str:
    """The state of the model, with a bar while it is on its way."""
    if local is None:
        return f'<div class="ek-status ok"><b>Model</b> {text(model_name)} at your endpoint</div>'
    progress: Progress = local.progress
    if progress.stage == "ready":
        return f'<div class="ek-status ok"><b>Model</b> {text(progress.note)}, embedded and ready</div>'
    if progress.stage == "failed":
        return f'<div class="ek-status bad" role="alert"><b>Model</b> {text(progress.note)}</div>'
    share = 100 * progress.done / progress.total if progress.total else 0
    return (
        f'<div class="ek-status"><b>Model</b> {text(progress)}. You can begin: until it is here the customer '
        f'speaks in the author\'s own lines.<div role="progressbar" aria-valuenow="{share:.0f}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-label="Fetching the embedded model"><i style="width:{share:.1f}%"></i></div></div>'
    )


def library_status(syncing: str, failure: str) -> str:
    """The state of the guides and policies while there is something to say."""
    if failure:
        return f'<div class="ek-status bad" role="alert"><b>Guides</b> {text(failure)}</div>'
    return f'<div class="ek-status"><b>Guides</b> {text(syncing)}</div>' if syncing else ""


def situation(scenario: Scenario) -> str:
    """What the trainee is told."""
    return (
        f'<div class="ek-card"><h3>{text(scenario.title)}</h3><p>{text(scenario.you)} {text(scenario.situation)}</p>'
        f'<p class="ek-small">{text(scenario.company)} · {text(scenario.channel)} · you face '
        f"{text(scenario.persona.name)}</p></div>"
    )


def rail(scenario: Scenario, state: State) -> str:
    """The customer's state beside the chat: meters, and what is known."""
    known = [scenario.fact(f).text for f in state.open_facts]
    hidden = sum(state.facts[f.id] in ("locked", "approached") for f in scenario.hidden)
    parts = [
        ending(state.ending),
        meter("Anger", state.anger, "anger"),
        meter("Trust", state.trust, "trust"),
        f'<p class="ek-small">Patience: {state.patience} more turns without progress · {text(state.stage)}</p>',
        "<h4>What you know</h4>",
        f"<ul>{''.join(f'<li>{text(k)}</li>' for k in known)}</ul>"
        if known
        else "<p>Nothing beyond the opening.</p>",
        f'<p class="ek-small">{hidden} thing{"" if hidden == 1 else "s"} still untold.</p>' if hidden else "",
    ]
    return f'<div class="ek-rail">{"".join(parts)}</div>'


def ending(kind: str | None) -> str:
    """How a practice ended."""
    return f'<div class="ek-ending" role="status">The practice ended: <b>{text(kind)}</b>.</div>' if kind else ""


def draft_parts(parts: list[CheckedPart], writing: str = "") -> str:
    """The draft: verified parts black, one being written grey, blocked ones marked."""
    out = []
    for part in parts:
        cites = " ".join(f'<a href="#{_anchor(q.passage)}">{text(q.passage)}</a>' for q in part.part.quotes)
        why = "; ".join(f"“{f.words}”: {f.why}" for f in part.findings)
        blocked = f'<p class="ek-problem">Blocked. {text(why)}</p>' if part.blocked else ""
        kind = "ek-part blocked" if part.blocked else "ek-part"
        by = ' <span class="ek-small">plain wording by code</span>' if part.wording == "code" else ""
        out.append(
            f'<div class="{kind}"><p>{text(part.part.text)}</p>{blocked}<p class="ek-small">{cites}{by}</p></div>'
        )
    if writing:
        out.append(f'<div class="ek-part writing"><p>{text(writing)}</p></div>')
    return f'<div class="ek-draft" aria-live="polite">{"".join(out)}</div>' if out else ""


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
        body = f'<div class="ek-passage">{_marked(cited.text, quotes.get(cited.id, []))}</div>'
        out.append(f'<details id="{_anchor(cited.id)}"><summary>{head}</summary>{body}</details>')
    return f'<div class="ek-passages"><h4>What it rests on</h4>{"".join(out)}</div>' if out else ""


def _marked(passage: str, quotes: list[str]) -> str:
    spans = sorted(span for q in quotes if (span := locate(q, passage)))
    out, here = [], 0
    for start, end in spans:
        if start >= here:
            out.append(text(passage[here:start]) + f"<mark>{text(passage[start:end])}</mark>")
            here = end
    return _bold("".join(out) + text(passage[here:]))


def _bold(escaped: str) -> str:
    return re.sub(r"\*\*([^*<]+)\*\*", r"<b>\1</b>", escaped)


def _anchor(section: str) -> str:
    return "p-" + re.sub(r"[^a-z0-9]+", "-", section.lower())
