"""The archive, put to other rules or read anew: how far that came, and what it changed, saved batch by batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, update
from sqlalchemy.engine import Engine

from monitor.edge.bulk_tables import REPROCESS, REPROCESS_CHANGE
from monitor.edge.database import reading, writing
from monitor.edge.revisions import keep_keys
from monitor.edge.rows import from_about, to_article, to_match
from monitor.edge.sightings import chunks, sightings_of
from monitor.edge.tables import ARTICLE, MATCH, PAGE
from monitor.edits import MatchChange
from monitor.errors import StoreError
from monitor.model import Article, ArticleState, Match, Page

_DONE = ArticleState.DONE.value
_TEXTS = "title text note language site image_url published_at modified_at"


@dataclass(frozen=True, slots=True)
class Counts:
    """Articles, by what became of them, and matches by topic."""

    articles: int = 0
    read: int = 0  # of which the page was read anew
    changed: int = 0  # that say something else now
    busy: int = 0  # that the daemon was at: it goes by the rules of now itself
    failed: dict[str, int] = field(default_factory=dict)  # pages that could not be read anew, by reason
    gained: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reprocess:
    """How far a reprocessing came."""

    id: int
    what: str
    latest_id: int
    counts: Counts
    started_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A topic that asks for an article now and did not before, or the reverse."""

    article_id: int
    title: str
    topic: str
    change: str
    score: float | None
    score_before: float | None


def open_reprocess(engine: Engine, key: str, what: str, now: datetime, *, again: bool = False) -> Reprocess:
    """The reprocessing of this key, as far as it came; from the first article when that is wanted `again`."""
    mine = REPROCESS.c.key == key
    with writing(engine) as connection:
        if again:
            connection.execute(delete(REPROCESS).where(mine))
        row = connection.execute(select(REPROCESS).where(mine)).mappings().first()
        if row is None:
            begun = insert(REPROCESS).values(key=key, what=what, started_at=now, saved_at=now)
            row = connection.execute(begun.returning(*REPROCESS.c)).mappings().one()
    names = "id what latest_id started_at finished_at"
    return Reprocess(**{name: row[name] for name in names.split()}, counts=Counts(**row["counts"]))


def remaining(engine: Engine, after: int, since: datetime | None) -> int:
    """How many articles are ahead."""
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(ARTICLE).where(*_ahead(after, since))) or 0


def next_articles(engine: Engine, after: int, since: datetime | None, limit: int) -> tuple[Article, ...]:
    """The articles that come next, by number."""
    asked = select(ARTICLE).where(*_ahead(after, since)).order_by(ARTICLE.c.id).limit(limit)
    with reading(engine) as connection:
        rows = list(connection.execute(asked).mappings())
        sightings = sightings_of(connection, [row["id"] for row in rows])
    return tuple(to_article(row, sightings.get(row["id"])) for row in rows)


def packed_pages(engine: Engine, articles: Sequence[Article]) -> dict[int, Page]:
    """The pages that were kept of some articles, as they are kept: compressed."""
    urls = {article.id: article.url for article in articles}
    with reading(engine) as connection:
        rows = connection.execute(select(PAGE).where(PAGE.c.article_id.in_(urls))).mappings()
        return {
            row["article_id"]: Page(
                urls[row["article_id"]],
                row["url"],
                row["status"],
                row["body"],
                row["content_type"],
                fetched_at=row["fetched_at"],
            )
            for row in rows
        }


def lock_resting(connection: Connection, articles: Mapping[int, int]) -> set[int]:
    """Those articles, by number and revision, that are still so, and that nobody works on."""
    asked = select(ARTICLE.c.id, ARTICLE.c.revision).where(
        ARTICLE.c.id.in_(articles), ARTICLE.c.state == _DONE, ARTICLE.c.leased_until.is_(None)
    )
    return {row.id for row in connection.execute(asked.with_for_update()) if articles[row.id] == row.revision}


def matches_of_all(connection: Connection, articles: Iterable[int]) -> dict[int, list[Match]]:
    """The matches that some articles have."""
    found: dict[int, list[Match]] = {}
    for some in chunks(list(articles)):
        for row in connection.execute(select(MATCH).where(MATCH.c.article_id.in_(some))).mappings():
            found.setdefault(row["article_id"], []).append(to_match(row))
    return found


def save_text(connection: Connection, article: Article, keys: Sequence[str], now: datetime) -> None:
    """What an article says by its new reading, and by what its copies find it."""
    changes: dict[str, Any] = {name: getattr(article, name) for name in _TEXTS.split()}
    changes |= {
        "authors": list(article.authors),
        "agencies": list(article.agencies),
        "about": from_about(article.about),
        "text_source": article.text_source.value,
    }
    connection.execute(update(ARTICLE).where(ARTICLE.c.id == article.id).values(changes))
    if keys and article.story_id is not None:
        keep_keys(connection, article.id, article.story_id, keys, now)


def advance(
    connection: Connection,
    before: Reprocess,
    after: Reprocess,
    changes: Mapping[int, Sequence[MatchChange]],
    now: datetime,
) -> None:
    """Move on, within the transaction that saves what changed; StoreError when somebody else did."""
    mine = (REPROCESS.c.id == before.id, REPROCESS.c.latest_id == before.latest_id)
    counts = {name: getattr(after.counts, name) for name in Counts.__slots__}
    values = {"latest_id": after.latest_id, "counts": counts, "saved_at": now, "finished_at": after.finished_at}
    if connection.execute(update(REPROCESS).where(*mine).values(values)).rowcount != 1:
        raise StoreError("another process does the same", hint="wait for it, or end it")
    rows = [
        {
            "reprocess_id": before.id,
            "article_id": number,
            "topic": change.topic,
            "change": change.change.value,
            "score": change.score,
            "score_before": change.score_before,
        }
        for number, several in changes.items()
        for change in several
    ]
    if rows:
        connection.execute(insert(REPROCESS_CHANGE), rows)


def finish(engine: Engine, state: Reprocess, now: datetime) -> Reprocess:
    """Record that nothing is left."""
    done = replace(state, finished_at=now)
    with writing(engine) as connection:
        advance(connection, state, done, {}, now)
    return done


def changes_of(engine: Engine, state: Reprocess, limit: int | None = None) -> tuple[Changed, ...]:
    """What it changed, by article."""
    names = (REPROCESS_CHANGE.c[name] for name in ("topic", "change", "score", "score_before"))
    asked: Select[Any] = (
        select(REPROCESS_CHANGE.c.article_id, ARTICLE.c.title, *names)
        .join(ARTICLE, ARTICLE.c.id == REPROCESS_CHANGE.c.article_id)
        .where(REPROCESS_CHANGE.c.reprocess_id == state.id)
        .order_by(REPROCESS_CHANGE.c.id)
        .limit(limit)
    )
    with reading(engine) as connection:
        return tuple(Changed(*row) for row in connection.execute(asked))


def _ahead(after: int, since: datetime | None) -> tuple[ColumnElement[bool], ...]:
    asked = (ARTICLE.c.state == _DONE, ARTICLE.c.id > after)
    return asked if since is None else (*asked, func.coalesce(ARTICLE.c.published_at, ARTICLE.c.seen_at) >= since)
