"""The shelf becomes columns in memory, a place for each article: what every question filters, orders and counts."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.memorised import Memory

Column = NDArray[Any]
UNKNOWN = -(2**62)  # a time
NOTHING = -1  # a feed, a story
LARGE = 200_000  # articles: below, to look lists up on two connections costs what it saves
_CHUNK = 50_000
_DAY = 86_400
_LAST = 2**62  # beyond the number of any article
_ASKED = {
    "article_id": "article_id",
    "turn": "turn",
    "seen": "seen",
    "published": f"coalesce(published, {UNKNOWN})",
    "language": "language",
    "site": "site",
    "host": "host",
    "feed": f"coalesce(feed_id, {NOTHING})",
    "story": f"coalesce(story_id, {NOTHING})",
    "copied": "CAST(copied AS INTEGER)",
    "named_by": "named_by",
    "gone": "CAST(gone AS INTEGER)",
}
_CHANGED = text(
    f"SELECT {', '.join(f'group_concat({name})' for name in _ASKED)} FROM (SELECT "  # noqa: S608 - our own words
    f"{', '.join(f'{value} AS {name}' for name, value in _ASKED.items())} "
    "FROM shelf WHERE (turn, article_id) > (:turn, :article) ORDER BY turn, article_id LIMIT :limit) AS changed"
)
# On PostgreSQL a turn is the number of a transaction: up to which of them all are over.
_OVER = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) - 1")
_NEXT = "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)"
_AHEAD = text(f"SELECT 1 FROM shelf WHERE turn > {_NEXT} LIMIT 1")  # noqa: S608 - our own words
_AHEAD_NO_MORE = text(f"UPDATE shelf SET turn = 0 WHERE turn > {_NEXT}")  # noqa: S608
_NAMES = text("SELECT id, name FROM shelf_name WHERE id > :latest ORDER BY id")
_KEPT = ("published", "language", "site", "host", "feed", "story", "named_by", "turn")


def follow_transactions(engine: Engine) -> None:
    """Turns of PostgreSQL are numbers of its transactions; a server that a copy was restored on counts anew."""
    if engine.dialect.name == "sqlite":
        return
    with reading(engine) as connection:
        ahead = connection.scalar(_AHEAD)
    if ahead:
        with writing(engine) as connection:
            connection.execute(_AHEAD_NO_MORE)


@dataclass(slots=True)
class Columns:
    """What is known of each article, by its number; numbers without an article are not `live`."""

    size: int = 0
    latest: int = 0  # the highest number of an article
    live: Column = field(default_factory=lambda: np.zeros(0, np.bool_))
    copied: Column = field(default_factory=lambda: np.zeros(0, np.bool_))
    published: Column = field(default_factory=lambda: np.zeros(0, np.int64))  # in seconds since 1970
    language: Column = field(default_factory=lambda: np.zeros(0, np.int32))
    site: Column = field(default_factory=lambda: np.zeros(0, np.int32))
    host: Column = field(default_factory=lambda: np.zeros(0, np.int32))
    feed: Column = field(default_factory=lambda: np.zeros(0, np.int32))
    story: Column = field(default_factory=lambda: np.zeros(0, np.int64))
    named_by: Column = field(default_factory=lambda: np.zeros(0, np.int32))
    turn: Column = field(default_factory=lambda: np.zeros(0, np.int64))  # of its latest change
    at: Column = field(default_factory=lambda: np.zeros(0, np.int64))  # when published, or seen where that is unknown
    day: Column = field(default_factory=lambda: np.zeros(0, np.int32))  # of that time, from 1970 on
    newest: int = 0  # the turn of the latest change of all
    now: int = 0  # no change of this turn, or of one before, is still to come

    def days(self, articles: Column) -> dict[int, int]:
        """How many articles, a mask or their numbers, are of each day, numbered from 1970 on, in order."""
        days = self.day[articles]
        if not len(days):
            return {}
        first = int(days.min())
        counts = np.bincount(days - first)
        return {first + place: int(counts[place]) for place in np.flatnonzero(counts).tolist()}

    def mask(self, numbers: Column) -> Column:
        """Numbers of articles as a mask over all."""
        mask = np.zeros(self.size, np.bool_)
        mask[numbers[numbers < self.size]] = True
        return mask


class Shelf:
    """Holds the columns of a database, and brings them up to date. Safe for several threads."""

    def __init__(self, engine: Engine, memory: Memory | None = None, large: int = LARGE) -> None:
        self._engine, self.large = engine, large
        self._lock = Lock()
        self.paired = Lock()  # held by the one question that may look lists up on two connections
        self._columns = Columns()
        self._turn = -1
        self.memory = memory or Memory()
        self.names: list[str] = [""]  # what the figures of languages, sites, hosts and entities stand for
        self.codes: dict[str, int] = {}

    def columns(self) -> Columns:
        """All columns, as the database has them now."""
        with self._lock, reading(self._engine) as connection:
            over = connection.scalar(_OVER) if connection.dialect.name == "postgresql" else None
            after: int | None = _LAST
            while after is not None:
                after = self._take(connection, after)
            if over is not None:
                self._turn = self._columns.now = over
            self._take_names(connection)
            return self._columns

    def _take(self, connection: Connection, after: int) -> int | None:
        """Take over some rows that changed; the last of them when there may be more."""
        row = connection.execute(_CHANGED, {"turn": self._turn, "article": after, "limit": _CHUNK}).one()
        if row[0] is None:
            return None
        changed = {name: np.fromstring(held, np.int64, sep=",") for name, held in zip(_ASKED, row, strict=True)}
        numbers = changed["article_id"]
        self._make_room(int(numbers.max()) + 1)
        columns = self._columns
        for name in _KEPT:
            getattr(columns, name)[numbers] = changed[name]
        at = np.where(changed["published"] == UNKNOWN, changed["seen"], changed["published"])
        columns.at[numbers], columns.day[numbers] = at, at // _DAY
        columns.copied[numbers] = changed["copied"] == 1
        columns.live[numbers] = changed["gone"] == 0
        columns.latest = max(columns.latest, int(numbers.max()))
        self._turn = columns.now = columns.newest = int(changed["turn"].max())
        return int(numbers[changed["turn"] == self._turn].max()) if len(numbers) == _CHUNK else None

    def _make_room(self, size: int) -> None:
        """Columns of this size; those that were handed out before stay as they are."""
        old = self._columns
        if size <= old.size:
            return
        fresh = Columns(size, old.latest, newest=old.newest, now=old.now)
        for name in ("live", "copied", "at", "day", *_KEPT):
            held = getattr(old, name)
            # A little more at once: each new article would have all columns copied otherwise.
            room = np.zeros(max(size, len(held) + len(held) // 8 + 1000), held.dtype)
            room[: len(held)] = held
            setattr(fresh, name, room)
        fresh.size = len(fresh.live)
        self._columns = fresh

    def _take_names(self, connection: Connection) -> None:
        for number, name in connection.execute(_NAMES, {"latest": len(self.names) - 1}):
            self.names.extend([""] * (number + 1 - len(self.names)))
            self.names[number] = name
            self.codes[name] = number
