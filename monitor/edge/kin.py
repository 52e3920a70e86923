"""Keys of an article become the articles that share enough of them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Integer, String, bindparam, case, func, or_, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.sql import texts
from monitor.edge.tables import STORY_KEY

_SHARED = func.aggregate_strings(STORY_KEY.c.key, ",")
_IS_TITLE = case((STORY_KEY.c.key == bindparam("title", type_=String), 1), else_=0)
# Phrases that everybody uses lead to thousands of articles: those that share too little stay in the database.
_ENOUGH = or_(func.count() >= bindparam("least", type_=Integer), func.max(_IS_TITLE) == 1)
# Put together once: that takes longer than to run them.
_SINCE = (
    select(STORY_KEY.c.article_id, STORY_KEY.c.story_id, _SHARED)
    .where(STORY_KEY.c.key.in_(bindparam("keys", expanding=True)))
    .where(STORY_KEY.c.seen_at >= bindparam("since", type_=STORY_KEY.c.seen_at.type))
    .group_by(STORY_KEY.c.article_id, STORY_KEY.c.story_id)
    .having(_ENOUGH)
)
# A phrase that so many articles of those days share is a mould, and tells nothing of one of them.
_USUAL = 300
# In bulk the nearest suffice, and one headline counts for eight runs of words: of texts from one mould there are many.
_NEAREST = 30
# One statement, told which keys in one text: to put together and to hand over three of them took as long as they did.
_WITHIN = """
WITH near AS (
    SELECT article_id, story_id, {joined} AS shared
    FROM (
        SELECT value AS told FROM {keys} WHERE (SELECT count(*) FROM (
            SELECT 1 FROM story_key WHERE key = value AND seen_at >= :since AND seen_at <= :until LIMIT :most
        ) AS held) < :most
    ) AS rare JOIN story_key ON key = told
    WHERE seen_at >= :since AND seen_at <= :until
    GROUP BY article_id, story_id
    HAVING count(*) >= :least OR max(CASE WHEN key = :title THEN 1 ELSE 0 END) = 1
    ORDER BY count(*) + 7 * max(CASE WHEN key = :title THEN 1 ELSE 0 END) DESC, story_id, article_id
    LIMIT :nearest
)
SELECT article_id, near.story_id, shared, coalesce(copy_of, article_id)
FROM near LEFT JOIN article ON article.id = article_id
"""
_TYPES = [
    *(bindparam(name, type_=STORY_KEY.c.seen_at.type) for name in ("since", "until")),
    bindparam("title", type_=String),
]
_NEAR = texts(
    _WITHIN.replace("{joined}", "group_concat(key, ',')"), _WITHIN.replace("{joined}", "string_agg(key, ',')"), _TYPES
)


class Kin(NamedTuple):
    """An article that shares keys with another."""

    story_id: int
    shared: frozenset[str]
    origin: int  # the article whose text it repeats; itself when it repeats none


def sharing(
    engine: Engine, keys: Sequence[str], title: str, least: int, since: datetime
) -> dict[int, tuple[int, frozenset[str]]]:
    """Articles since then that share `least` of these keys, or the `title` key.

    Article id → (story id, the keys that they share).
    """
    given = {"keys": keys, "title": title, "least": least, "since": since}
    with reading(engine) as connection:
        rows = connection.execute(_SINCE, given).all()
    return {article: (story, frozenset(found.split(","))) for article, story, found in rows}


def near(
    connection: Connection, keys: Sequence[str], title: str, least: int, since: datetime, until: datetime
) -> dict[int, Kin]:
    """The nearest articles of that time that share `least` of these keys, or the `title` key, by their ids.

    Only keys that few have lead to them.
    """
    given = {"keys": json.dumps(keys), "title": title, "least": least, "since": since, "until": until}
    rows = connection.execute(_NEAR, {**given, "most": _USUAL, "nearest": _NEAREST})
    return {article: Kin(story, frozenset(shared.split(",")), origin) for article, story, shared, origin in rows}
