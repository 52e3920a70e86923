"""How far each archive was read in, and what came of its records: kept with the articles, in one transaction."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, text, update
from sqlalchemy.engine import Engine

from monitor.bulk import Fate, Outcome
from monitor.edge.bulk_tables import BACKFILL, BACKFILL_FAILURE
from monitor.edge.database import reading, writing
from monitor.edge.rows import Row, from_about, from_match, from_page
from monitor.edge.sightings import chunks
from monitor.edge.sql import texts
from monitor.edge.tables import ARTICLE, MATCH, PAGE, STORY, STORY_KEY
from monitor.errors import StoreError
from monitor.model import Article, ArticleState

_NAMES = (
    "key url title summary text note language site image_url published_at modified_at seen_at backlog last_error "
    "failures due_at"
).split()
# Put together once: that takes longer than to run them.
_ADD_ARTICLE, _ADD_PAGE, _ADD_MATCH, _ADD_STORY = map(insert, (ARTICLE, PAGE, MATCH, STORY))
# All keys of an article at once: each by itself takes three times as long.
_KEYS = "INSERT INTO story_key (article_id, key, story_id, seen_at) SELECT :article, value, :story, :seen FROM {keys}"
_SEEN = bindparam("seen", type_=STORY_KEY.c.seen_at.type)
_ADD_KEYS = texts(_KEYS, types=[_SEEN])
_AT = bindparam("at", type_=STORY.c.latest_at.type)
_JOIN_STORY = (
    update(STORY)
    .where(STORY.c.id == bindparam("which"))
    .values(
        articles=STORY.c.articles + 1,
        opened_at=case((STORY.c.opened_at > _AT, _AT), else_=STORY.c.opened_at),
        latest_at=case((STORY.c.latest_at < _AT, _AT), else_=STORY.c.latest_at),
    )
)
_LATEST = text("SELECT seq FROM sqlite_sequence WHERE name = 'article'")
_NEXT = text("SELECT nextval(pg_get_serial_sequence('article', 'id')) FROM generate_series(1, :count)")


@dataclass(frozen=True, slots=True)
class Counts:
    """Records, by what became of them."""

    records: int = 0
    articles: int = 0  # new ones
    known: int = 0  # that the archive had before
    matched: int = 0  # of the new ones
    failed: int = 0
    passed: int = 0  # that no topic asks for
    skipped: dict[str, int] = field(default_factory=dict)  # by reason


@dataclass(frozen=True, slots=True)
class Backfill:
    """An archive, and how far it was read in."""

    id: int
    path: str
    wanted: str
    place: str
    counts: Counts
    started_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that could not become an article."""

    path: str
    place: str
    url: str
    reason: str
    detail: str


def open_backfill(engine: Engine, key: str, path: str, wanted: str, now: datetime, *, again: bool = False) -> Backfill:
    """The archive of this key, as far as it was read in; from its beginning when that is wanted `again`."""
    mine = BACKFILL.c.key == key
    begun = {"key": key, "path": path, "wanted": wanted, "started_at": now, "saved_at": now}
    with writing(engine) as connection:
        if again:
            connection.execute(delete(BACKFILL).where(mine))
        row = connection.execute(select(BACKFILL).where(mine)).mappings().first()
        row = row or connection.execute(insert(BACKFILL).values(begun).returning(*BACKFILL.c)).mappings().one()
    return _to_backfill(row)


def advance(connection: Connection, before: Backfill, after: Backfill, now: datetime) -> None:
    """Move on, within the transaction that saves what came of the records; StoreError when somebody else did."""
    mine = (BACKFILL.c.id == before.id, BACKFILL.c.place == before.place)
    counts = {name: getattr(after.counts, name) for name in Counts.__slots__}
    changes = {"place": after.place, "counts": counts, "saved_at": now, "finished_at": after.finished_at}
    if connection.execute(update(BACKFILL).where(*mine).values(changes)).rowcount != 1:
        raise StoreError(f"{before.path}: another process reads this archive in", hint="wait for it, or end it")


def finish(engine: Engine, backfill: Backfill, now: datetime) -> Backfill:
    """Record that nothing is left."""
    done = replace(backfill, finished_at=now)
    with writing(engine) as connection:
        advance(connection, backfill, done, now)
    return done


def save_failures(connection: Connection, backfill: Backfill, outcomes: Iterable[Outcome]) -> None:
    """Keep what failed, and why."""
    rows = [
        {
            "backfill_id": backfill.id,
            "place": each.place,
            "url": each.url,
            "reason": each.reason,
            "detail": each.detail,
        }
        for each in outcomes
        if each.fate is Fate.FAILED
    ]
    if rows:
        connection.execute(insert(BACKFILL_FAILURE), rows)


def failures(engine: Engine, ids: Sequence[int], limit: int | None = None) -> tuple[Failure, ...]:
    """What failed of some archives, in the order in which it was met."""
    columns = (BACKFILL.c.path, *(BACKFILL_FAILURE.c[name] for name in ("place", "url", "reason", "detail")))
    asked = select(*columns).join(BACKFILL, BACKFILL.c.id == BACKFILL_FAILURE.c.backfill_id)
    asked = asked.where(BACKFILL.c.id.in_(ids)).order_by(BACKFILL_FAILURE.c.id).limit(limit)
    with reading(engine) as connection:
        return tuple(Failure(*row) for row in connection.execute(asked))


def reasons(engine: Engine, ids: Sequence[int]) -> dict[str, int]:
    """How many records of some archives failed for each reason, the most frequent first."""
    count = func.count()
    asked = select(BACKFILL_FAILURE.c.reason, count).where(BACKFILL_FAILURE.c.backfill_id.in_(ids))
    with reading(engine) as connection:
        rows = connection.execute(asked.group_by(BACKFILL_FAILURE.c.reason).order_by(count.desc()))
        return {row[0]: row[1] for row in rows}


def known_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of some keys that articles have already."""
    return {
        key
        for some in chunks(sorted(set(keys)))
        for key in connection.scalars(select(ARTICLE.c.key).where(ARTICLE.c.key.in_(some)))
    }


@dataclass(slots=True)
class Rows:
    """What a batch adds, to be written at once."""

    numbers: Iterator[int]  # that new articles get
    articles: list[dict[str, Any]] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)
    matches: list[dict[str, Any]] = field(default_factory=list)
    stories: list[dict[str, Any]] = field(default_factory=list)
    joined: list[dict[str, Any]] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)

    def add_article(self, article: Article, outcome: Outcome, now: datetime) -> int:
        """An article that is new, with its page; its number."""
        number = next(self.numbers)
        row: dict[str, Any] = {name: getattr(article, name) for name in _NAMES}
        row |= {
            "id": number,
            "authors": list(article.authors),
            "agencies": list(article.agencies),
            "about": from_about(article.about),
            "text_source": article.text_source.value,
            "state": article.state.value,
            "copy_of": article.copy_of,
            "story_id": article.story_id,
        }
        self.articles.append(row)
        if outcome.page:
            self.pages.append(from_page(outcome.page, number, outcome.page.body, now))
        return number

    def add_matches(self, number: int, outcome: Outcome, now: datetime) -> None:
        """What topics asked for an article."""
        self.matches.extend(from_match(match, number, now) for match in outcome.matches)

    def add_story(self, article: Article, number: int, keys: Iterable[str]) -> None:
        """The story that an article joins, or opens, and by which keys its copies find it."""
        at, story = article.seen_at, article.story_id
        if story == number:
            row = {"id": number, "headline": article.title, "opened_at": at, "latest_at": at, "articles": 1}
            self.stories.append(row)
        else:
            self.joined.append({"which": story, "at": at})
        told = json.dumps(list(dict.fromkeys(keys)))
        self.keys.append({"article": number, "story": story, "seen": at, "keys": told})


def free_numbers(connection: Connection, count: int) -> Iterator[int]:
    """Numbers for new articles, which nobody else gets."""
    if connection.dialect.name == "sqlite":  # whose writer is alone
        latest = connection.execute(_LATEST).scalar() or 0
        return iter(range(latest + 1, latest + 1 + count))
    return iter(connection.scalars(_NEXT, {"count": count}).all())


def write(connection: Connection, rows: Rows) -> None:
    """Write what a batch adds."""
    for statement, several in (
        (_ADD_ARTICLE, rows.articles),
        (_ADD_PAGE, rows.pages),
        (_ADD_MATCH, rows.matches),
        (_ADD_STORY, rows.stories),
        (_JOIN_STORY, rows.joined),
        (_ADD_KEYS, rows.keys),
    ):
        if several:
            connection.execute(statement, several)


def as_known(article: Article) -> Article:
    """An article that is owed nothing more, and that nobody is told of."""
    return replace(article, state=ArticleState.DONE, due_at=None, backlog=True)


def _to_backfill(row: Row) -> Backfill:
    names = "id path wanted place started_at finished_at"
    return Backfill(**{name: row[name] for name in names.split()}, counts=Counts(**row["counts"]))
