"""A host's robots.txt becomes what may be asked of it, and how often; it is asked for once a day."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from protego import Protego
from yarl import URL

from monitor.edge.headers import DAY_S
from monitor.edge.manners import Said
from monitor.errors import FetchError

ROBOTS_BYTES = 512_000  # 500 KiB: what RFC 9309 wants to be read at least
ROBOTS_REDIRECTS = 5  # as RFC 9309 has it
MAX_CRAWL_DELAY_S = 60.0

_RETRY_S = 600.0  # until a robots.txt that could not be had is asked for again
_UNREACHABLE_S = DAY_S  # after which it counts as missing: some hosts answer 500 to it for ever
_HOSTS = 5_000
_KEPT = 2_000_000  # characters of rules in all; parsed, they take some 25 times as much
_IN_A_THREAD = 20_000  # characters of rules that take more than a few milliseconds
_LINE = re.compile(r"\s*(user.?agent|d\w+|allow|crawl.?delay)\s*(?::|\s)\s*(.*)", re.IGNORECASE)
# What says of a robots.txt that there is none, and not that it cannot be reached.
_MISSING = frozenset({"redirect", "empty", "type", "encoding", "gone"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What is known of one host until `until`; without rules all is allowed, with an error nothing is."""

    until: float
    text: str | None = None  # the lines that speak to us; none of a host that has no robots.txt
    parsed: Protego | None = None  # the same, once a page was asked for
    error: FetchError | None = None
    missed_since: float | None = None  # since when it cannot be had


class Robots:
    """Asks `fetch` for robots.txt when it must, and remembers what it said. `product` is our name in it."""

    def __init__(
        self, fetch: Callable[[URL, URL | None], Awaitable[bytes]], product: str, clock: Callable[[], float]
    ) -> None:
        self._fetch = fetch
        self._product = product.lower()
        self._clock = clock
        self._known: OrderedDict[str, Rules] = OrderedDict()
        self._changed: set[str] = set()  # of whom something else is known than was last kept
        self._size = 0
        self._asking: dict[str, asyncio.Task[Rules]] = {}

    async def check(self, target: URL, proxy: URL | None = None) -> float:
        """The seconds that a host wants between two pages. FetchError (robots) when a page is not to be asked for."""
        origin = str(target.origin())
        rules = self._known.get(origin)
        if rules is None or rules.until <= self._clock():
            rules = await self._renewed(origin, proxy)
        if rules.error:
            raise _unreachable(rules.error, rules.until - self._clock())
        if not rules.text:
            return 0.0
        parsed = rules.parsed or await self._parse(origin, rules, rules.text)
        if not parsed.can_fetch(str(target), self._product):
            raise FetchError("the site's robots.txt asks not to fetch this page", reason="robots", permanent=True)
        return min(parsed.crawl_delay(self._product) or 0.0, MAX_CRAWL_DELAY_S)

    async def _parse(self, origin: str, rules: Rules, text: str) -> Protego:
        parsed = await asyncio.to_thread(Protego.parse, text) if len(text) > _IN_A_THREAD else Protego.parse(text)
        if self._known.get(origin) is rules:
            self._known[origin] = replace(rules, parsed=parsed)
        return parsed

    def changes(self) -> list[Said]:
        """What hosts said since the last time that this was asked."""
        changed, self._changed = self._changed, set()
        return [_said(origin, self._known[origin], self._clock()) for origin in changed if origin in self._known]

    def recall(self, said: Iterable[Said]) -> None:
        """Heed what hosts said before this began."""
        for one in said:
            self._keep(one.origin, _rules(one, self._clock()))
        self._changed.clear()

    async def close(self) -> None:
        """Ask for nothing more."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _renewed(self, origin: str, proxy: URL | None) -> Rules:
        """One request serves all who wait for it, and outlives any of them."""
        task = self._asking.get(origin)
        if task is None:
            task = self._asking[origin] = asyncio.create_task(self._ask(origin, proxy))
            task.add_done_callback(lambda done: self._done(origin, done))
        return await asyncio.shield(task)

    def _done(self, origin: str, task: asyncio.Task[Rules]) -> None:
        self._asking.pop(origin, None)
        if not task.cancelled():
            task.exception()  # heard, even where all who waited for it have left

    async def _ask(self, origin: str, proxy: URL | None) -> Rules:
        before = self._known.get(origin)
        try:
            body = await self._fetch(URL(f"{origin}/robots.txt", encoded=True), proxy)
        except FetchError as error:
            if error.reason == "paused":
                raise
            rules = _without(error, before, self._clock())
        else:
            rules = Rules(self._clock() + DAY_S, relevant(body.decode("utf-8-sig", "replace"), self._product))
        self._keep(origin, rules)
        return rules

    def _keep(self, origin: str, rules: Rules) -> None:
        before = self._known.pop(origin, None)
        self._known[origin] = rules
        self._changed.add(origin)
        self._size += len(rules.text or "") - len((before and before.text) or "")
        while len(self._known) > _HOSTS or (self._size > _KEPT and len(self._known) > 1):
            _, oldest = self._known.popitem(last=False)
            self._size -= len(oldest.text or "")


def _without(error: FetchError, before: Rules | None, now: float) -> Rules:
    """What holds when there is no robots.txt, or none to be had: RFC 9309, 2.3.1."""
    refused = error.status is not None and 400 <= error.status < 500 and error.status != 429
    if refused or error.reason in _MISSING:
        return Rules(now + DAY_S)
    since = before.missed_since if before and before.missed_since is not None else now
    if before and before.text is not None:
        return Rules(now + _RETRY_S, before.text, before.parsed, missed_since=since)
    if now - since >= _UNREACHABLE_S:
        return Rules(now + DAY_S, missed_since=since)
    return Rules(now + _RETRY_S, error=error, missed_since=since)


def _said(origin: str, rules: Rules, now: float) -> Said:
    missed_s = now - rules.missed_since if rules.missed_since is not None else None
    error, reason = (str(rules.error), rules.error.reason) if rules.error else ("", "")
    return Said(origin, rules.until - now, rules.text, missed_s, reason, error)


def _rules(said: Said, now: float) -> Rules:
    missed_since = now - said.missed_s if said.missed_s is not None else None
    error = FetchError(said.error, reason=said.reason) if said.reason else None
    return Rules(now + said.left_s, said.rules, error=error, missed_since=missed_since)


def _unreachable(error: FetchError, left_s: float) -> FetchError:
    # A host that cannot be reached at all is told by its own name: its pages would fare no better.
    reason = "robots" if error.status else error.reason
    text = f"its robots.txt cannot be had: {error}"
    return FetchError(text, reason=reason, retry_after=left_s, hint=error.hint, permanent=error.permanent)


def relevant(text: str, product: str) -> str:
    """The lines of a robots.txt that speak to everybody or to us: a hostile one names thousands of others."""
    lines: list[str] = []
    names: set[str] = set()  # of the group that we are in
    naming = False
    for line in text.splitlines():
        found = _LINE.match(line.partition("#")[0])
        if not found:
            continue
        field, value = found[1].lower(), found[2].strip()
        if not field.startswith("user"):
            naming = False
            if names:
                lines.append(f"{field}: {value}")
            continue
        if not naming:
            names, naming = set(), True
        name = value.partition("/")[0].strip().lower()
        if name in {"*", product} and name not in names:
            names.add(name)
            lines.append(f"user-agent: {name}")
    return "\n".join(lines)
