"""What every request passes: other sites' pages are turned away, as is a body too large for whoever sends it,
people are sent to sign in, headers are set.

Plain ASGI, so that streams stay streams.
"""

import re

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.problems import answer, problem
from ui.gate import SIGN_IN, Gate

UNCHANGING = re.compile(r"/assets/.+-[\w-]{8}\d*\.\w+")
"""Gradio's scripts and styles, which have a digest of what they hold in their names."""
FOREVER = "public, max-age=31536000, immutable"
MOST, MOST_OF_A_STRANGER = 60_000_000, 64_000
"""Bytes of a request's body: several documents at once; name and password of somebody who is not signed in."""


class Doors:
    """Middleware that asks ``gate``, sets ``headers`` on every response and says what a browser may keep for good."""

    def __init__(self, app: ASGIApp, gate: Gate, headers: dict[str, str]) -> None:
        self._app = app
        self._gate = gate
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        request = HTTPConnection(scope)
        taken, refused = 0, False

        async def send_with_headers(message: Message) -> None:
            if refused:  # what the app still says to a body that was cut off
                return
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if message["status"] == 200 and UNCHANGING.fullmatch(scope["path"]):
                    headers["Cache-Control"] = FOREVER
            await send(message)

        async def receive_counted() -> Message:
            nonlocal taken, refused
            message = await receive()
            taken += len(message.get("body", b""))
            if too_large := self._too_large(request, taken):
                await too_large(scope, receive, send_with_headers)
                refused = True
                return {"type": "http.disconnect"}
            return message

        app = self._turned_away(request, scope["method"]) or self._app
        return await app(scope, receive_counted, send_with_headers)

    def _too_large(self, request: HTTPConnection, size: int) -> Response | None:
        """The answer to a body of so many bytes, if that is too many."""
        if size <= MOST_OF_A_STRANGER:
            return None
        most = MOST if self._gate.user(request) else MOST_OF_A_STRANGER
        if size <= most:
            return None
        why = f"A request may have {most / 1e6:g} MB." + ("" if most == MOST else " Sign in to send more.")
        return answer(problem("too-large", 413, why))

    def _turned_away(self, request: HTTPConnection, method: str) -> Response | None:
        """The answer to a request that gets no further."""
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and (too_large := self._too_large(request, int(announced))):
            return too_large
        if why := self._gate.refuses(request, method):
            return answer(problem("other-site", 403, why))
        if method == "GET" and request.url.path == "/" and self._gate.user(request) is None:
            if self._gate.header:
                why = f"Your proxy names nobody who may come in: see the header {self._gate.header} that it sends."
                return answer(problem("unnamed", 403, why))
            return RedirectResponse(SIGN_IN, 303)
        return None
