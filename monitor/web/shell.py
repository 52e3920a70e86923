"""What stands around every request and answer: bounds, headers, whose host is meant, faults told without detail."""

import time
from ipaddress import ip_address
from urllib.parse import urlsplit

from loguru import logger
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.settings.web import WebConfig
from monitor.web.deeds import SAFE, note_deed
from monitor.web.problems import RefusedError, answer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # none at all, and browsers would not say whose our own forms are
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Record:
    """One line of the log a request, without its query: that may hold a token. A bug becomes a plain answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0
        scope.setdefault("state", {})  # shared with whoever identifies the caller

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _secure(message)
            await send(message)

        path = scope["path"].encode("unicode_escape", "backslashreplace").decode()
        try:
            await self.app(scope, receive, note)
        except ClientDisconnect:
            logger.debug("{} {}: the client hung up", scope["method"], path)
        except Exception as error:  # noqa: BLE001 - the beat of this process: a bug costs one request
            logger.opt(exception=error).error("{} {} failed", scope["method"], path)
            if not status:
                await answer(error)(scope, receive, note)
        else:
            if scope["method"] not in SAFE and status < 400:
                await run_in_threadpool(note_deed, scope, path)
            took = 1000 * (time.perf_counter() - started)
            logger.debug("{} {}: {} in {:.0f} ms", scope["method"], path, status, took)


def _secure(message: Message) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "private, no-cache")


class Hosts:
    """Only requests that mean us: a name that others let lead here must not open what is ours (DNS rebinding)."""

    def __init__(self, app: ASGIApp, settings: WebConfig) -> None:
        self.app = app
        named = (settings.host, urlsplit(settings.public_url).hostname or "", "localhost", *settings.hosts)
        self.known = {name.lower() for name in named if name}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_ours(Headers(scope=scope).getlist("host")):
            error = RefusedError(421, "this host is not served here", hint="list its name under web.hosts")
            await answer(error)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_ours(self, hosts: list[str]) -> bool:
        try:
            name = urlsplit(f"//{hosts[0]}").hostname or ""
        except (ValueError, IndexError):
            return False
        return len(hosts) == 1 and (name in self.known or _is_address(name))


def _is_address(name: str) -> bool:
    """Whether it is an address as it stands: no name server can let that lead elsewhere."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


class Bodies:
    """Bodies up to a size: larger ones are refused, those that say so before they are read."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "0")
        if said.isdecimal() and int(said[:20]) > self.most:
            await answer(self._refusal())(scope, receive, send)
            return
        taken, refused, begun = 0, False, False

        async def take() -> Message:
            nonlocal taken, refused
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.most:
                refused = True
                raise ClientDisconnect
            return message

        async def pass_on(message: Message) -> None:
            nonlocal begun
            if refused and not begun:
                return
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, take, pass_on)
        except ClientDisconnect:
            if not refused:
                raise
        if refused and not begun:
            await answer(self._refusal())(scope, receive, send)

    def _refusal(self) -> RefusedError:
        return RefusedError(413, f"a body holds {self.most} bytes at most", hint="see web.max_body")


# What has no end, or is as long as the archive: HEAD would have it made for nobody.
ENDLESS = frozenset({"/api/v1/events", "/api/v1/export"})


class Heads:
    """HEAD is GET whose body nobody sees."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"] in ENDLESS:
            await self.app(scope, receive, send)
            return

        async def headers_only(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, headers_only)
