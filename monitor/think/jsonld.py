"""The JSON-LD of a page becomes what it says of its article."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

_LONGEST = 1_000_000  # characters of one script; longer ones are catalogues
_MOST = 3_000  # values looked at in one page
# Where a page keeps what it is itself about. Lists of other articles stand under other names.
_OWN = ("@graph", "mainEntity", "mainEntityOfPage", "itemReviewed")
_NOT_OWN_TYPES = frozenset(("ItemList", "BreadcrumbList", "WebSite", "Organization", "SiteNavigationElement"))
_LESSER = frozenset(("WebPage", "ItemPage", "AboutPage", "CollectionPage", "VideoObject", "MediaObject", "Product"))
_ARTICLE = re.compile(r"(?:Article|Posting|Report|Review|Recipe|Episode|Essay|Blog|CreativeWork|Question|Event)$")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|<!\[CDATA\[|/\*.{0,40}?\*/|//<!\[CDATA\[)*|(?:-->|(?://)?\]\]>|;|/\*.{0,40}?\*/)*\s*$"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_STRING = r'\s*+:\s*+"((?:[^"\\]++|\\.)*+)"'
_LAST_RESORT = {
    name: re.compile(f'"{name}"{_STRING}', re.DOTALL)
    for name in ("headline", "datePublished", "dateModified", "description")
}

Node = dict[str, object]


@dataclass(frozen=True, slots=True)
class Told:
    """What the JSON-LD of a page says, as it stands there."""

    headline: str = ""
    description: str = ""
    published: str = ""
    modified: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    image: str = ""
    language: str = ""
    body: str = ""
    free: bool = True  # may be read without paying
    section: str = ""
    live: bool = False  # a live blog


def read_jsonld(tree: HtmlElement) -> Told:
    """What the page says of the article that it is."""
    nodes: list[Node] = []
    for script in tree.iter("script"):
        source = script.text or ""
        if "ld+json" in script.get("type", "").lower() and 0 < len(source) <= _LONGEST:
            nodes += _nodes(_parse(source))
        if len(nodes) > _MOST:
            break
    named = {str(node["@id"]): node for node in nodes if "@id" in node}
    ranked = sorted((node for node in nodes if _rank(node)), key=_rank, reverse=True)
    return _merge(ranked, named)


def _parse(source: str) -> object:
    for text in _readings(source):
        try:
            return json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
    found = {name: pattern.search(source) for name, pattern in _LAST_RESORT.items()}
    return {"@type": "Article", **{name: _unquote(match[1]) for name, match in found.items() if match}}


def _readings(source: str) -> Iterator[str]:
    """A script as it stands, and as it may have been meant: to mend it takes longer than to read it."""
    yield source
    bare = _WRAPPING.sub("", source)
    yield bare
    yield _TRAILING_COMMA.sub("", bare)


def _unquote(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def _nodes(value: object) -> Iterator[Node]:
    """Every object that speaks of the page itself, without recursion: JSON may be nested deeply."""
    waiting = [value]
    for _ in range(_MOST):
        if not waiting:
            return
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting[:0] = value[:_MOST]
        elif isinstance(value, dict):
            yield value
            waiting += [value[name] for name in _OWN if isinstance(value.get(name), dict | list)]


def _types(node: Node) -> list[str]:
    return [str(kind).rpartition("/")[2] for kind in _listed(node.get("@type"))]


def _rank(node: Node) -> int:
    """How surely a node is the article: 0 when it is something else."""
    types = _types(node)
    if any(_ARTICLE.search(kind) for kind in types):
        return 2 + ("headline" in node) + ("datePublished" in node)
    return 1 if any(kind in _LESSER for kind in types) else 0


def _merge(nodes: list[Node], named: dict[str, Node]) -> Told:
    articles = [node for node in nodes if _rank(node) > 1]
    return Told(
        headline=_first(_text(node.get("headline")) or _text(node.get("name")) for node in articles),
        description=_first(_text(node.get("description")) for node in articles),
        published=_first(_text(node.get("datePublished") or node.get("uploadDate")) for node in nodes),
        modified=_first(_text(node.get("dateModified")) for node in nodes),
        authors=next((names for node in articles if (names := _names(node, named))), ()),
        publisher=_first(_name(node.get("publisher"), named) for node in nodes),
        image=_first(_address(node.get("image") or node.get("thumbnailUrl"), named) for node in nodes),
        language=_first(_text(node.get("inLanguage")) for node in nodes),
        free=not any(_costs(node) for node in nodes),
        section=_first(_text(node.get("articleSection")) for node in articles),
        live=any("LiveBlogPosting" in _types(node) for node in nodes),
        body=_first(_text(node.get("articleBody")) for node in articles),
    )


def _costs(node: Node) -> bool:
    """Whether a node, or a part of it, says that it may not be read without paying."""
    parts = [part for part in _listed(node.get("hasPart"))[:50] if isinstance(part, dict)]
    return any(_text(each.get("isAccessibleForFree")).lower() in ("false", "no") for each in (node, *parts))


def _names(node: Node, named: dict[str, Node]) -> tuple[str, ...]:
    people = [_name(person, named) for person in _listed(node.get("author") or node.get("creator"))[:50]]
    return tuple(dict.fromkeys(name for name in people if name))


def _name(value: object, named: dict[str, Node]) -> str:
    value = next(iter(_listed(value)), "")
    if isinstance(value, dict):
        known = named.get(str(value.get("@id")), value) if "name" not in value else value
        return _text(known.get("name"))
    return _text(value)


def _address(value: object, named: dict[str, Node]) -> str:
    value = next(iter(_listed(value)), "")
    if isinstance(value, dict):
        known = named.get(str(value.get("@id")), value) if "url" not in value else value
        return _text(known.get("url") or known.get("contentUrl"))
    return _text(value)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or ""
    return str(value) if isinstance(value, str | int | float) else ""


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")
