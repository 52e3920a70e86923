"""What is said of the health of feeds becomes events, and notices owed to receivers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, ScalarSelect, Select, Update, case, func, insert, select, update
from sqlalchemy.engine import Engine

from monitor.edge.claims import FREE, claim, save_claimed
from monitor.edge.database import reading, writing
from monitor.edge.rows import Row, to_claim
from monitor.edge.sql import upsert
from monitor.edge.tables import ARTICLE, FEED, FEED_DAY, HEALTH_EVENT, NOTICE, SIGHTING
from monitor.model import Alert, AlertState, ArticleState, Feed, FeedState

LATEST = 5  # of a feed's sightings: when it last had news
NEWEST = 12  # of a feed's articles: whether its pages can be read
TURNS = 6  # rounds in which the pages of all feeds are looked at
# What a judgement takes of a feed.
NEEDED = tuple("id name url state interval_s failures last_error polled_at succeeded_at".split())
PARTED = "\x1f"
SEVERAL = "several"  # what an event is called that tells of several others
SHOWN = 100  # of those
FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Glance:
    """A feed, what was said of its health last, and what it shows today."""

    feed: Feed
    health: str
    since: datetime | None
    latest_at: datetime | None  # when it last showed something new
    today: int  # new articles
    yesterday: int
    notes: tuple[str, ...]  # of its newest pages of the last day, newest first; empty for those that could be read


@dataclass(frozen=True, slots=True)
class History:
    """What a feed brought in the weeks before it last had news, and since."""

    articles: dict[date, int]  # on each day before this one on which it could be polled
    polled: frozenset[date]
    news: tuple[datetime, ...]  # when it had any


@dataclass(frozen=True, slots=True)
class Event:
    """A feed that fell ill or recovered, or what happened to many at once; `feed` is then one of them."""

    uid: str
    feed: str
    feed_id: int
    before: str
    health: str
    why: str
    noticed_at: datetime
    url: str = ""
    told: bool = True  # to the receivers of notices, by itself
    many: bool = False  # it tells of many feeds, and changes none


@dataclass(frozen=True, slots=True)
class Notice:
    """The message of an event that is owed to a receiver, as an alert is; `members` were noticed together with it."""

    id: int
    owed: Alert
    event: Event
    members: tuple[Event, ...] = ()


def glances(engine: Engine, after: int, now: datetime, limit: int, turn: int = 0) -> tuple[Glance, ...]:
    """The next feeds, by id, with all that a first judgement takes; notes for one in `TURNS`, another each turn."""
    # Pages are looked up one by one, in the largest of all tables.
    notes = case((FEED.c.id % TURNS == turn % TURNS, _notes(now)), else_=None)
    asked = (
        select(*(FEED.c[name] for name in (*NEEDED, "health", "health_at")), _latest(), notes)
        .where(FEED.c.id > after, FEED.c.state != FeedState.REMOVED.value)
        .order_by(FEED.c.id)
        .limit(limit)
    )
    today = now.date()
    with reading(engine) as connection:
        rows = connection.execute(asked).all()
        days = select(FEED_DAY.c.feed_id, FEED_DAY.c.day, FEED_DAY.c.articles).where(
            FEED_DAY.c.feed_id.in_([row.id for row in rows]), FEED_DAY.c.day >= today - timedelta(days=1)
        )
        counts = {(row.feed_id, row.day): row.articles for row in connection.execute(days)}
    return tuple(_to_glance(row, counts, today) for row in rows)


def _to_glance(row: Sequence[Any], counts: Mapping[tuple[int, date], int], today: date) -> Glance:
    told = dict(zip(NEEDED, row, strict=False))
    health, since, latest_at, notes = row[len(NEEDED) :]
    # Not all of the feed is read: with 100,000 of them, its lists and tables would cost more than the rest.
    feed = Feed(**{**told, "state": FeedState(told["state"])})
    shown = tuple(notes.split(PARTED)) if notes is not None else ()
    found = counts.get((feed.id, today), 0), counts.get((feed.id, today - timedelta(days=1)), 0)
    return Glance(feed, health, since, latest_at, *found, shown)


def _latest() -> ScalarSelect[Any]:
    """When a feed last showed something new. Its newest articles have the highest ids, whoever showed them first."""
    newest = (
        select(SIGHTING.c.seen_at)
        .where(SIGHTING.c.feed_id == FEED.c.id)
        .order_by(SIGHTING.c.article_id.desc())
        .limit(LATEST)
        .correlate(FEED)
        .subquery()
    )
    return select(func.max(newest.c.seen_at)).scalar_subquery()


def _notes(now: datetime) -> ScalarSelect[Any]:
    newest = (
        select(func.substr(ARTICLE.c.note, 1, 100).label("note"))
        .join(SIGHTING, SIGHTING.c.article_id == ARTICLE.c.id)
        .where(
            SIGHTING.c.feed_id == FEED.c.id,
            SIGHTING.c.seen_at >= now - timedelta(days=1),
            ARTICLE.c.state != ArticleState.READ.value,
        )
        .order_by(SIGHTING.c.article_id.desc())
        .limit(NEWEST)
        .correlate(FEED)
        .subquery()
    )
    return select(func.aggregate_strings(newest.c.note, PARTED)).scalar_subquery()


def history(engine: Engine, feed_id: int, since: datetime, today: date) -> History:
    """What a feed brought since then."""
    first = select(ARTICLE.c.id).where(ARTICLE.c.seen_at >= since).order_by(ARTICLE.c.seen_at).limit(1)
    asked = select(FEED_DAY.c.day, FEED_DAY.c.articles).where(
        FEED_DAY.c.feed_id == feed_id, FEED_DAY.c.day >= since.date(), FEED_DAY.c.polls > FEED_DAY.c.failures
    )
    with reading(engine) as connection:
        days = {row.day: row.articles for row in connection.execute(asked)}
        low = connection.scalar(first)
        news = (
            select(SIGHTING.c.seen_at)
            .distinct()
            .where(SIGHTING.c.feed_id == feed_id, SIGHTING.c.article_id >= low, SIGHTING.c.seen_at >= since)
        )
        times = tuple(connection.scalars(news)) if low else ()
    articles = {day: count for day, count in days.items() if day < today}
    return History(articles, frozenset(days), times)


def latest_event(engine: Engine, kinds: Collection[str]) -> Event | None:
    """The last event of one of these kinds."""
    asked = _events().where(HEALTH_EVENT.c.health.in_(kinds)).order_by(HEALTH_EVENT.c.id.desc()).limit(1)
    with reading(engine) as connection:
        row = connection.execute(asked).mappings().first()
    return _to_event(row) if row else None


def save_events(
    engine: Engine, events: Iterable[Event], receivers: Collection[str], now: datetime, *, wake: bool = False
) -> None:
    """Save what was noticed, and the notices that it owes, in one transaction.

    An event of one feed changes the feed, unless somebody else has done so by now. `wake` has all feeds that could not
    be reached polled at once.
    """
    with writing(engine) as connection:
        for event in events:
            if not event.many and not _change_feed(connection, event):
                continue
            row = {name: getattr(event, name) for name in "uid feed_id before health why noticed_at".split()}
            made = upsert(HEALTH_EVENT).values(row).on_conflict_do_nothing().returning(HEALTH_EVENT.c.id)
            number = connection.execute(made).scalar()
            if number and event.told and receivers:
                owed = [{"event_id": number, "receiver": name, "due_at": event.noticed_at} for name in receivers]
                connection.execute(insert(NOTICE), owed)
        if wake:
            connection.execute(_wake(now))


def _change_feed(connection: Connection, event: Event) -> bool:
    changed = update(FEED).where(FEED.c.id == event.feed_id, FEED.c.health == event.before)
    values = {"health": event.health, "health_why": event.why, "health_at": event.noticed_at}
    return connection.execute(changed.values(values)).rowcount == 1


def _wake(now: datetime) -> Update:
    lost = (FEED.c.state == FeedState.ACTIVE.value, FEED.c.failures > 0, FEED.c.due_at > now, FEED.c.token == "")
    # Who answered with a status was reached, and may have asked for patience.
    return update(FEED).where(*lost, FEED.c.last_error.not_like("status %")).values(due_at=now)


# Notices


def claim_notices(engine: Engine, owner: str, now: datetime, lease_s: float, limit: int) -> tuple[Notice, ...]:
    """Notices owed a delivery, longest waiting first."""
    rows = claim(engine, NOTICE, AlertState.OWED.value, owner=owner, now=now, lease_s=lease_s, limit=limit)
    if not rows:
        return ()
    with reading(engine) as connection:
        asked = _events().where(HEALTH_EVENT.c.id.in_({row["event_id"] for row in rows}))
        events = {row["id"]: _to_event(row) for row in connection.execute(asked).mappings()}
        members = {key: _members(connection, event) for key, event in events.items()}
    return tuple(
        Notice(row["id"], _owed(row, events[row["event_id"]]), events[row["event_id"]], members[row["event_id"]])
        for row in rows
    )


def _owed(row: Row, event: Event) -> Alert:
    return Alert(
        uid=event.uid,
        receiver=row["receiver"],
        topic="",
        story_id=0,
        sequence=0,
        article_id=0,
        id=row["id"],
        created_at=event.noticed_at,
        owed_at=event.noticed_at,
        failures=row["failures"],
        last_error=row["last_error"],
        claim=to_claim(row),
    )


def _events() -> Select[Any]:
    return select(HEALTH_EVENT, FEED.c.name, FEED.c.url).join(FEED, FEED.c.id == HEALTH_EVENT.c.feed_id)


def _to_event(row: Row) -> Event:
    names = "uid feed_id before health why noticed_at url"
    return Event(feed=row["name"], **{name: row[name] for name in names.split()})


def _members(connection: Connection, event: Event) -> tuple[Event, ...]:
    """The events of single feeds that were noticed together with one that tells of several, and saved before it."""
    if event.health != SEVERAL:
        return ()
    this = select(HEALTH_EVENT.c.id).where(HEALTH_EVENT.c.uid == event.uid).scalar_subquery()
    columns = HEALTH_EVENT.c
    # That a feed fails, or does so no more, is not told.
    told = columns.health.not_in((SEVERAL, FAILING)) & ((columns.health != "") | (columns.before != FAILING))
    asked = _events().where(columns.noticed_at == event.noticed_at, columns.id < this, told)
    rows = connection.execute(asked.order_by(columns.id).limit(SHOWN)).mappings()
    return tuple(_to_event(row) for row in rows)


def save_notice(engine: Engine, notice: Notice, owed: Alert) -> None:
    """Save one try to deliver a notice: `owed` is where it leaves it."""
    kept = {name: getattr(owed, name) for name in "sent_at due_at failures last_error".split()}
    with writing(engine) as connection:
        save_claimed(connection, NOTICE, notice.id, notice.owed.claim, {"state": owed.state.value, **kept})


def release_notices(engine: Engine, owner: str) -> None:
    """Hand back the notices that `owner` still holds."""
    with writing(engine) as connection:
        connection.execute(update(NOTICE).where(NOTICE.c.token.like(f"{owner}:%")).values(FREE))


# Questions of the shell
