"""Stories that merge, split and bear names; copies, and the agencies that articles name."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _when(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _number(name: str, *, needed: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=not needed)


def _listed(name: str, empty: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), server_default=empty, nullable=False)


def _owner(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["article.id"], ondelete="CASCADE")


def upgrade() -> None:
    op.add_column("story", _text("name"))
    op.add_column("story", _number("merged_into"))
    op.create_index("ix_story_merged_into", "story", ["merged_into"])
    op.add_column("article", _number("copy_of"))
    op.create_index("ix_article_copy_of", "article", ["copy_of"])
    op.add_column("article", _listed("agencies", "[]"))
    op.add_column("alert", _listed("known", "{}"))

    op.create_table(
        "story_event",
        _number("id", needed=True),
        _text("change"),
        _number("story_id", needed=True),
        _number("other_id"),
        _listed("articles", "[]"),
        _text("by"),
        _text("why"),
        _when("happened_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_story_event_story_id", "story_event", ["story_id"])
    op.create_index("ix_story_event_other_id", "story_event", ["other_id"])
    op.create_table(
        "story_bond",
        _number("id", needed=True),
        _number("one", needed=True),
        _number("other", needed=True),
        sa.Column("together", sa.Boolean(), nullable=False),
        _text("by"),
        _when("bound_at"),
        _owner("one"),
        _owner("other"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("one", "other"),
    )
    op.create_index("ix_story_bond_other", "story_bond", ["other"])


def downgrade() -> None:
    op.drop_table("story_bond")
    op.drop_table("story_event")
    op.drop_column("alert", "known")
    op.drop_column("article", "agencies")
    op.drop_index("ix_article_copy_of", "article")
    op.drop_column("article", "copy_of")
    op.drop_index("ix_story_merged_into", "story")
    op.drop_column("story", "merged_into")
    op.drop_column("story", "name")
