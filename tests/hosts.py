"""Hosts of their own, in network namespaces, each on a line to this machine that can be cut."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

CENTRE = "10.213.0.1"  # where this machine is, for the hosts
HOSTS = {"monitor-one": 1, "monitor-two": 2}


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def hosts() -> Iterator[None]:
    """Two hosts, each on a line of its own to this machine."""
    with ExitStack() as stack:
        # One test at a time: they are the machine's, and of one name.
        lock = stack.enter_context(Path(tempfile.gettempdir(), "monitor-hosts.lock").open("a"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        ip("addr", "add", f"{CENTRE}/32", "dev", "lo")
        stack.callback(ip, "addr", "del", f"{CENTRE}/32", "dev", "lo")
        for name, number in HOSTS.items():
            ip("netns", "add", name)
            stack.callback(ip, "netns", "del", name)
            ip("link", "add", f"mon{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
            stack.callback(ip, "link", "del", f"mon{number}")  # at once: a namespace lets go of it some time later
            ip("addr", "add", f"10.213.{number}.1/24", "dev", f"mon{number}")
            ip("link", "set", f"mon{number}", "up")
            ip("-n", name, "addr", "add", f"10.213.{number}.2/24", "dev", "eth0")
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "route", "add", "default", "via", f"10.213.{number}.1")
        yield


def why_not() -> str:
    """Why no hosts can be made here; empty when they can."""
    if os.geteuid() or not shutil.which("ip"):
        return "only root may make network namespaces, by `ip` of iproute2"
    try:
        with hosts():
            return ""
    except subprocess.CalledProcessError as error:
        return f"no network namespaces with links between them: {error.stderr.decode().strip()}"
