"""Three workers on PostgreSQL, killed, stopped, cut off and with their database restarted: what is lost or repeated.

    PYTHONPATH=tests python bench/chaos.py --seconds 300

A newsroom on loopback publishes articles all the while. Every third one is asked for by a topic, and told to a webhook.
At the end every article must be there once, every match once, and every message at least once, repeats with its own id.
"""

import argparse
import asyncio
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from aiohttp import web
from served import Restartable

from monitor.edge.clock import clock
from monitor.edge.store import Store
from monitor.think.language import indexable

FEEDS, WORKERS = 8, 3
LETTERS = "bcdfghklmnprstvz", "aeiou"


def words(chance: random.Random, count: int) -> str:
    """Words that no other article has: each is a story of its own."""
    return " ".join("".join(chance.choice(LETTERS[place % 2]) for place in range(9)) for _ in range(count))


@dataclass
class World:
    """What is published, and what a receiver got."""

    published: int = 0
    told: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # message id → urls
    base: str = ""

    def url(self, number: int) -> str:
        return f"{self.base}/article/{number}"

    async def feed(self, request: web.Request) -> web.Response:
        own = [each for each in range(self.published) if each % FEEDS == int(request.match_info["feed"])][-60:]
        items = "".join(
            f"<item><title>{title(each)}</title><link>{self.url(each)}</link><guid>{self.url(each)}</guid></item>"
            for each in own
        )
        text = f'<rss version="2.0"><channel><title>f</title>{items}</channel></rss>'
        return web.Response(text=text, content_type="application/rss+xml")

    async def article(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        chance = random.Random(number)
        told = [words(chance, 60) + f" number{number}." for _ in range(5)]
        body = "".join(f"<p>{each.capitalize()}</p>" for each in told)
        page = f"<html lang=en><head><title>{title(number)}</title></head><body><article>{body}</article></body></html>"
        return web.Response(text=page, content_type="text/html")

    async def hook(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.told[request.headers["webhook-id"]].append(body["data"]["article"]["url"])
        return web.Response()


def title(number: int) -> str:
    chance = random.Random(-number - 1)
    return f"{'Wheat' if number % 3 == 0 else 'Other'} {words(chance, 7)} {number}"


CONFIG = """
[database]
url = "{address}"
[metrics]
listen = ""
[fetch]
allow_private = ["{host}"]
per_host = 50
[poll]
interval = "2s"
shortest_interval = "1s"
longest_interval = "2s"
max_backoff = "2s"
[read]
workers = 1
[deliver]
allow_private = ["{host}"]
first_retry = "1s"
max_backoff = "2s"
[topics]
packs = []
{feeds}
[[topic]]
name = "wheat"
query = "title:wheat"
[[receiver]]
name = "hook"
kind = "webhook"
url = "{base}/hook"
[[route]]
receivers = ["hook"]
"""


class Workers:
    """Some daemons on one configuration."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._log = config.with_suffix(".log").open("ab")
        self.alive = [self._start() for _ in range(WORKERS)]

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "monitor", "--config", str(self._config), "run"]
        return subprocess.Popen(command, stderr=self._log, stdout=self._log, start_new_session=True)

    def keep(self) -> None:
        """What systemd does: who ended is started again."""
        for which, one in enumerate(self.alive):
            if one.poll() is not None:
                self.alive[which] = self._start()

    def kill(self, which: int) -> None:
        self.alive[which].kill()
        self.alive[which].wait()
        self.alive[which] = self._start()

    def end(self) -> None:
        for one in self.alive:
            one.send_signal(signal.SIGCONT)
            one.terminate()
        for one in self.alive:
            with suppress(subprocess.TimeoutExpired):
                one.wait(20)
            one.kill()
            one.wait()
        self._log.close()


async def supervise(workers: Workers) -> None:
    """Look after the workers, until cancelled."""
    while True:
        await asyncio.sleep(1)
        workers.keep()


async def disturb(workers: Workers, server: Restartable, until: float, chance: random.Random) -> dict[str, int]:
    """Something happens every few seconds."""
    done: dict[str, int] = defaultdict(int)
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(1, 4))
        what = chance.choice(["kill", "stop", "stop", "cut", "cut", "restart"])
        which = chance.randrange(WORKERS)
        done[what] += 1
        if what == "kill":
            workers.kill(which)
        elif what == "stop":
            workers.alive[which].send_signal(signal.SIGSTOP)
            await asyncio.sleep(chance.choice([0.5, 3, 40 if until - time.monotonic() > 60 else 3]))
            workers.alive[which].send_signal(signal.SIGCONT)
        elif what == "cut":
            with suppress(psycopg.Error), psycopg.connect(server.address + "/chaos", autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'monitor'"
                )
        else:
            await asyncio.to_thread(server.restart)
    return dict(done)


@dataclass(frozen=True)
class Outcome:
    """What became of what was published."""

    published: int
    articles: int
    matches: int
    messages: int
    repeats: int
    settled_s: float  # from the last article and the last disturbance on, until nothing was owed any more
    faults: tuple[str, ...]
    disturbed: dict[str, int]


@asynccontextmanager
async def world(host: str = "127.0.0.1") -> AsyncIterator[World]:
    """A newsroom and a receiver at an address of this machine."""
    opened = World()
    app = web.Application()
    app.add_routes([web.get("/feed/{feed}", opened.feed), web.get("/article/{number}", opened.article)])
    app.add_routes([web.post("/hook", opened.hook)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    opened.base = f"http://{host}:{runner.addresses[0][1]}"
    try:
        yield opened
    finally:
        await runner.cleanup()


def furnish(folder: Path, given: World, address: str, host: str = "127.0.0.1") -> Path:
    """An empty archive at an address, and the configuration of workers that watch the newsroom."""
    feeds = "".join(f'[[feed]]\nname = "f{each}"\nurl = "{given.base}/feed/{each}"\n' for each in range(FEEDS))
    config = folder / "chaos.toml"
    config.write_text(CONFIG.format(address=address, base=given.base, host=host, feeds=feeds))
    store = Store(address, indexable, "chaos")
    store.upgrade(clock())
    store.close()
    return config


async def chaos(seconds: float, folder: Path, *, rate: float = 4.0, seed: int = 1) -> Outcome:
    """Publish and disturb for so long, let all come to rest, and compare."""
    async with world() as given:
        server = Restartable()
        server.create("chaos")
        address = server.address + "/chaos"
        workers = Workers(furnish(folder, given, address))
        supervising = asyncio.create_task(supervise(workers))
        until = time.monotonic() + seconds
        disturbing = asyncio.create_task(disturb(workers, server, until, random.Random(seed)))
        try:
            while time.monotonic() < until:
                given.published += 1
                await asyncio.sleep(1 / rate)
            disturbed = await disturbing
            return await settled(given, address, disturbed)
        finally:
            disturbing.cancel()
            supervising.cancel()
            workers.end()
            server.stop()


OWED = "SELECT (SELECT count(*) FROM article WHERE state <> 'done') + (SELECT count(*) FROM alert WHERE state = 'owed')"


async def settled(given: World, address: str, disturbed: dict[str, int]) -> Outcome:
    """Wait until nothing more is owed, five minutes at most."""
    wanted = {given.url(each) for each in range(given.published) if each % 3 == 0}
    began = time.monotonic()
    deadline = began + 300

    with psycopg.connect(address, autocommit=True) as connection:

        def ask(query: str) -> list[tuple[str, ...]]:
            return connection.execute(query).fetchall()

        while time.monotonic() < deadline:
            there = ask("SELECT count(*) FROM article")[0][0]
            told = {url for urls in given.told.values() for url in urls}
            if int(there) >= given.published and not int(ask(OWED)[0][0]) and told >= wanted:
                break
            await asyncio.sleep(0.5)
        took = time.monotonic() - began
        articles = [row[0] for row in ask("SELECT url FROM article")]
        matches = [row[0] for row in ask("SELECT a.url FROM match m JOIN article a ON a.id = m.article_id")]
        left = int(ask(OWED)[0][0])
        known = {row[0] for row in ask("SELECT uid FROM alert")}
    faults = _faults(given, wanted, articles, matches, known)
    faults += [f"{left} articles and alerts are still owed"] if left else []
    repeats = sum(len(urls) - 1 for urls in given.told.values())
    counts = given.published, len(articles), len(matches), len(given.told), repeats
    return Outcome(*counts, round(took, 1), tuple(faults), disturbed)


def _faults(given: World, wanted: set[str], articles: list[str], matches: list[str], known: set[str]) -> list[str]:
    faults = []
    everything = {given.url(each) for each in range(given.published)}
    if sorted(articles) != sorted(everything):
        faults.append(f"articles: {len(everything - set(articles))} lost, {len(articles) - len(set(articles))} twice")
    if sorted(matches) != sorted(wanted):
        faults.append(f"matches: {len(wanted - set(matches))} lost, {len(matches) - len(set(matches))} twice")
    ids: dict[str, set[str]] = defaultdict(set)
    for uid, urls in given.told.items():
        for url in urls:
            ids[url].add(uid)
    if set(ids) != wanted:
        faults.append(f"messages: {len(wanted - set(ids))} lost, {len(set(ids) - wanted)} unwanted")
    if twice := [url for url, uids in ids.items() if len(uids) > 1]:
        faults.append(f"{len(twice)} articles told under several ids")
    if strays := set(given.told) - known:
        faults.append(f"{len(strays)} messages that no alert stands for")
    return faults


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=float, default=300)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--rate", type=float, default=1.5, help="articles a second")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(chaos(given.seconds, Path(folder), rate=given.rate, seed=given.seed))
        if outcome.faults:
            print(Path(folder, "chaos.log").read_text()[-5000:])
    print(json.dumps(outcome.__dict__, indent=2))
    sys.exit(bool(outcome.faults))


if __name__ == "__main__":
    main()
