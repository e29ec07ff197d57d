"""Which requests are turned away whoever asks, directly and behind the proxy that ``deploy/nginx.conf`` describes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request

from assistant.accounts import Accounts
from assistant.errors import AccountError, SettingsError
from assistant.settings import Settings
from assistant.store import LOCAL_OWNER, Store
from ui.gate import Gate

NGINX = (Path(__file__).parents[1] / "deploy" / "nginx.conf").read_text(encoding="utf-8")


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    store = Store(f"sqlite:///{tmp_path / 'accounts.db'}")
    yield Accounts(store.engine)
    store.close()


def asked(host: str, origin: str = "", **more: str) -> Request:
    named = {"host": host, "origin": origin, **more}
    headers = [(name.encode(), value.encode()) for name, value in named.items() if value]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers})


def gate(accounts: Accounts, **own: object) -> Gate:
    return Gate(accounts, Settings(_env_file=None, **own))  # type: ignore[arg-type]


def test_at_loopback_only_its_own_names_are_answered(accounts: Accounts) -> None:
    served = gate(accounts)
    assert not served.refuses(asked("127.0.0.1:7860", "http://127.0.0.1:7860"), "POST")
    assert "127.0.0.1, localhost" in served.refuses(asked("keel.example", "https://keel.example"), "POST")
    for foreign in ("http://evil.example", "http://["):
        assert "another site" in served.refuses(asked("127.0.0.1:7860", foreign), "POST")
    assert "EVEN_KEEL_PUBLIC_HOST" in served.refuses(asked("["), "GET")


def test_behind_a_proxy_on_this_machine_the_public_name_is_answered_too(accounts: Accounts) -> None:
    accounts.add("mira", "correct horse battery", "admin")
    served = gate(accounts, public_host="Keel.example")
    assert not served.refuses(asked("keel.example", "https://keel.example"), "POST")
    assert not served.refuses(asked("localhost:7860", "http://localhost:7860"), "POST")
    assert served.refuses(asked("evil.example", "https://evil.example"), "POST")


def test_who_is_reached_through_a_proxy_needs_accounts_as_who_serves_beyond_loopback_does(accounts: Accounts) -> None:
    for own in ({"public_host": "keel.example"}, {"host": "0.0.0.0"}):
        with pytest.raises(SettingsError, match="user add"):
            gate(accounts, **own)
    assert gate(accounts, public_host="keel.example", user_header="X-User")


@pytest.mark.parametrize("own", [{"host": "0.0.0.0"}, {"public_host": "keel.example"}])
def test_beyond_this_machine_nobody_is_let_in_when_the_last_account_is_gone(
    accounts: Accounts, own: dict[str, object]
) -> None:
    accounts.add("mira", "correct horse battery", "admin")
    served = gate(accounts, **own)
    accounts.remove("mira")
    assert served.user(asked("keel.example")) is None
    here = gate(accounts).user(asked("127.0.0.1"))
    assert here is not None and here.may("admin")


def test_who_the_proxy_names_is_who_asks_and_nobody_is_the_one_without_accounts(accounts: Accounts) -> None:
    served = gate(accounts, user_header="x-user")
    named = served.user(asked("keel.example", **{"x-user": "ann"}))
    assert named is not None and (named.name, named.role) == ("ann", "trainee")
    assert served.user(asked("keel.example")) is None
    assert served.user(asked("keel.example", **{"x-user": LOCAL_OWNER})) is None
    with pytest.raises(AccountError, match="choose another name"):
        accounts.add(LOCAL_OWNER, "correct horse battery", "trainee")


def test_the_shipped_proxy_passes_the_browsers_host_on_and_no_address_that_a_client_claims() -> None:
    set_to = dict(re.findall(r"proxy_set_header (\S+) (\S+);", NGINX))
    assert set_to["Host"] == "$http_host" and set_to["X-Forwarded-For"] == "$remote_addr"
