"""The flow: poll, read, tell, deliver. Each beat asks, goes out, thinks, and saves once."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import ParamSpec, TypeVar

from loguru import logger

from monitor.edge.clock import chance, clock
from monitor.edge.fetch import Fetcher
from monitor.edge.send.channel import Channel
from monitor.edge.store import Store
from monitor.edge.workers import Workers
from monitor.errors import DeliveryError, ExtractError, FetchError, MonitorError
from monitor.model import (
    Alert,
    AlertState,
    Article,
    ArticleState,
    Attempt,
    Extracted,
    Feed,
    FeedState,
    Page,
    ParsedFeed,
    Story,
)
from monitor.rules import Rules
from monitor.settings import Config
from monitor.think import discover, extract, match, parse, render, route, settle, story

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What can change while the daemon runs: the config, its compiled rules, and the channels to its receivers."""

    config: Config
    rules: Rules
    channels: Mapping[str, Channel]


class Pipeline:
    """The four beats over one store. `rulebook` may be exchanged between two items."""

    def __init__(self, store: Store, fetcher: Fetcher, workers: Workers, rulebook: Rulebook) -> None:
        self.store = store
        self.fetcher = fetcher
        self.workers = workers
        self.rulebook = rulebook
        # One thread speaks to the disk: SQLite has one writer, and the loop must never wait for it.
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="disk")
        self._telling = asyncio.Lock()

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.rulebook.config

    async def on_disk(self, work: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """Do work on the database without holding up the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, partial(work, *args, **kwargs))

    def close(self) -> None:
        """End the disk's thread after the work that it has begun."""
        self._disk.shutdown(wait=True, cancel_futures=True)

    # Poll

    async def poll(self, feed: Feed) -> int:
        """Ask a feed what is new; how many articles are."""
        try:
            page = await self.fetcher.get(
                feed.address, etag=feed.etag, last_modified=feed.last_modified, max_bytes=self.config.fetch.max_feed
            )
            body_hash = hashlib.sha256(page.body).hexdigest() if page.status == 200 else ""
            unchanged = page.status == 304 or body_hash == feed.body_hash
            parsed = None if unchanged else await self._parse(page)
        except MonitorError as error:
            return await self._poll_failed(feed, error)
        now = clock()
        after = settle.polled(feed, page, parsed, body_hash, now, chance())
        sightings = discover.sightings(feed, parsed) if parsed else ()
        known = await self.on_disk(self.store.known, feed.id, [sighting.entry.key for sighting in sightings])
        fresh = tuple(sighting for sighting in sightings if sighting.entry.key not in known)
        tell = self.config.tell
        old = settle.backlog(feed, fresh, now, older_than_s=tell.backlog_age, told=tell.backlog_told)
        skipped = parsed.skipped if parsed else ()
        new = await self.on_disk(self.store.save_poll, after, fresh, now=now, skipped=skipped, backlog=old)
        entries = len(parsed.entries) if parsed else 0
        seen = f"{entries} entries, {new} new" if parsed else "unchanged"
        logger.bind(feed=feed.name, entries=entries, new=new).info("polled {}: {}", feed.name, seen)
        return new

    async def _parse(self, page: Page) -> ParsedFeed:
        # A feed may be three times as large as a page, and is worth the wait.
        return await self.workers.run(partial(parse.parse, page, now=clock()), timeout_s=3 * self.config.read.timeout)

    async def _poll_failed(self, feed: Feed, error: MonitorError) -> int:
        longest = self.config.poll.max_backoff
        after = settle.poll_failed(feed, error, clock(), chance(), longest_s=longest)
        await self.on_disk(self.store.save_poll, after, (), now=clock())
        if after.state is FeedState.GONE:
            logger.bind(feed=feed.name).warning("retired {}: {}", feed.name, error)
        else:
            logger.bind(feed=feed.name, failures=after.failures).warning("cannot poll {}: {}", feed.name, error)
        return 0

    # Read

    async def read(self, article: Article) -> Article:
        """Fetch an article's page and read it; where that fails, the feed's own text serves."""
        page: Page | None = None
        try:
            page = await self._page(article)
            extracted = await self.workers.run(reading_of(page, article, clock()))
            after = settle.read(article, extracted, clock())
        except FetchError as error:
            read = self.config.read
            after = settle.fetch_failed(
                article, error, clock(), chance(), attempts=read.attempts, longest_s=self.config.poll.max_backoff
            )
        except ExtractError as error:
            after = settle.unreadable(article, str(error), clock())
        kept = page if self.config.read.keep_pages else None
        await self.on_disk(self.store.save_reading, after, clock(), kept)
        _log_reading(after)
        return after

    async def _page(self, article: Article) -> Page:
        if not article.url:
            raise FetchError(settle.NO_PAGE, reason="no-page", permanent=True)
        return await self.fetcher.get(article.url, max_bytes=self.config.fetch.max_page)

    # Tell

    async def tell(self, article: Article) -> int:
        """Match an article with every topic, find its story, and owe the alerts; how many it owes."""
        async with self._telling:  # one after another: which story an article joins depends on those before it
            now = clock()
            keys = story.keys(article.title, article.text)
            since = now - timedelta(seconds=self.config.tell.story_window)
            kin = await self.on_disk(self.store.story_keys, keys, story.title_key(keys), story.ENOUGH, since)
            joined = story.join(keys, kin)
            before = await self.on_disk(self.store.story, joined) if joined else None
            told_of = await self.on_disk(self.store.told, joined) if joined else frozenset()
            current = _joined_story(article, before, now)
            after = settle.told(article, current.id)
            rules = self.rulebook.rules
            matches = match.match(after, rules.compiled)
            routes = () if article.backlog else rules.routes
            owed = route.alerts(matches, after, current, routes, told_of, now)
            await self.on_disk(
                self.store.save_telling, after, current, keys=keys, matches=matches, alerts=owed, now=now
            )
        topics = ", ".join(found.topic for found in matches)
        bound = logger.bind(article=article.id, story=current.id, topics=topics, alerts=len(owed))
        if matches:
            bound.info(
                "flagged article {} ({}): {!r}, {} alerts owed", article.id, topics, article.title[:100], len(owed)
            )
        else:
            bound.debug("no topic asks for article {}", article.id)
        return len(owed)

    # Deliver

    async def deliver(self, alert: Alert) -> Alert:
        """Send an alert to its receiver, and record how that went."""
        started = clock()
        try:
            answer = await self._send(alert)
            after, result = settle.delivered(alert, clock()), "sent"
        except DeliveryError as error:
            deliver = self.config.deliver
            after = settle.undelivered(
                alert,
                error,
                clock(),
                chance(),
                first_s=deliver.first_retry,
                longest_s=deliver.max_backoff,
                give_up_s=deliver.give_up_after,
            )
            answer, result = str(error), "failed" if after.state is AlertState.FAILED else "retry"
        await self.on_disk(self.store.save_attempt, after, Attempt(started, clock(), result, answer))
        bound = logger.bind(alert=alert.uid, receiver=alert.receiver, result=result)
        level = {"sent": "INFO", "retry": "WARNING", "failed": "ERROR"}[result]
        bound.log(level, "alert {} to {}: {} ({})", alert.uid, alert.receiver, result, answer)
        return after

    async def _send(self, alert: Alert) -> str:
        channel = self.rulebook.channels.get(alert.receiver)
        if channel is None:
            hint = "add the [[receiver]] again, then `monitor alerts retry`"
            raise DeliveryError(f"no receiver is named {alert.receiver!r} any more", permanent=True, hint=hint)
        about = await self.on_disk(self.store.context, alert)
        title = self.rulebook.rules.title(alert.topic)
        base = self.config.deliver.archive_url
        return await channel.send(render.message(alert, about.article, about.match, about.story, title, base=base))


def reading_of(page: Page, article: Article, now: datetime) -> Callable[[], Extracted]:
    """The work of reading a page, ready to be sent to a worker."""
    return partial(
        extract.extract,
        page,
        title_hint=article.title,
        summary_hint=article.summary,
        language_hint=article.language,
        published_hint=article.published_at,
        now=now,
    )


def _joined_story(article: Article, before: Story | None, now: datetime) -> Story:
    """The story with this article in it; a new one bears the article's id."""
    if before:
        return replace(before, latest_at=now, articles=before.articles + 1)
    return Story(article.id, article.title, opened_at=now, latest_at=now)


def _log_reading(article: Article) -> None:
    told = logger.bind(article=article.id, url=article.url)
    if article.state is ArticleState.READ:
        told.warning("cannot read {}, trying again: {}", article.url, article.last_error)
    elif article.note:
        told.info("read article {} from its feed: {}", article.id, article.note)
    else:
        told.info("read article {}: {} characters, {}", article.id, len(article.text), article.language or "?")
