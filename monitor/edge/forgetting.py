"""An article, or all of a site, is taken out of the archive for good, with all that tells of it; and stays out."""

import hashlib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.engine import Engine

from monitor.edge.audit_tables import FORGOTTEN
from monitor.edge.bulk_tables import BACKFILL, BACKFILL_FAILURE
from monitor.edge.database import reading, writing
from monitor.edge.hoards import is_page
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, SITE, STORY, STORY_EVENT
from monitor.host import host_of

# Articles that are taken out in one transaction: a daemon beside it waits no longer than that takes.
_SOME = 100
_FIRST = select(FORGOTTEN.c.what).limit(1)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out."""

    articles: int
    alerts: int
    stories: int
    failures: int = 0  # records of archives, read in bulk, that could not become articles


def articles_of(engine: Engine, what: str, key: str) -> list[int]:
    """The articles that an address (itself, or its key) or a site's host stands for."""
    with reading(engine) as connection:
        if _is_site(what):
            # The host is worked out of each address, which no index knows: this is asked seldom.
            rows = connection.execute(select(ARTICLE.c.id, ARTICLE.c.url, ARTICLE.c.key))
            return [row.id for row in rows if _belongs(host_of(row.url or row.key), what)]
        which = or_(ARTICLE.c.key.in_((what, key)), ARTICLE.c.url == what)
        return list(connection.execute(select(ARTICLE.c.id).where(which)).scalars())


def failures_of(engine: Engine, what: str, key: str, name: Callable[[str], str]) -> list[int]:
    """What is recorded of records that could not become such articles; `name` makes the key of an address."""
    with reading(engine) as connection:
        rows = connection.execute(select(BACKFILL_FAILURE.c.id, BACKFILL_FAILURE.c.url))
        if _is_site(what):
            return [row.id for row in rows if _belongs(host_of(row.url), what)]
        return [row.id for row in rows if row.url in {what, key} or name(row.url) == key]


def forget(
    engine: Engine, what: str, key: str, numbers: Sequence[int], now: datetime, failures: Sequence[int] = ()
) -> Forgotten:
    """Take these articles and failures out, and bar what they were found by from coming in again."""
    alerts = stories = 0
    _bar(engine, [what.lower()] if _is_site(what) else [digest(what), digest(key)], now)
    for start in range(0, len(numbers), _SOME):
        some = numbers[start : start + _SOME]
        with _erasing(engine) as connection:
            keys = connection.execute(select(ARTICLE.c.key).where(ARTICLE.c.id.in_(some))).scalars().all()
            _keep_barred(connection, [digest(one) for one in keys], now)
            alerts += _drop_alerts(connection, some)
            stories += _drop_articles(connection, some)
    for start in range(0, len(failures), _SOME):
        with _erasing(engine) as connection:
            some = failures[start : start + _SOME]
            connection.execute(delete(BACKFILL_FAILURE).where(BACKFILL_FAILURE.c.id.in_(some)))
    with _erasing(engine) as connection:
        _shorten_places(connection)
    if _is_site(what):
        with _erasing(engine) as connection:
            connection.execute(delete(SITE).where(SITE.c.host == what.lower()))
    if engine.dialect.name == "sqlite":
        _fold_log(engine)
    return Forgotten(len(numbers), alerts, stories, len(failures))


@contextmanager
def _erasing(engine: Engine) -> Iterator[Connection]:
    """A transaction by which what is deleted is overwritten."""
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        yield connection


def allow(engine: Engine, what: str, key: str) -> bool:
    """Let it be kept again; False when it was not barred."""
    named = {what.lower(), digest(what), digest(key)}
    with writing(engine) as connection:
        return connection.execute(delete(FORGOTTEN).where(FORGOTTEN.c.what.in_(named))).rowcount > 0


def bars_any(connection: Connection) -> bool:
    """Whether there is anything that must not be kept."""
    return connection.execute(_FIRST).first() is not None


def barred(connection: Connection, found: Mapping[str, str]) -> set[str]:
    """Which of these articles, key → address, must not be kept."""
    if not found or not bars_any(connection):
        return set()
    named = {key: {digest(key), digest(url), *_hosts(host_of(url or key))} for key, url in found.items()}
    every = sorted(set().union(*named.values()))
    held: set[str] = set()
    for start in range(0, len(every), 500):
        some = every[start : start + 500]
        held |= set(connection.execute(select(FORGOTTEN.c.what).where(FORGOTTEN.c.what.in_(some))).scalars())
    return {key for key, names in named.items() if names & held}


def digest(what: str) -> str:
    """By which a forgotten address is known without being kept."""
    return "sha256:" + hashlib.sha256(what.encode("utf-8", "replace")).hexdigest()


def _is_site(what: str) -> bool:
    return not urlsplit(what).scheme and "/" not in what


def _hosts(host: str) -> list[str]:
    """A host and the domains that it is in."""
    labels = host.lower().split(".")
    return [".".join(labels[first:]) for first in range(len(labels))]


def _belongs(host: str, site: str) -> bool:
    return site.lower() in _hosts(host)


def _bar(engine: Engine, names: Iterable[str], now: datetime) -> None:
    with writing(engine) as connection:
        _keep_barred(connection, names, now)


def _keep_barred(connection: Connection, names: Iterable[str], now: datetime) -> None:
    wanted = list(dict.fromkeys(names))
    there = set(connection.execute(select(FORGOTTEN.c.what).where(FORGOTTEN.c.what.in_(wanted))).scalars())
    rows = [{"what": name, "forgotten_at": now} for name in wanted if name not in there]
    if rows:
        connection.execute(insert(FORGOTTEN), rows)


def _drop_alerts(connection: Connection, articles: Collection[int]) -> int:
    """Alerts go with their article; messages that told of nothing else, too."""
    of_them = ALERT.c.article_id.in_(articles)
    messages = set(
        connection.execute(select(ALERT.c.dispatch_id).where(of_them, ALERT.c.dispatch_id.is_not(None))).scalars()
    )
    gone = connection.execute(delete(ALERT).where(of_them)).rowcount
    others = set(connection.execute(select(ALERT.c.dispatch_id).where(ALERT.c.dispatch_id.in_(messages))).scalars())
    connection.execute(delete(DISPATCH).where(DISPATCH.c.id.in_(messages - others)))
    return gone


def _drop_articles(connection: Connection, articles: Collection[int]) -> int:
    """Articles, with all rows that belong to them; stories lose them, and end when they were all. How many ended."""
    titles = select(ARTICLE.c.title).where(ARTICLE.c.id.in_(articles))
    stories = set(connection.execute(select(ARTICLE.c.story_id).where(ARTICLE.c.id.in_(articles))).scalars()) - {None}
    headed = select(STORY.c.id).where(STORY.c.id.in_(stories), STORY.c.headline.in_(titles))
    renamed = set(connection.execute(headed).scalars())
    connection.execute(update(ARTICLE).where(ARTICLE.c.copy_of.in_(articles)).values(copy_of=None))
    connection.execute(delete(ARTICLE).where(ARTICLE.c.id.in_(articles)))
    left = select(ARTICLE.c.story_id, func.count(), func.min(ARTICLE.c.id)).where(ARTICLE.c.story_id.in_(stories))
    counted = {row[0]: (row[1], row[2]) for row in connection.execute(left.group_by(ARTICLE.c.story_id))}
    for story, (number, first) in counted.items():
        title = select(ARTICLE.c.title).where(ARTICLE.c.id == first).scalar_subquery()
        kept = {"articles": number, "headline": title if story in renamed else STORY.c.headline}
        connection.execute(update(STORY).where(STORY.c.id == story).values(kept))
    ended = stories - counted.keys()
    connection.execute(delete(STORY_EVENT).where(STORY_EVENT.c.story_id.in_(ended)))
    connection.execute(delete(STORY).where(or_(STORY.c.id.in_(ended), STORY.c.merged_into.in_(ended))))
    return len(ended)


def _shorten_places(connection: Connection) -> None:
    """How far a folder was read in is no longer said by a file, whose name may tell of what is forgotten.

    What is read to its end needs no place; in what is not, the files beside it are met again, and known.
    """
    for row in connection.execute(select(BACKFILL.c.id, BACKFILL.c.place, BACKFILL.c.finished_at)).all():
        if is_page(row.place):
            folder = "" if row.finished_at else str(PurePath(row.place).parent).removeprefix(".")
            connection.execute(update(BACKFILL).where(BACKFILL.c.id == row.id).values(place=folder))


def _fold_log(engine: Engine) -> None:
    """What was overwritten leaves the write-ahead log of SQLite, too."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError:
        pass  # somebody reads: the log is folded back by whoever comes next
    finally:
        raw.close()
