"""The REST app, to be mounted at ``/api/v1``; its OpenAPI document is at ``/api/v1/openapi.json``."""

from fastapi import FastAPI, Request
from pydantic import BaseModel

from assistant.errors import SignInRefused
from assistant.services import Services
from ui.api import drafts, library, practices, problems
from ui.api.problems import documented
from ui.api.schemas import Shape
from ui.gate import Gate, address_of

ABOUT = (
    "Practise with a simulated irate customer, and draft replies that keep to policy. Errors are RFC 9457 problem "
    "documents. Without accounts no sign-in is needed on loopback; with them send `Authorization: Bearer TOKEN`, "
    "which `POST /sessions` gives."
)


class SignIn(Shape):
    """Name and password."""

    name: str
    password: str


class Session(BaseModel):
    """A bearer token, good for twelve hours."""

    token: str


def build(services: Services, gate: Gate) -> FastAPI:
    """All routes over one set of services."""
    common = documented(400, 401, 403, 500)
    api = FastAPI(title="Even Keel", version="1", description=ABOUT, docs_url=None, redoc_url=None, responses=common)
    api.state.gate = gate
    problems.install(api)
    api.include_router(practices.routes(services.room))
    api.include_router(drafts.routes(services.desk))
    api.include_router(library.routes(services.library, services.settings.uploads))

    @api.post("/sessions", status_code=201, tags=["accounts"], responses=documented(422, 429))
    def sign_in(who: SignIn, request: Request) -> Session:
        """Sign in; only where there are accounts."""
        if not gate.accounts.any:
            raise SignInRefused("There are no accounts here: nobody needs to sign in.")
        return Session(token=gate.accounts.sign_in(who.name, who.password, address_of(request)))

    return api
