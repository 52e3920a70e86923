"""Questions that people ask of stories: which there are, and all that is kept of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, literal, select
from sqlalchemy.engine import Engine

from monitor.edge import stories
from monitor.edge.database import reading
from monitor.edge.rows import to_alert, to_article, to_story
from monitor.edge.sightings import chunks, sightings_of
from monitor.edge.tables import ALERT, ARTICLE, MATCH, STORY
from monitor.host import host_of
from monitor.model import Alert, Article, Story
from monitor.stories import StoryEvent

_TEXTS = ("summary", "content", "text")  # left out where only figures are asked for
# The columns of an article without its texts.
LIGHT = tuple(literal("").label(column.name) if column.name in _TEXTS else column for column in ARTICLE.c)

_TELLING = tuple(ARTICLE.c[name] for name in "id url site published_at seen_at story_id copy_of agencies".split())


@dataclass(frozen=True, slots=True)
class Told:
    """A story and its articles, without their texts."""

    story: Story
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class StoryFile:
    """All that is kept of a story."""

    story: Story
    articles: tuple[Article, ...]
    topics: tuple[str, ...]  # that asked for one of its articles
    alerts: tuple[Alert, ...]
    events: tuple[StoryEvent, ...]


def find_stories(engine: Engine, since: datetime, topic: str = "") -> Iterator[Told]:
    """Stories that had an article since then, newest first; with `topic`, those with an article that it asked for."""
    asked = select(STORY).where(STORY.c.merged_into.is_(None), STORY.c.latest_at >= since, STORY.c.articles > 0)
    if topic:
        matched = select(ARTICLE.c.story_id).join(MATCH, MATCH.c.article_id == ARTICLE.c.id)
        asked = asked.where(STORY.c.id.in_(matched.where(MATCH.c.topic == topic)))
    with reading(engine) as connection:
        found = [to_story(row) for row in connection.execute(asked.order_by(STORY.c.latest_at.desc())).mappings()]
    for some in chunks(found):
        with reading(engine) as connection:
            members = _members(connection, [story.id for story in some])
        yield from (Told(story, tuple(members.get(story.id, ()))) for story in some)


def find_story(engine: Engine, story_id: int) -> StoryFile:
    """A story by its number, or by that of one that became part of it; StoreError when there is none."""
    with reading(engine) as connection:
        story = stories.find_live(connection, story_id)
        rows = connection.execute(select(ARTICLE).where(ARTICLE.c.story_id == story.id)).mappings().all()
        ids = [row["id"] for row in rows]
        sightings = sightings_of(connection, ids)
        topics = select(MATCH.c.topic).join(ARTICLE, ARTICLE.c.id == MATCH.c.article_id)
        alerts = select(ALERT).where(ALERT.c.story_id == story.id).order_by(ALERT.c.id)
        return StoryFile(
            story,
            tuple(to_article(row, sightings.get(row["id"])) for row in rows),
            tuple(sorted(set(connection.scalars(topics.where(ARTICLE.c.story_id == story.id))))),
            tuple(to_alert(row) for row in connection.execute(alerts).mappings()),
            stories.events_of(connection, story.id),
        )


def members(engine: Engine, story_id: int) -> tuple[Article, ...]:
    """The articles of a story, without their texts."""
    with reading(engine) as connection:
        return tuple(_members(connection, [story_id]).get(story_id, ()))


def members_of(engine: Engine, story_ids: Sequence[int]) -> dict[int, list[Article]]:
    """The articles of several stories, without their texts."""
    with reading(engine) as connection:
        return _members(connection, list(story_ids))


def tellers_of(engine: Engine, story_ids: Sequence[int]) -> dict[int, list[Article]]:
    """The articles of several stories with as much of each as tells whose voice it is."""
    with reading(engine) as connection:
        rows = connection.execute(select(*_TELLING).where(ARTICLE.c.story_id.in_(story_ids))).all()
        # A name of last resort, where a page gives none: a site is then called as its host.
        nameless = [row.id for row in rows if row.site in ("", host_of(row.url))]
        feeds = sightings_of(connection, nameless)
    found: dict[int, list[Article]] = {}
    for row in rows:
        article = Article(
            row.id,
            "",
            row.url,
            site=row.site,
            published_at=row.published_at,
            seen_at=row.seen_at,
            story_id=row.story_id,
            copy_of=row.copy_of,
            agencies=tuple(row.agencies),
            feeds=tuple(sorted({feed["name"] for feed in feeds.get(row.id, ())})),
        )
        found.setdefault(row.story_id, []).append(article)
    return found


def lead_on(engine: Engine, story_ids: frozenset[int]) -> dict[int, int]:
    """To which stories the numbers of those that became part of another lead."""
    with reading(engine) as connection:
        asked = select(STORY.c.id, STORY.c.merged_into).where(
            STORY.c.id.in_(story_ids), STORY.c.merged_into.is_not(None)
        )
        return {row[0]: row[1] for row in connection.execute(asked)}


def _members(connection: Connection, story_ids: list[int]) -> dict[int, list[Article]]:
    rows = connection.execute(select(*LIGHT).where(ARTICLE.c.story_id.in_(story_ids))).mappings().all()
    ids = [row["id"] for row in rows]
    sightings = {number: rows for some in chunks(ids) for number, rows in sightings_of(connection, some).items()}
    found: dict[int, list[Article]] = {}
    for row in rows:
        found.setdefault(row["story_id"], []).append(to_article(row, sightings.get(row["id"])))
    return found
