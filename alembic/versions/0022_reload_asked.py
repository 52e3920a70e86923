"""Whoever saves a topic asks the daemons that work to take it over."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("run", sa.Column("reload_asked_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("run", "reload_asked_at")
