"""Questions that pages ask: which topics stories are of, where an article was seen, what is said of it, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.labels import Label
from monitor.edge.revisions import OWED, note_edit, read_for_edits
from monitor.edge.rows import to_dispatch, to_story
from monitor.edge.sightings import chunks
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, FEED, LABEL, MATCH, REVISION, SIGHTING, STORY
from monitor.model import AlertState, ArticleState, Story
from monitor.telling import Dispatch


@dataclass(frozen=True, slots=True)
class Seen:
    """A feed that showed an article, and when."""

    feed: str
    title: str
    published_at: datetime | None
    seen_at: datetime


def stories_since(engine: Engine, since: datetime) -> tuple[Story, ...]:
    """The stories that had an article since then, without their articles."""
    # That a story was not merged is looked at here: the database would go through all that were not, which are most.
    asked = select(STORY).where(STORY.c.latest_at >= since)
    with reading(engine) as connection:
        rows = connection.execute(asked).mappings()
        return tuple(to_story(row) for row in rows if row["merged_into"] is None)


def topics_of(engine: Engine, stories: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Which topics asked for an article of each of these stories."""
    found: dict[int, set[str]] = {}
    with reading(engine) as connection:
        for some in chunks(stories):
            asked = (
                select(ARTICLE.c.story_id, MATCH.c.topic)
                .join(MATCH, MATCH.c.article_id == ARTICLE.c.id)
                .where(ARTICLE.c.story_id.in_(some))
                .distinct()
            )
            for story, topic in connection.execute(asked):
                found.setdefault(story, set()).add(topic)
    return {story: tuple(sorted(topics)) for story, topics in found.items()}


def seen_in(engine: Engine, article_id: int) -> tuple[Seen, ...]:
    """Where an article was seen, in order."""
    asked = (
        select(FEED.c.name, FEED.c.title, SIGHTING.c.published_at, SIGHTING.c.seen_at)
        .join(FEED, FEED.c.id == SIGHTING.c.feed_id)
        .where(SIGHTING.c.article_id == article_id)
        .order_by(SIGHTING.c.id)
    )
    with reading(engine) as connection:
        return tuple(Seen(*row) for row in connection.execute(asked))


def labels_of(engine: Engine, article_ids: Sequence[int]) -> tuple[Label, ...]:
    """What people said of these articles."""
    with reading(engine) as connection:
        asked = select(LABEL).where(LABEL.c.article_id.in_(article_ids)).order_by(LABEL.c.topic)
        rows = connection.execute(asked).mappings().all()
    names = ("article_id", "topic", "wanted", "why", "labelled_at")
    return tuple(Label(**{name: row[name] for name in names}) for row in rows)


def open_messages(engine: Engine, limit: int = 50) -> tuple[tuple[Dispatch, int], ...]:
    """Messages that collect alerts or are owed, each with how many alerts it holds; those due first."""
    held = select(ALERT.c.dispatch_id, func.count().label("held")).group_by(ALERT.c.dispatch_id).subquery()
    waits = DISPATCH.c.state.in_((AlertState.HELD.value, AlertState.OWED.value))
    asked = select(DISPATCH, func.coalesce(held.c.held, 0).label("holds"))
    asked = asked.outerjoin(held, held.c.dispatch_id == DISPATCH.c.id).where(waits).order_by(DISPATCH.c.due_at)
    with reading(engine) as connection:
        rows = connection.execute(asked.limit(limit)).mappings().all()
    return tuple((to_dispatch(row), row["holds"]) for row in rows)


def alert_counts(engine: Engine) -> dict[str, int]:
    """How many alerts are in which state."""
    with reading(engine) as connection:
        rows = connection.execute(select(ALERT.c.state, func.count()).group_by(ALERT.c.state))
        return {row[0]: row[1] for row in rows}


def ask_again(engine: Engine, article_id: int, now: datetime) -> bool:
    """Owe an article at rest another reading, as if its feed had shown an edit; False when it is owed something."""
    with writing(engine) as connection:
        state = connection.scalar(select(ARTICLE.c.state).where(ARTICLE.c.id == article_id))
        if state not in (ArticleState.DONE.value, ArticleState.FAILED.value):
            return False
        note_edit(connection, article_id, now)
        connection.execute(ARTICLE.update().where(ARTICLE.c.id == article_id).values(due_at=now))
        read_for_edits(connection, [article_id], now)
    return True


def is_asked_again(engine: Engine, article_id: int) -> bool:
    """Whether an article is owed a reading for an edit."""
    asked = select(func.count()).where(REVISION.c.article_id == article_id, REVISION.c.number == OWED)
    with reading(engine) as connection:
        return bool(connection.scalar(asked))
