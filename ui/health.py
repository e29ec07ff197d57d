"""Whether the app answers (``/healthz``), whether it can serve (``/readyz``), and its figures (``/metrics``)."""

import logging
import shutil
from pathlib import Path

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from assistant.call import Call
from assistant.errors import StoreFailed
from assistant.services import Services
from ui.head import TROUBLE

log = logging.getLogger(__name__)
LEAST_FREE = 10_000_000
"""Bytes of the disk that a database on it needs free to be written to."""
SECONDS = (0.1, 0.25, 0.5, 1, 2, 4, 6, 10, 20, 60)


class Health(BaseModel):
    """``status`` is ok; ``model`` is the embedded model's stage, or remote."""

    status: str
    model: str


class Readiness(BaseModel):
    """What is ready; the app serves when store and guides are. A model on its way, or examples, block nothing."""

    store: bool
    guides: bool
    model: bool
    examples: bool


class Metrics:
    """Figures for Prometheus: requests to the model, by kind and outcome."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.trouble = ""
        """The name of the error by which the endpoint itself failed at the last request; empty if it answered."""
        self._told: dict[str, str] = {}
        self._calls = Counter(
            "even_keel_model_calls_total", "Requests to the chat model", ["kind", "error"], registry=self.registry
        )
        self._seconds = Histogram(
            "even_keel_model_seconds", "Seconds a request took", ["kind"], buckets=SECONDS, registry=self.registry
        )
        self._tokens = Counter(
            "even_keel_model_tokens_total", "Tokens read and written", ["direction"], registry=self.registry
        )

    def record(self, call: Call) -> None:
        """Count a request that ended."""
        self._tell(call)
        self._calls.labels(call.kind, call.error).inc()
        self._seconds.labels(call.kind).observe(call.seconds)
        self._tokens.labels("read").inc(call.prompt_tokens)
        self._tokens.labels("written").inc(call.completion_tokens)

    def _tell(self, call: Call) -> None:
        """Log when the endpoint begins to fail, fails otherwise, and answers again; a bad answer is no failure."""
        self.trouble = call.error if call.error in TROUBLE else ""
        if self.trouble != self._told.get(call.model, ""):
            said = f"fails: {self.trouble}" if self.trouble else "answers again"
            log.warning("the model %s %s", call.model, said)
            self._told[call.model] = self.trouble

    def text(self) -> bytes:
        """All figures in Prometheus' format."""
        return generate_latest(self.registry)


def routes(services: Services, metrics: Metrics) -> APIRouter:
    """The three routes; they need no sign-in and tell nothing of anybody."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    def healthz() -> Health:
        return Health(status="ok", model=services.local.progress.stage if services.local else "remote")

    @router.get("/readyz")
    def readyz(response: Response) -> Readiness:
        local = services.local
        found = Readiness(
            store=_answers(services),
            guides=bool(services.library.documents()) and not services.library.failure,
            model=local.progress.stage == "ready" if local else not metrics.trouble,
            examples=services.reader.best == "examples",
        )
        response.status_code = 200 if found.store and found.guides else 503
        return found

    @router.get("/metrics")
    def metrics_text() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


def _answers(services: Services) -> bool:
    """Whether the store can be read, and has room to be written to."""
    try:
        with services.store.engine.connect() as db:
            db.execute(text("select 1"))
    except (SQLAlchemyError, StoreFailed):
        return False
    url = services.store.engine.url
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return True
    try:
        return shutil.disk_usage(Path(str(url.database)).parent).free >= LEAST_FREE
    except OSError:
        return False
