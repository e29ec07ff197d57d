"""Who asks: the one place that tells a request's user, for screens and REST alike.

On loopback without accounts everybody is the local user. With accounts a session cookie or a bearer token
says who it is; behind a trusted proxy a header does. What somebody may read is checked by the store.
"""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import gradio as gr
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.requests import HTTPConnection

from assistant.accounts import SESSION, Accounts, Role, User
from assistant.errors import LockedOut, NotAllowed, SettingsError, SignInRefused
from assistant.settings import Settings
from assistant.store import LOCAL_OWNER

COOKIE = "even-keel-session"
SIGN_IN = "/sign-in"
SIGNED_IN = f"{SIGN_IN}?signed-in"
"""Where a browser that has just signed in shows whether it kept the session."""
NO_COOKIE = (
    "The name and the password are right, but your browser kept no session. With EVEN_KEEL_HTTPS the app must be "
    "reached by https; else cookies of this site are blocked."
)
PAGE = (Path(__file__).parent / "sign_in.html").read_text(encoding="utf-8")
SAFE = ("GET", "HEAD", "OPTIONS")
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


class Gate:
    """Tells who asks.

    Raises:
        SettingsError: the app would be served beyond this machine with no way to tell its users apart.
    """

    def __init__(self, accounts: Accounts, settings: Settings) -> None:
        beyond = settings.public_host or ("" if settings.loopback else settings.host)
        if beyond and not settings.user_header and not accounts.any:
            raise SettingsError(
                f"The app is to be reached at '{beyond}': beyond this machine people must sign in. Make an account "
                "first (python -m assistant user add NAME --role admin), or set EVEN_KEEL_USER_HEADER to the header "
                "in which your proxy names the user, or serve at 127.0.0.1."
            )
        self.accounts = accounts
        self._settings = settings
        self._beyond = bool(beyond)
        self.header = settings.user_header
        """Where a trusted proxy names the user; empty where people sign in here."""

    def user(self, request: HTTPConnection) -> User | None:
        """Who asks; None if nobody signed in and somebody must."""
        if self.header:
            name = request.headers.get(self.header, "")[:64]
            if name in ("", LOCAL_OWNER):  # whose things those are that were made without accounts
                return None
            return next((u for u in self.accounts.list() if u.name == name), User(name, "trainee"))
        if not self.accounts.any:  # beyond this machine the last account may have been removed since the start
            return None if self._beyond else User(LOCAL_OWNER, "admin")
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = bearer if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
        return self.accounts.who(token) if token else None

    def name(self, request: Request) -> str | None:
        """The name of who asks, as the screens' server wants it."""
        user = self.user(request)
        return user.name if user else None

    def owner(self, request: gr.Request, role: Role = "trainee") -> str:
        """The name of who uses a screen, if they may do what ``role`` may.

        Raises:
            AccountError: nobody is signed in any more, or the role does not reach that far (``told`` shows it).
        """
        return _allowed(self.screen_user(request), role).name

    def screen_user(self, request: gr.Request) -> User | None:
        """Who uses a screen; None if nobody is signed in any more."""
        return self.user(request.request) if request.request else None

    def refuses(self, request: HTTPConnection, method: str) -> str:
        """Why a request is turned away whoever asks: it comes from another site's page; empty if it is fine."""
        host = request.headers.get("host", "")
        known = (*LOOPBACK_NAMES, *filter(None, [self._settings.public_host.lower()]))
        if self._settings.loopback and _split(f"//{host}")[1] not in known:  # a name that was pointed here
            return f"This app answers at {', '.join(known)} only. EVEN_KEEL_PUBLIC_HOST names a proxy's host."
        origin = request.headers.get("origin", "")
        if method not in SAFE and origin and _split(origin)[0] != host:
            return "The request comes from a page of another site."
        return ""

    def cookie(self, response: Response, token: str) -> None:
        """Put a session into the browser, out of reach of scripts and of other sites."""
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(SESSION.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=self._settings.https,
        )


def _split(address: str) -> tuple[str, str]:
    """Host with port, and the host's name, of an address; empty where it is none."""
    try:
        parts = urlsplit(address)
        return parts.netloc, parts.hostname or ""
    except ValueError:
        return "", ""


def address_of(request: Request) -> str:
    """Where a request came from, as far as is known."""
    return request.client.host if request.client else ""


def _allowed(user: User | None, role: Role) -> User:
    if user is None:
        raise SignInRefused("Sign in first: there is no session, or it has ended.")
    if not user.may(role):
        raise NotAllowed(f"This needs the role {role}; you are signed in as {user.role}.")
    return user


def _page(problem: str = "", name: str = "") -> str:
    """The page to sign in at, with what went wrong and the name that was typed."""
    told = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return PAGE.replace("<!--problem-->", told).replace('name="name"', f'name="name" value="{escape(name)}"')


def needs(role: Role) -> Callable[[Request], str]:
    """A dependency of routes: the name of who asks, if they may do what ``role`` may."""

    def name(request: Request) -> str:
        return _allowed(request.app.state.gate.user(request), role).name

    return name


Owner = Annotated[str, Depends(needs("trainee"))]
Agent = Annotated[str, Depends(needs("agent"))]
Admin = Annotated[str, Depends(needs("admin"))]


def sign_in_routes(gate: Gate) -> APIRouter:
    """The page to sign in at, and signing out."""
    router = APIRouter(include_in_schema=False)

    @router.get(SIGN_IN)
    def form(request: Request) -> Response:
        if request.url.query != urlsplit(SIGNED_IN).query:
            return HTMLResponse(_page())
        if gate.user(request) is None:  # else the app would send them here again, without a word
            return HTMLResponse(_page(NO_COOKIE), 401)
        return RedirectResponse("/", 303)

    @router.post(SIGN_IN)
    def sign_in(request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
        try:
            token = gate.accounts.sign_in(name, password, address_of(request))
        except (SignInRefused, LockedOut) as error:
            return HTMLResponse(_page(str(error), name), 429 if isinstance(error, LockedOut) else 401)
        response = RedirectResponse(SIGNED_IN, 303)
        gate.cookie(response, token)
        return response

    @router.post("/sign-out")
    def sign_out(request: Request) -> Response:
        gate.accounts.sign_out(request.cookies.get(COOKIE, ""))
        response = RedirectResponse(SIGN_IN, 303)
        response.delete_cookie(COOKIE)
        return response

    return router
