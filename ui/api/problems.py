"""Errors as RFC 9457 problem documents: what happened, in the words of the error itself.

    {"type": "urn:even-keel:problem:not-found", "title": "Not found", "status": 404, "detail": "There is no …"}

What nobody expected is logged with its traceback and told without it.
"""

import logging
import re
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from assistant.errors import (
    AccountError,
    ContextOverflow,
    EndpointBusy,
    EvenKeelError,
    InputError,
    LineFull,
    LockedOut,
    ModelError,
    NotAllowed,
    NotFound,
    PracticeMoved,
    PracticeOver,
    SignInRefused,
    StoreFailed,
    UnknownScenario,
)
from knowledge import DocumentError, KnowledgeError, UnknownPolicySet

MEDIA_TYPE = "application/problem+json"
STATUS: tuple[tuple[type[Exception], int], ...] = (
    (LockedOut, 429),
    (SignInRefused, 401),
    (NotAllowed, 403),
    (AccountError, 422),
    (UnknownScenario, 404),
    (NotFound, 404),
    (PracticeOver, 409),
    (PracticeMoved, 409),
    (StoreFailed, 503),
    (LineFull, 503),
    (ContextOverflow, 422),
    (InputError, 422),
    (EndpointBusy, 503),
    (ModelError, 503),
    (DocumentError, 422),
    (UnknownPolicySet, 422),
    (KnowledgeError, 503),
    (EvenKeelError, 500),
)
"""The first that fits counts."""
log = logging.getLogger("even-keel")


class Problem(BaseModel):
    """What went wrong and what to do; ``errors`` names fields."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(examples=["urn:even-keel:problem:not-found"])
    title: str
    status: int
    detail: str
    errors: tuple[str, ...] = ()


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may answer with these problems."""
    return {s: {"model": Problem, "content": {MEDIA_TYPE: {}}, "description": _TITLES[s]} for s in statuses}


def problem_of(error: Exception) -> Problem:
    """The problem document of an error that was raised on purpose."""
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    return problem(type(error).__name__, status, str(error))


def unexpected(where: str, error: Exception) -> Problem:
    """The problem document of an error that nobody expected; it is logged here."""
    log.error("unexpected at %s", where, exc_info=error)
    return problem("unexpected", 500, "Something unexpected happened. It was logged; try again.")


def answer(problem: Problem) -> JSONResponse:
    """The response that carries a problem."""
    headers = {503: {"Retry-After": "5"}, 401: {"WWW-Authenticate": "Bearer"}}.get(problem.status)
    return JSONResponse(problem.model_dump(), problem.status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have every error of the app's routes answered as a problem."""

    @app.exception_handler(EvenKeelError)
    @app.exception_handler(KnowledgeError)
    def _ours(_: Request, error: Exception) -> JSONResponse:
        return answer(problem_of(error))

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        fields = tuple(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:10])
        known = problem("invalid-request", 422, "The request does not fit: see 'errors'.")
        return answer(known.model_copy(update={"errors": fields}))

    @app.exception_handler(HTTPException)
    def _http(_: Request, error: HTTPException) -> JSONResponse:
        title = _TITLES.get(error.status_code, "Error")
        made = answer(problem(title, error.status_code, str(error.detail)))
        made.headers.update(error.headers or {})
        return made

    @app.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> JSONResponse:
        return answer(unexpected(f"{request.method} {request.url.path}", error))


_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    422: "Cannot be taken",
    429: "Too many",
    500: "Unexpected",
    503: "Not available now",
}


def problem(name: str, status: int, detail: str) -> Problem:
    """The problem document of that name: ``other-site`` or ``OtherSite``, with the title of its status."""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])|\s+", "-", name).lower()
    return Problem(
        type=f"urn:even-keel:problem:{kind}", title=_TITLES.get(status, "Error"), status=status, detail=detail
    )
