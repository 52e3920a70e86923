"""Backups are whole, compressed, verified and rotated; an archive comes back from one, on this machine or another."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from desk import ARTICLES, Monitor, furnish, table
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.config import load
from monitor.edge import backups, migrate
from monitor.edge.clock import clock
from monitor.edge.database import sole_daemon
from monitor.errors import MonitorError, StoreError
from monitor.wire import open_store


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    furnish(folder)
    return folder


def at(folder: Path) -> Monitor:
    return lambda *words: CliRunner().invoke(app, ["--config", str(folder / "config.toml"), *words])


def made(home: Path, *words: str) -> Path:
    done = at(home)("backup", "--json", *words)
    assert done.exit_code == 0, done.output
    return Path(json.loads(done.output)["file"])


@pytest.mark.slow
def test_an_archive_comes_back_on_a_new_machine_with_its_configuration(home: Path, tmp_path: Path) -> None:
    file = made(home)
    assert file.parent == home / "backups"
    assert file.stat().st_mode & 0o777 == 0o600
    new = tmp_path / "new"
    done = at(new)("restore", str(file), "--configuration", str(new))
    assert done.exit_code == 0, done.output
    assert (new / "harbours.toml").read_text("utf-8") == (home / "harbours.toml").read_text("utf-8")
    assert table(new, "article") == table(home, "article")
    assert len(table(new, "article")) == len(ARTICLES)
    assert at(new)("search", "wheat", "--json").exit_code == 0


def test_it_is_smaller_than_the_database_and_says_what_it_holds(home: Path) -> None:
    file = made(home)
    manifest = backups.verify(file)
    assert manifest.schema == migrate.HEAD
    assert file.stat().st_size < manifest.bytes / 3
    assert set(manifest.digests) == {"monitor.db", "files/config.toml", "files/harbours.toml"}


def test_secrets_are_in_no_backup(home: Path) -> None:
    secrets = home / "secrets"
    secrets.mkdir()
    (secrets / "desk").write_text("korrekt-pferd-batterie", "utf-8")
    path = home / "config.toml"
    path.write_text(f'secrets_dir = "secrets"\n{path.read_text("utf-8")}', "utf-8")
    assert not any("desk" in name for name in backups.verify(made(home)).digests)


def test_the_newest_stay_and_older_ones_go(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    for day in range(1, 5):
        (folder / f"monitor-2026030{day}T020000Z.tar.zst").write_bytes(b"old")
    (folder / "notes.txt").write_text("mine", "utf-8")
    file = made(home, str(folder), "--keep", "2")
    assert sorted(path.name for path in folder.iterdir()) == [
        "monitor-20260304T020000Z.tar.zst",
        file.name,
        "notes.txt",
    ]
    assert backups.newest(folder) == file


@pytest.mark.parametrize("harm", [lambda b: b[: len(b) // 2], lambda b: b[:300] + b"\x00" + b[301:], lambda _: b"no"])
@pytest.mark.slow
def test_a_damaged_backup_is_refused_and_changes_nothing(home: Path, harm: Callable[[bytes], bytes]) -> None:
    file = made(home)
    file.write_bytes(harm(file.read_bytes()))
    before = (home / "monitor.db").read_bytes()
    for words in (("--check",), ()):
        done = at(home)("restore", str(file), *words)
        assert done.exit_code == 1, done.output
    assert (home / "monitor.db").read_bytes() == before
    assert sorted(path.name for path in home.iterdir() if "restored" in path.name) == []


@pytest.mark.slow
def test_what_lay_there_is_kept_with_its_log(home: Path) -> None:
    file = made(home)
    with sqlite3.connect(home / "monitor.db") as database:
        database.execute("UPDATE article SET note = 'later'")
    database.close()
    done = at(home)("restore", str(file))
    assert done.exit_code == 0, done.output
    kept = next(home.glob("monitor.db.replaced-*"))
    assert sqlite3.connect(kept).execute("SELECT DISTINCT note FROM article").fetchall() == [("later",)]
    assert {row[0] for row in sqlite3.connect(home / "monitor.db").execute("SELECT note FROM article")} == {""}


@pytest.mark.slow
def test_a_copy_from_before_an_upgrade_is_the_way_back(home: Path) -> None:
    copy = migrate.backup(home / "monitor.db", home / "monitor.db.before-0016-20260301T120000")
    with sqlite3.connect(home / "monitor.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")  # a newer program was here
    database.close()
    assert at(home)("status").exit_code == 1
    done = at(home)("restore", str(copy))
    assert done.exit_code == 0, done.output
    assert at(home)("search", "wheat").exit_code == 0


def test_a_backup_of_a_newer_program_is_refused_with_what_to_install(home: Path) -> None:
    target = home / "b.tar.zst"
    backups.pack(home / "monitor.db", "9999", {}, target, clock(), "7.0.0")
    done = at(home)("restore", str(target))
    assert done.exit_code == 1
    assert isinstance(done.exception, MonitorError)
    assert done.exception.hint == "install monitor 7.0.0 or newer"


@pytest.mark.slow
def test_a_daemon_at_work_keeps_its_archive(home: Path) -> None:
    file = made(home)
    with sole_daemon(home / "monitor.db"):
        code = "import sys; from monitor.cli.main import main; sys.argv[0] = 'monitor'; main()"
        words = [sys.executable, "-c", code, "--config", str(home / "config.toml"), "restore", str(file)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "another monitor is running" in done.stderr


def test_it_is_consistent_while_others_write(home: Path) -> None:
    writer = sqlite3.connect(home / "monitor.db")
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE article SET note = 'half done'")  # and not saved
    file = home / "made.tar.zst"
    backups.pack(home / "monitor.db", migrate.HEAD, {}, file, clock(), "1")
    writer.rollback()
    writer.close()
    target = home / "copy.db"
    backups.unpack(file, target, clock())
    assert {row[0] for row in sqlite3.connect(target).execute("SELECT note FROM article")} == {""}


def test_a_disk_that_is_full_leaves_no_half_backup_and_the_older_ones(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    store = open_store(load(home / "config.toml"))
    store.close()
    with pytest.raises(StoreError, match="No such file"):
        backups.pack(home / "monitor.db", "0016", {}, folder / "no" / "b.tar.zst", clock(), "1")
    assert list(folder.iterdir()) == []
