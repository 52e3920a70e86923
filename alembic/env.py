"""Alembic's entry: the connection comes from monitor.edge.migrate, never from a file."""

from alembic import context

from monitor.edge.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
