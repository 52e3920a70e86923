"""A topic put to the archive batch by batch becomes counts and samples that outlive the process that makes them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.rows import Row, to_article, to_match
from monitor.edge.sightings import sightings_of
from monitor.edge.tables import ARTICLE, BACKTEST, DIFFERENCE, MATCH
from monitor.errors import StoreError
from monitor.model import Article, ArticleState, Evidence, Match

KEPT = 200  # samples of either kind
REMEMBERED = 10  # backtests of a topic
_COUNTS = ("latest_id", "read", "flagged", "added", "removed")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is put to the archive, and what it is compared with."""

    topic: str
    tried: str  # the version of the rule
    against: str  # in words
    since: datetime | None = None

    @property
    def key(self) -> str:
        """The same for the same question."""
        return sha256(repr((self.topic, self.tried, self.against, self.since)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Backtest:
    """How far a plan came."""

    id: int
    plan: Plan
    started_at: datetime
    finished_at: datetime | None = None
    latest_id: int = 0  # the last article that was put to it
    read: int = 0
    flagged: int = 0
    added: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """An article that one rule flags and the other does not, with what speaks for the one that does."""

    article_id: int
    change: str  # added, removed
    score: float | None
    evidence: tuple[Evidence, ...]


def open_backtest(engine: Engine, plan: Plan, now: datetime, *, fresh: bool = False) -> Backtest:
    """The backtest of this plan, as far as it came; a new one if there is none, or if a `fresh` one is wanted."""
    row = {"key": plan.key, "topic": plan.topic, "tried": plan.tried, "against": plan.against, "since": plan.since}
    begun = {**row, "started_at": now, "saved_at": now, **dict.fromkeys(_COUNTS, 0)}
    mine = BACKTEST.c.key == plan.key
    with writing(engine) as connection:
        if fresh:
            connection.execute(delete(BACKTEST).where(mine))
        found = connection.execute(select(BACKTEST).where(mine)).mappings().first()
        if found is None:
            found = connection.execute(insert(BACKTEST).values(begun).returning(*BACKTEST.c)).mappings().one()
            _forget(connection, plan.topic)
    return _to_backtest(found, plan)


def find_backtest(engine: Engine, number: int) -> Backtest | None:
    """A backtest by its number."""
    with reading(engine) as connection:
        row = connection.execute(select(BACKTEST).where(BACKTEST.c.id == number)).mappings().first()
    return _to_backtest(row, _plan_of(row)) if row else None


def latest_backtests(engine: Engine, topic: str, limit: int) -> tuple[Backtest, ...]:
    """Backtests, of one topic or of all, newest first."""
    asked = select(BACKTEST).order_by(BACKTEST.c.id.desc()).limit(limit)
    with reading(engine) as connection:
        rows = connection.execute(asked.where(BACKTEST.c.topic == topic) if topic else asked).mappings()
        return tuple(_to_backtest(row, _plan_of(row)) for row in rows)


def remaining(engine: Engine, backtest: Backtest) -> int:
    """How many articles are still to be put to it."""
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(ARTICLE).where(*_ahead(backtest))) or 0


def next_articles(engine: Engine, backtest: Backtest, limit: int) -> tuple[Article, ...]:
    """The articles that come next, in the order of their numbers."""
    asked = select(ARTICLE).where(*_ahead(backtest)).order_by(ARTICLE.c.id).limit(limit)
    with reading(engine) as connection:
        rows = list(connection.execute(asked).mappings())
        sightings = sightings_of(connection, [row["id"] for row in rows])
    return tuple(to_article(row, sightings.get(row["id"])) for row in rows)


def stored_matches(engine: Engine, topic: str, articles: Sequence[Article], version: str = "") -> dict[int, Match]:
    """The matches that are kept of these articles and this topic, by article; with `version`, of that rule only."""
    ids = [article.id for article in articles]
    asked = select(MATCH).where(MATCH.c.topic == topic, MATCH.c.article_id.in_(ids))
    if version:
        asked = asked.where(MATCH.c.version == version)
    with reading(engine) as connection:
        return {row["article_id"]: to_match(row) for row in connection.execute(asked).mappings()}


def stored_versions(engine: Engine, topic: str) -> dict[str, int]:
    """The rules that made the kept matches of a topic, latest first, with how many each made."""
    asked = select(MATCH.c.version, func.count()).where(MATCH.c.topic == topic).group_by(MATCH.c.version)
    with reading(engine) as connection:
        rows = connection.execute(asked.order_by(func.max(MATCH.c.matched_at).desc()))
        return {row[0]: row[1] for row in rows}


def save_batch(
    engine: Engine, before: Backtest, after: Backtest, differences: Iterable[Difference], now: datetime
) -> None:
    """Save a batch whole; StoreError when another process has put the same articles to it by now."""
    rows = [
        {**asdict(each), "evidence": [asdict(item) for item in each.evidence], "backtest_id": before.id}
        for each in differences
    ]
    drawn = [{**row, "draw": _draw(row["article_id"])} for row in rows]
    counts = {name: getattr(after, name) for name in _COUNTS}
    mine = (BACKTEST.c.id == before.id, BACKTEST.c.latest_id == before.latest_id)
    with writing(engine) as connection:
        changes = {**counts, "saved_at": now, "finished_at": after.finished_at}
        if connection.execute(update(BACKTEST).where(*mine).values(changes)).rowcount != 1:
            raise StoreError("another process works on this backtest", hint="wait for it, or end it")
        if drawn:
            connection.execute(insert(DIFFERENCE), drawn)
            for change in {row["change"] for row in drawn}:
                _thin_out(connection, before.id, change)


def finish(engine: Engine, backtest: Backtest, now: datetime) -> Backtest:
    """Record that nothing is left."""
    done = replace(backtest, finished_at=now)
    save_batch(engine, backtest, done, (), now)
    return done


def samples(engine: Engine, backtest: Backtest, change: str, limit: int) -> tuple[tuple[Difference, Article], ...]:
    """Articles that were added or removed, spread evenly over all such, in the order of their numbers."""
    asked = (
        select(DIFFERENCE.c.article_id, DIFFERENCE.c.score.label("scored"), DIFFERENCE.c.evidence, ARTICLE)
        .join(ARTICLE, ARTICLE.c.id == DIFFERENCE.c.article_id)
        .where(DIFFERENCE.c.backtest_id == backtest.id, DIFFERENCE.c.change == change)
    )
    with reading(engine) as connection:
        rows = list(connection.execute(asked.order_by(DIFFERENCE.c.draw).limit(limit)).mappings())
        sightings = sightings_of(connection, [row["id"] for row in rows])
    return tuple(
        (
            Difference(row["id"], change, row["scored"], tuple(Evidence(**item) for item in row["evidence"])),
            to_article(row, sightings.get(row["id"])),
        )
        for row in sorted(rows, key=lambda row: int(row["id"]))
    )


def _ahead(backtest: Backtest) -> tuple[ColumnElement[bool], ...]:
    """Articles that were told, also those that an edit owes another reading: before that, no matches are kept."""
    told = or_(ARTICLE.c.state == ArticleState.DONE.value, ARTICLE.c.story_id.is_not(None))
    asked = (told, ARTICLE.c.id > backtest.latest_id)
    if backtest.plan.since is None:
        return asked
    return (*asked, func.coalesce(ARTICLE.c.published_at, ARTICLE.c.seen_at) >= backtest.plan.since)


def _thin_out(connection: Connection, backtest: int, change: str) -> None:
    """Keep the lowest draws: an even sample of all, and the same one however often the work was interrupted."""
    mine = (DIFFERENCE.c.backtest_id == backtest, DIFFERENCE.c.change == change)
    last = select(DIFFERENCE.c.draw).where(*mine).order_by(DIFFERENCE.c.draw).offset(KEPT - 1).limit(1)
    bound = connection.scalar(last)
    if bound is not None:
        connection.execute(delete(DIFFERENCE).where(*mine, DIFFERENCE.c.draw > bound))


def _draw(article_id: int) -> int:
    """An article's lot: without likeness to its number, yet the same in every run."""
    return int.from_bytes(sha256(str(article_id).encode()).digest()[:4]) >> 1


def _forget(connection: Connection, topic: str) -> None:
    """Let go of all but the latest backtests of a topic."""
    latest = select(BACKTEST.c.id).where(BACKTEST.c.topic == topic).order_by(BACKTEST.c.id.desc()).limit(REMEMBERED)
    connection.execute(delete(BACKTEST).where(BACKTEST.c.topic == topic, BACKTEST.c.id.not_in(latest)))


def _to_backtest(row: Row, plan: Plan) -> Backtest:
    counts = {name: row[name] for name in _COUNTS}
    return Backtest(row["id"], plan, row["started_at"], row["finished_at"], **counts)


def _plan_of(row: Row) -> Plan:
    return Plan(row["topic"], row["tried"], row["against"], row["since"])
