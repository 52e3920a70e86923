"""Rough markup that means to be a feed becomes small, balanced XML without entities, as text.

What a parser would choke on never reaches it: a document type, an instruction, markup nested without end, elements
and attributes that nobody reads, more items than a feed has reason to hold.
"""

import re
from dataclasses import dataclass, field
from html.entities import html5

from monitor.errors import ParseError

MAX_DEPTH = 64
MAX_MARKS = 300_000  # a feed of 10 MB has about 150,000; each costs five microseconds here and twenty in feedparser
MAX_ENTRIES = 5_000
MAX_PROSE = 1_000_000  # characters of an element
MAX_GUID = 200_000
MAX_WORD = 2_000  # of a name, a date, an address: feedparser's patterns take quadratic time on them
MAX_VALUE = 8_000  # of an attribute
MAX_ATTRIBUTES = 20

_GUIDS = {"guid", "id"}
_WORDS = {
    *("author", "creator", "name", "email", "uri", "managingeditor", "webmaster", "contributor", "publisher", "owner"),
    *("pubdate", "date", "published", "updated", "issued", "modified", "created", "lastbuilddate", "language"),
    *("publication_date", "lastmod", "generator", "ttl"),
}
# Nobody reads these, and feedparser would spend most of its time on them. What text they hold then stands between
# other elements, where it counts for nothing.
_UNREAD_PREFIXES = {
    *("media", "itunes", "georss", "gml", "geo", "psc", "podcast", "googleplay", "slash", "thr", "wfw", "sy", "image"),
    *("video", "xi", "cc", "creativecommons", "yandex", "xlink", "xmlns", "xml"),
}
_UNREAD = {"category", "enclosure", "keywords", "tags", "comments", "cloud", "skiphours", "skipdays", "hour", "day"}
_READ_ATTRIBUTES = {
    *("href", "url", "rel", "type", "mode", "ispermalink", "version", "src", "lang", "base", "xmlns"),
    *("xml:lang", "xml:base", "rdf:about"),
}
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
_RESERVED = {"http://www.w3.org/2000/xmlns/", "http://www.w3.org/XML/1998/namespace"}
_ENTRIES = {"rss": {"item", "entry"}, "rdf": {"item"}, "channel": {"item"}, "feed": {"entry"}, "urlset": {"url"}}
_OTHERS = {
    "html": "an HTML page where a feed was expected",
    "opml": "OPML, a list of feeds and not a feed",
    "sitemapindex": "a sitemap index: give one of the sitemaps that it lists",
}

_NAME = r"[A-Za-z_][A-Za-z0-9_.-]{0,100}+(?::[A-Za-z_][A-Za-z0-9_.-]{0,100}+)?"
# No alternative crosses a "<", so a scan that fails has looked no further than the next one: linear in all.
_TAG = re.compile(rf"""<(/?)({_NAME})(?=[\s/>])(?:((?:[^<>"']|"[^"<]*"|'[^'<]*')*+)|([^<>]*))>""")
_ATTRIBUTE = re.compile(rf"""({_NAME})\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
# All that may stand before the first tag. An alternative that finds no end looks for it once.
_BEFORE_ROOT = re.compile(
    r"""(?:[^<]++|<\?.*?\?>|<!--.*?-->"""
    r"""|<!DOCTYPE(?:[^<>"'\[]|"[^"]*"|'[^']*')*+(?:\[(?:[^\]"'<]|"[^"]*"|'[^']*'|<!--.*?-->|<)*+\]\s*+)?>)*+""",
    re.DOTALL | re.IGNORECASE,
)
_ROOT_IN_JUNK = re.compile(r"<(?:rss|feed|rdf:RDF|urlset)[\s>]", re.IGNORECASE)
_JUNK = 65_536  # characters of warnings that a broken site may print before its feed
_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9a-fA-F]++)|([0-9]++));?|([A-Za-z][A-Za-z0-9]{1,40}+);)")
_PAIR = re.compile(r"&#[xX](D[89ABab][0-9A-Fa-f]{2});&#[xX](D[C-Fc-f][0-9A-Fa-f]{2});", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Tidied:
    """Balanced XML with `entries` entries under a root of that local name."""

    text: str
    root: str
    entries: int
    left_out: int  # entries beyond the limit
    whole: bool  # false when the document broke off


@dataclass(slots=True)
class _Element:
    name: str
    room: int  # characters that it may still hold
    prefixes: frozenset[str]


@dataclass(slots=True)
class _Writing:
    """The XML written so far, and which of its elements are still open."""

    entry_names: set[str]
    pieces: list[str] = field(default_factory=list)
    open: list[_Element] = field(default_factory=list)
    entries: int = 0
    entry_depth: int = 0  # how many elements are open with the open entry; 0 when none is open
    entry_piece: int = 0  # where the open entry begins
    repairs: int = 0


def tidy(text: str) -> Tidied:
    """Write a feed's markup anew; ParseError when it is something else, or broken beyond a single entry."""
    text = _PAIR.sub(_join_pair, _FORBIDDEN.sub("", text))
    start, root = _find_root(text)
    writing = _Writing(_ENTRIES[root])
    end = _write(writing, text, start)
    whole = bool(end) or not writing.open
    if writing.entry_depth:  # half an entry would be kept as if it were all
        del writing.pieces[writing.entry_piece :]
        del writing.open[writing.entry_depth - 1 :]
        writing.entry_depth = 0
    _close(writing, 0)
    if not writing.entries and (not whole or writing.repairs):
        raise ParseError("broken XML: not one whole entry in it")
    entry = "|".join(sorted(_ENTRIES[root]))
    left_out = len(re.findall(rf"<(?:\w+:)?(?:{entry})[\s>]", text[end:], re.IGNORECASE)) if end else 0
    return Tidied("".join(writing.pieces), root, writing.entries, left_out, whole)


def _find_root(text: str) -> tuple[int, str]:
    """Where the feed's first tag stands, and its local name."""
    before = _BEFORE_ROOT.match(text)
    start = before.end() if before else 0
    tag = _TAG.match(text, start)
    root = _local(tag[2].lower()) if tag else ""
    if root in _ENTRIES:
        return start, root
    junk = _ROOT_IN_JUNK.search(text, 0, _JUNK) if root not in _OTHERS else None
    tag = _TAG.match(text, junk.start()) if junk else None
    if not tag:
        raise ParseError(_OTHERS.get(root) or (f"not a feed: its root is <{root}>" if root else "not a feed"))
    return tag.start(), _local(tag[2].lower())


def _write(writing: _Writing, text: str, position: int) -> int:
    """Write all markup from here on; where it stopped because there was more than a feed needs, else 0."""
    for _ in range(MAX_MARKS):
        opening = text.find("<", position)
        if opening < 0:
            return 0
        _say(writing, text, position, opening)
        tag = _TAG.match(text, opening)
        if tag:
            if writing.entries >= MAX_ENTRIES and _local(tag[2].lower()) in writing.entry_names:
                return opening
            (_end if tag[1] else _start)(writing, tag)
            position = tag.end()
            if not writing.open:
                return 0
        else:
            position = _skip(writing, text, opening)
            if position < 0:
                return 0
    if not writing.entries:
        raise ParseError(f"more than {MAX_MARKS:,} marks of markup before the first entry ends")
    return position


def _skip(writing: _Writing, text: str, opening: int) -> int:
    """Where to go on after what is no tag: a comment, a CDATA section, an instruction, a stray "<"; -1 for nowhere."""
    for start, end in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", ">"), ("<!", ">")):
        if text.startswith(start, opening):
            closing = text.find(end, opening + len(start))
            if closing < 0:
                return -1
            if start == "<![CDATA[":
                _say_literally(writing, text, opening + len(start), closing)
            return closing + len(end)
    writing.repairs += 1
    _say_literally(writing, text, opening, opening + 1)
    return opening + 1


def _say(writing: _Writing, text: str, start: int, end: int) -> None:
    said = _room(writing, text, start, end)
    if "&" in said or ">" in said:
        # As CDATA: expat hands out text with references in a thousand pieces.
        said = f"<![CDATA[{_resolve(said).replace(']]>', ']]]]><![CDATA[>')}]]>"
    writing.pieces.append(said)


def _say_literally(writing: _Writing, text: str, start: int, end: int) -> None:
    said = _room(writing, text, start, end)
    writing.pieces.append(f"<![CDATA[{said.replace(']]>', ']]]]><![CDATA[>')}]]>")


def _room(writing: _Writing, text: str, start: int, end: int) -> str:
    """As much of a text as its element may still hold."""
    if not writing.open:
        return ""
    element = writing.open[-1]
    said = text[start : min(end, start + element.room)]
    element.room -= len(said)
    return said


def _start(writing: _Writing, tag: re.Match[str]) -> None:
    name = tag[2].lower()
    prefix, local = _split(name)
    if _unread(prefix, local) or len(writing.open) >= MAX_DEPTH:
        return
    if local in writing.entry_names:
        _start_entry(writing)
    attributes = _attributes(tag[3] or tag[4] or "")
    prefixes = frozenset(key[6:] for key in attributes if key.startswith("xmlns:"))
    if prefix and prefix not in prefixes and not _bound(writing, prefix):
        if prefix not in _NAMESPACES:
            return
        attributes[f"xmlns:{prefix}"] = _NAMESPACES[prefix]
        prefixes |= {prefix}
    if "rdf:about" in attributes and "rdf" not in prefixes and not _bound(writing, "rdf"):
        del attributes["rdf:about"]
    said = "".join(f' {key}="{value}"' for key, value in attributes.items())
    writing.pieces.append(f"<{name}{said}>")
    room = MAX_WORD if local in _WORDS else MAX_GUID if local in _GUIDS else MAX_PROSE
    writing.open.append(_Element(name, room, prefixes))
    if local in writing.entry_names:
        writing.entry_depth = len(writing.open)
    if tag[0].endswith("/>"):
        _close(writing, len(writing.open) - 1)


def _start_entry(writing: _Writing) -> None:
    """An entry cannot stand in another: whoever forgot to end that one meant to."""
    if writing.entry_depth:
        writing.repairs += 1
        _close(writing, writing.entry_depth - 1)
    writing.entry_piece = len(writing.pieces)


def _end(writing: _Writing, tag: re.Match[str]) -> None:
    name = tag[2].lower()
    if _unread(*_split(name)):
        return
    for depth in range(len(writing.open) - 1, -1, -1):
        if writing.open[depth].name == name:
            writing.repairs += depth != len(writing.open) - 1
            _close(writing, depth)
            return
    writing.repairs += 1


def _close(writing: _Writing, depth: int) -> None:
    """End the open elements down to this many."""
    while len(writing.open) > depth:
        writing.pieces.append(f"</{writing.open.pop().name}>")
    if writing.entry_depth > depth:
        writing.entry_depth = 0
        writing.entries += 1


def _unread(prefix: str, local: str) -> bool:
    return prefix in _UNREAD_PREFIXES or local in _UNREAD


def _bound(writing: _Writing, prefix: str) -> bool:
    return any(prefix in element.prefixes for element in writing.open)


def _attributes(text: str) -> dict[str, str]:
    """The attributes that somebody reads, each once, escaped."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        key = match[1].lower()
        value = match[2] or match[3] or match[4] or ""
        if key in found or len(value) > MAX_VALUE or not _wanted(key, value):
            continue
        found[key] = _resolve(value).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        if len(found) == MAX_ATTRIBUTES:
            break
    return found


def _wanted(key: str, value: str) -> bool:
    if key.startswith("xmlns:"):
        return bool(value.strip()) and value not in _RESERVED and key[6:] not in _UNREAD_PREFIXES
    return key in _READ_ATTRIBUTES and not (key == "xmlns" and value in _RESERVED)


def _resolve(text: str) -> str:
    """A text with the characters that its references stand for; a reference to anything else stays as it is."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return html5.get(f"{name};", match[0])
    digits = (hexadecimal or decimal).lstrip("0")
    code = int(digits or "0", 16 if hexadecimal else 10) if len(digits) <= 7 else 0
    return chr(code) if _allowed(code) else "\ufffd"


def _allowed(code: int) -> bool:
    if code < 32:
        return code in {9, 10, 13}
    return code < 0xD800 or 0xDFFF < code < 0xFFFE or 0xFFFF < code < 0x110000


def _join_pair(match: re.Match[str]) -> str:
    """Two halves of a character, as a generator that thinks in UTF-16 refers to it."""
    high, low = int(match[1], 16), int(match[2], 16)
    return chr(0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00))


def _split(name: str) -> tuple[str, str]:
    prefix, colon, local = name.partition(":")
    return (prefix, local) if colon else ("", prefix)


def _local(name: str) -> str:
    return _split(name)[1]
