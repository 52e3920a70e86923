"""The Debian package under a real systemd: installed, killed, hung, reloaded, stopped, upgraded and purged."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from machine import BASE, Machine, booted, why_not
from newsday import SECRET, Newsday, newsday
from other_world import COMPILER, WHY_NOT, World

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can")]
DATABASE = "/var/lib/monitor/monitor.db"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="monitor-test-service-", dir=BASE.parent))  # on its disk, and not in memory
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def build(version: str) -> Path:
    environ = {**os.environ, "COMPRESS": "none", "STAGE": "build/deb"}
    done = subprocess.run(
        ["deploy/deb.sh", version], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr
    return ROOT / done.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def packages(folder: Path) -> tuple[Path, Path]:
    """This program as a package, and the same under a later version; or two that were made before."""
    if made := os.environ.get("MONITOR_TEST_PACKAGES"):
        first, second = sorted(Path(made).glob("monitor_*.deb"))
        return first, second
    found = [Path(shutil.move(build(version), folder)) for version in ("0.1.0~test1", "0.1.0~test2")]
    return found[0], found[1]


@pytest.fixture(scope="module")
def day(folder: Path) -> Iterator[Newsday]:
    with newsday(folder / "day", first=5) as started:
        yield started


@pytest.fixture(scope="module")
def machine(folder: Path, packages: tuple[Path, Path], day: Newsday) -> Iterator[Machine]:
    """A Debian with the package installed, watching a newsroom on loopback."""
    with booted(folder / "machine") as one:
        install(one, packages[0])
        one.until(lambda: one.show("monitor", "ActiveState") == "active")
        configure(one, day)
        one.run("systemctl", "restart", "monitor")
        yield one


def install(machine: Machine, package: Path) -> str:
    shutil.copy(package, machine.root / "srv" / package.name)
    said = machine.run("dpkg", "--force-confdef", "--force-confold", "-i", f"/srv/{package.name}", within_s=600)
    (machine.root / "srv" / package.name).unlink()
    return said


def configure(machine: Machine, day: Newsday) -> None:
    """As an administrator would: feeds, a receiver, its secret in a file."""
    text = day.config.read_text("utf-8").replace('path = "monitor.db"', f'path = "{DATABASE}"')
    assert DATABASE in text
    text = 'secrets_dir = "/etc/monitor/secrets"  # for the commands of root\n' + text
    (machine.root / "etc/monitor/config.toml").write_text(text, "utf-8")
    secret = machine.root / "etc/monitor/secrets/hook"
    secret.write_text(SECRET, "utf-8")
    secret.chmod(0o600)


def pid(machine: Machine) -> str:
    return machine.show("monitor", "MainPID")


def articles(machine: Machine) -> int:
    said = json.loads(machine.run("monitor", "db", "info", "--json"))
    return int(said["articles"])


def test_it_is_enabled_works_and_says_what_it_does(machine: Machine, day: Newsday) -> None:
    assert machine.run("systemctl", "is-enabled", "monitor.service", "monitor-web.socket").split() == ["enabled"] * 2
    machine.until(lambda: "done since the start" in machine.show("monitor", "StatusText"))
    machine.until(lambda: articles(machine) >= 5)
    machine.until(lambda: len(day.received()) > 0)
    assert "running since" in machine.run("monitor", "status")


def test_the_pages_are_started_by_who_asks_for_them(machine: Machine) -> None:
    code = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8787/api/v1/me', timeout=60).read())"
    assert "local" in machine.run("python3", "-c", code)
    assert machine.show("monitor-web", "ActiveState") == "active"


def test_it_runs_as_nobody_else_and_only_it_reads_its_secrets(machine: Machine) -> None:
    user = machine.run("ps", "-o", "uid=", "-p", pid(machine)).strip()
    assert int(user) in range(61_184, 65_520)  # made up by systemd
    found = machine.run("find", "/run/credentials/monitor.service", "-type", "f", "-printf", "%f %m %U\n")
    assert found.split()[0] == "secret_hook"
    assert found.split()[1] in {
        "400",
        "440",
    }  # where no file system of its own can be mounted, a group stands for the ACL
    environ = machine.run("cat", f"/proc/{pid(machine)}/environ")
    assert SECRET not in environ
    for path in ("/etc/monitor/secrets/hook", "/run/credentials/monitor.service/secret_hook", DATABASE):
        said = machine.run("setpriv", "--reuid=nobody", "--clear-groups", "cat", path, fails=True)
        assert "Permission denied" in said


def test_killed_it_comes_back_and_works_on(machine: Machine) -> None:
    before = pid(machine)
    machine.run("kill", "-9", before)
    machine.until(lambda: pid(machine) not in {"0", before} and machine.show("monitor", "ActiveState") == "active")
    assert machine.show("monitor", "NRestarts") == "1"


@contextmanager
def drop_in(machine: Machine, text: str) -> Iterator[None]:
    folder = machine.root / "etc/systemd/system/monitor.service.d"
    folder.mkdir(parents=True)
    (folder / "test.conf").write_text(text, "utf-8")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "monitor")
    yield
    shutil.rmtree(folder)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "monitor")


def test_hung_it_is_ended_by_the_watchdog_and_comes_back(machine: Machine) -> None:
    with drop_in(machine, "[Service]\nWatchdogSec=3\nRestartSec=0\nTimeoutAbortSec=1\n"):
        before = pid(machine)
        machine.run("kill", "-STOP", before)
        machine.until(lambda: pid(machine) not in {"0", before} and machine.show("monitor", "ActiveState") == "active")
        assert "Watchdog timeout" in machine.log()


@pytest.mark.skipif(COMPILER is None, reason=WHY_NOT)
def test_a_beat_that_hangs_while_the_rest_lives_is_noticed_and_ended_by_the_watchdog(
    machine: Machine, day: Newsday
) -> None:
    world = World(machine.root / "srv/world")
    environ = "Environment=LD_PRELOAD=/srv/world/world.so OTHER_WORLD=/srv/world"
    with drop_in(machine, f"[Service]\nWatchdogSec=3\nRestartSec=0\nTimeoutAbortSec=1\n{environ}\n"):
        before, known = pid(machine), articles(machine)
        follow = "journalctl --follow --lines=0 --unit=monitor.service | grep --quiet --max-count=1 'Watchdog timeout'"
        world.hang_disk(yes=True)
        day.publish(3)
        assert pid(machine) == before
        machine.run("timeout", "500", "sh", "-c", follow, within_s=600)  # five minutes until a beat counts as stuck
        world.hang_disk(yes=False)
        assert "stuck for more than 300 s" in machine.log()
        machine.until(lambda: pid(machine) not in {"0", before} and machine.show("monitor", "ActiveState") == "active")
        machine.until(lambda: articles(machine) >= known + 3)


def test_where_addresses_are_barred_only_those_that_are_named_are_reached(machine: Machine, day: Newsday) -> None:
    text = (ROOT / "deploy/egress.conf").read_text("utf-8")
    named = [f"--property={line}" for line in text.splitlines() if line.startswith("IPAddress")]
    elsewhere = machine.run("hostname", "-I").split()
    if not elsewhere:
        pytest.skip("this machine has no address but those of loopback")
    port = day.base.rpartition(":")[2]
    code = f"""
import socket
for host in ("127.0.0.1", {elsewhere[0]!r}):
    try:
        socket.create_connection((host, {port}), 3).close()
        print("reached")
    except OSError as error:
        print(type(error).__name__)
"""
    barred = machine.run("systemd-run", "--quiet", "--wait", "--pipe", *named, "python3", "-c", code)
    assert barred.split() == ["reached", "TimeoutError"]
    assert machine.run("python3", "-c", code).split() == ["reached", "ConnectionRefusedError"]
    with drop_in(machine, text):
        known = articles(machine)
        day.publish(2)
        machine.until(lambda: articles(machine) >= known + 2)


def test_the_timer_makes_a_backup_by_itself_that_can_be_restored(machine: Machine) -> None:
    backups = machine.root / "var/lib/private/monitor/backups"
    folder = machine.root / "etc/systemd/system/monitor-backup.timer.d"
    folder.mkdir(parents=True)
    soon = "[Timer]\nOnCalendar=\nOnCalendar=*:*:0/5\nRandomizedDelaySec=0\nAccuracySec=1\n"
    (folder / "soon.conf").write_text(soon, "utf-8")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "monitor-backup.timer")
    machine.until(lambda: any(backups.glob("monitor-*.tar.zst")))
    shutil.rmtree(folder)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "monitor-backup.timer")
    machine.until(lambda: machine.show("monitor-backup.service", "ActiveState") == "inactive")
    assert machine.show("monitor-backup.service", "Result") == "success"
    newest = max(backups.glob("monitor-*.tar.zst")).name
    assert "whole" in machine.run("monitor", "restore", f"/var/lib/monitor/backups/{newest}", "--check")


def test_a_good_configuration_is_taken_over_and_a_bad_one_refused(machine: Machine) -> None:
    path = machine.root / "etc/monitor/config.toml"
    good = path.read_text("utf-8")
    before = pid(machine)
    machine.run("systemctl", "reload", "monitor")
    path.write_text(good + "\ncolour = 1\n", "utf-8")
    machine.run("systemctl", "reload", "monitor", fails=True)
    errors = ("journalctl", "--no-pager", "--unit=monitor.service", "--priority=err")
    machine.until(lambda: "colour" in machine.run(*errors))  # the journal knows what is worth an alarm
    assert " polled " not in machine.run(*errors)
    assert " polled " in machine.run("journalctl", "--no-pager", "--unit=monitor.service")
    assert (pid(machine), machine.show("monitor", "ActiveState")) == (before, "active")
    path.write_text(good, "utf-8")
    machine.run("systemctl", "reload", "monitor")


def test_a_further_worker_has_a_configuration_and_an_archive_of_its_own(machine: Machine) -> None:
    text = (machine.root / "etc/monitor/config.toml").read_text("utf-8")
    text = text.replace(DATABASE, "/var/lib/monitor/second/monitor.db") + '\n[metrics]\nlisten = ""\n'
    (machine.root / "etc/monitor/second.toml").write_text(text, "utf-8")
    (machine.root / "etc/monitor/second.env").write_text("CONFIG=/etc/monitor/second.toml\n", "utf-8")
    machine.run("systemctl", "start", "monitor@second")
    machine.until(lambda: "done since the start" in machine.show("monitor@second", "StatusText"))
    said = json.loads(machine.run("monitor", "--config", "/etc/monitor/second.toml", "db", "info", "--json"))
    assert said["articles"] >= 0
    machine.run("systemctl", "stop", "monitor@second")
    assert machine.show("monitor", "ActiveState") == "active"


def test_an_upgrade_keeps_configuration_and_archive(machine: Machine, packages: tuple[Path, Path]) -> None:
    path = machine.root / "etc/monitor/config.toml"
    kept, known, before = path.read_text("utf-8"), articles(machine), pid(machine)
    install(machine, packages[1])
    assert path.read_text("utf-8") == kept
    machine.until(lambda: pid(machine) not in {"0", before} and machine.show("monitor", "ActiveState") == "active")
    assert articles(machine) >= known > 0
    assert machine.run("dpkg-query", "-W", "-f", "${Version}", "monitor") == "0.1.0~test2"


def test_it_stops_within_five_seconds_with_its_work_handed_back(machine: Machine) -> None:
    machine.run("timeout", "5", "systemctl", "stop", "monitor")
    assert machine.show("monitor", "Result") == "success"
    assert "stopped" in machine.log()
    held = [f"SELECT count(*) FROM {name} WHERE token <> ''" for name in ("feed", "article", "alert")]
    asked = f"[c.execute(q).fetchone()[0] for q in {held}]"
    code = f"import sqlite3; c = sqlite3.connect('{DATABASE}'); print({asked})"
    assert machine.run("python3", "-c", code).strip() == "[0, 0, 0]"
    machine.run("systemctl", "start", "monitor")


def test_a_purge_leaves_nothing(machine: Machine) -> None:
    machine.run("dpkg", "--purge", "monitor", within_s=600)
    paths = ["/opt/monitor", "/etc/monitor"]
    paths += [f"/var/{kind}/{place}monitor" for kind in ("lib", "cache") for place in ("", "private/")]
    assert [path for path in paths if os.path.lexists(machine.root / path.lstrip("/"))] == []
    assert machine.run("systemctl", "list-unit-files", "monitor*", "--no-legend", fails=True).strip() == ""
