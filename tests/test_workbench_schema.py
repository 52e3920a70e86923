"""The second migration makes what the workbench keeps, from nothing or from an archive that is in use."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import insert

from monitor.edge import migrate
from monitor.edge.database import reading, writing
from monitor.edge.labels import Label, labels, set_label
from monitor.edge.store import Store
from monitor.edge.tables import ARTICLE, LABEL, METADATA
from monitor.think.language import indexable

TABLES = {"label", "backtest", "backtest_difference"}


@pytest.fixture
def old(tmp_path: Path, now: datetime) -> Iterator[Store]:
    """An archive of the first schema, with an article and a match."""
    opened = Store(tmp_path / "monitor.db", indexable, "test")
    to_version(opened, "0001", up=True)
    with writing(opened.engine) as connection:
        row = {"key": "k", "url": "u", "title": "Wheat leaves", "text": "Ships left.", "seen_at": now}
        connection.execute(insert(ARTICLE), {**row, "state": "done", "backlog": False, "failures": 0})
        connection.exec_driver_sql(
            "INSERT INTO match (article_id, topic, version, score, matched_at) "
            "VALUES (1, 'grain', 'v', 1, '2026-03-01')"
        )
    yield opened
    opened.close()


def to_version(store: Store, version: str, *, up: bool) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.migrations()))
    config.set_main_option("path_separator", "os")
    with writing(store.engine) as connection:
        config.attributes["connection"] = connection
        (command.upgrade if up else command.downgrade)(config, version)


def tables(path: Path) -> set[str]:
    database = sqlite3.connect(path)
    names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    database.close()
    return names


def differences(store: Store) -> list[object]:
    with reading(store.engine) as connection:
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
    return [item for item in found if "article_fts" not in str(item)]


@pytest.mark.slow
def test_an_empty_database_gets_the_whole_schema(store: Store) -> None:
    assert tables(store.path) >= TABLES
    assert differences(store) == []


@pytest.mark.slow
def test_an_archive_in_use_keeps_its_content_and_a_copy_is_made_first(old: Store, now: datetime) -> None:
    assert not tables(old.path) & TABLES
    copy = old.upgrade(now)
    assert copy is not None
    assert not tables(copy) & TABLES
    assert tables(old.path) >= TABLES
    assert differences(old) == []
    database = sqlite3.connect(old.path)
    assert database.execute("SELECT title FROM article").fetchall() == [("Wheat leaves",)]
    assert database.execute("SELECT topic, version FROM match").fetchall() == [("grain", "v")]
    assert database.execute("SELECT rowid FROM article_fts WHERE article_fts MATCH 'wheat'").fetchall() == [(1,)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()


@pytest.mark.slow
def test_the_migration_can_be_taken_back(old: Store, now: datetime) -> None:
    old.upgrade(now)
    to_version(old, "0001", up=False)
    assert not tables(old.path) & TABLES
    assert "match" in tables(old.path)


@pytest.mark.slow
def test_a_label_goes_with_its_article(old: Store, now: datetime) -> None:
    old.upgrade(now)
    set_label(old.engine, Label(1, "grain", wanted=True, why="", labelled_at=now))
    assert [label.title for label in labels(old.engine)] == ["Wheat leaves"]
    with writing(old.engine) as connection:
        connection.exec_driver_sql("DELETE FROM article")
        assert connection.execute(LABEL.select()).all() == []
