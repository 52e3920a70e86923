"""What the beats do becomes signs of life: for systemd, for the database, for who asks `systemctl status`."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from loguru import logger
from sqlalchemy.engine import Engine

from monitor.beat import LEASE_S, Beat
from monitor.edge import meters, runs, search
from monitor.edge.notify import notify
from monitor.edge.queues import Queue, queues
from monitor.errors import StoreError

EVERY_S = 5.0
# A lease outlasts the longest work on an item, so a beat that is at work and ends nothing for as long is stuck.
HUNG_S = LEASE_S
# Clocks are slewed by milliseconds; what moves one by more within a look was a step.
STEP_S = 5.0
# For so long who looks at the status is told of it.
TOLD_S = 600.0
NOUNS = {"poll": "polls", "read": "readings", "tell": "tellings", "deliver": "alerts", "notice": "notices"}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is due to each beat, and how many feeds are watched."""

    queues: tuple[Queue, ...] = ()
    feeds: int = 0


class Heartbeat:
    """Looks after the beats at a steady pace, whatever the clock on the wall says.

    `leave` leaves a sign of life in the database and says what is due; `stepped` hears of steps of the clock.
    """

    def __init__(
        self,
        beats: Iterable[Beat[Any]],
        leave: Callable[[], Awaitable[Standing]],
        stepped: Callable[[timedelta], object],
        *,
        hung_s: float = HUNG_S,
    ) -> None:
        self.standing = Standing()
        self.trouble = ""  # why the database could not be asked, if so
        self._beats = tuple(beats)
        self._leave = leave
        self._stepped = stepped
        self._hung_s = hung_s
        self._offset = _offset()
        self._told_hung: frozenset[str] = frozenset()
        self._step = ""  # the last one, and when
        self._step_at = -TOLD_S

    async def run(self) -> None:
        """Give a sign of life again and again, until cancelled."""
        every = min(EVERY_S, watchdog_s() / 3)
        while True:
            self.pulse()
            await asyncio.sleep(every)

    def pulse(self) -> bool:
        """Tell systemd that all is well, unless a beat is stuck: whether it is."""
        self._look_at_clock()
        hung = frozenset(self.hung())
        if hung - self._told_hung:
            names = ", ".join(sorted(hung))
            logger.error("stuck for more than {:.0f} s: {}; no watchdog is fed until that moves", self._hung_s, names)
        self._told_hung = hung
        if hung:
            notify(STATUS=f"stuck: {', '.join(sorted(hung))}")
            return False
        notify(WATCHDOG="1", STATUS=self.said())
        return True

    def hung(self) -> list[str]:
        """The beats that should have given a sign and did not."""
        return [beat.name for beat in self._beats if beat.silence() > self._hung_s]

    def silences(self) -> dict[str, float]:
        """For how long each beat has been at work without ending any of it."""
        return {beat.name: beat.silence() for beat in self._beats}

    def said(self) -> str:
        """The state of all in a line."""
        owed = ", ".join(f"{queue.due} {NOUNS[queue.beat]}" for queue in self.standing.queues if queue.due)
        done = ", ".join(f"{beat.done} {NOUNS[beat.name]}" for beat in self._beats if beat.done)
        parts = [
            self.trouble and f"the database refuses: {self.trouble}",
            self._step if time.monotonic() - self._step_at < TOLD_S else "",
            f"watching {self.standing.feeds} feeds",
            f"due: {owed or 'nothing'}",
            f"done since the start: {done or 'nothing yet'}",
        ]
        return "; ".join(part for part in parts if part)

    async def mark(self) -> None:
        """Leave a sign of life in the database, and learn how much is due."""
        try:
            self.standing = await self._leave()
        except StoreError as error:
            self.trouble = str(error)
            logger.warning("cannot leave a sign of life in the database: {} {}", error, error.hint)
            return
        if self.trouble:
            logger.info("the database takes work again")
        self.trouble = ""

    def _look_at_clock(self) -> None:
        before, self._offset = self._offset, _offset()
        step = self._offset - before
        if abs(step) > STEP_S:
            self._step = f"the clock was set {'forward' if step > 0 else 'back'} by {abs(step):.0f} s"
            self._step_at = time.monotonic()
            logger.warning("{}", self._step)
            meters.stepped()
            self._stepped(timedelta(seconds=step))


def watchdog_s() -> float:
    """How often systemd must hear from us, or as good as never when it does not ask."""
    asked = os.environ.get("WATCHDOG_USEC", "")
    return int(asked) / 1e6 if asked.isdecimal() and int(asked) else float("inf")


def _offset() -> float:
    """How far the clock on the wall is ahead of the one that nobody can set."""
    return time.time() - time.monotonic()


def leave_mark(engine: Engine, number: int, now: datetime) -> Standing:
    """Record that the daemon of this number lives; what is due."""
    runs.mark_run(engine, number, now)
    return Standing(queues(engine, now), search.watched(engine))
