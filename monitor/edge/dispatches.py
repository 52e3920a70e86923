"""Alerts that are held back are gathered into messages, which are sealed, handed out and saved as alerts are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, insert, literal_column, select, update
from sqlalchemy.engine import Engine

from monitor.edge.claims import claim, save_claimed
from monitor.edge.database import reading, writing
from monitor.edge.rows import to_alert, to_dispatch
from monitor.edge.sql import upsert
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, DISPATCH_ATTEMPT, MATCH, STORY
from monitor.model import Alert, AlertState
from monitor.telling import Attempt, Dispatch, Member

DIGEST = "digest"
SHOWN = 500  # alerts that one message tells of by themselves; the others are counted


@dataclass(frozen=True, slots=True)
class Place:
    """Where alerts are gathered, and until when."""

    key: str
    title: str
    route: str
    due_at: datetime
    why: str  # they are held back


@dataclass(frozen=True, slots=True)
class Contents:
    """What a message tells of."""

    members: tuple[Member, ...]  # the first SHOWN
    total: int


def gather(engine: Engine | Connection, alert: Alert, place: Place, now: datetime) -> None:
    """Hold an alert back for the open message of that place; one is opened when there is none."""
    row = _opened(alert.receiver, place, alert.uid, now)
    with writing(engine) as connection:
        number = _open_id(connection, alert.receiver, place.key) or _insert(connection, row)
        changes = {"state": AlertState.HELD.value, "due_at": None, "held": place.why, "dispatch_id": number}
        save_claimed(connection, ALERT, alert.id, alert.claim, changes)


def ensure_open(engine: Engine, receiver: str, place: Place, now: datetime) -> None:
    """Open a message that goes out even when nothing is gathered in it."""
    with reading(engine) as connection:
        if _open_id(connection, receiver, place.key):
            return
    with writing(engine) as connection:
        connection.execute(upsert(DISPATCH).values(_opened(receiver, place, "", now)).on_conflict_do_nothing())


def owe(connection: Connection, dispatch: Dispatch, now: datetime) -> None:
    """Owe a message that gathers nothing."""
    names = "uid receiver kind key title data"
    row = {name: getattr(dispatch, name) for name in names.split()}
    times = {"created_at": now, "sealed_at": now, "owed_at": now, "due_at": now}
    connection.execute(upsert(DISPATCH).values({**row, **times, "state": "owed"}).on_conflict_do_nothing())


def _opened(receiver: str, place: Place, first: str, now: datetime) -> dict[str, Any]:
    """A new message that gathers alerts, as a row; `first` is the id of the alert that opens it, if one does."""
    return {
        "uid": _uid(receiver, place.key, first, now),
        "receiver": receiver,
        "kind": DIGEST,
        "key": place.key,
        "title": place.title,
        "route": place.route,
        "state": AlertState.HELD.value,
        "created_at": now,
        "due_at": place.due_at,
    }


def _uid(receiver: str, key: str, first: str, now: datetime) -> str:
    return "dig_" + sha256(f"{receiver}\n{key}\n{first}\n{now.isoformat()}".encode()).hexdigest()[:32]


def _open_id(connection: Connection, receiver: str, key: str) -> int | None:
    held = (DISPATCH.c.receiver == receiver, DISPATCH.c.key == key, DISPATCH.c.state == AlertState.HELD.value)
    return connection.scalar(select(DISPATCH.c.id).where(*held))


def _insert(connection: Connection, row: dict[str, Any]) -> int:
    return int(connection.execute(insert(DISPATCH).values(row).returning(DISPATCH.c.id)).scalar_one())


def seal(engine: Engine, now: datetime) -> int:
    """Close the messages whose time has come, so that nothing more joins them; how many."""
    # The word itself, and no parameter, lets the index of open messages serve.
    due = (DISPATCH.c.state == literal_column("'held'"), DISPATCH.c.due_at <= now)
    with reading(engine) as connection:
        if connection.execute(select(DISPATCH.c.id).where(*due).limit(1)).first() is None:
            return 0
    sealed = {"state": AlertState.OWED.value, "sealed_at": now, "owed_at": now}
    with writing(engine) as connection:
        return connection.execute(update(DISPATCH).where(*due).values(sealed)).rowcount


def claim_dispatches(
    engine: Engine, owner: str, now: datetime, lease_s: float, limit: int, *, receiver: str
) -> tuple[Dispatch, ...]:
    """Sealed messages owed to a receiver, longest waiting first."""
    only = DISPATCH.c.receiver == receiver
    rows = claim(engine, DISPATCH, AlertState.OWED, owner=owner, now=now, lease_s=lease_s, limit=limit, only=only)
    return tuple(to_dispatch(row) for row in rows)


def contents(engine: Engine, dispatch: Dispatch) -> Contents:
    """The alerts that a message tells of, in the order in which they were made."""
    asked = (
        select(
            ALERT,
            *(ARTICLE.c[name] for name in ("title", "url", "site", "language", "published_at", "seen_at")),
            func.coalesce(MATCH.c.score, 0.0).label("score"),
            STORY.c.articles,
            func.coalesce(func.nullif(STORY.c.name, ""), STORY.c.headline).label("story"),
        )
        .join(ARTICLE, ARTICLE.c.id == ALERT.c.article_id)
        .join(STORY, STORY.c.id == ALERT.c.story_id)
        .outerjoin(MATCH, and_(MATCH.c.article_id == ALERT.c.article_id, MATCH.c.topic == ALERT.c.topic))
        .where(ALERT.c.dispatch_id == dispatch.id)
        .order_by(ALERT.c.id)
        .limit(SHOWN)
    )
    with reading(engine) as connection:
        rows = connection.execute(asked).mappings().all()
        total = connection.scalar(select(func.count()).where(ALERT.c.dispatch_id == dispatch.id)) or 0
    names = "title url site language published_at seen_at score articles story"
    return Contents(tuple(Member(to_alert(row), **{name: row[name] for name in names.split()}) for row in rows), total)


def save_dispatch(engine: Engine, dispatch: Dispatch, attempt: Attempt | None) -> None:
    """Save one try to deliver a message, and where it leaves the message and its alerts.

    Without an attempt it was only put off.
    """
    names = "sent_at due_at failures last_error"
    changes = {"state": dispatch.state.value, **{name: getattr(dispatch, name) for name in names.split()}}
    members = update(ALERT).where(ALERT.c.dispatch_id == dispatch.id, ALERT.c.state == AlertState.HELD.value)
    with writing(engine) as connection:
        save_claimed(connection, DISPATCH, dispatch.id, dispatch.claim, changes)
        if dispatch.state is AlertState.SENT:
            connection.execute(members.values(state=AlertState.SENT.value, sent_at=dispatch.sent_at, last_error=""))
        elif dispatch.state is AlertState.FAILED:
            connection.execute(members.values(state=AlertState.FAILED.value, last_error=dispatch.last_error))
        if attempt:
            row = {name: getattr(attempt, name) for name in ("started_at", "ended_at", "result", "detail")}
            connection.execute(insert(DISPATCH_ATTEMPT).values(dispatch_id=dispatch.id, **row))


def last_sealed(engine: Engine | Connection, receiver: str, key: str) -> datetime | None:
    """When a message of this key was last closed."""
    asked = select(func.max(DISPATCH.c.sealed_at)).where(DISPATCH.c.receiver == receiver, DISPATCH.c.key == key)
    with reading(engine) as connection:
        last: datetime | None = connection.scalar(asked)
        return last


def waiting(engine: Engine | Connection, alert: Alert) -> Dispatch | None:
    """The open message that holds an earlier alert of the same story for the same receiver and topic."""
    earlier = exists().where(
        ALERT.c.dispatch_id == DISPATCH.c.id,
        ALERT.c.story_id == alert.story_id,
        ALERT.c.receiver == alert.receiver,
        ALERT.c.topic == alert.topic,
        ALERT.c.id < alert.id,
        ALERT.c.state == AlertState.HELD.value,
    )
    asked = select(DISPATCH).where(
        DISPATCH.c.receiver == alert.receiver, DISPATCH.c.state == AlertState.HELD.value, earlier
    )
    with reading(engine) as connection:
        row = connection.execute(asked.limit(1)).mappings().first()
    return to_dispatch(row) if row else None


def drop_empty(connection: Connection, numbers: Collection[int]) -> None:
    """Let go open messages that tell of nothing any more; a route that wants a heartbeat opens another."""
    filled = exists().where(ALERT.c.dispatch_id == DISPATCH.c.id)
    held = (DISPATCH.c.id.in_(list(numbers)), DISPATCH.c.state == AlertState.HELD.value)
    connection.execute(delete(DISPATCH).where(*held, ~filled))


def release_early(connection: Connection, key: str, now: datetime) -> int:
    """Let the open messages of a key go out now; how many."""
    held = (DISPATCH.c.key == key, DISPATCH.c.state == AlertState.HELD.value)
    return connection.execute(update(DISPATCH).where(*held).values(due_at=now)).rowcount
