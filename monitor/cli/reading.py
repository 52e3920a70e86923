"""One page, or one file, read and judged by every topic; nothing is stored."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from monitor.beat import LEASE_S
from monitor.cli.context import archive
from monitor.customs import Line
from monitor.daemon import opened
from monitor.edge.clock import clock
from monitor.edge.fetch import Fetcher
from monitor.edge.pages import claim_unread
from monitor.edge.sites import load_site
from monitor.edge.workers import Workers
from monitor.errors import FetchError
from monitor.model import Article, Extracted, Match, Page
from monitor.reader import customs_of, host_of, reading_of
from monitor.rules import load_rules
from monitor.settings import Config
from monitor.think import match, settle
from monitor.think.explain import Explanation, explain
from monitor.think.site import boilerplate
from monitor.wire import fetch_settings

_TITLE = 200  # characters


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a page says, which topics ask for it, and why the others do not: (topic, reasons)."""

    article: Article
    matches: tuple[Match, ...]
    explained: tuple[Explanation, ...]

    @property
    def missed(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The topics that do not ask for it, and why."""
        return tuple((each.topic.name, each.reasons) for each in self.explained if not each.held)


async def opinion(config: Config, source: str) -> Opinion:
    """Fetch or take a page, extract its article, and ask every topic."""
    rules = load_rules(config)
    article = await read_source(config, source)
    return Opinion(article, match.match(article, rules.compiled), explain(article, rules.compiled))


async def read_source(config: Config, source: str) -> Article:
    """Fetch or take a page, and extract its article."""
    page = await _page(config, source)
    blank = Article(id=0, key=source, url=page.final_url)
    return _titled(settle.read(blank, await _extract(config, page, blank), clock()))


async def read_lines(config: Config, source: str) -> tuple[Line, ...]:
    """Fetch or take a page, and judge each of its lines."""
    page = await _page(config, source)
    return (await _extract(config, page, Article(id=0, key=source, url=page.final_url))).lines


async def read_unread(config: Config, number: int) -> None:
    """Read an article that was kept unread, from its page; the daemon tells it then."""
    async with opened(config) as pipeline:
        claimed = await pipeline.on_disk(
            claim_unread, pipeline.store.engine, [number], pipeline.store.owner, clock(), LEASE_S
        )
        for article in claimed:
            await pipeline.read(article, whole=True)


async def _extract(config: Config, page: Page, article: Article) -> Extracted:
    """Read a page with what the configuration and the archive know of its site."""
    known = customs_of(config, page)
    if host_of(page) and config.has_archive:
        with archive(config) as store:
            known = replace(known, boilerplate=boilerplate(load_site(store.engine, host_of(page))))
    async with Workers(1, timeout_s=config.read.timeout, memory_bytes=config.read.memory) as workers:
        return await workers.run(reading_of(page, article, clock(), known))


def _titled(article: Article) -> Article:
    """A plain text's first paragraph is its title, if it is short and more follows."""
    first, parted, rest = article.text.partition("\n\n")
    if article.title or not parted or len(first) > _TITLE:
        return article
    return replace(article, title=" ".join(first.split()), text=rest)


async def _page(config: Config, source: str) -> Page:
    if urlsplit(source).scheme in {"http", "https"}:
        async with Fetcher(fetch_settings(config)) as fetcher:
            return await fetcher.get(source, max_bytes=config.fetch.max_page)
    path = Path(source)
    try:
        body = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        hint = "give a page's URL (http or https), or a file that is there"
        raise FetchError(f"{source}: cannot be read: {error.strerror}", reason="file", hint=hint) from error
    address = (await asyncio.to_thread(path.resolve)).as_uri()
    kind = "text/html" if b"<" in body[:2000] and path.suffix != ".txt" else "text/plain; charset=utf-8"
    return Page(url=address, final_url=address, status=200, body=body, content_type=kind, fetched_at=clock())
