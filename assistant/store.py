"""The store: practices and drafts in SQL, each row with an owner.

SQLite by default (write-ahead log, full sync: nothing acknowledged is lost on power loss), any
SQLAlchemy database by URL. Reads and writes check the owner here, nowhere else.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from assistant.errors import EvenKeelError, NotFound

if TYPE_CHECKING:
    from assistant.reply.draft import Draft
    from assistant.roleplay.practice import Exchange, Practice

LOCAL_OWNER = "local"
"""Who owns what is made without accounts, on this machine."""

_metadata = MetaData()
_practices = Table(
    "practices",
    _metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False, index=True),
    Column("scenario", String(80), nullable=False),
    Column("parent", String(32), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("head", Text, nullable=False),
)
_exchanges = Table(
    "exchanges",
    _metadata,
    Column("practice", String(32), ForeignKey("practices.id", ondelete="CASCADE"), primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("data", Text, nullable=False),
)
_drafts = Table(
    "drafts",
    _metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False, index=True),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("data", Text, nullable=False),
)


class Store:
    """The database at ``url``.

    Raises:
        EvenKeelError: it cannot be opened.
    """

    def __init__(self, url: str) -> None:
        try:
            self._engine = _open(url)
            _metadata.create_all(self._engine)
        except (SQLAlchemyError, OSError) as error:
            raise EvenKeelError(
                f"The database {make_url(url).render_as_string()} cannot be opened: {error}. "
                "Check DATABASE_URL and EVEN_KEEL_DATA_DIR."
            ) from error

    @property
    def engine(self) -> Engine:
        """The database's engine, for tables that are kept elsewhere (``assistant/reply/records.py``)."""
        return self._engine

    def save_practice(self, practice: "Practice", owner: str) -> None:
        """Store a new practice with the exchanges it has."""
        with self._engine.begin() as db:
            db.execute(
                _practices.insert().values(
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
                db.execute(_exchanges.insert(), rows)

    def update_practice(self, practice: "Practice", owner: str) -> None:
        """Replace what is kept of a practice beside its exchanges.

        Raises:
            NotFound: there is none of that id for this owner.
        """
        with self._engine.begin() as db:
            mine = (_practices.c.id == practice.id) & (_practices.c.owner == owner)
            head = practice.model_dump_json(exclude={"exchanges"})
            if db.execute(_practices.update().where(mine).values(head=head)).rowcount == 0:
                raise NotFound("There is no such practice. It may have been deleted; start a new one.")

    def practices(self, owner: str, most: int = 200) -> "list[tuple[datetime, Practice]]":
        """When they began, and this owner's practices, newest first."""
        with self._engine.connect() as db:
            rows = db.execute(
                select(_practices.c.id, _practices.c.created)
                .where(_practices.c.owner == owner)
                .order_by(_practices.c.created.desc())
                .limit(most)
            ).all()
        return [(created, self.practice(practice_id, owner)) for practice_id, created in rows]

    def delete_practices(self, owner: str) -> int:
        """Delete all practices of this owner for good; gives how many there were."""
        with self._engine.begin() as db:
            mine = select(_practices.c.id).where(_practices.c.owner == owner)
            db.execute(_exchanges.delete().where(_exchanges.c.practice.in_(mine)))
            return int(db.execute(_practices.delete().where(_practices.c.owner == owner)).rowcount)

    def save_exchange(self, practice_id: str, exchange: "Exchange") -> None:
        """Store an exchange, or replace it by its spoken form."""
        with self._engine.begin() as db:
            key = (_exchanges.c.practice == practice_id) & (_exchanges.c.turn == exchange.turn)
            data = exchange.model_dump_json()
            if db.execute(_exchanges.update().where(key).values(data=data)).rowcount == 0:
                db.execute(_exchanges.insert().values(practice=practice_id, turn=exchange.turn, data=data))

    def practice(self, practice_id: str, owner: str) -> "Practice":
        """A practice with its exchanges.

        Raises:
            NotFound: there is none of that id for this owner.
        """
        from assistant.roleplay.practice import Exchange, Practice

        with self._engine.connect() as db:
            head = db.execute(
                select(_practices.c.head).where((_practices.c.id == practice_id) & (_practices.c.owner == owner))
            ).scalar()
            if head is None:
                raise NotFound("There is no such practice. It may have been deleted; start a new one.")
            rows = db.execute(
                select(_exchanges.c.data).where(_exchanges.c.practice == practice_id).order_by(_exchanges.c.turn)
            ).scalars()
            exchanges = tuple(Exchange.model_validate_json(row) for row in rows)
        return Practice.model_validate_json(head).model_copy(update={"exchanges": exchanges})

    def save_draft(self, draft: "Draft", owner: str) -> None:
        """Store a draft."""
        with self._engine.begin() as db:
            db.execute(
                _drafts.insert().values(
                    id=draft.id, owner=owner, created=datetime.now(UTC), data=draft.model_dump_json()
                )
            )

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _open(url: str) -> Engine:
    parsed = make_url(url)
    if not parsed.drivername.startswith("sqlite"):
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _: object) -> None:
        for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on"):
            connection.execute(f"pragma {pragma}")

    return engine
