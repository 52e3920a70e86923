"""Hubs that feeds name become subscriptions owed a request; what hubs say and push becomes what is known of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.rows import Row
from monitor.edge.sql import upsert
from monitor.edge.tables import FEED, SUBSCRIPTION
from monitor.model import FeedState

ASKED, ACTIVE, REFUSED, ENDED = "asked", "active", "refused", "ended"
ROUND = 100  # subscriptions that are begun, moved or ended at once
APART_S = 0.5  # the requests of a round: ten thousand feeds often share one hub
WAITING = "asked; the hub has not confirmed it yet"
PUSHED_AGAIN = timedelta(seconds=30)  # pushes within it are not noted one by one
_HELD = SUBSCRIPTION.c


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed that a hub tells us of, or was asked to."""

    feed_id: int
    feed: str
    hub: str
    topic: str
    callback: str  # the whole URL that the hub is told; nobody else knows it
    secret: str
    state: str
    asked_at: datetime | None
    until: datetime | None
    pushed_at: datetime | None
    failures: int
    last_error: str
    leaving: bool  # the hub is to be told that we want no more of it


class Push(StrEnum):
    """What a push came to."""

    DUE = "due"  # the feed is owed a poll sooner than it was
    LATER = "later"  # it is being polled: to be tried again when that is done
    IDLE = "idle"  # it is owed a poll soon enough, or fails, or rests


def follow(engine: Engine, base: str, now: datetime, again: Callable[[datetime, datetime | None], datetime]) -> int:
    """Make the subscriptions follow what the feeds wish for; how many were begun, moved or ended.

    `base` is what all callbacks begin with; `again` says when a hub is asked for a feed that was asked for before.
    """
    with reading(engine) as connection:
        if connection.execute(_strays(base).limit(1)).first() is None:
            return 0
    with writing(engine) as connection:
        rows = connection.execute(_strays(base).order_by(FEED.c.id).limit(ROUND)).mappings().all()
        for place, row in enumerate(rows):
            apart = timedelta(seconds=APART_S * place)
            told = row["state"] == ACTIVE and row["until"] > now and row["path"].startswith(base)
            if told or not row["wanted"]:
                # A hub that tells us is first told to stop, where it can reach us under the address that it knows.
                ended = update(SUBSCRIPTION).where(_HELD.feed_id == row["id"])
                changes = {"state": ENDED, "due_at": now + apart if told else None, "failures": 0, "last_error": ""}
                connection.execute(ended.values(changes))
                continue
            begun = _begun(row, base, again(now, row["asked_at"]) + apart)
            made = upsert(SUBSCRIPTION).values({"feed_id": row["id"], **begun})
            connection.execute(made.on_conflict_do_update(index_elements=["feed_id"], set_=begun))
    return len(rows)


def _strays(base: str) -> Select[Any]:
    """Feeds whose subscription is not what they wish for now."""
    hub = func.coalesce(FEED.c.wishes["hub"].as_string(), "")
    topic = func.coalesce(FEED.c.wishes["topic"].as_string(), "")
    # Who polls a feed through a proxy does not want to be seen beside it.
    open_ = func.coalesce(FEED.c.options["proxy"].as_string(), "") == ""
    wanted: ColumnElement[bool] = and_(FEED.c.state == FeedState.ACTIVE.value, hub != "", topic != "", open_)
    held = _HELD.feed_id.is_not(None)
    other = or_(
        not_(held),
        and_(_HELD.state == ENDED, _HELD.due_at.is_(None)),  # else its hub has not heard yet that it is over
        and_(_HELD.state != ENDED, _differs(hub, topic, base)),
    )
    held_too = (_HELD.asked_at, _HELD.state, _HELD.until, _HELD.path)
    columns = (FEED.c.id, hub.label("hub"), topic.label("topic"), wanted.label("wanted"), *held_too)
    stray = or_(and_(wanted, other), and_(not_(wanted), held, _HELD.state != ENDED))
    return select(*columns).outerjoin(SUBSCRIPTION, _HELD.feed_id == FEED.c.id).where(stray)


def _differs(hub: ColumnElement[str], topic: ColumnElement[str], base: str) -> ColumnElement[bool]:
    return or_(
        _HELD.hub != hub,
        _HELD.topic != topic,
        func.substr(_HELD.path, 1, len(base)) != base,
    )


def _begun(row: Row, base: str, due_at: datetime) -> dict[str, Any]:
    """A subscription before its hub is asked, under an address and a secret that nobody can guess."""
    return {
        "hub": row["hub"],
        "topic": row["topic"],
        "path": base + token_urlsafe(32),
        "secret": token_urlsafe(32),
        "state": ASKED,
        "until": None,
        "due_at": due_at,
        "failures": 0,
        "last_error": "",
    }


def take(engine: Engine, now: datetime, limit: int, again: Callable[[int], datetime]) -> tuple[Subscription, ...]:
    """Subscriptions due to be asked for, those that wait longest, marked as asked.

    They are marked before they are asked for, as a hub may confirm before it answers: until it does, each counts as
    a failure, and `again` says when it is due once more after so many. So nothing is left to do after a crash.
    """
    first = select(_HELD.feed_id).where(_HELD.due_at <= now).order_by(_HELD.due_at).limit(limit)
    with reading(engine) as connection:
        if limit < 1 or connection.execute(first.limit(1)).first() is None:
            return ()
    # A feed that is polled no more ends its subscription with the next round.
    owed = or_(FEED.c.state == FeedState.ACTIVE.value, _HELD.state == ENDED)
    due = _known().where(_HELD.feed_id.in_(first.scalar_subquery()), owed)
    with writing(engine) as connection:
        rows = connection.execute(due).mappings().all()
        for row in rows:
            still = case(
                (and_(_HELD.state == ACTIVE, _HELD.until > now), ACTIVE), (_HELD.state == ENDED, ENDED), else_=ASKED
            )
            marks = {"asked_at": now, "due_at": again(row["failures"] + 1), "failures": row["failures"] + 1}
            asked = update(SUBSCRIPTION).where(_HELD.feed_id == row["feed_id"])
            connection.execute(asked.values(**marks, state=still, last_error=WAITING))
    return tuple(_to_subscription({**row, "asked_at": now, "failures": row["failures"] + 1}) for row in rows)


def find(engine: Engine, callback: str) -> Subscription | None:
    """The subscription that has this callback."""
    with reading(engine) as connection:
        row = connection.execute(_known().where(_HELD.path == callback)).mappings().first()
    return _to_subscription(row) if row else None


def known(engine: Engine) -> tuple[Subscription, ...]:
    """Every subscription but those that ended, by the names of their feeds."""
    with reading(engine) as connection:
        rows = connection.execute(_known().where(_HELD.state != ENDED).order_by(FEED.c.name)).mappings()
        return tuple(_to_subscription(row) for row in rows)


def confirm(engine: Engine, callback: str, until: datetime, due_at: datetime) -> None:
    """The hub tells us of the feed until then."""
    changes = {"state": ACTIVE, "until": until, "due_at": due_at, "failures": 0, "last_error": ""}
    with writing(engine) as connection:
        connection.execute(update(SUBSCRIPTION).where(_HELD.path == callback, _HELD.state != ENDED).values(changes))


def deny(engine: Engine, callback: str, due_at: datetime, error: str) -> None:
    """The hub will not tell us of the feed."""
    changes = {"state": REFUSED, "until": None, "due_at": due_at, "last_error": error}
    with writing(engine) as connection:
        connection.execute(update(SUBSCRIPTION).where(_HELD.path == callback, _HELD.state != ENDED).values(changes))


def fail(engine: Engine, asked: Subscription, due_at: datetime, error: str, *, refused: bool = False) -> None:
    """The hub could not be asked, or will not be; what it said meanwhile by another way stands."""
    changes = {"due_at": due_at, "last_error": error}
    if refused:
        changes["state"] = REFUSED
    same = (_HELD.path == asked.callback, _HELD.asked_at == asked.asked_at, _HELD.failures == asked.failures)
    with writing(engine) as connection:
        connection.execute(update(SUBSCRIPTION).where(*same, _HELD.state != ENDED).values(changes))


def leave(engine: Engine, callback: str, due_at: datetime | None, error: str = "") -> None:
    """The hub is to be told once more, then, that we want no more of it; or never more."""
    with writing(engine) as connection:
        held = (_HELD.path == callback, _HELD.state == ENDED)
        connection.execute(update(SUBSCRIPTION).where(*held).values(due_at=due_at, last_error=error))


def hasten(engine: Engine, callback: str, now: datetime, at: Callable[[datetime | None, float], datetime]) -> Push:
    """Owe the feed of this callback a poll: `at` says when, from its last one and the shortest time between two.

    A feed that fails keeps its back-off, whoever pushes: its server is in trouble, or asked for patience.
    """
    columns = "state due_at polled_at failures token leased_until options".split()
    asked = select(_HELD.feed_id, _HELD.pushed_at, *(FEED.c[name] for name in columns))
    asked = asked.join(FEED, FEED.c.id == _HELD.feed_id).where(_HELD.path == callback, _HELD.state != ENDED)
    with reading(engine) as connection:
        row = connection.execute(asked).mappings().first()
    if row is None or row["state"] != FeedState.ACTIVE:
        return Push.IDLE
    busy = bool(row["token"]) and row["leased_until"] is not None and row["leased_until"] > now
    due_at = at(row["polled_at"], float((row["options"] or {}).get("shortest_s", 0.0)))
    sooner = row["failures"] == 0 and not busy and row["due_at"] > due_at
    noted = row["pushed_at"] is not None and row["pushed_at"] <= now < row["pushed_at"] + PUSHED_AGAIN
    if sooner or not noted:
        with writing(engine) as connection:
            connection.execute(update(SUBSCRIPTION).where(_HELD.path == callback).values(pushed_at=now))
            if sooner:
                held = (FEED.c.id == row["feed_id"], FEED.c.token == row["token"], FEED.c.due_at > due_at)
                connection.execute(update(FEED).where(*held).values(due_at=due_at))
    return Push.LATER if busy else Push.DUE if sooner else Push.IDLE


def _known() -> Select[Any]:
    names = "feed_id hub topic path secret state asked_at until pushed_at due_at failures last_error".split()
    return select(*(_HELD[name] for name in names), FEED.c.name).join(FEED, FEED.c.id == _HELD.feed_id)


def _to_subscription(row: Any) -> Subscription:
    names = "feed_id hub topic secret state asked_at until pushed_at failures last_error".split()
    leaving = row["state"] == ENDED and row["due_at"] is not None
    return Subscription(feed=row["name"], callback=row["path"], leaving=leaving, **{name: row[name] for name in names})
