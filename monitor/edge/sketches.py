"""What articles are compared by is kept with them, and read in the order in which they were told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.tables import ARTICLE, STORY_EVENT, STORY_SKETCH
from monitor.stories import COUNTED, Moved, Sketch, Sketched, StoryChange

_AT_ONCE = 100  # sketches that are dropped with an article: far more than come with one


@dataclass(frozen=True, slots=True)
class News:
    """What became of stories since one looked last."""

    told: tuple[Sketched, ...]  # in order
    moved: tuple[Moved, ...]  # in order
    number: int  # of the latest article told
    event: int  # the latest in the log of stories


def read_news(engine: Engine, number: int, event: int) -> News:
    """What was told after that number, and what moved after that event."""
    row = STORY_SKETCH.c
    names = (row.id, row.article_id, ARTICLE.c.story_id, row.told_at)
    kept = (row.language, row.published, row.words, row.digests, row.weights)
    asked = select(*names, *kept, func.coalesce(row.shared, b""), func.coalesce(row.shared_weights, b""))
    joined = asked.join(ARTICLE, ARTICLE.c.id == row.article_id).where(row.id > number)
    with reading(engine) as connection:
        told = tuple(Sketched(*found[:4], Sketch(*found[4:])) for found in connection.execute(joined.order_by(row.id)))
        latest = connection.scalar(select(func.max(STORY_EVENT.c.id))) or 0
        moved = _moved(connection, event) if latest > event else ()
    return News(told, moved, told[-1].number if told else number, latest)


def save_sketch(connection: Connection, article_id: int, sketch: Sketch, told_at: datetime) -> None:
    """Keep what an article is compared by."""
    row = {
        "article_id": article_id,
        "told_at": told_at,
        "language": sketch.language,
        "published": sketch.at,
        "words": sketch.words,
        "digests": sketch.digests,
        "weights": sketch.values,
        "shared": sketch.shared,
        "shared_weights": sketch.shared_values,
    }
    connection.execute(insert(STORY_SKETCH).values(row))


def is_behind(connection: Connection, number: int, event: int) -> bool:
    """Whether somebody told an article, or changed a story, since."""
    latest = connection.scalar(select(func.max(STORY_SKETCH.c.id))) or 0
    return latest > number or (connection.scalar(select(func.max(STORY_EVENT.c.id))) or 0) > event


def forget_sketches(connection: Connection, horizon: datetime, counted: int = COUNTED) -> None:
    """Drop what was told before then, save for the latest: nothing joins these, but their words are counted."""
    row = STORY_SKETCH.c
    latest = select(func.max(row.id) - counted).scalar_subquery()
    # By number, from the oldest on: by time, each article that is told would look through all that are only counted.
    oldest = select(row.id).where(row.id <= latest).order_by(row.id).limit(_AT_ONCE)
    connection.execute(delete(STORY_SKETCH).where(row.id.in_(oldest), row.told_at < horizon))


def _moved(connection: Connection, event: int) -> tuple[Moved, ...]:
    changes = (StoryChange.MERGE.value, StoryChange.SPLIT.value)
    asked = select(STORY_EVENT).where(STORY_EVENT.c.id > event, STORY_EVENT.c.change.in_(changes))
    found = []
    for row in connection.execute(asked.order_by(STORY_EVENT.c.id)).mappings():
        to = row["story_id"] if row["change"] == StoryChange.MERGE.value else row["other_id"]
        found.append(Moved(to, tuple(row["articles"])))
    return tuple(found)
