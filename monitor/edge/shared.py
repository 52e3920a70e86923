"""What several workers on one archive settle between them: whose turn it is at a host, and who has a duty."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, literal_column, or_, select, update
from sqlalchemy.engine import Engine

from monitor.edge.claims import release
from monitor.edge.database import reading, writing
from monitor.edge.postgres import Beside
from monitor.edge.slots import domain_of
from monitor.edge.sql import upsert
from monitor.edge.tables import DUTY, HOST_PAUSE, HOST_TURN, RUN
from monitor.errors import FetchError

# A worker gives a sign of life every five seconds; who gave none for so long is dead, or hangs.
SILENT = timedelta(seconds=30)
# Between two looks at a host whose every slot is taken.
LOOK_S = 0.25
KEPT = timedelta(hours=1)  # hosts that nobody asked for so long are forgotten: whatever stood there is over


@dataclass(frozen=True, slots=True)
class Turn:
    """What a host gave: a request may go in so many seconds, or there is no slot, or not for too long."""

    wait_s: float = 0.0
    number: float = 0.0  # of the slot
    full: bool = False


class HostTurns:
    """The pace at which all workers together ask each host. It has a thread of its own: nobody waits for its turn."""

    def __init__(self, engine: Engine, per_host: int, per_domain: int, patience_s: float, timeout_s: float) -> None:
        self._engine, self._per_host, self._per_domain = engine, per_host, max(per_domain, per_host)
        self._patience_s, self._timeout_s = patience_s, timeout_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hosts")
        self._swept: datetime | None = None  # when hosts were last forgotten

    async def take(self, place: str, gap_s: float, page_gap_s: float) -> Turn:
        """Take the next moment at a host, and a slot; FetchError (paused) when that is too far off."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience_s
        while True:
            turn = await loop.run_in_executor(self._thread, self._book, place, gap_s, page_gap_s)
            if not turn.full:
                break
            if loop.time() > until:
                turn = Turn(self._patience_s + 1)
                break
            await asyncio.sleep(LOOK_S)
        if turn.wait_s > self._patience_s:
            hint = f"it may be asked again in {turn.wait_s:.0f} s"
            raise FetchError("not asked: the host wants a pause", reason="paused", retry_after=turn.wait_s, hint=hint)
        return turn

    async def give_back(self, place: str, turn: Turn) -> None:
        """The request is over."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._free, place, turn.number)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _book(self, place: str, gap_s: float, page_gap_s: float) -> Turn:
        with writing(self._engine, Beside.ALL) as connection:
            now = _database_time(connection)
            if self._swept is None or now - self._swept > KEPT:
                self._swept = now
                _forget(connection, now)
            rows = _locked(connection, place, now)
            busy = {name: [end for end in row.busy if end > now.timestamp()] for name, row in rows.items()}
            if any(len(ends) >= self._width(name, place) for name, ends in busy.items()):
                return Turn(full=True)
            pages = page_gap_s > gap_s
            pause = connection.scalar(select(HOST_PAUSE.c.until).where(HOST_PAUSE.c.place == place))
            due = rows[place].page_at if pages else rows[place].free_at if gap_s else now
            moment = max(now, due, pause or now)
            wait_s = (moment - now).total_seconds()
            if wait_s > self._patience_s:
                return Turn(wait_s)
            number = moment.timestamp() + self._timeout_s
            changes = {name: {"busy": [*ends, number], "free_at": moment} for name, ends in busy.items()}
            name, pause_s = ("page_at", page_gap_s) if pages else ("free_at", gap_s)
            changes[place] = {"busy": [*busy[place], number], name: moment + timedelta(seconds=pause_s)}
            _change(connection, changes)
        return Turn(wait_s, number)

    def _width(self, name: str, place: str) -> int:
        return self._per_host if name == place else self._per_domain

    def _free(self, place: str, number: float) -> None:
        with writing(self._engine, Beside.ALL) as connection:
            rows = _locked(connection, place)
            left = {name: {"busy": [end for end in row.busy if end != number]} for name, row in rows.items()}
            _change(connection, left)


def _locked(connection: Connection, place: str, now: datetime | None = None) -> dict[str, Any]:
    """The rows of a host, and of the domain that it belongs to, whose others count together: ours until the end.

    They are made where they are missing, when it is said what time it is.
    """
    names = [place, *filter(None, [domain_of(place.rpartition(":")[0])])]
    if now:
        made = upsert(HOST_TURN).values([{"place": name, "free_at": now, "page_at": now} for name in names])
        connection.execute(made.on_conflict_do_nothing())
    # In one order, so that no two wait for each other.
    asked = select(HOST_TURN).where(HOST_TURN.c.place.in_(names)).order_by(HOST_TURN.c.place).with_for_update()
    return {row.place: row for row in connection.execute(asked)}


def _forget(connection: Connection, now: datetime) -> None:
    """Let hosts go that nobody asked for long; those that somebody asks at this moment are left."""
    old = func.greatest(HOST_TURN.c.free_at, HOST_TURN.c.page_at) < now - KEPT
    free = select(HOST_TURN.c.place).where(old).with_for_update(skip_locked=True)
    connection.execute(delete(HOST_TURN).where(HOST_TURN.c.place.in_(free)))


def _change(connection: Connection, changes: Mapping[str, dict[str, Any]]) -> None:
    for name, values in changes.items():
        connection.execute(update(HOST_TURN).where(HOST_TURN.c.place == name).values(values))


def _database_time(connection: Connection) -> datetime:
    """One clock for all: those of the workers may differ."""
    now: datetime = connection.execute(select(literal_column("clock_timestamp()"))).scalar_one()
    return now


def has_duty(engine: Engine, name: str, owner: str, now: datetime, lease_s: float) -> bool:
    """Take on a duty, or keep it; False while another worker has it."""
    free = or_(DUTY.c.owner == owner, DUTY.c.until < now)
    row = {"owner": owner, "until": now + timedelta(seconds=lease_s)}
    with writing(engine, Beside.ALL) as connection:
        made = upsert(DUTY).values(name=name, **row)
        taken = made.on_conflict_do_update(index_elements=["name"], set_=row, where=free).returning(DUTY.c.name)
        return connection.execute(taken).first() is not None


def release_silent(engine: Engine, now: datetime) -> list[str]:
    """Free what workers hold that gave no sign of life for too long; who they are."""
    silent = (RUN.c.stopped_at.is_(None), RUN.c.beat_at < now - SILENT, RUN.c.owner != "")
    with reading(engine) as connection:
        if not connection.scalar(select(func.count()).where(*silent)):
            return []
    with writing(engine) as connection:
        ended = update(RUN).where(*silent).values(stopped_at=RUN.c.beat_at).returning(RUN.c.owner)
        owners = list(connection.scalars(ended))
        for owner in owners:
            release(connection, owner)
    return owners
