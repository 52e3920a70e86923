"""Questions that are asked over HTTP: matches in order, an alert with its attempts, where an article was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.rows import to_alert, to_article, to_dispatch, to_match
from monitor.edge.sightings import sightings_of
from monitor.edge.story_views import LIGHT
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, FEED, HEALTH_EVENT, MATCH, SKIPPED
from monitor.model import Alert, Article, ArticleState, FeedState, Match
from monitor.telling import Dispatch

_LOOKED_BACK = 100


@dataclass(frozen=True, slots=True)
class Flagged:
    """A match with its article, whose texts are left out."""

    id: int
    at: datetime
    match: Match
    article: Article


@dataclass(frozen=True, slots=True)
class Owed:
    """An alert with its article's title, and the message that it is told in if that is not its own."""

    id: int
    alert: Alert
    title: str
    dispatch: Dispatch | None = None


@dataclass(frozen=True, slots=True)
class Which:
    """Which matches are asked for."""

    topics: Sequence[str] = ()  # none: all
    severities: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None


def newest_matches(engine: Engine, which: Which, before: int, limit: int) -> tuple[Flagged, ...]:
    """Matches before that number, newest first."""
    return _flagged(engine, _matches(which).where(MATCH.c.id < before).order_by(MATCH.c.id.desc()).limit(limit))


def matches_from(engine: Engine, which: Which, first: int, limit: int) -> tuple[Flagged, ...]:
    """Matches from that number on, in order."""
    return _flagged(engine, _matches(which).where(MATCH.c.id >= first).order_by(MATCH.c.id).limit(limit))


def latest_match(engine: Engine) -> int:
    """The number of the newest match; 0 when there is none."""
    with reading(engine) as connection:
        return connection.scalar(select(func.max(MATCH.c.id))) or 0


def told_match(engine: Engine) -> int:
    """The newest match before which none waits for its story; of the latest hundred, however many wait."""
    with reading(engine) as connection:
        newest = connection.scalar(select(func.max(MATCH.c.id))) or 0
        waiting = select(func.min(MATCH.c.id)).join(ARTICLE, ARTICLE.c.id == MATCH.c.article_id)
        owed = (MATCH.c.id > newest - _LOOKED_BACK, ARTICLE.c.state == ArticleState.TELL.value)
        first: int | None = connection.scalar(waiting.where(*owed))
    return newest if first is None else first - 1


def _matches(which: Which) -> Select[Any]:
    own = (MATCH.c.id.label("number"), MATCH.c.topic, MATCH.c.version, MATCH.c.severity, MATCH.c.score)
    asked = select(*own, MATCH.c.evidence, MATCH.c.matched_at, *LIGHT).join(ARTICLE, ARTICLE.c.id == MATCH.c.article_id)
    if which.topics:
        asked = asked.where(MATCH.c.topic.in_(which.topics))
    if which.severities:
        asked = asked.where(MATCH.c.severity.in_(which.severities))
    if which.since:
        asked = asked.where(MATCH.c.matched_at >= which.since)
    if which.until:
        asked = asked.where(MATCH.c.matched_at < which.until)
    return asked


def _flagged(engine: Engine, asked: Select[Any]) -> tuple[Flagged, ...]:
    with reading(engine) as connection:
        rows = connection.execute(asked).mappings().all()
        sightings = sightings_of(connection, list({row["id"] for row in rows}))
    return tuple(
        Flagged(row["number"], row["matched_at"], to_match(row), to_article(row, sightings.get(row["id"])))
        for row in rows
    )


def has_article(engine: Engine, article_id: int) -> bool:
    """Whether there is an article of that number."""
    with reading(engine) as connection:
        return connection.scalar(select(ARTICLE.c.id).where(ARTICLE.c.id == article_id)) is not None


def alerts_before(
    engine: Engine, before: int, limit: int, *, state: str = "", receiver: str = "", topic: str = ""
) -> tuple[Owed, ...]:
    """Alerts before that number, newest first, each with its article's title."""
    asked = select(ALERT, ARTICLE.c.title).join(ARTICLE, ARTICLE.c.id == ALERT.c.article_id)
    given = ((ALERT.c.state, state), (ALERT.c.receiver, receiver), (ALERT.c.topic, topic))
    wanted = and_(ALERT.c.id < before, *(column == value for column, value in given if value))
    with reading(engine) as connection:
        rows = connection.execute(asked.where(wanted).order_by(ALERT.c.id.desc()).limit(limit)).mappings()
        return tuple(Owed(row["id"], to_alert(row), row["title"]) for row in rows)


def find_alert(engine: Engine, uid: str) -> Owed | None:
    """An alert by its id."""
    asked = select(ALERT, ARTICLE.c.title).join(ARTICLE, ARTICLE.c.id == ALERT.c.article_id).where(ALERT.c.uid == uid)
    with reading(engine) as connection:
        row = connection.execute(asked).mappings().first()
        if row is None:
            return None
        number = row["dispatch_id"]
        held = (
            connection.execute(select(DISPATCH).where(DISPATCH.c.id == number)).mappings().first() if number else None
        )
    return Owed(row["id"], to_alert(row), row["title"], to_dispatch(held) if held else None)


def owe_poll(engine: Engine, name: str, now: datetime) -> bool:
    """Owe a feed a poll at once; False when no feed of that name is watched."""
    free = or_(FEED.c.due_at.is_(None), FEED.c.due_at > now)
    mine = and_(FEED.c.name == name, FEED.c.state == FeedState.ACTIVE.value)
    with writing(engine) as connection:
        connection.execute(update(FEED).where(mine, free).values(due_at=now))
        return connection.scalar(select(FEED.c.id).where(mine)) is not None


def origins(engine: Engine) -> dict[str, str]:
    """Where each feed comes from: the configuration, or a person who added it."""
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(select(FEED.c.name, FEED.c.origin))}


def languages(engine: Engine) -> frozenset[str]:
    """The languages of the feeds and of the newest articles."""
    newest = select(ARTICLE.c.language).order_by(ARTICLE.c.id.desc()).limit(2000)
    with reading(engine) as connection:
        found = {*connection.scalars(select(FEED.c.language).distinct()), *connection.scalars(newest)}
    return frozenset(code.partition("-")[0] for code in found if code)


@dataclass(frozen=True, slots=True)
class Turn:
    """A feed that fell ill, or recovered."""

    at: datetime
    before: str
    health: str
    why: str


def turns_of(engine: Engine, feed_id: int, limit: int) -> tuple[Turn, ...]:
    """How a feed's health turned, newest first."""
    columns = HEALTH_EVENT.c
    asked = select(columns.noticed_at, columns.before, columns.health, columns.why).where(columns.feed_id == feed_id)
    with reading(engine) as connection:
        return tuple(Turn(*row) for row in connection.execute(asked.order_by(columns.id.desc()).limit(limit)))


def skipped_of(engine: Engine, feed_id: int) -> dict[str, int]:
    """Entries of a feed that held nothing to keep: reason → times."""
    asked = select(SKIPPED.c.reason, SKIPPED.c.times).where(SKIPPED.c.feed_id == feed_id).order_by(SKIPPED.c.reason)
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(asked)}
