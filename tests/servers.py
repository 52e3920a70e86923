"""A loopback server that answers byte for byte what a test tells it to, and remembers what it was asked."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self

RSS = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><link>https://example.org/</link>'
    b"<item><title>One</title><link>https://example.org/1</link><guid>https://example.org/1</guid></item>"
    b"</channel></rss>"
)


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    connection: int  # which connection it came over, counted from 1


Speak = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


def http(body: bytes = b"", status: str = "200 OK", *lines: str) -> bytes:
    """A well-formed answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines, "", ""]
    return "\r\n".join(head).encode("utf-8", "surrogateescape") + body


def redirect(location: str, status: str = "302 Found", *lines: str) -> bytes:
    """An answer that sends the client elsewhere."""
    return http(b"", status, f"Location: {location}", *lines)


@dataclass
class Site:
    """Paths without their query, and what they answer: bytes, or a coroutine that writes them."""

    answers: dict[str, bytes | Speak] = field(default_factory=dict)
    host: str = "127.0.0.1"
    greeting: bytes = b""  # said before anything is asked, after which the server hangs up
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._converse, self.host, 0, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]
        shown = f"[{self.host}]" if ":" in self.host else self.host
        self.place = f"{shown}:{self.port}"
        self.base = f"http://{self.place}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        number = self.connections
        try:
            writer.write(self.greeting)
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while not (self.greeting or writer.is_closing()):
                    await self._answer(await reader.readuntil(b"\r\n\r\n"), writer, number)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, head: bytes, writer: asyncio.StreamWriter, number: int) -> None:
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        asked = Asked(method, path, headers, number)
        self.asked.append(asked)
        answer = self.answers.get(path.partition("?")[0], http(b"not here", "404 Not Found"))
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
        else:
            await answer(asked, writer)


def then_close(raw: bytes) -> Speak:
    """Bytes, after which the server hangs up."""

    async def speak(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        writer.close()

    return speak


def drip(raw: bytes, pause_s: float = 0.02) -> Speak:
    """Bytes, one at a time, without end: the last one is repeated."""

    async def speak(_: Asked, writer: asyncio.StreamWriter) -> None:
        place = 0
        while not writer.is_closing():
            writer.write(raw[place : place + 1] or raw[-1:])
            await writer.drain()
            await asyncio.sleep(pause_s)
            place += 1

    return speak


def flood(raw: bytes, endless: bytes) -> Speak:
    """Bytes, and then others as fast as they are taken, without end."""

    async def speak(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        while not writer.is_closing():
            writer.write(endless)
            await writer.drain()

    return speak


async def never(_: Asked, writer: asyncio.StreamWriter) -> None:
    """No answer at all."""
    await writer.drain()
    await asyncio.Event().wait()


async def reset(_: Asked, writer: asyncio.StreamWriter) -> None:
    """A connection torn down before the first byte."""
    writer.transport.abort()


def turns(*answers: bytes) -> Speak:
    """One answer after the other; the last one is repeated."""
    left = list(answers)

    async def speak(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()

    return speak
