"""Polling: CPU a poll for what is unchanged and what is new, beside the library reader on the same feeds in one run.

usage: python bench/poll.py [--feeds 10000] [--bodies 400] [--large 60] [--peer 100] [--rounds 3] [--start 100000]

A server of its own process stands in for the sources, on many loopback addresses. Each row polls all its feeds again,
`--rounds` times: `304` answers that nothing changed; `unchanged` sends the same body again and no validators; `changed`
sends one new entry. `--feeds` are polled for 304s, `--bodies` for bodies of 20 kB, `--large` for such of 200 kB.
After each round `--peer` feeds are polled by reader (`pip install monitor[bench]`), in a process of its own: its cost
a poll does not depend on how many there are. CPU is that of all processes but the server's. Pages are not read.
"""

import argparse
import asyncio
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from loguru import logger
from rich.console import Console
from rich.table import Table
from sqlalchemy import update

from monitor.config import load
from monitor.daemon import make_beats, opened
from monitor.edge import sources
from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.tables import FEED
from monitor.model import Feed
from monitor.pipeline import Pipeline
from monitor.unswept import settled

HOSTS = 200  # loopback addresses that the feeds are spread over
SMALL, LARGE = 20_000, 200_000  # bytes of a body
INTERVAL_S = 900
ENTRY = 1_750  # bytes of an entry, about
out = Console(width=120)


@dataclass(frozen=True)
class Cost:
    """What one round of polls took."""

    polls: int
    cpu_s: float
    wall_s: float

    @property
    def ms(self) -> float:
        return 1000 * self.cpu_s / self.polls


@dataclass(frozen=True)
class Row:
    """One kind of answer, as many feeds as give it, and how many of them reader is asked to poll."""

    kind: str
    size: int
    feeds: int
    peer: int


@dataclass(frozen=True)
class Pair:
    """What a round of polls took us, and what it took reader right after."""

    ours: Cost
    theirs: Cost | None

    @property
    def ratio(self) -> float:
        return self.theirs.ms / self.ours.ms if self.theirs else 0.0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("feeds", 10_000), ("bodies", 400), ("large", 60), ("peer", 100), ("start", 100_000)):
        options.add_argument(f"--{name}", type=int, default=default)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.read:
        print(json.dumps(astuple(by_reader(json.load(sys.stdin)))))
        return
    if asked.serve:
        asyncio.run(serve())
        return
    logger.remove()
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        print_polls(int(server.stdout.readline()), asked)
        if asked.start:
            print_start(asked.start)
    finally:
        server.kill()


def print_polls(port: int, asked: argparse.Namespace) -> None:
    feeds = ((SMALL, asked.bodies), (LARGE, asked.large))
    rows = [Row("304", ENTRY, asked.feeds, asked.peer)]
    rows += [Row(kind, size, some, asked.peer) for size, some in feeds if some for kind in ("unchanged", "changed")]
    table = Table(
        "answer", "body", "feeds", "ours ms", "polls a CPU second", "reader ms", "ratio", "of rounds", "wall s"
    )
    for row in rows:
        pairs = measure(port, row, asked.rounds)
        table.add_row(*figures(row, pairs))
        if row.kind == "304":
            print_share(row.feeds, median(pair.ours.ms for pair in pairs))
            out.print(f"peak memory of the daemon's process: {peak():.0f} MB")
        out.print(" ".join(filter(None, figures(row, pairs))))  # each row takes minutes
    out.print(table)


def measure(port: int, row: Row, rounds: int) -> list[Pair]:
    most = max(row.feeds, row.peer)
    addresses = [f"http://127.0.0.{1 + n % HOSTS}:{port}/{row.kind}/{row.size}/{n}" for n in range(most)]
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(by_both(Path(folder), addresses, row, rounds))


def figures(row: Row, pairs: list[Pair]) -> list[str]:
    """A line of the table: the round whose ratio is the median, and all ratios."""
    ranked = sorted(pairs, key=lambda pair: pair.ratio)
    middle = ranked[len(ranked) // 2]
    ours, theirs = middle.ours, middle.theirs
    beside = ["", "", ""]
    if theirs:
        beside = [f"{theirs.ms:.2f}", f"{middle.ratio:.1f}", " ".join(f"{pair.ratio:.1f}" for pair in ranked)]
    body = "" if row.kind == "304" else f"{row.size // 1000} kB"
    return [
        row.kind,
        body,
        f"{ours.polls:,}",
        f"{ours.ms:.2f}",
        f"{1000 / ours.ms:,.0f}",
        *beside,
        f"{ours.wall_s:.1f}",
    ]


async def by_both(folder: Path, addresses: list[str], row: Row, rounds: int) -> list[Pair]:
    """The daemon's own poll beat: once to know the feeds, then the rounds that count, each with one of reader."""
    config = folder / "config.toml"
    config.write_text('[database]\npath = "monitor.db"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n')
    pairs = []
    async with opened(load(config)) as pipeline:
        engine = pipeline.store.engine
        now = clock()
        sources.sync(engine, [Feed(0, f"f{number}", url) for number, url in enumerate(addresses[: row.feeds])], now)
        beats = make_beats(pipeline)
        beats.poll.followers = ()
        await beats.poll.drain()
        with settled():  # as the daemon is
            await pipeline.workers.run(abs, -1)  # they take seconds to start, which no poll costs
            for _ in range(rounds):
                await owe(pipeline, now)
                done = beats.poll.done
                cost = await spent(beats.poll.drain)
                theirs = beside(addresses[: row.peer]) if row.peer and find_spec("reader") else None
                pairs.append(Pair(Cost(beats.poll.done - done, *cost), theirs))
    return pairs


async def owe(pipeline: Pipeline, now: datetime) -> None:
    def mark() -> None:
        with writing(pipeline.store.engine) as connection:
            connection.execute(update(FEED).values(due_at=now - timedelta(hours=1)))

    await pipeline.on_disk(mark)


async def spent(work: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
    """CPU seconds of this process and its children, and wall seconds."""
    before, started = cpu_seconds(), time.perf_counter()
    await work()
    return cpu_seconds() - before, time.perf_counter() - started


def beside(addresses: list[str]) -> Cost:
    """What reader takes, in a process that holds nothing else."""
    asked = json.dumps(addresses)
    told = subprocess.run([sys.executable, __file__, "--read"], input=asked, capture_output=True, text=True, check=True)
    return Cost(*json.loads(told.stdout))


def by_reader(addresses: list[str]) -> Cost:
    library = import_module("reader")
    with tempfile.TemporaryDirectory() as folder:
        reader = library.make_reader(f"{folder}/reader.db")
        for url in addresses:
            reader.add_feed(url)
        reader.update_feeds(workers=4)
        before, started = cpu_seconds(), time.perf_counter()
        reader.update_feeds(workers=4, scheduled=False)
        cost = Cost(len(addresses), cpu_seconds() - before, time.perf_counter() - started)
        reader.close()
    return cost


def cpu_seconds() -> float:
    """CPU time of this process, of its living children but for the server, and of those that ended."""
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    total = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    for child in psutil.Process().children(recursive=True):
        if "--serve" not in child.cmdline():
            times = child.cpu_times()
            total += times.user + times.system
    return total


def print_share(feeds: int, ms: float) -> None:
    """What the polls of so many feeds come to on a fixed interval."""
    share = feeds * ms / 10 / INTERVAL_S
    out.print(f"{feeds:,} feeds every {INTERVAL_S // 60} minutes, all 304: {share:.1f} % of a core")


def print_start(feeds: int) -> None:
    """How long a daemon takes from reading its configuration to its first claim, of feeds named there or imported."""
    plain = '[database]\npath = "monitor.db"\n'
    listed = "".join(f'[[feed]]\nname = "f{n}"\nurl = "https://f{n}.example/rss"\n\n' for n in range(feeds))
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.toml")
        config.write_text(plain + listed)
        for which in ("first start, all in config.toml", "second start, all in config.toml", "start, all imported"):
            before = time.process_time(), time.perf_counter()
            claimed = asyncio.run(started(config))
            cpu, wall = time.process_time() - before[0], time.perf_counter() - before[1]
            out.print(f"{feeds:,} feeds: {which}: {wall:.1f} s ({cpu:.1f} s of CPU), {claimed} feeds claimed")
            if which.startswith("second"):
                config.write_text(plain)
                with sqlite3.connect(Path(folder, "monitor.db")) as connection:
                    connection.execute("UPDATE feed SET origin = 'added'")


async def started(path: Path) -> int:
    async with opened(load(path)) as pipeline:
        return len(await pipeline.on_disk(pipeline.store.claim_feeds, clock(), 300.0, 128))


def peak() -> float:
    """The most memory that this process held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def body(size: int, number: str, asked: int) -> bytes:
    """A feed of about so many bytes; each time that it is asked for, one entry more has come."""
    said = "Talks went on in the capital while convoys crossed the border and ministers met again. " * 18
    items = "".join(
        f"<item><title>Report {each} of feed {number}</title><link>https://f{number}.example/{each}</link>"
        f'<guid isPermaLink="false">{number}-{each}</guid><pubDate>Mon, 02 Nov 2026 10:{each % 60:02}:00 GMT</pubDate>'
        f"<description>{said}</description></item>"
        for each in range(asked + size // ENTRY, asked, -1)
    )
    head = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Feed {number}</title>'
    return f"{head}<link>https://f{number}.example/</link>{items}</channel></rss>".encode()


async def serve() -> None:
    """Answer GET /KIND/SIZE/NUMBER on every loopback address."""
    asked: dict[str, int] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode()
                _, kind, size, number = path.split("/")
                if kind == "changed":
                    asked[path] = asked.get(path, 0) + 1
                if kind == "304" and b"if-none-match" in head.lower():
                    writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n')
                else:
                    made = body(int(size), number, asked.get(path, 0))
                    tag = b'ETag: "one"\r\n' if kind == "304" else b""
                    length = f"Content-Length: {len(made)}\r\n\r\n".encode()
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n" + tag + length + made)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "0.0.0.0", 0, backlog=4096)  # for 127.0.0.1 to .200
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    main()
