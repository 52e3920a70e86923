"""A newsroom and its sinks in processes of their own, and the daemon between them: what crash tests stand on."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

SECRET = "whsec_" + "dGhlIHNlY3JldCBvZiB0aGUgY3Jhc2ggdGVzdHM="
TOPIC = "russia-ukraine-nato"


@dataclass(frozen=True)
class Newsday:
    """Where everything is."""

    folder: Path
    base: str
    log: Path  # what the sinks received, a JSON line each
    config: Path

    def publish(self, count: int | None = None) -> None:
        """Let articles into the feeds: so many, or all."""
        query = f"?count={count}" if count else ""
        urlopen(Request(f"{self.base}/-/publish{query}", method="POST"), timeout=10).read()

    def received(self) -> list[dict[str, str]]:
        """Every message that a sink took."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def start(self) -> subprocess.Popen[bytes]:
        """Start the daemon, and return when it says, as it would to systemd, that it works."""
        command = [sys.executable, "-m", "monitor", "--config", str(self.config), "run"]
        log_path = self.folder / "daemon.log"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener, log_path.open("ab") as log:
            listener.bind(f"\0{self.folder}")
            listener.settimeout(120)
            environ = {**os.environ, "MONITOR_SECRET_HOOK": SECRET, "NOTIFY_SOCKET": f"@{self.folder}"}
            daemon = subprocess.Popen(command, env=environ, stderr=log)
            while b"READY=1" not in listener.recv(4096):
                pass
        return daemon


@contextmanager
def child(*command: str) -> Iterator[str]:
    """A process that prints one line when it is ready: that line."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


@contextmanager
def newsday(folder: Path, *, first: int = 0) -> Iterator[Newsday]:
    """A newsroom of which `first` articles stand in the feeds, two sinks, and a configuration that joins them."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "received.jsonl"
    with (
        child("-m", "monitor.demo.newsroom", "--port", "0", "--first", str(first)) as base,
        child("-m", "monitor.demo.sinks", "--log", str(log), "--secret", SECRET) as ports,
    ):
        sinks = json.loads(ports)
        feeds = json.loads(urlopen(f"{base}/-/feeds", timeout=10).read())
        config = folder / "config.toml"
        config.write_text(written(base, feeds, sinks), "utf-8")
        yield Newsday(folder, base, log, config)


def written(base: str, feeds: list[list[str]], sinks: dict[str, object]) -> str:
    """The configuration."""
    hook = str(sinks["hook"])
    watched = "".join(f'[[feed]]\nname = "{name}"\nurl = "{url}"\n' for name, url, *_ in feeds)
    return f"""
    [database]
    path = "monitor.db"
    [fetch]
    per_host = 8
    allow_private = ["{base.removeprefix("http://")}"]
    [poll]
    interval = "1s"
    longest_wish = "1s"
    max_backoff = "2s"
    [read]
    workers = 1
    [deliver]
    first_retry = "1s"
    max_backoff = "2s"
    allow_private = ["{hook.split("/")[2]}"]
    [topics]
    packs = ["{TOPIC}"]
    {watched}
    [[receiver]]
    name = "mail"
    kind = "email"
    host = "127.0.0.1"
    port = {sinks["mail"]}
    security = "none"
    sender = "monitor@demo.example"
    to = ["desk@demo.example"]
    [[receiver]]
    name = "hook"
    kind = "webhook"
    url = "{hook}"
    signing_secrets = ["hook"]
    [[route]]
    receivers = ["mail", "hook"]
    """
