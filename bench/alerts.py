"""Alerts a second in a storm: many matches to many receivers, one of them dead and one slow; beside it a plain loop.

    python bench/alerts.py --matches 500 --receivers 20

CPU is that of this process, which holds the daemon's delivery and the servers that receive. The plain loops post the
same bodies to the same server, by http.client and by requests, and mail them by smtplib, each over one connection; they
keep nothing, and try nothing again.
"""

import argparse
import asyncio
import http.client
import json
import resource
import smtplib
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web
from aiosmtpd.smtp import SMTP
from loguru import logger
from sqlalchemy import func, insert, select

from monitor.config import load
from monitor.daemon import make_beats, opened
from monitor.edge.clock import clock
from monitor.edge.database import reading, writing
from monitor.edge.rows import from_alert, from_match
from monitor.edge.tables import ALERT, ARTICLE, MATCH, STORY
from monitor.model import Article, Match, Story
from monitor.pipeline import Pipeline
from monitor.think.route import alerts

TOPIC = '[[topic]]\nname = "war"\nquery = "shelling"\n'
DEAD, SLOW = "dead", "slow"


class Sink:
    """A web server that counts what it is posted, by receiver, and keeps the order of stories."""

    def __init__(self, slow_s: float) -> None:
        self.slow_s, self.count, self.ids = slow_s, Counter[str](), Counter[str]()
        self.bodies: list[bytes] = []

    async def answer(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        name = request.path.strip("/")
        if name == SLOW:
            await asyncio.sleep(self.slow_s)
        self.count[name] += 1
        self.ids[request.headers.get("webhook-id", "")] += 1
        if len(self.bodies) < 1000:
            self.bodies.append(body)
        return web.Response(status=204)


def storm(pipeline: Pipeline, matches: int) -> int:
    """Fill the archive with matches that are owed to all receivers; how many alerts."""
    now, engine, owed = clock(), pipeline.store.engine, 0
    found = Match("war", "v", "high", 1.0, ())
    for number in range(1, matches + 1):
        url = f"https://site{number % 50}.example/{number}"
        title = f"Shelling of port {number}"
        article = Article(number, url, url, title, text=f"{title}. " * 20, seen_at=now)
        made = alerts((found,), article, Story(number, title, now, now), pipeline.rulebook.rules.routes, {}, now)
        row = {"id": number, "key": url, "url": url, "title": title, "text": article.text, "seen_at": now}
        with writing(engine) as connection:
            connection.execute(insert(ARTICLE).values(**row, state="done", backlog=False, failures=0, revision=0))
            times = {"opened_at": now, "latest_at": now}
            connection.execute(insert(STORY).values(id=number, headline=title, articles=1, **times))
            connection.execute(insert(MATCH).values(from_match(found, number, now)))
            connection.execute(insert(ALERT), [from_alert(alert) for alert in made])
        owed += len(made)
    return owed


def written(port: int, names: list[str]) -> str:
    hooks = "".join(
        f'[[receiver]]\nname = "{name}"\nkind = "webhook"\ntimeout = "5s"\n'
        f'url = "http://127.0.0.1:{1 if name == DEAD else port}/{name}"\n'
        for name in names
    )
    head = '[deliver]\nallow_private = ["127.0.0.0/8"]\nfirst_retry = "5m"\n[read]\nworkers = 1\n'
    return f"{head}{TOPIC}{hooks}[[route]]\nreceivers = {json.dumps(names)}\n"


def plain(port: int, bodies: list[bytes]) -> float:
    """CPU seconds a message of a loop that does nothing but post."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    started = time.process_time()
    for body in bodies:
        connection.request("POST", "/plain", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
    connection.close()
    return (time.process_time() - started) / len(bodies)


def by_requests(port: int, bodies: list[bytes]) -> float:
    """The same with requests and its session; nothing when it is not installed."""
    try:
        import requests
    except ImportError:
        return 0.0
    with requests.Session() as session:
        started = time.process_time()
        for body in bodies:
            headers = {"Content-Type": "application/json"}
            session.post(f"http://127.0.0.1:{port}/plain", body, headers=headers, timeout=10)
        return (time.process_time() - started) / len(bodies)


def by_mail(port: int, bodies: list[bytes]) -> float:
    """The same with smtplib, to an SMTP server in this process."""
    with smtplib.SMTP("127.0.0.1", port) as server:
        started = time.process_time()
        for body in bodies:
            server.sendmail("monitor@news.example", ["desk@news.example"], body)
        return (time.process_time() - started) / len(bodies)


class Mailbox:
    """Takes every mail."""

    async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802 - aiosmtpd's
        return "250 taken"


async def run(matches: int, receivers: int, slow_s: float) -> None:
    logger.remove()
    sink = Sink(slow_s)
    runner = web.ServerRunner(web.Server(sink.answer, access_log=None), handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    names = [DEAD, SLOW, *(f"desk{number}" for number in range(receivers - 2))]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "config.toml").write_text(written(port, names), "utf-8")
        pipeline = await stack.enter_async_context(opened(load(folder / "config.toml")))
        owed = storm(pipeline, matches)
        beat = make_beats(pipeline).deliver
        cpu, wall = time.process_time(), time.monotonic()
        quick_s = 0.0
        drained = asyncio.create_task(beat.drain())
        while not drained.done():
            await asyncio.sleep(0.05)
            well = sum(count for name, count in sink.count.items() if name != SLOW)
            if not quick_s and well == matches * (receivers - 2):
                quick_s = time.monotonic() - wall
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        with reading(pipeline.store.engine) as connection:
            states = dict(connection.execute(select(ALERT.c.state, func.count()).group_by(ALERT.c.state)).all())
            tried = connection.scalar(select(func.sum(ALERT.c.failures)).where(ALERT.c.receiver == DEAD))
        sent, twice = sum(sink.count.values()), sum(sink.ids.values()) - len(sink.ids)
        loop_s = await asyncio.to_thread(plain, port, sink.bodies)
        requests_s = await asyncio.to_thread(by_requests, port, sink.bodies)
        loop = asyncio.get_running_loop()
        async with await loop.create_server(lambda: SMTP(Mailbox(), hostname="mail", loop=loop), "127.0.0.1", 0) as box:
            mail_s = await asyncio.to_thread(by_mail, box.sockets[0].getsockname()[1], sink.bodies)
    await runner.cleanup()
    print(f"{owed} alerts to {receivers} receivers: {states}, {sent} arrived, {twice} twice")
    print(f"the dead one was tried {tried} times")
    print(f"all others had theirs after {wall:.1f} s, those that are quick after {quick_s:.1f} s")
    print(f"{sent / wall:.0f} alerts a second, {1000 * cpu / sent:.2f} ms CPU each (with the server that receives)")
    print(f"a plain loop of posts: {1000 * loop_s:.2f} ms CPU each (with that server): {cpu / sent / loop_s:.1f} x")
    print(f"a plain loop with requests: {1000 * requests_s:.2f} ms, with smtplib: {1000 * mail_s:.2f} ms CPU each")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--matches", type=int, default=10_000)
    parser.add_argument("--receivers", type=int, default=20)
    parser.add_argument("--slow", type=float, default=0.05, help="seconds that the slow receiver takes for each")
    options = parser.parse_args()
    if options.receivers < 3:
        sys.exit("at least three receivers: one dead, one slow, one well")
    asyncio.run(run(options.matches, options.receivers, options.slow))


if __name__ == "__main__":
    main()
