"""Feeds of a line or two, and what is read from them."""

from datetime import UTC, datetime

from monitor.model import Entry, Page, ParsedFeed
from monitor.think.parse import parse

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOME = "https://example.org/news/feed.xml"
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
STORY = "<title>Story</title><link>https://example.org/1</link><guid isPermaLink='false'>g</guid>"
TITLE = "Café — naïve résumé"


def read(body: str | bytes, content_type: str = "") -> ParsedFeed:
    return parse(Page(HOME, HOME, 200, body.encode() if isinstance(body, str) else body, content_type), NOW)


def rss(*items: str, head: str = "", root: str = "", channel: str = "") -> str:
    told = "".join(f"<item>{item}</item>" for item in items)
    inside = f"<channel><title>News</title>{channel}{told}</channel>"
    return f'<?xml version="1.0"?>{head}<rss version="2.0"{root}>{inside}</rss>'


def only(feed: ParsedFeed) -> Entry:
    (entry,) = feed.entries
    return entry
