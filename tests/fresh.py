"""An empty archive, as the migrations make it: made once, and copied wherever a test begins with one."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.edge.store import Store
from monitor.think.language import indexable


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        store = Store(Path(folder, "monitor.db"), indexable, "test")
        store.upgrade(datetime(2026, 1, 1, tzinfo=UTC))
        store.close()
        return Path(folder, "monitor.db").read_bytes()


def lay(path: Path) -> Path:
    """Where nothing lies, an empty archive does from now on: to migrate a new one takes longer than most tests."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(_empty())
    return path
