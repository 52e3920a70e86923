"""What the archive tells beyond single articles: what is most like one, how an event or a name went over time."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from monitor.alike import Alike, alike
from monitor.company import company_of
from monitor.model import Article
from monitor.think.language import clean, detect
from monitor.think.tally import Unit
from monitor.timeline import timeline
from monitor.web.api.answers import Api
from monitor.web.api.articles import find
from monitor.web.api.asked import At, Number, Reader
from monitor.web.api.shapes import ArticleLine, EntityShape, Shape, article_line, entity_shapes
from monitor.web.desk import Desk
from monitor.web.problems import missing
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["articles"], route_class=Api)
_COMPANIONS = 20

Most = Annotated[int, Query(ge=1, le=50)]
Asked = Annotated[str, Query(max_length=3_800, description="In the query language; empty: all articles.")]


class AlikeShape(Shape):
    """An article that is like the one asked about."""

    article: ArticleLine
    score: float = Field(description="From 0 to 1")
    words: tuple[str, ...] = Field(description="That both hold, those that tell most first")
    entities: tuple[str, ...] = Field(description="That both name")


class Pasted(Shape):
    """A text of somebody's own. Nothing of it is kept."""

    title: str = Field("", max_length=1_000)
    text: str = Field(min_length=1, max_length=200_000)


class Stretch(Shape):
    """A stretch of time."""

    start: datetime
    articles: int


class Timeline(Shape):
    """How many articles answer a query, by stretches of one length, empty ones between them, too."""

    unit: Unit
    total: int
    spans: list[Stretch]


class CompanionShape(Shape):
    """An entity that is named with another."""

    entity: EntityShape
    articles: int = Field(description="That name both, of those that were looked at")
    times: float = Field(description="As often as by chance")


class EntityFile(Shape):
    """An entity, and whom it is named with beyond chance."""

    entity: EntityShape
    company: list[CompanionShape]


@router.get("/articles/{article_id}/alike", summary="The articles most like one")
def show_alike(desk: At, _: Reader, article_id: Number, limit: Most = 10) -> list[AlikeShape]:
    """The most like it first, itself left out."""
    return _alike(desk, find(desk, article_id).article, limit)


@router.post("/alike", summary="The articles most like a text")
def find_alike(desk: At, _: Reader, pasted: Pasted, limit: Most = 10) -> list[AlikeShape]:
    """The most like it first."""
    title, text = clean(pasted.title), clean(pasted.text)
    return _alike(desk, Article(0, "", "", title=title, text=text, language=detect(text)), limit)


def _alike(desk: Desk, article: Article, limit: int) -> list[AlikeShape]:
    return [_shape(each) for each in alike(desk.archive, article, limit)]


def _shape(found: Alike) -> AlikeShape:
    return AlikeShape(
        article=article_line(found.article), score=round(found.score, 4), words=found.words, entities=found.names
    )


@router.get("/timeline", summary="How many articles answer a query, over time")
def show_timeline(
    desk: At,
    _: Reader,
    q: Asked = "",
    unit: Unit | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Timeline:
    """By the finest unit that makes no more than 120 stretches, when none is asked for."""
    drawn = timeline(desk.archive, q, unit, since, until)
    return Timeline(
        unit=drawn.unit,
        total=drawn.total,
        spans=[Stretch(start=each.start, articles=each.articles) for each in drawn.spans],
    )


@router.get("/entities/{entity}", summary="An entity, and whom it is named with beyond chance")
def show_entity(
    desk: At, _: Reader, entity: Annotated[str, Path(max_length=100)], since: datetime | None = None
) -> EntityFile:
    """By its id or its Wikidata id, since a time or ever."""
    ids = desk.rules.entities.find(entity.removeprefix("@"))
    if len(ids) != 1:
        raise missing(f"no entity has the id {entity!r}", "GET /api/v1/suggestions finds entities by their names")
    known = {each.id: each for each in company_of(desk.engine, desk.rules, ids[0], since)[:_COMPANIONS]}
    company = [
        CompanionShape(entity=shape, articles=known[shape.id].articles, times=round(known[shape.id].times, 2))
        for shape in entity_shapes(known, desk.rules)
    ]
    return EntityFile(entity=entity_shapes(ids, desk.rules)[0], company=company)
