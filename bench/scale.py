"""How claims grow with workers on PostgreSQL, and what two daemons read where one reads alone.

    PYTHONPATH=tests python bench/scale.py

Claims: 1, 2, 4 and 8 processes claim articles and save them, from one table, until none is left; none may come twice,
and none be passed by. Articles: one and two daemons take the articles of a newsroom on loopback from feed to match.
"""

import argparse
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table
from served import Restartable
from sqlalchemy import func, insert, select, text, update

from monitor.edge.claims import save_many
from monitor.edge.clock import clock
from monitor.edge.database import reading, writing
from monitor.edge.postgres import Beside
from monitor.edge.store import Store
from monitor.edge.tables import ARTICLE
from monitor.model import ArticleState
from monitor.think.language import indexable

LEASE_S, AT_ONCE = 600.0, 32
out = Console(width=100)


def filled(address: str, count: int) -> None:
    """An archive of articles that are owed a reading."""
    store = Store(address, indexable, "bench")
    store.upgrade(clock())
    now = clock()
    for start in range(0, count, 2_000):
        rows = [
            {"key": f"k{number}", "title": f"Title {number}", "seen_at": now, "state": "read"}
            for number in range(start, min(start + 2_000, count))
        ]
        with writing(store.engine) as connection:
            connection.execute(insert(ARTICLE), rows)
    store.close()


def take(given: tuple[str, int]) -> list[int]:
    """Claim and save until nothing is left: the numbers of what was claimed."""
    address, number = given
    store = Store(address, indexable, f"bench-{number}")
    taken: list[int] = []
    while some := store.claim_articles(ArticleState.READ, clock(), LEASE_S, AT_ONCE):
        taken += [article.id for article in some]
        with writing(store.engine, Beside.ALL) as connection:
            save_many(connection, ARTICLE, {one.id: (one.claim, {"state": "done", "due_at": None}) for one in some})
    store.close()
    return taken


def claims(address: str, count: int) -> None:
    table = Table("workers", "claims a second", "claimed", "twice", "passed by", title=f"claims of {count:,} articles")
    store = Store(address, indexable, "bench")
    now = clock()
    for workers in (1, 2, 4, 8):
        with writing(store.engine) as connection:
            due = func.to_timestamp(now.timestamp() + ARTICLE.c.id / 1000.0 - count)
            connection.execute(update(ARTICLE).values(state="read", due_at=due, token="", leased_until=None))
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE article"))
        with multiprocessing.Pool(workers) as pool:
            pool.map(time.sleep, [0.5] * workers)  # all are there
            started = time.perf_counter()
            shares = pool.map(take, [(address, number) for number in range(workers)], chunksize=1)
            took = time.perf_counter() - started
        counted = Counter(number for share in shares for number in share)
        twice = sum(times - 1 for times in counted.values())
        row = (workers, round(count / took), len(counted), twice, count - len(counted))
        table.add_row(*map(str, row))
    store.close()
    out.print(table)


def articles(server: Restartable, count: int) -> None:
    title = f"{count:,} articles of 100 feeds, from feed to match"
    columns = "daemons", "articles a second", "ms CPU an article", "of it the server", "could do a second on 2 cores"
    table = Table(*columns, title=title)
    for daemons in (1, 2):
        name = f"read_{daemons}"
        server.create(name)
        took = end_to_end(server, name, daemons, count)
        all_ms, server_ms = (1000 * cpu_s / count for cpu_s in (took.daemons_s + took.server_s, took.server_s))
        cells = f"{count / took.wall_s:.0f}", f"{all_ms:.1f}", f"{server_ms:.1f}", f"{2000 / all_ms:.0f}"
        table.add_row(str(daemons), *cells)
    out.print(table)


@dataclass(frozen=True, slots=True)
class Took:
    """What a number of articles took: by the clock, and of processors."""

    wall_s: float
    daemons_s: float
    server_s: float


def used(process: psutil.Process) -> float:
    """CPU seconds of a process and of all that it began."""
    times = process.cpu_times()
    total = times.children_user + times.children_system  # of those that ended
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            total += sum(one.cpu_times()[:2])
    return total


def end_to_end(server: Restartable, name: str, daemons: int, count: int) -> Took:
    """What so many daemons take for articles from feed to match, from the first new one on."""
    address = f"{server.address}/{name}"
    store = Store(address, indexable, "bench")
    store.upgrade(clock())
    command = [sys.executable, "-m", "monitor.demo.newsroom", "--port", "0", "--feeds", "100"]
    command += ["--articles", str(count // 100)]
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as press:
        assert press.stdout
        config = Path(folder, "config.toml")
        config.write_text(written(address, press.stdout.readline().strip()))
        run = [sys.executable, "-m", "monitor", "-c", str(config), "run"]
        working = [subprocess.Popen(run, stderr=subprocess.DEVNULL) for _ in range(daemons)]
        started, done, before = 0.0, 0, (0.0, 0.0)
        served = psutil.Process(server.process())

        def spent() -> tuple[float, float]:
            return sum(used(psutil.Process(one.pid)) for one in working), used(served)

        while done < count:
            time.sleep(0.1)
            with reading(store.engine) as connection:
                asked = select(func.count()).select_from(ARTICLE)
                done = connection.scalar(asked.where(ARTICLE.c.state == "done")) or 0
                if not started and connection.scalar(asked):
                    started, before = time.perf_counter(), spent()
        took = Took(time.perf_counter() - started, *(now - then for now, then in zip(spent(), before, strict=True)))
        for one in working:
            one.terminate()
            one.wait()
        press.kill()
    store.close()
    return took


def written(address: str, base: str) -> str:
    import json
    from urllib.request import urlopen

    feeds = json.loads(urlopen(f"{base}/-/feeds").read())
    watched = "".join(f'[[feed]]\nname = "{name}"\nurl = "{url}"\n' for name, url, *_ in feeds)
    return f"""
    [database]
    url = "{address}"
    [metrics]
    listen = ""
    [fetch]
    per_host = 32
    allow_private = ["{base.removeprefix("http://")}"]
    [read]
    workers = 1
    [topics]
    packs = []
    {watched}
    [[topic]]
    name = "any"
    query = "the OR and"
    """


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--claims", type=int, default=20_000, help="0: these are left out")
    asked.add_argument("--articles", type=int, default=2_000, help="0: these are left out")
    given = asked.parse_args()
    server = Restartable()
    try:
        if given.claims:
            server.create("claims")
            filled(f"{server.address}/claims", given.claims)
            claims(f"{server.address}/claims", given.claims)
        if given.articles:
            articles(server, given.articles)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
