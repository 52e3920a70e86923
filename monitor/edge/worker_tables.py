"""What several workers share, as rows: when each host may be asked, and which of them has a duty."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from monitor.edge.columns import listed, moment, written


class HostTurnRow(SQLModel, table=True):
    """When a host may be asked next, and until when each request to it that is under way may take."""

    __tablename__ = "host_turn"

    place: str = Field(primary_key=True)
    free_at: datetime = moment(needed=True)
    page_at: datetime = moment(needed=True)  # and a page, where pages want longer pauses
    busy: list[float] = listed()  # seconds since 1970


class DutyRow(SQLModel, table=True):
    """Work that one worker does for all, as long as it says so in time."""

    __tablename__ = "duty"

    name: str = Field(primary_key=True)
    owner: str = written()
    until: datetime = moment(needed=True)
