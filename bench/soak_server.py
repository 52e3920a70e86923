"""What a soak meets: sources, sound and hostile ones, each at its own path, the pages they link to, and who asked when.

`python bench/soak_server.py [--pages OUTLETS] [--still]` prints its port. Each sound source brings something new with
every third poll: without pages 20 entries with texts of their own, with pages links to articles of an outlet of its
own. Still ones have no entry, and answer a second poll with 304.
"""

import argparse
import asyncio
import gzip
import json
import os
import struct
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from socket import SO_LINGER, SOL_SOCKET

from monitor.demo.corpus import Article
from monitor.demo.synthetic import synthetic

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
BIG = b"x" * 65_536
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
STILL = OK + b'ETag: "1"\r\n'
SAME = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
NONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
EVERY = 3  # polls, between two articles of a source
FIRST, MOST = 4, 60  # articles of a source with pages: at its first poll, and in all


def rss(name: str, number: int) -> bytes:
    items = "".join(
        f"<item><title>Report {each} of {name}</title><guid>{name}-{each}</guid>"
        f"<description>{'The ministers met again and the talks went on. ' * 6}</description></item>"
        for each in range(number + 20, number, -1)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'.encode()


class Outlets:
    """Articles of made-up outlets, which appear one by one, and their pages."""

    def __init__(self, count: int) -> None:
        self._edition = synthetic(count, MOST) if count else None
        self._now = datetime.now(UTC)
        self._articles: dict[int, list[Article]] = {}
        self._by_path: dict[str, Article] = {}
        self._seen: dict[str, datetime] = {}
        for article in self._edition.corpus.articles if self._edition else ():
            self._articles.setdefault(int(article.outlet.removeprefix("site")), []).append(article)
            self._by_path[article.path] = article

    def has_any(self) -> bool:
        """Whether there are articles with pages at all."""
        return bool(self._articles)

    def rss(self, base: str, number: int, polls: int) -> bytes:
        """The feed of an outlet at its poll of that number."""
        shown = self._articles[number][: FIRST + (polls - 1) // EVERY]
        now = datetime.now(UTC)
        items = "".join(
            f"<item><title>{escape(one.title)}</title><link>{base}{one.path}</link>"
            f"<pubDate>{format_datetime(self._seen.setdefault(one.path, now))}</pubDate>"
            f"<description>{escape(one.lead)}</description></item>"
            for one in reversed(shown)
        )
        return (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>{number}</title>{items}</channel></rss>'.encode()
        )

    def page(self, base: str, path: str) -> bytes:
        """The page at a path; nothing when there is none."""
        article = self._by_path.get(path)
        sheet = self._edition.press(article, base, self._now) if self._edition and article else None
        return b"".join(sheet.parts) if sheet else b""


def sized(body: bytes, head: bytes = OK) -> bytes:
    return head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def fixed(answer: bytes) -> Answer:
    async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return send


def endless(start: bytes, piece: bytes, pause_s: float = 0.0) -> Answer:
    async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return send


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE: dict[str, Answer] = {
    "hang": hang,
    "reset": reset,
    "drip": endless(OK + b"Content-Length: 100000\r\n\r\n", b"<", 1.0),
    "slow-head": endless(b"HTTP/1.1 200 OK\r\n", b"X", 1.0),
    "endless-head": endless(b"HTTP/1.1 200 OK\r\n", b"X-Pad: " + b"y" * 4000 + b"\r\n"),
    "endless-body": endless(OK + b"\r\n", BIG),
    "endless-chunk": endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1"),
    "bomb": fixed(sized(gzip.compress(b"<rss>" + b" " * 50_000_000), OK + b"Content-Encoding: gzip\r\n")),
    "loop": fixed(b"HTTP/1.1 302 Found\r\nLocation: ?again\r\nContent-Length: 0\r\n\r\n"),
    "inside": fixed(b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"),
    "laughs": fixed(sized(f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><rss><channel>&l11;</channel></rss>'.encode())),
    "deep": fixed(sized(b"<rss><channel>" + b"<a>" * 500_000)),
    "many": fixed(sized(b"<rss><channel>" + b"<item><title>t</title></item>" * 100_000 + b"</channel></rss>")),
    "noise": fixed(sized(os.urandom(300_000))),
    "html": fixed(sized(b"<html><body>Please log in.</body></html>")),
    "empty": fixed(sized(b"")),
    "error": fixed(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"),
    "later": fixed(b"HTTP/1.1 429 Later\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"),
}


class Server:
    """Answers GET /KIND-NUMBER as that kind does, the pages, and GET /-/seen with when each source was asked."""

    def __init__(self, outlets: Outlets, *, still: bool) -> None:
        self._outlets = outlets
        self._still = still
        self._seen: dict[str, list[float]] = {}
        self._pages = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode().partition("?")[0]
                base = f"http://{header(head, b'host')}"
                if path == "/-/seen":
                    writer.write(sized(json.dumps({"polls": self._seen, "pages": self._pages}).encode()))
                elif (kind := path[1:].rpartition("-")[0]) in HOSTILE:
                    self._note(path[1:])
                    await HOSTILE[kind](reader, writer)
                    if kind in ("hang", "reset"):
                        break
                else:
                    writer.write(self._sound(base, path, known=header(head, b"if-none-match") != ""))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()

    def _sound(self, base: str, path: str, *, known: bool) -> bytes:
        name = path[1:]
        if name.startswith("healthy-"):
            polls = self._note(name)
            if self._still:
                return SAME if known else sized(b"<rss><channel><title>Still</title></channel></rss>", STILL)
            return sized(self._feed(base, name, polls))
        body = self._outlets.page(base, path)
        self._pages += bool(body)
        return sized(body, PAGE) if body else NONE

    def _feed(self, base: str, name: str, polls: int) -> bytes:
        if self._outlets.has_any():
            return self._outlets.rss(base, int(name.removeprefix("healthy-")), polls)
        return rss(name, polls // EVERY)

    def _note(self, name: str) -> int:
        times = self._seen.setdefault(name, [])
        times.append(time.monotonic())
        return len(times)


def header(head: bytes, name: bytes) -> str:
    """What a request says under a name."""
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    return next((value.strip().decode() for key, _, value in lines if key.lower() == name), "")


async def serve(pages: int, *, still: bool) -> None:
    server = Server(Outlets(pages), still=still)
    listening = await asyncio.start_server(server.answer, "0.0.0.0", 0, backlog=4096)  # for 127.0.0.0/8
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=0)
    options.add_argument("--still", action="store_true")
    asked = options.parse_args()
    asyncio.run(serve(asked.pages, still=asked.still))
