"""What the OpenAPI document allows, and much that it does not, is sent to every route: no 5xx, nothing undocumented.

python -m pytest tests/test_api_schema.py --hypothesis-profile=search     # looks a hundred times further
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from assistant.services import Services
from assistant.settings import Settings
from tests.libraries import copied
from tests.scripted import ScriptedServer
from ui.gate import Gate
from ui.health import Metrics
from ui.site import site

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.response_headers_conformance,
]
ADDRESS = "http://127.0.0.1"
HERE = {"Host": "127.0.0.1"}
QUIET = list(HealthCheck)
FEW = 5
ROUTES = 18


@dataclass(frozen=True)
class Api:
    """The document, and ids that exist: a practice that goes on and one that has ended, and a draft."""

    schema: Any
    ids: dict[str, list[str]]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("api") / "data"
    copied(data_dir, folder)
    server = ScriptedServer(always='{"acts": []}')
    own = {"openai_base_url": server.url, "openai_model": "scripted", "retries": 0, "data_dir": folder}
    services = Services.build(Settings(**own, _env_file=None))
    app = site(services, Gate(services.accounts, services.settings), Metrics())
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers=HERE)
    yield Api(schema, ids_of(TestClient(app, base_url=ADDRESS)))
    services.stop()
    server.stop()


def ids_of(client: TestClient) -> dict[str, list[str]]:
    new = {"scenario": "gym-double-booking"}
    goes_on, over = (client.post("/api/v1/practices", json=new).json()["id"] for _ in range(2))
    assert client.post(f"/api/v1/practices/{over}/finish", json={}).json()["over"]
    made = client.post("/api/v1/drafts", json={"message": "You sold my hour twice!", "policy_set": "gym"})
    return {"practice_id": [goes_on, over], "draft_id": [made.json()["draft"]["id"]]}


def test_every_route_answers_as_documented(api: Api) -> None:
    most = settings().max_examples
    examples = FEW if most <= 100 else most // 2
    operations = [found.ok() for found in api.schema.get_all_operations()]
    assert len(operations) >= ROUTES
    for operation in operations:
        varied = operation.body or operation.query
        for mode in (GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if varied else [])):
            send(operation.as_strategy(generation_mode=mode), api.ids, examples)


def send(cases: st.SearchStrategy[Case], ids: dict[str, list[str]], examples: int) -> None:
    """Send what the strategy makes up, mostly to what exists, and hold each answer against the document."""

    @given(cases, st.integers(0, 2))
    @settings(max_examples=examples, derandomize=True, database=None, deadline=None, suppress_health_check=QUIET)
    def one(case: Case, which: int) -> None:
        for name in case.path_parameters or {}:
            if which and name in ids:
                case.path_parameters[name] = ids[name][(which - 1) % len(ids[name])]
        if which and case.path == "/practices" and isinstance(case.body, dict) and "scenario" in case.body:
            case.body["scenario"] = "late-parcel"
        answer = case.call(base_url=f"{ADDRESS}/api/v1", headers=HERE)
        case.validate_response(answer, checks=CHECKS)

    one()
