"""How each receiver does is kept over restarts: how often it failed in a row, and until when it is let rest."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.dispatches import owe
from monitor.edge.sql import upsert
from monitor.edge.tables import ATTEMPT, DISPATCH_ATTEMPT, RECEIVER, REFUSAL
from monitor.telling import Dispatch, Standing

NAMES = tuple("failures failing_since rests_until last_error warned_at".split())


def standings(engine: Engine) -> dict[str, Standing]:
    """How the receivers do that failed last time, by name."""
    with reading(engine) as connection:
        rows = connection.execute(select(RECEIVER)).mappings()
        return {row["name"]: Standing(**{name: row[name] for name in NAMES}) for row in rows}


def save_standing(engine: Engine, receiver: str, standing: Standing, owed: Iterable[Dispatch], now: datetime) -> None:
    """Keep how a receiver does, with what others are to be told of it."""
    row = {name: getattr(standing, name) for name in NAMES}
    with writing(engine) as connection:
        saved = upsert(RECEIVER).values(name=receiver, **row)
        connection.execute(saved.on_conflict_do_update(index_elements=["name"], set_=row))
        for dispatch in owed:
            owe(connection, dispatch, now)


def forget(engine: Engine, before: datetime) -> int:
    """Drop attempts and refusals of before then; how many."""
    with writing(engine) as connection:
        old = (ATTEMPT.c.ended_at, DISPATCH_ATTEMPT.c.ended_at, REFUSAL.c.changed_at)
        return sum(connection.execute(delete(column.table).where(column < before)).rowcount for column in old)
