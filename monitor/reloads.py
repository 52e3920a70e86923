"""A changed configuration becomes what a daemon works by, when that is asked for; a faulty one changes nothing."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime

from loguru import logger

from monitor.channels import open_channels
from monitor.edge import meters, runs, sources
from monitor.edge.clock import clock
from monitor.edge.reloads import reload_asked
from monitor.errors import MonitorError, StoreError
from monitor.pipeline import Pipeline
from monitor.rules import load_rules
from monitor.settings import Config
from monitor.unswept import settle_anew
from monitor.wire import configured_feeds


class Reloads:
    """Takes over what changed: on a signal, or when somebody asks for it in the database."""

    def __init__(self, pipeline: Pipeline, load: Callable[[], Config], stack: AsyncExitStack, number: int) -> None:
        self.number = number  # of the daemon
        self._pipeline, self._load, self._stack = pipeline, load, stack
        self._turns = asyncio.Lock()  # one reload at a time, each with the newest file
        self._heard: datetime | None = None

    async def take_over(self) -> None:
        """Read the configuration again, and record what came of it."""
        async with self._turns:
            error = await reload(self._pipeline, self._load, self._stack)
            store = self._pipeline.store
            await self._pipeline.on_disk(runs.mark_reload, store.engine, self.number, clock(), error)

    async def look(self) -> None:
        """Take over what changed when somebody asked for it since the last look."""
        try:
            asked = await self._pipeline.on_disk(reload_asked, self._pipeline.store.engine, self.number)
        except StoreError:
            return  # the heartbeat tells of it
        if asked != self._heard:
            self._heard = asked
            await self.take_over()


async def reload(pipeline: Pipeline, load: Callable[[], Config], stack: AsyncExitStack) -> str:
    """Take over a changed configuration: feeds, topics, receivers and routes; a faulty one changes nothing.

    What was wrong with it, or nothing.
    """
    try:
        config = await asyncio.to_thread(load)
        rules = await asyncio.to_thread(load_rules, config)  # takes a second or more
        channels = await open_channels(config, stack, pipeline.store.engine)
    except MonitorError as error:
        meters.reloaded(taken=False)
        logger.error("the configuration was not reloaded, the old one stays in force:\n{}", error)
        return str(error)
    await pipeline.on_disk(sources.sync, pipeline.store.engine, configured_feeds(config), clock())
    # Where the archive lies, how many workers read, and where hubs are answered, is settled at the start.
    kept = {name: getattr(pipeline.config, name) for name in ("database", "fetch", "read", "websub", "metrics")}
    pipeline.rulebook = replace(
        pipeline.rulebook, config=config.model_copy(update=kept), rules=rules, channels=channels
    )
    meters.reloaded(taken=True)
    settle_anew()
    unread = await pipeline.owe_unread()
    logger.info("reloaded the configuration{}", f"; {unread} unread articles are put to its topics" if unread else "")
    return ""
