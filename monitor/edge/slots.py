"""Many requests become so many at a time: in all, at one host, and at one registrable domain."""

import asyncio
from dataclasses import dataclass
from functools import lru_cache

from tld import get_fld

from monitor.errors import FetchError


class Slots:
    """So many at a time in all, so many at the hosts of one domain, and so many at one host."""

    def __init__(self, in_all: int, per_domain: int, per_host: int) -> None:
        self._all = asyncio.Semaphore(in_all)
        self._domains = _Lines(max(per_domain, per_host))  # a domain may have but one host
        self._hosts = _Lines(per_host)

    def hold(self, host: str, place: str, patience_s: float) -> "_Hold":
        """Wait for the host first: a queue before one host must not take the slots of all others."""
        return _Hold(self, domain_of(host) or place, place, patience_s)

    async def enter(self, domain: str, place: str, patience_s: float) -> None:
        """Take a slot of each kind, or none."""
        lines = (self._hosts.join(place), self._domains.join(domain))
        entered: list[asyncio.Semaphore] = []
        try:
            for line in lines:
                await _enter(line, patience_s)
                entered.append(line)
            await self._all.acquire()
        except BaseException:  # a wait that is cancelled, too, leaves nothing taken
            for line in reversed(entered):
                line.release()
            self._leave(domain, place)
            raise

    def give_back(self, domain: str, place: str) -> None:
        """Let go of what was entered."""
        self._all.release()
        self._domains.of(domain).release()
        self._hosts.of(place).release()
        self._leave(domain, place)

    def _leave(self, domain: str, place: str) -> None:
        self._hosts.leave(place)
        self._domains.leave(domain)


@dataclass(slots=True)
class _Hold:
    """A slot of each kind while it is entered; a generator would cost as much as the slots."""

    slots: Slots
    domain: str
    place: str
    patience_s: float

    async def __aenter__(self) -> None:
        await self.slots.enter(self.domain, self.place, self.patience_s)

    async def __aexit__(self, *_: object) -> None:
        self.slots.give_back(self.domain, self.place)


class _Lines:
    """So many at a time under each name; a name that nobody holds or waits for is forgotten."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: dict[str, tuple[asyncio.Semaphore, int]] = {}

    def join(self, name: str) -> asyncio.Semaphore:
        line, users = self._lines.get(name) or (asyncio.Semaphore(self._width), 0)
        self._lines[name] = line, users + 1
        return line

    def of(self, name: str) -> asyncio.Semaphore:
        """The line of a name that somebody holds."""
        return self._lines[name][0]

    def leave(self, name: str) -> None:
        """One holds or waits under it no more."""
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
