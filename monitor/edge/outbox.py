"""Alerts that are owed are handed out, receiver by receiver, and what came of each is saved, fenced."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Engine

from monitor.edge.claims import claim, is_free, new_lease, save_claimed, save_many, stale
from monitor.edge.database import reading, writing
from monitor.edge.postgres import Beside
from monitor.edge.rows import Row, to_alert, to_dispatch
from monitor.edge.tables import ALERT, ARTICLE, ATTEMPT, DISPATCH
from monitor.model import Alert, AlertState
from monitor.telling import Attempt, Dispatch, Told

EARLIER = ALERT.alias("earlier")
_BEGUN = (
    update(ALERT)
    .where(ALERT.c.id == bindparam("number"), ALERT.c.token == bindparam("its_token"))
    .values(begun_at=bindparam("now"))
)


def claim_alerts(
    engine: Engine, owner: str, now: datetime, lease_s: float, limit: int, *, receiver: str = ""
) -> tuple[Alert, ...]:
    """Alerts owed a delivery, longest waiting first; those of one story go to a receiver one after another."""
    only = _is_next() if not receiver else and_(ALERT.c.receiver == receiver, _is_next())
    rows = claim(engine, ALERT, AlertState.OWED, owner=owner, now=now, lease_s=lease_s, limit=limit, only=only)
    return tuple(to_alert(row) for row in rows)


def claim_strays(
    engine: Engine, owner: str, now: datetime, lease_s: float, limit: int, *, known: Collection[str]
) -> tuple[Alert | Dispatch, ...]:
    """What is owed to receivers that the configuration names no more."""
    named: dict[Table, Callable[[Row], Alert | Dispatch]] = {ALERT: to_alert, DISPATCH: to_dispatch}
    claimed: list[Alert | Dispatch] = []
    for table, to_value in named.items():
        only, left = table.c.receiver.not_in(known), limit - len(claimed)
        rows = claim(engine, table, AlertState.OWED, owner=owner, now=now, lease_s=lease_s, limit=left, only=only)
        claimed += [to_value(row) for row in rows]
    return tuple(claimed)


def claim_rooms(
    engine: Engine, owner: str, now: datetime, lease_s: float, rooms: Mapping[str, int], limit: int
) -> tuple[Alert | Dispatch, ...]:
    """What is due for each receiver, as much as it has room for, longest waiting first; messages before alerts."""
    chosen: dict[Table, list[int]] = {DISPATCH: [], ALERT: []}
    with reading(engine) as connection:
        for receiver, room in rooms.items():
            left = min(room, limit)
            for table, due in ((DISPATCH, _due(DISPATCH)), (ALERT, _due(ALERT))):
                if left > 0:
                    found = connection.execute(due, {"to": receiver, "now": now, "most": left}).scalars().all()
                    chosen[table] += found
                    left, limit = left - len(found), limit - len(found)
    # Most ticks find nothing: they must not ask for the writer's lock.
    if not any(chosen.values()):
        return ()
    with writing(engine, Beside.ALL) as connection:
        several = [to_dispatch(row) for row in _take(connection, DISPATCH, chosen[DISPATCH], owner, now, lease_s)]
        alerts = [to_alert(row) for row in _take(connection, ALERT, chosen[ALERT], owner, now, lease_s)]
    return (*several, *alerts)


@cache
def _due(table: Table) -> Select[int]:
    """The statement for what is due to one receiver: to put it together takes longer than to run it."""
    columns = table.c
    asked = select(columns.id).where(columns.receiver == bindparam("to"), columns.due_at <= bindparam("now"))
    asked = asked.where(_is_owed(table, bindparam("now"))).order_by(columns.due_at, columns.id)
    asked = asked.where(_is_next()) if table is ALERT else asked
    return asked.limit(bindparam("most"))


def _is_owed(table: Table, now: Any) -> ColumnElement[bool]:
    return and_(table.c.state == "owed", is_free(table, now))


def _take(
    connection: Connection, table: Table, numbers: list[int], owner: str, now: datetime, lease_s: float
) -> list[Row]:
    """Put a lease on those of these rows that are still to be had; in the order in which they are due."""
    if not numbers:
        return []
    taken = update(table).where(table.c.id.in_(numbers), _is_owed(table, now))
    taken = taken.where(_is_next()) if table is ALERT else taken
    rows = connection.execute(taken.values(new_lease(owner, now, lease_s)).returning(*table.c)).mappings()
    return sorted(rows, key=lambda row: (row["due_at"], row["id"]))


def _is_next() -> ColumnElement[bool]:
    """Whether no earlier alert of the story is on its way to the receiver."""
    sealed = exists().where(DISPATCH.c.id == EARLIER.c.dispatch_id, DISPATCH.c.state == AlertState.OWED.value)
    under_way = or_(EARLIER.c.state == AlertState.OWED.value, and_(EARLIER.c.state == AlertState.HELD.value, sealed))
    same = (EARLIER.c.story_id == ALERT.c.story_id, EARLIER.c.receiver == ALERT.c.receiver)
    return ~exists().where(*same, EARLIER.c.id < ALERT.c.id, under_way)


def still_next(connection: Connection, alerts: Sequence[Alert]) -> set[int]:
    """Those before which nothing of their story is on its way now: a message may have been sealed since the claim."""
    asked = select(ALERT.c.id).where(ALERT.c.id.in_([alert.id for alert in alerts]), _is_next())
    return set(connection.execute(asked).scalars())


def give_back(connection: Connection, alert: Alert) -> None:
    """Let go of an alert that is not to be delivered yet."""
    save_claimed(connection, ALERT, alert.id, alert.claim, {"due_at": alert.due_at})


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


def topics_told(engine: Engine | Connection, alert: Alert) -> frozenset[str]:
    """On which other topics the receiver is told of the same story."""
    asked = select(ALERT.c.topic).where(
        ALERT.c.story_id == alert.story_id,
        ALERT.c.receiver == alert.receiver,
        ALERT.c.topic != alert.topic,
        ALERT.c.state.not_in((AlertState.DROPPED.value, AlertState.FAILED.value)),
    )
    with reading(engine) as connection:
        return frozenset(connection.execute(asked).scalars())


def sent_since(engine: Engine | Connection, receiver: str, since: datetime) -> tuple[datetime, ...]:
    """When messages went to a receiver since then, oldest first."""
    alone = select(ALERT.c.sent_at).where(
        ALERT.c.receiver == receiver, ALERT.c.sent_at > since, ALERT.c.dispatch_id.is_(None)
    )
    several = select(DISPATCH.c.sent_at).where(DISPATCH.c.receiver == receiver, DISPATCH.c.sent_at > since)
    with reading(engine) as connection:
        return tuple(sorted([*connection.execute(alone).scalars(), *connection.execute(several).scalars()]))


def begin(engine: Engine | Connection, alert: Alert, now: datetime) -> None:
    """Write down that an alert goes out as itself: should nobody learn what came of it, it comes again as itself."""
    begin_all(engine, [alert], now)


def begin_all(engine: Engine | Connection, alerts: Sequence[Alert], now: datetime) -> None:
    """The same for several; StaleClaimError, and none is, when somebody else holds one by now."""
    rows = [{"number": one.id, "its_token": one.claim.token if one.claim else "", "now": now} for one in alerts]
    with writing(engine, Beside.ALL) as connection:
        if rows and connection.execute(_BEGUN, rows).rowcount != len(rows):
            raise stale(ALERT, alerts[0].id)


def save_attempt(engine: Engine, alert: Alert, attempt: Attempt) -> None:
    """Save one try to deliver an alert, and where it leaves the alert."""
    if save_attempts(engine, [(alert, attempt)]):
        raise stale(ALERT, alert.id)


def save_attempts(engine: Engine, tries: Sequence[tuple[Alert, Attempt]]) -> set[int]:
    """The same for several; the numbers of those that somebody else holds by now, of which nothing is saved."""
    with writing(engine, Beside.ALL) as connection:
        lost = save_many(connection, ALERT, {alert.id: (alert.claim, _changes(alert)) for alert, _ in tries})
        rows = [_attempt_row(alert, attempt) for alert, attempt in tries if alert.id not in lost]
        if rows:
            connection.execute(insert(ATTEMPT), rows)
    return lost


def _changes(alert: Alert) -> dict[str, Any]:
    return {
        "state": alert.state.value,
        "begun_at": None if alert.state is AlertState.SENT else alert.begun_at,
        "sent_at": alert.sent_at,
        "due_at": alert.due_at,
        "failures": alert.failures,
        "last_error": alert.last_error,
        "held": alert.held,
    }


def _attempt_row(alert: Alert, attempt: Attempt) -> dict[str, Any]:
    names = "started_at ended_at result detail"
    return {"alert_id": alert.id, **{name: getattr(attempt, name) for name in names.split()}}


def drop(engine: Engine | Connection, alert: Alert, why: str) -> None:
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
