"""Everything that answers over HTTP but the screens: health, signing in, REST; the screens are mounted on it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from assistant.errors import SettingsError
from assistant.services import Services
from ui import health
from ui.api.app import build
from ui.doors import Doors
from ui.gate import Gate, sign_in_routes

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'; font-src 'self' data:"
    ),
    "X-Content-Type-Options": "nosniff",
    # "no-referrer" would have the browser hide where the sign-in form comes from, and it would be turned away
    "Referrer-Policy": "same-origin",
}
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def site(services: Services, gate: Gate, metrics: health.Metrics, lifespan: Lifespan | None = None) -> FastAPI:
    """The app without its screens; ``lifespan`` starts and stops what runs beside it."""
    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Doors, gate=gate, headers=SECURITY_HEADERS)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)  # Gradio packs its files, not the page
    app.include_router(health.routes(services, metrics))
    app.include_router(sign_in_routes(gate))
    app.mount("/api/v1", build(services, gate))
    if services.settings.mcp:
        _serve_tools(app, services, gate)
    return app


def _serve_tools(app: FastAPI, services: Services, gate: Gate) -> None:
    """Answer MCP clients too, as long as the app lives.

    Raises:
        SettingsError: what MCP needs is not installed.
    """
    try:
        from ui.tools import Tools
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"EVEN_KEEL_MCP is set, and '{error.name}' is not installed: install the extra 'mcp', or unset it."
        ) from error
    tools, beside = Tools(services, gate), app.router.lifespan_context

    @asynccontextmanager
    async def both(served: FastAPI) -> AsyncIterator[Any]:
        async with tools.running(), beside(served) as state:
            yield state

    app.router.lifespan_context = both
    app.router.routes.append(tools.route)
