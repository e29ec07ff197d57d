from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.__main__ import main
from assistant.accounts import MOST_WRONG, SESSION, Accounts, User
from assistant.errors import AccountError, LockedOut, SignInRefused
from assistant.store import Store

PASSWORD = "correct horse battery"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 26, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Iterator[Accounts]:
    store = Store(f"sqlite:///{tmp_path / 'accounts.db'}")
    made = Accounts(store.engine, clock)
    made.add("mira", PASSWORD, "trainee")
    yield made
    store.close()


def test_who_signs_in_is_known_until_the_session_ends(accounts: Accounts, clock: Clock) -> None:
    token = accounts.sign_in("mira", PASSWORD)
    assert accounts.who(token) == User("mira", "trainee")
    clock.time += SESSION + timedelta(seconds=1)
    assert accounts.who(token) is None
    again = accounts.sign_in("mira", PASSWORD)
    accounts.sign_out(again)
    assert accounts.who(again) is None
    assert accounts.who("made up") is None


def test_a_role_may_what_lower_ones_may() -> None:
    assert User("a", "admin").may("trainee") and User("a", "agent").may("agent")
    assert not User("a", "trainee").may("agent") and not User("a", "agent").may("admin")


@pytest.mark.parametrize("name", ["mira", "nobody"])
def test_five_wrong_passwords_lock_a_name_out_known_or_not(accounts: Accounts, clock: Clock, name: str) -> None:
    for _ in range(MOST_WRONG):
        with pytest.raises(SignInRefused, match="do not fit"):
            accounts.sign_in(name, "wrong password")
    with pytest.raises(LockedOut, match="Wait 15 minutes"):
        accounts.sign_in(name, PASSWORD)
    clock.time += timedelta(minutes=16)
    if name == "mira":
        assert accounts.sign_in(name, PASSWORD)


def test_an_address_that_tries_many_names_is_locked_out(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.accounts.MOST_WRONG_FROM_ADDRESS", 6)
    for n in range(6):
        with pytest.raises(SignInRefused):
            accounts.sign_in(f"name{n}", "wrong password", "203.0.113.7")
    with pytest.raises(LockedOut):
        accounts.sign_in("mira", PASSWORD, "203.0.113.7")
    assert accounts.sign_in("mira", PASSWORD, "203.0.113.8")


def test_a_new_password_ends_old_sessions(accounts: Accounts) -> None:
    token = accounts.sign_in("mira", PASSWORD)
    accounts.set_password("mira", "another long one")
    assert accounts.who(token) is None
    with pytest.raises(SignInRefused):
        accounts.sign_in("mira", PASSWORD)
    assert accounts.sign_in("mira", "another long one")


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("mira", PASSWORD, "already"),
        ("", PASSWORD, "no name"),
        ("a:b", PASSWORD, "no name"),
        ("li", "short", "10 to"),
    ],
)
def test_an_account_that_cannot_be_made_says_why(accounts: Accounts, name: str, password: str, why: str) -> None:
    with pytest.raises(AccountError, match=why):
        accounts.add(name, password, "agent")


def test_a_name_in_other_letters_is_the_same_account(accounts: Accounts) -> None:
    with pytest.raises(AccountError, match="There is an account 'mira' already"):
        accounts.add("Mira", PASSWORD, "trainee")
    user = accounts.who(accounts.sign_in("MIRA", PASSWORD))
    assert user is not None and user.name == "mira"
    accounts.set_password("Mira", PASSWORD[::-1])
    assert accounts.sign_in("mira", PASSWORD[::-1])
    accounts.remove("MIRA")
    assert "mira" not in [u.name for u in accounts.list()]
    with pytest.raises(AccountError, match="choose another name"):
        accounts.add("Local", PASSWORD, "trainee")


def test_neither_password_nor_token_is_stored(accounts: Accounts, tmp_path: Path) -> None:
    token = accounts.sign_in("mira", PASSWORD)
    kept = b"".join(p.read_bytes() for p in tmp_path.glob("accounts.db*"))
    assert b"mira" in kept
    assert PASSWORD.encode() not in kept and token.encode() not in kept


def test_accounts_in_the_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["user", "add", "mira", "--role", "admin"]) == 0
    assert main(["user", "list"]) == 0
    assert "admin    mira" in capsys.readouterr().out
    assert main(["user", "remove", "mira"]) == 0
    assert main(["user", "remove", "mira"]) == 1
    assert "no account 'mira'" in capsys.readouterr().err
