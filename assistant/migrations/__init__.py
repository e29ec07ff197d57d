"""The history of the database's tables: one file a revision in ``versions``, run when a store is opened.

    upgrade(engine)         # brings any database to the newest tables; harmless if it is there already

A change of tables is a change in ``assistant/tables.py`` and a new revision here that names the one
before it; a test holds the two against each other. A database made before there were revisions has the
first one's tables, and is taken over as it is.
"""

from contextlib import nullcontext
from pathlib import Path

from alembic import command
from alembic.config import Config
from filelock import FileLock
from sqlalchemy import Engine, text

FOLDER = Path(__file__).parent
ADVISORY_LOCK = 4_317_005
"""Any number: who migrates a PostgreSQL database holds the lock of it."""


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest revision; two processes that start at once take turns.

    Raises:
        SQLAlchemyError: the database refuses.
    """
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    with FileLock(f"{file}.lock") if file and file != ":memory:" else nullcontext(), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"select pg_advisory_xact_lock({ADVISORY_LOCK})"))
        config = Config()
        config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
