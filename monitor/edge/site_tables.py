"""Sites as rows: what their pages repeat."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from monitor.edge.columns import count, moment, written


class SiteRow(SQLModel, table=True):
    """What is remembered of the pages of a host."""

    __tablename__ = "site"

    host: str = Field(primary_key=True)
    pages: int = count()
    lines: str = written()  # JSON
    articles: str = written()  # marks of the last ones, parted by commas
    learned_at: datetime = moment(needed=True)
