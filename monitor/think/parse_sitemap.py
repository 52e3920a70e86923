"""A news sitemap becomes the entries that it lists, an index the few sitemaps to ask in its stead."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from operator import itemgetter

from lxml import etree

from monitor.errors import ParseError
from monitor.model import ParsedFeed
from monitor.think.dates import AHEAD
from monitor.think.entry import Said, SaidFeed, absolute, to_feed
from monitor.think.metadata import same_site
from monitor.think.tidy import MAX_ENTRIES, Tidied

MAX_PARTS = 5  # sitemaps of an index: one that is sorted by day or topic changes in no more of them at a time
_MOST_INDEX = 4_000_000  # characters: some 20,000 sitemaps
_MOST_LISTED = 50_000
_INDEX = re.compile(r"(?:\s++|<\?[^<>]{0,2000}\?>|<!--(?:(?!--)[^<]){0,2000}-->)*+<(?:\w{1,20}:)?sitemapindex[\s/>]")
_NEWS = re.compile(r"news|nachricht|aktuell|actu|notici|latest|recent", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d(?!\d)")
_MOST_TRIED = 200


def parse_sitemap(tidied: Tidied, address: str, now: datetime) -> ParsedFeed:
    """Read a sitemap in the form that news search asks for; a plain one names no titles and no dates."""
    root = _tree(tidied.text)
    items = [_said(url) for url in root.iter("{*}url") if url.find("{*}news") is not None]
    if not items and "news" not in root.nsmap:
        raise ParseError("a sitemap without news: it names no titles and no dates")
    feed = SaidFeed(
        kind="sitemap",
        title=root.findtext(".//{*}publication/{*}name") or "",
        language=root.findtext(".//{*}publication/{*}language") or "",
        left_out=tidied.left_out,
        whole=tidied.whole,
    )
    return to_feed(feed, items, address, now)


def is_index(text: str) -> bool:
    """Whether a document is a sitemap of sitemaps."""
    return _INDEX.match(text) is not None


def parse_index(text: str, address: str, now: datetime) -> ParsedFeed:
    """Choose among the sitemaps of a site those that hold its latest news: by their names, then by their dates."""
    listed: list[tuple[bool, str, str]] = []
    for one in islice(_tree(text[:_MOST_INDEX]).iter("{*}sitemap"), _MOST_LISTED):
        place, changed = one.findtext("{*}loc") or "", (one.findtext("{*}lastmod") or "").strip()
        # Dates in this form sort as they are; reading them all would take a second.
        sound = _DATE.match(changed) and changed[:10] <= (now + AHEAD).date().isoformat()
        listed.append((_NEWS.search(place.strip().split("/", 3)[-1]) is not None, changed if sound else "", place))
    listed.sort(key=itemgetter(0, 1), reverse=True)
    parts: dict[str, None] = {}
    for *_, place in listed[:_MOST_TRIED]:
        part = absolute(place)
        if part and part != address and same_site(part, address) and len(parts) < MAX_PARTS:
            parts[part] = None
    if not parts:
        raise ParseError("a sitemap index that lists no sitemap of its own site")
    return ParsedFeed("sitemap-index", title="", language="", entries=(), parts=tuple(parts), whole=False)


def join(index: ParsedFeed, parts: Sequence[ParsedFeed]) -> ParsedFeed:
    """One feed of the sitemaps that an index led to; an entry that two of them list counts once.

    It is never whole: an index may stay as it is while its parts change, so its validators are worth nothing.
    """
    sitemaps = [part for part in parts if part.kind == "sitemap"]
    entries = {entry.key: entry for part in reversed(sitemaps) for entry in reversed(part.entries)}
    return replace(
        index,
        title=next((part.title for part in sitemaps if part.title), ""),
        language=next((part.language for part in sitemaps if part.language), ""),
        entries=tuple(reversed(entries.values()))[:MAX_ENTRIES],
        skipped=tuple(reason for part in sitemaps for reason in part.skipped),
        whole=False,
    )


def _tree(text: str) -> etree._Element:
    """The tree of a sitemap, as far as it is sound; nothing is expanded or fetched for it."""
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError as error:
        raise ParseError("broken XML") from error
    if root is None:
        raise ParseError("broken XML")
    return root


def _said(url: etree._Element) -> Said:
    news = "{*}news/{*}"
    return Said(
        link=url.findtext("{*}loc") or "",
        title=url.findtext(f"{news}title") or "",
        published=url.findtext(f"{news}publication_date") or "",
        updated=url.findtext("{*}lastmod") or "",
        language=url.findtext(f"{news}publication/{{*}}language") or "",
    )
