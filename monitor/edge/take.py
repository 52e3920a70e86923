"""A response becomes an answer: judged by its head, and its body read within bounds of size, growth and pace."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import ClientResponse

from monitor.edge import headers
from monitor.edge.clock import clock
from monitor.edge.decode import Unpacker, too_large
from monitor.edge.room import Room
from monitor.edge.wish import Wish
from monitor.errors import FetchError

_BLANK = b"\0 \t\r\n"
_TURN_S = 0.002  # of work on a body, after which others get the loop


@dataclass(frozen=True, slots=True)
class Bounds:
    """How a body may grow and how slowly it may come; the first `window_s` seconds are not judged."""

    max_ratio: float
    min_rate: float
    window_s: float
    room: Room


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request brought: a body, or where to ask instead."""

    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    fresh_s: float = 0.0
    hub: tuple[str, str] = ("", "")  # named in a Link header, and the address by which it knows this one
    location: str = ""


async def take(response: ClientResponse, wish: Wish, bounds: Bounds) -> Answer:
    """Judge a final answer by its head, and only then read its body."""
    if response.status == 304 and wish.conditional:
        if response.headers.get("Content-Length", "0") != "0":
            # A body that must not be there would be read as the start of the next answer.
            response.close()
        return _answer(response, b"")
    if response.status not in {200, 203}:
        raise _status_error(response)
    content_type = response.headers.get("Content-Type", "")
    # What holds no text however it is read; it may be a stream without end.
    if content_type.lower().startswith(("audio/", "video/", "image/", "font/")):
        text = f"{headers.printable(content_type)[:40]}, which holds no text"
        raise FetchError(text, reason="type", permanent=True)
    if (response.content_length or 0) > wish.max_bytes and not wish.cut:
        raise too_large(wish.max_bytes)
    body = await _read(response, wish, bounds)
    if not (body[:1000].strip(_BLANK) or body.strip(_BLANK)):
        raise FetchError("an empty body", reason="empty", status=response.status)
    return _answer(response, body)


async def _read(response: ClientResponse, wish: Wish, bounds: Bounds) -> bytes:
    encoding = ",".join(response.headers.getall("Content-Encoding", []))
    unpacker = Unpacker(encoding, wish.max_bytes, bounds.max_ratio)
    try:
        await _unpack(response, unpacker, bounds)
    except FetchError as error:
        if not (wish.cut and error.reason == "too-large"):
            raise
        response.close()
        return bytes(unpacker.plain[: wish.max_bytes])
    return bytes(unpacker.plain)


async def _unpack(response: ClientResponse, unpacker: Unpacker, bounds: Bounds) -> None:
    held = 0
    try:
        async with aclosing(_steps(response, unpacker, bounds)) as steps:
            async for _ in steps:
                now = len(unpacker.plain)
                bounds.room.take(now - held, now)
                held = now
    finally:
        bounds.room.give_back(held)


async def _steps(response: ClientResponse, unpacker: Unpacker, bounds: Bounds) -> AsyncGenerator[None]:
    """A step for each piece that came, or for some milliseconds of work on it."""
    loop = asyncio.get_running_loop()
    began, came, judged = loop.time(), 0, False
    async for piece in response.content.iter_any():
        turn = loop.time()
        came += len(piece)
        if turn - began >= bounds.window_s:
            # A server that thinks before it speaks is no drip: only a second slow window counts against it.
            if judged and came < bounds.min_rate * (turn - began):
                raise FetchError(f"slower than {bounds.min_rate:g} bytes a second", reason="timeout")
            began, came, judged = turn, 0, True
        for _ in unpacker.feed(piece):
            if loop.time() - turn > _TURN_S:
                await asyncio.sleep(0)
                turn = loop.time()
                yield
        yield
    for _ in unpacker.finish():
        await asyncio.sleep(0)
        yield


def _answer(response: ClientResponse, body: bytes) -> Answer:
    found = response.headers
    links = headers.linked(found.getall("Link", []))
    return Answer(
        response.status,
        body,
        content_type=headers.printable(found.get("Content-Type", ""))[:1000],
        etag=headers.validator(found.get("ETag", "")),
        last_modified=headers.validator(found.get("Last-Modified", "")),
        fresh_s=headers.fresh_s(found),
        hub=(links.get("hub", ""), links.get("self", "")),
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
    asked = headers.retry_after(response.headers.get("Retry-After", ""), clock()) if status >= 400 else None
    return FetchError(f"status {status}, {phrase}", reason="status", status=status, retry_after=asked)
