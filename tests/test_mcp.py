"""The tools through MCP's own client, over HTTP to the whole site; the model is scripted at the wire."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from assistant.services import Services
from assistant.settings import Settings
from tests.libraries import copied
from tests.scripted import ScriptedServer
from ui.gate import Gate
from ui.health import Metrics
from ui.site import site
from ui.tools import Tools

READ = '{"acts": [{"quote": "I am sorry, we gave your slot away", "act": "owned_apology"}]}'
SORRY = "You booked Dana for six o'clock. I am sorry, we gave your slot away."
TOOLS = {"list_scenarios", "start_practice", "say", "hint", "check_line", "finish", "draft_reply", "search"}


@pytest.fixture
def services(server: ScriptedServer, tmp_path: Path, data_dir: Path) -> Any:
    copied(data_dir, tmp_path / "data")
    own = {"openai_base_url": server.url, "openai_model": "scripted", "retries": 0, "data_dir": tmp_path / "data"}
    built = Services.build(Settings(**own, mcp=True, _env_file=None))
    yield built
    built.stop()


@asynccontextmanager
async def served(services: Services) -> AsyncIterator[FastAPI]:
    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        yield
        await services.model.close()

    made = site(services, Gate(services.accounts, services.settings), Metrics(), lifespan)
    async with made.router.lifespan_context(made):
        yield made


def http(app: FastAPI, token: str = "") -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx2.ASGITransport(app)
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers)


@asynccontextmanager
async def connected(app: FastAPI, token: str = "") -> AsyncIterator[Client]:
    async with (
        http(app, token) as wire,
        Client(streamable_http_client("http://127.0.0.1/mcp", http_client=wire)) as client,
    ):
        yield client


async def ask(client: Client, tool: str, **arguments: object) -> Any:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    return answer.structured_content


async def refusal(client: Client, tool: str, **arguments: object) -> str:
    answer = await client.call_tool(tool, arguments)
    assert answer.is_error
    return str(answer.content[0].text)


async def test_a_practice_from_the_list_to_the_scorecard(services: Services, server: ScriptedServer) -> None:
    async with served(services) as app, connected(app) as client:
        assert {t.name for t in (await client.list_tools()).tools} == TOOLS
        cards = (await ask(client, "list_scenarios"))["result"]
        assert "gym-double-booking" in {c["id"] for c in cards}
        begun = await ask(client, "start_practice", scenario="gym-double-booking", seed="7")
        assert begun["opening"].startswith("Three weeks ago")
        assert (await ask(client, "hint", practice=begun["id"]))["technique"]
        server.say(READ)
        assert (await ask(client, "check_line", practice=begun["id"], text=SORRY))["mood"]["trust"] > 22
        server.say(READ, "Sorry's easy. What are you going to do about it?")
        turn = await ask(client, "say", practice=begun["id"], text=SORRY)
        assert turn["line"] == "Sorry's easy. What are you going to do about it?" and turn["mood"]["trust"] > 22
        assert 0 <= (await ask(client, "finish", practice=begun["id"]))["total"] <= 100
        assert "is over" in await refusal(client, "say", practice=begun["id"], text="Hello?")


async def test_a_draft_and_a_search(services: Services, server: ScriptedServer) -> None:
    words = "rebook the member with priority within 7 days"
    server.say(
        '{"outcome": "reply", "parts": [{"purpose": "offer", "text": "I can rebook you with priority within 7 days.",'
        f' "quotes": [{{"passage": "gym-bookings#sessions-we-cancel-or-double-book", "words": "{words}"}}]}}]}}'
    )
    async with served(services) as app, connected(app) as client:
        made = await ask(client, "draft_reply", message="You double-booked my session with Dana!", policy_set="gym")
        assert "priority within 7 days" in made["text"]
        found = await ask(client, "search", query="they sold my slot twice", kind="policy", policy_set="gym")
        assert found["result"][0]["id"] == "gym-bookings#sessions-we-cancel-or-double-book"


async def test_what_goes_wrong_is_told_in_its_own_words(services: Services) -> None:
    async with served(services) as app, connected(app) as client:
        assert "No scenario 'moon'" in await refusal(client, "start_practice", scenario="moon")
        assert "no such practice" in await refusal(client, "hint", practice="none")
        begun = await ask(client, "start_practice", scenario="gym-double-booking", mode="exam")
        assert begun["mood"] is None
        assert "exam" in await refusal(client, "hint", practice=begun["id"])
        assert "empty" in await refusal(client, "say", practice=begun["id"], text="   ")
        assert "no policy set 'moon'" in await refusal(client, "search", query="Hi", kind="policy", policy_set="moon")
        assert "validation error" in await refusal(client, "start_practice", scenario="x", mode="moon")


async def test_nobody_gets_past_the_gate(services: Services) -> None:
    tokens = {}
    for name, role in (("mira", "trainee"), ("omar", "agent")):
        services.accounts.add(name, "correct horse battery", role)  # type: ignore[arg-type]
        tokens[name] = services.accounts.sign_in(name, "correct horse battery")
    async with served(services) as app:
        await _strangers(app)
        async with connected(app, tokens["mira"]) as mira, connected(app, tokens["omar"]) as omar:
            mine = (await ask(mira, "start_practice", scenario="gym-double-booking"))["id"]
            for tool, more in (("hint", {}), ("say", {"text": "Hi"}), ("check_line", {"text": "Hi"}), ("finish", {})):
                assert "no such practice" in await refusal(omar, tool, practice=mine, **more)
            assert "role agent" in await refusal(mira, "draft_reply", message="You sold my slot!")


async def _strangers(app: FastAPI) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    async with http(app) as wire:
        stranger = await wire.post("/mcp", json=body)
        assert stranger.status_code == 401 and stranger.headers["content-type"] == "application/problem+json"
        assert (await wire.post("/mcp", json=body, headers={"Origin": "http://evil.example"})).status_code == 403
        assert (await wire.post("/mcp", json=body, headers={"Host": "evil.example"})).status_code == 403


def test_it_leaves_the_apps_log_alone(services: Services) -> None:
    root = logging.getLogger()
    own, root.handlers[:] = list(root.handlers), []
    try:
        Tools(services, Gate(services.accounts, services.settings))
        assert root.handlers == []
    finally:
        root.handlers[:] = own


async def test_it_is_off_unless_asked_for(services: Services) -> None:
    off = services.settings.model_copy(update={"mcp": False})
    quiet = Services(off, *(getattr(services, name) for name in list(Services.__slots__)[1:]))
    made = site(quiet, Gate(services.accounts, off), Metrics())
    async with http(made) as wire:
        assert (await wire.post("/mcp", json={})).status_code == 404
    assert Settings(_env_file=None).mcp is False
