"""Soak: the daemon polls many local sources, some of them hostile, for minutes; is any healthy one late?

usage: python bench/soak.py [--feeds 1000] [--hostile 100] [--minutes 5] [--interval 20] [--track FOLDER]

`monitor run` works in a process of its own, on its own config and archive, with a fixed interval. A server of its own
process notes when each source is asked. A healthy source is late when it is asked more than a second after the
longest time that its interval allows (a tenth more than the interval). The hostile ones hang, drip, loop, send bodies
and heads without end, bombs of gzip, deep or huge XML, noise, resets, and refusals.

With `--track` a topic asks for what the healthy ones tell, a webhook is told, and every five seconds memory, open files
and threads of all processes are noted: they must be flat, so nothing may leak. FOLDER gets the figures (soak.csv) and a
picture (soak.svg). An interval of 45 seconds is twenty times the usual rate.
"""

import argparse
import asyncio
import gzip
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET
from urllib.request import urlopen

import psutil
from rich.console import Console
from rich.table import Table
from track import Track

JITTER = 0.1
LATE_S = 1.0
out = Console(width=110)
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--feeds", type=int, default=1000)
    options.add_argument("--hostile", type=int, default=100)
    options.add_argument("--minutes", type=float, default=5)
    options.add_argument("--interval", type=float, default=20, help="seconds")
    options.add_argument("--track", type=Path, help="a folder for figures over time, and a picture")
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.serve:
        asyncio.run(serve())
        return
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        port = int(server.stdout.readline())
        with tempfile.TemporaryDirectory() as folder:
            soak(Path(folder), port, asked)
    finally:
        server.kill()


def soak(folder: Path, port: int, asked: argparse.Namespace) -> None:
    config = folder / "config.toml"
    config.write_text(written(port, asked))
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-m", "monitor", "--config", str(config), "run"]
        daemon = subprocess.Popen(command, stderr=log, stdout=log)
        track = Track(folder / "monitor.db") if asked.track else None
        peak, cpu = watch(daemon, 60 * asked.minutes, track)
    seen: dict[str, list[float]] = json.loads(urlopen(f"http://127.0.0.1:{port}/-/seen").read())
    report(seen, asked, peak, cpu)
    errors(folder / "monitor.db")
    if track:
        track.keep(asked.track, f"{asked.feeds} feeds every {asked.interval:g} s, {asked.hostile} of them hostile")
        out.print(track.table())


def written(port: int, asked: argparse.Namespace) -> str:
    head = f"""
    [database]
    path = "monitor.db"
    [fetch]
    allow_private = ["127.0.0.0/8"]
    timeout = "20s"
    [poll]
    interval = {asked.interval}
    adaptive = false
    shortest_interval = "1s"
    max_backoff = {asked.interval}
    [log]
    level = "error"
    """
    names = [f"healthy-{number}" for number in range(asked.feeds - asked.hostile)]
    kinds = sorted(HOSTILE)
    names += [f"{kinds[number % len(kinds)]}-{number}" for number in range(asked.hostile)]
    # Every source has a host of its own, as most have in the world.
    hosts = (f"127.{1 + number // 250}.0.{1 + number % 250}" for number in range(len(names)))
    if asked.track:
        head += TOLD.replace("PORT", str(port))
    return head + "".join(
        f'[[feed]]\nname = "{name}"\nurl = "http://{host}:{port}/{name}"\n'
        for name, host in zip(names, hosts, strict=True)
    )


TOLD = """
    [[topic]]
    name = "ministers"
    query = "ministers AND talks"
    [deliver]
    allow_private = ["127.0.0.0/8"]
    [[receiver]]
    name = "hook"
    kind = "webhook"
    url = "http://127.0.0.1:PORT/hook"
    [[route]]
    receivers = ["hook"]
"""


def watch(daemon: "subprocess.Popen[bytes]", seconds: float, track: Track | None = None) -> tuple[list[float], float]:
    """The most memory that the processes of the daemon held together (MB each), and the CPU seconds that they took."""
    end, peak, cpu = time.monotonic() + seconds, [0.0], 0.0
    while time.monotonic() < end and daemon.poll() is None:
        spent = 0.0
        held: list[float] = []
        tree = psutil.Process(daemon.pid)
        for process in (tree, *tree.children(recursive=True)):
            try:
                held.append(process.memory_full_info().pss / 2**20)
                times = process.cpu_times()
                spent += times.user + times.system
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        peak, cpu = max(peak, held, key=sum), max(cpu, spent)
        if track:
            track.look(tree)
        time.sleep(0.5)
    if daemon.poll() is not None:
        raise SystemExit("the daemon ended by itself")
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(30)
    return peak, cpu


def report(seen: dict[str, list[float]], asked: argparse.Namespace, peak: list[float], cpu: float) -> None:
    table = Table("", "", title=f"{asked.feeds} feeds, {asked.hostile} hostile, {asked.minutes:g} minutes")
    allowed = asked.interval * (1 + JITTER)
    healthy = {name: times for name, times in seen.items() if name.startswith("healthy-")}
    gaps = [after - before for times in healthy.values() for before, after in pairwise(times)]
    delays = sorted(max(0.0, gap - allowed) for gap in gaps)
    polls = sum(map(len, seen.values()))
    table.add_row("healthy feeds asked", f"{len(healthy)} of {asked.feeds - asked.hostile}")
    table.add_row("polls of healthy feeds", f"{sum(map(len, healthy.values())):,}")
    table.add_row("polls of hostile feeds", f"{polls - sum(map(len, healthy.values())):,}")
    if delays:
        late = sum(delay > LATE_S for delay in delays)
        table.add_row(f"late by more than {LATE_S:g} s", f"{late} of {len(delays):,}")
        p50, p95 = (delays[int(len(delays) * share)] for share in (0.5, 0.95))
        table.add_row("lateness: median, 95th percentile, most", f"{p50:.2f}, {p95:.2f}, {delays[-1]:.2f} s")
        table.add_row("longest pause between two polls", f"{max(gaps):.2f} s of {allowed:.1f} s")
    table.add_row(
        "peak memory of all processes (proportional)", f"{sum(peak):.0f} MB: {', '.join(f'{one:.0f}' for one in peak)}"
    )
    table.add_row("CPU of all processes", f"{100 * cpu / (60 * asked.minutes):.1f} % of a core")
    # Others' work makes feeds late: say how much of it there was.
    table.add_row(
        "load of the machine at the end, over 5 minutes", f"{os.getloadavg()[1]:.1f} on {os.cpu_count()} processors"
    )
    out.print(table)


def errors(database: Path) -> None:
    """What stands on the hostile feeds, by the kind of hostility."""
    import sqlite3

    found: dict[str, Counter[str]] = {}
    with sqlite3.connect(database) as connection:
        for name, failures, error in connection.execute("SELECT name, failures, last_error FROM feed"):
            kind = name.rpartition("-")[0]
            found.setdefault(kind, Counter())[error if failures else "no error"] += 1
    table = Table("source", "what is recorded")
    for kind, counted in sorted(found.items()):
        table.add_row(kind, "; ".join(f"{number} × {error}" for error, number in counted.most_common(3)))
    out.print(table)


# The server

BIG = b"x" * 65_536
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"


def rss(name: str, number: int) -> bytes:
    items = "".join(
        f"<item><title>Report {each} of {name}</title><guid>{name}-{each}</guid>"
        f"<description>{'The ministers met again and the talks went on. ' * 6}</description></item>"
        for each in range(number + 20, number, -1)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'.encode()


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


async def serve() -> None:
    """Answer GET /KIND-NUMBER as that kind does, and GET /-/seen with the times at which each was asked."""
    seen: dict[str, list[float]] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"POST"):
                    size = next(
                        int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
                    )
                    await reader.readexactly(size)
                    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                    await writer.drain()
                    continue
                name = head.split(b" ", 2)[1].decode().strip("/").partition("?")[0]
                if name == "-/seen":
                    body = json.dumps(seen).encode()
                    writer.write(sized(body))
                    await writer.drain()
                    continue
                times = seen.setdefault(name, [])
                times.append(time.monotonic())
                kind = name.rpartition("-")[0]
                if kind == "healthy":
                    writer.write(sized(rss(name, len(times) // 3)))
                    await writer.drain()
                    continue
                await HOSTILE[kind](reader, writer)
                if kind in ("hang", "reset"):
                    break
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "0.0.0.0", 0, backlog=4096)  # for 127.0.0.0/8
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    main()
