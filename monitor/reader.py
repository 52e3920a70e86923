"""An article that is owed a reading → its page, as far as it is needed, read in a worker and saved."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from loguru import logger

from monitor.about import walled
from monitor.customs import Customs, customs_for
from monitor.edge import meters
from monitor.edge.clock import chance, clock
from monitor.edge.fetch import Fetcher
from monitor.edge.pages import stored_page
from monitor.edge.sites import load_site, save_site
from monitor.edge.store import Store
from monitor.edge.workers import Workers
from monitor.errors import ExtractError, FetchError
from monitor.host import hosts_of, site_of
from monitor.model import Article, ArticleState, Extracted, Page
from monitor.settings import Config
from monitor.think import extract, glance, quick, settle, site, skim
from monitor.think.match import Compiled

OnDisk = Callable[..., Awaitable[Any]]
# What a page did to its worker, for which it is read once more, with less ado.
_KILLED = frozenset({"timeout", "memory", "crashed"})


@dataclass(frozen=True, slots=True)
class InForce:
    """What the reader must know of the configuration and the rules."""

    config: Config
    compiled: Compiled
    version: str  # of the rules


class Reader:
    """Reads articles, as the configuration and the rules in force have it."""

    def __init__(
        self,
        store: Store,
        fetcher: Fetcher,
        workers: Workers,
        on_disk: OnDisk,
        in_force: Callable[[], InForce],
    ) -> None:
        self.store = store
        self.fetcher = fetcher
        self.workers = workers
        self.on_disk = on_disk
        self.in_force = in_force

    async def read(self, article: Article, *, whole: bool = False) -> Article:
        """Fetch an article's page and read it; where that fails, or need not be, the feed's own text serves.

        `whole` reads a page that no topic asks for, too.
        """
        config = self.in_force().config
        told = settle.as_edited(article)
        page: Page | None = None
        try:
            if settle.goes_without_page(told):
                after = settle.read_from_feed(told, await self.workers.run(partial(settle.feed_text, told)), clock())
            else:
                page = await self._page(told)
                after = await self._read_page(page, told, whole=whole)
        except FetchError as error:
            after = settle.fetch_failed(
                told, error, clock(), chance(), attempts=config.read.attempts, longest_s=config.poll.max_backoff
            )
        except ExtractError as error:
            meters.unreadable(error.reason)
            after = settle.unreadable(told, str(error), clock(), Extracted(about=walled(error.reason)))
        reading = settle.compared(article, after, clock())
        keeps = config.read.keep_pages or reading.article.state is ArticleState.UNREAD
        kept = page if keeps and not reading.worse else None
        await self.on_disk(self.store.save_reading, reading.article, clock(), kept, replaced=reading.replaced)
        meters.read(_outcome(reading.article))
        _log_reading(reading.article)
        return reading.article

    async def _page(self, article: Article) -> Page:
        if settle.was_passed(article) and article.edit is None:
            kept = await self.on_disk(stored_page, self.store.engine, article.id)
            if isinstance(kept, Page):
                return kept
        if not article.url:
            raise FetchError(settle.NO_PAGE, reason="no-page", permanent=True)
        config = self.in_force().config
        return await self.fetcher.get(article.url, max_bytes=config.fetch.max_page, robots=True)

    async def _read_page(self, page: Page, article: Article, *, whole: bool) -> Article:
        rules = self.in_force()
        config = rules.config
        if config.read.pages == "candidates" and not whole and not article.text:
            words = await self.workers.run(quick.quick, page)
            if words is not None and not skim.may_match(words, article, rules.compiled):
                return settle.passed(article, rules.version)
        try:
            extracted = await self._extract(page, article, customs_of(config, page))
        except ExtractError as error:
            if error.reason not in _KILLED:
                raise
            logger.bind(article=article.id).warning("the page of article {} {}: read in haste", article.id, error)
            extracted = await self.workers.run(glance.glance, page, article.title, article.language)
            return replace(settle.read(article, extracted, clock()), note=f"{settle.IN_HASTE}: {error}")
        return settle.read(article, extracted, clock())

    async def _extract(self, page: Page, article: Article, customs: Customs) -> Extracted:
        """Read a page with what is known of its site, and remember what of it others have shown, too."""
        host = host_of(page)
        if not host:
            return await self.workers.run(reading_of(page, article, clock(), customs))
        memory = await self.on_disk(load_site, self.store.engine, host)
        known = replace(customs, boilerplate=site.boilerplate(memory))
        extracted = await self.workers.run(reading_of(page, article, clock(), known))
        if site.dropped_too_much(extracted.lines):
            extracted = await self.workers.run(reading_of(page, article, clock(), customs))
        learned = site.learn(memory, extracted.lines, article.key, extracted.title, clock().date())
        if learned is not memory:
            # Whoever read another page of the site meanwhile has learned enough.
            await self.on_disk(save_site, self.store.engine, learned, memory.pages, clock())
        return extracted


def host_of(page: Page) -> str:
    """The site that a page belongs to."""
    return site_of(page.final_url)


def reading_of(
    page: Page, article: Article, now: datetime, customs: Customs = extract.NO_CUSTOMS
) -> Callable[[], Extracted]:
    """The work of reading a page, ready to be sent to a worker."""
    return partial(
        extract.extract,
        page,
        title_hint=article.title,
        summary_hint=article.summary,
        language_hint=article.language,
        published_hint=article.published_at,
        customs=customs,
        now=now,
    )


def customs_of(config: Config, page: Page) -> Customs:
    """What the configuration says of a page: by its host, and by those that this is below."""
    return customs_for(hosts_of(page.final_url), config.site)


def _outcome(article: Article) -> str:
    """What became of a reading, in a word."""
    if article.state in (ArticleState.READ, ArticleState.UNREAD, ArticleState.FAILED):
        return "later" if article.state is ArticleState.READ else article.state.value
    return article.text_source.value or "nothing"


def _log_reading(article: Article) -> None:
    told = logger.bind(article=article.id, url=article.url)
    if article.state is ArticleState.READ:
        told.warning("cannot read {}, trying again: {}", article.url, article.last_error)
    elif article.state is ArticleState.UNREAD:
        told.debug("article {} is kept unread: no topic can ask for it", article.id)
    elif article.edit:
        told.info("read article {} again: revision {} {}", article.id, article.revision, article.note)
    elif article.note:
        told.info("read article {}: {}", article.id, article.note)
    else:
        told.info("read article {}: {} characters, {}", article.id, len(article.text), article.language or "?")
