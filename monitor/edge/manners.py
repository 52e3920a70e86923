"""What hosts asked for of us is kept over restarts: pauses, and what their robots.txt said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Delete, Table, delete, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.headers import DAY_S
from monitor.edge.sql import upsert
from monitor.edge.tables import HOST_PAUSE, ROBOTS

# Rules hold for a day; for a week more they are better than none, where new ones cannot be had.
KEPT = timedelta(days=7)
MOST = 5_000  # hosts of each kind, those whose time is over first to go


@dataclass(frozen=True, slots=True)
class Pause:
    """A host and port that wants to be left alone for so many seconds, after so many refusals; none end the pause."""

    place: str
    left_s: float
    refusals: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a robots.txt said, for so many seconds more; since when it cannot be had, and why no page may be asked."""

    origin: str
    left_s: float
    rules: str | None = None
    missed_s: float | None = None
    reason: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Manners:
    """What is known of hosts, in seconds from now."""

    pauses: Sequence[Pause] = ()
    robots: Sequence[Said] = ()

    def __bool__(self) -> bool:
        return bool(self.pauses or self.robots)


def save_manners(engine: Engine, manners: Manners, now: datetime) -> None:
    """Keep what hosts asked for, and forget what is too old, or too much."""
    pauses = [
        {"place": one.place, "until": now + timedelta(seconds=one.left_s), "refusals": one.refusals}
        for one in manners.pauses
        if one.refusals
    ]
    over = [one.place for one in manners.pauses if not one.refusals]
    robots = [
        {
            "origin": one.origin,
            "rules": one.rules,
            "until": now + timedelta(seconds=one.left_s),
            "missed_since": now - timedelta(seconds=one.missed_s) if one.missed_s is not None else None,
            "reason": one.reason,
            "error": one.error,
        }
        for one in manners.robots
    ]
    with writing(engine) as connection:
        if over:
            connection.execute(delete(HOST_PAUSE).where(HOST_PAUSE.c.place.in_(over)))
        for table, rows in ((HOST_PAUSE, pauses), (ROBOTS, robots)):
            if rows:
                key = next(iter(table.primary_key)).name
                made = upsert(table)
                again = {name: made.excluded[name] for name in rows[0] if name != key}
                connection.execute(made.on_conflict_do_update(index_elements=[key], set_=again), rows)
                connection.execute(_too_many(table, now))


def _too_many(table: Table, now: datetime) -> Delete:
    key = next(iter(table.primary_key))
    newest = select(key).order_by(table.c.until.desc()).limit(MOST)
    return delete(table).where((table.c.until < now - KEPT) | key.not_in(newest))


def load_manners(engine: Engine, now: datetime) -> Manners:
    """What is known of hosts. A clock that was set back makes no pause longer than the longest."""

    def left_s(until: datetime) -> float:
        return min((until - now).total_seconds(), DAY_S)

    with reading(engine) as connection:
        pauses = connection.execute(select(HOST_PAUSE).where(HOST_PAUSE.c.until > now)).all()
        robots = connection.execute(select(ROBOTS).order_by(ROBOTS.c.until)).all()
    return Manners(
        [Pause(row.place, left_s(row.until), row.refusals) for row in pauses],
        [
            Said(
                row.origin,
                left_s(row.until),
                row.rules,
                max(0.0, (now - row.missed_since).total_seconds()) if row.missed_since else None,
                row.reason,
                row.error,
            )
            for row in robots
        ],
    )
