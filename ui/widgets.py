"""Small pieces of HTML, every value escaped."""

import re
from html import escape

from assistant.accounts import User
from assistant.local_model import LocalModel, Progress
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.state import State

_MARKDOWN = r"([\\`*_\[\]!#|>~@]|:(?=//)|(?<=\bwww)\.)"
"""What Markdown would make something of; addresses too, which it turns into links by itself."""


def text(value: object) -> str:
    """Text as text: escaped."""
    return escape(str(value), quote=True)


def speech(value: str) -> str:
    """Text for a chat bubble, which renders Markdown: no tags, no images, no links."""
    return re.sub(_MARKDOWN, r"\\\1", escape(value, quote=False).replace("&gt;", ">"))


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


def _bold(escaped: str) -> str:
    return re.sub(r"\*\*([^*<]+)\*\*", r"<b>\1</b>", escaped)
