"""Daemons that work are asked, by way of the database, to take over what changed: whichever process changed it."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.tables import RUN


def ask_reload(engine: Engine, now: datetime) -> None:
    """Have every daemon that works read its configuration again; one that starts later reads it anyway."""
    with writing(engine) as connection:
        connection.execute(update(RUN).where(RUN.c.stopped_at.is_(None)).values(reload_asked_at=now))


def reload_asked(engine: Engine, number: int) -> datetime | None:
    """When the daemon of that number was last asked to."""
    with reading(engine) as connection:
        at: datetime | None = connection.scalar(select(RUN.c.reload_asked_at).where(RUN.c.id == number))
    return at
