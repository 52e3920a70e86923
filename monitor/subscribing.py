"""An address or an OPML file becomes feeds to watch; feeds become OPML."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET  # we only write with it

from monitor.edge import sources
from monitor.edge.clock import clock
from monitor.edge.fetch import Fetcher
from monitor.errors import ConfigError, FetchError, ParseError
from monitor.model import Feed, ParsedFeed
from monitor.settings import Config, FeedConfig
from monitor.settings.kinds import check_web_address
from monitor.think import discover, parse
from monitor.wire import fetch_settings, open_store


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody says of a feed to come."""

    url: str
    name: str = ""
    language: str = ""
    country: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()


async def subscribe(config: Config, wish: Wish) -> tuple[Feed, str, int]:
    """Find the feed, see that it can be read, and watch it: (feed, its title, entries it has now)."""
    feed, parsed = await find(config, wish)
    store = open_store(config)
    store.upgrade(clock())
    sources.add(store.engine, feed, clock())
    store.close()
    return feed, parsed.title, len(parsed.entries)


async def find(config: Config, wish: Wish) -> tuple[Feed, ParsedFeed]:
    """The feed at an address, or the one that a site's home page names, and what it shows now; nothing is stored."""
    try:
        address = check_web_address(wish.url if "://" in wish.url else f"https://{wish.url}")
    except ValueError as error:
        raise ConfigError(f"{wish.url!r} is not {error}") from error
    async with Fetcher(fetch_settings(config)) as fetcher:
        url, parsed = await _find(fetcher, address, config.fetch.max_feed)
    return _feed(config, wish, url, wish.language or parsed.language[:2].lower()), parsed


async def _find(fetcher: Fetcher, address: str, max_bytes: int) -> tuple[str, ParsedFeed]:
    page = await fetcher.get(address, max_bytes=max_bytes)
    try:
        return page.final_url, parse.parse(page, clock())
    except ParseError as error:
        refused = error
    for url in discover.find_feeds(page):
        try:
            found = await fetcher.get(url, max_bytes=max_bytes)
            return found.final_url, parse.parse(found, clock())
        except (FetchError, ParseError):
            continue  # a home page may name feeds that are long gone: the next one may be alive
    raise ParseError(f"{address}: {refused}", hint="the page names no feed that can be read: give the feed's own URL")


def _feed(config: Config, wish: Wish, url: str, language: str) -> Feed:
    name = wish.name or name_of(url)
    language = language if re.fullmatch(r"[a-z]{2,3}", language) else ""
    try:
        FeedConfig(name=name, url=url, language=language, country=wish.country, kind=wish.kind, tags=wish.tags)
    except ValueError as error:
        raise ConfigError(f"the feed cannot be added: {error}") from error
    return Feed(
        id=0,
        name=name,
        url=url,
        language=language,
        country=wish.country,
        kind=wish.kind,
        tags=wish.tags,
        interval_s=config.poll.interval,
    )


def name_of(url: str) -> str:
    """A name for a feed, from its address: host and path, without what every feed has."""
    parts = urlsplit(url)
    words = re.split(r"[^a-z0-9]+", f"{(parts.hostname or '').removeprefix('www.')} {parts.path}".lower())
    told = [word for word in words if word and word not in {"rss", "xml", "feed", "feeds", "atom", "json"}]
    return "-".join(told)[:80].strip("-") or "feed"


def from_opml(file: Path, config: Config) -> tuple[list[Feed], list[str]]:
    """The feeds of an OPML file, and what is wrong with the rest."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    return read_opml(body, str(file), config)


def read_opml(body: bytes, source: str, config: Config) -> tuple[list[Feed], list[str]]:
    """The feeds of an OPML document, and what is wrong with the rest."""
    import listparser  # noqa: PLC0415 - rarely needed

    listed = listparser.parse(body)
    if not listed.feeds:
        raise ConfigError(f"{source}: holds no feeds", hint="give an OPML file, such as feed readers export")
    feeds, faults = [], []
    for row in listed.feeds:
        try:
            wish = Wish(row.url, tags=tuple(tag for tag in row.tags if tag))
            feeds.append(_feed(config, wish, check_web_address(row.url), ""))
        except (ValueError, ConfigError) as error:
            faults.append(f"{row.url!r} is passed over: {error}")
    return feeds, faults


def to_opml(feeds: Iterable[Feed]) -> str:
    """An OPML 2.0 document."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "Feeds of monitor"
    body = ET.SubElement(root, "body")
    for feed in feeds:
        body.append(ET.Element("outline", dict(_outline(feed))))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _outline(feed: Feed) -> Iterator[tuple[str, str]]:
    yield "type", "rss"
    yield "text", feed.name
    yield "title", feed.title or feed.name
    yield "xmlUrl", feed.url
    if feed.tags:
        yield "category", ",".join(feed.tags)
    if feed.language:
        yield "language", feed.language
