"""Tidied RSS, Atom or RDF becomes what it says of itself and its entries, as feedparser reads it."""

from io import BytesIO
from typing import Any

import feedparser

from monitor.errors import ParseError
from monitor.think.entry import Said, SaidFeed
from monitor.think.parse_light import lighten
from monitor.think.tidy import Tidied

# Elements of which somebody reads the text: feedparser takes twenty microseconds for each, and more for some.
_MOST_ELEMENTS = 20_000
_MOST_PER_ENTRY = 20
_KINDS = {"feed": "atom", "rdf": "rdf"}
_UTF8 = {"content-type": "application/xml; charset=utf-8"}


def read_xml(tidied: Tidied) -> tuple[SaidFeed, list[Said]]:
    """Read a feed with feedparser, which knows the many dialects."""
    most = _MOST_ELEMENTS + _MOST_PER_ENTRY * tidied.entries
    if tidied.text.count("</") > most:
        raise ParseError(f"more than {most:,} elements for the {tidied.entries:,} entries that it has")
    light = lighten(tidied.text)
    try:
        # Never a text or bytes: feedparser would try them as a file name first.
        found = feedparser.parse(
            BytesIO(light.encode()),
            response_headers=_UTF8,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # what a parser makes of hostile bytes is their fault, not a bug of ours
        raise ParseError(f"feedparser cannot read it: {type(error).__name__}") from error
    feed = found.feed
    kind = _KINDS.get(tidied.root, "rss")
    said = SaidFeed(
        kind=kind,
        link=_text(feed, "link"),
        title=_text(feed, "title"),
        language=_text(feed, "language"),
        left_out=tidied.left_out,
        whole=tidied.whole,
    )
    return said, [_said(entry, kind) for entry in found.entries]


def _said(entry: dict[str, Any], kind: str) -> Said:
    title = entry.get("title_detail") or {}
    content = max((_text(part, "value") for part in _parts(entry, "content")), key=len, default="")
    summary = _text(entry, "summary")
    return Said(
        guid=_text(entry, "id"),
        link=_link(entry),
        title=_text(entry, "title"),
        plain_title=kind == "atom" and title.get("type") == "text/plain",
        summary=summary if summary != content else "",
        content=content,
        authors=tuple(_text(author, "name") for author in _parts(entry, "authors")),
        published=_text(entry, "published") or _text(entry, "created"),
        updated=_text(entry, "updated"),
        language=_text(entry, "language") or _text(title, "language"),
    )


def _link(entry: dict[str, Any]) -> str:
    """Where the item is to be read: the publisher's own address, else the first page named, else its guid."""
    original = _text(entry, "feedburner_origlink")
    if original:
        return original
    pages = [link for link in _parts(entry, "links") if link.get("rel") == "alternate" and link.get("href")]
    first = next((link for link in pages if "html" in _text(link, "type")), pages[0] if pages else {})
    link = _text(first, "href") or _text(entry, "link")
    # A guid that is no address stands for a link in feedparser's eyes.
    return "" if link == _text(entry, "id") and "://" not in link else link


def _parts(entry: dict[str, Any], key: str) -> list[dict[str, Any]]:
    parts = dict.get(entry, key)
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _text(part: dict[str, Any], key: str) -> str:
    # Not part.get: feedparser's own warns of keys that it will rename.
    value = dict.get(part, key)
    return value if isinstance(value, str) else ""
