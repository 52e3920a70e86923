"""Whoever sends a request drop by drop is cut off; who sends whole ones may take their time between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState

from monitor.web.patience import PatientProtocol

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"


class Impatient(PatientProtocol):
    patience_s = 0.3


async def answer(_scope: object, receive: object, send: object) -> None:
    while (await receive())["more_body"]:  # type: ignore[operator]
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"ok"})  # type: ignore[operator]


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(answer, http=Impatient, log_config=None)  # type: ignore[arg-type]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Impatient(config, ServerState(), {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()
        await server.wait_closed()


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the connection is cut without an answer."""
    try:
        return await asyncio.wait_for(reader.read(), 20) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("said", [b"", b"GET / HT", HEAD[:-2], HEAD, HEAD + b"ab"])
async def test_half_a_request_is_cut_off(said: bytes) -> None:
    async with connected() as (reader, writer):
        writer.write(said)
        assert await ended(reader)


async def test_drops_do_not_prolong_the_wait() -> None:
    async with connected() as (reader, writer):
        waiting = asyncio.create_task(ended(reader))
        for byte in b"GET / HTTP/1.1\r\nX-Slow: " + b"a" * 10_000:
            if waiting.done():
                break
            writer.write(bytes([byte]))
            await asyncio.wait({waiting}, timeout=0.05)
        assert await waiting


async def test_whole_requests_are_answered_one_after_the_other_and_the_next_one_must_be_whole_too() -> None:
    async with connected() as (reader, writer):
        for _ in range(2):
            writer.write(HEAD + b"abcd")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(2) == b"ok"
        writer.write(HEAD[:20])
        assert await ended(reader)
