"""install.sh makes a service of a checkout: once, again without doing anything, and anew when something changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# In place of the virtual environment's own: what it is asked to install is written down.
PYTHON = """#!/bin/sh
echo "$@" >>"$(dirname "$0")/../asked"
"""
PARTS = ("deploy", "monitor", "alembic", "config.toml", "pyproject.toml", "requirements.lock")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy that may be changed, and a virtual environment at its destination that only says what it is asked."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, copy)
    python = tmp_path / "there/srv/monitor/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON, "utf-8")
    python.chmod(0o755)
    return copy


def install(checkout: Path) -> str:
    there = {"DESTDIR": str(checkout.parent / "there"), "PREFIX": "/srv/monitor", "PYTHON": sys.executable}
    done = subprocess.run(
        [checkout / "deploy/install.sh", "--no-start"],
        env={**os.environ, **there},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.slow
def test_run_twice_it_does_nothing_and_after_a_change_only_what_changed(checkout: Path) -> None:
    there = checkout.parent / "there"
    first = install(checkout)
    assert "installing into" in first
    asked = (there / "srv/monitor/asked").read_text("utf-8").splitlines()
    assert ["--require-hashes -r requirements.lock" in asked[0], "--no-deps" in asked[1]] == [True, True]
    unit = there / "etc/systemd/system/monitor.service"
    assert "ExecStart=/srv/monitor/bin/monitor " in unit.read_text("utf-8")
    config = there / "etc/monitor/config.toml"
    assert 'path = "/var/lib/monitor/monitor.db"' in config.read_text("utf-8")
    assert (there / "etc/monitor/secrets").stat().st_mode & 0o777 == 0o700

    assert (there / "usr/local/bin/monitor").readlink() == Path("/srv/monitor/bin/monitor")

    config.write_text("# ours\n", "utf-8")
    assert install(checkout) == "nothing to do\n"
    assert (there / "srv/monitor/asked").read_text("utf-8").splitlines() == asked

    with (checkout / "deploy/monitor.service").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert install(checkout) == f"wrote {unit}\n"
    with (checkout / "monitor/model.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert install(checkout).startswith("installing into")
    assert config.read_text("utf-8") == "# ours\n"
    assert install(checkout) == "nothing to do\n"


def test_an_unknown_word_or_an_unfit_interpreter_is_refused(checkout: Path) -> None:
    words = [checkout / "deploy/install.sh"]
    done = subprocess.run([*words, "--help"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "usage" in done.stderr
    environ = {**os.environ, "DESTDIR": str(checkout.parent / "there"), "PYTHON": "/bin/false"}
    done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11" in done.stderr
