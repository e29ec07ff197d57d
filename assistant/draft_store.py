"""Drafts in SQL, each with an owner; a part of the store."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select

from assistant.tables import drafts

if TYPE_CHECKING:
    from assistant.reply.drafting import Draft


class DraftStore:
    """The drafts of the database that ``engine`` opens."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, draft: "Draft", owner: str) -> None:
        """Store a draft."""
        row = {"id": draft.id, "owner": owner, "created": datetime.now(UTC), "data": draft.model_dump_json()}
        with self._engine.begin() as db:
            db.execute(drafts.insert().values(row))

    def all(self, owner: str, most: int = 200) -> "list[Draft]":
        """This owner's drafts, newest first."""
        from assistant.reply.drafting import Draft

        mine = select(drafts.c.data).where(drafts.c.owner == owner).order_by(drafts.c.created.desc()).limit(most)
        with self._engine.connect() as db:
            return [Draft.model_validate_json(row) for row in db.execute(mine).scalars()]
