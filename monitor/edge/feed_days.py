"""Polls become days of a feed: how often it was asked, what it brought, and how late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, exists, select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.engine import Engine

from monitor.edge.database import writing
from monitor.edge.sql import upsert
from monitor.edge.tables import FEED, FEED_DAY, SIGHTING
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


_SHOWN = select(FEED.c.id).where(
    FEED.c.id.in_(bindparam("feeds", expanding=True)), exists().where(SIGHTING.c.feed_id == FEED.c.id)
)


def count_polls(connection: Connection, polls: Sequence[tuple[Feed, Sequence[Sighting], datetime]]) -> None:
    """Count polls into their days: each feed as the poll left it, what is new in it, and when.

    To be called before the sightings are saved: what a feed shows the very first time is no news, and not counted.
    """
    if not polls:
        return
    bringing = [feed.id for feed, sightings, _ in polls if sightings]
    shown = set(connection.execute(_SHOWN, {"feeds": bringing}).scalars()) if bringing else set()
    counted = [_counts(feed, sightings if feed.id in shown else (), now) for feed, sightings, now in polls]
    connection.execute(_COUNTED, counted)


def _counts(feed: Feed, fresh: Sequence[Sighting], now: datetime) -> dict[str, Any]:
    delays = [(now - one.entry.published_at).total_seconds() for one in fresh if one.entry.published_at]
    known = [delay for delay in delays if 0 <= delay <= LATEST_DELAY_S]
    return {
        "feed_id": feed.id,
        "day": now.date(),
        "polls": 1,
        "failures": int(feed.failures > 0),
        "articles": len(fresh),
        "dated": len(known),
        "delay_s": sum(known),
        "longest_delay_s": max(known, default=0.0),
    }


def forget_days(engine: Engine, first: int, last: int, now: datetime) -> None:
    """Drop what is too old to tell anything of today, for the feeds with these ids."""
    with writing(engine) as connection:
        old = delete(FEED_DAY).where(FEED_DAY.c.feed_id.between(first, last), FEED_DAY.c.day < (now - KEPT).date())
        connection.execute(old)
