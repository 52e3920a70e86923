"""An installation becomes findings: what is well, what is not, and the remedy for each."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from monitor import __version__
from monitor.channels import check_parts, open_mail, open_webhook
from monitor.edge import migrate, runs, search, soundness, vitals
from monitor.edge.guard import guarded_session
from monitor.edge.queues import queues
from monitor.edge.reach import Reached, greet, resolve
from monitor.edge.store import Store
from monitor.errors import MonitorError, StoreError
from monitor.rules import failed_examples, failed_routes, load_rules
from monitor.settings import Config
from monitor.settings.telling import EmailReceiver, WebhookReceiver
from monitor.think.health import span

# So many hosts are asked: enough to tell our own network from theirs.
HOSTS = 5
# A clock that is off by more dates news wrongly, and breaks signatures of webhooks (five minutes).
AHEAD_S = 60.0
# What waits longer than this is behind, and not in passing.
BEHIND = {"poll": 1800.0, "read": 1800.0, "tell": 600.0, "deliver": 600.0, "notice": 600.0}
# The room that a copy of the database needs before an upgrade, and a day of news.
SPARE_BYTES = 200 * 10**6
# A write-ahead log beyond this is not being folded back: something reads without end.
WAL_BYTES = 1000 * 10**6


class State(StrEnum):
    """How one thing is."""

    WELL = "well"
    WARN = "warn"
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: State
    said: str
    remedy: str = ""


Findings = Iterator[Finding]


async def examine(config: Config, store: Store, now: datetime, *, whole: bool, reach: bool) -> list[Finding]:
    """Look at everything; `whole` reads the database from end to end, `reach` asks servers outside."""
    found = [*await asyncio.to_thread(_rules, config), *await _parts(config), *_secrets(config)]
    if store.path:
        found += [*_disk(store.path), *_files(store.path)]
    sound = await asyncio.to_thread(lambda: list(_database(store, whole=whole)))
    found += sound
    if all(finding.state is not State.ILL for finding in sound):
        found += [*_daemon(store, now), *_queues(store, now), *_sources(store, now)]
    if reach:
        found += await _outside(config)
    return found


def _rules(config: Config) -> Findings:
    try:
        rules = load_rules(config)
    except MonitorError as error:
        yield Finding("topics", State.ILL, str(error), error.hint or "`monitor check` shows each fault with its line")
        return
    faults = [*failed_examples(rules), *failed_routes(config, rules)]
    for fault in faults:
        yield Finding("topics", State.WARN, fault, "`monitor topics check` tells what each example says")
    if not faults:
        yield Finding("topics", State.WELL, f"{len(rules.pack.topics)} topics, {len(rules.pack.entities)} entities")
    if not config.route:
        remedy = "add a [[receiver]] and a [[route]]: docs/telling.md has a cookbook"
        yield Finding("routes", State.WARN, "no route is set, so nobody is told", remedy)


async def _parts(config: Config) -> list[Finding]:
    faults = await check_parts(config)
    return [Finding("receivers", State.ILL, fault, "`monitor check` lists every fault at once") for fault in faults]


def _secrets(config: Config) -> Findings:
    folder = config.home / config.secrets_dir if config.secrets_dir else None
    if folder is None or not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        return
    open_to = [file for file in (folder, *folder.iterdir()) if file.stat().st_mode & 0o077]
    for file in open_to:
        yield Finding("secrets", State.ILL, f"{file} can be read by others", f"chmod go= {file}")
    if not open_to:
        yield Finding("secrets", State.WELL, f"{folder} is its owner's alone")


def _disk(path: Path) -> Findings:
    folder = next(parent for parent in path.parents if parent.is_dir())
    usage = shutil.disk_usage(folder)
    need = SPARE_BYTES + (path.stat().st_size if path.is_file() else 0)
    said = f"{usage.free / 1e9:.1f} of {usage.total / 1e9:.1f} GB are free in {folder}"
    remedy = f"free {(need - usage.free) / 1e9:.1f} GB: an upgrade copies the database first; `monitor db info`"
    yield Finding("disk", State.WELL if usage.free >= need else State.WARN if usage.free > SPARE_BYTES else State.ILL,
                  said, "" if usage.free >= need else remedy)  # fmt: skip
    nodes = os.statvfs(folder)
    if nodes.f_files and nodes.f_favail < 1000:
        yield Finding("disk", State.ILL, f"{nodes.f_favail} inodes are left in {folder}", "remove small files there")


def _files(path: Path) -> Findings:
    if not path.is_file():
        yield Finding("database", State.WARN, f"{path} is not there yet", "`monitor run` makes it")
        return
    for place in (path.parent, path):
        if not os.access(place, os.W_OK):
            remedy = f"let this user write there, or ask as the one that owns it: ls -ld {place}"
            yield Finding("permissions", State.ILL, f"{place} cannot be written", remedy)
    if path.stat().st_mode & 0o007:
        yield Finding("permissions", State.WARN, f"{path} can be read by everybody", f"chmod o= {path}")
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size > WAL_BYTES:
        remedy = "end programs that keep the database open: an sqlite3 shell, a stuck `monitor web`"
        yield Finding("database", State.WARN, f"{log.name} has grown to {log.stat().st_size / 1e9:.1f} GB", remedy)


def _database(store: Store, *, whole: bool) -> Findings:
    try:
        version = migrate.version(store.engine)
        faults = soundness.damage(store.path, whole=whole) if store.path else []
    except StoreError as error:
        yield Finding("database", State.ILL, str(error), error.hint)
        return
    for fault in faults:
        remedy = "stop the daemon, check the disk, restore a backup: `monitor restore`"
        yield Finding("database", State.ILL, f"damaged: {fault}", remedy)
    if version != migrate.HEAD:
        newer = version > migrate.HEAD
        remedy = "install the newer program again" if newer else "`monitor db upgrade`, or restart the daemon"
        said = f"its schema is {version or 'none'}, this program's {migrate.HEAD}"
        yield Finding("database", State.ILL, said, remedy)
    elif not faults:
        yield Finding("database", State.WELL, f"schema {version}, looked through {'whole' if whole else 'quickly'}")


def _daemon(store: Store, now: datetime) -> Findings:
    run = runs.latest_run(store.engine)
    start = "systemctl start monitor, or `monitor run`; `journalctl -u monitor -p err` tells why it ended"
    if run is None:
        yield Finding("daemon", State.ILL, "none has ever run on this database", start)
        return
    if run.beat_at - now > timedelta(seconds=AHEAD_S):
        remedy = "set the clock: timedatectl set-ntp true"
        yield Finding(
            "clock", State.ILL, f"its last sign of life is {span((run.beat_at - now).total_seconds())} ahead", remedy
        )
    if not runs.is_alive(run, now):
        said = "stopped" if run.stopped_at else "gave its last sign of life"
        yield Finding("daemon", State.ILL, f"{said} at {run.stopped_at or run.beat_at:%Y-%m-%d %H:%M:%S} UTC", start)
        return
    for each in runs.working_runs(store.engine, now).values():
        who = f"process {each.pid} on {each.host}"
        yield Finding("daemon", State.WELL, f"at work since {each.started_at:%Y-%m-%d %H:%M} UTC, {who}")
        if each.version != __version__:
            said = f"{who} is version {each.version}, this program {__version__}"
            yield Finding("daemon", State.WARN, said, "systemctl restart monitor")
        if each.reload_error:
            said = f"{who} refused to reload, the old configuration is in force: {each.reload_error}"
            yield Finding("daemon", State.WARN, said, "mend it, `monitor check`, `monitor reload`")


def _queues(store: Store, now: datetime) -> Findings:
    behind = False
    for queue in queues(store.engine, now):
        waited = queue.waited_s(now)
        if waited > BEHIND[queue.beat]:
            behind = True
            remedies = {
                "poll": "raise poll.concurrency",
                "read": "raise read.workers",
                "tell": "see the log for faults",
            }
            said = f"{queue.due} are due to {queue.beat}, the oldest for {span(waited)}"
            remedy = remedies.get(queue.beat, "`monitor receivers test NAME`; `monitor alerts list`")
            yield Finding("queues", State.ILL, said, remedy)
    if not behind:
        yield Finding("queues", State.WELL, "nothing waits for long")
    failed = search.failed_alerts(store.engine)
    if failed:
        remedy = "`monitor alerts list --failed` tells why; mend that, then `monitor alerts retry`"
        yield Finding("alerts", State.WARN, f"{failed} alerts failed for good", remedy)


_SOURCE_REMEDIES = {
    "dead": "look whether the site still has a feed: `monitor feeds add SITE` finds it; else remove it",
    "quiet": "open it in a browser: it may have moved, or filter programs that ask too often",
    "walled": 'set text = "feed" for it, or selectors under [site]',
    "flooded": "a feed of everything? narrow its address, or watch a part of it",
    "failing": "most of it passes; `monitor poll NAME` shows the error now",
}  # fmt: skip


def _sources(store: Store, now: datetime) -> Findings:
    seen = vitals.vitals(store.engine, now.date(), ill=True)
    for one in seen:
        kind = one.health or ("failing" if one.feed.failures else "")
        if kind in _SOURCE_REMEDIES:
            state = State.WARN if kind != "dead" else State.ILL
            why = one.why if one.health else one.feed.last_error
            yield Finding("source", state, f"{one.feed.name} is {kind}: {why}", _SOURCE_REMEDIES[kind])
    counted = vitals.counts(store.engine)["feeds"]
    if total := sum(counted.values()):
        yield Finding("sources", State.WELL, f"{counted.get('', 0)} of {total} feeds are well")
    else:
        yield Finding("sources", State.ILL, "no feed is watched", "add a [[feed]], or `monitor feeds add URL`")


async def _outside(config: Config) -> list[Finding]:
    """Names, the way out, the time, and the receivers, all at once."""
    urls = list({urlsplit(feed.url).hostname or "": feed.url for feed in config.feed}.values())[:HOSTS]
    checks: list[Awaitable[list[Finding]]] = [_web(config, urls)]
    checks += [_receiver(one.name, _asking(config, one)) for one in config.receiver if _asking(config, one)]
    return [finding for found in await asyncio.gather(*checks) for finding in found]


async def _web(config: Config, urls: Sequence[str]) -> list[Finding]:
    if not urls:
        return []
    hosts = [urlsplit(url).hostname or "" for url in urls]
    unknown = [f"{host}: {why}" for host in hosts if (why := await resolve(host))]
    if len(unknown) == len(hosts):
        remedy = "look at /etc/resolv.conf, and try: getent hosts " + hosts[0]
        return [Finding("dns", State.ILL, f"no name can be resolved: {unknown[0]}", remedy)]
    found = [Finding("dns", State.WARN, text, "look whether that site still exists") for text in unknown]
    found = found or [Finding("dns", State.WELL, f"{len(hosts)} names were resolved")]
    async with guarded_session(config.fetch.allow_private, config.fetch.agent) as session:
        answers = await asyncio.gather(*(greet(session, url) for url in urls))
    return [*found, *_way_out(hosts, answers)]


def _way_out(hosts: Sequence[str], answers: Sequence[Reached]) -> Findings:
    reached = [answer for answer in answers if answer.answer]
    if not reached:
        remedy = "look at firewall and proxy: systemctl cat monitor shows whether the unit bars addresses"
        yield Finding("network", State.ILL, f"no source can be reached: {hosts[0]}: {answers[0].trouble}", remedy)
        return
    yield Finding("network", State.WELL, f"{len(reached)} of {len(hosts)} sources answer")
    ahead = sorted(answer.ahead_s for answer in reached if answer.ahead_s is not None)
    if ahead:
        middle = ahead[len(ahead) // 2]
        off = f"the clock is {span(abs(middle))} {'ahead of' if middle > 0 else 'behind'} those of others"
        if abs(middle) > AHEAD_S:
            yield Finding("clock", State.ILL, off, "timedatectl set-ntp true")
        else:
            yield Finding("clock", State.WELL, "as others have it")


def _asking(config: Config, receiver: object) -> Callable[[], Awaitable[str]] | None:
    """How to ask whether a receiver can be reached, without telling it anything."""
    if isinstance(receiver, EmailReceiver):
        return lambda: open_mail(config, receiver).greet()
    if isinstance(receiver, WebhookReceiver):
        return lambda: _greet_hook(config, receiver)
    return None


async def _greet_hook(config: Config, receiver: WebhookReceiver) -> str:
    async with guarded_session(config.deliver.allow_private, config.fetch.agent) as session:
        reached = await greet(session, open_webhook(config, receiver).url)
    if reached.trouble:
        raise MonitorError(reached.trouble)
    return reached.answer


async def _receiver(name: str, ask: Callable[[], Awaitable[str]] | None) -> list[Finding]:
    if ask is None:
        return []
    try:
        answer = await ask()
    except MonitorError as error:
        remedy = error.hint or f"`monitor receivers test {name}` tries a real message"
        return [Finding("receiver", State.ILL, f"{name} cannot be reached: {error}", remedy)]
    return [Finding("receiver", State.WELL, f"{name} answers: {answer[:80]}")]
