"""How alerts are told, as rows: messages that tell of several, silences, receivers that fail, addresses that wait."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from monitor.edge.columns import count, keyed, moment, owner, written


class DispatchRow(SQLModel, table=True):
    """A message owed to one receiver that tells of several alerts, or of another receiver."""

    __tablename__ = "dispatch"
    __table_args__ = (
        # While it collects, alerts of one key have one place to go to.
        Index(
            "dispatch_open",
            "receiver",
            "key",
            unique=True,
            sqlite_where=text("state = 'held'"),
            postgresql_where=text("state = 'held'"),
        ),
        Index("dispatch_owed", "receiver", "state", "due_at"),
        Index("dispatch_key", "receiver", "key", "sealed_at"),
        Index("dispatch_sent", "receiver", "sent_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    receiver: str = written()
    kind: str = written()
    key: str = written()
    title: str = written()
    route: str = written()
    state: str = written("held")  # held while it collects, then as an alert's
    created_at: datetime = moment(needed=True)
    sealed_at: datetime | None = moment()  # when nothing could join any more
    owed_at: datetime | None = moment()
    due_at: datetime | None = moment()
    sent_at: datetime | None = moment()
    failures: int = count()
    last_error: str = written()
    data: dict[str, Any] = keyed()
    token: str = written()
    leased_until: datetime | None = moment()


class DispatchAttemptRow(SQLModel, table=True):
    """One try to deliver such a message."""

    __tablename__ = "dispatch_attempt"
    __table_args__ = (Index("dispatch_attempt_ended", "ended_at"),)

    id: int | None = Field(default=None, primary_key=True)
    dispatch_id: int = owner("dispatch.id", indexed=True)
    started_at: datetime = moment(needed=True)
    ended_at: datetime = moment(needed=True)
    result: str = written()
    detail: str = written()


class SilenceRow(SQLModel, table=True):
    """A time-boxed "don't tell me"."""

    __tablename__ = "silence"
    __table_args__ = (Index("silence_ends", "ends_at"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = moment(needed=True)
    ends_at: datetime = moment(needed=True)
    topic: str = written()
    story_id: int = count()
    site: str = written()
    entity: str = written()
    receiver: str = written()
    why: str = written()
    fate: str = written("tell")


class ReceiverRow(SQLModel, table=True):
    """How a receiver does: nothing is kept of one that never failed."""

    __tablename__ = "receiver"

    name: str = Field(primary_key=True)
    failures: int = count()  # in a row
    failing_since: datetime | None = moment()
    rests_until: datetime | None = moment()  # before then nothing is sent
    last_error: str = written()
    warned_at: datetime | None = moment()  # when others were told that it fails


class RefusalRow(SQLModel, table=True):
    """Where a message to several addresses stands: those that wait for it, when others have it."""

    __tablename__ = "refusal"
    __table_args__ = (UniqueConstraint("receiver", "uid"),)

    id: int | None = Field(default=None, primary_key=True)
    receiver: str = written()
    uid: str = written()
    waiting: dict[str, Any] = keyed()  # address → what its server said
    taken: bool = False  # by another address
    changed_at: datetime = moment(needed=True)
