"""A feed's habit is kept as numbers of eight bytes: as JSON it took longer to write and to read than all else of it."""

import json
import struct
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    made = sa.Column("packed", sa.LargeBinary(), server_default=sa.text("x''"), nullable=False)
    _exchange(made, "[]", lambda held: _pack(json.loads(held)))


def downgrade() -> None:
    made = sa.Column("packed", sa.JSON(), server_default="[]", nullable=False)
    _exchange(made, b"", lambda held: json.dumps(struct.unpack(f"<{len(held) // 8}d", held)))


def _pack(habit: list[float]) -> bytes:
    return struct.pack(f"<{len(habit)}d", *habit)


def _exchange(column: "sa.Column[Any]", nothing: object, convert: Callable[[Any], object]) -> None:
    op.add_column("feed", column)
    connection = op.get_bind()
    held = connection.execute(sa.text("SELECT id, habit FROM feed WHERE habit <> :nothing"), {"nothing": nothing}).all()
    if held:
        changes = [{"id": feed, "packed": convert(habit)} for feed, habit in held]
        connection.execute(sa.text("UPDATE feed SET packed = :packed WHERE id = :id"), changes)
    op.drop_column("feed", "habit")
    op.alter_column("feed", "packed", new_column_name="habit")
