"""The nouns as rows: columns, keys, indexes. Migrations in alembic/ make the same; a test compares them."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import ForeignKey as Key
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

# The newest migration in alembic/versions; a database beyond it belongs to a newer program.
HEAD = "0003"


class Utc(TypeDecorator[datetime]):
    """Aware UTC datetimes; SQLite keeps them naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _time(*, needed: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Utc, nullable=not needed))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Text, nullable=False, server_default=default))


def _list() -> Any:
    return Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]"))


def _table_of_values() -> Any:
    return Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))


def _count() -> Any:
    return Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


def _amount() -> Any:
    return Field(default=0.0, sa_column=Column(Float, nullable=False, server_default="0"))


def _owner(target: str, *, primary: bool = False) -> Any:
    key = Key(target, ondelete="CASCADE")
    return Field(default=None, sa_column=Column(Integer, key, primary_key=primary, nullable=False))


class FeedRow(SQLModel, table=True):
    """A feed, and what its last poll left behind."""

    __tablename__ = "feed"
    __table_args__ = (Index("feed_owed", "state", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    url: str = _text()
    origin: str = _text("config")  # config, or added by hand
    moved_to: str = _text()
    title: str = _text()
    language: str = _text()
    country: str = _text()
    kind: str = _text()
    tags: list[str] = _list()
    interval_s: float = 900.0
    state: str = _text("active")
    etag: str = _text()
    last_modified: str = _text()
    body_hash: str = _text()
    due_at: datetime = _time(needed=True)
    failures: int = 0
    last_error: str = _text()
    note: str = _text()
    polled_at: datetime | None = _time()
    succeeded_at: datetime | None = _time()
    whole_at: datetime | None = _time()
    options: dict[str, Any] = _table_of_values()
    wishes: dict[str, Any] = _table_of_values()
    habit: list[float] = _list()
    health: str = _text()  # empty while all is well
    health_why: str = _text()
    health_at: datetime | None = _time()
    token: str = _text()
    leased_until: datetime | None = _time()


class ArticleRow(SQLModel, table=True):
    """An article; `state` says what it is owed."""

    __tablename__ = "article"
    __table_args__ = (
        Index("article_owed", "state", "due_at"),
        Index("article_seen", "seen_at"),
        {"sqlite_autoincrement": True},  # a story bears an article's id, so none may come twice
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    url: str = _text()
    title: str = _text()
    summary: str = _text()
    content: str = _text()
    text: str = _text()
    text_source: str = _text()
    note: str = _text()
    authors: list[str] = _list()
    language: str = _text()
    site: str = _text()
    image_url: str = _text()
    published_at: datetime | None = _time()
    modified_at: datetime | None = _time()
    seen_at: datetime = _time(needed=True)
    backlog: bool = False  # old news of a feed's first poll: kept and matched, never told
    state: str = _text("read")
    revision: int = _count()  # how many times its text or title changed
    story_id: int | None = Field(default=None, index=True)
    due_at: datetime | None = _time()
    failures: int = 0
    last_error: str = _text()
    token: str = _text()
    leased_until: datetime | None = _time()


class SightingRow(SQLModel, table=True):
    """An article seen in a feed."""

    __tablename__ = "sighting"
    __table_args__ = (UniqueConstraint("feed_id", "entry_key"), UniqueConstraint("feed_id", "article_id"))

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = _owner("feed.id")
    article_id: int = Field(sa_column=Column(Integer, Key("article.id", ondelete="CASCADE"), index=True))
    entry_key: str = _text()
    digest: str = _text()  # of what the entry says, to tell when it says something else
    published_at: datetime | None = _time()
    seen_at: datetime = _time(needed=True)


class SkippedRow(SQLModel, table=True):
    """Entries that held nothing to keep, counted by feed and reason."""

    __tablename__ = "skipped"
    __table_args__ = (UniqueConstraint("feed_id", "reason"),)

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = _owner("feed.id")
    reason: str = _text()
    times: int = 1
    first_at: datetime = _time(needed=True)
    latest_at: datetime = _time(needed=True)


class FeedDayRow(SQLModel, table=True):
    """What a feed brought on one day (UTC): its usual volume and delay are worked out from many such."""

    __tablename__ = "feed_day"

    feed_id: int = _owner("feed.id", primary=True)
    day: date = Field(sa_column=Column(Date, primary_key=True))
    polls: int = _count()
    failures: int = _count()
    articles: int = _count()  # new ones
    dated: int = _count()  # those of them whose delay from publication to sighting is known
    delay_s: float = _amount()  # of all those together
    longest_delay_s: float = _amount()


class HealthEventRow(SQLModel, table=True):
    """A feed that fell ill or recovered."""

    __tablename__ = "health_event"

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(sa_column=Column(Text, unique=True, nullable=False, server_default=""))
    feed_id: int = _owner("feed.id")
    before: str = _text()
    health: str = _text()
    why: str = _text()
    noticed_at: datetime = _time(needed=True)


class NoticeRow(SQLModel, table=True):
    """The message of a health event that is owed to one receiver."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("event_id", "receiver"), Index("notice_owed", "state", "due_at"))

    id: int | None = Field(default=None, primary_key=True)
    event_id: int = _owner("health_event.id")
    receiver: str = _text()
    state: str = _text("owed")
    due_at: datetime | None = _time()
    sent_at: datetime | None = _time()
    failures: int = _count()
    last_error: str = _text()
    token: str = _text()
    leased_until: datetime | None = _time()


class SubscriptionRow(SQLModel, table=True):
    """A feed that a hub tells us of (WebSub)."""

    __tablename__ = "subscription"

    feed_id: int = _owner("feed.id", primary=True)
    hub: str = _text()
    topic: str = _text()  # the address by which the hub knows the feed
    path: str = Field(sa_column=Column(Text, unique=True, nullable=False, server_default=""))  # of the callback
    secret: str = _text()  # that the hub signs with; it guards nothing but this feed
    state: str = _text()  # asked, active, refused, ended
    asked_at: datetime | None = _time()
    until: datetime | None = _time()
    pushed_at: datetime | None = _time()
    due_at: datetime | None = _time()
    failures: int = _count()
    last_error: str = _text()


class PageRow(SQLModel, table=True):
    """The page as it came, compressed with zstd."""

    __tablename__ = "page"

    article_id: int = _owner("article.id", primary=True)
    url: str = _text()
    status: int = 200
    content_type: str = _text()
    fetched_at: datetime = _time(needed=True)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class RevisionRow(SQLModel, table=True):
    """What an article said before it was changed."""

    __tablename__ = "revision"

    article_id: int = _owner("article.id", primary=True)
    number: int = Field(primary_key=True)  # from 0, the article as it was first read
    title: str = _text()
    text: str = _text()
    text_source: str = _text()
    modified_at: datetime | None = _time()
    replaced_at: datetime = _time(needed=True)


class StoryRow(SQLModel, table=True):
    """A story bears the id of the article that opened it."""

    __tablename__ = "story"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    headline: str = _text()
    opened_at: datetime = _time(needed=True)
    latest_at: datetime = _time(needed=True)
    articles: int = 1


class StoryKeyRow(SQLModel, table=True):
    """By which digests an article is known to a story."""

    __tablename__ = "story_key"
    __table_args__ = (Index("story_key_found", "key", "seen_at"),)

    article_id: int = _owner("article.id", primary=True)
    key: str = Field(primary_key=True)
    story_id: int = 0
    seen_at: datetime = _time(needed=True)


class MatchRow(SQLModel, table=True):
    """An article that a topic asked for, with its evidence."""

    __tablename__ = "match"
    __table_args__ = (UniqueConstraint("article_id", "topic"), Index("match_topic", "topic", "article_id"))

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = _owner("article.id")
    topic: str = _text()
    version: str = _text()
    severity: str = _text()
    score: float = 1.0
    evidence: list[dict[str, Any]] = _list()
    matched_at: datetime = _time(needed=True)


class MatchChangeRow(SQLModel, table=True):
    """A topic that asked for an article, or ceased to, because the article was changed."""

    __tablename__ = "match_change"
    __table_args__ = (UniqueConstraint("article_id", "topic", "revision"),)

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = _owner("article.id")
    topic: str = _text()
    change: str = _text()  # gained, lost, moved
    revision: int = 0
    score: float | None = None
    score_before: float | None = None
    changed_at: datetime = _time(needed=True)


class AlertRow(SQLModel, table=True):
    """A message owed to one receiver."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("receiver", "topic", "story_id", "sequence"),
        Index("alert_owed", "state", "due_at"),
        Index("alert_story", "story_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    receiver: str = _text()
    topic: str = _text()
    story_id: int = 0
    sequence: int = 0
    article_id: int = _owner("article.id")
    state: str = _text("owed")
    created_at: datetime = _time(needed=True)
    owed_at: datetime = _time(needed=True)  # when it was created, or last asked for again
    sent_at: datetime | None = _time()
    due_at: datetime | None = _time()
    failures: int = 0
    last_error: str = _text()
    token: str = _text()
    leased_until: datetime | None = _time()


class AttemptRow(SQLModel, table=True):
    """One try to deliver an alert."""

    __tablename__ = "attempt"

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(sa_column=Column(Integer, Key("alert.id", ondelete="CASCADE"), index=True, nullable=False))
    started_at: datetime = _time(needed=True)
    ended_at: datetime = _time(needed=True)
    result: str = _text()
    detail: str = _text()


class RunRow(SQLModel, table=True):
    """A daemon that works, or worked, on this database."""

    __tablename__ = "run"

    id: int | None = Field(default=None, primary_key=True)
    pid: int = 0
    host: str = _text()
    version: str = _text()
    started_at: datetime = _time(needed=True)
    beat_at: datetime = _time(needed=True)
    stopped_at: datetime | None = _time()
    reloaded_at: datetime | None = _time()  # when it last read its configuration again, and what was wrong with it
    reload_error: str = _text()


class LabelRow(SQLModel, table=True):
    """What a person says: whether a topic should flag an article."""

    __tablename__ = "label"
    __table_args__ = (UniqueConstraint("article_id", "topic"), Index("label_topic", "topic", "article_id"))

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = _owner("article.id")
    topic: str = _text()
    wanted: bool = False
    why: str = _text()
    labelled_at: datetime = _time(needed=True)


class BacktestRow(SQLModel, table=True):
    """A topic put to the archive: how far it came, and what it counted."""

    __tablename__ = "backtest"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # digest of what is tried, on what, against what
    topic: str = _text()
    tried: str = _text()  # the version of the rule that is put to the articles
    against: str = _text()  # what it is compared with, in words
    since: datetime | None = _time()
    started_at: datetime = _time(needed=True)
    saved_at: datetime = _time(needed=True)
    finished_at: datetime | None = _time()
    latest_id: int = 0  # the last article that was put to it
    read: int = 0
    flagged: int = 0
    added: int = 0
    removed: int = 0


class DifferenceRow(SQLModel, table=True):
    """An article on which a backtest and what it is compared with do not agree: a sample of all such."""

    __tablename__ = "backtest_difference"
    __table_args__ = (Index("backtest_difference_drawn", "backtest_id", "change", "draw"),)

    backtest_id: int = _owner("backtest.id", primary=True)
    article_id: int = _owner("article.id", primary=True)
    change: str = _text()  # added, removed
    draw: int = 0  # even over all articles, the same in every run: the lowest are kept
    score: float | None = None
    evidence: list[dict[str, Any]] = _list()


def _table(row: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(row.__tablename__)]


# The tables behind the classes: statements over many rows speak of these.
FEED = _table(FeedRow)
ARTICLE = _table(ArticleRow)
SIGHTING = _table(SightingRow)
SKIPPED = _table(SkippedRow)
PAGE = _table(PageRow)
STORY = _table(StoryRow)
STORY_KEY = _table(StoryKeyRow)
MATCH = _table(MatchRow)
MATCH_CHANGE = _table(MatchChangeRow)
REVISION = _table(RevisionRow)
FEED_DAY = _table(FeedDayRow)
HEALTH_EVENT = _table(HealthEventRow)
NOTICE = _table(NoticeRow)
SUBSCRIPTION = _table(SubscriptionRow)
ALERT = _table(AlertRow)
ATTEMPT = _table(AttemptRow)
RUN = _table(RunRow)
LABEL = _table(LabelRow)
BACKTEST = _table(BacktestRow)
DIFFERENCE = _table(DifferenceRow)
METADATA = SQLModel.metadata
