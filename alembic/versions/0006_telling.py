"""What holds alerts back: messages that tell of several, silences, receivers that fail."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_TEXTS = ("route", "reason", "held")


def _when(name: str, *, needed: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not needed)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _keyed(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), server_default="{}", nullable=False)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def upgrade() -> None:
    for name in _TEXTS:
        op.add_column("alert", _text(name))
    op.add_column("alert", _text("severity", "normal"))
    op.add_column("alert", _keyed("facts"))
    op.add_column("alert", sa.Column("dispatch_id", sa.Integer(), nullable=True))
    op.create_index("alert_receiver", "alert", ["receiver", "state", "due_at"])
    op.create_index("alert_sent", "alert", ["receiver", "sent_at"])
    op.create_index("alert_dispatch", "alert", ["dispatch_id"])
    _create_dispatches()
    op.create_table(
        "silence",
        _id(),
        _when("created_at", needed=True),
        _when("ends_at", needed=True),
        _text("topic"),
        _count("story_id"),
        *map(_text, ("site", "entity", "receiver", "why")),
        _text("fate", "tell"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("silence_ends", "silence", ["ends_at"])
    op.create_table(
        "receiver",
        sa.Column("name", sa.String(), nullable=False),
        _count("failures"),
        _when("failing_since"),
        _when("rests_until"),
        _text("last_error"),
        _when("warned_at"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "refusal",
        _id(),
        _text("receiver"),
        _text("uid"),
        _keyed("waiting"),
        sa.Column("taken", sa.Boolean(), nullable=False),
        _when("changed_at", needed=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("receiver", "uid"),
    )


def _create_dispatches() -> None:
    op.create_table(
        "dispatch",
        _id(),
        sa.Column("uid", sa.String(), nullable=False),
        *map(_text, ("receiver", "kind", "key", "title", "route")),
        _text("state", "held"),
        _when("created_at", needed=True),
        *map(_when, ("sealed_at", "owed_at", "due_at", "sent_at")),
        _count("failures"),
        _text("last_error"),
        _keyed("data"),
        _text("token"),
        _when("leased_until"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )
    held = sa.text("state = 'held'")
    op.create_index(
        "dispatch_open", "dispatch", ["receiver", "key"], unique=True, sqlite_where=held, postgresql_where=held
    )
    op.create_index("dispatch_owed", "dispatch", ["receiver", "state", "due_at"])
    op.create_index("dispatch_key", "dispatch", ["receiver", "key", "sealed_at"])
    op.create_index("dispatch_sent", "dispatch", ["receiver", "sent_at"])
    op.create_table(
        "dispatch_attempt",
        _id(),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        _when("started_at", needed=True),
        _when("ended_at", needed=True),
        _text("result"),
        _text("detail"),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_dispatch_attempt_dispatch_id", "dispatch_attempt", ["dispatch_id"])


def downgrade() -> None:
    for table in ("refusal", "receiver", "silence", "dispatch_attempt", "dispatch"):
        op.drop_table(table)
    # What an older program does not know is owed to it anew, or has failed, with the reason.
    op.execute("UPDATE alert SET state = 'owed', due_at = created_at WHERE state = 'held'")
    op.execute("UPDATE alert SET state = 'failed', last_error = held WHERE state = 'dropped'")
    for index in ("alert_dispatch", "alert_sent", "alert_receiver"):
        op.drop_index(index, "alert")
    for name in ("dispatch_id", "facts", "severity", *_TEXTS):
        op.drop_column("alert", name)
