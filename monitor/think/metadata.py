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
from monitor.think.headline import rank, site_behind
from monitor.think.jsonld import Told, read_jsonld
from monitor.think.people import PEOPLE, find_people
from monitor.think.plain import one_line

_TITLE = 500  # characters
_NAME = 100
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
_KNOWN = frozenset(
    (
        *(*_PUBLISHED, *_MODIFIED, *PEOPLE),
        *("og:title", "twitter:title", "dc.title", "og:description", "description", "twitter:description"),
        *("og:site_name", "application-name", "og:image:secure_url", "og:image", "og:image:url", "twitter:image"),
        *("twitter:image:src", "og:url", "og:locale", "content-language", "og:type"),
        *("article:content_tier", "article:section"),
    )
)
_IN_PATH = re.compile(r"/(20\d\d|19\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/-]|$)")


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
    free: bool = True  # may be read without paying
    live: bool = False  # a live blog
    section: str = ""
    body: str = ""  # the text, if the page's own metadata carry it


def read_metadata(tree: HtmlElement, url: str, now: datetime, *, title_hint: str = "") -> Metadata:
    """What a page says of itself; `title_hint` is the headline that the feed gave it."""
    told = read_jsonld(tree)
    metas = _metas(tree)
    host = urlsplit(url).hostname or ""
    title = one_line(tree.findtext(".//title") or "", _TITLE)
    stated = [told.headline, metas.get("og:title", ""), metas.get("twitter:title", ""), title]
    heads = [one_line("".join(head.itertext()), _TITLE) for head in list(tree.iter("h1"))[:2]]
    site = one_line(metas.get("og:site_name", "") or told.publisher or metas.get("application-name", ""), _NAME)
    titles = rank([one_line(text, _TITLE) for text in stated], heads, site or host, title_hint)
    site = site or next((name for text in titles if (name := site_behind(title, text))), "")
    published_at = _published(tree, told, metas, url, now)
    modified_at = _date((told.modified, *(metas.get(name, "") for name in _MODIFIED)), now)
    return Metadata(
        titles=titles,
        description=one_line(metas.get("og:description") or metas.get("description") or told.description, 2000),
        authors=find_people(tree, told.authors, metas, {site.casefold(), host}),
        published_at=published_at,
        modified_at=modified_at if modified_at and (not published_at or modified_at >= published_at) else None,
        site=site or host,
        language=_language(tree, told, metas),
        image_url=_image(told, metas, url),
        canonical_url=_canonical(tree, metas, url),
        free=told.free and metas.get("article:content_tier", "").lower() not in ("locked", "metered"),
        live=told.live,
        section=one_line(told.section or metas.get("article:section", ""), _NAME),
        body=told.body,
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


def _language(tree: HtmlElement, told: Told, metas: dict[str, str]) -> str:
    stated = (tree.get("lang", ""), metas.get("content-language", ""), metas.get("og:locale", ""), told.language)
    return next((code for text in stated if (code := language_code(text.replace("_", "-"))[:2])), "")


def _image(told: Told, metas: dict[str, str], url: str) -> str:
    names = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
    stated = (*(metas.get(name, "") for name in names), told.image)
    return next((address for text in stated if text and (address := absolute(text, url))), "")


def _canonical(tree: HtmlElement, metas: dict[str, str], url: str) -> str:
    """The address that the page gives itself, unless it names another site, or the home page for an article.

    Of a page whose address is not known, whatever it says is taken for it.
    """
    links = (
        link.get("href", "") for link in list(tree.iter("link"))[:200] if link.get("rel", "").lower() == "canonical"
    )
    for text in (*links, metas.get("og:url", "")):
        address = absolute(text, url) if text else ""
        if address and (not url or same_site(address, url)) and ((url and is_home(url)) or not is_home(address)):
            return address
    return ""


def same_site(one: str, other: str) -> bool:
    """Whether two addresses belong to one registrable domain, or to one host where there is none."""
    left, right = urlsplit(one), urlsplit(other)
    if left.hostname == right.hostname:
        return left.port == right.port or left.port in {None, 80, 443}
    domain = extract_domain(one)
    return bool(domain) and domain == extract_domain(other)
