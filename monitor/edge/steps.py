"""A clock that was set back: what was put off by the one before waits as long as it was meant to, and no longer."""

from datetime import datetime, timedelta

from sqlalchemy import Table, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.sightings import chunks
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, FEED, NOTICE, SUBSCRIPTION

PUT_OFF: tuple[Table, ...] = (FEED, ARTICLE, ALERT, NOTICE, SUBSCRIPTION)
LEASED: tuple[Table, ...] = (FEED, ARTICLE, ALERT, DISPATCH, NOTICE)
# So long may have waited for its turn what was due when the clock was set, or came due until that was noticed. What was
# put off for nearly as long as the step by the new clock is taken for such, too: it is done early, and no harm.
WAITING = timedelta(hours=1)


def put_back(engine: Engine, now: datetime, step: timedelta) -> int:
    """Move what is due, or leased, beyond the step by the step; how many rows.

    Digests stay where they are: their hours are hours on the wall, whoever set it.
    """
    # What was due by the clock before, and not done yet, would wait as long as the step, or nearly.
    due = now + max(step - WAITING, timedelta())
    moved = sum(_move(engine, owed, "due_at", due, step) for owed in PUT_OFF)
    for owed in LEASED:
        # Only what the clock before can have meant: a lease that is cut short is work that is done twice.
        _move(engine, owed, "leased_until", now + step, step)
    return moved


def _move(engine: Engine, owed: Table, name: str, after: datetime, step: timedelta) -> int:
    column, key = owed.c[name], owed.primary_key.columns.values()[0]
    with reading(engine) as connection:
        late = {row[0]: row[1] - step for row in connection.execute(select(key, column).where(column > after))}
    for some in chunks(list(late)):
        with writing(engine) as connection:
            for number in some:
                connection.execute(update(owed).where(key == number, column > after).values({name: late[number]}))
    return len(late)
