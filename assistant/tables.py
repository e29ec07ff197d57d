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
