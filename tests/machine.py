"""A throwaway Debian under a real systemd: booted in systemd-nspawn, spoken to through its namespaces."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

# Named by `make test-service` alone: it takes a quarter of an hour, and a machine shares the ports of this one.
BASE = Path(os.environ.get("MONITOR_TEST_DEBIAN", ""))


def why_not() -> str:
    """Why no such machine can be booted here; empty when it can."""
    if not os.environ.get("MONITOR_TEST_DEBIAN"):
        return "a Debian is booted by `make test-service` alone"
    if os.geteuid() != 0:
        return "only root may boot a machine"
    if missing := [tool for tool in ("systemd-nspawn", "nsenter", "dpkg-deb") if not shutil.which(tool)]:
        return f"not installed: {', '.join(missing)}"
    if not (BASE / "usr/bin/systemctl").exists():
        return f"no Debian lies in {BASE}"
    return ""


class Machine:
    """A Debian that runs."""

    def __init__(self, root: Path, leader: int) -> None:
        self.root = root
        self.leader = leader

    def run(self, *words: str, fails: bool = False, within_s: float = 300) -> str:
        """Run a command in it: what it printed."""
        command = ["nsenter", f"--target={self.leader}", "--all", "env", "-i", *ENVIRON, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=within_s, check=False)
        assert (done.returncode != 0) == fails, (
            f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}\n{self.log()}"
        )
        return done.stdout + done.stderr

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", "--property", name, unit).strip()

    def log(self, unit: str = "monitor.service") -> str:
        """What a unit logged of late."""
        command = ["nsenter", f"--target={self.leader}", "--all", "journalctl", "--no-pager", "-n", "60", "-u", unit]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout

    def until(self, what: Callable[[], bool], within_s: float = 90) -> None:
        """Wait until that holds; each look takes a while by itself."""
        end = datetime.now(UTC) + timedelta(seconds=within_s)
        while not what():
            assert datetime.now(UTC) < end, self.run("systemctl", "status", "monitor", fails=True) + self.log()


ENVIRON = ("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive")


@contextmanager
def booted(root: Path) -> Iterator[Machine]:
    """A copy of the base at `root`, running; it shares this machine's network."""
    root.mkdir()
    subprocess.run(["cp", "-a", "--reflink=auto", f"{BASE}/.", str(root)], check=True)
    words = ["systemd-nspawn", "--quiet", f"--directory={root}", "--boot", "--register=no", "--keep-unit"]
    # What systemd bars addresses with, as on a machine of its own; without it IPAddressDeny= is ignored.
    words += ["--capability=all", "--system-call-filter=bpf"]
    with (root.parent / "nspawn.log").open("wb") as log:
        nspawn = subprocess.Popen([*words, "--console=pipe"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        machine = Machine(root, _leader(nspawn))
        machine.until(lambda: _is_up(machine))
        yield machine
    finally:
        nspawn.terminate()  # it halts the machine, and ends it at the second
        try:
            nspawn.wait(20)
        except subprocess.TimeoutExpired:
            nspawn.terminate()
            nspawn.wait(20)
        shutil.rmtree(root, ignore_errors=True)


def _leader(nspawn: "subprocess.Popen[bytes]") -> int:
    """The machine's first process."""
    end = datetime.now(UTC) + timedelta(seconds=60)
    children = Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children")
    while nspawn.poll() is None and datetime.now(UTC) < end:
        for child in children.read_text("ascii").split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                if Path(f"/proc/{child}/comm").read_text("utf-8").strip() == "systemd":
                    return int(child)
    raise AssertionError("the machine does not boot")


def _is_up(machine: Machine) -> bool:
    command = ["nsenter", f"--target={machine.leader}", "--all", "systemctl", "is-system-running"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip() in {"running", "degraded"}
