"""What alembic runs: the migrations, on the connection that `upgrade` hands over."""

from __future__ import annotations

from alembic import context

from penchant.storage.tables import schema

# The caller's transaction surrounds everything, so an interrupted migration leaves no trace.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema,
)
with context.begin_transaction():
    context.run_migrations()
