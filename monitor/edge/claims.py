"""Work owed at a time is claimed under a lease, and saved only by who still holds it."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Integer, Select, Table, Update, bindparam, or_, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.sql.dml import ReturningUpdate

from monitor.edge.database import reading, writing
from monitor.edge.postgres import Beside
from monitor.edge.rows import Row
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, FEED, NOTICE
from monitor.errors import StaleClaimError, StoreError
from monitor.model import Claim

# Among all rows there are, these are few.
_CLAIMED = {FEED: ("active",), ARTICLE: ("read", "tell"), ALERT: ("owed",), DISPATCH: ("owed",), NOTICE: ("owed",)}
FREE = {"token": "", "leased_until": None}


def claim(
    engine: Engine,
    owed: Table,
    state: str,
    *,
    owner: str,
    now: datetime,
    lease_s: float,
    limit: int,
    names: Collection[str] = (),
    only: ColumnElement[bool] | None = None,
) -> list[Row]:
    """Rows due in this state that nobody holds, longest waiting first; with `names`, those rows, due or not.

    `only` narrows them further.
    """
    claiming = _claiming(owed) if only is None and not names else _worded(owed, names, only)
    asked = {"asked_state": str(state), "asked_now": now, "most": 1}
    with reading(engine) as connection:
        # Most ticks find nothing: they must not ask for the writer's lock.
        if limit < 1 or connection.execute(claiming.due, asked).first() is None:
            return []
    lease = {f"new_{name}": value for name, value in new_lease(owner, now, lease_s).items()}
    with writing(engine, Beside.ALL) as connection:
        rows = list(connection.execute(claiming.claimed, asked | lease | {"most": limit}).mappings())
    return sorted(rows, key=lambda row: (row["due_at"], row["id"]))


def new_lease(owner: str, now: datetime, lease_s: float) -> dict[str, Any]:
    """What a row bears while `owner` holds it."""
    return {"token": f"{owner}:{uuid.uuid4().hex}", "leased_until": now + timedelta(seconds=lease_s)}


def is_free(owed: Table, now: Any) -> ColumnElement[bool]:
    """Whether nobody holds a row at a time, or a parameter that stands for one."""
    return or_(owed.c.leased_until.is_(None), owed.c.leased_until <= now)


class _Claiming(NamedTuple):
    """The statements of a claim."""

    due: Select[tuple[int]]
    claimed: ReturningUpdate[Any]


def _worded(owed: Table, names: Collection[str] = (), only: ColumnElement[bool] | None = None) -> _Claiming:
    columns, now = owed.c, bindparam("asked_now", type_=owed.c.due_at.type)
    due = select(columns.id).where(columns.state == bindparam("asked_state"), is_free(owed, now))
    due = due.where(columns.name.in_(names)) if names else due.where(columns.due_at <= now)
    due = due if only is None else due.where(only)
    due = due.order_by(columns.due_at, columns.id).limit(bindparam("most", type_=Integer()))
    lease: dict[str, Any] = {name: bindparam(f"new_{name}") for name in FREE}
    chosen = update(owed).where(columns.id.in_(due.with_for_update(skip_locked=True))).values(lease)
    return _Claiming(due, chosen.returning(*columns))


@cache
def _claiming(owed: Table) -> _Claiming:
    """Put together once: that takes longer than to run them."""
    return _worded(owed)


def save_claimed(
    connection: Connection, owed: Table, item_id: int, claim: Claim | None, changes: Mapping[str, Any]
) -> None:
    """Save under a claim and end it; StaleClaimError when somebody else holds the item by now."""
    if claim is None:
        raise StoreError(f"{owed.name} {item_id} is not claimed")
    worked_out = {name: value for name, value in changes.items() if isinstance(value, ColumnElement)}
    given = {name: value for name, value in changes.items() if name not in worked_out}
    saving = _saving(owed, tuple(given))
    saving = saving.values(worked_out) if worked_out else saving
    if connection.execute(saving, _values(item_id, claim, given)).rowcount != 1:
        raise stale(owed, item_id)


def save_many(
    connection: Connection, owed: Table, items: Mapping[int, tuple[Claim | None, Mapping[str, Any]]]
) -> set[int]:
    """Save the same columns of several items at once, and end their claims; those that somebody else holds by now."""
    # Held until the end: between this look and the saving nobody may take one over.
    asked = select(owed.c.id, owed.c.token).where(owed.c.id.in_(items)).order_by(owed.c.id).with_for_update()
    held = {row.id: row.token for row in connection.execute(asked)}
    rows = {
        item_id: _values(item_id, claim, changes)
        for item_id, (claim, changes) in items.items()
        if claim is not None and held.get(item_id) == claim.token
    }
    if rows:
        _, changes = items[next(iter(rows))]
        connection.execute(_saving(owed, tuple(changes)), list(rows.values()))
    return items.keys() - rows.keys()


def stale(owed: Table, item_id: int) -> StaleClaimError:
    """What is wrong with an item that its holder lost."""
    return StaleClaimError(f"{owed.name} {item_id} was taken over by another worker")


def _values(item_id: int, claim: Claim, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {**{f"new_{name}": value for name, value in changes.items()}, "held_id": item_id, "held_token": claim.token}


@lru_cache(maxsize=100)
def _saving(owed: Table, names: tuple[str, ...]) -> Update:
    """The statement that saves these columns: to put it together takes longer than to run it."""
    held = update(owed).where(owed.c.id == bindparam("held_id"), owed.c.token == bindparam("held_token"))
    return held.values({**{name: bindparam(f"new_{name}") for name in names}, **FREE})


def release(engine: Engine | Connection, owner: str) -> None:
    """Hand back all that `owner` still holds, so that nobody waits for its leases."""
    with writing(engine) as connection:
        for owed, states in _CLAIMED.items():
            held = (owed.c.state.in_(states), owed.c.token.like(f"{owner}:%"))
            connection.execute(update(owed).where(*held).values(FREE))
