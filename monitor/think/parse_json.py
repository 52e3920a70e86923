"""A JSON Feed becomes the entries that it lists, whatever types its values have."""

import html
import json
import math
from datetime import datetime
from typing import Any

from monitor.errors import ParseError
from monitor.model import ParsedFeed
from monitor.think.entry import Said, SaidFeed, to_feed
from monitor.think.parse_wishes import read_json_wishes
from monitor.think.tidy import MAX_ENTRIES

_MARKS = 500_000  # brackets or commas: each may cost a hundred bytes of memory, and a feed of 10 MB has 200,000


def parse_json(text: str, address: str, now: datetime) -> ParsedFeed:
    """Read a JSON Feed of version 1 or 1.1."""
    if max(text.count("[") + text.count("{"), text.count(",")) > _MARKS:
        raise ParseError(f"JSON with more than {_MARKS:,} values")
    try:
        feed = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise ParseError("broken JSON") from error
    if not isinstance(feed, dict) or "jsonfeed.org" not in _text(feed.get("version")):
        raise ParseError("JSON, but not a JSON Feed")
    items = feed.get("items")
    if not isinstance(items, list):
        raise ParseError("a JSON Feed without a list of items")
    said = SaidFeed(
        kind="json",
        link=_text(feed.get("home_page_url")),
        title=html.escape(_text(feed.get("title"))),
        language=_text(feed.get("language")),
        left_out=max(0, len(items) - MAX_ENTRIES),
        wishes=read_json_wishes(feed, address),
    )
    return to_feed(said, map(_said, items[:MAX_ENTRIES]), address, now)


def _said(item: Any) -> Said | str:
    if not isinstance(item, dict):
        return "an item that is not an object"
    return Said(
        guid=_text(item.get("id")),
        link=_text(item.get("url")) or _text(item.get("external_url")),
        title=_text(item.get("title")),
        plain_title=True,
        summary=html.escape(_text(item.get("summary"))),
        content=_text(item.get("content_html")) or html.escape(_text(item.get("content_text"))),
        authors=_authors(item.get("authors")) or _authors(item.get("author")),
        published=_text(item.get("date_published")),
        updated=_text(item.get("date_modified")),
        language=_text(item.get("language")),
    )


def _text(value: Any) -> str:
    """A text as it is, a number as text, nothing for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 1e15 else ""


def _authors(value: Any) -> tuple[str, ...]:
    people = value if isinstance(value, list) else [value]
    names = (_text(person.get("name") if isinstance(person, dict) else person) for person in people[:100])
    return tuple(name for name in names if name)
