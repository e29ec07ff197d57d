"""REST over the real services; the model is scripted at the wire."""

import asyncio
import json
import logging
import shutil
from collections import namedtuple
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from assistant.accounts import MOST_WRONG_FROM_ADDRESS
from assistant.call import Call
from assistant.errors import NotFound
from assistant.reply.draft import Draft
from assistant.services import Services
from assistant.settings import Settings
from tests.libraries import copied
from tests.scripted import ScriptedServer
from ui.api import sse
from ui.api.schemas import WaitingEvent
from ui.gate import Gate
from ui.health import Metrics
from ui.site import site

API = "/api/v1"
METRICS = Metrics()
READ = '{"acts": [{"quote": "I am sorry, we gave your slot away", "act": "owned_apology"}]}'
SORRY = "You booked Dana for six o'clock. I am sorry, we gave your slot away."


@pytest.fixture
def services(server: ScriptedServer, tmp_path: Path, data_dir: Path) -> Iterator[Services]:
    copied(data_dir, tmp_path / "data")
    settings = Settings(
        openai_base_url=server.url, openai_model="scripted", retries=0, data_dir=tmp_path / "data", _env_file=None
    )
    built = Services.build(settings, record=METRICS.record)
    yield built
    built.stop()


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        yield
        await services.model.close()

    app = site(services, Gate(services.accounts, services.settings), METRICS, lifespan)
    with TestClient(app, base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.fixture
def practice(client: TestClient) -> str:
    begun = client.post(f"{API}/practices", json={"scenario": "gym-double-booking", "seed": "7"})
    assert begun.status_code == 201 and begun.headers["location"].endswith(begun.json()["id"])
    return str(begun.json()["id"])


def test_scenarios_tell_nothing_that_is_hidden(client: TestClient) -> None:
    cards = client.get(f"{API}/scenarios").json()
    gym = next(c for c in cards if c["id"] == "gym-double-booking")
    assert gym["customer"].startswith("Kevin") and "Ben Nevis" not in json.dumps(cards)


def test_a_turn_is_read_felt_and_answered(client: TestClient, server: ScriptedServer, practice: str) -> None:
    server.say(READ, "Sorry's easy. What are you going to do about it?")
    turn = client.post(f"{API}/practices/{practice}/turns", json={"text": SORRY}).json()
    assert turn["acts"][0]["act"] == "owned_apology" and turn["mood"]["trust"] > 22
    assert turn["line"] == "Sorry's easy. What are you going to do about it?" and turn["by"] == "model"
    shown = client.get(f"{API}/practices/{practice}").json()
    assert shown["turns"] == [turn] and shown["mood"] == turn["mood"]


def test_a_turn_as_events(client: TestClient, server: ScriptedServer, practice: str) -> None:
    server.say(READ, "Sorry's easy. What are you going to do about it?")
    answer = client.post(
        f"{API}/practices/{practice}/turns", json={"text": SORRY}, headers={"Accept": "text/event-stream"}
    )
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    names = [lines[0].removeprefix("event: ") for lines in events]
    assert names == ["read", "felt", "said", "said"]
    said = [json.loads(lines[1].removeprefix("data: ")) for lines in events[2:]]
    assert [s["final"] for s in said] == [False, True]
    assert said[1]["text"].startswith(said[0]["text"])


def test_coaching_and_another_try(client: TestClient, server: ScriptedServer, practice: str) -> None:
    hint = client.post(f"{API}/practices/{practice}/hint").json()
    assert hint["technique"] and "#" in hint["guide"]
    server.say(READ)
    preview = client.post(f"{API}/practices/{practice}/check", json={"text": SORRY}).json()
    assert preview["mood"]["trust"] > 22
    assert client.get(f"{API}/practices/{practice}").json()["turns"] == []
    server.say(READ, "Sorry for what, exactly?")
    client.post(f"{API}/practices/{practice}/turns", json={"text": SORRY})
    branch = client.post(f"{API}/practices/{practice}/rewind", json={"turn": 0}).json()
    assert branch["parent"] == practice and branch["turns"] == []
    done = client.post(f"{API}/practices/{practice}/finish", json={"after": "calmer"}).json()
    assert done["over"]
    card = client.get(f"{API}/practices/{practice}/scorecard").json()
    assert 0 <= card["total"] <= 100
    late = client.post(f"{API}/practices/{practice}/turns", json={"text": "Hello?"})
    assert late.status_code == 409 and late.json()["type"] == "urn:even-keel:problem:practice-over"


def test_an_exam_hides_what_the_customer_feels(client: TestClient, server: ScriptedServer) -> None:
    new = {"scenario": "gym-double-booking", "mode": "exam", "difficulty": "hard", "channel": "phone"}
    begun = client.post(f"{API}/practices", json=new).json()
    assert begun["mood"] is None and begun["scenario"]["channel"] == "phone" and begun["difficulty"] == "hard"
    server.say(READ, "Sorry for what, exactly?")
    turn = client.post(f"{API}/practices/{begun['id']}/turns", json={"text": SORRY}).json()
    assert turn["acts"] is None and turn["effects"] is None and turn["mood"] is None and turn["line"]
    assert client.get(f"{API}/practices/{begun['id']}/scorecard").status_code == 409
    assert client.post(f"{API}/practices/{begun['id']}/hint").status_code == 409


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "/practices", {"scenario": "moon"}, 404, "unknown-scenario"),
        ("POST", "/practices", {"scenario": "gym-double-booking", "x": 1}, 422, "invalid-request"),
        ("GET", "/practices/none", None, 404, "not-found"),
        ("POST", "/practices/none/turns", {"text": "Hi"}, 404, "not-found"),
        ("GET", "/nowhere", None, 404, "not-found"),
        ("DELETE", "/scenarios", None, 405, "method-not-allowed"),
        ("GET", "/search", None, 422, "invalid-request"),
        ("GET", "/search?q=towels&kind=policy&policy_set=moon", None, 422, "unknown-policy-set"),
        ("POST", "/sessions", {"name": "a", "password": "b"}, 401, "sign-in-refused"),
    ],
)
def test_what_goes_wrong_is_a_problem_document(
    client: TestClient, method: str, path: str, body: object, status: int, kind: str
) -> None:
    answer = client.request(method, f"{API}{path}", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:even-keel:problem:{kind}"
    assert answer.json()["detail"]


def test_an_empty_turn_changes_nothing(client: TestClient, practice: str) -> None:
    answer = client.post(f"{API}/practices/{practice}/turns", json={"text": "   "})
    assert answer.status_code == 422 and "empty" in answer.json()["detail"]
    assert client.get(f"{API}/practices/{practice}").json()["turns"] == []


def test_another_sites_page_and_another_name_are_turned_away(client: TestClient) -> None:
    new = {"scenario": "gym-double-booking"}
    foreign = client.post(f"{API}/practices", json=new, headers={"Origin": "http://evil.example"})
    assert foreign.status_code == 403 and "another site" in foreign.json()["detail"]
    rebound = client.get(f"{API}/scenarios", headers={"Host": "evil.example"})
    assert rebound.status_code == 403
    same = client.post(f"{API}/practices", json=new, headers={"Origin": "http://127.0.0.1"})
    assert same.status_code == 201 and "frame-ancestors 'none'" in same.headers["content-security-policy"]


def test_health_and_figures(client: TestClient, server: ScriptedServer, practice: str) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "model": "remote"}
    assert client.get("/readyz").json()["store"] is True
    server.say(READ, "Sorry for what, exactly?")
    client.post(f"{API}/practices/{practice}/turns", json={"text": SORRY})
    assert 'even_keel_model_calls_total{error="",kind="parse"}' in client.get("/metrics").text


def test_whoever_runs_it_learns_when_the_model_fails_and_when_it_answers_again(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    failed = Call("parse", "m", error="EndpointRefused")
    with caplog.at_level(logging.WARNING):
        for call in (failed, failed, Call("parse", "m", error="AnswerCut"), Call("parse", "m"), failed):
            METRICS.record(call)
    assert [r.getMessage() for r in caplog.records] == [
        "the model m fails: EndpointRefused",
        "the model m answers again",
        "the model m fails: EndpointRefused",
    ]
    assert client.get("/readyz").json()["model"] is False
    METRICS.record(Call("parse", "m"))
    assert client.get("/readyz").json()["model"] is True


def test_a_full_disk_is_not_ready(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 0))
    told = client.get("/readyz")
    assert told.status_code == 503 and told.json()["store"] is False


def test_two_users_see_nothing_of_each_other(client: TestClient, services: Services) -> None:
    for name, role in (("mira", "trainee"), ("omar", "admin")):
        services.accounts.add(name, "correct horse battery", role)
    assert client.get(f"{API}/scenarios").status_code == 401
    assert client.get("/", follow_redirects=False).headers["location"] == "/sign-in"

    def session(name: str) -> dict[str, str]:
        made = client.post(f"{API}/sessions", json={"name": name, "password": "correct horse battery"})
        return {"Authorization": f"Bearer {made.json()['token']}"}

    mira, omar = session("mira"), session("omar")
    mine = client.post(f"{API}/practices", json={"scenario": "gym-double-booking"}, headers=mira).json()["id"]
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/scorecard", None),
        ("POST", "/turns", {"text": "Hi"}),
        ("POST", "/hint", None),
        ("POST", "/check", {"text": "Hi"}),
        ("POST", "/rewind", {"turn": 0}),
        ("POST", "/finish", {}),
    ):
        foreign = client.request(method, f"{API}/practices/{mine}{path}", json=body, headers=omar)
        assert foreign.status_code == 404, path
    note = {"file": ("note.md", b"# Note\n\n## One\n\nText.\n")}
    assert client.post(f"{API}/documents", files=note, headers=mira).status_code == 403


def test_signing_in_and_out_in_the_browser(client: TestClient, services: Services) -> None:
    services.accounts.add("mira", "correct horse battery", "trainee")
    assert "Sign in" in client.get("/sign-in").text
    wrong = client.post("/sign-in", data={"name": "mira", "password": "<script>"})
    assert wrong.status_code == 401 and "do not fit" in wrong.text
    assert 'value="mira"' in wrong.text and "<script>" not in wrong.text
    right = client.post(
        "/sign-in", data={"name": "mira", "password": "correct horse battery"}, follow_redirects=False
    )
    assert right.status_code == 303
    assert "HttpOnly" in right.headers["set-cookie"] and "SameSite=lax" in right.headers["set-cookie"]
    assert client.get(right.headers["location"], follow_redirects=False).headers["location"] == "/"
    assert client.get(f"{API}/scenarios").status_code == 200
    client.post("/sign-out")
    assert client.get(f"{API}/scenarios").status_code == 401


def test_a_browser_that_keeps_no_session_is_told_so_instead_of_being_sent_round(
    client: TestClient, services: Services
) -> None:
    services.accounts.add("mira", "correct horse battery", "trainee")
    right = client.post(
        "/sign-in", data={"name": "mira", "password": "correct horse battery"}, follow_redirects=False
    )
    client.cookies.clear()  # as a browser does with a cookie for https that came by plain http
    told = client.get(right.headers["location"], follow_redirects=False)
    assert told.status_code == 401 and "EVEN_KEEL_HTTPS" in told.text


def test_what_became_of_a_draft_is_kept_whole_or_not_at_all(client: TestClient, services: Services) -> None:
    services.desk.records.save(
        Draft(id="d1", customer="Late!", policy_set="gym", outcome="reply", parts=(), citations=())
    )
    for said in ({"why": "great"}, {}, {"sent": "Hello.", "thumb": "down"}):
        assert client.post(f"{API}/drafts/d1/feedback", json=said).status_code == 422
    assert sum(rate.sent for rate in services.desk.records.rates()) == 0
    assert client.post(f"{API}/drafts/d1/feedback", json={"sent": "Hello.", "thumb": "up"}).status_code == 204
    assert sum(rate.sent for rate in services.desk.records.rates()) == 1


def test_how_one_felt_can_be_taken_back(client: TestClient, services: Services, practice: str) -> None:
    for said, kept in (({"after": "shaken"}, "shaken"), ({}, "shaken"), ({"after": ""}, "")):
        client.post(f"{API}/practices/{practice}/finish", json=said)
        assert services.room.get(practice).after == kept


def test_a_body_too_large_for_whoever_sends_it_is_cut_off_announced_or_not(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b"x" * 50_000 for _ in range(4))

    monkeypatch.setattr("ui.doors.MOST", 150_000)
    kinds = {f"{API}/drafts": "application/json", "/sign-in": "application/x-www-form-urlencoded"}
    for path, kind in kinds.items():
        for content in (b"x" * 200_000, pieces()):
            told = client.post(path, content=content, headers={"Content-Type": kind})
            assert told.status_code == 413 and "0.15 MB" in told.json()["detail"]
    services.accounts.add("mira", "correct horse battery", "trainee")
    stranger = client.post(f"{API}/drafts", json={"message": "x" * 100_000})
    assert stranger.status_code == 413 and "Sign in" in stranger.json()["detail"]
    token = client.post(f"{API}/sessions", json={"name": "mira", "password": "correct horse battery"}).json()["token"]
    known = client.post(
        f"{API}/drafts", json={"message": "x" * 100_000}, headers={"Authorization": f"Bearer {token}"}
    )
    assert known.status_code == 403, "let in, and then refused as a trainee"


def test_wrong_passwords_by_rest_lock_out_the_address_that_sent_them_and_no_other(
    client: TestClient, services: Services
) -> None:
    services.accounts.add("mira", "correct horse battery", "trainee")
    for n in range(MOST_WRONG_FROM_ADDRESS):
        assert client.post(f"{API}/sessions", json={"name": f"nobody {n}", "password": "wrong"}).status_code == 401
    right = {"name": "mira", "password": "correct horse battery"}
    assert client.post(f"{API}/sessions", json=right).status_code == 429
    with TestClient(client.app, base_url="http://127.0.0.1", client=("10.1.1.7", 50_000)) as other:
        assert other.post(f"{API}/sessions", json=right).status_code == 201


async def test_while_no_event_comes_a_stream_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "BEAT", 0.02)
    stopped = asyncio.Event()

    async def events() -> AsyncIterator[tuple[str, BaseModel]]:
        try:
            await asyncio.sleep(0.1)
            yield "waiting", WaitingEvent(ahead=1)
            await asyncio.sleep(10)
        finally:
            stopped.set()

    body = (await sse.respond(events())).body_iterator
    told = [await anext(body) for _ in range(12)]
    assert told[0] == sse.ALIVE and told[-1] == sse.ALIVE
    assert [piece for piece in told if piece != sse.ALIVE] == ['event: waiting\ndata: {"ahead":1}\n\n']
    await body.aclose()  # type: ignore[attr-defined]
    assert stopped.is_set()  # who listens no more stops what is told


async def test_what_fails_before_the_first_event_has_a_status() -> None:
    async def events() -> AsyncIterator[tuple[str, BaseModel]]:
        raise NotFound("There is no such practice.")
        yield  # a generator

    with pytest.raises(NotFound):
        await sse.respond(events())


async def test_a_stream_that_fails_as_nobody_expected_ends_in_a_problem() -> None:
    async def events() -> AsyncIterator[tuple[str, BaseModel]]:
        yield "waiting", WaitingEvent(ahead=2)
        raise ValueError("a secret")

    told = [str(piece) async for piece in (await sse.respond(events())).body_iterator]
    assert told[0].startswith("event: waiting") and told[-1].startswith("event: problem")
    assert "unexpected" in told[-1] and "a secret" not in told[-1]


def test_what_is_added_is_found(client: TestClient) -> None:
    document = b"# Lost property\n\n## Umbrellas\n\nUmbrellas left on a bus are kept for ninety days at the depot.\n"
    form = {"kind": "policy", "policy_set": "bus"}
    added = client.post(f"{API}/documents", files={"file": ("lost.md", document)}, data=form)
    assert added.status_code == 201 and added.json()["embedded"] >= 1
    found = client.get(
        f"{API}/search", params={"q": "I left my umbrella on the bus", "kind": "policy", "policy_set": "bus"}
    )
    assert [p["id"] for p in found.json()] == ["upload-lost-md#umbrellas"]
    noise = client.post(f"{API}/documents", files={"file": ("noise.exe", b"MZ")}, data=form)
    assert noise.status_code == 422 and "ending" in noise.json()["detail"]


def test_what_is_not_sent_with_a_document_stays_as_its_front_matter_says(
    client: TestClient, services: Services
) -> None:
    front = "kind: policy\nset: bus\naudience: internal\nexpires: 2026-12-31"
    file = {"file": ("fares.md", f"---\n{front}\n---\n## Fares\n\nA lost ticket is replaced once.\n")}
    assert client.post(f"{API}/documents", files=file).status_code == 201
    meta = next(m for m in services.library.documents() if m.title == "fares")
    assert (meta.pool, meta.audience, str(meta.expires)) == ("policy-bus", "internal", "2026-12-31")
    nobodys = client.post(f"{API}/documents", files={"file": ("rules.md", "text")}, data={"kind": "policy"})
    assert nobodys.status_code == 422 and "Say whose policy" in nobodys.json()["detail"]


def test_what_the_library_does_not_take_is_refused_and_not_kept(client: TestClient, services: Services) -> None:
    text = "---\nid: fares\nkind: policy\nset: bus\n---\n## Fares\n\nA lost ticket is replaced once."
    twin = text.replace("once", "twice")
    assert client.post(f"{API}/documents", files={"file": ("fares.md", text)}).status_code == 201
    taken = client.post(f"{API}/documents", files={"file": ("twin.md", twin)})
    assert taken.status_code == 422 and "its id 'fares' is taken" in taken.json()["detail"]
    assert not services.library.sync().failed
    never = {"kind": "policy", "policy_set": "bus", "effective": "2026-02-01", "expires": "2026-01-01"}
    told = client.post(f"{API}/documents", files={"file": ("a.md", "## A\n\nText.")}, data=never)
    assert told.status_code == 422 and "before it begins" in told.json()["detail"]


def test_long_answers_are_packed_and_what_never_changes_is_kept_by_the_browser(services: Services) -> None:
    app = site(services, Gate(services.accounts, services.settings), METRICS)
    app.get("/assets/Index-B0rFgO7A2.js")(lambda: "long " * 1000)
    with TestClient(app, base_url="http://127.0.0.1") as opened:
        asset, missing = opened.get("/assets/Index-B0rFgO7A2.js"), opened.get("/assets/Index-AAAAAAAA.js")
        page = opened.get("/sign-in")
    assert "immutable" in asset.headers["cache-control"] and asset.headers["content-encoding"] == "gzip"
    assert "cache-control" not in missing.headers and "cache-control" not in page.headers
    assert "content-security-policy" in page.headers
    assert page.headers["referrer-policy"] == "same-origin"  # else browsers send the sign-in form without an origin
