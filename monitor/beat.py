"""A beat: ask for what is due, work on a bounded number of items at once, put off what a bug met."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

from loguru import logger

from monitor.edge import meters
from monitor.errors import StaleClaimError, StoreError

Item = TypeVar("Item")
# How long a beat rests when the database refuses (locked, disk full): nothing is lost, so nothing is urgent.
REST_S = 5.0
# So long a beat waits for half its room to be free before it asks for as few items as there is room for: what holds the
# other half may hang until its time-out.
PATIENCE_S = 0.9
# So often it is tried to hand back an item that could not be saved: a minute.
TRIES = 12
# A lease outlasts the longest work on an item: its wait for a slot, a fetch, a reading.
LEASE_S = 300.0
# How long an item rests that met a fault in the program itself.
BUG_DELAY_S = 600.0
# So many habits a round learns, at 1 to 3 ms each: at night half of all feeds are silent.
LEARN = 1000


class Beat(Generic[Item]):
    """One of the four beats. `claim` gives up to n due items, `work` does one, `put_off` records that a bug met it."""

    def __init__(
        self,
        name: str,
        claim: Callable[[int], Awaitable[Sequence[Item]]],
        work: Callable[[Item], Awaitable[Any]],
        put_off: Callable[[Item, BaseException], Awaitable[None]],
        *,
        limit: int,
        hand_back: Callable[[Item], Awaitable[None]] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.name = name
        self.limit = limit
        self.done = 0
        self.followers: tuple[Beat[Any], ...] = ()  # beats that this one's results are owed to
        self._claim = claim
        self._work = work
        self._put_off = put_off
        self._hand_back = hand_back
        self._patience_s = patience_s
        self._asked = 0.0  # when it last asked for items
        self._running: set[asyncio.Task[None]] = set()
        self._asking = asyncio.Lock()
        self._rest_until = 0.0
        self._stopped = False
        self._signed = 0.0  # when it last ended an item, or asked for some with none in hand

    @property
    def busy(self) -> int:
        """How many items are being worked on."""
        return len(self._running)

    def silence(self) -> float:
        """For how many seconds it has been at work without ending any of it; 0 while it waits for some."""
        if self._stopped or not (self._asking.locked() or self._running):
            return 0.0
        return _time() - self._signed

    async def tick(self) -> int:
        """Start work on what is due, as far as there is room; how many items were started."""
        if not self.is_ready():
            return 0
        async with self._asking:
            self._sign_if_idle()
            self._asked = _time()
            try:
                items = await self._claim(self.limit - self.busy)
            except StoreError as error:
                self._rest(error)
                return 0
            self._sign_if_idle()
            for item in items:
                task = asyncio.create_task(self._do(item), name=f"{self.name}")
                self._running.add(task)
                task.add_done_callback(self._ended)
        return len(items)

    def _sign_if_idle(self) -> None:
        # An answered claim says nothing of items that are under way: they may all wait for one that is stuck.
        if not self._running:
            self._signed = _time()

    async def drain(self) -> None:
        """Work until nothing is due."""
        while await self.tick() or self._running or self._asking.locked():
            async with self._asking:
                running = tuple(self._running)
            if running:
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)

    async def stop(self) -> None:
        """Start nothing more, and abandon what is under way: its lease is handed back by the caller."""
        self._stopped = True
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _do(self, item: Item) -> None:
        started = _time()
        try:
            try:
                await self._work(item)
            finally:
                meters.worked(self.name, _time() - started)
            self.done += 1
        except StaleClaimError as error:
            logger.warning("{}: {}", self.name, error)
        except StoreError as error:
            self._rest(error)
            await self._let_go(item)
        except Exception as error:  # noqa: BLE001 - the one net: a bug costs one item a delay, never the beat
            meters.fault(self.name)
            logger.opt(exception=error).error("{}: a fault in the program met {}", self.name, _named(item))
            await self._record(item, error)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._signed = _time()
        if not self._stopped:
            for beat in (self, *self.followers):
                if beat.is_ready():
                    await_later(beat.tick())

    def is_ready(self) -> bool:
        """Whether it may ask for more."""
        if self._stopped or self._asking.locked() or self.busy >= self.limit or _time() < self._rest_until:
            return False
        # Asking for one item at a time would cost a transaction each: wait until half the room is free, if it will be.
        return self.busy <= self.limit // 2 or _time() - self._asked >= self._patience_s

    async def _let_go(self, item: Item) -> None:
        """Hand back what could not be saved, once that is possible; else it comes again when its lease ends."""
        for _ in range(TRIES if self._hand_back else 0):
            await asyncio.sleep(REST_S)
            with suppress(StoreError):
                with suppress(StaleClaimError):
                    await self._hand_back(item)  # type: ignore[misc]  # it is there
                return

    async def _record(self, item: Item, error: Exception) -> None:
        try:
            await self._put_off(item, error)
        except (StoreError, StaleClaimError) as refused:
            logger.error("{}: {} cannot be put off: {}", self.name, _named(item), refused)

    def _rest(self, error: StoreError) -> None:
        self._rest_until = _time() + REST_S
        meters.refused(self.name)
        logger.error("{} rests for {:.0f} s: {} {}", self.name, REST_S, error, error.hint)


_later: set[asyncio.Task[Any]] = set()


def await_later(work: Any) -> None:
    """Run a coroutine soon; it is held until done, as a task that nobody holds may vanish."""
    task = asyncio.ensure_future(work)
    _later.add(task)
    task.add_done_callback(_later.discard)


def _time() -> float:
    """The loop's time, which no setting of the clock moves."""
    return asyncio.get_running_loop().time()


def fault(error: BaseException) -> str:
    """What is recorded on an item that met a bug."""
    return f"a fault in the program: {error!r}"[:500]


def _named(item: object) -> str:
    return f"{type(item).__name__.lower()} {getattr(item, 'id', '')}"
