"""Work for a few processes becomes one piece after another: the urgent first, and of the heavy one at a time."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple


class _Waiting(NamedTuple):
    later: bool  # what is not urgent comes after all that is
    number: int
    heavy: bool
    turn: asyncio.Future[None]


class Turns:
    """So many pieces of work are under way at once, of which one is heavy at most."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._heavy = False
        self._came = 0
        self._waiting: list[_Waiting] = []

    @asynccontextmanager
    async def take(self, *, urgent: bool = False, heavy: bool = False) -> AsyncIterator[None]:
        """Wait for a turn, and hold it."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._came += 1
        heapq.heappush(self._waiting, _Waiting(not urgent, self._came, heavy, turn))
        self._pass_on()
        try:
            await turn
            yield
        finally:
            if turn.done() and not turn.cancelled():
                self._free += 1
                self._heavy &= not heavy
            self._pass_on()

    def _pass_on(self) -> None:
        """Give what is free to those who wait; a heavy piece that must wait holds up none behind it."""
        put_off = []
        while self._free and self._waiting:
            first = heapq.heappop(self._waiting)
            if first.turn.done():  # it was given up
                continue
            if first.heavy and self._heavy:
                put_off.append(first)
                continue
            self._free -= 1
            self._heavy |= first.heavy
            first.turn.set_result(None)
        for one in put_off:
            heapq.heappush(self._waiting, one)
