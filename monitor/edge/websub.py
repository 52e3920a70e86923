"""Requests to hubs go out, and requests of hubs come in: bounded, and handed on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, InvalidURL
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import BaseRequest, RequestHandler, RequestPayloadError, Response, Server
from loguru import logger

from monitor.edge.guard import RefusedAddressError
from monitor.edge.headers import retry_after
from monitor.edge.target import web_url
from monitor.errors import ConfigError, FetchError, StoreError

SIGNATURES = ("X-Hub-Signature", "X-Hub-Signature-256")
NOT_NOW = frozenset({408, 425, 429})
MOVED = frozenset({307, 308})  # the only redirects that keep a POST one
MAX_MOVES = 3
# A request comes and is answered on one of so many connections; more are hung up on.
MAX_CONNECTIONS = 64
IDLE_S = 20.0  # for the head of a request, and between two
LINGER_S = 0.5  # in which what is left of a refused body may come
MAX_LINE, MAX_HEADERS = 8_190, 64

# aiohttp writes a trace for each request that is no HTTP: anybody could fill the log so. Faults are logged here.
_SILENT = logging.getLogger(f"{__name__}.aiohttp")
_SILENT.disabled = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hub is told."""

    status: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """Where hubs come in, and who answers them."""

    host: str
    port: int
    max_bytes: int  # of a body
    timeout_s: float  # for a request, once its head is there
    ask: Callable[[str, Mapping[str, str]], Awaitable[Answer]]  # last part of the path, query
    push: Callable[[str, tuple[str, ...], AsyncIterator[bytes]], Awaitable[Answer]]  # the same, signatures, body


class TooLargeError(Exception):
    """A body beyond the bound."""


class _BoundedServer(Server):
    """A server that hangs up when too many are connected."""

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self.connections) > MAX_CONNECTIONS:
            # Not at once: aiohttp takes a connection that is lost before its task begins for a fault.
            asyncio.get_running_loop().call_soon(transport.abort)


@asynccontextmanager
async def opened(door: Door) -> AsyncIterator[int]:
    """Listen for hubs while inside; the port. ConfigError when it cannot be had."""

    async def answer(request: BaseRequest) -> Response:
        return _response(await _answer(door, request))

    server = _BoundedServer(
        answer,
        keepalive_timeout=IDLE_S,
        lingering_time=LINGER_S,
        max_line_size=MAX_LINE,
        max_field_size=MAX_LINE,
        max_headers=MAX_HEADERS,
        auto_decompress=False,  # what is signed is the body as it comes, and no body can grow here
        access_log=None,
        logger=_SILENT,
    )
    try:
        listener = await asyncio.get_running_loop().create_server(server, door.host, door.port)
    except OSError as error:
        hint = "free the port, or set another websub.listen and tell the web server before it"
        raise ConfigError(f"websub.listen: cannot listen on {door.host}:{door.port}: {error}", hint=hint) from error
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        server.pre_shutdown()  # lets go of connections on which nothing is asked
        await server.shutdown(timeout=1)
        await listener.wait_closed()


async def _answer(door: Door, request: BaseRequest) -> Answer:
    answer = Answer(500)
    try:
        async with asyncio.timeout(door.timeout_s):
            answer = await _hand_on(door, request)
    except TooLargeError:
        answer = Answer(413)
    except TimeoutError:
        answer = Answer(408)
    except (RequestPayloadError, HttpProcessingError, OSError):
        answer = Answer(400)  # a body that breaks off, or is no HTTP
    except StoreError as error:
        logger.warning("a hub cannot be answered: {} {}", error, error.hint)
        answer = Answer(503)
    except Exception as error:  # noqa: BLE001 - as in a beat: a bug costs one request, never the daemon
        logger.opt(exception=error).error("a fault in the program met a request of a hub")
    return answer


async def _hand_on(door: Door, request: BaseRequest) -> Answer:
    token = request.path.rpartition("/")[2]
    if request.method == "GET":
        return await door.ask(token, request.rel_url.query)
    if request.method == "POST":
        signatures = tuple(value for name in SIGNATURES for value in request.headers.getall(name, ()))
        return await door.push(token, signatures, _body(request, door.max_bytes))
    return Answer(404)


async def _body(request: BaseRequest, max_bytes: int) -> AsyncIterator[bytes]:
    if (request.content_length or 0) > max_bytes:
        raise TooLargeError
    taken = 0
    async for chunk in request.content.iter_any():
        taken += len(chunk)
        if taken > max_bytes:
            raise TooLargeError
        yield chunk


def _response(answer: Answer) -> Response:
    response = Response(
        status=answer.status,
        body=answer.text.encode(),
        # A challenge is whatever the asker wrote: no browser may take it for a page.
        content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff", "Server": "monitor"},
    )
    if answer.status in {400, 408, 413}:
        response.force_close()
    return response


async def ask_hub(session: ClientSession, hub: str, form: Mapping[str, str], timeout_s: float) -> None:
    """Send a hub a request; FetchError when it does not take it, permanent when it is not to be asked again soon."""
    target = web_url(hub)
    try:
        async with asyncio.timeout(timeout_s):
            for _ in range(MAX_MOVES + 1):
                async with session.post(
                    target, data=form, allow_redirects=False, timeout=ClientTimeout(total=timeout_s)
                ) as response:
                    status, headers = response.status, response.headers
                if status not in MOVED:
                    break
                target = web_url(headers.get("Location", ""), str(target))
    except TimeoutError as error:
        raise FetchError("the hub does not answer in time", reason="timeout") from error
    except (ClientError, InvalidURL, OSError, ValueError) as error:
        raise _failure(error) from error
    if not 200 <= status < 300:
        later = status in NOT_NOW or not 400 <= status < 500
        wait = retry_after(headers.get("Retry-After", ""), datetime.now(UTC)) if later else None
        text = f"the hub answered status {status}"
        raise FetchError(text, reason="status", status=status, retry_after=wait, permanent=not later)


def _failure(error: Exception) -> FetchError:
    cause = error.os_error if isinstance(error, ClientConnectorError) else error
    if isinstance(cause, RefusedAddressError) or isinstance(error.__cause__, RefusedAddressError):
        hint = "to have hubs asked there, list the address under fetch.allow_private"
        return FetchError("refused: the hub is not on the public network", reason="refused", hint=hint, permanent=True)
    return FetchError("the hub cannot be reached", reason="connect")
