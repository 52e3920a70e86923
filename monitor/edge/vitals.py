"""Feeds and their days become what `monitor status` tells of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.rows import to_feed
from monitor.edge.sightings import chunks
from monitor.edge.tables import ARTICLE, FEED, FEED_DAY, MATCH, NOTICE, SIGHTING
from monitor.model import Feed, FeedState


@dataclass(frozen=True, slots=True)
class Day:
    """What a feed brought on one day (UTC)."""

    day: date
    polls: int
    failures: int
    articles: int
    dated: int  # those of them whose delay from publication to sighting is known
    delay_s: float  # of all those together
    longest_delay_s: float


@dataclass(frozen=True, slots=True)
class Vitals:
    """How a feed does, and its days, the oldest first."""

    feed: Feed
    health: str
    why: str
    since: datetime | None
    days: tuple[Day, ...]


def counts(engine: Engine) -> dict[str, dict[str, int]]:
    """How many of the feeds that are watched do how (well: under an empty name), and how many notices are where."""
    feeds = select(FEED.c.health, func.count()).where(FEED.c.state != FeedState.REMOVED.value).group_by(FEED.c.health)
    notices = select(NOTICE.c.state, func.count()).group_by(NOTICE.c.state)
    with reading(engine) as connection:
        asked = {"feeds": feeds, "notices": notices}
        return {noun: {row[0]: row[1] for row in connection.execute(query)} for noun, query in asked.items()}


@dataclass(frozen=True, slots=True)
class State:
    """How a feed does, in short."""

    name: str
    health: str
    failures: int
    note: str


def states(engine: Engine) -> tuple[State, ...]:
    """How all feeds do that are watched, by name."""
    asked = select(FEED.c.name, FEED.c.health, FEED.c.failures, FEED.c.note)
    with reading(engine) as connection:
        rows = connection.execute(asked.where(FEED.c.state != FeedState.REMOVED.value).order_by(FEED.c.name))
        return tuple(State(*row) for row in rows)


def delays(engine: Engine, since: date) -> tuple[float, ...]:
    """How long after publication the articles of each feed are seen, in seconds, the shortest first."""
    delay = func.sum(FEED_DAY.c.delay_s) / func.sum(FEED_DAY.c.dated)
    asked = select(delay.label("delay")).where(FEED_DAY.c.day >= since, FEED_DAY.c.dated > 0)
    with reading(engine) as connection:
        return tuple(connection.scalars(asked.group_by(FEED_DAY.c.feed_id).order_by("delay")))


def vitals(engine: Engine, since: date, *, names: Collection[str] = (), ill: bool = False) -> tuple[Vitals, ...]:
    """The feeds with these names (none: all that are watched), by name; with `ill`, those that are not well."""
    which = FEED.c.name.in_(names) if names else FEED.c.state != FeedState.REMOVED.value
    if ill:
        which = which & or_(FEED.c.health != "", FEED.c.failures > 0, FEED.c.note != "")
    with reading(engine) as connection:
        rows = list(connection.execute(select(FEED).where(which).order_by(FEED.c.name)).mappings())
        days = _days(connection, [row["id"] for row in rows], since)
    return tuple(
        Vitals(to_feed(row), row["health"], row["health_why"], row["health_at"], tuple(days.get(row["id"], ())))
        for row in rows
    )


def _days(connection: Connection, feeds: Sequence[int], since: date) -> dict[int, list[Day]]:
    days: dict[int, list[Day]] = {}
    for some in chunks(feeds):
        asked = select(FEED_DAY).where(FEED_DAY.c.feed_id.in_(some), FEED_DAY.c.day >= since)
        for row in connection.execute(asked.order_by(FEED_DAY.c.feed_id, FEED_DAY.c.day)):
            days.setdefault(row[0], []).append(Day(*row[1:]))
    return days


def topic_sources(engine: Engine, since: datetime, today: date) -> dict[str, dict[str, bool]]:
    """The feeds that brought matches of each topic since then: topic → feed → whether it brought anything today."""
    first = select(ARTICLE.c.id).where(ARTICLE.c.seen_at >= since).order_by(ARTICLE.c.seen_at).limit(1)
    seen = (FEED_DAY.c.day == today) & (FEED_DAY.c.polls > FEED_DAY.c.failures) & (FEED_DAY.c.articles > 0)
    with reading(engine) as connection:
        low = connection.scalar(first)
        pairs = (
            select(MATCH.c.topic, SIGHTING.c.feed_id)
            .join(SIGHTING, SIGHTING.c.article_id == MATCH.c.article_id)
            .where(MATCH.c.article_id >= (low or 2**62))
            .distinct()
            .subquery()
        )
        asked = (
            select(pairs.c.topic, FEED.c.name, FEED_DAY.c.day)
            .join(FEED, FEED.c.id == pairs.c.feed_id)
            .outerjoin(FEED_DAY, (FEED_DAY.c.feed_id == FEED.c.id) & seen)
            .where(FEED.c.state != FeedState.REMOVED.value)
        )
        found: dict[str, dict[str, bool]] = {}
        for topic, name, day in connection.execute(asked.order_by(pairs.c.topic, FEED.c.name)):
            found.setdefault(topic, {})[name] = day is not None
    return found
