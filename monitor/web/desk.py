"""A configuration becomes the desk that requests are answered at; another takes its place when its files change."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from loguru import logger
from sqlalchemy.engine import Engine

from monitor.archive import Archive
from monitor.edge.clock import clock as world_clock
from monitor.errors import MonitorError
from monitor.rules import Rules, load_rules
from monitor.settings import Config
from monitor.web.jobs import Jobs
from monitor.wire import open_store

LOOK_S = 2.0  # how often the files of the configuration are looked at

Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a request needs. It keeps the one that it began with, whatever changes meanwhile."""

    config: Config
    rules: Rules
    archive: Archive
    engine: Engine
    clock: Callable[[], datetime]
    number: int = 0  # which one it is: what was worked out at another may not hold at this


class Office:
    """The archive, opened, and the desk in force."""

    def __init__(self, load: Callable[[], Config], clock: Callable[[], datetime] = world_clock) -> None:
        self._load = load
        config = load()
        rules = load_rules(config)
        self.store = open_store(config, "web")
        self.store.upgrade(clock(), keep=config.database.backups)
        engine = self.store.engine
        self.desk = Desk(config, rules, Archive(engine, rules), engine, clock)
        self.stopping = asyncio.Event()
        self.jobs = Jobs()
        self._seen = stamp(config)
        self._turn = Lock()  # one reload at a time, each with the newest files

    def close(self) -> None:
        """Stop what is under way, and let go of the archive."""
        self.jobs.close()
        self.store.close()

    def reload(self) -> str:
        """Take over changed files: what was wrong with them, in which case the old desk stays, or nothing."""
        with self._turn:
            before = self.desk
            self._seen = stamp(before.config)
            try:
                # Where the archive lies and how it is served is settled at the start.
                kept = {"database": before.config.database, "web": before.config.web}
                config = self._load().model_copy(update=kept)
                rules = load_rules(config)
            except MonitorError as error:
                logger.error("the configuration was not reloaded, the old one stays in force:\n{}", error)
                return str(error)
            engine = before.engine
            archive = before.archive.with_rules(rules)
            self.desk = Desk(config, rules, archive, engine, before.clock, before.number + 1)
            self._seen = stamp(config)
            logger.info("reloaded the configuration")
            return ""

    def follow(self) -> None:
        """Reload when a file changed since it was last read."""
        if stamp(self.desk.config) != self._seen:
            self.reload()

    async def watch(self) -> None:
        """Have the archive at hand before it is first asked, and follow the files until the end."""
        await asyncio.to_thread(self.desk.archive.shelf.columns)
        while not self.stopping.is_set():
            await asyncio.to_thread(self.follow)
            try:
                await asyncio.wait_for(self.stopping.wait(), LOOK_S)
            except TimeoutError:
                continue


def stamp(config: Config) -> Stamp:
    """By what it is seen that the configuration's files changed; one that is away has no size."""
    paths = [config.source, *(config.home / path for path in config.topics.files)]
    found = []
    for path in paths:
        try:
            known = path.stat()
        except OSError:
            found.append((str(path), 0, -1))
        else:
            found.append((str(path), known.st_mtime_ns, known.st_size))
    return tuple(found)
