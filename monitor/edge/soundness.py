"""A SQLite file is looked through for damage: the one place that knows how."""

import sqlite3
from pathlib import Path

from monitor.edge.database import refusal


def damage(path: Path, *, whole: bool = False) -> list[str]:
    """What is wrong inside the file, nothing when it is sound; `whole` compares indexes with their tables, too.

    Read-only, beside a daemon at work.
    """
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        try:
            asked = "PRAGMA integrity_check(20)" if whole else "PRAGMA quick_check(20)"
            found = [row[0] for row in connection.execute(asked)]
            lost = connection.execute("PRAGMA foreign_key_check").fetchmany(20)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise refusal(str(path), error) from error
    return [text for text in found if text != "ok"] + [
        f"{row[0]} {row[1]} belongs to a {row[2]} that is not there" for row in lost
    ]
