"""Keys of an article become the articles that share enough of them."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Integer, String, bindparam, case, func, or_, select, text
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.sql import Both
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
# In bulk the nearest suffice, and one headline counts for eight runs of words: of texts from one mould there are many.
_NEAREST = (func.count() + 7 * func.max(_IS_TITLE)).desc()
_WITHIN = (
    _SINCE.where(STORY_KEY.c.seen_at <= bindparam("until", type_=STORY_KEY.c.seen_at.type))
    .order_by(_NEAREST, STORY_KEY.c.story_id, STORY_KEY.c.article_id)
    .limit(30)
)
# A phrase that so many articles of those days share is a mould, and tells nothing of one of them.
_USUAL = 300
_COUNTED = (
    "SELECT value FROM {keys} WHERE (SELECT count(*) FROM (SELECT 1 FROM story_key "
    "WHERE key = value AND seen_at >= :since AND seen_at <= :until LIMIT :most) AS held) < :most"
)
_TIMES = [bindparam(name, type_=STORY_KEY.c.seen_at.type) for name in ("since", "until")]
_UNUSUAL = Both(
    text(_COUNTED.format(keys="json_each(:keys)")).bindparams(*_TIMES),
    text(_COUNTED.format(keys="json_array_elements_text(CAST(:keys AS json)) AS one(value)")).bindparams(*_TIMES),
)


def sharing(
    engine: Engine | Connection,
    keys: Sequence[str],
    title: str,
    least: int,
    since: datetime,
    until: datetime | None = None,
) -> dict[int, tuple[int, frozenset[str]]]:
    """Articles since then that share `least` of these keys, or the `title` key.

    Article id → (story id, the keys that they share). With `until`, the nearest of those from before then, by keys
    that few have.
    """
    given = {"keys": keys, "title": title, "least": least, "since": since}
    with reading(engine) as connection:
        if until is None:
            rows = connection.execute(_SINCE, given).all()
        else:
            times = {"since": since, "until": until}
            rare = [row[0] for row in connection.execute(_UNUSUAL, {"keys": json.dumps(keys), "most": _USUAL, **times})]
            rows = connection.execute(_WITHIN, {**given, **times, "keys": rare}).all() if rare else []
    return {article: (story, frozenset(found.split(","))) for article, story, found in rows}
