"""A body becomes what is left to read of it: items that the last poll saw are known by their bytes.

Most of a feed that brings news is what it showed before. To read, clean and compare all of it again takes ten times as
long as the rest of a poll.
"""

import json
import re
from dataclasses import dataclass, replace
from hashlib import blake2b

from monitor.edits import News
from monitor.model import Entry, Page, ParsedFeed
from monitor.think.discover import READING, canonical, identity

# Beyond these, a body takes too long to take apart on the spot, and its items are too many for a row to remember.
_LONGEST = 2_000_000
_MOST_ITEMS = 1_000
_ROOT = re.compile(rb"<(rss|feed|urlset|rdf:RDF)[\s>]")
_HEAD = 4_096  # bytes in which the root stands
_ITEMS = {b"rss": b"item", b"rdf:RDF": b"item", b"feed": b"entry", b"urlset": b"url"}
_OPENINGS = {name: re.compile(rb"<%s(?=[\s>])" % name) for name in set(_ITEMS.values())}
# What changes around the items while it says nothing of them: when the document was made, and a list of what is in it.
_PASSING = re.compile(
    rb"<(lastBuildDate|pubDate|updated|dc:date|items)(?:\s[^<>]{0,300})?>[^\0]{0,200000}?</\1\s*>|<!--[^\0]{0,20000}?-->"
)
# A record of an item: digests of its bytes, of its name in the feed, and of where it leads.
_ITEM, _NAME, _PLACE = 8, 4, 4
_RECORD = _ITEM + _NAME + _PLACE
_FRAME = 8


@dataclass(frozen=True, slots=True)
class Cut:
    """A body, cut into its items and the gaps around them."""

    gaps: tuple[bytes, ...]  # one more than there are items; of JSON, what stands before all and after all
    items: tuple[bytes, ...]
    digests: tuple[bytes, ...]  # of the items
    frame: bytes  # a digest of all else that may change what an item means
    json: bool = False


def cut(page: Page) -> Cut | None:
    """Cut RSS, Atom, RDF, a sitemap or a JSON Feed into its items; None when it is not plain where they are."""
    body = page.body
    if len(body) <= _LONGEST and body.startswith((b"{", b"\xef\xbb\xbf{")):
        return _cut_json(page)
    root = _ROOT.search(body, 0, _HEAD) if len(body) <= _LONGEST else None
    if not root or b"\0" in body or not _is_utf8(body):
        return None
    name = _ITEMS[root[1]]
    closing = b"</%s>" % name
    *pieces, rest = body.split(closing, _MOST_ITEMS + 1)
    if not 0 < len(pieces) <= _MOST_ITEMS:
        return None
    split = [_OPENINGS[name].split(piece) for piece in pieces]
    gaps = (*(parts[0] for parts in split), rest)
    frame = b"\0".join((gaps[0], *(gap for gap in gaps[1:-1] if not gap.isspace()), rest))
    frame = _PASSING.sub(b"", frame)
    if any(len(parts) != 2 for parts in split) or _OPENINGS[name].search(rest) or not _is_closed(frame):
        return None
    items = tuple(piece[len(parts[0]) :] + closing for piece, parts in zip(pieces, split, strict=True))
    return Cut(gaps, items, tuple(_hash(item, _ITEM) for item in items), _hash(_context(page) + frame, _FRAME))


def _cut_json(page: Page) -> Cut | None:
    """The items as they are written anew, always in the same way."""
    try:
        feed = json.loads(page.body.decode("utf-8-sig"), strict=False)
        held = feed.pop("items", None)
        if not isinstance(held, list) or not 0 < len(held) <= _MOST_ITEMS:
            return None
        items = tuple(json.dumps(item).encode() for item in held)
        frame = json.dumps(feed).encode()
    except (ValueError, RecursionError):
        return None
    digests = tuple(_hash(item, _ITEM) for item in items)
    start = b"{" if frame == b"{}" else frame[:-1] + b", "
    return Cut((start + b'"items": [', b"]}"), items, digests, _hash(_context(page) + frame, _FRAME), json=True)


def _context(page: Page) -> bytes:
    return f"{READING}\n{page.final_url}\n{page.content_type}\n".encode("utf-8", "surrogatepass")


def lessen(page: Page, parts: Cut, shown: bytes) -> Page | None:
    """The page with only those items that `shown` does not hold, empty if there are none; None to read all of it."""
    if not shown or shown[:_FRAME] != parts.frame:
        return None
    records = _records(shown)
    left = [index for index, digest in enumerate(parts.digests) if digest not in records]
    if len(left) == len(parts.items):
        return None
    if parts.json:
        body = b", ".join(parts.items[index] for index in left)
        return replace(page, body=parts.gaps[0] + body + parts.gaps[1] if left else b"")
    if not all(_is_closed(parts.items[index]) for index in left):
        return None
    kept = set(left)
    pieces = [gap + (parts.items[index] if index in kept else b"") for index, gap in enumerate(parts.gaps[:-1])]
    return replace(page, body=b"".join((*pieces, parts.gaps[-1])) if left else b"")


def remember(parts: Cut, parsed: ParsedFeed, shown: bytes = b"") -> bytes | None:
    """What to know these items by the next time; nothing when it is not plain which item became which entry.

    Nor when two items bear one name or lead to one place: which of them counts, only the whole document tells. With
    `shown`, `parsed` is what was left of it; None then stands for nothing, and that all of it must be read.
    """
    records = _records(shown)
    fresh = [digest for digest in parts.digests if digest not in records]
    if not parsed.whole or parsed.skipped or len(fresh) != len(parsed.entries):
        return None if shown else b""
    if not (shown or parts.json or all(map(_is_closed, parts.items))):
        return b""
    known = records | {digest: _record(digest, entry) for digest, entry in zip(fresh, parsed.entries, strict=True)}
    held = [known[digest] for digest in dict.fromkeys(parts.digests)]
    if not _differ(held, _ITEM, _ITEM + _NAME) or not _differ(held, _ITEM + _NAME, _RECORD):
        return None if shown else b""
    return parts.frame + b"".join(held)


def trusted(records: bytes, news: News) -> bytes:
    """What to know items by the next time; nothing while entries come under other names than before.

    Two of them may have been taken for one article, and which of them is left out next time would decide.
    """
    renamed = any(each.seen.entry_key != each.sighting.entry.key for each in news.again)
    return b"" if renamed or news.freed else records


def _differ(records: list[bytes], start: int, end: int) -> bool:
    return len({record[start:end] for record in records}) == len(records)


def _records(shown: bytes) -> dict[bytes, bytes]:
    """The records by the digests of their items."""
    found = (shown[start : start + _RECORD] for start in range(_FRAME, len(shown), _RECORD))
    return {record[:_ITEM]: record for record in found}


def _record(digest: bytes, entry: Entry) -> bytes:
    place = canonical(entry.link) if entry.link else identity(entry)
    return digest + _hash(entry.key.encode(), _NAME) + _hash(place.encode("utf-8", "surrogatepass"), _PLACE)


def _is_closed(markup: bytes) -> bool:
    """Whether all comments and marked sections that begin in it end in it."""
    sections = markup.count(b"<![CDATA[") == markup.count(b"]]>")
    return sections and markup.count(b"<!--") == markup.count(b"-->")


def _is_utf8(body: bytes) -> bool:
    # In any other encoding, what is left out may have told which one it is.
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _hash(data: bytes, size: int) -> bytes:
    return blake2b(data, digest_size=size).digest()
