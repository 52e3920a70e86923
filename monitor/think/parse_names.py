"""An element's name becomes the part that it plays for feedparser, or the doubt that we know which one that is."""

import re
from functools import lru_cache

from feedparser.api import StrictFeedParser
from feedparser.util import FeedParserDict

from monitor.think.tidy import _UNREAD as UNREAD
from monitor.think.tidy import _UNREAD_PREFIXES as UNREAD_PREFIXES

# The parts that are no names of their own
SKIPPED = "skipped"  # tidy drops it, and all that stands in it counts for nothing
OTHER = "other"  # nobody reads it, if it holds only text
DOUBTFUL = "doubtful"  # feedparser would do something with it, or may

_NAMESPACES: dict[str, str] = {uri.lower(): prefix for uri, prefix in StrictFeedParser.namespaces.items()}
_STANDARD = frozenset(_NAMESPACES.values()) - {""}
_HANDLED = frozenset(name[7:].lower() for name in dir(StrictFeedParser) if name.startswith("_start_"))
# Keys under which feedparser keeps what it makes of other elements: an element of that name would take their place.
_TAKEN = frozenset(FeedParserDict.keymap) | frozenset(
    "links authors author_detail publishers publisher_detail contributors guidislink generator_detail title_detail "
    "entries feed rdf xml summary_detail content_detail item entry channel rss html body div svg math base".split()
)
_PARTS = {
    **dict.fromkeys(("title", "dc_title"), "title"),
    **dict.fromkeys(("guid", "id"), "guid"),
    **dict.fromkeys(("published", "pubdate", "issued", "dcterms_issued"), "published"),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), "updated"),
    **dict.fromkeys(("created", "dcterms_created"), "created"),
    **dict.fromkeys(("summary", "description", "dc_description"), "summary"),
    **dict.fromkeys(("content", "content_encoded"), "content"),
    **dict.fromkeys(("author", "managingeditor", "dc_author", "dc_creator"), "author"),
    **dict.fromkeys(("language", "dc_language"), "language"),
    **dict.fromkeys(("rights", "copyright", "dc_rights", "dc_publisher", "webmaster", "generator"), OTHER),
    **dict.fromkeys(("subtitle", "tagline", "info", "feedburner_browserfriendly", "dc_contributor"), OTHER),
    "feedburner_origlink": "original",
    "dc_subject": OTHER,
    "textinput": "textinput",
    **{name: name for name in ("link", "contributor", "source", "image", "item", "entry", "channel", "items")},
    **{name: name for name in ("name", "email", "uri", "url", "width", "height")},
}
# What text is marked up with in XHTML; feedparser writes it down as it is.
_MARKUP = frozenset(
    "a abbr b blockquote br cite code dd del div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins li ol p pre "
    "q s small span strong sub sup table tbody td tfoot th thead tr u ul".split()
)
_XHTML = "{http://www.w3.org/1999/xhtml}"
_PLAIN = re.compile(r"[a-z_][a-z0-9_.-]{0,100}")
_DECLARED = re.compile(r"""xmlns:([^\s=<>:]{1,100}+)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""")
_MOST_DECLARED = 200


class Doubt(Exception):  # noqa: N818  # it is no error: it sends a feed to the other lane
    """Feedparser might see this otherwise."""


def are_plain(text: str) -> bool:
    """Whether every prefix in a document stands for one namespace, the one that it is known for."""
    meanings: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    for count, match in enumerate(_DECLARED.finditer(text)):
        prefix, uri = match[1].lower(), match[2] or match[3] or ""
        if prefix in UNREAD_PREFIXES:
            continue
        known = _NAMESPACES.get(uri.lower())
        if known is None and (prefix in _STANDARD or "backend.userland.com" in uri.lower()):
            return False
        if known and known.lower() != prefix:
            return False
        if count >= _MOST_DECLARED or meanings.setdefault(prefix, uri) != uri or "&" in uri:
            return False
        if not known and known != "" and prefixes.setdefault(uri, prefix) != prefix:
            return False
    return True


@lru_cache(maxsize=4_096)
def part_of(tag: str, prefix: str | None) -> str:
    """The part that an element plays in a document whose prefixes are plain."""
    uri, _, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    local, before = local.lower(), (prefix or "").lower()
    if not _PLAIN.fullmatch(local) or (before and not _PLAIN.fullmatch(before)):
        return DOUBTFUL
    if before in UNREAD_PREFIXES or local in UNREAD:
        return SKIPPED
    known = _NAMESPACES.get(uri.lower())
    if (known is None and not before) or (before and before != prefix):
        return DOUBTFUL
    if before and local in {"item", "entry"}:
        return DOUBTFUL
    name = f"{before}_{local}" if known or known is None else local
    return _PARTS.get(name) or (DOUBTFUL if name in _HANDLED or name in _TAKEN else OTHER)


def is_markup(tag: str) -> bool:
    """Whether an element is plain XHTML."""
    return tag.startswith(_XHTML) and tag.removeprefix(_XHTML) in _MARKUP
