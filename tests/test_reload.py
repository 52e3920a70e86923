"""A changed configuration is put in force in every daemon of an archive, and each answers for itself: as processes."""

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

psycopg = pytest.importorskip("psycopg")
PATIENCE_S = 90.0


def monitor(config: Path, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """The command, with more in its environment."""
    command = [sys.executable, "-m", "monitor", "--config", str(config), *words]
    environ = os.environ | more
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environ)


def start(config: Path) -> "subprocess.Popen[bytes]":
    with config.with_suffix(".log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "monitor", "--config", str(config), "run"], stderr=log)


def wait_for_daemons(address: str, count: int) -> None:
    until = time.monotonic() + PATIENCE_S
    with closing(psycopg.connect(address, autocommit=True)) as archive:
        found = None
        while found != (count,):
            assert time.monotonic() < until
            found = archive.execute("SELECT count(*) FROM run").fetchone()


@pytest.mark.slow
def test_all_daemons_of_an_archive_reload_and_the_one_that_refuses_is_named(postgres: str, tmp_path: Path) -> None:
    good, other = tmp_path / "one.toml", tmp_path / "other.toml"
    for path in (good, other):
        path.write_text(f'[database]\nurl = "{postgres}"\n[read]\nworkers = 1\n', "utf-8")
    assert monitor(good, "db", "upgrade").returncode == 0
    daemons = [start(good), start(other)]
    try:
        wait_for_daemons(postgres, 2)
        other.write_text(other.read_text("utf-8") + "colour = 1\n", "utf-8")
        one = monitor(good, "reload")
        assert one.returncode == 1
        assert f"reloaded by process {daemons[0].pid}" in one.stdout
        assert f"process {daemons[1].pid}" in one.stderr
        assert "the old configuration stays in force" in one.stderr
        assert "colour" in one.stderr
        alone = monitor(good, "reload", "--ask", MAINPID=str(daemons[0].pid))
        assert alone.returncode == 0, alone.stderr
        assert alone.stdout.count("reloaded by process") == 1
    finally:
        for daemon in daemons:
            daemon.kill()
            daemon.wait()
