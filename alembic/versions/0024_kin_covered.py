"""Kin are found in the index alone: all that is asked of a key stands in it."""

from alembic import op

revision = "0024"
down_revision = "0023"

INDEX = "story_key_found"


def upgrade() -> None:
    op.drop_index(INDEX, "story_key")
    op.create_index(INDEX, "story_key", ["key", "seen_at", "article_id", "story_id"])


def downgrade() -> None:
    op.drop_index(INDEX, "story_key")
    op.create_index(INDEX, "story_key", ["key", "seen_at"])
