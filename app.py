"""Even Keel's app: settings → services → page, each built once, served at a loopback address.

python app.py
"""

import contextlib
import errno
import gc
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from assistant.errors import EvenKeelError, SettingsError
from assistant.settings import Settings, has_display, load_settings
from ui.logs import log_plainly

KEEP_ALIVE = 75
"""Seconds that an idle connection is kept: longer than clients and proxies keep theirs. Whoever closes first cuts off
a request that the other is just sending; at uvicorn's 5 a busy moment was enough."""


def create(settings: Settings) -> FastAPI:
    """The web app with everything in it; starting it starts the model, stopping it stops the model."""
    import gradio as gr

    from assistant.services import Services
    from assistant.terminal import wait_with_bar
    from knowledge import Library
    from knowledge.terminal import sync_with_bar
    from ui import head, health, page
    from ui.gate import Gate
    from ui.site import site
    from ui.told import told

    metrics = health.Metrics()
    services = Services.build(settings, record=metrics.record)
    gate = Gate(services.accounts, settings)
    if services.local and not services.local.fetched:
        services.local.start()  # the network works while the processor does

    def sync(library: Library) -> None:
        report = sync_with_bar(library)
        print(f"Guides and policies: {report}", flush=True)
        for reason in report.failed.values():
            print(f"  {reason}", flush=True)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        services.start(sync)
        if services.local:
            threading.Thread(target=wait_with_bar, args=(services.local,), daemon=True).start()
        yield
        await services.room.close()
        await services.model.close()
        services.stop()

    app = site(services, gate, metrics, lifespan)
    mounted = gr.mount_gradio_app(
        app,
        told(page.build(services, gate, metrics)),
        path="/",
        theme=page.theme(),
        css=page.CSS,
        head=head.SCRIPT,
        auth_dependency=gate.name,
        show_error=False,
        max_file_size="20mb",
        footer_links=[],
    )
    assert isinstance(mounted, FastAPI)
    return mounted


def main() -> int:
    """Serve until interrupted; gives the exit status."""
    began = time.monotonic()
    gc.disable()  # what is imported and built here stays: to look through it for garbage is a tenth of the start
    log_plainly()
    try:
        settings = load_settings()
        _check_port(settings)
        app = create(settings)
    except Exception as error:
        from knowledge import KnowledgeError

        if isinstance(error, EvenKeelError | KnowledgeError):
            print(error, file=sys.stderr)
            return 2
        raise
    gc.freeze()
    gc.enable()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{settings.port}"
    print(f"Even Keel is at {address} ({time.monotonic() - began:.0f} s). Ctrl-C stops it.", flush=True)
    if settings.open_browser and has_display():
        threading.Timer(1.0, webbrowser.open, (address,)).start()
    server = uvicorn.Server(serving(app, settings.host, settings.port))
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else 1


def serving(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    """How the app is served.

    The loop is Python's own: uvloop takes one new connection a round, so that while it is busy who comes waits for
    everybody who is there (25 s with 200 practices at once, where those waited 5).
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="asyncio",
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=10,
        timeout_keep_alive=KEEP_ALIVE,
    )


def _check_port(settings: Settings) -> None:
    """Fail before anything heavy is loaded if the address is not this machine's, or somebody else has the port."""
    try:
        family, kind, *_, place = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise SettingsError(
                f"Port {settings.port} at {settings.host} cannot be had ({error.strerror}). Stop what runs there, or "
                f"choose another: EVEN_KEEL_PORT={settings.port + 1} make app"
            ) from error
        raise SettingsError(
            f"EVEN_KEEL_HOST is '{settings.host}', which is no address of this machine ({error.strerror}). "
            "127.0.0.1 serves this machine, 0.0.0.0 everybody who can reach it."
        ) from error


if __name__ == "__main__":
    sys.exit(main())
