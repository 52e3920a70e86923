"""Soak: the daemon polls many local sources, some of them hostile, for minutes; is any healthy one late?

usage: python bench/soak.py [--feeds 1000] [--hostile 100] [--minutes 5] [--interval 20] [--still] [--track FOLDER]

`monitor run` works in a process of its own, on its own config and archive, with a fixed interval. A server of its own
process notes when each source is asked. A healthy source is late when it is asked more than a second after the
longest time that its interval allows (a tenth more than the interval). The hostile ones hang, drip, loop, send bodies
and heads without end, bombs of gzip, deep or huge XML, noise, resets, and refusals.

With `--still` the healthy ones have nothing new, and say so (304): how many feeds can be polled in time at all?

With `--track` the healthy ones link to pages, which are read; two topics ask for some of them; a mail server
and a webhook are told; somebody reads the pages of `monitor web` as a browser does. Every five seconds memory, open
files and threads of all processes are noted: they must be flat, so nothing may leak. FOLDER gets the figures (soak.csv)
and a picture (soak.svg). An interval of 45 seconds is twenty times the usual rate.
"""

import argparse
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.request import urlopen

import psutil
from rich.console import Console
from rich.table import Table
from soak_server import HOSTILE
from track import Track

JITTER = 0.1
LATE_S = 1.0
out = Console(width=110)
HERE = Path(__file__).parent
SECRET = "whsec_" + "dGhlIHNlY3JldCBvZiB0aGUgc29hay4uLi4uLi4uLi4="


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--feeds", type=int, default=1000)
    options.add_argument("--hostile", type=int, default=100)
    options.add_argument("--minutes", type=float, default=5)
    options.add_argument("--interval", type=float, default=20, help="seconds")
    options.add_argument("--still", action="store_true")
    options.add_argument("--track", type=Path, help="a folder for figures over time, and a picture")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        soak(Path(folder), asked)


@contextmanager
def child(*words: str, first_line: bool = True, **environ: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A process of Python, and the first line that it prints."""
    process = subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.PIPE, text=True, env={**os.environ, **environ}
    )
    try:
        assert process.stdout
        yield process, process.stdout.readline().strip() if first_line else ""
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where alerts arrive."""

    mail: int
    hook: str
    log: Path


def soak(folder: Path, asked: argparse.Namespace) -> None:
    config, sinks = folder / "config.toml", None
    pages = str(asked.feeds - asked.hostile if asked.track else 0)
    with ExitStack() as stack:
        _, port = stack.enter_context(child(str(HERE / "soak_server.py"), "--pages", pages, *["--still"] * asked.still))
        if asked.track:
            log = folder / "arrived.jsonl"
            _, said = stack.enter_context(child("-m", "monitor.demo.sinks", "--log", str(log), "--secret", SECRET))
            sinks = Sinks(json.loads(said)["mail"], json.loads(said)["hook"], log)
        config.write_text(written(int(port), asked, sinks))
        with (folder / "log").open("w") as log_file:
            command = [sys.executable, "-m", "monitor", "--config", str(config), "run"]
            environ = {**os.environ, "MONITOR_SECRET_HOOK": SECRET}
            daemon = subprocess.Popen(command, stderr=log_file, stdout=log_file, env=environ)
        try:
            peak, cpu, track, told = read_and_watch(daemon, config, folder / "monitor.db", asked)
        finally:
            daemon.kill()
        seen = json.loads(urlopen(f"http://127.0.0.1:{port}/-/seen").read())
    report(seen["polls"], asked, peak, cpu)
    errors(folder / "monitor.db")
    if track and sinks:
        track.keep(asked.track, f"{asked.feeds} feeds every {asked.interval:g} s, {asked.hostile} of them hostile")
        out.print(track.table())
        deliveries(folder / "monitor.db", sinks.log, seen["pages"], told)


def read_and_watch(
    daemon: "subprocess.Popen[bytes]", config: Path, database: Path, asked: argparse.Namespace
) -> tuple[list[float], float, Track | None, str]:
    """Watch the daemon, and with `--track` the pages and somebody who reads them, too; what that one met."""
    seconds = 60 * asked.minutes
    if not asked.track:
        return *watch(daemon, seconds), None, ""
    while not database.exists():
        time.sleep(0.5)
    web_words = ("-m", "monitor", "--config", str(config), "web", "--port", "0")
    with child(*web_words, MONITOR_SECRET_HOOK=SECRET) as (web, said):
        found = re.search(r"http://\S+", said)
        assert found, said
        with child(str(HERE / "soak_reader.py"), found[0], first_line=False) as (reader, _):
            track = Track(database)
            peak, cpu = watch(daemon, seconds, track, web.pid)
            reader.send_signal(signal.SIGTERM)
            told = reader.communicate(timeout=60)[0]
        web.send_signal(signal.SIGTERM)
        assert web.wait(30) == 0
    return peak, cpu, track, told


def deliveries(database: Path, log: Path, pages: int, told: str) -> None:
    """What was owed, what arrived, and what the reader met."""
    with sqlite3.connect(database) as archive:
        states = dict(archive.execute("SELECT receiver || ' ' || state, count(*) FROM alert GROUP BY 1"))
        read = dict(archive.execute("SELECT text_source, count(*) FROM article GROUP BY 1"))
    arrived = [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []
    kinds = Counter(one["kind"] for one in arrived)
    different = Counter(kind for kind, _ in {(one["kind"], one["id"]) for one in arrived})
    table = Table("", "", title="deliveries and pages")
    table.add_row("pages of articles asked for", f"{pages:,}")
    table.add_row("articles by where their text is from", str(read))
    table.add_row("alerts by receiver and state", str(states))
    table.add_row("arrived", ", ".join(f"{kind}: {number}, {different[kind]} ids" for kind, number in kinds.items()))
    table.add_row("the reader of the pages", told.strip())
    out.print(table)


def written(port: int, asked: argparse.Namespace, sinks: Sinks | None) -> str:
    head = f"""
    [database]
    path = "monitor.db"
    [fetch]
    allow_private = ["127.0.0.0/8"]
    timeout = "20s"
    [poll]
    interval = {asked.interval}
    adaptive = false
    shortest_interval = "1s"
    max_backoff = {asked.interval}
    [log]
    level = "error"
    """
    names = [f"healthy-{number}" for number in range(asked.feeds - asked.hostile)]
    kinds = sorted(HOSTILE)
    names += [f"{kinds[number % len(kinds)]}-{number}" for number in range(asked.hostile)]
    # Every source has a host of its own, as most have in the world.
    hosts = (f"127.{1 + n // 62500}.{n // 250 % 250}.{1 + n % 250}" for n in range(len(names)))
    if sinks:
        head += TOLD.format(mail=sinks.mail, hook=sinks.hook)
    return head + "".join(
        f'[[feed]]\nname = "{name}"\nurl = "http://{host}:{port}/{name}"\n'
        for name, host in zip(names, hosts, strict=True)
    )


TOLD = """
    [tell]
    story_window = "1m"  # made-up articles are much alike: else a few stories would take them all
    [topics]
    packs = ["russia-ukraine-nato"]
    [[topic]]
    name = "towns"
    query = "title:(council OR hospital OR storm OR marathon)"
    [deliver]
    allow_private = ["127.0.0.0/8"]
    [web]
    rate = "100000/1m"
    [[receiver]]
    name = "mail"
    kind = "email"
    host = "127.0.0.1"
    port = {mail}
    security = "none"
    sender = "monitor@soak.example"
    to = ["desk@soak.example"]
    [[receiver]]
    name = "hook"
    kind = "webhook"
    url = "{hook}"
    signing_secrets = ["hook"]
    [[route]]
    receivers = ["mail", "hook"]
"""


def watch(
    daemon: "subprocess.Popen[bytes]", seconds: float, track: Track | None = None, web: int | None = None
) -> tuple[list[float], float]:
    """The most memory that the processes of the daemon held together (MB each), and the CPU seconds that they took."""
    end, peak, cpu = time.monotonic() + seconds, [0.0], 0.0
    while time.monotonic() < end and daemon.poll() is None:
        spent = 0.0
        held: list[float] = []
        tree = psutil.Process(daemon.pid)
        for process in (tree, *tree.children(recursive=True)):
            try:
                held.append(process.memory_full_info().pss / 2**20)
                times = process.cpu_times()
                spent += times.user + times.system
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        peak, cpu = max(peak, held, key=sum), max(cpu, spent)
        if track:
            track.look(tree, psutil.Process(web) if web else None)
        time.sleep(0.5)
    if daemon.poll() is not None:
        raise SystemExit("the daemon ended by itself")
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(30)
    return peak, cpu


def report(seen: dict[str, list[float]], asked: argparse.Namespace, peak: list[float], cpu: float) -> None:
    table = Table("", "", title=f"{asked.feeds} feeds, {asked.hostile} hostile, {asked.minutes:g} minutes")
    allowed = asked.interval * (1 + JITTER)
    healthy = {name: times for name, times in seen.items() if name.startswith("healthy-")}
    gaps = [after - before for times in healthy.values() for before, after in pairwise(times)]
    delays = sorted(max(0.0, gap - allowed) for gap in gaps)
    polls = sum(map(len, seen.values()))
    table.add_row("healthy feeds asked", f"{len(healthy)} of {asked.feeds - asked.hostile}")
    table.add_row("polls of healthy feeds", f"{sum(map(len, healthy.values())):,}")
    table.add_row("polls of hostile feeds", f"{polls - sum(map(len, healthy.values())):,}")
    if delays:
        late = sum(delay > LATE_S for delay in delays)
        table.add_row(f"late by more than {LATE_S:g} s", f"{late} of {len(delays):,}")
        p50, p95 = (delays[int(len(delays) * share)] for share in (0.5, 0.95))
        table.add_row("lateness: median, 95th percentile, most", f"{p50:.2f}, {p95:.2f}, {delays[-1]:.2f} s")
        table.add_row("longest pause between two polls", f"{max(gaps):.2f} s of {allowed:.1f} s")
    table.add_row(
        "peak memory of all processes (proportional)", f"{sum(peak):.0f} MB: {', '.join(f'{one:.0f}' for one in peak)}"
    )
    table.add_row("CPU of all processes", f"{100 * cpu / (60 * asked.minutes):.1f} % of a core")
    # Others' work makes feeds late: say how much of it there was.
    table.add_row(
        "load of the machine at the end, over 5 minutes", f"{os.getloadavg()[1]:.1f} on {os.cpu_count()} processors"
    )
    out.print(table)


def errors(database: Path) -> None:
    """What stands on the hostile feeds, by the kind of hostility."""
    found: dict[str, Counter[str]] = {}
    with sqlite3.connect(database) as connection:
        for name, failures, error in connection.execute("SELECT name, failures, last_error FROM feed"):
            kind = name.rpartition("-")[0]
            found.setdefault(kind, Counter())[error if failures else "no error"] += 1
    table = Table("source", "what is recorded")
    for kind, counted in sorted(found.items()):
        table.add_row(kind, "; ".join(f"{number} × {error}" for error, number in counted.most_common(3)))
    out.print(table)


if __name__ == "__main__":
    main()
