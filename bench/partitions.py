"""What parting articles and pages by month would save and cost on PostgreSQL: a table.

    PYTHONPATH=tests python bench/partitions.py [--pages N] [--keys N]

Saved: pages are let go by the program's own batches, and vacuumed, beside dropping the partition that holds as many.
Cost: an article's address must be looked up in each partition, since none of them knows which it is in; the same keys
are asked of one table and of one in 36 parts. CPU time of the server and of this process, so that others change little.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import psutil
import psycopg
from served import Restartable
from sqlalchemy import insert

from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.retention import Kind, let_go
from monitor.edge.store import Store
from monitor.edge.tables import ARTICLE, PAGE
from monitor.think.language import indexable

BODY = 15_000  # bytes of a page, compressed
BATCH = 200  # pages that are let go in a transaction, as by the daemon's rounds
MONTHS, ASKED, ROUNDS = 36, 50, 200


@dataclass
class Taken:
    cpu_s: float = 0.0
    wall_s: float = 0.0


@contextmanager
def taking(server: int) -> Iterator[Taken]:
    """CPU seconds of a server and of this process."""

    def used() -> float:
        process = psutil.Process(server)
        # What ended counts for the process that began it.
        each = [one.cpu_times() for one in (process, *process.children(recursive=True))]
        ended = process.cpu_times()
        own = time.process_time()
        return sum(one.user + one.system for one in each) + ended.children_user + ended.children_system + own

    taken, before, began = Taken(), used(), time.perf_counter()
    yield taken
    taken.cpu_s, taken.wall_s = used() - before, time.perf_counter() - began


def filled(address: str, pages: int) -> Store:
    store = Store(address, indexable, "bench")
    store.upgrade(clock())
    old = clock() - timedelta(days=100)
    chance = open("/dev/urandom", "rb")  # noqa: SIM115, PTH123 - until the end
    for first in range(1, pages + 1, 500):
        numbers = range(first, min(first + 500, pages + 1))
        rows = [{"id": each, "key": f"k{each}", "title": "A", "seen_at": old, "state": "done"} for each in numbers]
        page = {"url": "u", "final_url": "u", "status": 200, "content_type": "text/html", "fetched_at": old}
        bodies = [{**page, "article_id": each, "body": chance.read(BODY)} for each in numbers]
        with writing(store.engine) as connection:
            connection.execute(insert(ARTICLE), rows)
            connection.execute(insert(PAGE), bodies)
    chance.close()
    return store


def letting_go(server: Restartable, pages: int, number: int) -> tuple[Taken, Taken, Taken]:
    """By batches, by vacuum after them, and by dropping."""
    address = f"{server.address}/bench"
    store = filled(address, pages)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE parted (LIKE page) PARTITION BY RANGE (article_id)")
        connection.execute(f"CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO ({pages + 1})")
        connection.execute("INSERT INTO parted SELECT * FROM page")
        connection.execute("VACUUM ANALYZE")
        with taking(number) as batches:
            while let_go(store.engine, Kind.PAGES, (clock(),), (), BATCH, ""):
                pass
        with taking(number) as vacuum:
            connection.execute("VACUUM page")
        with taking(number) as drop:
            connection.execute("DROP TABLE parted_1")
    store.close()
    return batches, vacuum, drop


def looking_up(server: Restartable, keys: int, number: int) -> tuple[Taken, Taken]:
    """In one table, and in many parts."""
    with psycopg.connect(f"{server.address}/bench", autocommit=True) as connection:
        connection.execute("CREATE TABLE whole (key text PRIMARY KEY, at int)")
        connection.execute("CREATE TABLE months (key text, at int, PRIMARY KEY (key, at)) PARTITION BY LIST (at)")
        for month in range(MONTHS):
            connection.execute(f"CREATE TABLE months_{month} PARTITION OF months FOR VALUES IN ({month})")
        made = f"SELECT md5(n::text), n * {MONTHS} / {keys + 1} FROM generate_series(1, {keys}) AS n"
        for table in ("whole", "months"):
            connection.execute(f"INSERT INTO {table} {made}")
        connection.execute("VACUUM ANALYZE")

        def asked(table: str) -> Callable[[], None]:
            def ask() -> None:
                for turn in range(ROUNDS):
                    of = f"SELECT array_agg(md5(n::text)) FROM generate_series({turn}, {keys}, {keys // ASKED}) AS n"
                    connection.execute(f"SELECT key FROM {table} WHERE key = ANY(({of})::text[])").fetchall()

            return ask

        taken = []
        for table in ("whole", "months"):
            with taking(number) as one:
                asked(table)()
            taken.append(one)
    return taken[0], taken[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--keys", type=int, default=1_000_000)
    given = parser.parse_args()
    server = Restartable()
    try:
        server.create("bench")
        number = server.process()
        batches, vacuum, drop = letting_go(server, given.pages, number)
        for name, taken in (("let go by batches", batches), ("vacuumed", vacuum), ("dropped", drop)):
            print(f"{name:24}{1e6 * taken.cpu_s / given.pages:8.1f} µs CPU a page, {taken.wall_s:6.2f} s in all")
        whole, months = looking_up(server, given.keys, number)
        for name, taken in (("one table", whole), (f"{MONTHS} parts", months)):
            print(f"{name:24}{1e6 * taken.cpu_s / ROUNDS:8.1f} µs CPU to look {ASKED} keys of {given.keys:,} up")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
