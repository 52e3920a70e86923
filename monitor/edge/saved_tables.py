"""Searches that were saved, as rows."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from monitor.edge.columns import count, moment, written


class SavedSearchRow(SQLModel, table=True):
    """A query under a name; `seen` is the article up to which its answer was seen."""

    __tablename__ = "saved_search"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    query: str = written()
    order: str = written("newest")
    created_at: datetime = moment(needed=True)
    asked_at: datetime | None = moment()
    seen: int = count()


SAVED_SEARCH = SQLModel.metadata.tables[str(SavedSearchRow.__tablename__)]
