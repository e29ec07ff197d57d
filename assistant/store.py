"""The store: practices and drafts in SQL, each row with an owner.

SQLite by default (write-ahead log, full sync: nothing acknowledged is lost on power loss; what is deleted
is overwritten), PostgreSQL or any other SQLAlchemy database by URL. Its tables are brought up to date
when it is opened. Reads and writes check the owner here, nowhere else.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import DatabaseError as AnyDatabaseError
from sqlalchemy.pool import StaticPool

from assistant.errors import EvenKeelError, NotFound, PracticeMoved, StoreFailed
from assistant.migrations import upgrade
from assistant.tables import drafts, exchanges, feedback, practices

if TYPE_CHECKING:
    from assistant.roleplay.practice import Exchange, Practice

log = logging.getLogger("even-keel")
LOCAL_OWNER = "local"
"""Who owns what is made without accounts, on this machine."""
GONE = "There is no such practice. It may have been deleted; start a new one."
LOCKED_SECONDS = 5
"""How long SQLite waits for somebody else's write."""
WHY = {
    "full": "the disk is full. Make room on it",
    "locked": "another program holds it. Close that program",
    "malformed": "its file is damaged. Move it away and put a copy back",
    "not a database": "its file is damaged. Move it away and put a copy back",
    "readonly": "it may not be written. Check the rights of its folder",
    "disk i/o": "the disk fails or is full. Check it",
    "unable to open": "its file cannot be opened. Check EVEN_KEEL_DATA_DIR",
}
"""What a database says, and what that means."""


class Kept(NamedTuple):
    """How much is kept of an owner: practices (with how the trainee felt), turns in them, and drafts."""

    practices: int
    turns: int
    drafts: int


class Store:
    """The database at ``url``.

    Raises:
        EvenKeelError: it cannot be opened.
    """

    def __init__(self, url: str) -> None:
        try:
            self._engine = _open(url)
            upgrade(self._engine)
        except (SQLAlchemyError, StoreFailed, CommandError, ImportError, OSError) as error:
            raise EvenKeelError(
                f"The database {_shown(url)} cannot be opened: {error}. Check DATABASE_URL (an SQLAlchemy address, "
                "such as postgresql+psycopg://user:password@host/name) and EVEN_KEEL_DATA_DIR."
            ) from error

    @property
    def engine(self) -> Engine:
        """The database, for what keeps tables of its own in it."""
        return self._engine

    def save_practice(self, practice: "Practice", owner: str) -> None:
        """Store a new practice with the exchanges it has."""
        with self._engine.begin() as db:
            db.execute(
                practices.insert().values(
                    id=practice.id,
                    owner=owner,
                    scenario=practice.scenario,
                    parent=practice.parent,
                    created=datetime.now(UTC),
                    head=practice.model_dump_json(exclude={"exchanges"}),
                )
            )
            rows = [
                {"practice": practice.id, "turn": e.turn, "data": e.model_dump_json()} for e in practice.exchanges
            ]
            if rows:
                db.execute(exchanges.insert(), rows)

    def update_practice(self, practice: "Practice", owner: str) -> None:
        """Replace what is kept of a practice beside its exchanges.

        Raises:
            NotFound: there is none of that id for this owner.
        """
        with self._engine.begin() as db:
            mine = (practices.c.id == practice.id) & (practices.c.owner == owner)
            head = practice.model_dump_json(exclude={"exchanges"})
            if db.execute(practices.update().where(mine).values(head=head)).rowcount == 0:
                raise NotFound(GONE)

    def newest_branch(self, practice_id: str, owner: str) -> str:
        """The id of the practice that branched off one last; empty if none did."""
        branches = (
            select(practices.c.id)
            .where((practices.c.parent == practice_id) & (practices.c.owner == owner))
            .order_by(practices.c.created.desc(), practices.c.id)
        )
        with self._engine.connect() as db:
            return db.execute(branches.limit(1)).scalar() or ""

    def practices(self, owner: str, most: int = 200) -> "list[tuple[datetime, Practice]]":
        """When they began, and this owner's practices, newest first; one query."""
        newest = (
            select(practices.c.id, practices.c.created, practices.c.head)
            .where(practices.c.owner == owner)
            .order_by(practices.c.created.desc(), practices.c.id)
            .limit(most)
            .subquery()
        )
        rows = (
            select(newest, exchanges.c.data)
            .outerjoin(exchanges, exchanges.c.practice == newest.c.id)
            .order_by(newest.c.created.desc(), newest.c.id, exchanges.c.turn)
        )
        with self._engine.connect() as db:
            found = db.execute(rows).all()
        grouped = ((key, [row.data for row in group]) for key, group in groupby(found, lambda row: row[:3]))
        return [(aware(created), _practice(head, filter(None, data))) for (_, created, head), data in grouped]

    def kept(self, owner: str) -> Kept:
        """How much is kept of this owner."""
        mine = select(practices.c.id).where(practices.c.owner == owner)
        counts = (
            select(func.count()).select_from(practices).where(practices.c.owner == owner),
            select(func.count()).select_from(exchanges).where(exchanges.c.practice.in_(mine)),
            select(func.count()).select_from(drafts).where(drafts.c.owner == owner),
        )
        with self._engine.connect() as db:
            return Kept(*(db.execute(count).scalar_one() for count in counts))

    def delete_everything(self, owner: str) -> Kept:
        """Delete all that is kept of this owner for good; gives how much it was."""
        was = self.kept(owner)
        with self._engine.begin() as db:
            mine = select(practices.c.id).where(practices.c.owner == owner)
            db.execute(exchanges.delete().where(exchanges.c.practice.in_(mine)))
            db.execute(practices.delete().where(practices.c.owner == owner))
            db.execute(feedback.delete().where(feedback.c.owner == owner))
            db.execute(drafts.delete().where(drafts.c.owner == owner))
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as db:  # deleted rows are overwritten; their copies in the log go too
                db.exec_driver_sql("pragma wal_checkpoint(truncate)")
        return was

    def add_exchange(self, practice_id: str, exchange: "Exchange") -> None:
        """Store a new exchange.

        Raises:
            PracticeMoved: that turn was taken already, by another process.
        """
        row = {"practice": practice_id, "turn": exchange.turn, "data": exchange.model_dump_json()}
        try:
            with self._engine.begin() as db:
                db.execute(exchanges.insert().values(row))
        except IntegrityError as error:
            raise PracticeMoved(
                "This practice went on in another window at the same moment. Open it again, then say your line."
            ) from error

    def answer_exchange(self, practice_id: str, asked: "Exchange", answered: "Exchange") -> "Exchange":
        """Put the customer's line into an exchange; gives what is stored: another's line if that came first."""
        with self._engine.begin() as db:
            key = (exchanges.c.practice == practice_id) & (exchanges.c.turn == asked.turn)
            still = exchanges.c.data == asked.model_dump_json()
            if db.execute(exchanges.update().where(key & still).values(data=answered.model_dump_json())).rowcount:
                return answered
            stored = db.execute(select(exchanges.c.data).where(key)).scalar()
        if stored is None:
            raise NotFound(GONE)
        return type(asked).model_validate_json(stored)

    def practice(self, practice_id: str, owner: str) -> "Practice":
        """A practice with its exchanges.

        Raises:
            NotFound: there is none of that id for this owner.
        """
        with self._engine.connect() as db:
            head = db.execute(
                select(practices.c.head).where((practices.c.id == practice_id) & (practices.c.owner == owner))
            ).scalar()
            if head is None:
                raise NotFound(GONE)
            rows = db.execute(
                select(exchanges.c.data).where(exchanges.c.practice == practice_id).order_by(exchanges.c.turn)
            ).scalars()
            return _practice(head, rows)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _practice(head: str, rows: "Iterable[str]") -> "Practice":
    from assistant.roleplay.practice import Exchange, Practice

    spoken = tuple(Exchange.model_validate_json(row) for row in rows)
    return Practice.model_validate_json(head).model_copy(update={"exchanges": spoken})


def aware(moment: datetime) -> datetime:
    """A moment with its zone: SQLite gives back UTC without saying so."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_words(context: ExceptionContext) -> None:
    """Raise what a database cannot do now as this project's error; what the code did wrong stays as it is."""
    error = context.sqlalchemy_exception
    failed = isinstance(error, OperationalError | InternalError) or type(error) is AnyDatabaseError
    if not failed or error is None:
        return
    said = str(context.original_exception).lower()
    why = next((means for words, means in WHY.items() if words in said), "it does not answer. See that it runs")
    log.warning("the database cannot be used now, %s", why)
    raise StoreFailed(f"Nothing was saved or read: the database cannot be used now, {why}, and try again.") from error


def _shown(url: str) -> str:
    """An address without its password."""
    try:
        return make_url(url).render_as_string()
    except ArgumentError:
        return "that DATABASE_URL names"


def _open(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if not parsed.drivername.startswith("sqlite"):
        engine = create_engine(parsed, pool_pre_ping=True)
        event.listen(engine, "handle_error", _in_words)
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": LOCKED_SECONDS})
    else:  # in memory: one database for all threads
        engine = create_engine(parsed, connect_args={"check_same_thread": False}, poolclass=StaticPool)
    event.listen(engine, "handle_error", _in_words)

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _: object) -> None:
        for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "secure_delete=on"):
            connection.execute(f"pragma {pragma}")

    return engine
