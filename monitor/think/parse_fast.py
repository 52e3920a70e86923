"""An ordinary, well-formed feed becomes what it says, read from its tree; any other is left to feedparser."""

import re

from lxml import etree

from monitor.think.entry import Said, SaidFeed
from monitor.think.parse_item import (
    Reading,
    language_of,
    pass_over,
    read_item,
    take_guid,
    take_link,
    take_title,
    words,
)
from monitor.think.parse_names import OTHER, SKIPPED, Doubt, are_plain, part_of
from monitor.think.tidy import MAX_ENTRIES

LONGEST = 10_000_000  # characters: the longest feeds of podcasts have so many, and a tree takes ten times the memory
_MOST_MARKS = 400_000
_ATOM = "{http://www.w3.org/2005/Atom}feed"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
_RSS1 = "{http://purl.org/rss/1.0/}"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
# No document type, and nothing before the first tag but comments and instructions.
_PROLOGUE = re.compile(
    r"""(?:<\?xml\s+version=["']1\.0["'][^<>]{0,200}\?>)?(?:\s++|<!--(?:(?!--)[^<]){0,2000}-->|<\?xml-[^<>]{0,2000}\?>)*+"""
    r"<(?:rss|feed|rdf:RDF)(?:\s[^<>]*)?>"
)
_OTHER_BASE = re.compile(r"""ase\s*=\s*["']""")  # this begins with plain letters, which is what makes it fast
_C1 = re.compile("[\x80-\x9f]")
_C1_REFERENCE = re.compile(r"&#(?:0*1(?:2[89]|[345]\d)|[xX]0*[89][0-9a-fA-F]);")
_WORD = 166
_IMAGE = {"title", "link", "summary", "url", "width", "height"}
_TEXTINPUT = {"title", "link", "summary", "name"}


def read_fast(text: str) -> tuple[SaidFeed, list[Said]] | None:
    """The words of a feed about itself and its items, the same that feedparser finds; None when it is to be asked."""
    try:
        _check(text)
        parser = etree.XMLParser(
            encoding="utf-8", resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
        )
        return _read(etree.fromstring(text.encode(), parser))
    except (Doubt, etree.LxmlError, UnicodeError):
        return None


def _check(text: str) -> None:
    """Doubt all that can be doubted without a tree."""
    prologue = _PROLOGUE.match(text)
    if not prologue or len(text) > LONGEST or text.count("<") > _MOST_MARKS:
        raise Doubt
    if _OTHER_BASE.search(text, prologue.end()) or not are_plain(text) or _C1_REFERENCE.search(text):
        raise Doubt
    if not text.isascii() and _C1.search(text):
        raise Doubt


def _read(root: etree._Element) -> tuple[SaidFeed, list[Said]]:
    if root.tag == "rss":
        channels = list(root.iterchildren())
        if len(channels) != 1 or channels[0].tag != "channel":
            raise Doubt
        return _read_channel(root, channels[0], list(channels[0].iterchildren()), "rss")
    if root.tag == _ATOM and not root.prefix:
        return _read_channel(root, root, list(root.iterchildren()), "atom")
    if root.tag == _RDF and root.nsmap.get(None) == _RSS1[1:-1]:
        first, *rest = list(root.iterchildren()) or [root]
        if first.tag != f"{_RSS1}channel" or any(child.tag == first.tag for child in rest):
            raise Doubt
        return _read_channel(root, first, [*first.iterchildren(), *rest], "rdf")
    raise Doubt


def _read_channel(
    root: etree._Element, channel: etree._Element, children: list[etree._Element], kind: str
) -> tuple[SaidFeed, list[Said]]:
    """Read a feed whose own elements and items are these."""
    if channel is not root and (channel.get("href") is not None or channel.get("lastmod") is not None):
        raise Doubt
    feed = Reading(_base(root), language_of(channel, language_of(root, "")))
    said = language_of(root, "") if kind != "rdf" else ""
    feed.dates["language"] = said.replace("_", "-")
    entry = "entry" if kind == "atom" else "item"
    items: list[Said] = []
    left_out = 0
    for number, child in enumerate(children):
        part = part_of(child.tag, child.prefix)
        if part == entry and len(items) == MAX_ENTRIES:
            left_out = sum(one.tag == child.tag for one in children[number:])
            break
        if part == entry:
            outer = feed.language if kind != "rdf" else language_of(root, "")
            items.append(read_item(child, feed.base, outer, kind))
            feed.titled = False
        elif kind == "rdf" and child.getparent() is root:
            _pass_over(feed, part if part in {"image", "textinput"} else "doubtful", child)
        else:
            _take(feed, part, child)
    return SaidFeed(kind, feed.link or "", feed.title, feed.dates["language"], left_out), items


def _take(feed: Reading, part: str, child: etree._Element) -> None:
    """Read one more element of the feed about itself."""
    match part:
        case "title":
            take_title(feed, child)
        case "link":
            take_link(feed, child)
        case "guid":
            take_guid(feed, child)
        case "language":
            feed.dates[part] = words(child, _WORD)
        case _:
            _pass_over(feed, part, child)


def _pass_over(feed: Reading, part: str, child: etree._Element) -> None:
    """Make sure that nothing counts in an element of the feed that we do not read."""
    inner = [part_of(one.tag, one.prefix) for one in child.iterdescendants()]
    match part:
        case "image" | "textinput":
            known = _IMAGE if part == "image" else _TEXTINPUT
            sound = all(one in known or one == SKIPPED for one in inner) and all(not len(one) for one in child)
            feed.titled = False
        case "author" | "contributor":
            sound = all(one in {"name", "email", "uri", "url"} for one in inner)
        case "items":
            sound = all(one.tag.startswith(_RDF[:-3]) for one in child.iterdescendants())
        case "summary":
            sound = child.tag.lower().endswith("description") and not inner
        case "published" | "updated" | "created":
            sound = not inner
        case _:
            sound = part in {OTHER, SKIPPED}
            pass_over(part, child)
    if not sound:
        raise Doubt


def _base(root: etree._Element) -> str:
    base = root.get(_BASE) or root.get("base") or ""
    if base and not re.fullmatch(r"https?://[A-Za-z0-9.-]{1,90}(?:/[A-Za-z0-9._~/-]{0,200})?", base):
        raise Doubt
    return base
