"""The beats, run once over what is asked for, with a progress bar on a terminal."""

import asyncio
from collections.abc import Collection

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from monitor.beat import LEASE_S
from monitor.cli.output import err
from monitor.daemon import make_beats, opened
from monitor.edge import sources
from monitor.edge.clock import clock
from monitor.errors import StoreError
from monitor.model import Feed
from monitor.pipeline import Pipeline
from monitor.settings import Config


async def poll_once(config: Config, names: Collection[str], *, tell: bool) -> list[tuple[str, str]]:
    """Poll the named feeds (none: all that are due) and follow what they bring; (feed, error) of those that failed."""
    async with opened(config) as pipeline:
        feeds = await _claimed(pipeline, names)
        await _poll_all(pipeline, feeds)
        if tell:
            beats = make_beats(pipeline)
            for beat in (beats.read, beats.tell, beats.deliver):
                await beat.drain()
        known = sources.known_feeds(pipeline.store.engine)
    asked = {feed.name for feed in feeds}
    return [(feed.name, feed.last_error) for feed, _ in known if feed.name in asked and feed.last_error]


async def _claimed(pipeline: Pipeline, names: Collection[str]) -> tuple[Feed, ...]:
    store = pipeline.store
    known = {feed.name for feed, _ in sources.known_feeds(store.engine)}
    for name in names:
        if name not in known:
            raise StoreError(f"no feed is named {name!r}", hint="`monitor feeds list` shows them all")
    return await pipeline.on_disk(store.claim_feeds, clock(), LEASE_S, len(known), names)


async def _poll_all(pipeline: Pipeline, feeds: Collection[Feed]) -> None:
    room = asyncio.Semaphore(pipeline.config.poll.concurrency)
    columns = (TextColumn("polling"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as progress:
        task = progress.add_task("polling", total=len(feeds))

        async def poll(feed: Feed) -> None:
            async with room:
                await pipeline.poll(feed)
            progress.advance(task)

        await asyncio.gather(*(poll(feed) for feed in feeds))
