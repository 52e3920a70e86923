"""Daemons that work on a database, or did, become rows: how another shell knows that they live."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.postgres import Beside
from monitor.edge.rows import Row
from monitor.edge.tables import RUN

ALIVE = timedelta(seconds=20)  # a sign of life that is older belongs to a daemon that was killed


@dataclass(frozen=True, slots=True)
class Run:
    """A daemon that works, or worked, on this database."""

    pid: int
    host: str
    version: str
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None = None
    reloaded_at: datetime | None = None
    reload_error: str = ""
    owner: str = ""


def begin_run(engine: Engine, run: Run) -> int:
    """Record that a daemon works on this database; the number of its row."""
    row = {
        "pid": run.pid,
        "host": run.host,
        "version": run.version,
        "started_at": run.started_at,
        "beat_at": run.beat_at,
        "owner": run.owner,
    }
    with writing(engine) as connection:
        return int(connection.execute(insert(RUN).values(row).returning(RUN.c.id)).scalar_one())


def mark_run(engine: Engine, number: int, now: datetime, *, stopped: bool = False) -> None:
    """Record that it still does, or that it stopped."""
    row = {"beat_at": now, "stopped_at": now} if stopped else {"beat_at": now, "stopped_at": None}
    with writing(engine, Beside.ALL) as connection:
        connection.execute(update(RUN).where(RUN.c.id == number).values(row))


def mark_reload(engine: Engine, number: int, now: datetime, error: str = "") -> None:
    """Record that it read its configuration again, and why it kept the old one if it did."""
    with writing(engine) as connection:
        connection.execute(update(RUN).where(RUN.c.id == number).values(reloaded_at=now, reload_error=error))


def latest_run(engine: Engine) -> Run | None:
    """The daemon that works; of several the one that was started last; where none does, the one that did so last."""
    with reading(engine) as connection:
        last: datetime | None = connection.scalar(select(func.max(RUN.c.beat_at)))
        if last is None:
            return None
        beating = select(RUN).where(RUN.c.beat_at > last - ALIVE)
        asked = beating.order_by(RUN.c.stopped_at.is_not(None), RUN.c.id.desc()).limit(1)
        return _to_run(connection.execute(asked).mappings().one())


def working_runs(engine: Engine, now: datetime) -> dict[int, Run]:
    """All daemons that work, by the numbers of their rows."""
    asked = select(RUN).where(RUN.c.stopped_at.is_(None), RUN.c.beat_at > now - ALIVE).order_by(RUN.c.id)
    with reading(engine) as connection:
        return {row["id"]: _to_run(row) for row in connection.execute(asked).mappings()}


def is_alive(run: Run | None, now: datetime) -> bool:
    """Whether a daemon still gives signs of life."""
    return run is not None and run.stopped_at is None and now - run.beat_at < ALIVE


def _to_run(row: Row) -> Run:
    return Run(**{name.name: row[name.name] for name in fields(Run)})
