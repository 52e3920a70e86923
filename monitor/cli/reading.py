"""One page, or one file, read and judged by every topic; nothing is stored."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from monitor.edge.clock import clock
from monitor.edge.fetch import Fetcher
from monitor.edge.workers import Workers
from monitor.errors import FetchError
from monitor.model import Article, Match, Page
from monitor.pipeline import reading_of
from monitor.rules import load_rules
from monitor.settings import Config
from monitor.think import match, settle
from monitor.think.judge import judge
from monitor.think.missing import missing
from monitor.wire import fetch_settings


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a page says, which topics ask for it, and why the others do not: (topic, reasons)."""

    article: Article
    matches: tuple[Match, ...]
    missed: tuple[tuple[str, tuple[str, ...]], ...]


async def opinion(config: Config, source: str) -> Opinion:
    """Fetch or take a page, extract its article, and ask every topic."""
    rules = load_rules(config)
    page = await _page(config, source)
    blank = Article(id=0, key=source, url=page.final_url)
    async with Workers(1, timeout_s=config.read.timeout, memory_bytes=config.read.memory) as workers:
        extracted = await workers.run(reading_of(page, blank, clock()))
    article = settle.read(blank, extracted, clock())
    matches = match.match(article, rules.compiled)
    held = {found.topic for found in matches}
    missed = tuple(
        (topic.name, missing(judge(article, rules.compiled, topic.name)))
        for topic in rules.pack.topics
        if topic.name not in held
    )
    return Opinion(article, matches, missed)


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
