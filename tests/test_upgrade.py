"""An archive of any older schema, with something in every table, is taken over whole by the program of today."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from desk import CONFIG, PACK
from sqlalchemy import Column, MetaData, Table, insert
from test_migrate import to_version
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.edge import migrate
from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.store import Store
from monitor.think.language import indexable

OLDER = sorted(file.name.partition("_")[0] for file in (migrate.migrations() / "versions").glob("[0-9]*_*.py"))[:-1]
# What a column must hold to be what the program of that time wrote; whatever else may be left out is.
WRITTEN: dict[str, Any] = {
    "title": "Wheat leaves the harbour",
    "text": "Three vessels carried wheat away.",
    "url": "https://news.example/1",
    "key": "https://news.example/1",
    "language": "en",
    "topic": "grain",
    "query": "wheat",
    "order": "newest",
    "scope": "read",
    "interval_s": 900.0,
    "evidence": [],
    "change": "gained",
}
NOW = clock()
STATES = {"feed": "active", "article": "done", "alert": "sent"}


def tables_of(store: Store) -> Iterator[Table]:
    """The tables that there are, but for those of full text."""
    found = MetaData()
    found.reflect(store.engine)
    hidden = ("article_fts", "article_words", "alembic")
    return (table for table in found.sorted_tables if not table.name.startswith(hidden))


def value(table: str, column: Column[Any]) -> Any:
    if column.name == "state":
        return STATES.get(table, "done")
    if column.name in WRITTEN:
        return WRITTEN[column.name]
    kind = str(column.type).partition("(")[0]
    plain = {
        "INTEGER": 1,
        "FLOAT": 1.0,
        "DATETIME": clock(),
        "DATE": clock().date(),
        "JSON": {},
        "BLOB": b"",
        "BOOLEAN": False,
    }
    return plain.get(kind, "x")


def fill(store: Store) -> list[str]:
    """A row in each table, of which each belongs to the first of another; the names of the tables."""
    tables = list(tables_of(store))
    with writing(store.engine) as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table in tables:
            wanted = [each for each in table.columns if each.name in {*WRITTEN, "state"} or is_needed(each)]
            # Triggers keep some tables by themselves.
            row = insert(table).prefix_with("OR IGNORE")
            connection.execute(row.values({each.name: value(table.name, each) for each in wanted}))
    return [table.name for table in tables]


def is_needed(column: Column[Any]) -> bool:
    return column.primary_key or not (column.nullable or column.server_default is not None)


@pytest.mark.parametrize("version", [OLDER[0], *(pytest.param(each, marks=pytest.mark.slow) for each in OLDER[1:])])
def test_an_archive_of_each_older_schema_is_taken_over_with_all_it_holds(tmp_path: Path, version: str) -> None:
    path = tmp_path / "monitor.db"
    old = Store(path, indexable, "test")
    with writing(old.engine) as connection:
        to_version(connection, version, command.upgrade)
    names = fill(old)
    old.close()
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "harbours.toml").write_text(PACK.format(query="wheat"), "utf-8")

    def monitor(*words: str) -> str:
        done = CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), *words])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    monitor("db", "upgrade")
    (found,) = json.loads(monitor("search", "wheat", "--json"))
    assert found["article"]["title"] == WRITTEN["title"]
    assert "grain" in monitor("show", "1")
    monitor("status", "--json")
    (copy,) = tmp_path.glob("monitor.db.before-*")
    with closing(sqlite3.connect(path)) as new, closing(sqlite3.connect(copy)) as before:
        assert new.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert new.execute("PRAGMA foreign_key_check").fetchall() == []
        assert new.execute("SELECT version_num FROM alembic_version").fetchone() == (migrate.HEAD,)
        assert before.execute("SELECT version_num FROM alembic_version").fetchone() == (version,)
        kept = {name: new.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
    assert [name for name, rows in kept.items() if rows < 1] == []
