"""What an article's page says of it beside the text, or shows in its stead."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("article", sa.Column("about", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("article", "about")
