"""Troubles of the machine pass without loss: a full disk, a lock, a read-only disk, names that nobody resolves."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from newsday import SECRET, Newsday, newsday
from other_world import COMPILER, WHY_NOT, World
from told_systemd import Listener, systemd

PATIENCE = timedelta(seconds=90)
FEEDS = "SELECT count(*) FROM feed"
FAILING = f"{FEEDS} WHERE failures > 0 AND last_error LIKE '%resolve%'"
TRIES = "SELECT sum(failures) FROM feed"
MEGABYTE = b"\0" * 2**20


def can_mount() -> bool:
    done = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    return done.returncode == 0


def make_image(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(64 * 2**20)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", str(path)], check=True, capture_output=True)


def can_loop() -> bool:
    """Whether a file can be mounted as a disk here."""
    if not shutil.which("mke2fs", path=f"{os.environ['PATH']}:/usr/sbin:/sbin"):
        return False
    with TemporaryDirectory() as folder:
        image = Path(folder, "image")
        make_image(image)
        words = ["unshare", "--mount", "mount", "-o", "loop", str(image), "/mnt"]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own, of which so much can be filled."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


class Daemon:
    """`monitor run` on an archive, what it said to systemd, and its log."""

    def __init__(self, day: Newsday, database: Path, heard: Listener, environ: Mapping[str, str]) -> None:
        self.day, self.database, self.heard = day, database, heard
        self.log = day.folder / "daemon.log"
        self.environ = {**os.environ, "MONITOR_SECRET_HOOK": SECRET, **environ}
        self.start()

    def start(self) -> None:
        """Start it, again where it was stopped."""
        command = [sys.executable, "-m", "monitor", "--config", str(self.day.config), "run"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environ, stderr=log)
        self.heard.until("READY", 120)

    def until(self, what: Callable[[], bool], why: str) -> None:
        """Wait for that, at the pace at which the daemon gives signs of life."""
        end = datetime.now(UTC) + PATIENCE
        while not what():
            assert datetime.now(UTC) < end, f"{why}\n{self.log.read_text('utf-8')[-3000:]}"
            assert self.process.poll() is None
            self.said()

    def said(self) -> str:
        """Its next status line."""
        try:
            return self.heard.until("STATUS", 8)["STATUS"]
        except TimeoutError:
            return ""

    def count(self, asked: str) -> int:
        connection = sqlite3.connect(self.database, timeout=30)
        try:
            return int(connection.execute(asked).fetchone()[0])
        finally:
            connection.close()

    def logged(self, words: str) -> bool:
        return words in self.log.read_text("utf-8")

    def told_of(self, number: int) -> bool:
        """Whether so many articles came in, and nothing is owed any more."""
        articles = "SELECT count(*) FROM article WHERE state IN ('read', 'tell')"
        owed = f"SELECT ({articles}) + (SELECT count(*) FROM alert WHERE state = 'owed')"
        return self.count("SELECT count(*) FROM article") >= number and self.count(owed) == 0

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0


@contextmanager
def at_work(
    tmp_path: Path, database: Path, *, more: str = "", host: str = "127.0.0.1", **environ: str
) -> Iterator[Daemon]:
    """A daemon that works on a newsroom's feeds, which it finds at a host."""
    with newsday(tmp_path / "day", first=6) as day, systemd(tmp_path / "notify") as heard:
        text = day.config.read_text("utf-8").replace('path = "monitor.db"', f'path = "{database}"')
        text = text.replace('url = "http://127.0.0.1', f'url = "http://{host}', text.count("[[feed]]"))
        day.config.write_text(text.replace("[topics]", f'[metrics]\nlisten = ""\n{more}[topics]'), "utf-8")
        daemon = Daemon(day, database, heard, {"NOTIFY_SOCKET": str(tmp_path / "notify"), **environ})
        try:
            yield daemon
        finally:
            daemon.process.kill()
            daemon.process.wait()


def nothing_lost(daemon: Daemon) -> None:
    """Every alert that is owed was sent, each under one id, and to each receiver."""
    assert daemon.count("SELECT count(*) FROM alert WHERE state NOT IN ('sent', 'dropped')") == 0
    sent = daemon.count("SELECT count(*) FROM alert WHERE state = 'sent'")
    assert len({told["id"] for told in daemon.day.received()}) >= sent > 0


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or not can_mount(), reason="a small disk needs root and mount")
def test_a_full_disk_and_a_lock_pass_are_said_and_lose_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24) as disk, at_work(tmp_path, disk / "monitor.db") as daemon:
        daemon.until(lambda: daemon.told_of(6), "the first articles")

        holder = sqlite3.connect(daemon.database, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        end = datetime.now(UTC) + timedelta(minutes=1)
        daemon.day.publish(6)
        daemon.until(lambda: "the database refuses" in daemon.said(), "the lock is said in the status")
        daemon.until(lambda: datetime.now(UTC) > end, "it holds for a minute")
        holder.execute("ROLLBACK")
        holder.close()
        daemon.until(lambda: daemon.told_of(12), "work goes on after the lock")
        assert daemon.logged("database is locked")
        assert daemon.logged("wait, or end that program")

        with (disk / "ballast").open("wb") as ballast:
            try:
                while True:
                    ballast.write(MEGABYTE)
            except OSError:
                pass
        daemon.day.publish()
        daemon.until(
            lambda: daemon.logged("is full") or daemon.logged("disk I/O error"), "the full disk is said in the log"
        )
        daemon.until(lambda: "the database refuses" in daemon.said(), "and in the status")
        (disk / "ballast").unlink(missing_ok=True)
        daemon.until(lambda: daemon.told_of(40), "work goes on when there is room")
        daemon.until(lambda: "the database refuses" not in daemon.said(), "and the status says so")
        assert daemon.logged("the database takes work again")
        daemon.stop()
        nothing_lost(daemon)
        assert daemon.count("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or not can_mount(), reason="a read-only disk needs root and mount")
def test_on_a_read_only_disk_it_says_so_at_once_and_works_when_that_ends(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24) as disk:
        path = tmp_path / "config.toml"
        path.write_text(f'[database]\npath = "{disk}/monitor.db"\n[metrics]\nlisten = ""\n', "utf-8")
        command = [sys.executable, "-m", "monitor", "--config", str(path)]
        subprocess.run([*command, "db", "upgrade"], check=True, capture_output=True, timeout=60)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        done = subprocess.run([*command, "run"], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1
        assert "writable for this user" in done.stderr
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        with systemd(tmp_path / "notify") as heard:
            daemon = subprocess.Popen([*command, "run"], env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")})
            heard.until("READY")
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(20) == 0


@contextmanager
def disk_that_dies(folder: Path, image: Path) -> Iterator[Path]:
    """A disk with a file system of its own."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or not can_loop(), reason="a disk that dies needs root, mke2fs and loop devices")
def test_a_file_system_that_the_kernel_makes_read_only_is_said_and_once_mended_nothing_is_lost(tmp_path: Path) -> None:
    image = tmp_path / "image"
    make_image(image)
    with disk_that_dies(tmp_path / "disk", image) as disk, at_work(tmp_path, disk / "monitor.db") as daemon:
        daemon.until(lambda: daemon.told_of(6), "the first articles")
        # As the kernel does it when a disk fails; where files are open to be written, nobody else can.
        subprocess.run(["mount", "-o", "remount,abort", str(disk)], check=True)
        daemon.day.publish(6)
        daemon.until(lambda: "the database refuses" in daemon.said(), "the disk is said in the status")
        assert daemon.logged("disk I/O error") or daemon.logged("readonly")
        daemon.process.terminate()
        daemon.process.wait(30)
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
        mended = Path(shutil.copy(image, tmp_path / "mended"))  # others may still hold the first one
        assert subprocess.run(["e2fsck", "-p", str(mended)], capture_output=True, check=False).returncode in {0, 1}
        with disk_that_dies(disk, mended):
            daemon.start()
            daemon.day.publish()
            daemon.until(lambda: daemon.told_of(40), "it works on")
            daemon.stop()
            nothing_lost(daemon)
            assert daemon.count("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0


@pytest.mark.slow
def test_another_time_zone_moves_no_time_and_nothing_is_told_twice(tmp_path: Path) -> None:
    with at_work(tmp_path, tmp_path / "monitor.db", TZ="Pacific/Kiritimati") as daemon:
        daemon.until(lambda: daemon.told_of(6), "the first articles")
        daemon.stop()
        daemon.environ["TZ"] = "Pacific/Pago_Pago"  # 25 hours behind
        daemon.start()
        daemon.day.publish()
        daemon.until(lambda: daemon.told_of(40), "the others")
        daemon.stop()
        nothing_lost(daemon)
        ids = [told["id"] for told in daemon.day.received()]
        assert len(ids) == len(set(ids))
        seen = "SELECT count(*) FROM article WHERE abs(julianday(seen_at) - julianday('now')) > 0.02"
        assert daemon.count(seen) == 0
        assert not daemon.logged("the clock was set")


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason=WHY_NOT)
def test_names_that_are_gone_and_a_disk_that_becomes_read_only_pass_without_loss(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    database = tmp_path / "disk" / "monitor.db"
    database.parent.mkdir()
    world.take_names(yes=True)
    with at_work(tmp_path, database, host="news.test", **world.environ) as daemon:
        daemon.until(lambda: daemon.count(FAILING) == daemon.count(FEEDS), "every feed fails, and says why")
        assert daemon.count("SELECT count(*) FROM article") == 0
        failed = daemon.count(TRIES)
        world.set_clock(timedelta(minutes=10))
        daemon.until(lambda: daemon.count(TRIES) > failed, "ten minutes later they are tried again, and fail")
        assert daemon.count(FAILING) == daemon.count(FEEDS)
        world.take_names(yes=False)
        daemon.until(lambda: daemon.told_of(6), "the first articles come when there are names")
        daemon.until(lambda: daemon.count(FAILING) == 0, "and no feed fails any more")

        world.make_readonly(database.parent, yes=True)
        daemon.day.publish(6)
        daemon.until(lambda: "the database refuses" in daemon.said(), "the disk is said in the status")
        assert daemon.logged("disk I/O error") or daemon.logged("readonly")
        world.make_readonly(database.parent, yes=False)
        daemon.until(lambda: daemon.told_of(12), "work goes on when it can be written again")
        daemon.until(lambda: "the database refuses" not in daemon.said(), "and the status says so")
        assert daemon.logged("the database takes work again")

        daemon.day.publish()
        daemon.until(lambda: daemon.told_of(40), "nothing was lost")
        daemon.stop()
        nothing_lost(daemon)
        assert daemon.count("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0


async def test_feeds_whose_names_cannot_be_resolved_are_polled_again_and_recover(tmp_path: Path) -> None:
    from servers import RSS, Site, http, then_close

    from monitor.edge.fetch import Fetcher, FetchSettings
    from monitor.errors import FetchError

    gone = True

    def look_up(host: str, port: int, *rest: object, **named: object) -> object:
        if gone:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)

    async with Site({"/rss": then_close(http(RSS, "200 OK", "Content-Type: application/rss+xml"))}) as site:
        settings = FetchSettings("monitor/test", allow_private=("127.0.0.0/8",), host_gap_s=0.0)
        async with Fetcher(settings, look_up=look_up) as fetcher:  # type: ignore[arg-type]
            with pytest.raises(FetchError) as met:
                await fetcher.get(f"http://news.example:{site.port}/rss")
            assert (met.value.reason, met.value.permanent) == ("dns", False)
            gone = False
            assert (await fetcher.get(f"http://news.example:{site.port}/rss")).status == 200
