"""A place becomes an engine: a SQLite file with its pragmas and the lock of its daemon, or a server; transactions."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from monitor.edge import postgres
from monitor.edge.postgres import Beside, is_postgres
from monitor.errors import StoreError
from monitor.host import host_of

BUSY_TIMEOUT_S = 10.0
# What SQLite says, and what an administrator can do about it.
REMEDIES = (
    ("locked", "another program holds the database; wait, or end that program"),
    ("readonly", "make the file and its folder writable for this user"),
    ("read-only", "make the file and its folder writable for this user"),
    ("full", "free space on the disk; nothing was lost, work goes on when there is room"),
    ("malformed", "the file is damaged: stop the daemon and restore a copy made by `monitor db backup`"),
    ("not a database", "the file is not SQLite: name another database.path, or restore a copy of `monitor db backup`"),
    ("unable to open", "check that the folder of database.path exists and that this user may write in it"),
    ("disk i/o", "the disk failed: check it, then restore a copy made by `monitor db backup`"),
)


def connect(place: Path | str, words: Callable[[str], str], password: str = "") -> Engine:
    """An engine on a SQLite file, or at an address of PostgreSQL. `words` folds a text into what full text keeps."""
    return (
        postgres.connect_postgres(str(place), words, password) if is_postgres(place) else _connect(Path(place), words)
    )


def _connect(path: Path, words: Callable[[str], str]) -> Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{path.parent}: cannot be made: {error.strerror}", hint="choose another database.path"
        ) from error
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S}, json_deserializer=_from_json)

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves, so that a writer asks for its lock at once
        # Of a file that is still empty, see reclaim.py: of any other it would wait for who writes, and change nothing.
        if dbapi.execute("PRAGMA page_count").fetchone()[0] == 0:
            dbapi.execute("PRAGMA auto_vacuum=INCREMENTAL")
        dbapi.execute("PRAGMA journal_mode=WAL")
        dbapi.execute("PRAGMA synchronous=NORMAL")
        dbapi.execute("PRAGMA foreign_keys=ON")
        dbapi.create_function("words", 1, words, deterministic=True)
        dbapi.create_function("host_of", 1, host_of, deterministic=True)
        dbapi.create_function("names_in", 1, _names_in, deterministic=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _from_json(text: str) -> Any:
    """Most of what is kept as JSON is empty: to read that takes longer than the rest of its row."""
    return [] if text == "[]" else {} if text == "{}" else json.loads(text)


def _names_in(held: str) -> str:
    """The authors of an article, kept as JSON, as a text."""
    return ", ".join(json.loads(held))


@contextmanager
def reading(engine: Engine | Connection) -> Iterator[Connection]:
    """A transaction that only reads, or the one that is open; StoreError with the remedy when the database refuses."""
    if isinstance(engine, Connection):
        yield engine
        return
    with _plain_errors(engine), _as_of_now(engine).begin() as connection:
        yield connection


def _as_of_now(engine: Engine) -> Engine:
    """An engine whose transactions see one state of the database from their first statement on, as SQLite's do."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextmanager
def writing(engine: Engine | Connection, beside: Beside = Beside.NOBODY) -> Iterator[Connection]:
    """A transaction that is saved whole, or not at all; within one that is open, a part of it.

    `beside` says whom it may write beside, where there can be several.
    """
    if isinstance(engine, Connection):
        yield engine
        return
    served = engine.dialect.name == "postgresql"
    with _plain_errors(engine), engine.connect().execution_options(write=True) as connection, connection.begin():
        if served:
            postgres.enter(connection, beside)
        yield connection
        if served:
            postgres.leave(connection)


@contextmanager
def _plain_errors(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        served = engine.dialect.name == "postgresql"
        refused = postgres.refusal(engine, error) if served else _refusal(engine, error)
        if refused is None:
            raise
        raise refused from error


def _refusal(engine: Engine, error: DBAPIError) -> StoreError | None:
    if not isinstance(error.orig, sqlite3.DatabaseError) or isinstance(error.orig, sqlite3.IntegrityError):
        return None
    return refusal(engine.url.database or "", error.orig)


def refusal(path: str, error: sqlite3.Error) -> StoreError:
    """What SQLite said, with the remedy."""
    said = str(error)
    hint = next((remedy for sign, remedy in REMEDIES if sign in said.lower()), "")
    return StoreError(f"{path}: {said}", hint=hint)


@contextmanager
def sole_daemon(path: Path) -> Iterator[None]:
    """Hold the lock that one daemon a SQLite file may hold; it ends with the process, however that ends."""
    with _open_lock(path.with_name(path.name + ".lock")) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            owner = file.read(20).strip() or "unknown"
            raise StoreError(
                f"{path}: another monitor is running on this database (process {owner})",
                hint="stop it first (systemctl stop monitor, or kill it), or give this one another database.path",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _open_lock(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+")
    except OSError as error:
        hint = "make the folder of database.path writable for this user"
        raise StoreError(f"{path}: cannot be opened: {error.strerror}", hint=hint) from error
