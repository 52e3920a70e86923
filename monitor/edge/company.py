"""Some articles, and a sample of all, become counts of what each of them names."""

from datetime import datetime

from sqlalchemy import Connection, select

from monitor.edge.mentions import count_names
from monitor.edge.sql import listing
from monitor.edge.tables import ARTICLE, SHELF_NAME


def first_since(connection: Connection, since: datetime) -> int:
    """The first article that was seen since then; 0 when there is none."""
    asked = select(ARTICLE.c.id).where(ARTICLE.c.seen_at >= since).order_by(ARTICLE.c.seen_at).limit(1)
    return connection.scalar(asked) or 0


def spread(first: int, last: int, most: int) -> list[int]:
    """Numbers of articles, evenly spread from the first to the last."""
    step = max(1, (last - first + 1) // most)
    return list(range(first, last + 1, step))


def counted(connection: Connection, articles: list[int]) -> dict[str, int]:
    """How many of these articles name each entity."""
    counts = count_names(connection, articles)
    rows = connection.execute(select(SHELF_NAME.c.id, SHELF_NAME.c.name).where(SHELF_NAME.c.id.in_(counts)))
    return {name: counts[code] for code, name in rows}


def how_many(connection: Connection, articles: list[int]) -> int:
    """How many of these numbers are articles whose names were looked for."""
    asked = listing("SELECT count(*) FROM shelf WHERE named_by > 0 AND article_id IN ({listed})")
    return connection.scalar(asked, {"listed": "[" + ",".join(map(str, articles)) + "]"}) or 0
