"""What many tests stand on: an archive on disk or on a server, and the time."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING

import drawn  # noqa: F401 - registers the profiles
import pytest
from fresh import lay
from hypothesis import settings
from served import database

from monitor.edge.store import Store
from monitor.think.language import indexable

if TYPE_CHECKING:
    from web import Asking

    from monitor.web.desk import Office

# What Python compiled is kept, whatever the environment says: half of what it takes to collect the tests, and a good
# part of what each process takes that a test starts.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What tests write lies in memory where that has room: they kill processes, but cut no machine's power.
_MEMORY = Path("/dev/shm")
if _MEMORY.is_dir() and disk_usage(_MEMORY).free > 4e9:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("fast" if config.option.markexpr == "not slow" else "whole")


def pytest_collection_finish() -> None:
    """What lives as long as the session is not looked through for garbage again and again: a tenth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker for each processor; twice as many for the whole suite, of which much is spent waiting."""
    return len(os.sched_getaffinity(0)) * (1 if config.option.markexpr == "not slow" else 2)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A file of tests that says so has them run on both databases; those on PostgreSQL are slow ones."""
    on_both = getattr(metafunc.module, "ON_BOTH", False)
    if not on_both or metafunc.definition.get_closest_marker("sqlite"):
        return
    also = pytest.param("postgresql", marks=pytest.mark.slow)
    metafunc.parametrize("engine_name", ["sqlite", also], scope="session")


@pytest.fixture(scope="session")
def engine_name() -> str:
    return "sqlite"


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all processes that share the work of a session."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture
def postgres(shared_folder: Path) -> Iterator[str]:
    """The address of an empty archive on PostgreSQL."""
    with database(shared_folder) as address:
        yield address


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def place(
    engine_name: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Path | str:
    """Where an archive is to be, for commands and whoever loads a configuration too: a file, or an address."""
    if engine_name == "sqlite":
        return tmp_path / "monitor.db"
    address = request.getfixturevalue("postgres")
    monkeypatch.setenv("MONITOR_DATABASE__URL", address)
    return address  # type: ignore[no-any-return]


@pytest.fixture
def anew(engine_name: str, shared_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Each call brings another empty archive for whoever loads a configuration next, whatever its folder."""
    with ExitStack() as stack:

        def begin() -> None:
            if engine_name == "postgresql":
                monkeypatch.setenv("MONITOR_DATABASE__URL", stack.enter_context(database(shared_folder)))

        yield begin


@pytest.fixture(scope="module")
def shared_place(
    engine_name: str, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path | str]:
    """The same for all tests of a file: to make an archive may take longer than to ask it."""
    if engine_name == "sqlite":
        yield tmp_path_factory.mktemp("archive") / "monitor.db"
        return
    with database(shared_folder) as address:
        yield address


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    if isinstance(place, Path):
        lay(place)
    opened = Store(place, indexable, "test")
    yield opened
    opened.close()


@pytest.fixture
def office(tmp_path: Path) -> "Iterator[Office]":
    """That of an archive with something of everything."""
    from desk import furnish
    from web import opened

    furnish(tmp_path)
    with opened(tmp_path) as office:
        yield office


@pytest.fixture
def ask(office: "Office") -> "Asking":
    """Whoever sits at its machine."""
    from web import asking

    return asking(office)
