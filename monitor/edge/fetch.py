"""URL → Page: conditional, bounded in size, time and redirects, polite to hosts, never into the private network."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, CookieJar
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from monitor.edge.clock import clock
from monitor.edge.decode import decode, too_large
from monitor.edge.explain import explain
from monitor.edge.guard import guarded_session
from monitor.edge.slots import Slots
from monitor.edge.target import web_url
from monitor.errors import FetchError
from monitor.model import Page

ACCEPT = (
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, */*;q=0.8"
)
DAY_S = 86_400.0

_PERMANENT = {301, 308}
_REDIRECTS = {301, 302, 303, 307, 308}
_HEADER_LINE = 16_384  # bytes: some sites send a cookie or a policy of ten thousand
_HEADERS = 200
_COOKIES = 30  # that one fetch carries along its redirects
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,1000}")
# What holds no text however it is read; it may be a stream without end.
_NO_TEXT = re.compile(r"(?:audio|video|image|font)/", re.IGNORECASE)
_IN_A_THREAD = 262_144  # bytes of a compressed body that would hold up the loop for more than a millisecond or two


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How far a fetch may go."""

    user_agent: str
    connect_timeout_s: float = 10.0
    first_byte_timeout_s: float = 20.0  # also between two reads
    timeout_s: float = 60.0  # of the whole fetch, redirects and slow drips included
    max_bytes: int = 10_000_000  # after decompression
    max_redirects: int = 10
    concurrency: int = 64
    per_host: int = 2
    allow_private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one fetch asks for."""

    etag: str
    last_modified: str
    accept: str
    max_bytes: int

    @property
    def conditional(self) -> bool:
        return bool(self.etag or self.last_modified)

    def headers(self) -> dict[str, str]:
        wanted = {
            "Accept": self.accept,
            "Accept-Encoding": "gzip, deflate",
            "If-None-Match": self.etag,
            "If-Modified-Since": self.last_modified,
        }
        return {name: value for name, value in wanted.items() if value}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one request brought: a body, or where to ask instead."""

    status: int
    body: bytes = b""
    encoding: str = ""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    location: str = ""


@dataclass(slots=True)
class _Journey:
    """What one fetch has left, and what it carries along."""

    left_s: float
    cookies: CookieJar
    seen: set[tuple[str, str]] = field(default_factory=set)
    permanent: bool = True  # every redirect so far


class Fetcher:
    """Brings pages home, so many at a time in all and so many from one host."""

    def __init__(self, settings: FetchSettings) -> None:
        self.settings = settings
        self._slots = Slots(settings.concurrency, settings.per_host)
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = guarded_session(self.settings.allow_private, self.settings.user_agent)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def get(
        self, url: str, *, etag: str = "", last_modified: str = "", max_bytes: int | None = None, accept: str = ACCEPT
    ) -> Page:
        """One GET with all its redirects; FetchError says in `reason` what went wrong.

        refused, dns, connect, tls, timeout, disconnected, protocol, redirect, status, gone, empty, type, too-large,
        truncated, encoding.
        """
        wish = _Wish(etag, last_modified, accept, max_bytes or self.settings.max_bytes)
        journey = _Journey(self.settings.timeout_s, CookieJar(unsafe=True))
        target = web_url(url)
        for _ in range(self.settings.max_redirects + 1):
            answer = await self._ask(target, wish, journey)
            if not answer.location:
                return _page(url, target, answer, wish, journey, await _plain(answer, wish))
            journey.permanent &= answer.status in _PERMANENT
            target = web_url(answer.location, str(target))
        raise FetchError(f"more than {self.settings.max_redirects} redirects", reason="redirect")

    async def _ask(self, target: URL, wish: _Wish, journey: _Journey) -> _Answer:
        """One request, once its host has a slot; the wait for it is not the server's fault and costs no time."""
        async with self._slots.hold(f"{target.host}:{target.port}"):
            loop = asyncio.get_running_loop()
            started = loop.time()
            try:
                async with asyncio.timeout(journey.left_s):
                    return await self._request(target, wish, journey)
            except TimeoutError as error:
                limit = self.settings.timeout_s
                spent = loop.time() - started >= journey.left_s
                text = f"not done within {limit:g} s" if spent else "no answer, or a pause of too long in it"
                raise FetchError(text, reason="timeout") from error
            except (ClientError, HttpProcessingError, OSError, ValueError, LookupError) as error:
                raise explain(error) from error
            finally:
                journey.left_s = max(0.0, journey.left_s - (loop.time() - started))

    async def _request(self, target: URL, wish: _Wish, journey: _Journey) -> _Answer:
        if self._session is None:
            raise RuntimeError("a Fetcher is used inside `async with`")
        cookies = journey.cookies.filter_cookies(target)
        visit = (str(target), cookies.output())
        if visit in journey.seen:
            raise FetchError("redirected in a circle", reason="redirect")
        journey.seen.add(visit)
        pause = ClientTimeout(
            total=None, sock_connect=self.settings.connect_timeout_s, sock_read=self.settings.first_byte_timeout_s
        )
        async with self._session.get(
            target,
            headers=wish.headers(),
            cookies=cookies,
            allow_redirects=False,
            timeout=pause,
            max_line_size=_HEADER_LINE,
            max_field_size=_HEADER_LINE,
            max_headers=_HEADERS,
        ) as response:
            if response.status in _REDIRECTS:
                return _redirect(response, target, journey)
            return await _take(response, wish)


def _redirect(response: ClientResponse, target: URL, journey: _Journey) -> _Answer:
    location = response.headers.get("Location", "").strip()
    if not location:
        raise FetchError(f"a redirect ({response.status}) to nowhere", reason="redirect", status=response.status)
    if len(response.cookies) <= _COOKIES and len(journey.cookies) <= _COOKIES:
        journey.cookies.update_cookies(response.cookies, target)
    return _Answer(response.status, location=location)


async def _take(response: ClientResponse, wish: _Wish) -> _Answer:
    """Judge a final answer by its head, and only then read its body."""
    if response.status == 304 and wish.conditional:
        if response.headers.get("Content-Length", "0") != "0":
            # A body that must not be there would be read as the start of the next answer.
            response.close()
        return _answer(response, b"")
    if response.status not in {200, 203}:
        raise _status_error(response)
    content_type = response.headers.get("Content-Type", "")
    if _NO_TEXT.match(content_type):
        raise FetchError(f"{_header(content_type)[:40]}, which holds no text", reason="type", permanent=True)
    if (response.content_length or 0) > wish.max_bytes:
        raise too_large(wish.max_bytes)
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > wish.max_bytes:
            raise too_large(wish.max_bytes)
    return _answer(response, bytes(body))


def _answer(response: ClientResponse, body: bytes) -> _Answer:
    headers = response.headers
    return _Answer(
        response.status,
        body,
        encoding=",".join(headers.getall("Content-Encoding", [])),
        content_type=_header(headers.get("Content-Type", ""))[:1000],
        etag=_validator(headers.get("ETag", "")),
        last_modified=_validator(headers.get("Last-Modified", "")),
    )


def _status_error(response: ClientResponse) -> FetchError:
    status = response.status
    if status in {204, 205}:
        return FetchError(f"an answer without a body ({status})", reason="empty", status=status)
    if status == 410:
        return FetchError("gone for good (410)", reason="gone", status=status, permanent=True)
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "no status that HTTP knows"
    asked = retry_after(response.headers.get("Retry-After", ""), clock()) if status >= 400 else None
    return FetchError(f"status {status}, {phrase}", reason="status", status=status, retry_after=asked)


async def _plain(answer: _Answer, wish: _Wish) -> bytes:
    """The body without its compression."""
    if answer.status == 304:
        return b""
    if len(answer.body) > _IN_A_THREAD:
        body = await asyncio.to_thread(decode, answer.body, answer.encoding, wish.max_bytes)
    else:
        body = decode(answer.body, answer.encoding, wish.max_bytes)
    if not body.strip(b"\0 \t\r\n"):
        raise FetchError("an empty body", reason="empty", status=answer.status)
    return body


def _page(url: str, target: URL, answer: _Answer, wish: _Wish, journey: _Journey, body: bytes) -> Page:
    unchanged = answer.status == 304
    moved = len(journey.seen) > 1 and journey.permanent
    return Page(
        url=url,
        final_url=str(target),
        status=304 if unchanged else 200,
        body=body,
        content_type=answer.content_type,
        etag=answer.etag or (wish.etag if unchanged else ""),
        last_modified=answer.last_modified or (wish.last_modified if unchanged else ""),
        moved_to=str(target) if moved else "",
        fetched_at=clock(),
    )


def retry_after(text: str, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, up to a day; None when it asks for nothing that makes sense."""
    text = text.strip()[:100]
    if text.isascii() and text.isdigit():
        seconds = float(text)
    else:
        try:
            date = parsedate_to_datetime(text)
            seconds = ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return min(seconds, DAY_S) if seconds > 0 else None


def _validator(text: str) -> str:
    """A validator to be sent back as it came; one that no header may hold is dropped."""
    return text if _VALIDATOR.fullmatch(text) else ""


def _header(text: str) -> str:
    return "".join(letter for letter in text[:2000] if " " <= letter <= "~")
