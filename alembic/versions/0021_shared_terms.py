"""Articles are compared across languages, too: by what they say in each of them alike."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    for name in ("shared", "shared_weights"):
        op.add_column("story_sketch", sa.Column(name, sa.LargeBinary()))


def downgrade() -> None:
    for name in ("shared", "shared_weights"):
        op.drop_column("story_sketch", name)
