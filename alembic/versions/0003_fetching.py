"""How feeds are asked and how they are doing, articles that change, and hubs that tell of news."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ASKED = ("options", "wishes")


def _when(name: str, *, needed: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not needed)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _amount(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), server_default="0", nullable=False)


def _owner(name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target], ondelete="CASCADE")


def upgrade() -> None:
    for name in _ASKED:
        op.add_column("feed", sa.Column(name, sa.JSON(), server_default="{}", nullable=False))
    op.add_column("feed", sa.Column("habit", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("feed", _text("note"))
    op.add_column("feed", _when("whole_at"))
    op.add_column("feed", _text("health"))
    op.add_column("feed", _text("health_why"))
    op.add_column("feed", _when("health_at"))

    op.add_column("article", _count("revision"))
    op.add_column("sighting", _text("digest"))

    op.create_table(
        "revision",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("title"),
        _text("text"),
        _text("text_source"),
        _when("modified_at"),
        _when("replaced_at", needed=True),
        _owner("article_id", "article.id"),
        sa.PrimaryKeyConstraint("article_id", "number"),
    )
    op.create_table(
        "match_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        _text("topic"),
        _text("change"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("score_before", sa.Float(), nullable=True),
        _when("changed_at", needed=True),
        _owner("article_id", "article.id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("article_id", "topic", "revision"),
    )

    op.create_table(
        "feed_day",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        _count("polls"),
        _count("failures"),
        _count("articles"),
        _count("dated"),
        _amount("delay_s"),
        _amount("longest_delay_s"),
        _owner("feed_id", "feed.id"),
        sa.PrimaryKeyConstraint("feed_id", "day"),
    )
    op.create_table(
        "health_event",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("uid"),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        _text("before"),
        _text("health"),
        _text("why"),
        _when("noticed_at", needed=True),
        _owner("feed_id", "feed.id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        _text("receiver"),
        sa.Column("state", sa.Text(), server_default="owed", nullable=False),
        _when("due_at"),
        _when("sent_at"),
        _count("failures"),
        _text("last_error"),
        _text("token"),
        _when("leased_until"),
        _owner("event_id", "health_event.id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "receiver"),
    )
    op.create_index("notice_owed", "notice", ["state", "due_at"])

    op.create_table(
        "subscription",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        _text("hub"),
        _text("topic"),
        _text("path"),
        _text("secret"),
        _text("state"),
        _when("asked_at"),
        _when("until"),
        _when("pushed_at"),
        _when("due_at"),
        _count("failures"),
        _text("last_error"),
        _owner("feed_id", "feed.id"),
        sa.PrimaryKeyConstraint("feed_id"),
        sa.UniqueConstraint("path"),
    )


def downgrade() -> None:
    for table in ("subscription", "notice", "health_event", "feed_day", "match_change", "revision"):
        op.drop_table(table)
    op.drop_column("sighting", "digest")
    op.drop_column("article", "revision")
    for name in ("health_at", "health_why", "health", "whole_at", "note", "habit", *_ASKED):
        op.drop_column("feed", name)
