"""A channel and its articles become a feed in one of six formats, with the dirt that real feeds have."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from html import escape

from monitor.demo.corpus import Article, Channel

TAG = "tag:newsroom.example,2024:"  # begins the ids of Atom entries


@dataclass(frozen=True, slots=True)
class Item:
    """What a channel says of one article; an empty `link` is left out."""

    guid: str
    link: str
    title: str
    summary: str
    html: str  # the whole text as paragraphs, empty unless the channel is a full one
    authors: tuple[str, ...]
    published: datetime
    section: str


@dataclass(frozen=True, slots=True)
class Format:
    """How a channel is written, and what the server calls the result."""

    suffix: str
    media_type: str
    kind: str  # what the daemon calls it
    write: Callable[[Channel, list[Item], str], str]


def render(channel: Channel, articles: Iterable[Article], base: str, now: datetime) -> bytes:
    """The feed over those articles that the channel carries, newest first."""
    items = [item for article in articles if channel.carries(article) for item in _items(channel, article, base, now)]
    return FORMATS[channel.format].write(channel, items, base).encode()


def path_of(channel: Channel) -> str:
    return f"/feeds/{channel.name}.{FORMATS[channel.format].suffix}"


def _items(channel: Channel, article: Article, base: str, now: datetime) -> Iterator[Item]:
    item = Item(
        guid=f"{article.outlet}-{article.minutes_ago}-{article.slug}",
        link=_link(channel, article, base),
        title=article.feed_title or article.title,
        summary=article.lead,
        html="".join(f"<p>{escape(text)}</p>\n" for text in article.paragraphs) if channel.full else "",
        authors=article.authors,
        published=article.published(now),
        section=article.section,
    )
    if article.fault == "missing":  # its page is gone, and the feed has no more than the summary
        item = replace(item, html="")
    yield item
    if article.earlier_title:
        yield replace(item, title=article.earlier_title)


def _link(channel: Channel, article: Article, base: str) -> str:
    if article.fault == "linkless":
        return ""
    if article.fault == "javascript":
        return f"javascript:openStory('{article.slug}')"
    return base + article.path + (f"?{channel.tracking}" if channel.tracking else "")


def _rss(channel: Channel, items: list[Item], base: str) -> str:
    def entry(item: Item) -> str:
        authors = "".join(_tag("dc:creator", name) for name in item.authors)
        content = f"<content:encoded>{_cdata(item.html)}</content:encoded>" if item.html else ""
        return (
            f"<item>{_tag('title', item.title)}{_tag('link', item.link)}"
            f'<guid isPermaLink="false">{_xml(item.guid)}</guid>'
            f"{_tag('pubDate', format_datetime(item.published))}{authors}{_tag('category', item.section)}"
            f"<description>{_cdata(item.summary)}</description>{content}</item>"
        )

    spaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {spaces}><channel>{_tag("title", channel.title)}'
        f"{_tag('link', base)}{_tag('description', channel.title)}{_tag('language', channel.lang)}<ttl>15</ttl>\n"
        f"{_lines(map(entry, items))}\n</channel></rss>\n"
    )


def _rss091(channel: Channel, items: list[Item], base: str) -> str:
    """Nothing but titles, links and descriptions."""

    def entry(item: Item) -> str:
        teaser = f'<p>{escape(item.summary)}</p><p><a href="{escape(item.link)}">Read on</a></p>'
        return f"<item>{_tag('title', item.title)}{_tag('link', item.link)}{_tag('description', teaser)}</item>"

    return (
        f'<?xml version="1.0"?>\n<rss version="0.91"><channel>{_tag("title", channel.title)}{_tag("link", base)}'
        f"{_tag('description', 'What others report')}\n{_lines(map(entry, items))}\n</channel></rss>\n"
    )


def _atom(channel: Channel, items: list[Item], base: str) -> str:
    def entry(item: Item) -> str:
        link = f'<link rel="alternate" type="text/html" href="{_xml(item.link)}"/>' if item.link else ""
        authors = "".join(f"<author>{_tag('name', name)}</author>" for name in item.authors)
        content = f'<content type="html">{_xml(item.html)}</content>' if item.html else ""
        when = item.published.isoformat()
        return (
            f"<entry><id>{TAG}{_xml(item.guid)}</id>"
            f'<title type="html">{_xml(item.title)}</title>{link}{authors}'
            f"{_tag('published', when)}{_tag('updated', when)}{_tag('summary', item.summary)}{content}</entry>"
        )

    updated = items[0].published.isoformat() if items else "2024-01-01T00:00:00+00:00"
    itself = f'<link rel="self" href="{base}{path_of(channel)}"/>'
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{channel.lang}">'
        f"<id>{TAG}{channel.name}</id>{_tag('title', channel.title)}{itself}{_tag('updated', updated)}\n"
        f"{_lines(map(entry, items))}\n</feed>\n"
    )


def _rdf(channel: Channel, items: list[Item], base: str) -> str:
    def entry(item: Item) -> str:
        return (
            f'<item rdf:about="{_xml(item.link)}">{_tag("title", item.title)}{_tag("link", item.link)}'
            f"{_tag('description', item.summary)}{_tag('dc:creator', ', '.join(item.authors))}"
            f"{_tag('dc:date', item.published.isoformat())}{_tag('dc:subject', item.section)}</item>"
        )

    order = "".join(f'<rdf:li rdf:resource="{_xml(item.link)}"/>' for item in items)
    spaces = (
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF {spaces}><channel rdf:about="{base}{path_of(channel)}">'
        f"{_tag('title', channel.title)}{_tag('link', base)}{_tag('description', channel.title)}"
        f"{_tag('dc:language', channel.lang)}<items><rdf:Seq>{order}</rdf:Seq></items></channel>\n"
        f"{_lines(map(entry, items))}\n</rdf:RDF>\n"
    )


def _json(channel: Channel, items: list[Item], base: str) -> str:
    def entry(item: Item) -> dict[str, object]:
        return {
            "id": item.guid,
            "url": item.link,
            "title": item.title,
            "summary": item.summary,
            "content_html": item.html or f"<p>{escape(item.summary)}</p>",
            "date_published": item.published.isoformat(),
            "authors": [{"name": name} for name in item.authors],
            "tags": [item.section],
        }

    head = {"version": "https://jsonfeed.org/version/1.1", "title": channel.title, "home_page_url": base}
    whole = {**head, "feed_url": base + path_of(channel), "language": channel.lang, "items": [*map(entry, items)]}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _sitemap(channel: Channel, items: list[Item], base: str) -> str:
    del base  # a sitemap says nothing of its own address

    def entry(item: Item) -> str:
        publication = f"{_tag('news:name', channel.title)}{_tag('news:language', channel.lang)}"
        return (
            f"<url>{_tag('loc', item.link)}<news:news><news:publication>{publication}</news:publication>"
            f"{_tag('news:publication_date', item.published.isoformat())}{_tag('news:title', item.title)}"
            "</news:news></url>"
        )

    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {spaces}>\n{_lines(map(entry, items))}\n</urlset>\n'


def _tag(name: str, text: str) -> str:
    return f"<{name}>{_xml(text)}</{name}>" if text else ""


def _xml(text: str) -> str:
    # A line break has to be a reference: a parser may make a space of a bare one, and the injection would be tame.
    return escape(text).replace("\r", "&#13;").replace("\n", "&#10;")


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _lines(entries: Iterable[str]) -> str:
    return "\n".join(entries)


FORMATS = {
    "rss": Format("xml", "application/rss+xml; charset=utf-8", "rss", _rss),
    "atom": Format("atom", "application/atom+xml; charset=utf-8", "atom", _atom),
    "rdf": Format("rdf", "application/rdf+xml", "rdf", _rdf),
    "json": Format("json", "application/feed+json", "json", _json),
    "sitemap": Format("xml", "application/xml", "sitemap", _sitemap),
    "rss091": Format("rss", "text/xml", "rss", _rss091),
}
