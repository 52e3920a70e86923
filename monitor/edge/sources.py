"""Feeds as the config and the administrator name them become rows owed a poll."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.rows import Row, from_options, to_feed
from monitor.edge.sightings import chunks
from monitor.edge.tables import FEED, SIGHTING
from monitor.errors import ConflictError, UnknownError
from monitor.model import Feed, FeedState

CONFIG, ADDED = "config", "added"
# What the config says of a feed.
_TOLD = ("url", "language", "country", "kind", "tags", "interval_s", "options")
_LYING = (
    "SELECT id, name, origin, state, url, language, country, kind, CAST(tags AS TEXT), interval_s, "
    "CAST(options AS TEXT) FROM feed"
)
_TOLD_OF = select(*(FEED.c[name] for name in ("id", "name", "origin", "state", *_TOLD))).where(
    FEED.c.id.in_(bindparam("ids", expanding=True))
)
# What a new address makes worthless.
FORGOTTEN: dict[str, Any] = {
    "moved_to": "",
    "etag": "",
    "last_modified": "",
    "body_hash": "",
    "failures": 0,
    "last_error": "",
    "note": "",
    "whole_at": None,
    "wishes": {},
    "habit": b"",
    "records": b"",
}


def sync(engine: Engine, feeds: Iterable[Feed], now: datetime) -> None:
    """Make the table follow the config: new feeds are owed a poll at once, absent ones rest, none is deleted."""
    wanted = {feed.name: feed for feed in feeds}
    with writing(engine) as connection:
        # As they lie there: to make values of a hundred thousand rows, all as they should be, takes seconds.
        rows = connection.exec_driver_sql(_LYING).all()
        there = {row[1] for row in rows}
        new = [_new(feed, CONFIG, now) for name, feed in wanted.items() if name not in there]
        if new:
            connection.execute(insert(FEED), new)
        strayed = [row[0] for row in rows if not _is_settled(wanted.get(row[1]), tuple(row[2:]))]
        for some in chunks(strayed):
            for row in connection.execute(_TOLD_OF, {"ids": some}).mappings():
                if changes := _follow(row, wanted.get(row["name"]), now):
                    _change(connection, row["id"], changes)


def _is_settled(feed: Feed | None, lies: tuple[Any, ...]) -> bool:
    """Whether a row lies in the table as the config wants it."""
    if feed is None:
        return lies[:2] != (CONFIG, FeedState.ACTIVE.value)
    told = (feed.url, feed.language, feed.country, feed.kind, _json(list(feed.tags)), feed.interval_s)
    return lies == (CONFIG, FeedState.ACTIVE.value, *told, _json(from_options(feed.options)))


def _json(value: Any) -> str:
    return "[]" if value == [] else "{}" if value == {} else json.dumps(value)


def _follow(row: Row, wanted: Feed | None, now: datetime) -> dict[str, Any]:
    """What must change in a row, for it to follow the config."""
    if wanted is None:
        rests = row["origin"] == CONFIG and row["state"] == FeedState.ACTIVE
        return {"state": FeedState.REMOVED.value} if rests else {}
    told = {"origin": CONFIG, **_told(wanted)}
    changes = {name: value for name, value in told.items() if row[name] != value}
    if row["url"] != wanted.url:
        changes |= {**FORGOTTEN, "state": FeedState.ACTIVE.value, "due_at": now}
    elif row["state"] == FeedState.REMOVED:
        changes |= {"state": FeedState.ACTIVE.value, "due_at": now}
    return changes


def add(engine: Engine, feed: Feed, now: datetime) -> None:
    """Watch one more feed; ConflictError when its name or address is watched already."""
    with writing(engine) as connection:
        for row in connection.execute(select(FEED)).mappings():
            if row["name"] != feed.name and row["url"] != feed.url:
                continue
            if row["state"] != FeedState.REMOVED or row["origin"] == CONFIG:
                raise ConflictError(
                    f"feed {row['name']!r} watches {row['url']} already", hint="give the new one another name"
                )
            changes = {**_told(feed), **FORGOTTEN, "state": FeedState.ACTIVE.value, "due_at": now}
            _change(connection, row["id"], changes)
            return
        connection.execute(insert(FEED).values(_new(feed, ADDED, now)))


def remove(engine: Engine, name: str) -> None:
    """Watch an added feed no more; its articles stay. ConflictError for one of the config, UnknownError for none."""
    with writing(engine) as connection:
        row = connection.execute(select(FEED).where(FEED.c.name == name)).mappings().first()
        if row is None:
            raise UnknownError(f"no feed is named {name!r}", hint="`monitor feeds list` shows them all")
        if row["origin"] == CONFIG:
            raise ConflictError(f"feed {name!r} stands in the configuration", hint="take its [[feed]] out of the file")
        _change(connection, row["id"], {"state": FeedState.REMOVED.value})


def known_feeds(engine: Engine) -> tuple[tuple[Feed, int], ...]:
    """Every feed with the number of articles it showed, by name."""
    shown = select(SIGHTING.c.feed_id, func.count().label("shown")).group_by(SIGHTING.c.feed_id).subquery()
    asked = (
        select(FEED, func.coalesce(shown.c.shown, 0).label("shown"))
        .outerjoin(shown, shown.c.feed_id == FEED.c.id)
        .order_by(FEED.c.name)
    )
    with reading(engine) as connection:
        return tuple((to_feed(row), row["shown"]) for row in connection.execute(asked).mappings())


def _change(connection: Connection, feed_id: int, changes: dict[str, Any]) -> None:
    connection.execute(update(FEED).where(FEED.c.id == feed_id).values(changes))


def _told(feed: Feed) -> dict[str, Any]:
    return {
        "url": feed.url,
        "language": feed.language,
        "country": feed.country,
        "kind": feed.kind,
        "tags": list(feed.tags),
        "interval_s": feed.interval_s,
        "options": from_options(feed.options),
    }


def _new(feed: Feed, origin: str, now: datetime) -> dict[str, Any]:
    return {"name": feed.name, "origin": origin, "due_at": now, **_told(feed)}
