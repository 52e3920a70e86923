"""Pages as they were kept, and the articles whose pages nobody has read."""

from collections.abc import Sequence
from datetime import datetime

import zstandard
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from monitor.edge.claims import claim
from monitor.edge.database import reading, writing
from monitor.edge.rows import to_article
from monitor.edge.sightings import sightings_of
from monitor.edge.tables import ARTICLE, PAGE
from monitor.model import Article, ArticleState, Page

_LARGEST = 200_000_000  # bytes: more than the fetcher takes


def stored_page(engine: Engine, article_id: int) -> Page | None:
    """The page of an article, if it was kept."""
    with reading(engine) as connection:
        row = connection.execute(select(PAGE).where(PAGE.c.article_id == article_id)).mappings().first()
        url = connection.scalar(select(ARTICLE.c.url).where(ARTICLE.c.id == article_id)) or ""
    if row is None:
        return None
    body = zstandard.ZstdDecompressor().decompress(row["body"], max_output_size=_LARGEST)
    return Page(url, row["url"], row["status"], body, row["content_type"], fetched_at=row["fetched_at"])


def latest_pages(engine: Engine, host: str, limit: int) -> tuple[Page, ...]:
    """The newest pages that were kept of a host and of those below it."""
    same = PAGE.c.url.regexp_match(rf"^https?://([^/]*\.)?{host.replace('.', '[.]')}(:[0-9]+)?/")
    with reading(engine) as connection:
        ids = connection.scalars(select(PAGE.c.article_id).where(same).order_by(PAGE.c.article_id.desc()).limit(limit))
        found = [stored_page(engine, number) for number in ids.all()]
    return tuple(page for page in found if page)


def owe_unread(engine: Engine, note: str, now: datetime) -> int:
    """Owe a reading to the unread articles that other rules than those of the note passed over; how many."""
    passed = update(ARTICLE).where(ARTICLE.c.state == ArticleState.UNREAD.value, ARTICLE.c.note != note)
    with writing(engine) as connection:
        return connection.execute(passed.values(state=ArticleState.READ.value, due_at=now)).rowcount


def claim_unread(engine: Engine, ids: Sequence[int], owner: str, now: datetime, lease_s: float) -> tuple[Article, ...]:
    """Those of some articles that are unread and that nobody holds."""
    only = ARTICLE.c.id.in_(ids)
    with writing(engine) as connection:
        unread = only & (ARTICLE.c.state == ArticleState.UNREAD.value)
        connection.execute(update(ARTICLE).where(unread).values(due_at=now))
    rows = claim(
        engine, ARTICLE, ArticleState.UNREAD, owner=owner, now=now, lease_s=lease_s, limit=max(len(ids), 1), only=only
    )
    with reading(engine) as connection:
        sightings = sightings_of(connection, [row["id"] for row in rows])
    return tuple(to_article(row, sightings.get(row["id"])) for row in rows)
