"""The units in deploy/: systemd finds nothing to complain of, they are shut tight, and they agree with each other."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parent.parent / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
LASTING = [unit for unit in SERVICES if unit.name != "monitor-backup.service"]
UNITS = [*SERVICES, *sorted(DEPLOY.glob("*.socket")), *sorted(DEPLOY.glob("*.timer"))]
analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False)


@analyze
def test_systemd_finds_nothing_to_complain_of(tmp_path: Path) -> None:
    for unit in UNITS:
        # Where the program is not installed, there is one complaint: that it is not.
        text = unit.read_text("utf-8").replace("/opt/monitor/bin/monitor", "/bin/true")
        (tmp_path / unit.name).write_text(text, "utf-8")
    done = run("verify", "--man=no", *(str(tmp_path / unit.name.replace("@.", "@one.")) for unit in UNITS))
    # It returns 0 on a misspelt key: only silence is praise.
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@analyze
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_is_shut_tight(unit: Path) -> None:
    done = run("security", "--offline=true", "--threshold=15", str(unit))
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="systemd-sysusers is not installed")
def test_folders_and_a_lasting_user_are_made_as_the_examples_say(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    root = f"--root={tmp_path}"
    for word in ("sysusers", "tmpfiles"):
        words = [
            f"systemd-{word}",
            root,
            *(["--create"] if word == "tmpfiles" else []),
            str(DEPLOY / f"monitor.{word}"),
        ]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
    assert re.search(r"^monitor:", (tmp_path / "etc/passwd").read_text("utf-8"), re.MULTILINE)
    assert (tmp_path / "etc/monitor/secrets").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("unit", LASTING, ids=lambda unit: unit.name)
def test_every_service_has_what_all_need(unit: Path) -> None:
    text = unit.read_text("utf-8")
    for line in (
        "Type=notify",
        "Restart=always",
        "RestartPreventExitStatus=2",
        "WatchdogSec=60",
        "DynamicUser=yes",
        "LoadCredential=secret:/etc/monitor/secrets",
        "MemoryDenyWriteExecute=yes",
        "SystemCallFilter=~@privileged @resources",
    ):
        assert f"\n{line}\n" in text, line
    assert re.search(r"^ExecReload=", text, re.MULTILINE)


def test_all_services_live_in_one_sandbox() -> None:
    def sandbox(unit: Path) -> str:
        return re.search(r"\nNoNewPrivileges=.*\nUMask=\d+\n", unit.read_text("utf-8"), re.DOTALL)[0]  # type: ignore[index]

    assert len({sandbox(unit) for unit in SERVICES}) == 1
