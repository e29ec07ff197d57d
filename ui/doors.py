"""What every request passes: other sites' pages are turned away, people are sent to sign in, headers are set.

Plain ASGI, so that streams stay streams.
"""

import re

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.problems import Problem, answer
from ui.gate import SIGN_IN, Gate

UNCHANGING = re.compile(r"/assets/.+-[\w-]{8}\d*\.\w+")
"""Gradio's scripts and styles, which have a digest of what they hold in their names."""
FOREVER = "public, max-age=31536000, immutable"


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

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if message["status"] == 200 and UNCHANGING.fullmatch(scope["path"]):
                    headers["Cache-Control"] = FOREVER
            await send(message)

        app = self._turned_away(HTTPConnection(scope), scope["method"]) or self._app
        return await app(scope, receive, send_with_headers)

    def _turned_away(self, request: HTTPConnection, method: str) -> Response | None:
        """The answer to a request that gets no further."""
        if why := self._gate.refuses(request, method):
            kind = "urn:even-keel:problem:other-site"
            return answer(Problem(type=kind, title="Not allowed", status=403, detail=why))
        if method == "GET" and request.url.path == "/" and self._gate.user(request) is None:
            return RedirectResponse(SIGN_IN, 303)
        return None
