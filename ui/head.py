"""The head of the page: what this is, the state of the model and the guides, who is signed in, the keys."""

from pathlib import Path

from assistant.accounts import User
from assistant.local_model import LocalModel
from ui.events import script
from ui.widgets import text

KEYS = (Path(__file__).parent / "keys.html").read_text(encoding="utf-8")
"""The list of keys; keys.js reads from it which key presses what."""
SCRIPT = f"<script>{script('keys')}\n{script('page')}</script>"
"""Goes into the page's head."""
MEANWHILE = "Meanwhile the customer speaks in the author's own lines, and drafts are worded by code."
TROUBLE = {
    "EndpointDown": "does not answer. Check OPENAI_BASE_URL and that the server runs.",
    "EndpointBusy": "is over its limit. Wait a little.",
    "EndpointRefused": "refuses what it is asked. Check OPENAI_API_KEY and OPENAI_MODEL.",
}
"""What the last call's error means for who waits for the next; other errors concern that one answer only."""


def head(signed: str = "") -> str:
    """Name, what it is for, and the button for the keys."""
    return (
        '<div class="ek-head"><h1>Even Keel</h1><p>Practise with an irate customer, or draft a reply that keeps to '
        f'policy.</p>{signed}<button type="button" data-keys aria-haspopup="dialog">Keys</button></div>'
    )


def signed_in(user: User | None, by_proxy: bool) -> str:
    """Who is signed in, and a button to sign out, unless a proxy signs people in."""
    who = f"{text(user.name)} · {text(user.role)}" if user else "signed out"
    if by_proxy:
        return f'<span class="ek-signed">{who}</span>'
    return f'<form class="ek-signed" method="post" action="/sign-out">{who} <button>Sign out</button></form>'


def model_status(local: LocalModel | None, model_name: str, error: str = "") -> str:
    """The state of the model, with a bar while it is on its way.

    Args:
        local: the embedded model; None where an endpoint was configured.
        error: the name of the error that the last call to it ended with; empty if it went well.
    """
    if local is None:
        if error in TROUBLE:
            return _bad("Model", f"{model_name} at your endpoint {TROUBLE[error]} {MEANWHILE}")
        return f'<div class="ek-status ok"><b>Model</b> {text(model_name)} at your endpoint</div>'
    progress = local.progress
    if progress.stage == "ready":
        return f'<div class="ek-status ok"><b>Model</b> {text(progress.note)}, embedded and ready</div>'
    if progress.stage == "failed":
        return _bad("Model", f"{progress.note} {MEANWHILE}")
    share = 100 * progress.done / progress.total if progress.total else 0
    return (
        f'<div class="ek-status"><b>Model</b> {text(progress)}. You can begin: until it is here the customer '
        f'speaks in the author\'s own lines.<div role="progressbar" aria-valuenow="{share:.0f}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-label="Fetching the embedded model"><i style="width:{share:.1f}%"></i></div></div>'
    )


def library_status(syncing: str, failure: str) -> str:
    """The state of the guides and policies while there is something to say."""
    if failure:
        return _bad("Guides", failure)
    return f'<div class="ek-status"><b>Guides</b> {text(syncing)}</div>' if syncing else ""


def _bad(what: str, said: str) -> str:
    return f'<div class="ek-status bad" role="alert"><b>{what}</b> {text(said)}</div>'
