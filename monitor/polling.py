"""A feed that is owed a poll becomes what it brought: asked for, read, compared with what it showed before, saved."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from loguru import logger

from monitor.config import read_secret
from monitor.edge.claims import stale
from monitor.edge.clock import chance, clock
from monitor.edge.fetch import Fetcher
from monitor.edge.store import Store
from monitor.edge.tables import FEED
from monitor.edge.workers import Workers
from monitor.edits import Known
from monitor.errors import ExtractError, FetchError, MonitorError, ParseError
from monitor.model import Feed, FeedState, Page, ParsedFeed
from monitor.settings import Config
from monitor.think import discover, health, parse, settle
from monitor.think.parse_sitemap import join
from monitor.think.schedule import Bounds, pace_of

# An ordinary feed of so many bytes is read within some milliseconds: to send it to a worker takes as long again.
AT_HAND = 60_000
# A feed may be three times as large as a page, and is worth the wait.
PATIENCE = 3


@dataclass(frozen=True, slots=True)
class _Seen:
    """What came of asking."""

    page: Page
    body_hash: str
    parsed: ParsedFeed | None  # none when it is what we know already
    whole: bool  # whether all of it was asked for, and not only what changed


class Poller:
    """Polls feeds, one at a time each, as many at once as are asked for."""

    def __init__(
        self,
        store: Store,
        fetcher: Fetcher,
        workers: Workers,
        on_disk: Callable[..., Awaitable[Any]],
        config: Callable[[], Config],
    ) -> None:
        self.pace = 0.0  # that all feeds share; 0 while it is not known
        self._store = store
        self._fetcher = fetcher
        self._workers = workers
        self._on_disk = on_disk
        self._config = config
        self._unchanged: list[tuple[Feed, asyncio.Future[bool]]] = []  # polls to be saved together
        self._flushing: asyncio.Task[None] | None = None

    async def poll(self, feed: Feed) -> int:
        """Ask a feed what is new; how many articles are."""
        try:
            seen = await self._ask(feed)
        except MonitorError as error:
            return await self._failed(feed, error)
        now, config, parsed = clock(), self._config(), seen.parsed
        sightings = discover.sightings(feed, parsed) if parsed else ()
        known: Known = await self._on_disk(self._store.known, feed.id, sightings) if sightings else Known()
        news = discover.compare(sightings, known)
        note = health.note_of(feed, seen.page, news.fresh, now, whole=seen.whole)
        after = settle.planned(
            settle.polled(feed, seen.page, parsed, seen.body_hash, now, note=note),
            news.fresh if config.poll.adaptive else None,
            now,
            chance(),
            bounds=bounds_of(config),
            fresh_s=seen.page.fresh_s,
            pace=self.pace if config.poll.shared else 0.0,
        )
        if not parsed:
            await self._save_unchanged(after)
            logger.bind(feed=feed.name).debug("polled {}: unchanged", feed.name)
            return 0
        old = settle.backlog(feed, news.fresh, now, older_than_s=config.tell.backlog_age, told=config.tell.backlog_told)
        new: int = await self._on_disk(
            self._store.save_poll,
            after,
            news.fresh,
            now=now,
            skipped=parsed.skipped,
            backlog=old,
            again=news.again,
            freed=news.freed,
        )
        entries, edited = len(parsed.entries), sum(each.edited for each in news.again)
        told = logger.bind(feed=feed.name, entries=entries, new=new)
        told.info("polled {}: {} entries, {} new, {} edited", feed.name, entries, new, edited)
        return new

    async def share(self) -> None:
        """Work out anew at which pace all feeds together are polled as often as their intervals stand for."""
        bounds = bounds_of(self._config())
        self.pace = await asyncio.to_thread(lambda: pace_of(self._store.polled_feeds(), bounds))

    async def _ask(self, feed: Feed) -> _Seen:
        whole = health.ask_whole(feed, clock())
        page = await self._fetch(feed, whole=whole)
        body_hash = hashlib.sha256(page.body).hexdigest() if page.status == 200 else ""
        if page.status == 304 or body_hash == feed.body_hash:
            return _Seen(page, body_hash, None, whole)
        parsed = await self._parse(page)
        if parsed.parts:
            parsed = await self._parts(feed, parsed)
        return _Seen(page, body_hash, parsed, whole)

    async def _fetch(self, feed: Feed, *, whole: bool = True, url: str = "") -> Page:
        config, options = self._config(), feed.options
        secrets = ((name, read_secret(config, held).get_secret_value()) for name, held in options.secret_headers)
        password = read_secret(config, options.password_secret).get_secret_value() if options.password_secret else ""
        try:
            return await self._fetcher.get(
                url or feed.address,
                etag="" if whole else feed.etag,
                last_modified="" if whole else feed.last_modified,
                max_bytes=config.fetch.max_feed,
                headers=(*options.headers, *secrets),
                login=(options.username, password) if options.username else None,
                home=feed.url,  # not the server that it moved to, or names
                proxy=options.proxy,
            )
        except FetchError as error:
            if error.status != 304:
                raise
            # Nobody asked whether it changed. It is an answer all the same, and noted.
            return Page(feed.address, feed.address, 304, fetched_at=clock())

    async def _parse(self, page: Page) -> ParsedFeed:
        if len(page.body) <= AT_HAND:
            parsed = parse.parse_ordinary(page, clock())
            if parsed is not None:
                return parsed
        timeout = PATIENCE * self._config().read.timeout
        return await self._workers.run(partial(parse.parse, page, now=clock()), timeout_s=timeout)

    async def _parts(self, feed: Feed, index: ParsedFeed) -> ParsedFeed:
        """What the sitemaps that an index leads to list together; those that cannot be had are passed over."""
        found = []
        fault: MonitorError = ParseError("none of the sitemaps that it lists can be read")
        for part in index.parts:
            try:
                parsed = await self._parse(await self._fetch(feed, url=part))
            except (FetchError, ParseError, ExtractError) as error:
                fault = error
                continue
            if parsed.kind == "sitemap":
                found.append(parsed)
        if not found:
            raise fault
        return join(index, found)

    async def _save_unchanged(self, feed: Feed) -> None:
        """Save a poll that brought nothing, together with all that end while the disk is busy."""
        lost: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._unchanged.append((feed, lost))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        if await lost:
            raise stale(FEED, feed.id)

    async def _flush(self) -> None:
        while self._unchanged:
            waiting, self._unchanged = self._unchanged, []
            try:
                lost = await self._on_disk(self._store.save_unchanged, [feed for feed, _ in waiting])
            except Exception as error:  # noqa: BLE001 - it is told to all who wait
                for _, future in waiting:
                    if not future.done():
                        future.set_exception(error)
                continue
            for feed, future in waiting:
                if not future.done():
                    future.set_result(feed.id in lost)
        self._flushing = None

    async def _failed(self, feed: Feed, error: MonitorError) -> int:
        now = clock()
        after = settle.poll_failed(feed, error, now, chance(), longest_s=self._config().poll.max_backoff)
        await self._on_disk(self._store.save_poll, after, (), now=now)
        told = logger.bind(feed=feed.name, failures=after.failures)
        if after.state is FeedState.GONE:
            told.warning("retired {}: {}", feed.name, error)
        elif after.failures > feed.failures:
            told.warning("cannot poll {}: {}", feed.name, error)
        else:
            told.debug("put off {}: {}", feed.name, error)
        return 0


def bounds_of(config: Config) -> Bounds:
    """Between which times feeds are polled that set none of their own."""
    poll = config.poll
    return Bounds(poll.shortest_interval, poll.longest_interval, poll.longest_wish)
