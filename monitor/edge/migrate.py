"""A database of an older version becomes one of this version; backups are made on the way."""

import sqlite3
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, refusal, writing
from monitor.edge.shelf import follow_transactions
from monitor.errors import StoreError


def migrations() -> Path:
    """The folder of migrations: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "alembic"
    return installed if installed.is_dir() else package.parent / "alembic"


def newest() -> str:
    """The number of the newest migration."""
    return max(file.name.partition("_")[0] for file in (migrations() / "versions").glob("[0-9]*_*.py"))


# The schema that this program works with; a database beyond it belongs to a newer program.
HEAD = newest()


def version(engine: Engine) -> str:
    """The database's schema version; empty when it has none yet."""
    with reading(engine) as connection:
        return _version(connection)


def _version(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def upgrade(engine: Engine, place: str, now: datetime, *, keep: int = 3, path: Path | None = None) -> Path | None:
    """Bring the schema to HEAD; the copy of the file at `path` that was made before, if there was anything to keep.

    Refuses a newer database.
    """
    found = version(engine)
    if found == HEAD:
        follow_transactions(engine)
        return None
    if found > HEAD:
        raise StoreError(
            f"{place}: its schema version is {found}, this program knows {HEAD} at most",
            hint="install the newer program again, or restore the backup that it made before its upgrade",
        )
    copy = None
    if found and path:
        copy = backup(path, path.with_name(f"{path.name}.before-{HEAD}-{now:%Y%m%dT%H%M%S}"), keep=keep)
    with writing(engine) as connection:
        # Two processes may start at once: the second finds the work done when it gets the lock.
        if _version(connection) != HEAD:
            _run(connection)
    return copy


def _run(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - heavy, and rarely needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations()))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def backup(path: Path, target: Path, *, keep: int = 0) -> Path:
    """Copy a live database whole and consistent to `target`, checked; keep at most `keep` of its kind (0: all)."""
    try:
        with sqlite3.connect(path) as source, sqlite3.connect(target) as copy:
            source.backup(copy)
            verdict = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        source.close()
        copy.close()
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise refusal(str(path), error) from error
    if verdict != "ok":
        raise StoreError(f"{target}: the copy is damaged: {verdict}", hint="the database itself may be: check the disk")
    if keep:
        for old in sorted(path.parent.glob(f"{path.name}.before-*"))[:-keep]:
            old.unlink(missing_ok=True)
    return target
