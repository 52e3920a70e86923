"""A clock that was set back: what was put off by the one before waits as long as it was meant to, and no longer."""

from datetime import datetime, timedelta

from sqlalchemy import Table, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.sightings import chunks
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, FEED, NOTICE, SUBSCRIPTION

PUT_OFF: tuple[Table, ...] = (FEED, ARTICLE, ALERT, NOTICE, SUBSCRIPTION)
LEASED: tuple[Table, ...] = (FEED, ARTICLE, ALERT, DISPATCH, NOTICE)


def put_back(engine: Engine, now: datetime, step: timedelta) -> int:
    """Move what is due, or leased, beyond the step by the step; how many rows.

    Digests stay where they are: their hours are hours on the wall, whoever set it.
    """
    moved = 0
    for owed in PUT_OFF:
        moved += _move(engine, owed, "due_at", now, step)
    for owed in LEASED:
        _move(engine, owed, "leased_until", now, step)
    return moved


def _move(engine: Engine, owed: Table, name: str, now: datetime, step: timedelta) -> int:
    # Only what the clock before can have meant: due later than now by the step, or more.
    column, key = owed.c[name], owed.primary_key.columns.values()[0]
    with reading(engine) as connection:
        late = {row[0]: row[1] - step for row in connection.execute(select(key, column).where(column > now + step))}
    for some in chunks(list(late)):
        with writing(engine) as connection:
            for number in some:
                connection.execute(update(owed).where(key == number, column > now + step).values({name: late[number]}))
    return len(late)
