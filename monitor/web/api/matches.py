"""Matches: what topics flagged, newest first, and as events when it happens."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from monitor.edge import asked as questions
from monitor.edge.asked import Flagged, Which
from monitor.web.api.answers import Api
from monitor.web.api.asked import LARGEST, At, Cursor, Limit, Reader, link_next, pack, size, unpack
from monitor.web.api.shapes import ArticleLine, MatchShape, Shape, article_line, match_shape
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["matches"], route_class=Api)

Severity = Literal["low", "normal", "high", "critical"]
Topics = Annotated[list[str], Query(alias="topic", max_length=50, description="Of these topics; none: of all.")]
Severities = Annotated[list[Severity], Query(alias="severity", max_length=4)]


class FlaggedShape(Shape):
    """A match with its article."""

    id: int = Field(description="Grows with every match: what came later has a greater one")
    at: datetime
    match: MatchShape
    article: ArticleLine


class MatchPage(Shape):
    """A page of matches."""

    items: list[FlaggedShape]
    next: str


@router.get("/matches", summary="What topics flagged, newest first")
def list_matches(
    desk: At,
    _: Reader,
    request: Request,
    response: Response,
    topics: Topics = [],  # noqa: B006 - copied by FastAPI, and never changed
    severities: Severities = [],  # noqa: B006
    since: datetime | None = None,
    until: datetime | None = None,
    limit: Limit = None,
    cursor: Cursor = "",
) -> MatchPage:
    """Matches found from `since` on and before `until`."""
    place = unpack(cursor, int)
    most, which = size(desk, limit), Which(topics, severities, since, until)
    found = questions.newest_matches(desk.engine, which, place[0] if place else LARGEST, most + 1)
    following = pack(found[most - 1].id) if len(found) > most else ""
    link_next(request, response, following)
    return MatchPage(items=[flagged_shape(each) for each in found[:most]], next=following)


def flagged_shape(flagged: Flagged) -> FlaggedShape:
    """A match with its article."""
    return FlaggedShape(
        id=flagged.id, at=flagged.at, match=match_shape(flagged.match), article=article_line(flagged.article)
    )
