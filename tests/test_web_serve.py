"""The server as a process: it says where it listens, takes over what changed, and stops without cutting anybody off."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import httpx
import pytest
from desk import furnish
from typer.testing import CliRunner
from web import with_setting

from monitor.cli.main import app
from monitor.errors import ConfigError, MonitorError

WAIT = 60.0  # for a process to say something, on a busy machine


@contextmanager
def served(home: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`monitor web` on a port of its own, and its address."""
    command = [sys.executable, "-m", "monitor", "--config", str(home / "config.toml"), "web", "--port", "0", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        said = process.stdout.readline()
        address = re.search(r"http://\S+", said)
        assert address, said + (process.stderr.read() if process.stderr else "")
        yield process, address[0].rstrip("/")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_it_says_where_it_listens_answers_and_stops_when_asked(tmp_path: Path) -> None:
    furnish(tmp_path)
    with served(tmp_path) as (process, base):
        assert httpx.get(f"{base}/api/v1/me").json()["by"] == "local"
        assert "server" not in httpx.get(f"{base}/nowhere").headers
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT) == 0


@pytest.mark.slow
def test_a_faulty_configuration_at_sighup_leaves_the_old_one_in_force(tmp_path: Path) -> None:
    furnish(tmp_path)
    with served(tmp_path) as (process, base):
        path = tmp_path / "config.toml"
        path.write_text(path.read_text("utf-8") + "\nnonsense = 1\n", "utf-8")
        process.send_signal(signal.SIGHUP)
        assert process.stderr
        assert "stays in force" in process.stderr.readline()
        assert httpx.get(f"{base}/api/v1/me").status_code == 200


@pytest.mark.slow
def test_it_serves_on_a_socket_that_systemd_opened(tmp_path: Path) -> None:
    furnish(tmp_path)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        code = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True); "
            "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid())); "
            "os.execv(sys.executable, [sys.executable, '-m', 'monitor', '--config', sys.argv[2], 'web'])"
        )
        command = [sys.executable, "-c", code, str(listener.fileno()), str(tmp_path / "config.toml")]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, pass_fds=[listener.fileno()]
        ) as process:
            assert process.stdout
            assert f":{port}/" in process.stdout.readline()
            with urlopen(f"http://127.0.0.1:{port}/api/v1/me", timeout=WAIT) as answer:
                assert answer.status == 200
            process.terminate()
            assert process.wait(WAIT) == 0


def test_another_address_is_not_served_without_a_token(tmp_path: Path) -> None:
    furnish(tmp_path)
    refused = CliRunner().invoke(
        app, ["--config", str(tmp_path / "config.toml"), "web", "--host", "0.0.0.0", "--port", "0"]
    )
    assert isinstance(refused.exception, ConfigError)
    assert "no token" in str(refused.exception)
    assert "monitor token add" in refused.exception.hint


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    furnish(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), "web", "--port", port])
    assert isinstance(refused.exception, MonitorError)
    assert port in str(refused.exception)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('host = "127.0.0.1:80"', "web.host"),
        ('public_url = "https://x.example/path"', "web.public_url"),
        ('origins = ["https://x.example/a"]', "web.origins"),
        ('rate = "often"', "web.rate"),
        ("page_size = 300", "page_size"),
    ],
)
def test_faulty_settings_are_named(tmp_path: Path, line: str, fault: str) -> None:
    furnish(tmp_path)
    with_setting(tmp_path, line)
    refused = CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), "web"])
    assert isinstance(refused.exception, ConfigError)
    assert fault in str(refused.exception)


@pytest.mark.slow
def test_tokens_are_made_listed_and_removed(tmp_path: Path) -> None:
    furnish(tmp_path)

    def monitor(*words: str):
        return CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), *words])

    assert "no token" in monitor("token", "list").output
    made = monitor("token", "add", "reader")
    assert re.fullmatch(r"mon_[\w-]{43}\n", made.stdout)
    assert monitor("token", "add", "ops", "--scope", "manage", "--for", "30d").exit_code == 0
    listed = monitor("token", "list").output
    assert "reader" in listed
    assert "manage" in listed
    assert made.stdout.strip() not in listed
    assert isinstance(monitor("token", "add", "ops").exception, MonitorError)
    for words in (("x", "--scope", "all"), ("x", "--for", "ever"), ("",), ("a\nb",)):
        assert monitor("token", "add", *words).exit_code == 2
    assert monitor("token", "remove", "reader").exit_code == 0
    assert monitor("token", "remove", "reader").exit_code == 4


def test_the_descriptors_of_another_process_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.web.serve import inherited

    monkeypatch.setenv("LISTEN_PID", str(os.getpid() + 1))
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert inherited() == []
