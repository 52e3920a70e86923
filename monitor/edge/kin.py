"""Keys of an article become the articles that share enough of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, case, func, or_, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.tables import STORY_KEY


def sharing(
    engine: Engine | Connection,
    keys: Sequence[str],
    title: str,
    least: int,
    since: datetime,
    until: datetime | None = None,
) -> dict[int, tuple[int, frozenset[str]]]:
    """Articles within that time that share `least` of these keys, or the `title` key.

    Article id → (story id, the keys that they share).
    """
    shared = func.aggregate_strings(STORY_KEY.c.key, ",")
    # Phrases that everybody uses lead to thousands of articles: those that share too little stay in the database.
    enough = or_(func.count() >= least, func.max(case((STORY_KEY.c.key == title, 1), else_=0)) == 1)
    asked = (
        select(STORY_KEY.c.article_id, STORY_KEY.c.story_id, shared)
        .where(STORY_KEY.c.key.in_(keys), STORY_KEY.c.seen_at >= since)
        .group_by(STORY_KEY.c.article_id, STORY_KEY.c.story_id)
        .having(enough)
    )
    asked = asked if until is None else asked.where(STORY_KEY.c.seen_at <= until)
    with reading(engine) as connection:
        rows = connection.execute(asked).all()
    return {article: (story, frozenset(found.split(","))) for article, story, found in rows}
