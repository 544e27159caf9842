"""Run by Alembic for every migration, on the connection that `registry.db` hands over and in its transaction."""

from __future__ import annotations

from alembic import context

from registry import models

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.METADATA,
    # Both databases can undo the creation of a table; Alembic believes that SQLite cannot.
    transactional_ddl=True,
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
