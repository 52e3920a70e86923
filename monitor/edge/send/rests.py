"""Which addresses still wait for a message that others took is remembered, with a database also over restarts."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.sql import upsert
from monitor.edge.tables import REFUSAL

REMEMBERED = 1000  # messages of which some addresses wait for another attempt


@dataclass(frozen=True, slots=True)
class Rest:
    """Addresses that put a message off, and whether another one took it."""

    waiting: tuple[str, ...]
    taken: bool


class Rests:
    """The rests of one receiver's messages, by the messages' ids."""

    def __init__(self, receiver: str = "", engine: Engine | None = None) -> None:
        self._receiver, self._engine = receiver, engine
        self._rests: dict[str, Rest] = {}
        if engine is not None:
            asked = select(REFUSAL).where(REFUSAL.c.receiver == receiver).order_by(REFUSAL.c.id.desc())
            with reading(engine) as connection:
                rows = connection.execute(asked.limit(REMEMBERED)).mappings().all()
            self._rests = {row["uid"]: Rest(tuple(row["waiting"]), row["taken"]) for row in reversed(rows)}

    def get(self, uid: str) -> Rest | None:
        """What is left of a message; None when all of it is."""
        return self._rests.get(uid)

    async def keep(self, uid: str, waiting: dict[str, str], now: datetime, *, taken: bool) -> None:
        """Remember who still waits for a message, and what their servers said."""
        self._rests.pop(uid, None)
        self._rests[uid] = Rest(tuple(waiting), taken)
        if len(self._rests) > REMEMBERED:
            del self._rests[next(iter(self._rests))]
        if self._engine is not None:
            row = {"waiting": waiting, "taken": taken, "changed_at": now}
            await asyncio.to_thread(self._write, uid, row)

    async def forget(self, uid: str) -> None:
        """Nobody waits for a message any more."""
        if self._rests.pop(uid, None) and self._engine is not None:
            await asyncio.to_thread(self._write, uid, None)

    def _write(self, uid: str, row: dict[str, object] | None) -> None:
        if self._engine is None:
            return
        with writing(self._engine) as connection:
            if row is None:
                connection.execute(delete(REFUSAL).where(REFUSAL.c.receiver == self._receiver, REFUSAL.c.uid == uid))
                return
            saved = upsert(REFUSAL).values(receiver=self._receiver, uid=uid, **row)
            connection.execute(saved.on_conflict_do_update(index_elements=["receiver", "uid"], set_=row))
