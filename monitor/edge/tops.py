"""Feeds and topics become figures of a while: what each brought, failed at, and was late by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.sql import total
from monitor.edge.tables import ALERT, ARTICLE, FEED, FEED_DAY, MATCH, SIGHTING
from monitor.model import AlertState, FeedState


@dataclass(frozen=True, slots=True)
class TopFeed:
    """What one feed did."""

    name: str
    health: str
    polls: int
    failures: int
    articles: int
    matches: int  # articles that a topic asked for
    delay_s: float | None  # on average, from publication to sighting


@dataclass(frozen=True, slots=True)
class TopTopic:
    """What one topic saw."""

    name: str
    matches: int
    stories: int
    sources: int
    alerts: int  # that were sent


# By what the feeds can be ordered.
ORDERS = ("articles", "matches", "failures", "polls", "delay")


def feeds(engine: Engine, since: datetime, *, by: str = "articles", limit: int = 15) -> tuple[TopFeed, ...]:
    """The feeds that are watched, those with most first. Polls are counted by whole days (UTC)."""
    day: date = since.date()
    dated = total(FEED_DAY.c.dated)
    asked = (
        select(
            FEED.c.id,
            FEED.c.name,
            FEED.c.health,
            total(FEED_DAY.c.polls).label("polls"),
            total(FEED_DAY.c.failures).label("failures"),
            total(FEED_DAY.c.articles).label("articles"),
            case((dated > 0, func.sum(FEED_DAY.c.delay_s) / dated), else_=None).label("delay"),
        )
        .outerjoin(FEED_DAY, (FEED_DAY.c.feed_id == FEED.c.id) & (FEED_DAY.c.day >= day))
        .where(FEED.c.state != FeedState.REMOVED.value)
        .group_by(FEED.c.id, FEED.c.name, FEED.c.health)
    )
    matched = (
        select(SIGHTING.c.feed_id, func.count(MATCH.c.article_id.distinct()))
        .join(SIGHTING, SIGHTING.c.article_id == MATCH.c.article_id)
        .where(MATCH.c.article_id >= _first(since))
        .group_by(SIGHTING.c.feed_id)
    )
    with reading(engine) as connection:
        rows = connection.execute(asked).all()
        matches: dict[int, int] = {row[0]: row[1] for row in connection.execute(matched)}
    found = [TopFeed(row[1], row[2], row[3], row[4], row[5], matches.get(row[0], 0), row[6]) for row in rows]
    key = "delay_s" if by == "delay" else by
    return tuple(sorted(found, key=lambda feed: (-(getattr(feed, key) or 0), feed.name))[:limit])


def topics(engine: Engine, since: datetime, *, limit: int = 15) -> tuple[TopTopic, ...]:
    """The topics that asked for articles, those that asked for most first."""
    first = _first(since)
    asked = (
        select(MATCH.c.topic, func.count().label("matches"), func.count(ARTICLE.c.story_id.distinct()))
        .join(ARTICLE, ARTICLE.c.id == MATCH.c.article_id)
        .where(MATCH.c.article_id >= first)
        .group_by(MATCH.c.topic)
        .order_by(func.count().desc(), MATCH.c.topic)
        .limit(limit)
    )
    with reading(engine) as connection:
        rows = connection.execute(asked).all()
        names = [row[0] for row in rows]
        sources, alerts = _sources(engine, names, since), _alerts(engine, names, since)
    return tuple(TopTopic(row[0], row[1], row[2], sources.get(row[0], 0), alerts.get(row[0], 0)) for row in rows)


def _sources(engine: Engine, names: Sequence[str], since: datetime) -> dict[str, int]:
    asked = (
        select(MATCH.c.topic, func.count(SIGHTING.c.feed_id.distinct()))
        .join(SIGHTING, SIGHTING.c.article_id == MATCH.c.article_id)
        .where(MATCH.c.topic.in_(names), MATCH.c.article_id >= _first(since))
        .group_by(MATCH.c.topic)
    )
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(asked)}


def _alerts(engine: Engine, names: Sequence[str], since: datetime) -> dict[str, int]:
    sent = (ALERT.c.state == AlertState.SENT.value, ALERT.c.sent_at >= since)
    asked = select(ALERT.c.topic, func.count()).where(ALERT.c.topic.in_(names), *sent).group_by(ALERT.c.topic)
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(asked)}


def _first(since: datetime) -> object:
    """The first article seen since then: ids grow with time, and lead to matches without a look at articles."""
    asked = select(ARTICLE.c.id).where(ARTICLE.c.seen_at >= since).order_by(ARTICLE.c.seen_at).limit(1)
    return func.coalesce(asked.scalar_subquery(), 2**62)
