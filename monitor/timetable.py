"""What a daemon does at intervals becomes jobs of its scheduler; of several workers one goes a shared round for all."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from loguru import logger

from monitor.edge.clock import clock
from monitor.edge.shared import has_duty
from monitor.errors import StoreError
from monitor.pipeline import Pipeline

# Of a round that one of several workers goes for all: how long after its last sign another goes on.
DUTY_S = 60.0


@dataclass(frozen=True, slots=True)
class Round:
    """What is done at an interval."""

    name: str
    work: Callable[[], Awaitable[Any]]
    every_s: float
    role: str = ""  # that it belongs to; empty: every process does it
    shared: bool = False  # one of several workers does it for all
    at_once: bool = False  # it does not wait for its first interval to pass


def put_on(
    scheduler: AsyncIOScheduler, rounds: Iterable[Round], pipeline: Pipeline, roles: frozenset[str]
) -> AsyncIOScheduler:
    """Have a scheduler go those of the rounds that belong to these roles."""
    for each in rounds:
        if each.role and each.role not in roles:
            continue
        alone = each.shared and pipeline.config.database.url
        first = {"next_run_time": clock()} if each.at_once else {}
        scheduler.add_job(
            _dutiful(pipeline, each.name, each.work) if alone else each.work,
            "interval",
            seconds=each.every_s,
            id=each.name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            **first,
        )
    return scheduler


def _dutiful(pipeline: Pipeline, name: str, work: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
    """A round that one worker goes for all; another goes on with it where that one ends."""

    async def tick() -> None:
        store = pipeline.store
        try:
            mine = await pipeline.on_disk(has_duty, store.engine, name, store.owner, clock(), DUTY_S)
        except StoreError as error:
            logger.warning("cannot ask who does {}: {} {}", name, error, error.hint)
            return
        if mine:
            await work()

    return tick
