"""Articles become an archive that can be asked."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import delete, insert

from monitor.edge.database import writing
from monitor.edge.mentions import keep_names
from monitor.edge.store import Store
from monitor.edge.tables import ARTICLE, FEED, MATCH, SIGHTING, STORY
from monitor.model import Article
from monitor.routing import Plan
from monitor.rules import Rules
from monitor.think.entities import Entities
from monitor.think.match import compile_topics, read
from monitor.think.topics import Pack

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def rules_of(entities: Entities) -> Rules:
    """Rules without topics that know these entities."""
    pack = Pack("test", "", "", tuple(entities.by_id.values()), ())
    return Rules(pack, entities, compile_topics((), entities), Plan((), (), {}), names_version="names 1")


def fill(store: Store, rules: Rules, articles: list[Article], *, named: bool = True) -> list[Article]:
    """An archive with these articles only, as they come out of it."""
    with writing(store.engine) as connection:
        for table in (MATCH, SIGHTING, FEED, ARTICLE, STORY):
            connection.execute(delete(table))
        kept = []
        for place, article in enumerate(articles):
            row = {
                "key": f"{place}",
                "url": article.url,
                "title": article.title,
                "text": article.text,
                "language": article.language,
                "site": article.site,
                "authors": list(article.authors),
                "seen_at": article.seen_at or START,
                "published_at": article.published_at,
                "story_id": article.story_id,
                "copy_of": article.copy_of,
                "state": "done",
            }
            number = connection.execute(insert(ARTICLE).values(row).returning(ARTICLE.c.id)).scalar_one()
            kept.append(replace(article, id=number))
    if named:
        namer = rules.finder(next(iter(rules.entities.by_id)))
        keep_names(store.engine, {each.id: read(each, namer).names for each in kept}, rules.names_version)
    return kept
