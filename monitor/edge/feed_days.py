"""Polls become days of a feed: how often it was asked, what it brought, and how late."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, select
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import Engine

from monitor.edge.database import writing
from monitor.edge.tables import FEED_DAY, SIGHTING
from monitor.model import Feed, Sighting

LATEST_DELAY_S = 2 * 86_400.0  # what appears later was dated so by its publisher, whenever we asked
KEPT = timedelta(days=60)  # of days of feeds


def _counted() -> Insert:
    made = upsert(FEED_DAY)
    summed = ("polls", "failures", "articles", "dated", "delay_s")
    again: dict[str, Any] = {name: FEED_DAY.c[name] + made.excluded[name] for name in summed}
    before, now = FEED_DAY.c.longest_delay_s, made.excluded.longest_delay_s
    again["longest_delay_s"] = case((before > now, before), else_=now)
    return made.on_conflict_do_update(index_elements=["feed_id", "day"], set_=again)


_COUNTED = _counted()  # made once: to make it costs ten times as much as to run it


_SHOWN = select(SIGHTING.c.id).where(SIGHTING.c.feed_id == bindparam("feed")).limit(1)


def count_poll(connection: Connection, feed: Feed, sightings: Sequence[Sighting], now: datetime) -> None:
    """Count a poll into its day: `feed` as the poll left it, and what is new in it.

    To be called before the sightings are saved: what a feed shows the very first time is no news, and not counted.
    """
    fresh = sightings if sightings and _has_shown(connection, feed.id) else ()
    delays = [(now - one.entry.published_at).total_seconds() for one in fresh if one.entry.published_at]
    known = [delay for delay in delays if 0 <= delay <= LATEST_DELAY_S]
    longest = max(known, default=0.0)
    row = {
        "feed_id": feed.id,
        "day": now.date(),
        "polls": 1,
        "failures": int(feed.failures > 0),
        "articles": len(fresh),
        "dated": len(known),
        "delay_s": sum(known),
        "longest_delay_s": longest,
    }
    connection.execute(_COUNTED, row)


def count_quiet_polls(connection: Connection, polls: Sequence[tuple[int, date]]) -> None:
    """Count polls that brought nothing, each by its feed and its day."""
    none = {"failures": 0, "articles": 0, "dated": 0, "delay_s": 0.0, "longest_delay_s": 0.0}
    connection.execute(_COUNTED, [{"feed_id": feed_id, "day": day, "polls": 1, **none} for feed_id, day in polls])


def _has_shown(connection: Connection, feed_id: int) -> bool:
    return connection.execute(_SHOWN, {"feed": feed_id}).first() is not None


def forget_days(engine: Engine, first: int, last: int, now: datetime) -> None:
    """Drop what is too old to tell anything of today, for the feeds with these ids."""
    with writing(engine) as connection:
        old = delete(FEED_DAY).where(FEED_DAY.c.feed_id.between(first, last), FEED_DAY.c.day < (now - KEPT).date())
        connection.execute(old)
