"""Questions of the last hours, and of some feeds: answered from what they need, however large the archive is."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.rows import to_story
from monitor.edge.sightings import chunks
from monitor.edge.tables import ARTICLE, SIGHTING, STORY
from monitor.model import Story


def stories_since(engine: Engine, since: datetime) -> tuple[Story, ...]:
    """The stories that had an article since then, without their articles: found by the articles, which are in order."""
    came = select(ARTICLE.c.story_id).where(ARTICLE.c.seen_at >= since)
    found: list[Story] = []
    with reading(engine) as connection:
        # Two steps: as one, it is not the articles of that time that are looked through, but all stories.
        ids = sorted({number for number in connection.scalars(came) if number})
        for some in chunks(ids):
            asked = select(STORY).where(STORY.c.id.in_(some), STORY.c.merged_into.is_(None), STORY.c.latest_at >= since)
            found += [to_story(row) for row in connection.execute(asked).mappings()]
    return tuple(found)


def articles_of(engine: Engine, feeds: Sequence[int]) -> dict[int, int]:
    """How many articles each of these feeds showed."""
    found: dict[int, int] = {}
    with reading(engine) as connection:
        for some in chunks(feeds):
            asked = select(SIGHTING.c.feed_id, func.count()).where(SIGHTING.c.feed_id.in_(some))
            found.update((row[0], row[1]) for row in connection.execute(asked.group_by(SIGHTING.c.feed_id)))
    return found
