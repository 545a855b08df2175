"""Alembic's entry for the core lineage: always online, on the connection that `migrate()` holds."""

from __future__ import annotations

from alembic import context

from autom8.models import Base

config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=config.attributes["version_table"],
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
