"""What is read in bulk, as rows: how far each archive came, what of it failed, what a new reading changed."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from monitor.edge.columns import count, keyed, moment, owner, written


class BackfillRow(SQLModel, table=True):
    """An archive that is read in: a file, or a folder of pages."""

    __tablename__ = "backfill"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # digest of which archive it is, and what is wanted of it
    path: str = written()
    wanted: str = written()  # everything, matches, told
    place: str = written()  # after the last record that was saved
    counts: dict[str, Any] = keyed()  # records by what became of them
    started_at: datetime = moment(needed=True)
    saved_at: datetime = moment(needed=True)
    finished_at: datetime | None = moment()


class BackfillFailureRow(SQLModel, table=True):
    """A record that could not become an article, and why."""

    __tablename__ = "backfill_failure"

    id: int | None = Field(default=None, primary_key=True)
    backfill_id: int = owner("backfill.id", indexed=True)
    place: str = written()
    url: str = written()
    reason: str = written()  # a short stable word
    detail: str = written()


class ReprocessRow(SQLModel, table=True):
    """The whole archive, put to the rules or read anew: how far it came."""

    __tablename__ = "reprocess"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # digest of what is done, by which rules, with which version of the program
    what: str = written()  # matches, pages
    latest_id: int = count()  # the last article that was done
    counts: dict[str, Any] = keyed()
    started_at: datetime = moment(needed=True)
    saved_at: datetime = moment(needed=True)
    finished_at: datetime | None = moment()


class ReprocessChangeRow(SQLModel, table=True):
    """A topic that asks for an article now and did not before, or the reverse."""

    __tablename__ = "reprocess_change"

    id: int | None = Field(default=None, primary_key=True)
    reprocess_id: int = owner("reprocess.id", indexed=True)
    article_id: int = owner("article.id", indexed=True)
    topic: str = written()
    change: str = written()  # gained, lost, moved
    score: float | None = None
    score_before: float | None = None


BACKFILL, BACKFILL_FAILURE, REPROCESS, REPROCESS_CHANGE = (
    SQLModel.metadata.tables[str(row.__tablename__)]
    for row in (BackfillRow, BackfillFailureRow, ReprocessRow, ReprocessChangeRow)
)
