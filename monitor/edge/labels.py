"""What people say of articles – wanted by a topic, or not – becomes rows, and these become labelled articles."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.rows import Row, to_article
from monitor.edge.sightings import sightings_of
from monitor.edge.sql import upsert
from monitor.edge.tables import ARTICLE, LABEL
from monitor.model import Article

BATCH = 200


@dataclass(frozen=True, slots=True)
class Label:
    """Whether a person wants an article flagged by a topic."""

    article_id: int
    topic: str
    wanted: bool
    why: str
    labelled_at: datetime
    title: str = ""  # the article's


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article with what was said of it."""

    article: Article
    label: Label


def set_label(engine: Engine, label: Label) -> Label | None:
    """Keep a label; the one that it replaces, if any."""
    row = {
        "article_id": label.article_id,
        "topic": label.topic,
        "wanted": label.wanted,
        "why": label.why,
        "labelled_at": label.labelled_at,
    }
    again = {name: row[name] for name in ("wanted", "why", "labelled_at")}
    keep = upsert(LABEL).values(row).on_conflict_do_update(index_elements=["article_id", "topic"], set_=again)
    with writing(engine) as connection:
        before = connection.execute(_one(label.article_id, label.topic)).mappings().first()
        connection.execute(keep)
    return _to_label(before) if before else None


def remove_label(engine: Engine, article_id: int, topic: str) -> Label | None:
    """Take a label back; the label that there was, if any."""
    with writing(engine) as connection:
        before = connection.execute(_one(article_id, topic)).mappings().first()
        connection.execute(delete(LABEL).where(LABEL.c.article_id == article_id, LABEL.c.topic == topic))
    return _to_label(before) if before else None


def labels(engine: Engine, topic: str = "") -> tuple[Label, ...]:
    """All labels, or those of a topic, by topic and newest first."""
    asked = select(LABEL, ARTICLE.c.title).join(ARTICLE, ARTICLE.c.id == LABEL.c.article_id)
    if topic:
        asked = asked.where(LABEL.c.topic == topic)
    with reading(engine) as connection:
        rows = connection.execute(asked.order_by(LABEL.c.topic, LABEL.c.labelled_at.desc(), LABEL.c.id.desc()))
        return tuple(_to_label(row) for row in rows.mappings())


def count_labels(engine: Engine, topic: str) -> int:
    """How many articles are labelled for a topic."""
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(LABEL).where(LABEL.c.topic == topic)) or 0


def labelled(engine: Engine, topic: str) -> Iterator[Labelled]:
    """The articles labelled for a topic, in order of their numbers."""
    after = 0
    while True:
        with reading(engine) as connection:
            mine = select(LABEL).where(LABEL.c.topic == topic, LABEL.c.article_id > after)
            said = connection.execute(mine.order_by(LABEL.c.article_id).limit(BATCH)).mappings().all()
            ids = [row["article_id"] for row in said]
            found = connection.execute(select(ARTICLE).where(ARTICLE.c.id.in_(ids))).mappings()
            rows = {row["id"]: row for row in found}
            sightings = sightings_of(connection, ids)
        for row in said:
            number = row["article_id"]
            yield Labelled(to_article(rows[number], sightings.get(number)), _to_label(row))
        if len(said) < BATCH:
            return
        after = ids[-1]


def _one(article_id: int, topic: str) -> Select[tuple[object, ...]]:
    return select(LABEL).where(LABEL.c.article_id == article_id, LABEL.c.topic == topic)


def _to_label(row: Row) -> Label:
    names = ("article_id", "topic", "wanted", "why", "labelled_at")
    return Label(**{name: row[name] for name in names}, title=row.get("title", ""))
