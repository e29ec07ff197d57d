"""What Alembic runs: the revisions, on the connection that ``upgrade`` holds."""

from alembic import context

from assistant.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
