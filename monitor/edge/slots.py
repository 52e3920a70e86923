"""Many requests become so many at a time, in all and at one host."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """So many at a time in all, and so many at one host."""

    def __init__(self, in_all: int, per_host: int) -> None:
        self._all = asyncio.Semaphore(in_all)
        self._hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(per_host))
        self._waiting: defaultdict[str, int] = defaultdict(int)

    @asynccontextmanager
    async def hold(self, host: str) -> AsyncIterator[None]:
        """Wait for the host first: a queue before one host must not take the slots of all others."""
        self._waiting[host] += 1
        try:
            async with self._hosts[host], self._all:
                yield
        finally:
            self._waiting[host] -= 1
            if not self._waiting[host]:
                del self._waiting[host], self._hosts[host]
