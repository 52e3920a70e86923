"""Words and names become the articles that hold them, as many as are looked at, and these what they say."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select, text
from sqlalchemy.engine import Engine

from monitor.edge import fulltext
from monitor.edge.database import reading
from monitor.edge.mentions import newest_naming
from monitor.edge.postings import match_expression, numbers, spoken
from monitor.edge.sql import Both
from monitor.edge.tables import ARTICLE

# Stops after so many: what a word costs does not grow with the archive.
_HOLDING = Both(
    text(
        "SELECT group_concat(id) FROM (SELECT rowid AS id FROM article_fts WHERE article_fts MATCH :asked "
        "ORDER BY rowid DESC LIMIT :most)"
    ),
    fulltext.NEWEST,
)


def holding(engine: Engine, words: Sequence[Collection[str]], most: int) -> list[list[int]]:
    """For each word, in any of its folded forms, the newest articles that hold it."""
    with reading(engine) as connection:
        asked = [{"asked": spoken(connection, match_expression(forms)), "most": most} for forms in words]
        return [numbers(connection.scalar(_HOLDING, each)).tolist() for each in asked]


def naming(engine: Engine, entities: Sequence[str], most: int) -> list[list[int]]:
    """For each entity the newest articles that name it."""
    with reading(engine) as connection:
        return [newest_naming(connection, id_, most) for id_ in entities]


def count_articles(engine: Engine) -> int:
    """How many articles there are, about: the highest number."""
    with reading(engine) as connection:
        return connection.scalar(select(func.max(ARTICLE.c.id))) or 0


def wordings(connection: Connection, ids: Sequence[int], most: int) -> dict[int, tuple[str, str, str]]:
    """Title, beginning of the text and language of articles."""
    body = func.coalesce(func.nullif(ARTICLE.c.text, ""), func.nullif(ARTICLE.c.content, ""), ARTICLE.c.summary)
    asked = select(ARTICLE.c.id, ARTICLE.c.title, func.substr(body, 1, most), ARTICLE.c.language)
    rows = connection.execute(asked.where(ARTICLE.c.id.in_(ids)))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def newest_titles(engine: Engine, most: int) -> list[str]:
    """The titles of the newest articles."""
    with reading(engine) as connection:
        return list(connection.scalars(select(ARTICLE.c.title).order_by(ARTICLE.c.id.desc()).limit(most)))
