"""Questions that people ask of the archive: single articles with all that is kept of them, counts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Connection, and_, func, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.rows import to_alert, to_article, to_match, to_story
from monitor.edge.sightings import sightings_of
from monitor.edge.sql import total
from monitor.edge.tables import ALERT, ARTICLE, ATTEMPT, FEED, MATCH, SKIPPED, STORY
from monitor.model import Alert, AlertState, Article, ArticleState, FeedState, Match, Story
from monitor.telling import Attempt

BATCH = 200


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is kept of one article."""

    article: Article
    matches: tuple[Match, ...]
    story: Story | None
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article, and the topics that asked for it."""

    article: Article
    topics: frozenset[str]


def every_article(engine: Engine) -> Iterator[Candidate]:
    """All articles, those that were seen last first."""
    before = 2**62
    while True:
        with reading(engine) as connection:
            asked = select(ARTICLE).where(ARTICLE.c.id < before).order_by(ARTICLE.c.id.desc()).limit(BATCH)
            rows = list(connection.execute(asked).mappings())
            ids = [row["id"] for row in rows]
            sightings, topics = sightings_of(connection, ids), _topics_of(connection, ids)
        for row in rows:
            yield Candidate(to_article(row, sightings.get(row["id"])), frozenset(topics.get(row["id"], ())))
        if len(rows) < BATCH:
            return
        before = rows[-1]["id"]


def _topics_of(connection: Connection, articles: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for row in connection.execute(select(MATCH.c.article_id, MATCH.c.topic).where(MATCH.c.article_id.in_(articles))):
        found.setdefault(row.article_id, set()).add(row.topic)
    return found


def find_articles(engine: Engine, numbers: Sequence[int]) -> dict[int, Candidate]:
    """Articles by their numbers; those that are gone are left out."""
    with reading(engine) as connection:
        rows = connection.execute(select(ARTICLE).where(ARTICLE.c.id.in_(numbers))).mappings().all()
        sightings, topics = sightings_of(connection, numbers), _topics_of(connection, numbers)
    return {
        row["id"]: Candidate(to_article(row, sightings.get(row["id"])), frozenset(topics.get(row["id"], ())))
        for row in rows
    }


def find_article(engine: Engine, asked: str, key: str = "") -> Dossier | None:
    """An article by its number, its URL or its key, with its matches, story and alerts."""
    which = ARTICLE.c.id == int(asked) if asked.isdecimal() and len(asked) < 19 else None
    if which is None:
        which = ARTICLE.c.key.in_((asked, key or asked)) | (ARTICLE.c.url == asked)
    with reading(engine) as connection:
        row = connection.execute(select(ARTICLE).where(which).limit(1)).mappings().first()
        if row is None:
            return None
        number = row["id"]
        article = to_article(row, sightings_of(connection, [number]).get(number))
        matches = connection.execute(select(MATCH).where(MATCH.c.article_id == number).order_by(MATCH.c.topic))
        story = connection.execute(select(STORY).where(STORY.c.id == row["story_id"])).mappings().first()
        alerts = connection.execute(select(ALERT).where(ALERT.c.article_id == number).order_by(ALERT.c.id))
        return Dossier(
            article,
            tuple(to_match(found) for found in matches.mappings()),
            to_story(story) if story else None,
            tuple(to_alert(owed) for owed in alerts.mappings()),
        )


def find_alerts(engine: Engine, state: AlertState | None = None, limit: int = 50) -> tuple[tuple[Alert, str], ...]:
    """Alerts, newest first, each with its article's title."""
    asked = select(ALERT, ARTICLE.c.title).join(ARTICLE, ARTICLE.c.id == ALERT.c.article_id)
    if state:
        asked = asked.where(ALERT.c.state == state.value)
    with reading(engine) as connection:
        rows = connection.execute(asked.order_by(ALERT.c.id.desc()).limit(limit)).mappings()
        return tuple((to_alert(row), row["title"]) for row in rows)


def attempts(engine: Engine, uid: str) -> tuple[Attempt, ...]:
    """Every try to deliver an alert, in order."""
    asked = select(ATTEMPT).join(ALERT, ALERT.c.id == ATTEMPT.c.alert_id).where(ALERT.c.uid == uid)
    with reading(engine) as connection:
        rows = connection.execute(asked.order_by(ATTEMPT.c.id)).mappings()
        return tuple(Attempt(row["started_at"], row["ended_at"], row["result"], row["detail"]) for row in rows)


def retry_failed(engine: Engine, now: datetime, uid: str = "") -> int:
    """Owe failed alerts again (one, or all), as if they were new; how many."""
    failed = update(ALERT).where(ALERT.c.state == AlertState.FAILED.value)
    if uid:
        failed = failed.where(ALERT.c.uid == uid)
    # A new age: otherwise the next failure would find the alert too old, and give up at once.
    again = {"state": AlertState.OWED.value, "due_at": now, "owed_at": now, "failures": 0, "dispatch_id": None}
    with writing(engine) as connection:
        return connection.execute(failed.values(again)).rowcount


def counts(engine: Engine, now: datetime) -> dict[str, int]:
    """Figures of the whole archive, by name."""
    with reading(engine) as connection:
        figures = {
            **_by_state(connection, "feeds", FEED.c.state, FeedState.ACTIVE),
            **_by_state(connection, "articles", ARTICLE.c.state, ArticleState.DONE),
            **_by_state(connection, "alerts", ALERT.c.state, AlertState.SENT),
        }
        failing = select(func.count()).where(and_(FEED.c.state == "active", FEED.c.failures > 0))
        late = select(func.count()).where(and_(FEED.c.state == "active", FEED.c.due_at <= now))
        figures["feeds failing"] = connection.scalar(failing) or 0
        figures["feeds due"] = connection.scalar(late) or 0
        figures["matches"] = connection.scalar(select(func.count()).select_from(MATCH)) or 0
        figures["stories"] = connection.scalar(select(func.count()).select_from(STORY)) or 0
        figures["entries skipped"] = connection.scalar(select(total(SKIPPED.c.times))) or 0
        fed = select(func.count()).where(ARTICLE.c.text_source == "feed")
        figures["articles from feed text"] = connection.scalar(fed) or 0
    return figures


def failed_alerts(engine: Engine) -> int:
    """How many alerts failed for good."""
    with reading(engine) as connection:
        asked = select(func.count()).where(ALERT.c.state == AlertState.FAILED.value)
        return connection.scalar(asked) or 0


def watched(engine: Engine) -> int:
    """How many feeds are owed polls."""
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).where(FEED.c.state == "active")) or 0


def _by_state(connection: Connection, noun: str, state: Column[str], usual: StrEnum) -> dict[str, int]:
    """How many are in each state; those in the `usual` one are what is left of all, as all are soon counted."""
    others = select(state, func.count()).where(state.in_([each for each in type(usual) if each is not usual]))
    total = connection.scalar(select(func.count()).select_from(state.table)) or 0
    counted = {row[0]: row[1] for row in connection.execute(others.group_by(state))}
    counted[usual] = total - sum(counted.values())
    return {noun: total, **{f"{noun} {name}": counted[name] for name in sorted(counted) if counted[name]}}


def skipped_entries(engine: Engine, feeds: Collection[str] = ()) -> tuple[tuple[str, str, int], ...]:
    """Entries that held nothing to keep, of these feeds or of all: (feed, reason, times)."""
    asked = select(FEED.c.name, SKIPPED.c.reason, SKIPPED.c.times).join(FEED, FEED.c.id == SKIPPED.c.feed_id)
    if feeds:
        asked = asked.where(FEED.c.name.in_(feeds))
    with reading(engine) as connection:
        return tuple((row[0], row[1], row[2]) for row in connection.execute(asked.order_by(FEED.c.name)))
