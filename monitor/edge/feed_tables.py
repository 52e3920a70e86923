"""Feeds as rows: how each is asked, what it brought, how it does, and who tells of its news."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from monitor.edge.columns import amount, count, keyed, listed, moment, owner, packed, written


class FeedRow(SQLModel, table=True):
    """A feed, and what its last poll left behind."""

    __tablename__ = "feed"
    __table_args__ = (Index("feed_owed", "state", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    url: str = written()
    origin: str = written("config")  # config, or added by hand
    moved_to: str = written()
    title: str = written()
    language: str = written()
    country: str = written()
    kind: str = written()
    tags: list[str] = listed()
    interval_s: float = 900.0
    state: str = written("active")
    etag: str = written()
    last_modified: str = written()
    body_hash: str = written()
    due_at: datetime = moment(needed=True)
    failures: int = 0
    last_error: str = written()
    note: str = written()
    polled_at: datetime | None = moment()
    succeeded_at: datetime | None = moment()
    whole_at: datetime | None = moment()
    options: dict[str, Any] = keyed()
    wishes: dict[str, Any] = keyed()
    habit: bytes = packed()  # numbers of eight bytes
    records: bytes = packed()  # by which the items of its last body are known
    health: str = written()  # empty while all is well
    health_why: str = written()
    health_at: datetime | None = moment()
    token: str = written()
    leased_until: datetime | None = moment()


class SkippedRow(SQLModel, table=True):
    """Entries that held nothing to keep, counted by feed and reason."""

    __tablename__ = "skipped"
    __table_args__ = (UniqueConstraint("feed_id", "reason"),)

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = owner("feed.id")
    reason: str = written()
    times: int = 1
    first_at: datetime = moment(needed=True)
    latest_at: datetime = moment(needed=True)


class FeedDayRow(SQLModel, table=True):
    """What a feed brought on one day (UTC): its usual volume and delay are worked out from many such."""

    __tablename__ = "feed_day"

    feed_id: int = owner("feed.id", primary=True)
    day: date = Field(sa_column=Column(Date, primary_key=True))
    polls: int = count()
    failures: int = count()
    articles: int = count()  # new ones
    dated: int = count()  # those of them whose delay from publication to sighting is known
    delay_s: float = amount()  # of all those together
    longest_delay_s: float = amount()


class HealthEventRow(SQLModel, table=True):
    """A feed that fell ill or recovered."""

    __tablename__ = "health_event"

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(sa_column=Column(Text, unique=True, nullable=False, server_default=""))
    feed_id: int = owner("feed.id")
    before: str = written()
    health: str = written()
    why: str = written()
    noticed_at: datetime = moment(needed=True)


class NoticeRow(SQLModel, table=True):
    """The message of a health event that is owed to one receiver."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("event_id", "receiver"), Index("notice_owed", "state", "due_at"))

    id: int | None = Field(default=None, primary_key=True)
    event_id: int = owner("health_event.id")
    receiver: str = written()
    state: str = written("owed")
    due_at: datetime | None = moment()
    sent_at: datetime | None = moment()
    failures: int = count()
    last_error: str = written()
    token: str = written()
    leased_until: datetime | None = moment()


class SubscriptionRow(SQLModel, table=True):
    """A feed that a hub tells us of (WebSub)."""

    __tablename__ = "subscription"

    feed_id: int = owner("feed.id", primary=True)
    hub: str = written()
    topic: str = written()  # the address by which the hub knows the feed
    path: str = Field(sa_column=Column(Text, unique=True, nullable=False, server_default=""))  # of the callback
    secret: str = written()  # that the hub signs with; it guards nothing but this feed
    state: str = written()  # asked, active, refused, ended
    asked_at: datetime | None = moment()
    until: datetime | None = moment()
    pushed_at: datetime | None = moment()
    due_at: datetime | None = moment()
    failures: int = count()
    last_error: str = written()
