"""Alerts that are owed are handed out, receiver by receiver, and what came of each is saved, fenced."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, or_, select, update
from sqlalchemy.engine import Engine

from monitor.edge.claims import claim, save_claimed, stale
from monitor.edge.database import reading, writing
from monitor.edge.rows import to_alert, to_dispatch
from monitor.edge.tables import ALERT, ARTICLE, ATTEMPT, DISPATCH
from monitor.model import Alert, AlertState
from monitor.telling import Attempt, Dispatch, Told

EARLIER = ALERT.alias("earlier")


def claim_alerts(
    engine: Engine, owner: str, now: datetime, lease_s: float, limit: int, *, receiver: str = ""
) -> tuple[Alert, ...]:
    """Alerts owed a delivery, longest waiting first; those of one story go to a receiver one after another."""
    only = _is_next() if not receiver else and_(ALERT.c.receiver == receiver, _is_next())
    rows = claim(engine, ALERT, AlertState.OWED, owner=owner, now=now, lease_s=lease_s, limit=limit, only=only)
    return tuple(to_alert(row) for row in rows)


def claim_strays(
    engine: Engine, owner: str, now: datetime, lease_s: float, limit: int, *, known: Collection[str]
) -> tuple[Alert, ...]:
    """Alerts owed to receivers that the configuration names no more."""
    only = ALERT.c.receiver.not_in(known)
    rows = claim(engine, ALERT, AlertState.OWED, owner=owner, now=now, lease_s=lease_s, limit=limit, only=only)
    return tuple(to_alert(row) for row in rows)


def _is_next() -> ColumnElement[bool]:
    """Whether no earlier alert of the story is on its way to the receiver."""
    sealed = exists().where(DISPATCH.c.id == EARLIER.c.dispatch_id, DISPATCH.c.state == AlertState.OWED.value)
    under_way = or_(EARLIER.c.state == AlertState.OWED.value, and_(EARLIER.c.state == AlertState.HELD.value, sealed))
    same = (EARLIER.c.story_id == ALERT.c.story_id, EARLIER.c.receiver == ALERT.c.receiver)
    return ~exists().where(*same, EARLIER.c.id < ALERT.c.id, under_way)


def told(engine: Engine, story_id: int) -> dict[tuple[str, str], Told]:
    """The last alert of a story for each (receiver, topic)."""
    with reading(engine) as connection:
        return told_of(connection, story_id)


def told_of(connection: Connection, story_id: int) -> dict[tuple[str, str], Told]:
    """The last alert of a story for each (receiver, topic)."""
    asked = select(ALERT).where(ALERT.c.story_id == story_id).order_by(ALERT.c.sequence)
    alerts = [to_alert(row) for row in connection.execute(asked).mappings()]
    return {
        (alert.receiver, alert.topic): Told(alert, alert.sent_at or alert.created_at)
        for alert in alerts
        if alert.created_at
    }


def topics_told(engine: Engine, alert: Alert) -> frozenset[str]:
    """On which other topics the receiver is told of the same story."""
    asked = select(ALERT.c.topic).where(
        ALERT.c.story_id == alert.story_id,
        ALERT.c.receiver == alert.receiver,
        ALERT.c.topic != alert.topic,
        ALERT.c.state.not_in((AlertState.DROPPED.value, AlertState.FAILED.value)),
    )
    with reading(engine) as connection:
        return frozenset(connection.execute(asked).scalars())


def sent_since(engine: Engine, receiver: str, since: datetime) -> tuple[datetime, ...]:
    """When messages went to a receiver since then, oldest first."""
    alone = select(ALERT.c.sent_at).where(
        ALERT.c.receiver == receiver, ALERT.c.sent_at > since, ALERT.c.dispatch_id.is_(None)
    )
    several = select(DISPATCH.c.sent_at).where(DISPATCH.c.receiver == receiver, DISPATCH.c.sent_at > since)
    with reading(engine) as connection:
        return tuple(sorted([*connection.execute(alone).scalars(), *connection.execute(several).scalars()]))


def begin(engine: Engine, alert: Alert, now: datetime) -> None:
    """Write down that an alert goes out as itself: should nobody learn what came of it, it comes again as itself."""
    token = alert.claim.token if alert.claim else ""
    held = update(ALERT).where(ALERT.c.id == alert.id, ALERT.c.token == token)
    with writing(engine) as connection:
        if connection.execute(held.values(begun_at=now)).rowcount != 1:
            raise stale(ALERT, alert.id)


def save_attempt(engine: Engine, alert: Alert, attempt: Attempt) -> None:
    """Save one try to deliver an alert, and where it leaves the alert."""
    changes = {
        "state": alert.state.value,
        "begun_at": None if alert.state is AlertState.SENT else alert.begun_at,
        "sent_at": alert.sent_at,
        "due_at": alert.due_at,
        "failures": alert.failures,
        "last_error": alert.last_error,
        "held": alert.held,
    }
    tried = {
        "alert_id": alert.id,
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
        "result": attempt.result,
        "detail": attempt.detail,
    }
    with writing(engine) as connection:
        save_claimed(connection, ALERT, alert.id, alert.claim, changes)
        connection.execute(insert(ATTEMPT).values(tried))


def drop(engine: Engine, alert: Alert, why: str) -> None:
    """Let an alert go, and keep why."""
    changes = {"state": AlertState.DROPPED.value, "due_at": None, "held": why}
    with writing(engine) as connection:
        save_claimed(connection, ALERT, alert.id, alert.claim, changes)


def records_of(engine: Engine, story_id: int, receiver: str) -> tuple[tuple[Alert, Dispatch | None], ...]:
    """The alerts of a story for a receiver, in order, each with the message that it is told in."""
    asked = select(ALERT).where(ALERT.c.story_id == story_id, ALERT.c.receiver == receiver).order_by(ALERT.c.id)
    with reading(engine) as connection:
        alerts = [to_alert(row) for row in connection.execute(asked).mappings()]
        numbers = [alert.dispatch_id for alert in alerts if alert.dispatch_id]
        rows = connection.execute(select(DISPATCH).where(DISPATCH.c.id.in_(numbers))).mappings()
        messages = {row["id"]: to_dispatch(row) for row in rows}
    return tuple((alert, messages.get(alert.dispatch_id or 0)) for alert in alerts)


def delays(engine: Engine, since: datetime) -> tuple[tuple[float | None, float], ...]:
    """Of each alert told since then: seconds from publication to sight, if known, and from sight to telling."""
    asked = (
        select(ARTICLE.c.published_at, ARTICLE.c.seen_at, ALERT.c.sent_at)
        .join(ARTICLE, ARTICLE.c.id == ALERT.c.article_id)
        .where(ALERT.c.state == AlertState.SENT.value, ALERT.c.sent_at > since)
    )
    with reading(engine) as connection:
        rows = connection.execute(asked).all()
    return tuple(
        ((seen - published).total_seconds() if published else None, (sent - seen).total_seconds())
        for published, seen, sent in rows
    )
