"""One page, or one file, read and judged by every topic; nothing is stored."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from monitor.edge.clock import clock
from monitor.edge.fetch import Fetcher
from monitor.edge.workers import Workers
from monitor.errors import FetchError
from monitor.model import Article, Match, Page
from monitor.reader import reading_of
from monitor.rules import load_rules
from monitor.settings import Config
from monitor.think import match, settle
from monitor.think.explain import Explanation, explain
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
    async with Workers(1, timeout_s=config.read.timeout, memory_bytes=config.read.memory) as workers:
        extracted = await workers.run(reading_of(page, blank, clock()))
    return _titled(settle.read(blank, extracted, clock()))


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
