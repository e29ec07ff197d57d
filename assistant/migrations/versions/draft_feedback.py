"""What became of drafts: releases, what was sent, thumbs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("draft", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.create_index("ix_feedback_draft", "feedback", ["draft"])
    op.create_index("ix_feedback_owner", "feedback", ["owner"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("feedback")
