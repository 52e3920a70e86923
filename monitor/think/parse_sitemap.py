"""A news sitemap becomes the entries that it lists."""

from datetime import datetime

from lxml import etree

from monitor.errors import ParseError
from monitor.model import ParsedFeed
from monitor.think.entry import Said, SaidFeed, to_feed
from monitor.think.tidy import Tidied


def parse_sitemap(tidied: Tidied, address: str, now: datetime) -> ParsedFeed:
    """Read a sitemap in the form that news search asks for; a plain one names no titles and no dates."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(tidied.text.encode(), parser)
    except etree.LxmlError as error:
        raise ParseError("broken XML") from error
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


def _said(url: etree._Element) -> Said:
    news = "{*}news/{*}"
    return Said(
        link=url.findtext("{*}loc") or "",
        title=url.findtext(f"{news}title") or "",
        published=url.findtext(f"{news}publication_date") or "",
        updated=url.findtext("{*}lastmod") or "",
        language=url.findtext(f"{news}publication/{{*}}language") or "",
    )
