"""The nouns as rows: columns, keys, indexes. Migrations in alembic/ make the same; a test compares them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, UniqueConstraint, text
from sqlalchemy import ForeignKey as Key
from sqlmodel import Field, SQLModel

from monitor.edge.columns import count, keyed, listed, moment, owner, written
from monitor.edge.feed_tables import (
    FeedDayRow,
    FeedRow,
    HealthEventRow,
    NoticeRow,
    SkippedRow,
    SubscriptionRow,
)
from monitor.edge.shelf_tables import MentionRow, ShelfNameRow, ShelfRow
from monitor.edge.site_tables import HostPauseRow, RobotsRow, SiteRow
from monitor.edge.story_tables import StoryBondRow, StoryEventRow, StorySketchRow
from monitor.edge.telling_tables import DispatchAttemptRow, DispatchRow, ReceiverRow, RefusalRow, SilenceRow
from monitor.edge.worker_tables import DutyRow, HostTurnRow


class ArticleRow(SQLModel, table=True):
    """An article; `state` says what it is owed."""

    __tablename__ = "article"
    __table_args__ = (
        Index("article_owed", "state", "due_at"),
        Index("article_seen", "seen_at"),
        Index(
            "article_kept",
            "seen_at",
            sqlite_where=text("text_source <> ''"),
            postgresql_where=text("text_source <> ''"),
        ),
        Index(
            "article_fed",
            "id",
            sqlite_where=text("text_source = 'feed'"),
            postgresql_where=text("text_source = 'feed'"),
        ),
        {"sqlite_autoincrement": True},  # a story bears an article's id, so none may come twice
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    url: str = written()
    title: str = written()
    summary: str = written()
    content: str = written()
    text: str = written()
    text_source: str = written()
    note: str = written()
    authors: list[str] = listed()
    language: str = written()
    site: str = written()
    image_url: str = written()
    published_at: datetime | None = moment()
    modified_at: datetime | None = moment()
    seen_at: datetime = moment(needed=True)
    backlog: bool = False  # old news of a feed's first poll: kept and matched, never told
    state: str = written("read")
    revision: int = count()  # how many times its text or title changed
    story_id: int | None = Field(default=None, index=True)
    copy_of: int | None = Field(default=None, index=True)
    agencies: list[str] = listed()
    due_at: datetime | None = moment()
    failures: int = 0
    last_error: str = written()
    token: str = written()
    leased_until: datetime | None = moment()
    about: dict[str, Any] = keyed()  # what its page says beside the text


class SightingRow(SQLModel, table=True):
    """An article seen in a feed."""

    __tablename__ = "sighting"
    __table_args__ = (UniqueConstraint("feed_id", "entry_key"), UniqueConstraint("feed_id", "article_id"))

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = owner("feed.id")
    article_id: int = Field(sa_column=Column(Integer, Key("article.id", ondelete="CASCADE"), index=True))
    entry_key: str = written()
    digest: str = written()  # of what the entry says, to tell when it says something else
    published_at: datetime | None = moment()
    seen_at: datetime = moment(needed=True)


class PageRow(SQLModel, table=True):
    """The page as it came, compressed with zstd."""

    __tablename__ = "page"
    __table_args__ = (Index("page_fetched", "fetched_at"),)

    article_id: int = owner("article.id", primary=True)
    url: str = written()
    status: int = 200
    content_type: str = written()
    fetched_at: datetime = moment(needed=True)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class RevisionRow(SQLModel, table=True):
    """What an article said before it was changed."""

    __tablename__ = "revision"

    article_id: int = owner("article.id", primary=True)
    number: int = Field(primary_key=True)  # from 0, the article as it was first read
    title: str = written()
    text: str = written()
    text_source: str = written()
    modified_at: datetime | None = moment()
    replaced_at: datetime = moment(needed=True)


class StoryRow(SQLModel, table=True):
    """A story bears the id of the article that opened it."""

    __tablename__ = "story"
    __table_args__ = (Index("story_latest", "latest_at"),)

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    headline: str = written()
    opened_at: datetime = moment(needed=True)
    latest_at: datetime = moment(needed=True)
    articles: int = 1
    name: str = written()
    merged_into: int | None = Field(default=None, index=True)  # never a story that is merged itself


class StoryKeyRow(SQLModel, table=True):
    """By which digests an article is known to a story."""

    __tablename__ = "story_key"
    __table_args__ = (Index("story_key_found", "key", "seen_at", "article_id", "story_id"),)

    article_id: int = owner("article.id", primary=True)
    key: str = Field(primary_key=True)
    story_id: int = 0
    seen_at: datetime = moment(needed=True)


class MatchRow(SQLModel, table=True):
    """An article that a topic asked for, with its evidence."""

    __tablename__ = "match"
    __table_args__ = (
        UniqueConstraint("article_id", "topic"),
        Index("match_topic", "topic", "article_id"),
        Index("match_matched", "matched_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = owner("article.id")
    topic: str = written()
    version: str = written()
    severity: str = written()
    score: float = 1.0
    evidence: list[dict[str, Any]] = listed()
    matched_at: datetime = moment(needed=True)


class MatchChangeRow(SQLModel, table=True):
    """A topic that asked for an article, or ceased to, because the article was changed."""

    __tablename__ = "match_change"
    __table_args__ = (UniqueConstraint("article_id", "topic", "revision"),)

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = owner("article.id")
    topic: str = written()
    change: str = written()  # gained, lost, moved
    revision: int = 0
    score: float | None = None
    score_before: float | None = None
    changed_at: datetime = moment(needed=True)


class AlertRow(SQLModel, table=True):
    """A message owed to one receiver."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("receiver", "topic", "story_id", "sequence"),
        Index("alert_owed", "state", "due_at"),
        Index("alert_receiver", "receiver", "state", "due_at"),
        Index("alert_sent", "receiver", "sent_at"),
        Index("alert_story", "story_id"),
        Index("alert_dispatch", "dispatch_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    receiver: str = written()
    topic: str = written()
    story_id: int = 0
    sequence: int = 0
    article_id: int = owner("article.id")
    state: str = written("owed")
    created_at: datetime = moment(needed=True)
    owed_at: datetime = moment(needed=True)  # when it was created, or last asked for again
    begun_at: datetime | None = moment()  # when it was sent, if nobody learned what came of that
    sent_at: datetime | None = moment()
    due_at: datetime | None = moment()
    failures: int = 0
    last_error: str = written()
    known: dict[str, Any] = keyed()  # of the story, when it was created
    token: str = written()
    leased_until: datetime | None = moment()
    route: str = written()  # the name of the route that it came by
    severity: str = written("normal")
    reason: str = written()  # why the story is told again
    facts: dict[str, Any] = keyed()  # what the match showed of it
    held: str = written()  # what holds it back, or held it
    dispatch_id: int | None = None  # the message that it is told in, if that is not its own


class AttemptRow(SQLModel, table=True):
    """One try to deliver an alert."""

    __tablename__ = "attempt"
    __table_args__ = (Index("attempt_ended", "ended_at"),)

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(sa_column=Column(Integer, Key("alert.id", ondelete="CASCADE"), index=True, nullable=False))
    started_at: datetime = moment(needed=True)
    ended_at: datetime = moment(needed=True)
    result: str = written()
    detail: str = written()


class RunRow(SQLModel, table=True):
    """A daemon that works, or worked, on this database."""

    __tablename__ = "run"

    id: int | None = Field(default=None, primary_key=True)
    pid: int = 0
    host: str = written()
    version: str = written()
    started_at: datetime = moment(needed=True)
    beat_at: datetime = moment(needed=True)
    stopped_at: datetime | None = moment()
    reloaded_at: datetime | None = moment()  # when it last read its configuration again, and what was wrong with it
    reload_error: str = written()
    owner: str = written()  # by which its leases are known
    reload_asked_at: datetime | None = moment()  # by somebody who changed what it reads


class LabelRow(SQLModel, table=True):
    """What a person says: whether a topic should flag an article."""

    __tablename__ = "label"
    __table_args__ = (UniqueConstraint("article_id", "topic"), Index("label_topic", "topic", "article_id"))

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = owner("article.id")
    topic: str = written()
    wanted: bool = False
    why: str = written()
    labelled_at: datetime = moment(needed=True)


class BacktestRow(SQLModel, table=True):
    """A topic put to the archive: how far it came, and what it counted."""

    __tablename__ = "backtest"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # digest of what is tried, on what, against what
    topic: str = written()
    tried: str = written()  # the version of the rule that is put to the articles
    against: str = written()  # what it is compared with, in words
    since: datetime | None = moment()
    started_at: datetime = moment(needed=True)
    saved_at: datetime = moment(needed=True)
    finished_at: datetime | None = moment()
    latest_id: int = 0  # the last article that was put to it
    read: int = 0
    flagged: int = 0
    added: int = 0
    removed: int = 0


class DifferenceRow(SQLModel, table=True):
    """An article on which a backtest and what it is compared with do not agree: a sample of all such."""

    __tablename__ = "backtest_difference"
    __table_args__ = (Index("backtest_difference_drawn", "backtest_id", "change", "draw"),)

    backtest_id: int = owner("backtest.id", primary=True)
    article_id: int = owner("article.id", primary=True)
    change: str = written()  # added, removed
    draw: int = 0  # even over all articles, the same in every run: the lowest are kept
    score: float | None = None
    evidence: list[dict[str, Any]] = listed()


def _table(row: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(row.__tablename__)]


# The tables behind the classes: statements over many rows speak of these.
FEED = _table(FeedRow)
ARTICLE = _table(ArticleRow)
SIGHTING = _table(SightingRow)
SKIPPED = _table(SkippedRow)
PAGE = _table(PageRow)
SHELF = _table(ShelfRow)
SHELF_NAME = _table(ShelfNameRow)
MENTION = _table(MentionRow)
SITE = _table(SiteRow)
HOST_PAUSE = _table(HostPauseRow)
ROBOTS = _table(RobotsRow)
STORY = _table(StoryRow)
STORY_KEY = _table(StoryKeyRow)
STORY_EVENT = _table(StoryEventRow)
STORY_BOND = _table(StoryBondRow)
STORY_SKETCH = _table(StorySketchRow)
MATCH = _table(MatchRow)
MATCH_CHANGE = _table(MatchChangeRow)
REVISION = _table(RevisionRow)
FEED_DAY = _table(FeedDayRow)
HEALTH_EVENT = _table(HealthEventRow)
NOTICE = _table(NoticeRow)
SUBSCRIPTION = _table(SubscriptionRow)
ALERT = _table(AlertRow)
ATTEMPT = _table(AttemptRow)
DISPATCH = _table(DispatchRow)
DISPATCH_ATTEMPT = _table(DispatchAttemptRow)
RECEIVER = _table(ReceiverRow)
REFUSAL = _table(RefusalRow)
SILENCE = _table(SilenceRow)
RUN = _table(RunRow)
HOST_TURN = _table(HostTurnRow)
DUTY = _table(DutyRow)
LABEL = _table(LabelRow)
BACKTEST = _table(BacktestRow)
DIFFERENCE = _table(DifferenceRow)
METADATA = SQLModel.metadata
