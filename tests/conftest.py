"""What many tests stand on: an archive on disk, and the time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from monitor.edge.store import Store
from monitor.think.language import indexable

# How long an example takes is the machine's affair, on which other tests run.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "monitor.db", indexable, "test")
    opened.upgrade(NOW)
    yield opened
    opened.close()
