"""What a feed showed last, so that only what is new in it is read."""

import sqlalchemy as sa
from alembic import op

from monitor.edge.sql import NO_BYTES

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("feed", sa.Column("records", sa.LargeBinary(), server_default=NO_BYTES, nullable=False))


def downgrade() -> None:
    op.drop_column("feed", "records")
