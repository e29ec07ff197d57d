"""The embedded model: fetched, verified, and served on loopback in this process.

    local = LocalModel(settings)
    local.start()             # returns at once; a thread fetches and loads
    local.progress            # Progress(stage="fetching", done=…, total=…, …)
    local.endpoint()          # an Endpoint, or ModelNotReady that says why

llama.cpp's own server (the ``xllamacpp`` wheel) speaks the OpenAI protocol at a port of its
choice, with a key made for this run: other programs and pages on the machine cannot use it.
It stops with the process.
"""

import secrets
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from assistant import model_file
from assistant.errors import ModelFileError, ModelNotReady
from assistant.llm import Endpoint
from assistant.model_file import DEFAULT, ModelFile
from assistant.settings import Settings

SAMPLES = 4
"""Most samples one request may ask for: the server's slots, sharing one context."""
CONTEXT_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the embedded model is. ``speed`` in bytes a second, ``left`` in seconds; 0 if unknown."""

    stage: Literal["idle", "fetching", "loading", "ready", "failed"] = "idle"
    done: int = 0
    total: int = 0
    speed: float = 0.0
    left: float = 0.0
    note: str = ""

    def __str__(self) -> str:
        if self.stage == "fetching":
            left = f", {self.left:.0f} s left" if self.left else ""
            return (
                f"{self.done / 1e6:,.0f} of {self.total / 1e6:,.0f} MB ({self.note}, "
                f"{self.speed / 1e6:.1f} MB/s{left})"
            )
        words = {"idle": "not started", "loading": "loading the model", "ready": "ready"}
        return words.get(self.stage, self.note)


class LocalModel:
    """The embedded model's life: ``start``, ``progress``, ``endpoint``, ``stop``."""

    def __init__(self, settings: Settings, file: ModelFile = DEFAULT) -> None:
        self._settings = settings
        self._file = file
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._server: Any = None
        self._endpoint: Endpoint | None = None
        self._progress = Progress(total=file.size)
        self._began = (time.monotonic(), 0)

    @property
    def progress(self) -> Progress:
        """How far it is; safe to read from any thread."""
        return self._progress

    @property
    def fetched(self) -> bool:
        """Whether the file is there, so that only loading is left."""
        return bool(self._settings.local_model) or (self._settings.cache_dir / self._file.name).is_file()

    def start(self) -> None:
        """Fetch and load in a thread; does nothing while that is under way or done."""
        if self._thread is not None and (self._thread.is_alive() or self._endpoint):
            return
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="embedded-model", daemon=True)
        self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it is ready or failed, or ``seconds`` have passed."""
        if self._thread is not None:
            self._thread.join(seconds)

    def endpoint(self) -> Endpoint:
        """Where it answers.

        Raises:
            ModelNotReady: it is not there (yet); the message says how far it is or what went wrong.
        """
        if self._endpoint is None:
            raise ModelNotReady(f"The embedded model is not ready: {self._progress}.")
        return self._endpoint

    def stop(self) -> None:
        """Stop fetching or serving. What was fetched is kept."""
        self._stop.set()
        self._endpoint = None
        self._server = None
        if self._thread is not None:
            self._thread.join(5)

    def _run(self) -> None:
        try:
            path = self._settings.local_model or model_file.fetch(
                self._file, self._settings.cache_dir, self._settings.model_source, self._report, self._stop
            )
            self._progress = replace(self._progress, stage="loading")
            self._serve(path)
            self._progress = replace(self._progress, stage="ready", note=path.name)
        except model_file.Stopped:
            self._progress = replace(self._progress, stage="idle")
        except ModelFileError as error:
            self._progress = replace(self._progress, stage="failed", note=str(error))
        except Exception as error:  # llama.cpp raises bare RuntimeErrors; none may die unseen in a thread
            note = f"The embedded model could not be loaded: {error}. Set LOCAL_MODEL or OPENAI_BASE_URL."
            self._progress = replace(self._progress, stage="failed", note=note)

    def _report(self, done: int, note: str) -> None:
        now = time.monotonic()
        if self._progress.stage != "fetching" or note != self._progress.note:
            self._began = (now, done)
        else:
            done = max(done, self._progress.done)  # staging shrinks for a moment when a slice moves in
        seconds, since = now - self._began[0], done - self._began[1]
        speed = since / seconds if seconds > 0.5 else 0.0
        left = (self._file.size - done) / speed if speed > 0 else 0.0
        done = min(done, self._file.size)
        self._progress = Progress("fetching", done, self._file.size, speed, max(left, 0.0), note)

    def _serve(self, path: Path) -> None:
        import xllamacpp

        key = secrets.token_urlsafe(24)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = CONTEXT_TOKENS
        params.n_parallel = SAMPLES
        params.kv_unified = True
        params.port = 0
        params.api_keys = [key]
        params.verbosity = 0
        if self._settings.threads:
            params.cpuparams.n_threads = self._settings.threads
        if not self._stop.is_set():
            self._server = xllamacpp.Server(params)
            base = self._server.listening_address + "/v1"
            self._endpoint = Endpoint(base, key, path.stem, embedded=True)
