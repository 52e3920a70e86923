"""What a poll saw becomes sightings, and articles owed a reading."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, String, bindparam, cast, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.edge.rows import Row
from monitor.edge.tables import ARTICLE, FEED, SIGHTING, SKIPPED
from monitor.edits import Again, Known, Seen
from monitor.model import ArticleState, Feed, Sighting

Item = TypeVar("Item")
# SQLite takes at most 32,766 variables a statement.
CHUNK = 500

# Made once: to put such a statement together takes longer than to run it, and every poll of a feed with news asks it.
_SEEN = (
    select(SIGHTING.c.id, SIGHTING.c.article_id, ARTICLE.c.key, SIGHTING.c.entry_key, SIGHTING.c.digest)
    .join(ARTICLE, ARTICLE.c.id == SIGHTING.c.article_id)
    .where(SIGHTING.c.feed_id == bindparam("feed"))
)
_IDS = select(ARTICLE.c.key, ARTICLE.c.id).where(ARTICLE.c.key.in_(bindparam("keys", expanding=True)))
_ADD_ARTICLES = upsert(ARTICLE).on_conflict_do_nothing()
_ADD_SIGHTINGS = upsert(SIGHTING).on_conflict_do_nothing()
_NOTE_AGAIN = update(SIGHTING).where(SIGHTING.c.id == bindparam("which"))
_BY_ENTRY = _SEEN.where(SIGHTING.c.entry_key.in_(bindparam("keys", expanding=True)))
_BY_ARTICLE = _SEEN.where(ARTICLE.c.key.in_(bindparam("keys", expanding=True)))


def chunks(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    """Slices that fit a statement."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def sightings_of(connection: Connection, articles: Sequence[int]) -> dict[int, list[Row]]:
    """Which feeds showed each article: article id → rows with name, country, tags, kind, options."""
    found: dict[int, list[Row]] = {}
    told = (FEED.c.name, FEED.c.country, FEED.c.tags, FEED.c.kind, FEED.c.options)
    for some in chunks(articles):
        asked = (
            select(SIGHTING.c.article_id, *told)
            .join(FEED, FEED.c.id == SIGHTING.c.feed_id)
            .where(SIGHTING.c.article_id.in_(some))
            .order_by(SIGHTING.c.id)
        )
        for row in connection.execute(asked).mappings():
            found.setdefault(row["article_id"], []).append(row)
    return found


def find_known(connection: Connection, feed_id: int, sightings: Sequence[Sighting]) -> Known:
    """What the feed showed before of these: by their entries, and where those are new or moved, by their articles."""
    entries = {seen.entry_key: seen for seen in _seen(connection, _BY_ENTRY, feed_id, [s.entry.key for s in sightings])}
    untold = [
        sighting.article_key
        for sighting in sightings
        if sighting.entry.key not in entries or entries[sighting.entry.key].article_key != sighting.article_key
    ]
    return Known(entries, {seen.article_key: seen for seen in _seen(connection, _BY_ARTICLE, feed_id, untold)})


def _seen(connection: Connection, asked: Select[Any], feed_id: int, keys: Sequence[str]) -> Iterable[Seen]:
    for some in chunks(keys):
        yield from (Seen(*row) for row in connection.execute(asked, {"feed": feed_id, "keys": some}))


def note_again(connection: Connection, feed_id: int, again: Sequence[Again], freed: Sequence[str]) -> None:
    """Keep under which key each of these is shown now and what it says; `freed` keys stand for others than before."""
    for some in chunks(freed):
        taken = update(SIGHTING).where(SIGHTING.c.feed_id == feed_id, SIGHTING.c.entry_key.in_(some))
        connection.execute(taken.values(entry_key="~" + cast(SIGHTING.c.id, String)))
    noted = [
        {"which": each.seen.id, "entry_key": each.sighting.entry.key, "digest": each.sighting.digest} for each in again
    ]
    if noted:
        connection.execute(_NOTE_AGAIN, noted)


def count_skipped(connection: Connection, feed_id: int, reasons: Iterable[str], now: datetime) -> None:
    """Count entries that held nothing to keep."""
    for reason in reasons:
        row = upsert(SKIPPED).values(feed_id=feed_id, reason=reason, times=1, first_at=now, latest_at=now)
        again = {"times": SKIPPED.c.times + 1, "latest_at": now}
        connection.execute(row.on_conflict_do_update(index_elements=["feed_id", "reason"], set_=again))


def add_sightings(
    connection: Connection, feed: Feed, sightings: Sequence[Sighting], now: datetime, backlog: frozenset[str]
) -> int:
    """Articles for what nobody showed before, and a sighting for each; the number of new articles."""
    if not sightings:
        return 0
    keys = [sighting.article_key for sighting in sightings]
    before = _article_ids(connection, keys)
    fresh = {s.article_key: _new_article(s, feed, now, backlog) for s in sightings if s.article_key not in before}
    if fresh:
        connection.execute(_ADD_ARTICLES, list(fresh.values()))
    ids = {**before, **_article_ids(connection, list(fresh))}
    seen = [
        {
            "feed_id": feed.id,
            "article_id": ids[sighting.article_key],
            "entry_key": sighting.entry.key,
            "digest": sighting.digest,
            "published_at": sighting.entry.published_at,
            "seen_at": now,
        }
        for sighting in sightings
    ]
    connection.execute(_ADD_SIGHTINGS, seen)
    return len(fresh)


def _article_ids(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for some in chunks(keys):
        rows = connection.execute(_IDS, {"keys": some})
        ids.update((row.key, row.id) for row in rows)
    return ids


def _new_article(sighting: Sighting, feed: Feed, now: datetime, backlog: frozenset[str]) -> dict[str, Any]:
    entry = sighting.entry
    return {
        "key": sighting.article_key,
        "url": sighting.url,
        "title": entry.title,
        "summary": entry.summary,
        "content": entry.content,
        "authors": list(entry.authors),
        "language": entry.language or feed.language,
        "published_at": entry.published_at,
        "modified_at": entry.updated_at,
        "seen_at": now,
        "backlog": sighting.article_key in backlog,
        "state": ArticleState.READ.value,
        "due_at": now,
    }
