"""The security suite, part "isolation": who may read or change what, asked of the app itself over HTTP.

Two users of a kind, every role, and nobody, at every route of the OpenAPI document and every event of the page,
with the ids of somebody else's practice and draft. A route that this suite does not know is counted, so that a
new one cannot be forgotten. Then what the web tries: guessed passwords, other sites' pages, frames, redirects,
paths out of a folder, requests made in the server's name.
"""

import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from assistant.accounts import MOST_WRONG, Accounts, Role
from assistant.store import Store
from evals.app import App
from evals.errors import EvalError
from evals.faulty import Faulty
from evals.result import Result
from evals.stats import Figure, single
from evals.suites import openapi
from evals.suites.model_faults import KEY, says

API = "/api/v1"
PASSWORD = "correct horse battery staple"
USERS: dict[str, Role] = {"ann": "trainee", "bob": "trainee", "cat": "agent", "dan": "agent", "eve": "admin"}
"""ann's practice and cat's draft are what the others are after."""
MARK = "Zanzibarquince"
"""A word of ann's and of cat's that nobody else may see."""
NEEDS: dict[str, Role] = {
    "/scenarios": "trainee",
    "/practices": "trainee",
    "/practices/{practice_id}": "trainee",
    "/practices/{practice_id}/turns": "trainee",
    "/practices/{practice_id}/hint": "trainee",
    "/practices/{practice_id}/check": "trainee",
    "/practices/{practice_id}/rewind": "trainee",
    "/practices/{practice_id}/finish": "trainee",
    "/practices/{practice_id}/scorecard": "trainee",
    "/practices/{practice_id}/export": "trainee",
    "/search": "trainee",
    "/drafts": "agent",
    "/drafts/{draft_id}": "agent",
    "/drafts/{draft_id}/reshape": "agent",
    "/drafts/{draft_id}/release": "agent",
    "/drafts/{draft_id}/feedback": "agent",
    "/documents": "admin",
}
"""The role that each route needs; ``/sessions`` is open to all."""
OPEN = ("/sessions",)
ROLES: tuple[Role, ...] = ("trainee", "agent", "admin")
OUT_OF_PLACE = (
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file={data}/even-keel.db",
    "/gradio_api/file={data}/../app.log",
    "/gradio_api/file=..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/static/..%2f..%2f..%2f..%2f..%2fetc/passwd",
    "/assets/../../../../../../etc/passwd",
    "/svelte/..%2f..%2f..%2fetc%2fpasswd",
    "/theme.css/..%2f..%2fapp.py",
    "/gradio_api/custom_component/x/..%2f..%2fetc/passwd",
    "/gradio_api/stream/x/..%2f..%2fy/playlist.m3u8",
)
IN_ITS_NAME = (
    "/gradio_api/proxy={inside}/inside",
    "/gradio_api/file={inside}/inside",
    "/gradio_api/proxy=https://x.hf.space@{inside}/inside",
)
REDIRECTS = (
    "/sign-in?next=//elsewhere.example",
    "/login?redirect=//elsewhere.example",
    "/logout?redirect=https://elsewhere.example",
    "//elsewhere.example/%2f..",
    "/login/huggingface?_target_url=https://elsewhere.example",
    "/login/callback?_target_url=https://elsewhere.example",
)
TARGETS = {
    "routes not known to the suite": "= 0",
    "foreign reads by REST": "= 0",
    "foreign writes by REST": "= 0",
    "routes open to nobody or too low a role": "= 0",
    "foreign reads by events of the page": "= 0",
    "foreign writes by events of the page": "= 0",
    "files served from outside": "= 0",
    "requests made in the server's name": "= 0",
    "redirects elsewhere": "= 0",
    "pages of other sites let in": "= 0",
    "answers that may be framed": "= 0",
    "passwords tried after the lock": "= 0",
    "secrets in answers or logs": "= 0",
}


class Theirs(NamedTuple):
    """The ids of what belongs to ann and cat."""

    practice: str
    draft: str


def run(report: Callable[[int, int], None]) -> Result:
    """Start the app with accounts, and try everything.

    Raises:
        EvalError: the app does not come up, or ann and cat cannot work.
    """
    with tempfile.TemporaryDirectory(prefix="even-keel-security-") as temporary, Faulty(says) as endpoint:
        folder = Path(temporary)
        (folder / "data").mkdir()
        store = Store(f"sqlite:///{folder / 'data' / 'even-keel.db'}")
        accounts = Accounts(store.engine)
        for name, role in USERS.items():
            accounts.add(name, PASSWORD, role)
        store.close()
        environment = {"OPENAI_BASE_URL": endpoint.url, "OPENAI_API_KEY": KEY, "OPENAI_MODEL": "told"}
        with App(folder, **environment) as app:
            tried = Trial(app, folder, endpoint)
            figures: dict[str, Figure] = {}
            steps = (tried.rest, tried.events, tried.files, tried.web, tried.passwords)
            for number, step in enumerate(steps, 1):
                figures |= step()
                report(number, len(steps) + 1)
        figures |= tried.secrets()
        report(len(steps) + 1, len(steps) + 1)
    about: dict[str, str | int | float] = {"part": "isolation", "users": len(USERS), "requests": tried.requests}
    return Result(suite="security", about=about, figures=figures, targets=TARGETS, notes=tuple(tried.notes))


class Trial:
    """The attacks, one after another, on one running app."""

    def __init__(self, app: App, folder: Path, endpoint: Faulty) -> None:
        self._app = app
        self._folder = folder
        self._endpoint = endpoint
        self.requests = 0
        self.notes: list[str] = []
        self._answers: list[str] = []
        self._tokens = {
            name: str(self._ask("POST", f"{API}/sessions", json={"name": name, "password": PASSWORD}).json()["token"])
            for name in USERS
        }
        self._theirs = self._made()

    def rest(self) -> dict[str, Figure]:
        """Every route, as everybody, with foreign ids."""
        document = self._ask("GET", f"{API}/openapi.json", "eve").json()
        before, reads, low, unknown, calls = self._state(), 0, 0, 0, 0
        for path, method, operation in openapi.operations(document):
            if path in OPEN:
                continue
            if path not in NEEDS:
                unknown += 1
                self.notes.append(f"  not known: {method} {path}")
            owner = "cat" if "{draft_id}" in path else "ann" if "{practice_id}" in path else ""
            where = path.replace("{draft_id}", self._theirs.draft).replace("{practice_id}", self._theirs.practice)
            body = openapi.request(operation, document)
            for name in ("", *USERS):
                if name == owner:
                    continue
                calls += 1
                answer = self._ask(method, API + where, name, **body)
                may = bool(name) and ROLES.index(USERS[name]) >= ROLES.index(NEEDS.get(path, "admin"))
                if (not may and answer.status_code not in (401, 403)) or answer.status_code >= 500:
                    low += 1
                    self.notes.append(f"  {method} {path} as {name or 'nobody'}: {answer.status_code}")
                if owner and (answer.is_success or MARK in answer.text):
                    reads += 1
                    self.notes.append(f"  {method} {path} as {name or 'nobody'} reached {owner}'s")
        return {
            "routes not known to the suite": single(unknown, len(NEEDS)),
            "foreign reads by REST": single(reads, calls),
            "foreign writes by REST": single(self._changed(before), calls),
            "routes open to nobody or too low a role": single(low, calls),
        }

    def events(self) -> dict[str, Figure]:
        """Every event of the page as bob and as nobody, with ann's and cat's ids and in ann's session."""
        before, reads, calls = self._state(), 0, 0
        config = self._ask("GET", "/config", "eve").json()
        parts = {c["id"]: c for c in config["components"]}
        for name in ("bob", ""):
            for number, event in enumerate(config["dependencies"]):
                if not event.get("backend_fn", True):
                    continue
                for theirs in self._theirs:
                    data = [_value(parts[i], theirs) for i in event["inputs"]]
                    for session in (f"{name}-own", "ann-session"):
                        calls += 1
                        text = self._event(name, event.get("id", number), data, session)
                        if MARK in text:
                            reads += 1
                            self.notes.append(f"  event {event.get('api_name') or number} as {name or 'nobody'}")
        written = self._changed(before)
        own = 0
        for number, event in enumerate(config["dependencies"]):
            if event.get("backend_fn", True):
                data = [_value(parts[i], self._theirs.practice) for i in event["inputs"]]
                own += MARK in self._event("ann", event.get("id", number), data, "ann-session")
        if not own:
            raise EvalError("No event of the page gives ann her own practice: nothing was tried.")
        return {
            "foreign reads by events of the page": single(reads, calls),
            "foreign writes by events of the page": single(written, calls),
            "events that give ann her own practice (control)": single(own, len(config["dependencies"])),
        }

    def files(self) -> dict[str, Figure]:
        """Paths out of their folder, and addresses that the server is to fetch."""
        served, before = 0, self._endpoint.asked
        for path in OUT_OF_PLACE:
            text = self._ask("GET", path.format(data=self._folder / "data"), "eve").text
            served += any(sign in text for sign in ("root:", "SQLite format", "Even Keel is at", "composition"))
        inside = self._endpoint.url.removesuffix("/v1")
        fetched = 0
        for path in IN_ITS_NAME:
            answer = self._ask("GET", path.format(inside=inside), "eve")
            fetched += "Unsupported method" in answer.text or self._endpoint.asked > before
        return {
            "files served from outside": single(served, len(OUT_OF_PLACE)),
            "requests made in the server's name": single(fetched, len(IN_ITS_NAME)),
        }

    def web(self) -> dict[str, Figure]:
        """Redirects, other sites' pages, frames."""
        away, let, framed, seen = 0, 0, 0, 0
        for path in REDIRECTS:
            for name in ("", "eve"):
                answer = self._ask("GET", path, name)
                away += "elsewhere.example" in answer.headers.get("location", "")
                seen += 1
                framed += "frame-ancestors 'none'" not in answer.headers.get("content-security-policy", "")
        begin = {"scenario": "gym-double-booking"}
        for headers in (
            {"Origin": "https://elsewhere.example"},
            {"Origin": "null"},
            {"Origin": f"{self._app.address}.elsewhere.example"},
            {"Host": "elsewhere.example"},
        ):
            for where, body in (("/practices", begin), ("/sessions", {"name": "bob", "password": PASSWORD})):
                answer = self._ask("POST", API + where, "bob", json=body, headers=headers)
                let += answer.is_success
        return {
            "redirects elsewhere": single(away, 2 * len(REDIRECTS)),
            "pages of other sites let in": single(let, 8),
            "answers that may be framed": single(framed, seen),
        }

    def passwords(self) -> dict[str, Figure]:
        """Guesses at bob's, by REST and by the page; then the right one, which must wait as well."""
        tried = 0
        for guess in range(MOST_WRONG + 5):
            body = {"name": "bob", "password": f"guess number {guess}"}
            tried += self._ask("POST", f"{API}/sessions", json=body).status_code != 429 and guess >= MOST_WRONG
        form = {"name": "bob", "password": PASSWORD}
        tried += self._ask("POST", "/sign-in", data=form).status_code != 429
        return {"passwords tried after the lock": single(tried, 6)}

    def secrets(self) -> dict[str, Figure]:
        """The key, passwords and tokens, in anything that was answered to others or logged."""
        log = self._app.log.read_text(errors="replace")
        texts = [*self._answers, log]
        secret = [KEY, PASSWORD]
        found = sum(s in text for text in texts for s in secret) + sum(t in log for t in self._tokens.values())
        return {"secrets in answers or logs": single(found, len(texts))}

    def _made(self) -> Theirs:
        begun = self._ask("POST", f"{API}/practices", "ann", json={"scenario": "gym-double-booking", "seed": "7"})
        practice = str(begun.json()["id"])
        line = f"You booked Dana at six, and we gave it away. I am sorry. {MARK} is my note."
        self._ask("POST", f"{API}/practices/{practice}/turns", "ann", json={"text": line})
        for _ in range(120):
            message = f"You double-booked my session with Dana! My name is {MARK}."
            made = self._ask("POST", f"{API}/drafts", "cat", json={"message": message, "policy_set": "gym"})
            if made.is_success:
                self._answers.clear()
                return Theirs(practice, str(made.json()["draft"]["id"]))
        raise EvalError(f"cat cannot draft: {made.text}")

    def _state(self) -> list[Any]:
        """What is ann's and cat's, as they see it."""
        return [
            self._ask("GET", f"{API}/practices/{self._theirs.practice}", "ann").json(),
            self._ask("GET", f"{API}/drafts/{self._theirs.draft}", "cat").json(),
        ]

    def _changed(self, before: list[Any]) -> int:
        return sum(a != b for a, b in zip(before, self._state(), strict=True))

    def _event(self, name: str, number: int, data: list[Any], session: str) -> str:
        """What an event answers, as the page's own client would ask."""
        body = {"data": data, "fn_index": number, "session_hash": session, "event_data": None, "trigger_id": None}
        joined = self._ask("POST", "/gradio_api/queue/join", name, json=body)
        if not joined.is_success:
            return joined.text
        text = ""
        with httpx.Client(base_url=self._app.address, headers=self._headers(name), timeout=30) as client:
            with client.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as stream:
                for line in stream.iter_lines():
                    text += line
                    if '"process_completed"' in line or '"close_stream"' in line:
                        break
        self._answers.append(text)
        return text

    def _headers(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[name]}"} if name else {}

    def _ask(self, method: str, path: str, name: str = "", **more: Any) -> httpx.Response:
        self.requests += 1
        headers = (self._headers(name) if name else {}) | more.pop("headers", {})
        answer = httpx.request(method, self._app.address + path, headers=headers, timeout=120, **more)
        self._answers.append(answer.text)
        return answer


def _value(component: dict[str, Any], theirs: str) -> Any:
    """What is sent for a component: the foreign id wherever text can stand."""
    kind, props = component["type"], component.get("props", {})
    if kind in ("radio", "dropdown"):
        choices = props.get("choices") or [[theirs, theirs]]
        return choices[0][1] if isinstance(choices[0], list) else choices[0]
    if kind in ("checkbox",):
        return False
    if kind in ("uploadbutton", "file", "chatbot"):
        return None
    value = props.get("value")
    if kind == "state" and not isinstance(value, str | None):
        return None
    return theirs if not re.fullmatch(r"\d+", json.dumps(value)) else 1
