"""Page → feed: a body becomes the entries that it lists, or the plain reason why it lists none."""

from dataclasses import replace
from datetime import datetime

from monitor.errors import ParseError
from monitor.model import Page, ParsedFeed
from monitor.think.charset import to_text
from monitor.think.entry import Said, SaidFeed, to_feed
from monitor.think.parse_fast import read_fast
from monitor.think.parse_json import parse_json
from monitor.think.parse_sitemap import is_index, parse_index, parse_sitemap
from monitor.think.parse_wishes import read_wishes
from monitor.think.parse_xml import read_xml
from monitor.think.tidy import tidy

# Items and their parts: a feed of 60 kB has some dozens, and thousands of empty ones take a tenth of a second.
_FEW_OBJECTS = 500


def parse_ordinary(page: Page, now: datetime) -> ParsedFeed | None:
    """Read an ordinary, well-formed feed, which takes milliseconds; None when it must be looked at more closely."""
    text = to_text(page.body, page.content_type).lstrip("\ufeff\0 \t\r\n")
    if text.startswith("{") and text.count("{") <= _FEW_OBJECTS:
        return parse_json(text, page.final_url, now)
    said = read_fast(text) if text.startswith("<") else None
    return _feed(*said, text, page.final_url, now) if said else None


def parse(page: Page, now: datetime) -> ParsedFeed:
    """Read a body as RSS, Atom, RDF, JSON Feed or a news sitemap, whatever its Content-Type says it is."""
    if not page.body.strip(b"\0 \t\r\n"):
        raise ParseError("empty")
    text = to_text(page.body, page.content_type).lstrip("\ufeff\0 \t\r\n")
    if text.startswith(("{", "[")):
        return parse_json(text, page.final_url, now)
    if is_index(text):
        return parse_index(text, page.final_url, now)
    return _parse_xml(text, page.final_url, now)


def _parse_xml(text: str, address: str, now: datetime) -> ParsedFeed:
    """Most feeds are read in the fast lane; of all others feedparser is the judge."""
    said = read_fast(text)
    if said is None:
        tidied = tidy(text)
        if tidied.root == "urlset":
            return parse_sitemap(tidied, address, now)
        said = read_xml(tidied)
    return _feed(*said, text, address, now)


def _feed(feed: SaidFeed, items: list[Said], text: str, address: str, now: datetime) -> ParsedFeed:
    return to_feed(replace(feed, wishes=read_wishes(text, address)), items, address, now)
