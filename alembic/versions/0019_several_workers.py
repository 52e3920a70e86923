"""Several workers share one archive: who each is, hosts that all of them spare, duties that one of them has."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

# Whoever waits for work of a kind hears of it when it is saved.
NOTES = (
    """
    CREATE FUNCTION wake_readers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('monitor', new.state);
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION wake_senders() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('monitor', 'deliver');
        RETURN NULL;
    END $$
    """,
    (
        "CREATE TRIGGER wake_for_new AFTER INSERT ON article FOR EACH ROW "
        "WHEN (new.state IN ('read', 'tell')) EXECUTE FUNCTION wake_readers()"
    ),
    (
        "CREATE TRIGGER wake_for_read AFTER UPDATE OF state ON article FOR EACH ROW "
        "WHEN (new.state IN ('read', 'tell') AND old.state <> new.state) EXECUTE FUNCTION wake_readers()"
    ),
    (
        "CREATE TRIGGER wake_for_alert AFTER INSERT ON alert FOR EACH ROW "
        "WHEN (new.state = 'owed') EXECUTE FUNCTION wake_senders()"
    ),
)


def upgrade() -> None:
    op.add_column("run", sa.Column("owner", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "host_turn",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("page_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("busy", sa.JSON(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    op.create_table(
        "duty",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for statement in NOTES:
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name in ("wake_readers", "wake_senders"):
            op.execute(f"DROP FUNCTION {name}() CASCADE")
    op.drop_table("duty")
    op.drop_table("host_turn")
    op.drop_column("run", "owner")
