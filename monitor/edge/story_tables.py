"""What happened to stories, and what people said of them, as rows."""

from datetime import datetime

from sqlalchemy import Column, Integer, LargeBinary, UniqueConstraint
from sqlalchemy import ForeignKey as Key
from sqlmodel import Field, SQLModel

from monitor.edge.columns import Utc, count, listed, moment, owner, written


class StoryEventRow(SQLModel, table=True):
    """A merge, a split or a name."""

    __tablename__ = "story_event"

    id: int | None = Field(default=None, primary_key=True)
    change: str = written()
    story_id: int = Field(index=True)
    other_id: int | None = Field(default=None, index=True)
    articles: list[int] = listed()
    by: str = written()  # empty: the program
    why: str = written()
    happened_at: datetime = moment(needed=True)


class StoryBondRow(SQLModel, table=True):
    """Two articles that a person says tell one event, or do not; the lower number stands first."""

    __tablename__ = "story_bond"
    __table_args__ = (UniqueConstraint("one", "other"),)

    id: int | None = Field(default=None, primary_key=True)
    one: int = owner("article.id")
    other: int = Field(sa_column=Column(Integer, Key("article.id", ondelete="CASCADE"), index=True, nullable=False))
    together: bool = False
    by: str = written()
    bound_at: datetime = moment(needed=True)


class StorySketchRow(SQLModel, table=True):
    """What an article is compared by while it can be joined; numbered in the order of telling."""

    __tablename__ = "story_sketch"
    __table_args__ = ({"sqlite_autoincrement": True},)  # whoever knows a number knows what came before it

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = Field(
        sa_column=Column(Integer, Key("article.id", ondelete="CASCADE"), unique=True, nullable=False)
    )
    told_at: datetime = Field(sa_column=Column(Utc, nullable=False, index=True))
    published: float = 0.0  # in days
    language: str = written()
    words: int = count()
    digests: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    weights: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    # The same of what is said in every language alike; nothing in sketches of before.
    shared: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    shared_weights: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
