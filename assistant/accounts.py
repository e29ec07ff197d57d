"""Accounts: who may sign in, as what, and the sessions of those who did.

    accounts = Accounts(store.engine)
    accounts.add("mira", "a long password", "trainee")
    token = accounts.sign_in("mira", "a long password")
    accounts.who(token)                  # User(name="mira", role="trainee")

Passwords are kept as Argon2 hashes, session tokens as SHA-256. Five wrong passwords lock a name out for
a while, whether or not the name exists, thirty an address. On loopback no account is needed.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from assistant.errors import AccountError, LockedOut, SignInRefused
from assistant.store import LOCAL_OWNER, aware
from assistant.tables import sessions, sign_in_failures, users

Role = Literal["trainee", "agent", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""A trainee practises; an agent also drafts; an admin also adds and removes documents."""
SHORTEST, LONGEST = 10, 200
MOST_WRONG, MOST_WRONG_FROM_ADDRESS = 5, 30
LOCKED_FOR = timedelta(minutes=15)
SESSION = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signed in."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether they may do what ``role`` may."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Accounts:
    """The accounts in a database; ``now`` is the clock."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_hex())

    @property
    def any(self) -> bool:
        """Whether there is an account: from the first one on, everybody signs in."""
        with self._engine.connect() as db:
            return db.execute(select(users.c.name).limit(1)).first() is not None

    def list(self) -> list[User]:
        """All accounts by name."""
        with self._engine.connect() as db:
            rows = db.execute(select(users.c.name, users.c.role).order_by(users.c.name)).all()
        return [User(name, role) for name, role in rows]

    def add(self, name: str, password: str, role: Role) -> User:
        """Make an account.

        Raises:
            AccountError: the name is taken or unfit, or the password too short or long.
        """
        if not name.isprintable() or not 1 <= len(name.strip()) == len(name) <= 64 or ":" in name:
            raise AccountError(f"{name!r} is no name: 1 to 64 letters, figures or signs, without a colon.")
        if name.casefold() == LOCAL_OWNER:
            raise AccountError(f"'{name}' owns what was made without accounts: choose another name.")
        if twin := self._called(name):
            raise AccountError(f"There is an account '{twin}' already.")
        try:
            with self._engine.begin() as db:
                db.execute(users.insert().values(name=name, role=role, password=self._hash(password)))
        except IntegrityError as error:
            raise AccountError(f"There is an account '{name}' already.") from error
        return User(name, role)

    def _called(self, name: str) -> str:
        """The account's name that reads the same but for its letters' case; empty if there is none."""
        with self._engine.connect() as db:
            there = db.execute(select(users.c.name)).scalars().all()
        alike = [other for other in there if other.casefold() == name.casefold()]
        return name if name in alike else next(iter(alike), "")

    def set_password(self, name: str, password: str) -> None:
        """Change a password; ends that user's sessions.

        Raises:
            AccountError: there is no such account, or the password is too short or long.
        """
        name = self._called(name) or name
        self._change(name, password=self._hash(password))
        self._end_sessions(name)

    def remove(self, name: str) -> None:
        """Delete an account and its sessions; what the user made stays until it is deleted as such.

        Raises:
            AccountError: there is no such account.
        """
        name = self._called(name) or name
        self._end_sessions(name)
        with self._engine.begin() as db:
            if db.execute(users.delete().where(users.c.name == name)).rowcount == 0:
                raise AccountError(f"There is no account '{name}'.")

    def sign_in(self, name: str, password: str, address: str = "") -> str:
        """A new session's token, good for twelve hours; ``address`` is where the request came from.

        Raises:
            LockedOut: too many wrong passwords of late, for this name or from this address.
            SignInRefused: name and password do not fit; does not say which.
        """
        name, now = name[:64], self._now()
        name = self._called(name) or name
        tries = {f"name:{name}": MOST_WRONG, f"from:{address[:64]}": MOST_WRONG_FROM_ADDRESS}
        self._refuse_locked(tries, now)
        with self._engine.connect() as db:
            known = db.execute(select(users.c.password).where(users.c.name == name)).scalar()
        if not self._fits(known, password):
            self._count_failure(tries, now)
            raise SignInRefused("Name and password do not fit.")
        token = secrets.token_urlsafe(32)
        with self._engine.begin() as db:
            db.execute(sign_in_failures.delete().where(sign_in_failures.c.key == f"name:{name}"))
            db.execute(sessions.delete().where(sessions.c.ends < now))
            db.execute(sessions.insert().values(token=_digest(token), user=name, ends=now + SESSION))
        return token

    def who(self, token: str) -> User | None:
        """Whose session a token is; None if it is nobody's or has ended."""
        asked = (
            select(users.c.name, users.c.role, sessions.c.ends)
            .join(sessions, sessions.c.user == users.c.name)
            .where(sessions.c.token == _digest(token))
        )
        with self._engine.connect() as db:
            row = db.execute(asked).first()
        now = self._now()
        if row is None or not now <= aware(row.ends) <= now + SESSION:  # later: the clock was wrong when it began
            return None
        return User(row.name, row.role)

    def sign_out(self, token: str) -> None:
        """End a session; harmless if it has ended."""
        with self._engine.begin() as db:
            db.execute(sessions.delete().where(sessions.c.token == _digest(token)))

    def _hash(self, password: str) -> str:
        if not SHORTEST <= len(password) <= LONGEST:
            raise AccountError(f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}.")
        return self._hasher.hash(password)

    def _fits(self, known: str | None, password: str) -> bool:
        try:  # an unknown name costs the same time as a known one
            return self._hasher.verify(known or self._nobody, password[:LONGEST]) and known is not None
        except (VerifyMismatchError, InvalidHashError):
            return False

    def _refuse_locked(self, tries: dict[str, int], now: datetime) -> None:
        with self._engine.connect() as db:
            rows = db.execute(select(sign_in_failures).where(sign_in_failures.c.key.in_(tries))).all()
        counted = [row for row in rows if row.wrong >= tries[row.key] and aware(row.last) <= now + LOCKED_FOR]
        waits = [LOCKED_FOR - max(now - aware(row.last), timedelta()) for row in counted]
        if any(wait > timedelta() for wait in waits):
            minutes = max(1, round(max(waits).total_seconds() / 60))
            raise LockedOut(f"Too many wrong passwords. Wait {minutes} minutes and try again.")

    def _count_failure(self, tries: dict[str, int], now: datetime) -> None:
        with self._engine.begin() as db:
            old, ahead = now - LOCKED_FOR, now + LOCKED_FOR  # ahead: the clock was wrong when it was counted
            last = sign_in_failures.c.last
            db.execute(sign_in_failures.delete().where((last < old) | (last > ahead)))
            for key in tries:
                counted = sign_in_failures.update().where(sign_in_failures.c.key == key)
                if db.execute(counted.values(wrong=sign_in_failures.c.wrong + 1, last=now)).rowcount == 0:
                    db.execute(sign_in_failures.insert().values(key=key, wrong=1, last=now))

    def _change(self, name: str, **values: str) -> None:
        with self._engine.begin() as db:
            if db.execute(users.update().where(users.c.name == name).values(**values)).rowcount == 0:
                raise AccountError(f"There is no account '{name}'.")

    def _end_sessions(self, name: str) -> None:
        with self._engine.begin() as db:
            db.execute(sessions.delete().where(sessions.c.user == name))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
