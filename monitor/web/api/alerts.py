"""Alerts: what was told to whom and why, what waits, what failed and is to be tried again."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from monitor.edge import asked as questions
from monitor.edge import outbox, receivers, search
from monitor.model import AlertState
from monitor.telling import Attempt
from monitor.think.why_not import Record, why_not
from monitor.web.api.answers import Api
from monitor.web.api.articles import find
from monitor.web.api.asked import (
    LARGEST,
    At,
    Cursor,
    Limit,
    Manager,
    Name,
    Number,
    Reader,
    link_next,
    pack,
    size,
    unpack,
)
from monitor.web.api.shapes import AlertLine, Shape, alert_line
from monitor.web.problems import RefusedError, missing
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["alerts"], route_class=Api)

Uid = Annotated[str, Path(min_length=1, max_length=200)]


class OwedShape(AlertLine):
    """An alert with its article's title."""

    title: str


class AlertPage(Shape):
    """A page of alerts."""

    items: list[OwedShape]
    next: str


class DispatchShape(Shape):
    """A message that tells of several alerts."""

    uid: str
    kind: str
    title: str
    state: AlertState
    due_at: datetime | None
    sent_at: datetime | None
    failures: int
    last_error: str


class AlertWhole(OwedShape):
    """An alert with every try to deliver it."""

    attempts: tuple[Attempt, ...]
    told_in: DispatchShape | None = Field(description="The message that it is told in, if that is not its own")


class Retried(Shape):
    """How many alerts are owed again."""

    owed: int


class Reasons(Shape):
    """Why a receiver was not told, or how it was."""

    receiver: str
    reasons: list[str]


class ReceiverShape(Shape):
    """Someone who is told, and how it does."""

    name: str
    kind: str
    failures: int = Field(description="In a row")
    failing_since: datetime | None
    rests_until: datetime | None = Field(description="Before then nothing is sent to it")
    last_error: str


@router.get("/alerts", summary="Alerts, newest first")
def list_alerts(
    desk: At,
    _: Reader,
    request: Request,
    response: Response,
    state: AlertState | None = None,
    receiver: Name = "",
    topic: Name = "",
    limit: Limit = None,
    cursor: Cursor = "",
) -> AlertPage:
    """What was told, what waits, what failed."""
    place, most = unpack(cursor, int), size(desk, limit)
    found = questions.alerts_before(
        desk.engine,
        place[0] if place else LARGEST,
        most + 1,
        state=state.value if state else "",
        receiver=receiver,
        topic=topic,
    )
    following = pack(found[most - 1].id) if len(found) > most else ""
    link_next(request, response, following)
    return AlertPage(items=[_owed(each) for each in found[:most]], next=following)


def _owed(each: questions.Owed) -> OwedShape:
    return OwedShape(**alert_line(each.alert).model_dump(), title=each.title)


@router.get("/alerts/{uid}", summary="An alert with every try to deliver it")
def show_alert(desk: At, _: Reader, uid: Uid) -> AlertWhole:
    """What became of it, and what it waits for."""
    found = questions.find_alert(desk.engine, uid)
    if found is None:
        raise missing(f"no alert has the id {uid!r}", "GET /api/v1/alerts lists them")
    told_in = DispatchShape.model_validate(found.dispatch) if found.dispatch else None
    line = _owed(found).model_dump()
    return AlertWhole(**line, attempts=search.attempts(desk.engine, uid), told_in=told_in)


@router.post("/alerts/retry", summary="Try all failed alerts again")
def retry_all(desk: At, _: Manager) -> Retried:
    """Owe all that were given up again, under their old ids."""
    return Retried(owed=search.retry_failed(desk.engine, desk.clock()))


@router.post("/alerts/{uid}/retry", summary="Try a failed alert again")
def retry(desk: At, _: Manager, uid: Uid) -> Retried:
    """Owe it again, under its old id; the daemon delivers it."""
    owed = search.retry_failed(desk.engine, desk.clock(), uid)
    if owed:
        return Retried(owed=owed)
    if questions.find_alert(desk.engine, uid) is None:
        raise missing(f"no alert has the id {uid!r}", "GET /api/v1/alerts lists them")
    raise RefusedError(409, "it has not failed", hint="only an alert in the state failed is tried again")


@router.get("/receivers", summary="Who is told, and how they do")
def list_receivers(desk: At, _: Reader) -> list[ReceiverShape]:
    """The receivers of the configuration."""
    standings = receivers.standings(desk.engine)
    found = []
    for receiver in desk.config.receiver:
        known = standings.get(receiver.name)
        found.append(
            ReceiverShape(
                name=receiver.name,
                kind=receiver.kind,
                failures=known.failures if known else 0,
                failing_since=known.failing_since if known else None,
                rests_until=known.rests_until if known else None,
                last_error=known.last_error if known else "",
            )
        )
    return found


@router.get("/articles/{article_id}/told", summary="Who was told of an article, and why not")
def told(desk: At, _: Reader, article_id: Number) -> list[Reasons]:
    """Of each receiver, what became of the article on its way there."""
    dossier = find(desk, article_id)
    story = dossier.story.id if dossier.story else article_id
    rules = desk.rules
    return [
        Reasons(
            receiver=receiver.name,
            reasons=list(
                why_not(
                    dossier.article,
                    dossier.matches,
                    receiver.name,
                    rules.routes,
                    tuple(Record(*pair) for pair in outbox.records_of(desk.engine, story, receiver.name)),
                    rules.names,
                )
            ),
        )
        for receiver in desk.config.receiver
    ]
