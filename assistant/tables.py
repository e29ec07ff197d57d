"""The tables of the store, as they are now; how they came to be is in ``assistant/migrations``."""

from sqlalchemy import Column, DateTime, ForeignKey, Integer, MetaData, String, Table, Text

metadata = MetaData()
practices = Table(
    "practices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False, index=True),
    Column("scenario", String(80), nullable=False),
    Column("parent", String(32), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("head", Text, nullable=False),
)
exchanges = Table(
    "exchanges",
    metadata,
    Column("practice", String(32), ForeignKey("practices.id", ondelete="CASCADE"), primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("data", Text, nullable=False),
)
drafts = Table(
    "drafts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False, index=True),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("data", Text, nullable=False),
)
feedback = Table(
    "feedback",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("draft", String(32), nullable=False, index=True),
    Column("owner", String(64), nullable=False, index=True),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("data", Text, nullable=False),
)
users = Table(
    "users",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password", String(200), nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("user", String(64), ForeignKey("users.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("ends", DateTime(timezone=True), nullable=False),
)
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("last", DateTime(timezone=True), nullable=False),
)
