"""What a poll saw becomes sightings, and articles owed a reading."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, String, bindparam, cast, select, tuple_, update

from monitor.edge.forgetting import barred
from monitor.edge.rows import Row
from monitor.edge.sql import upsert
from monitor.edge.tables import ARTICLE, FEED, SIGHTING, SKIPPED
from monitor.edits import Again, Known, Seen
from monitor.model import ArticleState, Feed, Sighting

Item = TypeVar("Item")
# SQLite takes at most 32,766 variables a statement.
CHUNK = 500

# Made once: to put such a statement together takes longer than to run it, and every poll of a feed with news asks it.
_SEEN = select(
    SIGHTING.c.feed_id, SIGHTING.c.id, SIGHTING.c.article_id, ARTICLE.c.key, SIGHTING.c.entry_key, SIGHTING.c.digest
).join(ARTICLE, ARTICLE.c.id == SIGHTING.c.article_id)
_IDS = select(ARTICLE.c.key, ARTICLE.c.id).where(ARTICLE.c.key.in_(bindparam("keys", expanding=True)))
_ADD_ARTICLES = upsert(ARTICLE).on_conflict_do_nothing()
_ADD_SIGHTINGS = upsert(SIGHTING).on_conflict_do_nothing()
_NOTE_AGAIN = update(SIGHTING).where(SIGHTING.c.id == bindparam("which"))
_NAMED = tuple_(SIGHTING.c.feed_id, SIGHTING.c.entry_key)
_LED = tuple_(SIGHTING.c.feed_id, SIGHTING.c.article_id)
_BY_ENTRY = _SEEN.where(_NAMED.in_(bindparam("pairs", expanding=True)))
_BY_ARTICLE = _SEEN.where(_LED.in_(bindparam("pairs", expanding=True)))


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


def find_known(connection: Connection, polls: Mapping[int, Sequence[Sighting]]) -> dict[int, Known]:
    """What each feed showed before of these: by their entries, and where those are new or moved, by their articles."""
    named = [(feed, sighting.entry.key) for feed, sightings in polls.items() for sighting in sightings]
    entries: dict[int, dict[str, Seen]] = {feed: {} for feed in polls}
    for feed, seen in _seen(connection, _BY_ENTRY, named):
        entries[feed][seen.entry_key] = seen
    untold = [
        (feed, sighting.article_key)
        for feed, sightings in polls.items()
        for sighting in sightings
        if _leads_elsewhere(sighting, entries[feed].get(sighting.entry.key))
    ]
    ids = _article_ids(connection, [key for _, key in untold])
    articles: dict[int, dict[str, Seen]] = {feed: {} for feed in polls}
    for feed, seen in _seen(connection, _BY_ARTICLE, [(feed, ids[key]) for feed, key in untold if key in ids]):
        articles[feed][seen.article_key] = seen
    return {feed: Known(entries[feed], articles[feed]) for feed in polls}


def _leads_elsewhere(sighting: Sighting, seen: Seen | None) -> bool:
    return seen is None or seen.article_key != sighting.article_key


def _seen(connection: Connection, asked: Select[Any], pairs: Sequence[tuple[int, Any]]) -> Iterable[tuple[int, Seen]]:
    for some in chunks(pairs):
        for feed, *row in connection.execute(asked, {"pairs": some}):
            yield feed, Seen(*row)


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
    connection: Connection, polls: Sequence[tuple[Feed, Sequence[Sighting], datetime, frozenset[str]]]
) -> dict[int, int]:
    """Articles for what nobody showed before, and a sighting for each; the number of new articles, by feed.

    Each poll: the feed, what it shows for the first time, when, and the keys of those that are old news.
    """
    shown = {sighting.article_key: sighting.url for _, sightings, _, _ in polls for sighting in sightings}
    if gone := barred(connection, shown):
        polls = [
            (feed, [one for one in seen if one.article_key not in gone], now, backlog)
            for feed, seen, now, backlog in polls
        ]
    keys = [key for key in shown if key not in gone]
    ids = _article_ids(connection, keys)
    fresh: dict[str, dict[str, Any]] = {}
    made: Counter[int] = Counter()
    for feed, sightings, now, backlog in polls:
        for sighting in sightings:
            if sighting.article_key not in ids and sighting.article_key not in fresh:
                fresh[sighting.article_key] = _new_article(sighting, feed, now, backlog)
                made[feed.id] += 1
    if fresh:
        connection.execute(_ADD_ARTICLES, list(fresh.values()))
        ids |= _article_ids(connection, list(fresh))
    rows = [_sighting(feed, sighting, ids, now) for feed, sightings, now, _ in polls for sighting in sightings]
    if rows:
        connection.execute(_ADD_SIGHTINGS, rows)
    return dict(made)


def _sighting(feed: Feed, sighting: Sighting, ids: Mapping[str, int], now: datetime) -> dict[str, Any]:
    return {
        "feed_id": feed.id,
        "article_id": ids[sighting.article_key],
        "entry_key": sighting.entry.key,
        "digest": sighting.digest,
        "published_at": sighting.entry.published_at,
        "seen_at": now,
    }


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
