"""Page → feed: a body becomes the entries that it lists, or the plain reason why it lists none."""

from datetime import datetime

from monitor.errors import ParseError
from monitor.model import Page, ParsedFeed
from monitor.think.charset import to_text
from monitor.think.parse_json import parse_json
from monitor.think.parse_sitemap import parse_sitemap
from monitor.think.parse_xml import parse_xml
from monitor.think.tidy import tidy


def parse(page: Page, now: datetime) -> ParsedFeed:
    """Read a body as RSS, Atom, RDF, JSON Feed or a news sitemap, whatever its Content-Type says it is."""
    if not page.body.strip(b"\0 \t\r\n"):
        raise ParseError("empty")
    text = to_text(page.body, page.content_type).lstrip("\ufeff\0 \t\r\n")
    if text.startswith(("{", "[")):
        return parse_json(text, page.final_url, now)
    tidied = tidy(text)
    if tidied.root == "urlset":
        return parse_sitemap(tidied, page.final_url, now)
    return parse_xml(tidied, page.final_url, now)
