"""An archive in a SQLite file becomes the same on PostgreSQL: in pieces that are whole or not there, then compared."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, String, Table, Text, func, insert, select, text, tuple_
from sqlalchemy.engine import Engine

from monitor.edge.bulk_tables import BackfillRow
from monitor.edge.database import reading, writing
from monitor.edge.fulltext import index_articles
from monitor.edge.rows import Row
from monitor.edge.saved_tables import SAVED_SEARCH
from monitor.edge.tables import ARTICLE, METADATA, SHELF
from monitor.edge.web_tables import TOKEN
from monitor.errors import StoreError

# Rows of a transaction; of those that bear texts or pages fewer, of some 10 kB each.
_ROWS, _HEAVY_ROWS = 2_000, 250
_HEAVY = frozenset({"article", "page", "revision"})
_MARK = "db_copy"
# All tables are known only when these are: they are kept with those who use them.
_ALL = (BackfillRow, SAVED_SEARCH, TOKEN)
# On PostgreSQL a turn is the number of a transaction, which says nothing of those before.
_OWN = {SHELF.name: frozenset({"turn"})}


@dataclass(frozen=True, slots=True)
class Step:
    """How far the copy of a table is, or the comparison of it."""

    table: str
    done: int
    total: int
    compared: bool = False


def copy_archive(
    source: Engine, target: Engine, name: str, words: Callable[[str], str], told: Callable[[Step], None]
) -> dict[str, int]:
    """Copy all of an archive to an empty one, or go on with that; how many rows of each table, compared one by one.

    `name` tells by what the source is known: nothing goes on with the copy of another.
    """
    _begin(target, name)
    for table in METADATA.sorted_tables:
        _copy(source, target, table, words, told)
    with writing(target) as connection:
        _count_on(source, connection)
    compared = {table.name: _compare(source, target, table, told) for table in METADATA.sorted_tables}
    _compare_words(target, compared[ARTICLE.name])
    with writing(target) as connection:
        connection.execute(text(f"DROP TABLE {_MARK}"))
    return compared


def _begin(target: Engine, name: str) -> None:
    """Mark the target as the copy of a source; StoreError when it holds something else."""
    with writing(target) as connection:
        begun = connection.execute(text("SELECT to_regclass(:mark)"), {"mark": _MARK}).scalar()
        if begun is None:
            if any(connection.execute(select(table).limit(1)).first() for table in METADATA.sorted_tables):
                raise StoreError("the target holds an archive already", hint="name an empty one: createdb makes it")
            connection.execute(text(f"CREATE TABLE {_MARK} (source text NOT NULL)"))
            connection.execute(text(f"INSERT INTO {_MARK} VALUES (:name)"), {"name": name})  # noqa: S608
            return
        known = connection.execute(text(f"SELECT source FROM {_MARK}")).scalar()  # noqa: S608
        if known != name:
            raise StoreError(f"the target is half a copy of {known}", hint="name that one again, or an empty database")


def _copy(
    source: Engine, target: Engine, table: Table, words: Callable[[str], str], told: Callable[[Step], None]
) -> None:
    total = _count(source, table)
    done = _count(target, table)
    own = _OWN.get(table.name, frozenset())
    with reading(source) as held:
        while done < total:
            with writing(target) as connection:
                connection.execute(text("SELECT set_config('monitor.copying', 'on', true)"))
                rows = _piece(held, table, _latest(connection, table))
                if not rows:
                    break
                connection.execute(insert(table), [_kept(row, own) for row in rows])
                if table is ARTICLE:
                    index_articles(connection, [row["id"] for row in rows], words)
            done += len(rows)
            told(Step(table.name, done, total))


def _kept(row: Row, own: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in own}


def _count(engine: Engine, table: Table) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def _keys(connection: Connection, table: Table) -> list[Any]:
    """What the rows of a table are in order by: texts by their letters' numbers, as SQLite has them."""
    served = connection.dialect.name == "postgresql"
    return [
        column.collate("C") if served and isinstance(column.type, String | Text) else column
        for column in table.primary_key
    ]


def _latest(connection: Connection, table: Table) -> Sequence[Any] | None:
    """The key of the last row that was copied."""
    keys = _keys(connection, table)
    return connection.execute(select(*table.primary_key).order_by(*(key.desc() for key in keys)).limit(1)).first()


def _after(table: Table, keys: Sequence[Any], latest: Sequence[Any] | None) -> Select[Any]:
    asked = select(table).order_by(*keys).limit(_HEAVY_ROWS if table.name in _HEAVY else _ROWS)
    return asked if latest is None else asked.where(tuple_(*keys) > tuple_(*latest))


def _piece(connection: Connection, table: Table, latest: Sequence[Any] | None) -> Sequence[Row]:
    return connection.execute(_after(table, _keys(connection, table), latest)).mappings().all()


def _count_on(source: Engine, connection: Connection) -> None:
    """New rows are numbered after all that ever were: an article's number is never used twice."""
    with reading(source) as held:
        used = {row.name: int(row.seq) for row in held.execute(text("SELECT name, seq FROM sqlite_sequence"))}
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        sequence = column is not None and connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": f'"{table.name}"', "column": column.name},
        )
        if not sequence or column is None:
            continue
        highest = max(connection.scalar(select(func.max(column))) or 0, used.get(table.name, 0))
        if highest:
            connection.execute(text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest})


def _compare(source: Engine, target: Engine, table: Table, told: Callable[[Step], None]) -> int:
    """Count and sum up the rows on both sides; StoreError where they differ."""
    total = _count(source, table)
    with reading(source) as held, reading(target) as copied:
        one, other = _summed(held, table), _summed(copied, table)
        rows = 0
        for (count, sum_), (count_there, sum_there) in zip(one, other, strict=True):
            if (count, sum_) != (count_there, sum_there):
                hint = "nothing of the source was changed; empty the target and copy again"
                where = f"between its rows {rows + 1} and {rows + max(count, count_there)}"
                raise StoreError(f"the copy of {table.name} differs {where}", hint=hint)
            rows += count
            told(Step(table.name, rows, total, compared=True))
    return rows


def _summed(connection: Connection, table: Table) -> Iterator[tuple[int, str]]:
    """The rows of a table, some at a time: how many, and a digest of them; a last one of none."""
    own, latest = _OWN.get(table.name, frozenset()), None
    while True:
        rows = _piece(connection, table, latest)
        digest = blake2b(digest_size=16)
        for row in rows:
            digest.update(json.dumps([_plain(value) for name, value in row.items() if name not in own]).encode())
        yield len(rows), digest.hexdigest()
        if not rows:
            return
        latest = [rows[-1][column.name] for column in table.primary_key]


def _plain(value: Any) -> Any:
    """A value as both sides know it."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, sort_keys=True).replace("\\u0000", "")
    return value


def _compare_words(target: Engine, articles: int) -> None:
    with reading(target) as connection:
        indexed = connection.scalar(text("SELECT count(DISTINCT article_id) FROM article_words"))
    if indexed != articles:
        raise StoreError(f"of {articles} articles {indexed} were indexed", hint="empty the target and copy again")


def source_name(path: Path) -> str:
    """By what a file is known to its copies."""
    return str(path.resolve())
