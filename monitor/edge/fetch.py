"""URL → Page: conditional, bounded in size, time and redirects, polite to hosts, never into the private network."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from socket import getaddrinfo
from types import TracebackType
from typing import Self

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, CookieJar
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from monitor.edge import meters
from monitor.edge.clock import clock
from monitor.edge.explain import explain
from monitor.edge.guard import LookUp, guarded_session, read_guard
from monitor.edge.manners import Manners
from monitor.edge.pace import Pace
from monitor.edge.robots import ROBOTS_BYTES, ROBOTS_REDIRECTS, Robots
from monitor.edge.room import Room
from monitor.edge.shared import HostTurns
from monitor.edge.slots import Slots
from monitor.edge.take import Answer, Bounds, take
from monitor.edge.target import web_url
from monitor.edge.wish import Wish, own_headers, proxy_url
from monitor.errors import FetchError
from monitor.model import Page

ACCEPT = (
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, */*;q=0.8"
)

_PERMANENT = {301, 308}
_REDIRECTS = {301, 302, 303, 307, 308}
_BUSY = {429, 503}
_HEADER_LINE = 16_384  # bytes: some sites send a cookie or a policy of ten thousand
_HEADERS = 200
_COOKIES = 30  # that one fetch carries along its redirects


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How far a fetch may go, and with what manners."""

    user_agent: str
    connect_timeout_s: float = 10.0  # name, connection and TLS together
    first_byte_timeout_s: float = 20.0  # until the whole head of the answer is there, and for each pause in its body
    timeout_s: float = 60.0  # of the whole fetch, redirects and slow drips included
    max_bytes: int = 10_000_000  # after decompression
    max_ratio: float = 500.0  # of a body's size to what came over the network
    min_rate: float = 500.0  # bytes a second of a body
    rate_window_s: float = 10.0  # over which that is measured, after as long a grace
    room_bytes: int = 64_000_000  # of all bodies that are being read, but for the first half million of each
    max_redirects: int = 10
    concurrency: int = 128
    per_host: int = 2
    per_domain: int = 4
    host_gap_s: float = 0.5  # between two requests to one host; none for those of the operator's own
    patience_s: float = 10.0  # the longest wait for a host that wants a pause, or has too many callers
    robots: bool = True
    allow_private: tuple[str, ...] = ()


@dataclass(slots=True)
class _Journey:
    """What one fetch has left, and what it carries along."""

    left_s: float
    place: str = ""  # that was asked last
    cookies: CookieJar | None = None  # made when the first one comes
    seen: set[tuple[str, str]] = field(default_factory=set)
    lasting: bool = True  # every redirect so far is permanent, and none gives up https


class Fetcher:
    """Brings pages home, so many at a time in all, from one domain and from one host, each at its own pace."""

    def __init__(self, settings: FetchSettings, look_up: LookUp = getaddrinfo) -> None:
        self.settings = settings
        self._look_up = look_up
        self._guard = read_guard(settings.allow_private)
        self._lists = lru_cache(10_000)(self._guard.lists)
        self._slots = Slots(settings.concurrency, settings.per_domain, settings.per_host)
        self._pace = Pace(settings.patience_s)
        self.turns: HostTurns | None = None  # where other workers ask the same hosts
        product = settings.user_agent.partition("/")[0].partition(" ")[0]
        self._robots = Robots(self._robots_txt, product, lambda: asyncio.get_running_loop().time())
        room = Room(settings.room_bytes)
        self._bounds = Bounds(settings.max_ratio, settings.min_rate, settings.rate_window_s, room)
        self._timeout = ClientTimeout(
            total=None,
            connect=settings.connect_timeout_s,
            sock_connect=settings.connect_timeout_s,
            sock_read=settings.first_byte_timeout_s,
        )
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = guarded_session(self.settings.allow_private, self.settings.user_agent, self._look_up)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._robots.close()
        if self._session:
            await self._session.close()

    async def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        max_bytes: int | None = None,
        accept: str = ACCEPT,
        robots: bool = False,
        headers: tuple[tuple[str, str], ...] = (),
        login: tuple[str, str] | None = None,
        home: str = "",
        proxy: str = "",
    ) -> Page:
        """One GET with all its redirects; FetchError says in `reason` what went wrong.

        refused, dns, connect, tls, proxy, timeout, disconnected, protocol, redirect, status, gone, empty, type,
        too-large, truncated, encoding; robots when its host does not want this page to be read; paused when it is
        nobody's fault: the host wants to be left alone, or we are too busy, for `retry_after` seconds.

        `headers` and `login` (user name, password) go to the origin of `home` (else `url`) only, whoever
        it redirects to.
        """
        target = web_url(url)
        own = own_headers(headers, login) if headers or login else ()
        wish = Wish(
            accept,
            max_bytes or self.settings.max_bytes,
            etag,
            last_modified,
            robots=robots and self.settings.robots,
            own=own,
            origin=web_url(home or url).origin() if own else None,
            proxy=proxy_url(proxy),
        )
        return await self._follow(url, target, wish, self.settings.max_redirects)

    def changes(self) -> Manners:
        """What hosts asked for of us since the last time that this was asked."""
        return Manners(self._pace.changes(asyncio.get_running_loop().time()), self._robots.changes())

    def recall(self, manners: Manners) -> None:
        """Heed what hosts asked for of us before this began."""
        self._pace.recall(manners.pauses, asyncio.get_running_loop().time())
        self._robots.recall(manners.robots)

    async def _robots_txt(self, target: URL, proxy: URL | None) -> bytes:
        wish = Wish("text/plain, */*;q=0.5", ROBOTS_BYTES, proxy=proxy, cut=True)
        return (await self._follow(str(target), target, wish, ROBOTS_REDIRECTS)).body

    async def _follow(self, url: str, target: URL, wish: Wish, hops: int) -> Page:
        journey = _Journey(self.settings.timeout_s)
        for _ in range(hops + 1):
            answer = await self._visit(target, wish, journey)
            if not answer.location:
                return _page(url, target, answer, wish, journey)
            before, target = target, web_url(answer.location, str(target))
            journey.lasting &= lasts(answer.status, before, target)
        raise FetchError(f"more than {hops} redirects", reason="redirect")

    async def _visit(self, target: URL, wish: Wish, journey: _Journey) -> Answer:
        """One request, once its host is ready for it; the wait for that is not the server's fault and costs no time."""
        loop = asyncio.get_running_loop()
        host, port = target.host or "", target.port or 0
        place = f"{host}:{port}"
        if wish.proxy and not self._guard.tells(host, port):
            raise FetchError("refused: not on the public network", reason="refused", permanent=True)
        page_gap_s = await self._robots.check(target, wish.proxy) if wish.robots else 0.0
        gap_s = 0.0 if self._lists(host, port) else self.settings.host_gap_s
        if place == journey.place:  # hops within a host are one visit to it: a browser would not wait between them
            gap_s = page_gap_s = 0.0
        journey.place = place
        while True:
            wait_s = self._pace.book(place, loop.time(), gap_s, page_gap_s)
            if wait_s:
                await asyncio.sleep(wait_s)
            async with self._slots.hold(host, place, self.settings.patience_s), self._turn(place, gap_s, page_gap_s):
                # While we waited, the host may have asked others of us for a pause.
                if not self._pace.cools(place, loop.time()):
                    return await self._ask(target, place, wish, journey)

    def _turn(self, place: str, gap_s: float, page_gap_s: float) -> AbstractAsyncContextManager[None]:
        """Hold a turn at a host that other workers ask, too."""
        if self.turns is None or not (gap_s or page_gap_s):
            return nullcontext()
        return _held(self.turns, place, gap_s, page_gap_s)

    async def _ask(self, target: URL, place: str, wish: Wish, journey: _Journey) -> Answer:
        clock_s = asyncio.get_running_loop().time
        started = clock_s()
        try:
            answer = await self._request(target, wish, journey)
        except FetchError as error:
            ended = clock_s()
            meters.fetched(f"{error.status // 100}xx" if error.status else error.reason, ended - started)
            if error.status in _BUSY:
                self._pace.refused(place, ended, error.retry_after)
            elif error.status:
                self._pace.answered(place)
            raise
        self._pace.answered(place)
        outcome = "304" if answer.status == HTTPStatus.NOT_MODIFIED else f"{answer.status // 100}xx"
        meters.fetched(outcome, clock_s() - started, len(answer.body))
        return answer

    async def _request(self, target: URL, wish: Wish, journey: _Journey) -> Answer:
        settings, loop = self.settings, asyncio.get_running_loop()
        started = loop.time()
        head_s = settings.connect_timeout_s + settings.first_byte_timeout_s
        try:
            async with asyncio.timeout(min(journey.left_s, head_s)) as limit:
                async with await self._send(target, wish, journey) as response:
                    if response.status in _REDIRECTS:
                        return _redirect(response, target, journey)
                    if response.status != HTTPStatus.NOT_MODIFIED:
                        limit.reschedule(started + journey.left_s)
                    return await take(response, wish, self._bounds)
        except TimeoutError as error:
            spent = loop.time() - started >= journey.left_s
            text = f"not done within {settings.timeout_s:g} s" if spent else "no answer, or a pause of too long in it"
            raise FetchError(text, reason="timeout") from error
        except (ClientError, HttpProcessingError, OSError, ValueError, LookupError) as error:
            raise explain(error) from error
        finally:
            journey.left_s = max(0.0, journey.left_s - (loop.time() - started))

    async def _send(self, target: URL, wish: Wish, journey: _Journey) -> ClientResponse:
        if self._session is None:
            raise RuntimeError("a Fetcher is used inside `async with`")
        cookies = journey.cookies.filter_cookies(target) if journey.cookies else None
        visit = (str(target), cookies.output() if cookies else "")
        if visit in journey.seen:
            raise FetchError("redirected in a circle", reason="redirect")
        journey.seen.add(visit)
        return await self._session.get(
            target,
            headers=wish.headers(target),
            cookies=cookies,
            proxy=wish.proxy,
            allow_redirects=False,
            timeout=self._timeout,
            max_line_size=_HEADER_LINE,
            max_field_size=_HEADER_LINE,
            max_headers=_HEADERS,
        )


@asynccontextmanager
async def _held(turns: HostTurns, place: str, gap_s: float, page_gap_s: float) -> AsyncIterator[None]:
    turn = await turns.take(place, gap_s, page_gap_s)
    try:
        await asyncio.sleep(turn.wait_s)
        yield
    finally:
        await asyncio.shield(turns.give_back(place, turn))


def lasts(status: int, before: URL, after: URL) -> bool:
    """Whether a redirect is to be remembered: a permanent one, unless it gives up https for good."""
    return status in _PERMANENT and not (before.scheme == "https" and after.scheme == "http")


def _redirect(response: ClientResponse, target: URL, journey: _Journey) -> Answer:
    location = response.headers.get("Location", "").strip()
    if not location:
        raise FetchError(f"a redirect ({response.status}) to nowhere", reason="redirect", status=response.status)
    if response.cookies and len(response.cookies) <= _COOKIES:
        journey.cookies = journey.cookies or CookieJar(unsafe=True)
        if len(journey.cookies) <= _COOKIES:
            journey.cookies.update_cookies(response.cookies, target)
    return Answer(response.status, location=location)


def _page(url: str, target: URL, answer: Answer, wish: Wish, journey: _Journey) -> Page:
    unchanged = answer.status == 304
    moved = len(journey.seen) > 1 and journey.lasting
    return Page(
        url=url,
        final_url=str(target),
        status=304 if unchanged else 200,
        body=answer.body,
        content_type=answer.content_type,
        etag=answer.etag or (wish.etag if unchanged else ""),
        last_modified=answer.last_modified or (wish.last_modified if unchanged else ""),
        moved_to=str(target) if moved else "",
        fresh_s=answer.fresh_s,
        hub=answer.hub,
        fetched_at=clock(),
    )
