"""Practices, their exchanges, and drafts.

A database made before there were revisions has some or all of these: what is there stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables that are not there."""
    op.create_table(
        "practices",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("scenario", sa.String(80), nullable=False),
        sa.Column("parent", sa.String(32), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_practices_owner", "practices", ["owner"], if_not_exists=True)
    op.create_table(
        "exchanges",
        sa.Column("practice", sa.String(32), sa.ForeignKey("practices.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("turn", sa.Integer, primary_key=True),
        sa.Column("data", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_drafts_owner", "drafts", ["owner"], if_not_exists=True)


def downgrade() -> None:
    """Drop them."""
    for table in ("drafts", "exchanges", "practices"):
        op.drop_table(table)
