"""What alembic runs: the migrations, on the connection that `upgrade` hands over."""

from __future__ import annotations

from alembic import context

from penchant.storage.tables import schema

# The caller's transaction surrounds everything, so an interrupted migration leaves no trace;
# alembic would otherwise assume that SQLite cannot roll back a change of tables.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
