"""Silences are made, listed and ended; what one held back goes out when it ends."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.dispatches import release_early
from monitor.edge.rows import to_silence
from monitor.edge.tables import ALERT, DISPATCH, SILENCE
from monitor.model import AlertState
from monitor.telling import Silence


@dataclass(frozen=True, slots=True)
class Held:
    """A silence, and how many alerts it holds back now."""

    silence: Silence
    alerts: int


def add(engine: Engine, silence: Silence) -> int:
    """Put a silence in force; its number."""
    names = "created_at ends_at topic story_id site entity receiver why"
    row = {**{name: getattr(silence, name) for name in names.split()}, "fate": silence.fate.value}
    with writing(engine) as connection:
        return int(connection.execute(insert(SILENCE).values(row).returning(SILENCE.c.id)).scalar_one())


def in_force(engine: Engine, now: datetime) -> tuple[Silence, ...]:
    """The silences that hold now."""
    with reading(engine) as connection:
        rows = connection.execute(select(SILENCE).where(SILENCE.c.ends_at > now).order_by(SILENCE.c.id)).mappings()
        return tuple(to_silence(row) for row in rows)


def listed(engine: Engine, now: datetime, *, ended: bool = False) -> tuple[Held, ...]:
    """Silences with what they hold back; with `ended`, also those of the past."""
    asked = select(SILENCE).order_by(SILENCE.c.id)
    with reading(engine) as connection:
        rows = connection.execute(asked if ended else asked.where(SILENCE.c.ends_at > now)).mappings().all()
        silences = [to_silence(row) for row in rows]
        held = (
            select(DISPATCH.c.key, func.count())
            .join(ALERT, ALERT.c.dispatch_id == DISPATCH.c.id)
            .where(DISPATCH.c.key.startswith("silence:"), ALERT.c.state == AlertState.HELD.value)
            .group_by(DISPATCH.c.key)
        )
        counts = {row[0]: row[1] for row in connection.execute(held)}
    return tuple(Held(one, counts.get(f"silence:{one.id}", 0)) for one in silences)


def end(engine: Engine, number: int, now: datetime) -> bool:
    """End a silence, and let go out what it held back; False when none in force has that number."""
    ended = update(SILENCE).where(SILENCE.c.id == number, SILENCE.c.ends_at > now).values(ends_at=now)
    with writing(engine) as connection:
        if connection.execute(ended).rowcount != 1:
            return False
        release_early(connection, f"silence:{number}", now)
        return True
