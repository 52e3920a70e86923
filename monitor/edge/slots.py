"""Many requests become so many at a time: in all, at one host, and at one registrable domain."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

from tld import get_fld

from monitor.errors import FetchError


class Slots:
    """So many at a time in all, so many at the hosts of one domain, and so many at one host."""

    def __init__(self, in_all: int, per_domain: int, per_host: int) -> None:
        self._all = asyncio.Semaphore(in_all)
        self._domains = _Lines(max(per_domain, per_host))  # a domain may have but one host
        self._hosts = _Lines(per_host)

    @asynccontextmanager
    async def hold(self, host: str, place: str, patience_s: float) -> AsyncIterator[None]:
        """Wait for the host first: a queue before one host must not take the slots of all others."""
        domain = domain_of(host) or place
        lines = (self._hosts.join(place), self._domains.join(domain))
        entered: list[asyncio.Semaphore] = []
        try:
            for line in lines:
                await _enter(line, patience_s)
                entered.append(line)
            await self._all.acquire()
            entered.append(self._all)
            yield
        finally:
            for line in reversed(entered):
                line.release()
            self._hosts.leave(place)
            self._domains.leave(domain)


class _Lines:
    """So many at a time under each name; a name that nobody holds or waits for is forgotten."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: dict[str, tuple[asyncio.Semaphore, int]] = {}

    def join(self, name: str) -> asyncio.Semaphore:
        line, users = self._lines.get(name) or (asyncio.Semaphore(self._width), 0)
        self._lines[name] = line, users + 1
        return line

    def leave(self, name: str) -> None:
        line, users = self._lines[name]
        if users > 1:
            self._lines[name] = line, users - 1
        else:
            del self._lines[name]


async def _enter(line: asyncio.Semaphore, patience_s: float) -> None:
    if not line.locked():
        await line.acquire()
        return
    try:
        async with asyncio.timeout(patience_s):
            await line.acquire()
    except TimeoutError as error:
        text = f"not asked: others waited for this host longer than {patience_s:g} s"
        raise FetchError(text, reason="paused", retry_after=patience_s) from error


@lru_cache(16_384)
def domain_of(host: str) -> str:
    """The name that somebody registered, under which a host stands; empty for an address or a name without any."""
    if ":" in host:
        return ""
    # The hosts of such as blogspot.com belong to many, of whom one must not stop the others.
    return get_fld(f"http://{host}/", fail_silently=True, search_private=True) or ""
