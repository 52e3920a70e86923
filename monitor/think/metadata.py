"""A page's own words about itself become its headline, authors, dates, site, language, and links."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from courlan import extract_domain
from lxml.html import HtmlElement

from monitor.think.dates import parse_date
from monitor.think.entry import absolute, is_home, language_code
from monitor.think.jsonld import Told, read_jsonld
from monitor.think.plain import one_line

_TITLE = 500  # characters
_NAME = 100
_MOST_AUTHORS = 20
_MOST_METAS = 2_000

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "og:published_time", "parsely-pub-date",
    "sailthru.date", "cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.created", "dc.date.created",
    "dcterms.date", "dc.date", "publish-date", "publish_date", "publishdate", "publication_date", "publication-date",
    "published_time", "pubdate", "article.published", "article:published", "citation_publication_date", "date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified",
    "article.updated", "last-modified", "lastmod", "revised",
)  # fmt: skip
_AUTHORS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl")
_KNOWN = frozenset(
    (
        *(*_PUBLISHED, *_MODIFIED, *_AUTHORS),
        *("og:title", "twitter:title", "dc.title", "og:description", "description", "twitter:description"),
        *("og:site_name", "application-name", "og:image:secure_url", "og:image", "og:image:url", "twitter:image"),
        *("twitter:image:src", "og:url", "og:locale", "content-language", "og:type"),
    )
)
_IN_PATH = re.compile(r"/(20\d\d|19\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/-]|$)")
_PARTS = re.compile(r"\s+(?:[|–—·•»:-]|::|\|\|)\s+")
_SPLIT = re.compile(r"\s*[,;|/]\s*|\s+(?:and|und|et|y|e|en|i|a|та|и|و|ve|&)\s+")
_BY = re.compile(r"^\W*(?:by|von|par|por|di|da|door|autor|texto?|yazan|автор)\b[\s:]*", re.IGNORECASE)
_NO_NAME = re.compile(r"https?:|www\.|@|[<>{}\[\]]|\.(?:com|org|net)\b|\d{3}")
_NOBODY = frozenset(("admin", "administrator", "editor", "redaktion", "redacción", "staff", "author", "null", "none"))
_OF_HEADING = re.compile(r"title|headline|heading", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of itself."""

    titles: tuple[str, ...] = ()  # the best first
    description: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    modified_at: datetime | None = None
    site: str = ""
    language: str = ""
    image_url: str = ""
    canonical_url: str = ""
    free: bool = True


def read_metadata(tree: HtmlElement, url: str, now: datetime, *, title_hint: str = "") -> Metadata:
    """What a page says of itself; `title_hint` is the headline that the feed gave it."""
    told = read_jsonld(tree)
    metas = _metas(tree)
    host = urlsplit(url).hostname or ""
    site = one_line(metas.get("og:site_name", "") or told.publisher or metas.get("application-name", ""), _NAME)
    published_at = _published(tree, told, metas, url, now)
    modified_at = _date((told.modified, *(metas.get(name, "") for name in _MODIFIED)), now)
    return Metadata(
        titles=_titles(tree, told, metas, site or host, title_hint),
        description=one_line(metas.get("og:description") or metas.get("description") or told.description, 2000),
        authors=_authors(tree, told, metas, {site.casefold(), host}),
        published_at=published_at,
        modified_at=modified_at if modified_at and (not published_at or modified_at >= published_at) else None,
        site=site or host,
        language=_language(tree, told, metas),
        image_url=_image(told, metas, url),
        canonical_url=_canonical(tree, metas, url),
        free=told.free,
    )


def _metas(tree: HtmlElement) -> dict[str, str]:
    """The first value of each <meta> that we read."""
    found: dict[str, str] = {}
    for count, meta in enumerate(tree.iter("meta")):
        if count == _MOST_METAS:
            break
        attributes = meta.attrib
        content = attributes.get("content", "")
        for key in ("property", "name", "itemprop", "http-equiv"):
            name = attributes.get(key, "").lower()
            if name in _KNOWN and content and not found.get(name):
                found[name] = content[:5000]
    return found


def _published(tree: HtmlElement, told: Told, metas: dict[str, str], url: str, now: datetime) -> datetime | None:
    stated = _date((told.published, *(metas.get(name, "") for name in _PUBLISHED)), now)
    if stated:
        return stated
    for time in list(tree.iter("time"))[:20]:
        moment = parse_date(time.get("datetime", "") or (time.text or ""), now)
        if moment:
            return moment
    in_path = _IN_PATH.search(urlsplit(url).path)
    return parse_date("-".join(part.zfill(2) for part in in_path.groups()), now) if in_path else None


def _date(texts: Iterable[str], now: datetime) -> datetime | None:
    return next((moment for text in texts if text and (moment := parse_date(text, now))), None)


def _titles(tree: HtmlElement, told: Told, metas: dict[str, str], site: str, hint: str) -> tuple[str, ...]:
    """The headlines that the page gives itself; the one that others agree with, or the feed's, comes first."""
    heads = [one_line("".join(head.itertext()), _TITLE) for head in list(tree.iter("h1"))[:2]]
    title = tree.find(".//title")
    stated = [told.headline, metas.get("og:title", ""), metas.get("twitter:title", "")]
    stated.append((title.text or "") if title is not None else "")
    cleaned = [_without_site(one_line(text, _TITLE), site, heads) for text in stated]
    name = re.sub(r"\W+", "", site.casefold())
    found = [
        text
        for text in dict.fromkeys([*cleaned[:2], *heads, *cleaned[2:]])
        if text and re.sub(r"\W+", "", text.casefold()) != name
    ]
    order = {text: place for place, text in enumerate(found)}
    return tuple(sorted(found, key=lambda text: (-_agreement(text, found, hint), order[text])))


def _agreement(text: str, others: list[str], hint: str) -> float:
    score = sum(_alike(text, other) for other in others)
    return score + 2 * _alike(text, hint) if hint else score


def _alike(one: str, other: str) -> float:
    """How many of their words two headlines share, from 0 to 1."""
    left, right = set(one.casefold().split()), set(other.casefold().split())
    return len(left & right) / max(len(left | right), 1)


def _without_site(title: str, site: str, heads: list[str]) -> str:
    """A headline without the name of its site, which many append."""
    parts = _PARTS.split(title)
    if len(parts) < 2:
        return title
    seams = [match.span() for match in _PARTS.finditer(title)]
    for start, _ in seams:
        if title[:start] in heads:
            return title[:start]
    name = re.sub(r"\W+", "", site.casefold())
    last = re.sub(r"\W+", "", parts[-1].casefold())
    first = re.sub(r"\W+", "", parts[0].casefold())
    if last and (last in name or name.startswith(last) or (len(name) > 3 and name in last)):
        return title[: seams[-1][0]]
    if first and (first in name) and len(parts) == 2:
        return title[seams[0][1] :]
    return title


def _authors(tree: HtmlElement, told: Told, metas: dict[str, str], sites: set[str]) -> tuple[str, ...]:
    names = list(told.authors)
    if not names:
        names = next(([metas[key]] for key in _AUTHORS if metas.get(key) and not _NO_NAME.search(metas[key])), [])
    if not names:
        linked = tree.xpath('//a[@rel="author"]|//*[@itemprop="author"]//*[@itemprop="name"]')
        names = ["".join(element.itertext())[:300] for element in linked[:_MOST_AUTHORS]]
    found = [_person(part) for name in names for part in _people(one_line(name, 300))]
    unique = {name.casefold(): name for name in found if name and name.casefold() not in sites | _NOBODY}
    return tuple(unique.values())[:_MOST_AUTHORS]


def _people(names: str) -> list[str]:
    return _SPLIT.split(_BY.sub("", names)) if len(names.split()) > 3 else [names]


def _person(name: str) -> str:
    bare = _BY.sub("", name).strip(" .,;:|-–")
    return "" if _NO_NAME.search(bare) or len(bare) > _NAME or not bare else bare


def _language(tree: HtmlElement, told: Told, metas: dict[str, str]) -> str:
    stated = (tree.get("lang", ""), metas.get("content-language", ""), metas.get("og:locale", ""), told.language)
    return next((code for text in stated if (code := language_code(text.replace("_", "-"))[:2])), "")


def _image(told: Told, metas: dict[str, str], url: str) -> str:
    names = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
    stated = (*(metas.get(name, "") for name in names), told.image)
    return next((address for text in stated if text and (address := absolute(text, url))), "")


def _canonical(tree: HtmlElement, metas: dict[str, str], url: str) -> str:
    """The address that the page gives itself, unless it names another site, or the home page for an article."""
    links = (
        link.get("href", "") for link in list(tree.iter("link"))[:200] if link.get("rel", "").lower() == "canonical"
    )
    for text in (*links, metas.get("og:url", "")):
        address = absolute(text, url) if text else ""
        if address and same_site(address, url) and (is_home(url) or not is_home(address)):
            return address
    return ""


def same_site(one: str, other: str) -> bool:
    """Whether two addresses belong to one registrable domain, or to one host where there is none."""
    left, right = urlsplit(one), urlsplit(other)
    if left.hostname == right.hostname:
        return left.port == right.port or left.port in {None, 80, 443}
    domain = extract_domain(one)
    return bool(domain) and domain == extract_domain(other)
