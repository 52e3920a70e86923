"""A match that comes or goes is a change of its article, so that lists of what matches a topic can be kept."""

from alembic import op

revision = "0016"
down_revision = "0015"

TURN = "(SELECT coalesce(max(turn), 0) + 1 FROM shelf)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change, row in (("insert", "new"), ("delete", "old")):
            op.execute(
                f"CREATE TRIGGER shelf_match_{change} AFTER {change.upper()} ON match BEGIN "
                f"UPDATE shelf SET turn = {TURN} WHERE article_id = {row}.article_id; END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("insert", "delete"):
            op.execute(f"DROP TRIGGER shelf_match_{change}")
