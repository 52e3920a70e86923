"""What each beat owes becomes a number and an age: how much is due, and since when the oldest waits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, func, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, FEED, NOTICE
from monitor.model import AlertState, ArticleState, FeedState

# Each beat, the rows that it works on, and the state in which they are owed to it.
OWED: tuple[tuple[str, Table, str], ...] = (
    ("poll", FEED, FeedState.ACTIVE.value),
    ("read", ARTICLE, ArticleState.READ.value),
    ("tell", ARTICLE, ArticleState.TELL.value),
    ("deliver", ALERT, AlertState.OWED.value),
    ("deliver", DISPATCH, AlertState.OWED.value),
    ("notice", NOTICE, "owed"),
)


@dataclass(frozen=True, slots=True)
class Queue:
    """What is due to one beat."""

    beat: str
    due: int = 0
    oldest_at: datetime | None = None  # since when the one that waits longest is due

    def waited_s(self, now: datetime) -> float:
        """How long that one waits."""
        return max(0.0, (now - self.oldest_at).total_seconds()) if self.oldest_at else 0.0


def queues(engine: Engine, now: datetime) -> tuple[Queue, ...]:
    """What is due now, beat by beat, in the order of the work."""
    found: dict[str, Queue] = {}
    with reading(engine) as connection:
        for beat, owed, state in OWED:
            asked = select(func.count(), func.min(owed.c.due_at)).where(owed.c.state == state, owed.c.due_at <= now)
            due, oldest = connection.execute(asked).one()
            before = found.get(beat, Queue(beat))
            times = [at for at in (before.oldest_at, oldest) if at is not None]
            found[beat] = Queue(beat, before.due + due, min(times, default=None))
    return tuple(found.values())
