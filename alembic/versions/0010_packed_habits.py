"""A feed's habit is kept as numbers of eight bytes: as JSON it took longer to write and to read than all else of it."""

import struct
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from monitor.edge.sql import NO_BYTES

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    made = sa.Column("packed", sa.LargeBinary(), server_default=NO_BYTES, nullable=False)
    _exchange(sa.JSON(), made, _pack)


def downgrade() -> None:
    made = sa.Column("packed", sa.JSON(), server_default="[]", nullable=False)
    _exchange(sa.LargeBinary(), made, lambda held: list(struct.unpack(f"<{len(held) // 8}d", held)))


def _pack(habit: list[float]) -> bytes:
    return struct.pack(f"<{len(habit)}d", *habit)


def _exchange(kept: "sa.types.TypeEngine[Any]", column: "sa.Column[Any]", convert: Callable[[Any], object]) -> None:
    op.add_column("feed", column)
    connection = op.get_bind()
    feed = sa.table("feed", sa.column("id"), sa.column("habit", kept), sa.column("packed", column.type))
    held = [row for row in connection.execute(sa.select(feed.c.id, feed.c.habit)) if row.habit]
    if held:
        changing = sa.update(feed).where(feed.c.id == sa.bindparam("which"))
        connection.execute(changing, [{"which": row.id, "packed": convert(row.habit)} for row in held])
    op.drop_column("feed", "habit")
    op.alter_column("feed", "packed", new_column_name="habit")
