"""The clock: rounds, signals, readiness and the watchdog around the beats."""

import asyncio
import logging
import os
import signal
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from loguru import logger

from monitor import __version__, push
from monitor.beat import BUG_DELAY_S, LEASE_S, Beat, await_later, fault
from monitor.channels import open_channels
from monitor.delivery import Owed
from monitor.edge import health, runs, sources
from monitor.edge.claims import release
from monitor.edge.clock import clock
from monitor.edge.database import sole_daemon
from monitor.edge.fetch import Fetcher
from monitor.edge.forward import forward
from monitor.edge.manners import load_manners
from monitor.edge.memory import give_back_large
from monitor.edge.notify import notify
from monitor.edge.shared import HostTurns, release_silent
from monitor.edge.steps import put_back
from monitor.edge.wake import listen
from monitor.edge.workers import Workers
from monitor.errors import ConfigError, StoreError
from monitor.heartbeat import EVERY_S, Heartbeat, Standing, leave_mark
from monitor.model import Article, ArticleState, Feed
from monitor.naming import Naming
from monitor.notices import notice_beat
from monitor.pipeline import Pipeline
from monitor.reloads import Reloads
from monitor.retention import Pruning
from monitor.rounds import Rounds
from monitor.rules import Rulebook, load_rules
from monitor.settings import Config
from monitor.timetable import Round, put_on
from monitor.unswept import settled, unswept
from monitor.watched import watched
from monitor.wire import configured_feeds, fetch_settings, open_store

TICK_S = 1.0
DAEMON = "run"
# The daemon looks so often whether a round over the feeds' health is due.
ROUNDS_S = 5.0
# What all feeds publish together changes slowly.
SHARE_S = 3600.0
# It looks so often whether it is time to let go of what is too old.
PRUNING_S = 15.0
# Names are looked for in older articles at this interval: a tenth of a core, and only after topics changed.
NAMING_S = 5.0
# A clock that was set back by less puts nothing off for long.
SMALL_STEP = timedelta(minutes=1)
# So soon after a topic is saved in the pages it watches.
RELOADS_S = 2.0
ROLES = ("poll", "read", "tell", "deliver")


@dataclass(frozen=True, slots=True)
class Beats:
    """The four, and the one that tells how the feeds do."""

    poll: Beat[Feed]
    read: Beat[Article]
    tell: Beat[Article]
    deliver: Beat[Owed]
    notice: Beat[health.Notice]

    roles: frozenset[str] = frozenset(ROLES)  # those that this process has

    def __iter__(self) -> Any:
        return iter(beat for beat in self._all() if self.has(beat))

    def _all(self) -> tuple[Beat[Any], ...]:
        return (self.poll, self.read, self.tell, self.deliver, self.notice)

    def has(self, beat: Beat[Any]) -> bool:
        """Whether this process has the role of a beat; whoever delivers sends notices, too."""
        return (beat.name if beat is not self.notice else self.deliver.name) in self.roles

    def wake(self, kind: str) -> None:
        """Somebody saved work of a kind."""
        for beat in self:
            if beat.name == kind and beat.is_ready():
                await_later(beat.tick())

    async def drain(self) -> None:
        """Work until nothing is due on any of them."""
        for beat in self:
            await beat.drain()


@asynccontextmanager
async def opened(config: Config, owner: str = "cli") -> AsyncIterator[Pipeline]:
    """All that the beats work with, on an upgraded archive; ended whole when left, with its leases handed back."""
    rules = load_rules(config)
    store = open_store(config, f"{owner}-{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    async with AsyncExitStack() as stack:
        stack.callback(store.close)
        copy = store.upgrade(clock(), keep=config.database.backups)
        if copy:
            logger.info("upgraded the database; the old one is kept as {}", copy)
        with unswept():
            sources.sync(store.engine, configured_feeds(config), clock())
        fetcher = await stack.enter_async_context(Fetcher(fetch_settings(config)))
        if config.database.url:
            fetch = config.fetch
            patience_s = fetcher.settings.patience_s
            fetcher.turns = HostTurns(store.engine, fetch.per_host, fetch.per_domain, patience_s, fetch.timeout)
            stack.callback(fetcher.turns.close)
        read = config.read
        workers = await stack.enter_async_context(
            Workers(read.processes, timeout_s=read.timeout, memory_bytes=read.memory)
        )
        channels = await open_channels(config, stack, store.engine)
        pipeline = Pipeline(store, fetcher, workers, Rulebook(config, rules, channels))
        stack.callback(pipeline.close)
        stack.callback(release, store.engine, store.owner)
        stack.callback(health.release_notices, store.engine, store.owner)
        fetcher.recall(load_manners(store.engine, clock()))
        stack.push_async_callback(pipeline.keep_manners)
        await pipeline.owe_unread()
        yield pipeline


def make_beats(pipeline: Pipeline, roles: frozenset[str] = frozenset(ROLES)) -> Beats:
    """The beats, each owing its results to the next; of which those of these roles work here."""
    store, config = pipeline.store, pipeline.config

    def articles(state: ArticleState) -> Callable[[int], Awaitable[Sequence[Article]]]:
        return lambda limit: pipeline.on_disk(store.claim_articles, state, clock(), LEASE_S, limit)

    async def put_off(item: Feed | Article | Owed, error: BaseException) -> None:
        due_at = clock() + timedelta(seconds=BUG_DELAY_S)
        await pipeline.on_disk(store.put_off, item, due_at, fault(error))

    async def hand_back(item: Feed | Article | Owed) -> None:
        await pipeline.on_disk(store.hand_back, item)

    beats = Beats(
        Beat(
            "poll",
            lambda limit: pipeline.on_disk(store.claim_feeds, clock(), LEASE_S, limit),
            pipeline.poll,
            put_off,
            limit=config.poll.concurrency,
            hand_back=hand_back,
        ),
        Beat(
            "read",
            articles(ArticleState.READ),
            pipeline.read,
            put_off,
            limit=config.read.concurrency,
            hand_back=hand_back,
        ),
        Beat("tell", articles(ArticleState.TELL), pipeline.tell, put_off, limit=32, hand_back=hand_back),
        Beat(
            "deliver",
            pipeline.deliverer.claim,
            pipeline.deliverer.deliver,
            put_off,
            limit=config.deliver.concurrency,
            hand_back=hand_back,
        ),
        notice_beat(pipeline),
        roles,
    )
    chain: tuple[Beat[Any], ...] = (beats.poll, beats.read, beats.tell, beats.deliver)
    for beat, follower in pairwise(chain):
        beat.followers = (follower,) if beats.has(follower) else ()
    return beats


def make_rounds(
    pipeline: Pipeline, beats: Beats, heartbeat: Heartbeat, pushes: push.Pushes | None = None
) -> tuple[Round, ...]:
    """All that a daemon does at an interval."""
    engine = pipeline.store.engine
    judging = Rounds(engine, pipeline.on_disk, lambda: pipeline.config.health)
    pruning = Pruning(engine, pipeline.on_disk, lambda: pipeline.rulebook)
    naming = Naming(engine, pipeline.on_disk, lambda: pipeline.rulebook.rules)
    rounds = [Round(beat.name, beat.tick, TICK_S) for beat in beats]
    rounds += [
        Round("heartbeat", heartbeat.mark, EVERY_S, at_once=True),
        Round("health", judging.tick, ROUNDS_S, "poll", shared=True),
        Round("retention", pruning.tick, PRUNING_S, "tell", shared=True),
        Round("names", naming.tick, NAMING_S, "tell", shared=True),
        Round("share", pipeline.poller.share, SHARE_S, "poll", at_once=True),
    ]
    if pushes:
        rounds.append(Round("subscribe", pushes.tick, push.EVERY_S, "poll", shared=True, at_once=True))
    return tuple(rounds)


async def run(
    load: Callable[[], Config],
    *,
    only: Collection[str] = ROLES,
    ready: Callable[[Pipeline, Beats], None] | None = None,
) -> None:
    """Work until SIGTERM or SIGINT. `load` reads the configuration, again on SIGHUP; `ready` hears when work begins.

    `only` names the beats that this process has, where others have the rest.
    """
    give_back_large()
    config = load()
    if set(only) != set(ROLES) and not config.database.url:
        hint = "leave --only out, or set database.url: a PostgreSQL server takes any number of workers"
        raise ConfigError("a SQLite file takes one daemon, which does all the work", hint=hint)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    alone = not config.database.url
    with sole_daemon(config.database_path) if alone else nullcontext():
        async with opened(config, DAEMON) as pipeline, AsyncExitStack() as reloads:
            if alone:
                # Nobody else runs on this file, so every lease of a daemon is that of one that died.
                release(pipeline.store.engine, f"{DAEMON}-%")
                health.release_notices(pipeline.store.engine, f"{DAEMON}-%")
            beats = make_beats(pipeline, frozenset(only))
            number = await pipeline.on_disk(runs.begin_run, pipeline.store.engine, _this_run(pipeline.store.owner))
            taking = Reloads(pipeline, load, reloads, number)
            loop.add_signal_handler(signal.SIGHUP, lambda: asyncio.ensure_future(taking.take_over()))
            pushes = (
                await reloads.enter_async_context(push.opened(pipeline, beats.poll)) if config.websub.callback else None
            )
            with settled():
                await _work(pipeline, beats, pushes, taking, stop, ready)
    logger.info("stopped")


def _this_run(owner: str) -> runs.Run:
    now = clock()
    return runs.Run(os.getpid(), socket.gethostname(), __version__, now, now, owner=owner)


async def _work(
    pipeline: Pipeline,
    beats: Beats,
    pushes: push.Pushes | None,
    reloads: Reloads,
    stop: asyncio.Event,
    ready: Callable[[Pipeline, Beats], None] | None,
) -> None:
    engine, number = pipeline.store.engine, reloads.number

    async def leave() -> Standing:
        await pipeline.keep_manners()
        if pipeline.config.database.url:
            for owner in await pipeline.on_disk(release_silent, engine, clock()):
                logger.warning("worker {} gave no sign of life: what it held is free again", owner)
        return await pipeline.on_disk(leave_mark, engine, number, clock())

    forward("apscheduler")
    # It warns each second that a beat is still at work; the heartbeat tells when one is stuck.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    scheduler = AsyncIOScheduler(timezone="UTC")
    heartbeat = Heartbeat(beats, leave, lambda step: _restep(pipeline, scheduler, step))
    rounds = (*make_rounds(pipeline, beats, heartbeat, pushes), Round("reload", reloads.look, RELOADS_S))
    put_on(scheduler, rounds, pipeline, beats.roles)
    scheduler.start()
    for beat in beats:
        await beat.tick()
    notify(READY="1", STATUS=heartbeat.said())
    pulse = asyncio.create_task(heartbeat.run(), name="pulse")
    listening = asyncio.create_task(listen(engine, beats.wake)) if pipeline.config.database.url else None
    logger.info("monitor {} works on {}", __version__, pipeline.store.place)
    if ready:
        ready(pipeline, beats)
    try:
        async with watched(pipeline, heartbeat):
            await stop.wait()
    finally:
        notify(STOPPING="1", STATUS="handing back what is under way")
        pulse.cancel()
        if listening:
            listening.cancel()
        scheduler.shutdown(wait=False)
        await asyncio.gather(*(beat.stop() for beat in beats))
        await pipeline.deliverer.finish()
        await pipeline.on_disk(runs.mark_run, engine, number, clock(), stopped=True)


def _restep(pipeline: Pipeline, scheduler: AsyncIOScheduler, step: timedelta) -> None:
    """The clock was set: jobs that were due by the old one run now, and so does work that was put off by it."""
    for job in scheduler.get_jobs():
        job.modify(next_run_time=clock())
    if step < -SMALL_STEP:
        await_later(_put_back(pipeline, step))


async def _put_back(pipeline: Pipeline, step: timedelta) -> None:
    try:
        moved = await pipeline.on_disk(put_back, pipeline.store.engine, clock(), -step)
    except StoreError as error:
        logger.error("what was put off by the clock before stays late: {} {}", error, error.hint)
        return
    logger.info("{} things that were put off by the clock before are due as long after now", moved)
