"""Sites as rows: what their pages repeat, and what their servers asked for of us."""

from datetime import datetime

from sqlalchemy import Column, Text
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


class HostPauseRow(SQLModel, table=True):
    """A host and port that had too many requests."""

    __tablename__ = "host_pause"

    place: str = Field(sa_column=Column(Text, primary_key=True))
    until: datetime = moment(needed=True)
    refusals: int = count()  # in a row


class RobotsRow(SQLModel, table=True):
    """What the robots.txt of a scheme, host and port said to us."""

    __tablename__ = "robots"

    origin: str = Field(sa_column=Column(Text, primary_key=True))
    rules: str | None = Field(default=None, sa_column=Column(Text))  # the lines that speak to us
    until: datetime = moment(needed=True)
    missed_since: datetime | None = moment()  # since when it cannot be had
    reason: str = written()  # and why, while that keeps us from asking for pages
    error: str = written()
