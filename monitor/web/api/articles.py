"""Articles: found by a query, shown one by one with all that is known of them, read again on demand."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from monitor.archive import FACETS, Answer, Hit, Order, Question
from monitor.edge import asked as questions
from monitor.edge import page_views
from monitor.edge.revisions import find_changes, find_revisions
from monitor.edge.search import Dossier, find_article
from monitor.edits import MatchChange
from monitor.model import Evidence
from monitor.reports import Rewording, edits_of, entities_of
from monitor.think.discover import canonical
from monitor.think.explain import explain
from monitor.web.api.answers import Api
from monitor.web.api.asked import Asked, At, Cursor, Limit, Manager, Name, Number, Reader, link_next, size
from monitor.web.api.shapes import (
    AboutShape,
    AlertLine,
    ArticleLine,
    EntityShape,
    EvidenceShape,
    Highlights,
    MatchShape,
    Shape,
    StoryLine,
    about_shape,
    alert_line,
    article_line,
    entity_shapes,
    highlights,
    match_shape,
    story_line,
)
from monitor.web.desk import Desk
from monitor.web.problems import RefusedError, missing
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["articles"], route_class=Api)

Facet = Literal["topic", "source", "country", "language", "entity", "day"]
Facets = Annotated[list[Facet], Query(max_length=len(FACETS), description="How the answer is spread over these.")]
Values = Annotated[int, Query(ge=1, le=200, description="Of each facet at most, the most frequent; days are given all")]


class Spread(Shape):
    """A value of a facet, and how many articles have it."""

    value: str
    articles: int


class Found(Shape):
    """How much answers a question, and how it goes on."""

    total: int = Field(description="Articles that answer")
    exact: bool = Field(description="False: total and facets also count some that may not answer")
    next: str = Field(description="The cursor of the next page; empty when there is none")
    facets: dict[str, list[Spread]]
    unnamed: int = Field(description="Articles in which the entities that are asked for were not looked for yet")
    meant: str = Field(description="A query that would find something, where this one finds nothing")


class ArticlePage(Found):
    """A page of articles."""

    items: list[ArticleLine]


class HitShape(Shape):
    """An article that answers, and what speaks for it."""

    article: ArticleLine
    evidence: tuple[EvidenceShape, ...]
    highlights: Highlights
    voices: int = Field(description="How many independent voices tell its story; 0 where that is not known")


class SearchPage(Found):
    """A page of articles, with the passages that show why they answer."""

    items: list[HitShape]


class SightingShape(Shape):
    """A feed that showed the article."""

    feed: str
    seen_at: datetime
    published_at: datetime | None


class ArticleWhole(ArticleLine):
    """All that is kept of an article."""

    summary: str
    content: str = Field(description="The text that its feed carries, if it carries one")
    text: str
    text_source: str
    note: str = Field(description="Why the page could not be had, in plain words")
    last_error: str
    image_url: str
    modified_at: datetime | None
    about: AboutShape
    matches: list[MatchShape]
    entities: list[EntityShape]
    story: StoryLine | None
    alerts: list[AlertLine]
    sightings: list[SightingShape]
    labels: dict[str, bool] = Field(description="What people said: topic → whether it should flag the article")


class WordingShape(Shape):
    """What an article said before it was changed."""

    number: int = Field(description="From 0, the article as it was first read")
    title: str
    text: str
    modified_at: datetime | None
    replaced_at: datetime


class History(Shape):
    """How an article was edited."""

    revisions: list[WordingShape]
    edits: list[Rewording] = Field(description="What each edit changed, word by word")
    match_changes: list[MatchChange] = Field(description="What its edits did to its matches")


class SignalShape(Shape):
    """What one signal of a topic brought."""

    query: str
    weight: float
    presence: float = Field(description="From 0 to 1: how much of the article is about it")
    points: float
    evidence: tuple[EvidenceShape, ...]


class ExplanationShape(Shape):
    """Why a topic asks for an article, or does not."""

    topic: str
    version: str
    held: bool
    points: float
    threshold: float
    signals: list[SignalShape]
    reasons: tuple[str, ...] = Field(description="What kept it from matching")


@router.get("/articles", summary="Articles that answer a query")
def list_articles(
    desk: At,
    _: Reader,
    request: Request,
    response: Response,
    q: Asked = "",
    order: Order = Order.NEWEST,
    limit: Limit = None,
    cursor: Cursor = "",
    facets: Facets = [],  # noqa: B006 - copied by FastAPI, and never changed
    values: Values = 12,
) -> ArticlePage:
    """Articles in the order asked for, a page at a time, with how they are spread."""
    answer = ask(desk, q, order, limit, cursor, facets, values)
    link_next(request, response, answer.cursor)
    return ArticlePage(items=[article_line(hit.article) for hit in answer.hits], **_found(answer))


@router.get("/search", summary="The same, with the passages that show why")
def search(
    desk: At,
    _: Reader,
    request: Request,
    response: Response,
    q: Asked = "",
    order: Order = Order.RELEVANCE,
    limit: Limit = None,
    cursor: Cursor = "",
    facets: Facets = [],  # noqa: B006 - copied by FastAPI, and never changed
    values: Values = 12,
) -> SearchPage:
    """Articles that answer a query, the most relevant first, with what was found in them marked."""
    answer = ask(desk, q, order, limit, cursor, facets, values)
    link_next(request, response, answer.cursor)
    return SearchPage(items=[hit_shape(hit) for hit in answer.hits], **_found(answer))


def ask(
    desk: Desk, query: str, order: Order, limit: int | None, cursor: str, facets: list[Facet], values: int
) -> Answer:
    """A page of what answers."""
    wanted = tuple(dict.fromkeys(facets))
    return desk.archive.ask(Question(query.strip(), order, size(desk, limit), cursor, wanted, values))


def _found(answer: Answer) -> dict[str, Any]:
    spread = {
        name: [Spread(value=value, articles=articles) for value, articles in counted]
        for name, counted in answer.facets.items()
    }
    return {
        "total": answer.total,
        "exact": answer.exact,
        "next": answer.cursor,
        "facets": spread,
        "unnamed": answer.unnamed,
        "meant": answer.meant,
    }


def hit_shape(hit: Hit) -> HitShape:
    """An article that answers, with its passages."""
    evidence: tuple[Evidence, ...] = hit.evidence
    return HitShape(
        article=article_line(hit.article),
        evidence=tuple(EvidenceShape.model_validate(found) for found in evidence),
        highlights=highlights(hit.article, evidence),
        voices=hit.voices,
    )


@router.get("/articles/{article_id}", summary="An article with all that is known of it")
def show_article(desk: At, _: Reader, article_id: Number) -> ArticleWhole:
    """Its text and evidence, matches, entities, story, sightings, alerts and labels."""
    dossier = find(desk, article_id)
    article, engine = dossier.article, desk.engine
    line = article_line(article).model_dump()
    own = {name: getattr(article, name) for name in _WHOLE}
    return ArticleWhole(
        **line,
        **own,
        text_source=article.text_source.value,
        about=about_shape(article.about),
        matches=[match_shape(match) for match in dossier.matches],
        entities=entity_shapes(entities_of(article, desk.rules), desk.rules),
        story=story_line(dossier.story) if dossier.story else None,
        alerts=[alert_line(alert) for alert in dossier.alerts],
        sightings=[SightingShape.model_validate(seen) for seen in page_views.seen_in(engine, article_id)],
        labels={label.topic: label.wanted for label in page_views.labels_of(engine, [article_id])},
    )


_WHOLE = ("summary", "content", "text", "note", "last_error", "image_url", "modified_at")


@router.get("/article", summary="An article by its address")
def find_by_address(desk: At, _: Reader, url: Annotated[str, Query(min_length=1, max_length=4000)]) -> ArticleLine:
    """The article that has this address, also with what trackers append to it."""
    dossier = find_article(desk.engine, url, canonical(url)) if not url.isdecimal() else None
    if dossier is None:
        raise missing("no article has this address", "GET /api/v1/search finds articles")
    return article_line(dossier.article)


@router.get("/articles/{article_id}/revisions", summary="How an article was edited")
def show_revisions(desk: At, _: Reader, article_id: Number) -> History:
    """What it said before each edit, what each changed, and what that did to its matches."""
    article = find(desk, article_id).article
    revisions = find_revisions(desk.engine, article_id)
    return History(
        revisions=[WordingShape.model_validate(each) for each in revisions],
        edits=edits_of(article, revisions),
        match_changes=list(find_changes(desk.engine, article_id)),
    )


@router.get("/articles/{article_id}/explanation", summary="Why topics ask for an article, or do not")
def explain_article(desk: At, _: Reader, article_id: Number, topic: Name = "") -> list[ExplanationShape]:
    """Point by point, by the rules as they are now; of one topic, or of all."""
    article = find(desk, article_id).article
    if topic and topic not in {known.name for known in desk.rules.pack.topics}:
        raise missing(f"no topic is named {topic!r}", "GET /api/v1/topics lists them")
    return [
        ExplanationShape(
            topic=each.topic.name,
            version=each.version,
            held=each.held,
            points=each.points,
            threshold=each.topic.threshold,
            signals=[SignalShape.model_validate(signal) for signal in each.signals],
            reasons=each.reasons,
        )
        for each in explain(article, desk.rules.compiled, topic)
    ]


@router.post("/articles/{article_id}/reading", status_code=202, summary="Read an article's page again")
def read_again(desk: At, _: Manager, article_id: Number) -> ArticleLine:
    """Owe it a reading: the daemon asks for its page at once, and tells what became of it."""
    if not questions.has_article(desk.engine, article_id):
        raise _no_article(article_id)
    if not page_views.ask_again(desk.engine, article_id, desk.clock()):
        raise RefusedError(409, "it is owed a reading already, or has no page to read", hint="look at its state")
    return article_line(find(desk, article_id).article)


def find(desk: Desk, article_id: int) -> Dossier:
    """An article of the archive; RefusedError when there is none."""
    dossier = find_article(desk.engine, str(article_id))
    if dossier is None:
        raise _no_article(article_id)
    return dossier


def _no_article(article_id: int) -> RefusedError:
    return missing(f"no article has the number {article_id}", "GET /api/v1/search finds articles")
