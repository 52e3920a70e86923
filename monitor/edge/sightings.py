"""What a poll saw becomes sightings, and articles owed a reading."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.edge.rows import Row
from monitor.edge.tables import ARTICLE, FEED, SIGHTING, SKIPPED
from monitor.model import ArticleState, Feed, Sighting

Item = TypeVar("Item")
# SQLite takes at most 32,766 variables a statement.
CHUNK = 500


def chunks(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    """Slices that fit a statement."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def sightings_of(connection: Connection, articles: Sequence[int]) -> dict[int, list[Row]]:
    """Which feeds showed each article: article id → rows with name, country, tags, kind."""
    found: dict[int, list[Row]] = {}
    for some in chunks(articles):
        asked = (
            select(SIGHTING.c.article_id, FEED.c.name, FEED.c.country, FEED.c.tags, FEED.c.kind)
            .join(FEED, FEED.c.id == SIGHTING.c.feed_id)
            .where(SIGHTING.c.article_id.in_(some))
            .order_by(SIGHTING.c.id)
        )
        for row in connection.execute(asked).mappings():
            found.setdefault(row["article_id"], []).append(row)
    return found


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
        connection.execute(upsert(ARTICLE).on_conflict_do_nothing(), list(fresh.values()))
    ids = {**before, **_article_ids(connection, list(fresh))}
    seen = [
        {
            "feed_id": feed.id,
            "article_id": ids[sighting.article_key],
            "entry_key": sighting.entry.key,
            "published_at": sighting.entry.published_at,
            "seen_at": now,
        }
        for sighting in sightings
    ]
    connection.execute(upsert(SIGHTING).on_conflict_do_nothing(), seen)
    return len(fresh)


def _article_ids(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for some in chunks(keys):
        rows = connection.execute(select(ARTICLE.c.key, ARTICLE.c.id).where(ARTICLE.c.key.in_(some)))
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
