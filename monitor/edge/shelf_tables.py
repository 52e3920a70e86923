"""What the archive is narrowed by, as rows: figures of each article, kept by triggers, and the entities in it."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, false
from sqlmodel import Field, SQLModel

from monitor.edge.columns import count
from monitor.edge.sql import NO_BYTES


class ShelfNameRow(SQLModel, table=True):
    """A word that the shelf's figures stand for: a language, a site, a host, an entity, a version of the names."""

    __tablename__ = "shelf_name"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)


class ShelfRow(SQLModel, table=True):
    """What is asked of every article, in figures. `turn` grows with each change, over all articles."""

    __tablename__ = "shelf"
    __table_args__ = (Index("shelf_turn", "turn"), Index("shelf_named_by", "named_by", "article_id"))

    article_id: int = Field(sa_column=Column(Integer, primary_key=True))
    turn: int = count()
    seen: int = count()  # in seconds since 1970
    published: int | None = None
    language: int = count()  # as the other names: of `shelf_name`
    site: int = count()
    host: int = count()
    feed_id: int | None = None  # the first that showed it
    story_id: int | None = None
    copied: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=false()))
    gone: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=false()))
    named_by: int = count()  # the version of the names that were looked for; 0 while that is owed
    named: bytes = Field(sa_column=Column(LargeBinary, nullable=False, server_default=NO_BYTES))  # entities, places


class MentionRow(SQLModel, table=True):
    """An entity that an article names; `places` has a bit for the title, the lead, the rest."""

    __tablename__ = "mention"
    __table_args__ = ({"sqlite_with_rowid": False},)

    entity: int = Field(sa_column=Column(Integer, primary_key=True))
    article_id: int = Field(sa_column=Column(Integer, primary_key=True))
    places: int = count()
