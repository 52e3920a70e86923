"""A feed that is owed a poll becomes what it brought: asked for, read, compared with what it showed before, saved."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from loguru import logger

from monitor.config import read_secret
from monitor.edge import meters
from monitor.edge.claims import stale
from monitor.edge.clock import chance, clock
from monitor.edge.fetch import Fetcher
from monitor.edge.polls import Polled
from monitor.edge.store import Store
from monitor.edge.tables import FEED
from monitor.edge.workers import Workers
from monitor.edits import Known, News
from monitor.errors import ExtractError, FetchError, MonitorError, ParseError, StoreError
from monitor.model import Feed, FeedState, Page, ParsedFeed, Sighting
from monitor.settings import Config
from monitor.think import discover, health, parse, settle, shown
from monitor.think.parse_sitemap import join
from monitor.think.schedule import Bounds, pace_of
from monitor.together import Together

# An ordinary feed of so many bytes is read within some milliseconds: to send it to a worker takes as long again.
AT_HAND = 60_000
# A feed may be three times as large as a page, and is worth the wait.
PATIENCE = 3


# A body of so many bytes takes a worker for a second and tens of megabytes: one is read at a time, after all others.
HEAVY = 1_000_000
# So many bytes of such bodies may wait for that; the feeds of others are asked again after a pause.
MOST_HELD = 64_000_000
PAUSE_S = 30.0
# So many polls are looked up or saved in one transaction, in which others wait for the disk: some 20 ms.
TOGETHER = 64


@dataclass(frozen=True, slots=True)
class _Seen:
    """What came of asking."""

    page: Page
    body_hash: str
    parsed: ParsedFeed | None  # none when it is what we know already
    whole: bool  # whether all of it was asked for, and not only what changed
    records: bytes = b""  # by which to know next time what it showed


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
        self._held = 0  # bytes of large bodies that wait to be read
        self._known = Together(self._look_up, most=TOGETHER, costly=(StoreError,))
        self._saved = Together(self._save, most=TOGETHER, costly=(StoreError,))

    async def poll(self, feed: Feed) -> int:
        """Ask a feed what is new; how many articles are."""
        try:
            seen = await self._ask(feed)
        except MonitorError as error:
            return await self._failed(feed, error)
        parsed = seen.parsed
        sightings = discover.sightings(feed, parsed) if parsed else ()
        news = discover.compare(sightings, await self._known.ask((feed.id, sightings))) if sightings else News()
        now, config = clock(), self._config()
        after = self._after(feed, seen, news, now)
        if not parsed:
            await self._keep(Polled(after, now, quiet=True, same=settle.is_same(feed, after)))
            meters.polled("unchanged")
            logger.bind(feed=feed.name).debug("polled {}: unchanged", feed.name)
            return 0
        old = settle.backlog(feed, news.fresh, now, older_than_s=config.tell.backlog_age, told=config.tell.backlog_told)
        skipped = parsed.skipped
        saved = Polled(after, now, fresh=news.fresh, skipped=skipped, backlog=old, again=news.again, freed=news.freed)
        new = await self._keep(saved)
        edited = sum(each.edited for each in news.again)
        meters.polled("news" if new else "nothing", new)
        told = logger.bind(feed=feed.name, entries=len(parsed.entries), new=new)
        told.info("polled {}: {} entries read, {} new, {} edited", feed.name, len(parsed.entries), new, edited)
        return new

    def _after(self, feed: Feed, seen: _Seen, news: News, now: datetime) -> Feed:
        """The feed as a good poll leaves it."""
        config = self._config()
        note = health.note_of(feed, seen.page, news.fresh, now, whole=seen.whole)
        records = shown.trusted(seen.records, news)
        polled = settle.polled(feed, seen.page, seen.parsed, seen.body_hash, now, note=note, records=records)
        return settle.planned(
            polled,
            news.fresh if config.poll.adaptive else None,
            now,
            chance(),
            bounds=bounds_of(config),
            fresh_s=seen.page.fresh_s,
            pace=self.pace if config.poll.shared else 0.0,
        )

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
        parsed, records = await self._read(feed, page)
        if parsed and parsed.parts:
            parsed, records = await self._parts(feed, parsed), b""
        return _Seen(page, body_hash, parsed, whole, records)

    async def _read(self, feed: Feed, page: Page) -> tuple[ParsedFeed | None, bytes]:
        """What is new in a body, None if nothing is, and what to know all of it by the next time."""
        parts = shown.cut(page)
        if parts is None:
            return await self._parse(page), b""
        rest = shown.lessen(page, parts, feed.records)
        if rest and not rest.body:
            return None, feed.records
        if rest:
            with suppress(ParseError):
                parsed = await self._parse(rest)
                records = shown.remember(parts, parsed, feed.records)
                if records is not None:
                    return parsed, records
        parsed = await self._parse(page)
        return parsed, shown.remember(parts, parsed) or b""

    async def _fetch(self, feed: Feed, *, whole: bool = True, url: str = "") -> Page:
        config, options = self._config(), feed.options
        headers = options.headers
        if options.secret_headers:
            secrets = ((name, read_secret(config, held).get_secret_value()) for name, held in options.secret_headers)
            headers = (*headers, *secrets)
        password = read_secret(config, options.password_secret).get_secret_value() if options.password_secret else ""
        try:
            return await self._fetcher.get(
                url or feed.address,
                etag="" if whole else feed.etag,
                last_modified="" if whole else feed.last_modified,
                max_bytes=config.fetch.max_feed,
                headers=headers,
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
        size = len(page.body)
        if size <= HEAVY:
            return await self._in_a_worker(page)
        if self._held and self._held + size > MOST_HELD:
            raise FetchError("put off: other large feeds are being read", reason="paused", retry_after=PAUSE_S)
        self._held += size
        try:
            return await self._in_a_worker(page)
        finally:
            self._held -= size

    async def _in_a_worker(self, page: Page) -> ParsedFeed:
        timeout, heavy = PATIENCE * self._config().read.timeout, len(page.body) > HEAVY
        reading = partial(parse.parse, page, now=clock())
        return await self._workers.run(reading, timeout_s=timeout, urgent=not heavy, heavy=heavy)

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

    async def _look_up(self, polls: Sequence[tuple[int, tuple[Sighting, ...]]]) -> list[Known]:
        found = await self._on_disk(self._store.known, dict(polls))
        return [found[feed_id] for feed_id, _ in polls]

    async def _save(self, polls: Sequence[Polled]) -> list[int | None]:
        new = await self._on_disk(self._store.save_polls, polls)
        return [new.get(poll.feed.id) for poll in polls]

    async def _keep(self, poll: Polled) -> int:
        """Save a poll, together with all that end while the disk is busy; how many articles are new."""
        new = await self._saved.ask(poll)
        if new is None:
            raise stale(FEED, poll.feed.id)
        return new

    async def _failed(self, feed: Feed, error: MonitorError) -> int:
        now = clock()
        after = settle.poll_failed(feed, error, now, chance(), longest_s=self._config().poll.max_backoff)
        await self._keep(Polled(after, now))
        told = logger.bind(feed=feed.name, failures=after.failures)
        meters.polled(_outcome(feed, after))
        if after.state is FeedState.GONE:
            told.warning("retired {}: {}", feed.name, error)
        elif after.failures > feed.failures:
            told.warning("cannot poll {}: {}", feed.name, error)
        else:
            told.debug("put off {}: {}", feed.name, error)
        return 0


def _outcome(before: Feed, after: Feed) -> str:
    """What became of a poll that failed, in a word."""
    if after.state is FeedState.GONE:
        return "gone"
    return "failed" if after.failures > before.failures else "later"


def bounds_of(config: Config) -> Bounds:
    """Between which times feeds are polled that set none of their own."""
    poll = config.poll
    return Bounds(poll.shortest_interval, poll.longest_interval, poll.longest_wish)
