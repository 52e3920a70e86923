"""Room that was freed within a SQLite file goes back to the disk; the only place that speaks of that in its dialect."""

from sqlalchemy.engine import Engine

from monitor.edge.database import writing

_INCREMENTAL = 2  # of the pragma auto_vacuum


def can_give_back(engine: Engine) -> bool:
    """Whether freed room goes back to the disk bit by bit; PostgreSQL sees to that by itself."""
    if engine.dialect.name != "sqlite":
        return False
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("PRAGMA auto_vacuum").scalar() == _INCREMENTAL)


def give_back(engine: Engine, pages: int) -> int:
    """Give back so many of the file's pages at most; how many."""
    if not can_give_back(engine):
        return 0
    with writing(engine) as connection:
        before = _free(connection.exec_driver_sql("PRAGMA freelist_count").scalar())
        if not before:
            return 0
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA incremental_vacuum({int(pages)})")
        cursor.fetchall()  # a page goes with each step
        cursor.close()
        return before - _free(connection.exec_driver_sql("PRAGMA freelist_count").scalar())


def compact(engine: Engine) -> None:
    """Write the file anew without its free room, so that it gives back room from then on; nobody may work on it."""
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        raw.driver_connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # type: ignore[union-attr]  # it is open
        raw.driver_connection.execute("VACUUM")  # type: ignore[union-attr]
    finally:
        raw.close()


def _free(counted: object) -> int:
    return counted if isinstance(counted, int) else 0
