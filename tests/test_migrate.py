"""The schema follows the program, and the data outlives both; a database that cannot be used says so."""

import json
import sqlite3
import stat
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from monitor.edge import bulk_tables, migrate, runs, search
from monitor.edge.database import reading, sole_daemon, writing
from monitor.edge.migrate import HEAD
from monitor.edge.rows import to_numbers
from monitor.edge.saved_tables import SAVED_SEARCH
from monitor.edge.store import Store
from monitor.edge.tables import METADATA
from monitor.edge.web_tables import TOKEN
from monitor.errors import StoreError
from monitor.think.language import indexable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "monitor.db"


@pytest.fixture
def fresh(path: Path) -> Iterator[Store]:
    opened = Store(path, indexable, "test")
    yield opened
    opened.close()


def test_the_migrations_make_what_the_tables_say(store: Store) -> None:
    for file in Path(search.__file__).parent.glob("*_tables.py"):
        import_module(f"monitor.edge.{file.stem}")  # whichever tables other tests have asked for
    with reading(store.engine) as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, METADATA)
    assert {TOKEN.name, SAVED_SEARCH.name, bulk_tables.BackfillRow.__tablename__} <= METADATA.tables.keys()
    shadows = ("article_fts", "article_words")  # full text is each database's own, with tables of its own
    assert [item for item in differences if not any(shadow in str(item) for shadow in shadows)] == []


@pytest.mark.slow
def test_postgresql_knows_the_same_schema(postgres: str, now: datetime) -> None:
    store = Store(postgres, indexable, "test")
    test_the_migrations_make_what_the_tables_say(store)
    assert store.upgrade(now) is None
    store.close()


@pytest.mark.slow
def test_the_schema_of_postgresql_goes_all_the_way_back_and_forth(postgres: str) -> None:
    store = Store(postgres, indexable, "test")
    for version, going in (("base", command.downgrade), ("head", command.upgrade)):
        with writing(store.engine) as connection:
            to_version(connection, version, going)
    test_the_migrations_make_what_the_tables_say(store)
    store.close()


def test_the_program_knows_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.migrations()))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_second_upgrade_changes_nothing(store: Store, now: datetime) -> None:
    assert store.upgrade(now) is None
    assert list(store.path.parent.glob("*.before-*")) == []


def test_a_database_newer_than_the_program_is_refused_and_left_alone(store: Store, now: datetime) -> None:
    with writing(store.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="9999") as refused:
        store.upgrade(now)
    assert "newer program" in refused.value.hint
    assert migrate.version(store.engine) == "9999"


def test_an_upgrade_keeps_a_copy_of_the_old_file_first(store: Store, now: datetime) -> None:
    with writing(store.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(Exception, match="0000"):
        store.upgrade(now)
    (copy,) = store.path.parent.glob("*.before-*")
    with sqlite3.connect(copy) as kept:
        assert kept.execute("SELECT count(*) FROM article").fetchone() == (0,)
    kept.close()


@pytest.mark.slow
def test_a_habit_outlives_the_change_of_how_it_is_kept_there_and_back(store: Store) -> None:
    habit = (1.0, 1764482400.5, 0.003, 287.0)
    with writing(store.engine) as connection:
        rows = [("a", "[1.0, 1764482400.5, 0.003, 287.0]"), ("b", "[]")]
        to_version(connection, "0009", command.downgrade)
        for name, held in rows:
            connection.execute(
                text("INSERT INTO feed (name, interval_s, due_at, failures, habit) VALUES (:name, 900, '', 0, :held)"),
                {"name": name, "held": held},
            )
        to_version(connection, "0010", command.upgrade)
        kept = connection.execute(text("SELECT habit FROM feed ORDER BY name")).scalars().all()
        assert [to_numbers(one) for one in kept] == [habit, ()]
        to_version(connection, "0009", command.downgrade)
        assert [
            json.loads(one) for one in connection.execute(text("SELECT habit FROM feed ORDER BY name")).scalars()
        ] == [
            list(habit),
            [],
        ]


def to_version(connection: Connection, version: str, command: Callable[[Config, str], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.migrations()))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command(config, version)


def test_a_backup_is_whole_while_the_database_is_in_use(store: Store, now: datetime) -> None:
    with writing(store.engine) as connection:
        connection.execute(text("INSERT INTO run (pid, started_at, beat_at) VALUES (7, :now, :now)"), {"now": str(now)})
        copy = migrate.backup(store.path, store.path.with_suffix(".copy"))
    again = Store(copy, indexable, "test")
    assert runs.latest_run(again.engine) is None  # the row above was not yet committed
    again.close()


@pytest.mark.parametrize("content", [b"this is no database " * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_corrupt_database_is_named_with_the_remedy(path: Path, now: datetime, content: bytes) -> None:
    path.write_bytes(content)
    store = Store(path, indexable, "test")
    with pytest.raises(StoreError, match=str(path)) as refused:
        store.upgrade(now)
    store.close()
    assert "restore" in refused.value.hint
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="file"):
        Store(tmp_path / "file" / "monitor.db", indexable, "test")


def test_a_locked_database_says_that_another_program_holds_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = sqlite3.connect(store.path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with reading(store.engine) as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=10")
    with pytest.raises(StoreError, match="locked") as refused, writing(store.engine):
        pass
    stranger.close()
    assert "another program" in refused.value.hint


def test_a_full_disk_is_named_and_nothing_is_lost(store: Store) -> None:
    with reading(store.engine) as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
    with pytest.raises(StoreError, match="full") as refused, writing(store.engine) as connection:
        connection.execute(text("CREATE TABLE big AS SELECT zeroblob(9000000) AS hole"))
    assert "free space" in refused.value.hint
    assert migrate.version(store.engine) == HEAD


def test_a_read_only_database_says_so(store: Store) -> None:
    with reading(store.engine) as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(StoreError, match="readonly") as refused, writing(store.engine) as connection:
        connection.execute(text("DELETE FROM run"))
    assert "writable" in refused.value.hint


def test_one_database_has_one_daemon(path: Path) -> None:
    with (
        sole_daemon(path),
        pytest.raises(StoreError, match="another monitor is running") as refused,
        sole_daemon(path),
    ):
        pass
    assert "stop it first" in refused.value.hint
    with sole_daemon(path):
        assert stat.S_ISREG(path.with_name("monitor.db.lock").stat().st_mode)
