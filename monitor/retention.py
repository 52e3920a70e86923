"""The limits of what is kept become what goes: as a plan first, and then a bit at a time, beside all other work."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from loguru import logger
from sqlalchemy.engine import Engine

from monitor.edge import reclaim, retention
from monitor.edge.clock import clock
from monitor.edge.retention import LET_GO, Held, Kind, Limit
from monitor.errors import StoreError
from monitor.rules import Rulebook, Rules
from monitor.settings.retention import ALL, RetentionConfig

# Rows in a transaction: some ten milliseconds, in which the beats wait.
SOME = 200
_PAGES = 500  # of the file, given back at once


def limits(settings: RetentionConfig, now: datetime) -> tuple[Limit, ...]:
    """The limits that are set."""
    found = []
    for kind in Kind:
        age, size = getattr(settings, f"{kind}_age"), getattr(settings, f"{kind}_size")
        if age is not None or size is not None:
            found.append(Limit(kind, now - timedelta(seconds=age) if age is not None else None, size))
    return tuple(found)


def kept_topics(settings: RetentionConfig, rules: Rules) -> tuple[str, ...]:
    """The topics whose matches, and the articles of these, are kept whatever the limits are."""
    return tuple(topic.name for topic in rules.pack.topics) if ALL in settings.topics else settings.topics


def measure(engine: Engine, settings: RetentionConfig, rules: Rules, now: datetime) -> tuple[Held, ...]:
    """What is there of all that has a limit, and what of it is to go."""
    topics = kept_topics(settings, rules)
    return tuple(retention.measure(engine, limit, topics) for limit in limits(settings, now))


async def prune(
    engine: Engine,
    settings: RetentionConfig,
    rules: Rules,
    now: datetime,
    on_disk: Callable[..., Awaitable[Any]] = asyncio.to_thread,
) -> dict[Kind, int]:
    """Let go of what is to go; how many rows of each kind went."""
    topics, gone = kept_topics(settings, rules), dict[Kind, int]()
    note = f"{LET_GO} on {now:%Y-%m-%d}"
    for limit in limits(settings, now):
        # To add up all there is takes long, and no lock: it must not hold up what waits for the disk.
        before = await asyncio.to_thread(retention.bounds, engine, limit, topics)
        while some := await on_disk(retention.let_go, engine, limit.kind, before, topics, SOME, note):
            gone[limit.kind] = gone.get(limit.kind, 0) + some
            await asyncio.sleep(0)
    freed = 1
    while freed:
        freed = await on_disk(reclaim.give_back, engine, _PAGES)
    return gone


class Pruning:
    """The round that lets go of what is older, or more, than it may be."""

    def __init__(
        self, engine: Engine, on_disk: Callable[..., Awaitable[Any]], rulebook: Callable[[], Rulebook]
    ) -> None:
        self._engine, self._on_disk, self._rulebook = engine, on_disk, rulebook
        self.due_at = clock() + timedelta(seconds=60)  # after a start all else goes first

    async def tick(self) -> None:
        """Go a round when it is time for one, and anything has a limit."""
        book, now = self._rulebook(), clock()
        settings = book.config.retention
        if now < self.due_at or not limits(settings, now):
            return
        self.due_at = now + timedelta(seconds=settings.every)
        try:
            gone = await prune(self._engine, settings, book.rules, now, self._on_disk)
        except StoreError as error:
            logger.error("what is too old cannot be let go: {} {}", error, error.hint)
            return
        except Exception as error:  # noqa: BLE001 - as in a beat: a bug costs one round, never the daemon
            logger.opt(exception=error).error("a fault in the program met the round that lets go of what is too old")
            return
        if gone:
            told = ", ".join(f"{count} {kind}" for kind, count in gone.items())
            logger.bind(**{kind.value: count for kind, count in gone.items()}).info("let go of {}", told)
