"""What a feed showed last, so that only what is new in it is read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("feed", sa.Column("records", sa.LargeBinary(), server_default=sa.text("x''"), nullable=False))


def downgrade() -> None:
    op.drop_column("feed", "records")
