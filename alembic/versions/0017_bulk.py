"""What was read in bulk, and what of it failed; what a new reading changed; indexes by which what is old is found."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

# By which what is old is found.
AGES = (
    ("page", "page_fetched", "fetched_at"),
    ("match", "match_matched", "matched_at"),
    ("attempt", "attempt_ended", "ended_at"),
    ("dispatch_attempt", "dispatch_attempt_ended", "ended_at"),
)


def upgrade() -> None:
    for table, name, column in AGES:
        op.create_index(name, table, [column])
    held = sa.text("text_source <> ''")
    op.create_index("article_kept", "article", ["seen_at"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "backfill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("wanted", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("counts", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "backfill_failure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("backfill_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["backfill_id"], ["backfill.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_backfill_failure_backfill_id", "backfill_failure", ["backfill_id"])
    op.create_table(
        "reprocess",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("what", sa.Text(), server_default="", nullable=False),
        sa.Column("latest_id", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counts", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "reprocess_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reprocess_id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.Column("change", sa.Text(), server_default="", nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("score_before", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["reprocess_id"], ["reprocess.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reprocess_change_reprocess_id", "reprocess_change", ["reprocess_id"])
    op.create_index("ix_reprocess_change_article_id", "reprocess_change", ["article_id"])


def downgrade() -> None:
    op.drop_index("article_kept", "article")
    for table, name, _ in AGES:
        op.drop_index(name, table)
    for table in ("reprocess_change", "reprocess", "backfill_failure", "backfill"):
        op.drop_table(table)
