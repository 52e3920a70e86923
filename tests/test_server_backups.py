"""An archive on PostgreSQL comes back from its dump, and from the server's log as it was at a point in time."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from filled import START, fill, rules_of
from made_queries import ENTITIES
from served import Restartable, binaries, unprivileged

psycopg = pytest.importorskip("psycopg")
from test_transfer import articles  # noqa: E402

from monitor.archive import Archive, Question  # noqa: E402
from monitor.edge import sources  # noqa: E402
from monitor.edge.polls import Polled  # noqa: E402
from monitor.edge.store import Store  # noqa: E402
from monitor.model import Entry, Feed, Sighting  # noqa: E402
from monitor.think.language import indexable  # noqa: E402

RULES = rules_of(ENTITIES)
QUESTIONS = [Question(each, limit=50, facets=("language", "day")) for each in ("grain", '"grain talks"', "url:news3")]
TOOLS = binaries()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        TOOLS is None or not (TOOLS / "pg_basebackup").exists() or not (TOOLS / "pg_dump").exists(),
        reason="there are no programs of PostgreSQL for backups on this machine",
    ),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the server's user may write in, whoever that is."""
    with tempfile.TemporaryDirectory(prefix="monitor-") as made:
        owned(Path(made))
        yield Path(made)


def tool(*words: object) -> None:
    assert TOOLS
    run = [str(TOOLS / str(words[0])), *map(str, words[1:])]
    subprocess.run(run, check=True, capture_output=True, cwd="/", **unprivileged())


def archive(address: str, count: int) -> Store:
    store = Store(address, indexable, "test")
    store.upgrade(START)
    fill(store, RULES, articles(count), named=True)
    sources.sync(store.engine, [Feed(id=0, name="feed", url="https://a.example/rss")], START)
    return store


def add(store: Store, key: str, hours: float) -> None:
    """What a poll brings: a restored archive must take it, and find it."""
    now = START + timedelta(hours=hours)
    (feed,) = store.claim_feeds(now, 60.0, 1, names=["feed"])
    entry = Entry(key=key, title=f"Zeppelin {key} over grain", link=f"https://a.example/{key}")
    store.save_polls([Polled(feed, now, fresh=[Sighting(entry, key, entry.link)])])


def totals(store: Store, *words: str) -> list[int]:
    asked = Archive(store.engine, RULES)
    return [asked.ask(Question(word)).total for word in words]


def test_a_dump_taken_at_work_is_restored_and_answers_and_goes_on(folder: Path) -> None:
    server = Restartable()
    try:
        for name in ("monitor", "monitor_new"):
            server.create(name)
        old = archive(f"{server.address}/monitor", 200)
        before = [Archive(old.engine, RULES).ask(each) for each in QUESTIONS]
        tool("pg_dump", "--format=custom", f"--file={folder}/a.dump", f"{server.address}/monitor")
        add(old, "after", 1)
        tool("pg_restore", f"--dbname={server.address}/monitor_new", folder / "a.dump")
        new = Store(f"{server.address}/monitor_new", indexable, "test")
        new.upgrade(START)
        assert [Archive(new.engine, RULES).ask(each) for each in QUESTIONS] == before
        assert totals(new, "zeppelin") == [0]
        add(new, "later", 2)
        assert totals(new, "zeppelin", "later AND grain") == [1, 1]
        for store in (old, new):
            store.close()
    finally:
        server.stop()


def test_a_dump_restored_on_a_server_that_has_counted_less_is_followed_from_its_first_change(folder: Path) -> None:
    one, other = Restartable(), Restartable()
    try:
        one.create("monitor")
        other.create("monitor")
        with psycopg.connect(f"{one.address}/monitor", autocommit=True) as connection:
            for _ in range(5_000):
                connection.execute("SELECT pg_current_xact_id()")
        old = archive(f"{one.address}/monitor", 50)
        old.close()
        tool("pg_dump", "--format=custom", f"--file={folder}/a.dump", f"{one.address}/monitor")
        tool("pg_restore", f"--dbname={other.address}/monitor", folder / "a.dump")
        new = Store(f"{other.address}/monitor", indexable, "test")
        new.upgrade(START)
        asked = Archive(new.engine, RULES)
        assert asked.ask(Question("zeppelin")).total == 0
        add(new, "later", 1)
        assert asked.ask(Question("zeppelin")).total == 1, "by a reader that has looked before"
        new.close()
    finally:
        one.stop()
        other.stop()


def test_the_log_of_the_server_brings_back_a_point_in_time(folder: Path) -> None:
    (folder / "log").mkdir()
    settings = "wal_level=replica archive_mode=on max_wal_senders=4 max_connections=60"
    copying = f"archive_command=test ! -f {folder}/log/%f && cp %p {folder}/log/%f"
    owned(folder)
    server = Restartable(settings=[*settings.split(), copying])
    again: Restartable | None = None
    try:
        server.create("monitor")
        store = archive(f"{server.address}/monitor", 60)
        tool("pg_basebackup", "-D", folder / "base", "-d", f"{server.address}/postgres", "-X", "fetch", "-c", "fast")
        add(store, "kept", 1)
        with psycopg.connect(f"{server.address}/postgres", autocommit=True) as connection:
            connection.execute("SELECT pg_create_restore_point('before the mistake')")
        add(store, "mistaken", 2)
        store.close()
        with psycopg.connect(f"{server.address}/postgres", autocommit=True) as connection:
            last = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
            connection.execute("SELECT pg_switch_wal()")
        while not (folder / "log" / str(last and last[0])).exists():
            pass
        (folder / "base" / "recovery.signal").touch()
        owned(folder)
        recovery = [f"restore_command=cp {folder}/log/%f %p", "recovery_target_name=before the mistake"]
        recovery += ["recovery_target_action=promote", "max_connections=60"]
        again = Restartable(settings=recovery, data=folder / "base")
        back = Store(f"{again.address}/monitor", indexable, "test")
        while is_recovering(again):
            pass
        back.upgrade(START)
        assert totals(back, "zeppelin", "kept", "mistaken") == [1, 1, 0]
        add(back, "later", 3)
        assert totals(back, "zeppelin", "later") == [2, 1]
        back.close()
    finally:
        server.stop()
        if again:
            again.stop()


def is_recovering(server: Restartable) -> bool:
    with psycopg.connect(f"{server.address}/postgres", autocommit=True) as connection:
        row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
        return bool(row and row[0])


def owned(folder: Path) -> None:
    user = unprivileged()
    for path in [folder, *folder.rglob("*")] if user else []:
        os.chown(path, user["user"], user["group"])
