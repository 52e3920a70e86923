"""The daemon as an administrator meets it: it says when it is ready, answers, reloads, and stops at once."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from newsday import Newsday, newsday

from monitor.cli.main import main


def ask(day: Newsday, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Another shell, with more in its environment."""
    command = [sys.executable, "-m", "monitor", "--config", str(day.config), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=environ() | more)


def environ() -> dict[str, str]:
    from newsday import SECRET

    return {**os.environ, "MONITOR_SECRET_HOOK": SECRET}


@pytest.mark.slow
def test_it_answers_another_shell_refuses_a_second_instance_reloads_and_stops_within_two_seconds(
    tmp_path: Path,
) -> None:
    with newsday(tmp_path / "day", first=5) as day:
        daemon = day.start()
        status = ask(day, "status")
        assert status.returncode == 0
        assert "running since" in status.stdout
        second = ask(day, "run")
        assert second.returncode == 1
        assert "another monitor is running" in second.stderr
        assert "stop it first" in second.stderr
        again = ask(day, "reload")
        assert again.returncode == 0, again.stderr
        assert "reloaded by process" in again.stdout
        day.config.write_text(day.config.read_text("utf-8") + "\ncolour = 1\n", "utf-8")
        refused = ask(day, "reload")
        assert refused.returncode == 2
        assert "colour" in refused.stderr
        by_systemd = ask(day, "reload", "--ask", MAINPID=str(daemon.pid))
        assert by_systemd.returncode == 2
        assert "colour" in by_systemd.stderr
        log = day.folder / "daemon.log"
        until = datetime.now(UTC).timestamp() + 20
        while "was not reloaded" not in log.read_text("utf-8"):
            assert datetime.now(UTC).timestamp() < until
            assert daemon.poll() is None
        asked = datetime.now(UTC)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=10) == 0
        assert (datetime.now(UTC) - asked).total_seconds() < 5  # 2 s on a quiet machine; this one runs other tests
        with sqlite3.connect(day.folder / "monitor.db") as archive:
            held = [archive.execute(f"SELECT count(*) FROM {name} WHERE token <> ''").fetchone() for name in OWED]
        archive.close()
        assert held == [(0,), (0,), (0,)]
        assert ask(day, "status").returncode == 2  # the configuration is broken, and says so


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The program, called with some words: the code it ends with, and what it says of it."""

    def ended(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["monitor", *words])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), capsys.readouterr().err

    return ended


@pytest.mark.slow
def test_a_reload_without_a_daemon_says_so(tmp_path: Path, ended: Callable[..., tuple[int, str]]) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    code, said = ended("--config", str(path), "reload")
    assert code == 4
    assert "no daemon works on this database" in said


OWED = ("feed", "article", "alert")


def test_a_wrong_configuration_ends_with_every_fault_and_the_code_for_it(
    tmp_path: Path, ended: Callable[..., tuple[int, str]]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text('colour = 1\n[topics]\npacks = ["nothing"]\n[[topic]]\nname = "t"\nquery = "a AND"\n')
    code, said = ended("--config", str(path), "check")
    assert code == 2
    assert "colour" in said
    path.write_text('[[topic]]\nname = "t"\nquery = "talks AND"\n')
    code, said = ended("--config", str(path), "check")
    assert code == 2
    assert f"{path}:3:" in said
