"""An address of PostgreSQL becomes an engine: text it can take, plain errors, and who may write beside whom."""

import json
from collections.abc import Callable
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from monitor.edge.fulltext import enter_words
from monitor.errors import StoreError

SCHEMES = ("postgresql://", "postgresql+psycopg://", "postgres://")
# Unless an address says otherwise. A machine that fell off the network, or a server that was lost without a word, is
# noticed within half a minute, as long as a worker may be silent: the system by itself waits for a quarter of an hour
# for an answer, and for two hours for news.
_CONNECTION: dict[str, Any] = {
    "application_name": "monitor",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,  # ms
}
# Who stands still inside a transaction that writes is cut off, and others go on: a program that was paused, a machine
# that fell off the network. Well below a lease, and far above any step between two statements.
STILL_S = 30
LOCKS = 0x6D6F6E69  # the first half of the names of our advisory locks
# What PostgreSQL says, by the class or code of its error, and what an administrator can do about it.
_REMEDIES = (
    ("28", "check the user and password: ~/.pgpass, or the secret that database.password_secret names"),
    ("3D000", "create it: createdb --encoding=UTF8 --template=template0, see docs/postgresql.md"),
    ("42501", "make the user of database.url the owner of the database"),
    ("42P01", "`monitor db upgrade` makes the schema"),
    ("53100", "free space on the server's disk; nothing was lost, work goes on when there is room"),
    ("53300", "let more connections in: max_connections of the server, or fewer workers"),
    ("25006", "the server is a standby, or was made read-only: name the primary in database.url"),
    ("40P01", "two transactions waited for each other; the work of one comes again"),
    ("57", "the server was stopped or ended the connection; work goes on when it is back"),
    ("25P03", "this process stood still inside a transaction for too long"),
)
_UNREACHED = "check that the server runs, and the host and port of database.url"


class Beside(IntEnum):
    """Beside whom a transaction may write on PostgreSQL. On SQLite there is one writer anyway."""

    NOBODY = 0  # as if there were one writer
    ALL = 1  # beside all that say so, too
    ARTICLES = 2  # that, but nobody else makes articles: their numbers become visible in order
    STORIES = 3  # that, but nobody else tells: an article joins a story after those before it


def is_postgres(place: object) -> bool:
    """Whether a place is an address of PostgreSQL, and no file."""
    return isinstance(place, str) and place.startswith(SCHEMES)


def connect_postgres(address: str, words: Callable[[str], str], password: str = "") -> Engine:
    """An engine on a PostgreSQL server."""
    url = _url(address, password)
    try:
        engine = create_engine(
            url,
            pool_pre_ping=True,
            json_serializer=_to_json,
            execution_options={"words": words},
            connect_args=connection_to(url),
        )
    except ModuleNotFoundError as error:
        raise StoreError("PostgreSQL needs psycopg", hint="pip install 'monitor[postgres]'") from error
    event.listen(engine, "connect", _clean)
    return engine


def connection_to(url: URL) -> dict[str, Any]:
    """How a connection to an address is made, beside what the address says."""
    return {name: value for name, value in _CONNECTION.items() if name not in url.query}


def _url(address: str, password: str) -> URL:
    try:
        url = make_url(address).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError) as error:
        raise StoreError("database.url is no address", hint="postgresql://user@host:5432/name") from error
    return url.set(password=password) if password else url


def place_of(address: str) -> str:
    """An address as it may be shown."""
    return _url(address, "").set(drivername="postgresql").render_as_string(hide_password=True)


def _clean(dbapi: Any, _entry: ConnectionPoolEntry) -> None:
    """No text that is handed over bears a NUL, which PostgreSQL takes in none."""
    from psycopg.types.string import StrDumper, StrDumperUnknown  # noqa: PLC0415 - an extra

    class Cleaned(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", ""))

    class CleanedUnknown(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", ""))

    dbapi.adapters.register_dumper(str, Cleaned)
    dbapi.adapters.register_dumper(str, CleanedUnknown)


def _to_json(value: Any) -> str:
    if not value and isinstance(value, list | dict):
        return "[]" if isinstance(value, list) else "{}"
    return json.dumps(value).replace("\\u0000", "")


_ENTER = {
    beside: text(
        f"SELECT set_config('idle_in_transaction_session_timeout', '{STILL_S}s', true), "
        + (
            f"pg_advisory_xact_lock({LOCKS}, 0)"
            if beside is Beside.NOBODY
            else f"pg_advisory_xact_lock_shared({LOCKS}, 0)"
            + (f", pg_advisory_xact_lock({LOCKS}, {beside.value})" if beside is not Beside.ALL else "")
        )
    )
    for beside in Beside
}


def enter(connection: Connection, beside: Beside) -> None:
    """A transaction begins to write."""
    connection.execute(_ENTER[beside])


def leave(connection: Connection) -> None:
    """A transaction is about to be saved: full text gets what it wrote."""
    enter_words(connection, connection.get_execution_options()["words"])


def refusal(engine: Engine, error: DBAPIError) -> StoreError | None:
    """What PostgreSQL said, with the remedy; None for what only a fault in the program brings about."""
    import psycopg  # noqa: PLC0415 - an extra

    said = error.orig
    code = getattr(said, "sqlstate", None) or ""
    unreached = isinstance(said, psycopg.OperationalError | psycopg.InterfaceError)
    hint = next((remedy for sign, remedy in _REMEDIES if code.startswith(sign)), _UNREACHED if unreached else "")
    if isinstance(error, IntegrityError) or not hint:
        return None
    line = str(said).strip().partition("\n")[0] or type(said).__name__
    shown = engine.url.set(drivername="postgresql").render_as_string(hide_password=True)
    return StoreError(f"{shown}: {line}", hint=hint)
